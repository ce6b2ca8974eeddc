//! A ledger in one SQLite file: durable before it answers, one writer, and no start on a file that
//! cannot be trusted.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use creatify_core::Credits;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, params};

use self::rows::Tables;
use crate::engine::{self, Change, Rows};
use crate::error::LedgerError;
use crate::export::{Export, SCHEMA_VERSION};
use crate::id::{IntentId, UnixMillis};
use crate::intent::{Held, Intent, Plan};
use crate::ledger::{Class, Filter, Lane, Ledger as _, ledger};
use crate::money::{Balance, Scope};
use crate::news::{Alarm, News, Pass, Transition};
use crate::protocol::State;
use crate::store::Store;

mod rows;
mod salvage;
mod schema;

pub use self::salvage::{Salvage, salvage};

/// How long a statement waits for another program that looks into the file.
const BUSY: Duration = Duration::from_secs(5);

/// A ledger in one SQLite file, with a write-ahead log that is forced to the disk by each commit.
///
/// One process at a time has it: a lock on the file `<path>.lock` says so, and ends with the
/// process. The file must stand on a local disk.
///
/// # Example
///
/// ```
/// use creatify_ledger::{Filter, Ledger, LedgerError, SqliteLedger, UnixMillis};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("ledger.db");
/// let ledger = SqliteLedger::open(&path, UnixMillis(1_795_132_800_000))?;
/// assert!(ledger.intents(&Filter::default())?.is_empty());
///
/// let second = SqliteLedger::open(&path, UnixMillis(1_795_132_800_000));
/// assert!(matches!(second, Err(LedgerError::InUse { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteLedger {
    store: Mutex<SqliteStore>,
    recovered: Vec<Transition>,
}

impl SqliteLedger {
    /// Opens the ledger, or makes a new one where there is no file.
    ///
    /// Attempts that were in flight when the last process ended become ambiguous;
    /// [`recovered`](SqliteLedger::recovered) tells which.
    ///
    /// # Errors
    ///
    /// [`InUse`](LedgerError::InUse) when another process has it;
    /// [`Damaged`](LedgerError::Damaged), [`Newer`](LedgerError::Newer) and
    /// [`NotALedger`](LedgerError::NotALedger), which leave the file as it is, for
    /// [`salvage`] to read; [`Storage`](LedgerError::Storage).
    pub fn open(path: impl AsRef<Path>, now: UnixMillis) -> Result<SqliteLedger, LedgerError> {
        let path = path.as_ref();
        let lock = lock_file(path)?;
        match lock.try_lock() {
            Ok(()) => SqliteLedger::with_lock(path, lock, now),
            Err(TryLockError::WouldBlock) => Err(LedgerError::InUse {
                path: path.to_owned(),
                holder: holder(lock),
            }),
            Err(TryLockError::Error(error)) => Err(file_failed("locking", error)),
        }
    }

    /// As [`open`](SqliteLedger::open), but waits, however long, until no other process has it.
    ///
    /// # Errors
    ///
    /// As [`open`](SqliteLedger::open), without [`InUse`](LedgerError::InUse).
    pub fn open_waiting(
        path: impl AsRef<Path>,
        now: impl FnOnce() -> UnixMillis,
    ) -> Result<SqliteLedger, LedgerError> {
        let lock = lock_file(path.as_ref())?;
        lock.lock().map_err(|error| file_failed("locking", error))?;
        SqliteLedger::with_lock(path.as_ref(), lock, now())
    }

    /// What opening found in flight and took for ambiguous.
    #[must_use]
    pub fn recovered(&self) -> &[Transition] {
        &self.recovered
    }

    /// Everything in a ledger's file, read without the lock, also while a process works on it.
    ///
    /// # Errors
    ///
    /// As [`open`](SqliteLedger::open), without [`InUse`](LedgerError::InUse).
    pub fn read(path: impl AsRef<Path>) -> Result<Export, LedgerError> {
        let path = path.as_ref();
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .and_then(|conn| conn.busy_timeout(BUSY).map(|()| conn))
            .map_err(|error| schema::failed(path, "opening", error))?;
        schema::view_as_newest(&conn, path)?;
        // One transaction, so that what is read is what one commit left.
        conn.execute_batch("BEGIN")
            .map_err(|error| schema::failed(path, "reading", error))?;
        export(Tables { conn: &conn, path })
    }

    fn with_lock(path: &Path, lock: File, now: UnixMillis) -> Result<SqliteLedger, LedgerError> {
        sign(&lock).map_err(|error| file_failed("locking", error))?;
        let store = SqliteStore::open(path, lock)?;
        let mut ledger = SqliteLedger {
            store: Mutex::new(store),
            recovered: Vec::new(),
        };
        let wrong = ledger.audit()?;
        if let Some(what) = wrong.into_iter().next() {
            let path = path.to_owned();
            return Err(LedgerError::Damaged { path, what });
        }
        ledger.recovered = ledger.restarted(now)?;
        let store = ledger.store()?;
        store.set_checkpoint_at_close(true)?;
        drop(store);
        Ok(ledger)
    }

    fn store(&self) -> Result<MutexGuard<'_, SqliteStore>, LedgerError> {
        // A panic inside a transaction leaves it open; the next one then fails to begin, and the
        // store refuses from there on.
        let store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        match store.has_failed {
            true => Err(LedgerError::Storage {
                doing: "before",
                source: "an earlier change may be stored or not".into(),
            }),
            false => Ok(store),
        }
    }
}

ledger!(SqliteLedger);

#[derive(Debug)]
struct SqliteStore {
    conn: Connection,
    path: PathBuf,
    /// After a failed write nothing is believed before the file is read anew.
    has_failed: bool,
    /// Held for as long as the connection; declared after it, so that it is let go after it.
    _lock: File,
}

impl SqliteStore {
    fn open(path: &Path, lock: File) -> Result<SqliteStore, LedgerError> {
        let failed = |error| schema::failed(path, "opening", error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags).map_err(failed)?;
        let store = SqliteStore {
            conn,
            path: path.to_owned(),
            has_failed: false,
            _lock: lock,
        };
        // A file that is refused must be left as it is, its write-ahead log too.
        store.set_checkpoint_at_close(false)?;
        let conn = &store.conn;
        conn.busy_timeout(BUSY).map_err(failed)?;
        let version = schema::version(conn, path)?;
        if version > 0 {
            schema::check(conn, path)?;
        }
        conn.execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;",
        )
        .map_err(failed)?;
        let mode: String = conn
            .query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))
            .map_err(failed)?;
        conn.execute_batch("PRAGMA synchronous = FULL")
            .map_err(failed)?;
        if mode != "wal" {
            return Err(LedgerError::Storage {
                doing: "opening",
                source: format!("the file system does not carry a write-ahead log ({mode})").into(),
            });
        }
        schema::prepare(conn, path)?;
        if version == 0 {
            force_name(path).map_err(|error| file_failed("making the file", error))?;
        }
        Ok(store)
    }

    fn set_checkpoint_at_close(&self, is_on: bool) -> Result<(), LedgerError> {
        self.conn
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !is_on)
            .map(|_| ())
            .map_err(|error| schema::failed(&self.path, "opening", error))
    }

    fn tables(&self) -> Tables<'_> {
        Tables {
            conn: &self.conn,
            path: &self.path,
        }
    }

    /// Does `write` in one transaction, forced to the disk before this returns.
    fn committed<T>(
        &mut self,
        write: impl FnOnce(&Self) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let begun = self.conn.execute_batch("BEGIN IMMEDIATE");
        let done = match begun {
            Ok(()) => write(self),
            Err(error) => Err(schema::failed(&self.path, "beginning a change", error)),
        };
        let done = done.and_then(|value| {
            let ended = self.conn.execute_batch("COMMIT");
            ended.map_err(|error| schema::failed(&self.path, "committing", error))?;
            Ok(value)
        });
        if done.is_err() && !self.conn.is_autocommit() {
            self.has_failed |= self.conn.execute_batch("ROLLBACK").is_err();
        }
        self.has_failed |= matches!(
            done,
            Err(LedgerError::Storage { .. } | LedgerError::Damaged { .. })
        );
        done
    }
}

impl Rows for SqliteStore {
    fn intent(&self, id: IntentId) -> Result<Option<Intent>, LedgerError> {
        self.tables().intent(id)
    }

    fn owner(&self, job: &str, step: u32) -> Result<Option<IntentId>, LedgerError> {
        self.tables()
            .one_id("job = ?1 AND job_step = ?2", params![job, step])
    }

    fn continuing(&self, job: &str, step: u32) -> Result<Option<IntentId>, LedgerError> {
        let condition = "continues_job = ?1 AND continues_step = ?2";
        self.tables().one_id(condition, params![job, step])
    }

    fn balance(&self, scope: &Scope) -> Result<Balance, LedgerError> {
        self.tables().balance(scope)
    }

    fn lane(&self, account: &str) -> Result<Option<Lane>, LedgerError> {
        Ok(self.tables().lanes(Some(account))?.pop())
    }

    fn is_distrusted(&self, status: u16) -> Result<bool, LedgerError> {
        Ok(self.tables().distrusted()?.contains(&status))
    }

    fn has_alarm(&self, alarm: &Alarm) -> Result<bool, LedgerError> {
        self.tables().has_alarm(alarm)
    }
}

impl Store for SqliteStore {
    fn transact<T>(
        &mut self,
        decide: impl FnOnce(&Self) -> Result<(Vec<Change>, T), LedgerError>,
    ) -> Result<T, LedgerError> {
        self.committed(|store| {
            let (changes, answer) = decide(store)?;
            for change in &changes {
                store.tables().apply(change)?;
            }
            Ok(answer)
        })
    }

    fn set_limit(&mut self, scope: &Scope, limit: Option<Credits>) -> Result<(), LedgerError> {
        self.committed(|store| store.tables().set_limit(scope, limit))
    }

    fn clear_lane(&mut self, account: &str) -> Result<(), LedgerError> {
        self.committed(|store| store.tables().clear_lane(account))
    }

    fn intents(&self, filter: &Filter) -> Result<Vec<Intent>, LedgerError> {
        let states: Vec<&str> = filter.states().iter().map(|state| state.as_str()).collect();
        let states = format!("\"{}\"", states.join("\",\""));
        let mut intents = match filter.states().is_empty() {
            true => self.tables().intents("TRUE", [])?,
            false => {
                let condition = "state IN (SELECT value FROM json_each(?1))";
                let states = format!("[{states}]");
                self.tables().intents(condition, params![states])?
            }
        };
        intents.retain(|intent| filter.passes(intent));
        Ok(intents)
    }

    fn by_job(&self, job: &str) -> Result<Vec<Intent>, LedgerError> {
        self.tables()
            .intents("job = ?1 OR continues_job = ?1", params![job])
    }

    fn durations(&self, class: &Class, limit: usize) -> Result<Vec<u64>, LedgerError> {
        self.tables().durations(class, limit)
    }

    fn export(&self) -> Result<Export, LedgerError> {
        export(self.tables())
    }
}

fn export(tables: Tables<'_>) -> Result<Export, LedgerError> {
    Ok(Export {
        version: SCHEMA_VERSION,
        intents: tables.intents("TRUE", [])?,
        balances: tables.balances()?,
        lanes: tables.lanes(None)?,
        distrusted: tables.distrusted()?,
        alarms: tables.alarms()?,
        log: tables.log()?,
    })
}

/// The file whose lock says who has the ledger. It stays when the process ends; its lock does not.
fn lock_file(path: &Path) -> Result<File, LedgerError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(name)
        .map_err(|error| file_failed("locking", error))
}

/// Writes this process's number into the lock's file, for the message that others get.
fn sign(mut lock: &File) -> std::io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    write!(lock, "{}", std::process::id())
}

fn holder(mut lock: File) -> Option<u32> {
    let mut text = String::new();
    lock.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// Forces the names of new files to the disk, where folders can be opened for that.
fn force_name(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    let folder = parent.unwrap_or(Path::new("."));
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()),
    }
}

fn file_failed(doing: &'static str, error: std::io::Error) -> LedgerError {
    LedgerError::Storage {
        doing,
        source: Box::new(error),
    }
}

#[cfg(test)]
mod tests {
    use creatify_core::{Credits, Operation};

    use super::*;
    use crate::ledger::Ledger;

    const NOW: UnixMillis = UnixMillis(1_795_132_800_000);

    fn plan(number: u8) -> Plan {
        let id = IntentId::new(NOW, number.into());
        let body = "x".repeat(20_000);
        Plan::new(id, "main", Operation::LinkCreate, body, Credits::ZERO)
    }

    #[test]
    fn a_full_disk_lets_nothing_out_and_the_file_stays_sound() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("ledger.db");
        let ledger = SqliteLedger::open(&path, NOW).expect("it opens");
        ledger.plan(&plan(1), NOW).expect("there is room");
        let store = ledger.store().expect("it is sound");
        // SQLite answers a full disk and a file at its limit with the same code.
        let pages: i64 = store
            .conn
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .expect("it has pages");
        let limit = format!("PRAGMA max_page_count = {pages}");
        store
            .conn
            .query_row(&limit, [], |row| row.get::<_, i64>(0))
            .expect("it takes a limit");
        drop(store);

        let refused = ledger.plan(&plan(2), NOW).expect_err("it is full");
        assert!(matches!(refused, LedgerError::Storage { .. }), "{refused}");
        // There is room again, and still nothing is believed.
        let store = ledger.store.lock().expect("no panic");
        store
            .conn
            .query_row("PRAGMA max_page_count = 100000", [], |row| {
                row.get::<_, i64>(0)
            })
            .expect("it takes a limit");
        drop(store);
        let shut = ledger
            .gate(IntentId::new(NOW, 1), 1, NOW)
            .expect_err("a ledger that failed is not believed");
        assert!(matches!(shut, LedgerError::Storage { .. }), "{shut}");
        drop(ledger);

        let ledger = SqliteLedger::open(&path, NOW).expect("it opens anew");
        assert_eq!(ledger.export().expect("it reads").intents.len(), 1);
        let _ = ledger
            .gate(IntentId::new(NOW, 1), 1, NOW)
            .expect("there is room again");
    }
}
