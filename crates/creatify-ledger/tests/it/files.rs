//! Files: what survives, what is refused, and who may have one.

use std::path::PathBuf;

use creatify_ledger::protocol::{Event, State};
use creatify_ledger::{Ledger, LedgerError, News, SCHEMA_VERSION, Scope, SqliteLedger, salvage};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::world::{NOW, answered, credits, id, record, send};

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger.db");
    (folder, path)
}

fn open(path: &PathBuf) -> SqliteLedger {
    SqliteLedger::open(path, NOW).expect("the ledger opens")
}

/// A file with one accepted job and one attempt in flight.
fn written() -> (TempDir, PathBuf) {
    let (folder, path) = folder();
    let ledger = open(&path);
    let scope = Scope::Campaign("spring".into());
    ledger.set_limit(&scope, Some(credits(20))).expect("set");
    send(&ledger, 1);
    record(&ledger, 1, answered("a"));
    send(&ledger, 2);
    (folder, path)
}

#[test]
fn a_second_process_sees_what_the_first_one_left() {
    let (_folder, path) = written();
    let ledger = open(&path);
    assert_eq!(ledger.recovered().len(), 1, "one was in flight");
    let state = |number| {
        let intent = ledger.intent(id(number)).expect("read");
        intent.expect("there").state
    };
    assert_eq!((state(1), state(2)), (State::Accepted, State::Ambiguous));
    let balance = ledger
        .balance(&Scope::Campaign("spring".into()))
        .expect("read");
    assert_eq!(
        (balance.reserved, balance.limit),
        (credits(10), Some(credits(20)))
    );
    let body = ledger.intent(id(2)).expect("read").expect("there").body;
    assert_eq!(body, "{\"number\":2}");
}

#[test]
fn a_second_ledger_on_one_file_is_refused_and_says_who_has_it() {
    let (_folder, path) = folder();
    let first = open(&path);
    let refused = SqliteLedger::open(&path, NOW).expect_err("it is in use");
    let LedgerError::InUse { holder, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!(holder, Some(std::process::id()));
    drop(first);
    open(&path);
}

#[test]
fn who_waits_gets_the_ledger_when_it_is_let_go() {
    let (_folder, path) = folder();
    let first = open(&path);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| SqliteLedger::open_waiting(&path, || NOW));
        send(&first, 1);
        drop(first);
        let second = second.join().expect("no panic").expect("it opens");
        assert_eq!(second.recovered().len(), 1);
    });
}

#[test]
fn a_ledger_in_use_can_be_read() {
    let (_folder, path) = written();
    let ledger = open(&path);
    record(&ledger, 2, News::Confirmed { job: "b".into() });
    let seen = SqliteLedger::read(&path).expect("it reads");
    assert_eq!(seen, ledger.export().expect("read"));
}

#[test]
fn a_newer_file_is_refused_unchanged_and_can_be_salvaged() {
    let (_folder, path) = written();
    let newer = SCHEMA_VERSION + 1;
    let conn = Connection::open(&path).expect("it opens");
    conn.execute_batch(&format!(
        "ALTER TABLE intents ADD COLUMN colour TEXT DEFAULT 'red'; PRAGMA user_version = {newer};"
    ))
    .expect("it can be changed");
    drop(conn);
    let before = std::fs::read(&path).expect("it reads");
    let refused = SqliteLedger::open(&path, NOW).expect_err("it is newer");
    assert!(
        matches!(refused, LedgerError::Newer { found, .. } if found == newer),
        "{refused}"
    );
    assert!(refused.is_unreadable());
    let found = salvage(&path).expect("it can be read");
    assert_eq!(found.tables["intents"].len(), 2);
    assert_eq!(found.tables["intents"][0]["colour"], "red");
    assert!(!found.tables["intents"][0].contains_key("body"));
    assert_eq!(std::fs::read(&path).expect("it reads"), before);
}

#[test]
fn a_database_of_another_program_is_refused_unchanged() {
    let (_folder, path) = folder();
    let conn = Connection::open(&path).expect("it opens");
    conn.execute_batch("CREATE TABLE notes (text TEXT); PRAGMA user_version = 1;")
        .expect("it can be changed");
    drop(conn);
    let before = std::fs::read(&path).expect("it reads");
    let refused = SqliteLedger::open(&path, NOW).expect_err("it is foreign");
    assert!(
        matches!(refused, LedgerError::NotALedger { .. }),
        "{refused}"
    );
    assert_eq!(std::fs::read(&path).expect("it reads"), before);
}

#[test]
fn a_text_file_is_refused_unchanged() {
    let (_folder, path) = folder();
    let text = "this is a text file and no database at all, however long it may be\n".repeat(40);
    std::fs::write(&path, &text).expect("it can be written");
    let refused = SqliteLedger::open(&path, NOW).expect_err("it is no database");
    assert!(matches!(refused, LedgerError::Damaged { .. }), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).expect("it reads"), text);
}

/// Every page in turn is overwritten: the ledger either refuses, or the page held nothing.
#[test]
fn a_damaged_page_is_never_started_on() {
    let (_folder, path) = written();
    let sound = std::fs::read(&path).expect("it reads");
    let whole = SqliteLedger::read(&path).expect("it reads");
    let mut refusals = 0;
    for page in 0..sound.len() / 4_096 {
        let mut damaged = sound.clone();
        damaged[page * 4_096..(page + 1) * 4_096].fill(0xA5);
        std::fs::write(&path, &damaged).expect("it can be written");
        match SqliteLedger::open(&path, NOW) {
            Ok(ledger) => {
                let intents = ledger.export().expect("read").intents.len();
                assert_eq!(intents, whole.intents.len(), "page {page}");
            }
            Err(refused) => {
                assert!(refused.is_unreadable(), "page {page}: {refused}");
                let _ = salvage(&path);
                refusals += 1;
            }
        }
    }
    assert!(refusals > 5, "{refusals} refusals");
}

/// What only SQLite's own check sees: an index that leads to other rows than the table has. A
/// ledger that believed it would not find what was in flight.
#[test]
fn an_index_that_disagrees_with_its_table_is_damage() {
    let (_folder, path) = written();
    let conn = Connection::open(&path).expect("it opens");
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'intents_by_state'";
    let page: i64 = conn
        .query_row(sql, [], |row| row.get(0))
        .expect("it is there");
    drop(conn);
    let mut bytes = std::fs::read(&path).expect("it reads");
    let begin = usize::try_from(page - 1).expect("pages count from 1") * 4_096;
    let page = &mut bytes[begin..begin + 4_096];
    let at = page
        .windows(4)
        .position(|word| word == b"sent")
        .expect("one is in flight");
    page[at..at + 4].copy_from_slice(b"send");
    std::fs::write(&path, &bytes).expect("it can be written");
    let refused = SqliteLedger::open(&path, NOW).expect_err("it is damaged");
    assert!(matches!(refused, LedgerError::Damaged { .. }), "{refused}");
}

#[test]
fn a_row_that_no_ledger_writes_is_damage() {
    let changes = [
        "UPDATE balances SET reserved = reserved + 1000",
        "UPDATE intents SET state = 'settled' WHERE state = 'accepted'",
        "UPDATE intents SET state = 'sending'",
        "UPDATE attempts SET money = 'voided'",
        "UPDATE attempts SET scopes = '[]'",
        "DELETE FROM balances",
    ];
    for change in changes {
        let (_folder, path) = written();
        let conn = Connection::open(&path).expect("it opens");
        let rows = conn.execute(change, []).expect("the file allows it");
        assert!(rows > 0, "{change}");
        drop(conn);
        let refused = SqliteLedger::open(&path, NOW).expect_err(change);
        assert!(
            matches!(refused, LedgerError::Damaged { .. }),
            "{change}: {refused}"
        );
    }
}

#[test]
fn the_file_itself_keeps_purchases_and_history() {
    let (_folder, path) = written();
    let conn = Connection::open(&path).expect("it opens");
    for change in [
        "UPDATE intents SET price = 0",
        "UPDATE intents SET body = 'other'",
        "UPDATE log SET to_state = 'planned'",
        "DELETE FROM log",
        "DELETE FROM attempts",
        "DELETE FROM intents",
        "INSERT INTO attempts (intent, number, sent_at, reserved, money, scopes) \
         SELECT id, 0, 0, 0, 'reserved', '[]' FROM intents",
    ] {
        conn.execute(change, []).expect_err(change);
    }
}

#[test]
fn a_new_file_in_a_folder_that_is_not_there_is_an_error_and_not_a_panic() {
    let (_folder, path) = folder();
    let refused = SqliteLedger::open(path.join("deeper"), NOW).expect_err("no such folder");
    assert!(matches!(refused, LedgerError::Storage { .. }), "{refused}");
}

/// The write-ahead log is cut after every frame and inside every frame: what is left is always what
/// the ledger was after one of its commits, and every commit is one of the answers.
#[test]
fn a_write_ahead_log_cut_anywhere_leaves_what_some_commit_left() {
    const HEADER: usize = 32;
    const FRAME: usize = 24 + 4_096;
    let (_folder, path) = folder();
    let ledger = open(&path);
    for number in 1..=3 {
        send(&ledger, number);
        record(&ledger, number, answered(&format!("job {number}")));
    }
    record(&ledger, 2, News::Failed { bill: credits(7) });
    let whole = ledger.export().expect("read");
    let wal = std::fs::read(path.with_extension("db-wal")).expect("the log is there");
    let database = std::fs::read(&path).expect("the file is there");

    let frames = (wal.len() - HEADER) / FRAME;
    let mut lengths = std::collections::BTreeSet::new();
    for frame in 0..=frames {
        for beyond in [0, 1, 24, FRAME / 2] {
            let (_folder, path) = folder();
            let kept = (HEADER + frame * FRAME + beyond).min(wal.len());
            std::fs::write(&path, &database).expect("it can be written");
            std::fs::write(path.with_extension("db-wal"), &wal[..kept]).expect("it can be written");
            let cut = open(&path);
            let left = cut.export().expect("read");
            let lines = left
                .log
                .iter()
                .filter(|line| line.event != Event::Restarted);
            let lines: Vec<_> = lines.cloned().collect();
            assert!(
                whole.log.starts_with(&lines),
                "after {frame} frames and {beyond} bytes"
            );
            assert_eq!(cut.audit().expect("read"), [""; 0]);
            lengths.insert(lines.len());
        }
    }
    let every: std::collections::BTreeSet<usize> = (0..=whole.log.len()).collect();
    assert_eq!(lengths, every);
}
