//! Rows to values and back. It holds no rule of the protocol.

use std::path::Path;
use std::str::FromStr;

use creatify_core::{Credits, Model};
use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};
use serde::de::DeserializeOwned;

use super::schema::failed;
use crate::engine::{Change, Duration, Line};
use crate::error::LedgerError;
use crate::id::{IntentId, UnixMillis};
use crate::intent::{Attempt, Continues, Held, Intent, LengthClass, Money, OwnedJob};
use crate::ledger::{Class, Lane};
use crate::money::{Balance, Scope};
use crate::news::{Alarm, AlarmKind, LogEntry};
use crate::protocol::{Event, Policy, State};

const INTENT_COLUMNS: &str = "id, state, held, account, operation, model, length, continues_job, \
    continues_step, campaign, tags, policy, horizon, body, body_hash, price, job, job_attempt, \
    job_since, planned_at, changed_at, quoted";

/// A connection with the name of its file, which damage is reported with.
#[derive(Clone, Copy)]
pub(super) struct Tables<'a> {
    pub(super) conn: &'a Connection,
    pub(super) path: &'a Path,
}

impl Tables<'_> {
    /// The intents that a condition on the table `intents` picks, oldest first.
    pub(super) fn intents(
        self,
        condition: &str,
        parameters: impl Params + Clone,
    ) -> Result<Vec<Intent>, LedgerError> {
        let sql = format!("SELECT {INTENT_COLUMNS} FROM intents WHERE {condition} ORDER BY id");
        let mut intents = self.all(&sql, parameters.clone(), |cells| cells.intent())?;
        let sql = format!(
            "SELECT intent, number, sent_at, reserved, money, bill, scopes, horizon_at, absent_at, \
             status, note FROM attempts WHERE intent IN (SELECT id FROM intents WHERE {condition}) \
             ORDER BY intent, number"
        );
        let attempts = self.all(&sql, parameters, |cells| cells.attempt())?;
        let mut left = intents.iter_mut().peekable();
        for (id, attempt) in attempts {
            while left.next_if(|intent| intent.id < id).is_some() {}
            match left.peek_mut() {
                Some(intent) if intent.id == id => intent.attempts.push(attempt),
                _ => {
                    return Err(
                        self.damaged(format!("an attempt of intent {id}, which is not there"))
                    );
                }
            }
        }
        Ok(intents)
    }

    pub(super) fn intent(self, id: IntentId) -> Result<Option<Intent>, LedgerError> {
        let id = id.to_string();
        Ok(self.intents("id = ?1", params![id])?.pop())
    }

    /// The one intent that a condition picks.
    pub(super) fn one_id(
        self,
        condition: &str,
        parameters: impl Params,
    ) -> Result<Option<IntentId>, LedgerError> {
        let sql = format!("SELECT id FROM intents WHERE {condition}");
        self.one(&sql, parameters, |cells| cells.parsed(0))
    }

    pub(super) fn balance(self, scope: &Scope) -> Result<Balance, LedgerError> {
        let mut balance = Balance::new(scope.clone());
        let name = scope.to_string();
        let sql = "SELECT reserved, spent FROM balances WHERE scope = ?1";
        let amounts = self.one(sql, params![name], |cells| {
            Ok((cells.credits(0)?, cells.credits(1)?))
        })?;
        if let Some((reserved, spent)) = amounts {
            (balance.reserved, balance.spent) = (reserved, spent);
        }
        balance.limit = self.limit(&name)?;
        if balance.limit.is_none() && matches!(scope, Scope::Day(_)) {
            balance.limit = self.limit(&Scope::EveryDay.to_string())?;
        }
        Ok(balance)
    }

    fn limit(self, scope: &str) -> Result<Option<Credits>, LedgerError> {
        let sql = "SELECT credits FROM limits WHERE scope = ?1";
        self.one(sql, params![scope], |cells| cells.credits(0))
    }

    /// Every scope that has a balance or a limit.
    pub(super) fn balances(self) -> Result<Vec<Balance>, LedgerError> {
        let sql = "SELECT scope FROM balances UNION SELECT scope FROM limits";
        let mut scopes: Vec<Scope> = self.all(sql, [], |cells| cells.parsed(0))?;
        scopes.sort();
        scopes.iter().map(|scope| self.balance(scope)).collect()
    }

    pub(super) fn set_limit(
        self,
        scope: &Scope,
        limit: Option<Credits>,
    ) -> Result<(), LedgerError> {
        let scope = scope.to_string();
        match limit {
            Some(limit) => {
                // A limit that no sum can reach needs no more than the largest amount stored.
                let limit = i64::try_from(limit.millicredits()).unwrap_or(i64::MAX);
                self.write(
                    "INSERT INTO limits (scope, credits) VALUES (?1, ?2) \
                     ON CONFLICT (scope) DO UPDATE SET credits = excluded.credits",
                    params![scope, limit],
                )
            }
            None => self.write("DELETE FROM limits WHERE scope = ?1", params![scope]),
        }
    }

    pub(super) fn lanes(self, account: Option<&str>) -> Result<Vec<Lane>, LedgerError> {
        let sql = "SELECT account, stopped_by, since FROM lanes WHERE ?1 IS NULL OR account = ?1 \
             ORDER BY account";
        self.all(sql, params![account], |cells| {
            Ok(Lane {
                account: cells.get(0)?,
                stopped_by: cells.word(1, Event::from_word)?,
                since: cells.at(2)?,
            })
        })
    }

    pub(super) fn clear_lane(self, account: &str) -> Result<(), LedgerError> {
        self.write("DELETE FROM lanes WHERE account = ?1", params![account])
    }

    pub(super) fn distrusted(self) -> Result<Vec<u16>, LedgerError> {
        let sql = "SELECT status FROM distrusted ORDER BY status";
        self.all(sql, [], |cells| cells.get(0))
    }

    pub(super) fn durations(self, class: &Class, limit: usize) -> Result<Vec<u64>, LedgerError> {
        let sql = "SELECT millis FROM durations WHERE operation = ?1 AND model = ?2 AND length = ?3 \
             ORDER BY number DESC LIMIT ?4";
        let operation = class.operation.as_str();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let key = params![
            operation,
            model_word(class.model),
            class.length.as_str(),
            limit
        ];
        self.all(sql, key, |cells| cells.natural(0))
    }

    pub(super) fn alarms(self) -> Result<Vec<Alarm>, LedgerError> {
        let sql = "SELECT at, intent, attempt, kind, detail FROM alarms ORDER BY number";
        self.all(sql, [], |cells| {
            Ok(Alarm {
                at: cells.at(0)?,
                intent: cells.parsed(1)?,
                attempt: cells.get(2)?,
                kind: cells.word(3, |word| {
                    let mut kinds = AlarmKind::ALL.iter().copied();
                    kinds.find(|kind| kind.as_str() == word)
                })?,
                detail: cells.get(4)?,
            })
        })
    }

    pub(super) fn has_alarm(self, alarm: &Alarm) -> Result<bool, LedgerError> {
        let sql = "SELECT 1 FROM alarms WHERE intent = ?1 AND kind = ?2 AND detail = ?3";
        let key = params![alarm.intent.to_string(), alarm.kind.as_str(), alarm.detail];
        let found = self.one(sql, key, |cells| cells.get::<i64>(0))?;
        Ok(found.is_some())
    }

    pub(super) fn log(self) -> Result<Vec<LogEntry>, LedgerError> {
        let sql = "SELECT number, at, intent, attempt, event, from_state, to_state, by_whom, note \
             FROM log ORDER BY number";
        self.all(sql, [], |cells| {
            Ok(LogEntry {
                number: cells.natural(0)?,
                at: cells.at(1)?,
                intent: cells.parsed(2)?,
                attempt: cells.get(3)?,
                event: cells.word(4, Event::from_word)?,
                from: cells.word(5, State::from_word)?,
                to: cells.word(6, State::from_word)?,
                by: cells.get(7)?,
                note: cells.get(8)?,
            })
        })
    }

    pub(super) fn apply(self, change: &Change) -> Result<(), LedgerError> {
        match change {
            Change::Intent(intent) => self.put_intent(intent),
            Change::Balance(balance) => self.write(
                "INSERT INTO balances (scope, reserved, spent) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (scope) DO UPDATE SET reserved = excluded.reserved, \
                 spent = excluded.spent",
                params![
                    balance.scope.to_string(),
                    amount(balance.reserved)?,
                    amount(balance.spent)?
                ],
            ),
            Change::Stop(lane) => self.write(
                "INSERT INTO lanes (account, stopped_by, since) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (account) DO UPDATE SET stopped_by = excluded.stopped_by, \
                 since = excluded.since",
                params![lane.account, lane.stopped_by.as_str(), moment(lane.since)?],
            ),
            Change::Distrust(status) => self.write(
                "INSERT INTO distrusted (status) VALUES (?1) ON CONFLICT DO NOTHING",
                params![status],
            ),
            Change::Duration(duration) => self.put_duration(duration),
            Change::Alarm(alarm) => self.write(
                "INSERT INTO alarms (at, intent, attempt, kind, detail) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    moment(alarm.at)?,
                    alarm.intent.to_string(),
                    alarm.attempt,
                    alarm.kind.as_str(),
                    alarm.detail
                ],
            ),
            Change::Log(line) => self.put_line(line),
        }
    }

    /// Inserts an intent, or updates what can change of it; then all its attempts.
    fn put_intent(self, intent: &Intent) -> Result<(), LedgerError> {
        let id = intent.id.to_string();
        let on = intent.continues.as_ref();
        let job = intent.job.as_ref();
        self.write(
            "INSERT INTO intents (id, state, held, account, operation, model, length, \
             continues_job, continues_step, campaign, tags, policy, horizon, body, body_hash, \
             price, job, job_step, job_attempt, job_since, planned_at, changed_at, quoted) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, \
             ?18, ?19, ?20, ?21, ?22, ?23) \
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, held = excluded.held, \
             job = excluded.job, job_attempt = excluded.job_attempt, \
             job_since = excluded.job_since, changed_at = excluded.changed_at",
            params![
                id,
                intent.state.as_str(),
                intent.held.map(Held::as_str),
                intent.account,
                intent.operation.as_str(),
                intent.model.map(Model::as_str),
                intent.length.as_str(),
                on.map(|on| &on.job),
                on.map(|on| on.step),
                intent.campaign,
                json(&intent.tags)?,
                intent.policy.as_str(),
                natural(intent.horizon)?,
                intent.body,
                intent.body_hash,
                amount(intent.price)?,
                job.map(|job| &job.id),
                intent.job_step(),
                job.map(|job| job.attempt),
                job.map(|job| moment(job.since)).transpose()?,
                moment(intent.planned_at)?,
                moment(intent.changed_at)?,
                intent.quoted.as_ref().map(json).transpose()?,
            ],
        )?;
        intent
            .attempts
            .iter()
            .try_for_each(|attempt| self.put_attempt(&id, attempt))
    }

    fn put_attempt(self, intent: &str, attempt: &Attempt) -> Result<(), LedgerError> {
        let (money, bill) = match attempt.money {
            Money::Reserved => ("reserved", None),
            Money::Voided => ("voided", None),
            Money::Posted(bill) => ("posted", Some(amount(bill)?)),
        };
        self.write(
            "INSERT INTO attempts (intent, number, sent_at, reserved, money, bill, scopes, \
             horizon_at, absent_at, status, note) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
             ON CONFLICT (intent, number) DO UPDATE SET money = excluded.money, \
             bill = excluded.bill, horizon_at = excluded.horizon_at, \
             absent_at = excluded.absent_at, status = excluded.status, note = excluded.note",
            params![
                intent,
                attempt.number,
                moment(attempt.sent_at)?,
                amount(attempt.reserved)?,
                money,
                bill,
                json(&attempt.scopes)?,
                attempt.horizon_at.map(moment).transpose()?,
                attempt.absent_at.map(moment).transpose()?,
                attempt.status,
                attempt.note,
            ],
        )
    }

    fn put_duration(self, duration: &Duration) -> Result<(), LedgerError> {
        self.write(
            "INSERT INTO durations (operation, model, length, millis) VALUES (?1, ?2, ?3, ?4)",
            params![
                duration.operation.as_str(),
                model_word(duration.model),
                duration.length.as_str(),
                natural(duration.millis)?
            ],
        )
    }

    fn put_line(self, line: &Line) -> Result<(), LedgerError> {
        self.write(
            "INSERT INTO log (number, at, intent, attempt, event, from_state, to_state, by_whom, \
             note) SELECT coalesce(max(number), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM log",
            params![
                moment(line.at)?,
                line.intent.to_string(),
                line.attempt,
                line.event.as_str(),
                line.from.as_str(),
                line.to.as_str(),
                line.by,
                line.note
            ],
        )
    }

    fn write(self, sql: &str, parameters: impl Params) -> Result<(), LedgerError> {
        self.conn
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(parameters))
            .map(|_| ())
            .map_err(|error| failed(self.path, "writing", error))
    }

    fn one<T>(
        self,
        sql: &str,
        parameters: impl Params,
        read: impl FnOnce(Cells<'_, '_>) -> Result<T, LedgerError>,
    ) -> Result<Option<T>, LedgerError> {
        let reading = |error| failed(self.path, "reading", error);
        let mut statement = self.conn.prepare_cached(sql).map_err(reading)?;
        let found = statement
            .query_row(parameters, |row| Ok(read(Cells { row, tables: self })))
            .optional()
            .map_err(reading)?;
        found.transpose()
    }

    fn all<T>(
        self,
        sql: &str,
        parameters: impl Params,
        read: impl Fn(Cells<'_, '_>) -> Result<T, LedgerError>,
    ) -> Result<Vec<T>, LedgerError> {
        let reading = |error| failed(self.path, "reading", error);
        let mut statement = self.conn.prepare_cached(sql).map_err(reading)?;
        let mut rows = statement.query(parameters).map_err(reading)?;
        let mut values = Vec::new();
        while let Some(row) = rows.next().map_err(reading)? {
            values.push(read(Cells { row, tables: self })?);
        }
        Ok(values)
    }

    pub(super) fn damaged(self, what: String) -> LedgerError {
        LedgerError::Damaged {
            path: self.path.to_owned(),
            what,
        }
    }
}

/// One row while it is read.
struct Cells<'r, 's> {
    row: &'r Row<'s>,
    tables: Tables<'r>,
}

impl Cells<'_, '_> {
    fn intent(&self) -> Result<Intent, LedgerError> {
        let continues = match (self.get::<Option<String>>(7)?, self.get(8)?) {
            (Some(job), Some(step)) => Some(Continues { job, step }),
            (None, None) => None,
            _ => return Err(self.unknown(7)),
        };
        let job = match (
            self.get::<Option<String>>(16)?,
            self.get(17)?,
            self.maybe_at(18)?,
        ) {
            (Some(id), Some(attempt), Some(since)) => Some(OwnedJob { id, attempt, since }),
            (None, None, None) => None,
            _ => return Err(self.unknown(16)),
        };
        let held = self
            .get::<Option<String>>(2)?
            .map(|word| match word.as_str() {
                "budget" => Ok(Held::Budget),
                "account" => Ok(Held::Account),
                _ => Err(self.unknown(2)),
            });
        let model = self.get::<Option<String>>(5)?.map(|word| {
            let known = Model::from_str(&word);
            known.map_err(|_| self.unknown(5))
        });
        Ok(Intent {
            id: self.parsed(0)?,
            state: self.word(1, State::from_word)?,
            held: held.transpose()?,
            account: self.get(3)?,
            operation: self.parsed(4)?,
            model: model.transpose()?,
            length: self.word(6, |word| {
                let mut classes = LengthClass::ALL.iter().copied();
                classes.find(|class| class.as_str() == word)
            })?,
            continues,
            campaign: self.get(9)?,
            tags: self.json(10)?,
            policy: self.word(11, Policy::from_word)?,
            horizon: self.natural(12)?,
            body: self.get(13)?,
            body_hash: self.get(14)?,
            price: self.credits(15)?,
            job,
            quoted: match self.get::<Option<String>>(21)? {
                Some(_) => Some(self.json(21)?),
                None => None,
            },
            planned_at: self.at(19)?,
            changed_at: self.at(20)?,
            attempts: Vec::new(),
        })
    }

    fn attempt(&self) -> Result<(IntentId, Attempt), LedgerError> {
        let money = match (self.get::<String>(4)?.as_str(), self.get::<Option<i64>>(5)?) {
            ("reserved", None) => Money::Reserved,
            ("voided", None) => Money::Voided,
            ("posted", Some(_)) => Money::Posted(self.credits(5)?),
            _ => return Err(self.unknown(4)),
        };
        let attempt = Attempt {
            number: self.get(1)?,
            sent_at: self.at(2)?,
            reserved: self.credits(3)?,
            money,
            scopes: self.json(6)?,
            horizon_at: self.maybe_at(7)?,
            absent_at: self.maybe_at(8)?,
            status: self.get(9)?,
            note: self.get(10)?,
        };
        Ok((self.parsed(0)?, attempt))
    }

    fn get<T: FromSql>(&self, column: usize) -> Result<T, LedgerError> {
        self.row.get(column).map_err(|_| self.unknown(column))
    }

    fn parsed<T: FromStr>(&self, column: usize) -> Result<T, LedgerError> {
        let text: String = self.get(column)?;
        text.parse().map_err(|_| self.unknown(column))
    }

    fn word<T>(&self, column: usize, read: impl Fn(&str) -> Option<T>) -> Result<T, LedgerError> {
        let text: String = self.get(column)?;
        read(&text).ok_or_else(|| self.unknown(column))
    }

    fn json<T: DeserializeOwned>(&self, column: usize) -> Result<T, LedgerError> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|_| self.unknown(column))
    }

    fn natural(&self, column: usize) -> Result<u64, LedgerError> {
        let number: i64 = self.get(column)?;
        u64::try_from(number).map_err(|_| self.unknown(column))
    }

    fn credits(&self, column: usize) -> Result<Credits, LedgerError> {
        Ok(Credits::from_millicredits(self.natural(column)?))
    }

    fn at(&self, column: usize) -> Result<UnixMillis, LedgerError> {
        Ok(UnixMillis(self.natural(column)?))
    }

    fn maybe_at(&self, column: usize) -> Result<Option<UnixMillis>, LedgerError> {
        match self.get::<Option<i64>>(column)? {
            Some(_) => self.at(column).map(Some),
            None => Ok(None),
        }
    }

    /// Says which column holds what no ledger writes.
    fn unknown(&self, column: usize) -> LedgerError {
        let name = self.row.as_ref().column_name(column).unwrap_or("a column");
        self.tables
            .damaged(format!("`{name}` holds a value that no ledger writes"))
    }
}

/// The word of a model in a key, where "none" must be a value.
fn model_word(model: Option<Model>) -> &'static str {
    model.map_or("", Model::as_str)
}

fn amount(credits: Credits) -> Result<i64, LedgerError> {
    natural(credits.millicredits())
}

fn moment(at: UnixMillis) -> Result<i64, LedgerError> {
    natural(at.0)
}

fn natural(number: u64) -> Result<i64, LedgerError> {
    i64::try_from(number).map_err(|_| LedgerError::Broken {
        what: format!("{number} exceeds the largest number that can be stored"),
    })
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|error| LedgerError::Storage {
        doing: "writing",
        source: Box::new(error),
    })
}
