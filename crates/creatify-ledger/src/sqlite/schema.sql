-- The ledger, version 1. Amounts are thousandths of a credit, times are milliseconds since 1970 in
-- UTC. What identifies a purchase cannot be changed, and the history only grows.

CREATE TABLE intents (
    id             TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 26),
    state          TEXT    NOT NULL,
    held           TEXT,
    account        TEXT    NOT NULL,
    operation      TEXT    NOT NULL,
    model          TEXT,
    length         TEXT    NOT NULL,
    continues_job  TEXT,
    continues_step INTEGER,
    campaign       TEXT,
    tags           TEXT    NOT NULL,
    policy         TEXT    NOT NULL,
    horizon        INTEGER NOT NULL CHECK (horizon >= 0),
    body           TEXT    NOT NULL,
    body_hash      TEXT    NOT NULL CHECK (length(body_hash) = 64),
    price          INTEGER NOT NULL CHECK (price >= 0),
    job            TEXT,
    job_step       INTEGER NOT NULL,
    job_attempt    INTEGER,
    job_since      INTEGER,
    planned_at     INTEGER NOT NULL,
    changed_at     INTEGER NOT NULL,
    UNIQUE (job, job_step),
    UNIQUE (continues_job, continues_step)
) STRICT;

CREATE INDEX intents_by_state ON intents (state);

CREATE TABLE attempts (
    intent     TEXT    NOT NULL REFERENCES intents (id),
    number     INTEGER NOT NULL CHECK (number >= 1),
    sent_at    INTEGER NOT NULL,
    reserved   INTEGER NOT NULL CHECK (reserved >= 0),
    money      TEXT    NOT NULL CHECK (money IN ('reserved', 'voided', 'posted')),
    bill       INTEGER CHECK ((bill IS NOT NULL) = (money = 'posted')),
    scopes     TEXT    NOT NULL,
    horizon_at INTEGER,
    absent_at  INTEGER,
    status     INTEGER,
    note       TEXT,
    PRIMARY KEY (intent, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE balances (
    scope    TEXT    NOT NULL PRIMARY KEY,
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    spent    INTEGER NOT NULL CHECK (spent >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE limits (
    scope   TEXT    NOT NULL PRIMARY KEY,
    credits INTEGER NOT NULL CHECK (credits >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE lanes (
    account    TEXT    NOT NULL PRIMARY KEY,
    stopped_by TEXT    NOT NULL,
    since      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE distrusted (
    status INTEGER NOT NULL PRIMARY KEY
) STRICT;

CREATE TABLE durations (
    number    INTEGER NOT NULL PRIMARY KEY,
    operation TEXT    NOT NULL,
    model     TEXT    NOT NULL,
    length    TEXT    NOT NULL,
    millis    INTEGER NOT NULL CHECK (millis >= 0)
) STRICT;

CREATE INDEX durations_by_class ON durations (operation, model, length, number);

CREATE TABLE alarms (
    number  INTEGER NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL,
    intent  TEXT    NOT NULL REFERENCES intents (id),
    attempt INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    detail  TEXT    NOT NULL,
    UNIQUE (intent, kind, detail)
) STRICT;

CREATE TABLE log (
    number     INTEGER NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    intent     TEXT    NOT NULL REFERENCES intents (id),
    attempt    INTEGER NOT NULL,
    event      TEXT    NOT NULL,
    from_state TEXT    NOT NULL,
    to_state   TEXT    NOT NULL,
    by_whom    TEXT,
    note       TEXT
) STRICT;

CREATE TRIGGER a_purchase_does_not_change
BEFORE UPDATE OF id, account, operation, continues_job, continues_step, body, body_hash, price
ON intents
BEGIN
    SELECT RAISE(ABORT, 'a purchase does not change');
END;

CREATE TRIGGER an_intent_stays BEFORE DELETE ON intents
BEGIN
    SELECT RAISE(ABORT, 'an intent stays');
END;

CREATE TRIGGER an_attempt_stays BEFORE DELETE ON attempts
BEGIN
    SELECT RAISE(ABORT, 'an attempt stays');
END;

CREATE TRIGGER the_history_does_not_change BEFORE UPDATE ON log
BEGIN
    SELECT RAISE(ABORT, 'the history does not change');
END;

CREATE TRIGGER the_history_only_grows BEFORE DELETE ON log
BEGIN
    SELECT RAISE(ABORT, 'the history only grows');
END;
