//! The ledger's file: where it stands, when it is made, who may read it, and what is refused.

use std::path::Path;

use creatify::emulator::{Fault, FaultTarget, seed};
use creatify::ledger::{SqliteLedger, UnixMillis};
use serde_json::json;

use crate::support::{Run, TEMPLATE_VIDEO, World, against, creatify, ledger_of, paying, serve};

/// Where the schema's version stands in an SQLite file.
const VERSION: std::ops::Range<usize> = 60..64;

#[test]
fn nothing_is_written_where_nothing_is_paid() {
    let world = World::new();
    let dry = [&TEMPLATE_VIDEO[..], &["--dry-run"]].concat();
    let unapproved = TEMPLATE_VIDEO;
    let waiting = ["wait", "custom-template.generate:abc", "--deadline", "0"];
    let commands: [(&[&str], i32); 8] = [
        (&dry, 0),
        (&unapproved, 2),
        (&["quote", "link.create"], 0),
        (&["demo"], 0),
        (&["credits"], 0),
        (&["jobs", "list"], 0),
        (&["jobs", "reconcile"], 0),
        (&waiting, 1),
    ];
    for (arguments, code) in commands {
        let run = world.run(arguments);
        // A job that is not there fails or runs out of time; either is no reason to write.
        if arguments[0] != "wait" {
            run.ends_with(code);
        }
        assert!(!world.ledger().exists(), "{arguments:?}");
    }
    world.buy(&TEMPLATE_VIDEO).ends_with(0);
    assert!(world.ledger().exists());
}

#[test]
fn the_flag_goes_before_the_variable_and_the_variable_before_the_state_directory() {
    let world = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let flagged = folder.path().join("flagged.db");
    let flag = ["--ledger", flagged.to_str().expect("it is text")];
    world
        .buy(&[&TEMPLATE_VIDEO[..], &flag].concat())
        .ends_with(0);
    assert!(flagged.exists() && !world.ledger().exists());

    let state = folder.path().join("state");
    let arguments = [&TEMPLATE_VIDEO[..], &["--yes"]].concat();
    let keys = (seed::API_ID, seed::API_KEY);
    let mut command = paying(&world.emulator.url(), keys, &arguments);
    command
        .env("CREATIFY_LEDGER", "")
        .env("LOCALAPPDATA", &state)
        .env("XDG_STATE_HOME", &state);
    Run::of(command.output().expect("the command runs")).ends_with(0);
    let made = std::fs::read_dir(state.join("creatify")).expect("it is made");
    let ledgers: Vec<_> = made
        .map(|entry| entry.expect("it is read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "db"))
        .collect();
    assert_eq!(ledgers.len(), 1, "{ledgers:?}");
    assert_is_private(&ledgers[0]);
}

/// Requests stand in the file, and the addresses that are called back.
#[cfg(unix)]
#[track_caller]
fn assert_is_private(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(file)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[cfg(not(unix))]
fn assert_is_private(_: &Path) {}

#[test]
fn a_damaged_a_newer_and_a_foreign_file_let_nothing_out_and_stay_as_they_are() {
    let sound = World::new();
    sound.buy(&TEMPLATE_VIDEO).ends_with(0);
    let sound = std::fs::read(sound.ledger()).expect("it is read");
    let mut newer = sound.clone();
    newer[VERSION].copy_from_slice(&99_u32.to_be_bytes());
    let mut damaged = sound.clone();
    let half = damaged.len() / 2;
    damaged[4_096..half].fill(0x5a);
    let foreign = b"not a database, and longer than the head of one would have to be; ".repeat(9);
    for (bytes, is_readable) in [(newer, true), (damaged, false), (foreign, false)] {
        let world = World::new();
        std::fs::write(world.ledger(), &bytes).expect("it is written");
        let run = world.buy(&TEMPLATE_VIDEO).ends_with(1);
        assert_eq!(run.error()["kind"], "ledger");
        assert!(
            run.stderr.contains("creatify jobs export"),
            "{}",
            run.stderr
        );
        assert!(world.posts().is_empty());
        world.run(&["jobs", "list"]).ends_with(1);
        let exported = world.run(&["jobs", "export", "--json"]);
        if is_readable {
            let exported = exported.ends_with(0).json();
            assert_eq!(exported["is_sound"], false);
            assert!(
                exported["content"]["intents"][0]["id"].is_string(),
                "{exported}"
            );
        }
        assert_eq!(std::fs::read(world.ledger()).expect("it is read"), bytes);
    }
}

#[test]
fn demo_ignores_the_ledger_that_is_named() {
    let world = World::new();
    std::fs::write(world.ledger(), "no ledger").expect("it is written");
    world.run(&["demo"]).ends_with(0);
}

#[test]
fn neither_keys_nor_call_back_addresses_come_out_of_the_ledger() {
    const API_ID: &str = "5ec2e700-aaaa-4bbb-8ccc-1234567890ab";
    const API_KEY: &str = "k3y-that-must-not-show-0123456789";
    const HOOK: &str = "https://hooks.example/w/0/capability-that-must-not-show";
    let arguments = [&TEMPLATE_VIDEO[..], &["--yes", "--webhook-url", HOOK]].concat();
    for (status, code) in [(400, 1), (500, 7), (200, 7)] {
        let url = serve(move |request| (status, json!({ "detail": request })));
        let keys = (API_ID, API_KEY);
        let mut runs = vec![against(&url, keys, &arguments).ends_with(code)];
        let list = against(&url, keys, &["jobs", "list", "--json"]).ends_with(0);
        let intent = list.json()[0]["intent"]
            .as_str()
            .expect("it is named")
            .to_owned();
        runs.push(list);
        for command in [
            &["jobs", "list"][..],
            &["jobs", "show", &intent],
            &["jobs", "show", &intent, "--json"],
            &["jobs", "export", "--json"],
        ] {
            // Without the keys nothing masks them: they must not be there.
            let mut bare = crate::support::command(command);
            bare.env("CREATIFY_LEDGER", ledger_of(&url));
            runs.push(Run::of(bare.output().expect("the command runs")).ends_with(0));
        }
        for run in &runs {
            for secret in [API_ID, API_KEY, "capability-that-must-not-show"] {
                let said = format!("{}{}", run.stdout, run.stderr);
                assert!(!said.contains(secret), "{status}: {secret} in {said}");
            }
        }
        let export = SqliteLedger::read(ledger_of(&url)).expect("it is sound");
        let export = export.to_json().expect("it has a JSON form");
        assert!(!export.contains(API_ID) && !export.contains(API_KEY));
        let bytes = std::fs::read(ledger_of(&url)).expect("it is read");
        let holds = |text: &str| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        };
        assert!(
            !holds(API_KEY) && !holds(API_ID),
            "{status}: the file holds a key"
        );
    }
}

#[test]
fn a_wait_goes_on_when_the_ledger_cannot_be_used() {
    let world = World::new();
    let job = world.buy(&TEMPLATE_VIDEO).ends_with(0).job();
    let _ledger = SqliteLedger::open(world.ledger(), UnixMillis(0)).expect("it opens");
    let wait = [
        "wait",
        &job,
        "--poll-every",
        "0.01",
        "--ledger-timeout",
        "0",
    ];
    let run = world.run(&wait).ends_with(0);
    assert!(run.stderr.contains("warning: "), "{}", run.stderr);
}

#[test]
fn help_of_the_jobs_needs_no_ledger() {
    let text = creatify(&["jobs", "--help"]).ends_with(0).stdout;
    for action in [
        "list",
        "show",
        "reconcile",
        "park",
        "adopt",
        "resend",
        "withdraw",
        "export",
    ] {
        assert!(text.contains(action), "{action}");
    }
    let world = World::new();
    world.emulator.inject(Fault::Html.on(FaultTarget::NextPost));
    world.buy(&TEMPLATE_VIDEO).ends_with(7);
    let table = world.run(&["jobs", "list"]).ends_with(0).stdout;
    assert!(
        table.contains("ambiguous") && table.contains("next steps:"),
        "{table}"
    );
}
