//! Which file is a ledger, of which version, and how an older one becomes the newest.

use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use crate::error::LedgerError;
use crate::export::SCHEMA_VERSION;

/// The mark of a ledger in a database's header: `wldg` in ASCII.
const APPLICATION_ID: i64 = 0x776C_6467;

/// Step n takes a file from version n to n + 1; the first one starts from nothing.
const STEPS: &[&str] = &[
    include_str!("schema.sql"),
    "ALTER TABLE intents ADD COLUMN quoted TEXT",
];

/// What makes a file of version n read like one of version n + 1 without changing it: its own tables
/// stay in `main`, and what stands before them is a part of the connection.
const READING: &[&str] =
    &["CREATE TEMP VIEW intents AS SELECT *, NULL AS quoted FROM main.intents"];

const _: () = assert!(
    STEPS.len() as i64 == SCHEMA_VERSION,
    "each version has its step"
);

/// Brings a new or older file to the newest version; refuses any other file without a change.
pub(super) fn prepare(conn: &Connection, path: &Path) -> Result<(), LedgerError> {
    let version = version(conn, path)?;
    migrate(conn, path, version, STEPS)
}

/// The version of a ledger's file; 0 for a new one.
pub(super) fn version(conn: &Connection, path: &Path) -> Result<i64, LedgerError> {
    let application = pragma(conn, path, "application_id")?;
    let found = pragma(conn, path, "user_version")?;
    let tables = number(conn, path, "SELECT count(*) FROM sqlite_schema")?;
    let path = path.to_owned();
    match (application, tables) {
        (0, 0) if found == 0 => Ok(0),
        (APPLICATION_ID, _) if found > SCHEMA_VERSION => Err(LedgerError::Newer {
            path,
            found,
            known: SCHEMA_VERSION,
        }),
        (APPLICATION_ID, _) if found >= 0 => Ok(found),
        _ => Err(LedgerError::NotALedger { path }),
    }
}

/// Lets a file of an older version be read as one of the newest; changes nothing in it.
pub(super) fn view_as_newest(conn: &Connection, path: &Path) -> Result<(), LedgerError> {
    let path_of = || path.to_owned();
    let version = match version(conn, path)? {
        0 => return Err(LedgerError::NotALedger { path: path_of() }),
        version => usize::try_from(version).unwrap_or(usize::MAX),
    };
    for step in READING.iter().skip(version.saturating_sub(1)) {
        conn.execute_batch(step)
            .map_err(|error| failed(path, "reading", error))?;
    }
    Ok(())
}

/// Takes the missing steps, each in its own transaction together with the new version.
fn migrate(
    conn: &Connection,
    path: &Path,
    version: i64,
    steps: &[&str],
) -> Result<(), LedgerError> {
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    for (next, step) in (1_i64..).zip(steps).skip(done) {
        let script = format!(
            "BEGIN IMMEDIATE; {step}; PRAGMA application_id = {APPLICATION_ID}; \
             PRAGMA user_version = {next}; COMMIT;"
        );
        if let Err(error) = conn.execute_batch(&script) {
            // What failed may have ended the transaction already.
            let _ = conn.execute_batch("ROLLBACK");
            return Err(failed(path, "bringing it to a newer version", error));
        }
    }
    Ok(())
}

/// Holds the whole file against its checksums, its references and its own rules.
pub(super) fn check(conn: &Connection, path: &Path) -> Result<(), LedgerError> {
    let damaged = |what: String| LedgerError::Damaged {
        path: path.to_owned(),
        what,
    };
    let finding = conn
        .query_row("PRAGMA integrity_check(1)", [], |row| {
            row.get::<_, String>(0)
        })
        .map_err(|error| failed(path, "checking its integrity", error))?;
    if finding != "ok" {
        return Err(damaged(finding));
    }
    let strays = number(conn, path, "SELECT count(*) FROM pragma_foreign_key_check")?;
    if strays != 0 {
        return Err(damaged(format!("{strays} rows refer to nothing")));
    }
    Ok(())
}

/// An SQLite failure as an error of ours: damage is told from failing storage.
pub(super) fn failed(path: &Path, doing: &'static str, error: rusqlite::Error) -> LedgerError {
    let code = error.sqlite_error_code();
    if matches!(
        code,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    ) {
        return LedgerError::Damaged {
            path: path.to_owned(),
            what: error.to_string(),
        };
    }
    LedgerError::Storage {
        doing,
        source: Box::new(error),
    }
}

fn pragma(conn: &Connection, path: &Path, name: &str) -> Result<i64, LedgerError> {
    number(conn, path, &format!("PRAGMA {name}"))
}

fn number(conn: &Connection, path: &Path, sql: &str) -> Result<i64, LedgerError> {
    conn.query_row(sql, [], |row| row.get(0))
        .map_err(|error| failed(path, "reading its header", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXT: &str = "ALTER TABLE intents ADD COLUMN colour TEXT";

    fn old_file() -> (tempfile::TempDir, std::path::PathBuf, Connection) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("ledger.db");
        let conn = Connection::open(&path).expect("a new file opens");
        prepare(&conn, &path).expect("a new file is brought to the newest version");
        conn.execute("INSERT INTO limits VALUES ('tag:a', 7)", [])
            .expect("a row fits");
        (folder, path, conn)
    }

    #[test]
    fn an_older_file_takes_the_missing_steps_and_keeps_its_rows() {
        let (_folder, path, conn) = old_file();
        let steps = [STEPS, &[NEXT]].concat();
        migrate(&conn, &path, SCHEMA_VERSION, &steps).expect("the step is taken");
        let newer = Some(SCHEMA_VERSION + 1);
        assert_eq!(pragma(&conn, &path, "user_version").ok(), newer);
        let kept = number(&conn, &path, "SELECT credits FROM limits").ok();
        assert_eq!(kept, Some(7));
        number(&conn, &path, "SELECT count(colour) FROM intents").expect("the column is there");
    }

    #[test]
    fn a_step_that_fails_half_way_leaves_the_old_version_whole() {
        let (_folder, path, conn) = old_file();
        let broken = format!("{NEXT}; INSERT INTO nowhere VALUES (1)");
        let steps = [STEPS, &[broken.as_str()]].concat();
        migrate(&conn, &path, SCHEMA_VERSION, &steps).expect_err("there is no such table");
        let unchanged = Some(SCHEMA_VERSION);
        assert_eq!(pragma(&conn, &path, "user_version").ok(), unchanged);
        number(&conn, &path, "SELECT count(colour) FROM intents").expect_err("rolled back");
        check(&conn, &path).expect("the file is whole");
    }

    #[test]
    fn a_file_of_version_1_is_read_unchanged_and_brought_up_when_it_is_opened() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("ledger.db");
        let conn = Connection::open(&path).expect("a new file opens");
        migrate(&conn, &path, 0, &STEPS[..1]).expect("version 1 is made");
        conn.execute(
            "INSERT INTO intents (id, state, account, operation, length, tags, policy, horizon, \
             body, body_hash, price, job_step, planned_at, changed_at) VALUES (?1, 'planned', 'a', \
             'link.create', 'unknown', '[]', 'park', 0, '{}', ?2, 1000, 0, 1, 1)",
            ["0".repeat(26), "0".repeat(64)],
        )
        .expect("a row of version 1 fits");
        let read = crate::SqliteLedger::read(&path).expect("it is read");
        assert_eq!(read.intents.len(), 1);
        assert_eq!(read.intents[0].quoted, None);
        assert_eq!(
            version(&conn, &path).ok(),
            Some(1),
            "reading changes nothing"
        );
        prepare(&conn, &path).expect("it is brought up");
        assert_eq!(version(&conn, &path).ok(), Some(SCHEMA_VERSION));
        drop(conn);
        let read = crate::SqliteLedger::read(&path).expect("it is read");
        assert_eq!(read.intents.len(), 1);
    }

    #[test]
    fn a_second_preparation_changes_nothing() {
        let (_folder, path, conn) = old_file();
        prepare(&conn, &path).expect("it is at the newest version");
        assert_eq!(version(&conn, &path).ok(), Some(SCHEMA_VERSION));
    }
}
