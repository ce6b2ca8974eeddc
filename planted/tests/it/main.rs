//! Each search, on something that holds a secret and on something that holds none.
//!
//! A find ends the process, so each deed is done in a process of its own: this binary once more,
//! with the deed's name in the environment.

use std::panic::catch_unwind;
use std::process::{Command, Output};

use planted::{API_ID, API_KEY, Folder, find, find_key};

const DEED: &str = "PLANTED_DEED";

const CALLBACK: &str = "https://h.example/w/k1/01JD0000000000000000000000.1/AAAAAAAAAAAAAAAAAAAAAA";

/// Leaves a file in a folder that goes.
fn leave(path: &str, text: &str) {
    let folder = Folder::new().expect("a folder");
    let file = folder.path().join(path);
    std::fs::create_dir_all(file.parent().expect("it has one")).expect("a folder in it");
    std::fs::write(file, text).expect("a file");
}

fn log(key: &str) {
    tracing::trace!(target: "elsewhere", key, "asked");
}

/// The deeds that let a secret out, each with where it is found.
const BAD: [(&str, &str, fn()); 10] = [
    ("file", "the file", || leave("log", API_KEY)),
    ("nested", "the file", || {
        leave("a/b/log", &format!("id={API_ID}\n"));
    }),
    ("escaped", "the file", || {
        leave("log", &format!("{API_KEY:?}"));
    }),
    ("panic", "a panic", || {
        planted::watch();
        let thread = std::thread::spawn(|| panic!("refused {API_KEY}"));
        let _ = thread.join();
    }),
    ("caught", "a panic", || {
        planted::watch();
        let _ = catch_unwind(|| panic!("called at {CALLBACK}"));
    }),
    ("event", "a log line", || {
        planted::watch();
        log(API_KEY);
    }),
    ("words", "a log line", || {
        planted::watch();
        tracing::error!("refused {API_ID}");
    }),
    ("debug", "a log line", || {
        planted::watch();
        tracing::debug!(keys = ?[API_KEY], "asked");
    }),
    ("span", "a log line", || {
        planted::watch();
        drop(tracing::trace_span!("call", url = CALLBACK));
    }),
    ("later", "a field of a span", || {
        planted::watch();
        let span = tracing::info_span!("call", url = tracing::field::Empty);
        span.record("url", CALLBACK);
    }),
];

/// The deeds that let none out.
fn harmless() {
    planted::watch();
    planted::watch();
    leave("ledger", CALLBACK);
    log("a-key-of-nobody");
    tracing::info!(url = "https://h.example/w/k1/***", "called");
    let _ = catch_unwind(|| panic!("nothing to hide"));
}

/// Does what the environment names, and by itself nothing.
#[test]
fn the_deed_is_done() {
    let Ok(name) = std::env::var(DEED) else {
        return;
    };
    match BAD.iter().find(|(bad, ..)| *bad == name) {
        Some((_, _, deed)) => deed(),
        None => harmless(),
    }
}

fn done(name: &str) -> Output {
    let program = std::env::current_exe().expect("it runs");
    Command::new(program)
        .args(["--exact", "the_deed_is_done", "--nocapture"])
        .env(DEED, name)
        .output()
        .expect("it runs once more")
}

#[test]
fn a_secret_that_comes_out_ends_the_process_and_is_not_repeated() {
    for (name, place, _) in BAD {
        let output = done(name);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{name} is let through");
        assert!(said.contains("a planted secret came out"), "{name}: {said}");
        assert!(said.contains(&format!("in {place}")), "{name}: {said}");
        let printed = [output.stdout, output.stderr].concat();
        assert_eq!(find(&printed), None, "{name} is repeated");
    }
}

#[test]
fn what_holds_no_secret_is_let_through() {
    let output = done("harmless");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(find_key(CALLBACK.as_bytes()), None);
}
