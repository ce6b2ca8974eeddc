//! Several processes at one ledger: they take turns, wait, or say who is in the way; one that is
//! killed leaves its call in doubt.

use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use creatify::emulator::{Fault, FaultTarget, seed};
use creatify::ledger::{SqliteLedger, UnixMillis};

use crate::jobs::{list, only};
use crate::support::{Run, TEMPLATE_VIDEO, World, paying};

/// A paid command that runs beside the test.
fn start(world: &World, more: &[&str]) -> Child {
    let arguments = [&TEMPLATE_VIDEO[..], &["--yes", "--json"], more].concat();
    paying(
        &world.emulator.url(),
        (seed::API_ID, seed::API_KEY),
        &arguments,
    )
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("the command runs")
}

#[test]
fn a_command_that_is_killed_before_its_answer_leaves_its_call_in_doubt() {
    let world = World::new();
    world.emulator.inject(Fault::Hang.on(FaultTarget::NextPost));
    let mut child = start(&world, &[]);
    let began = Instant::now();
    while world.posts().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is sent");
        std::thread::yield_now();
    }
    // While it runs, others read what it wrote, and leave it alone.
    assert_eq!(only(&world)["state"], "sent");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    let call = only(&world);
    assert_eq!(
        (&call["state"], &call["reserved"]),
        (&"ambiguous".into(), &5.into())
    );
    // The next purchase is another one.
    world.buy(&TEMPLATE_VIDEO).ends_with(0);
    assert_eq!(list(&world).len(), 2);
}

/// The terminal takes nothing more: its pipe is full before the command begins.
#[test]
fn a_command_whose_output_nobody_reads_has_written_its_call_down() {
    let world = World::new();
    let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
    writer
        .write_all(&[b'.'; 65_536])
        .expect("a pipe holds 64 KiB");
    let arguments = [&TEMPLATE_VIDEO[..], &["--yes", "--json", "--wait"]].concat();
    let mut child = paying(
        &world.emulator.url(),
        (seed::API_ID, seed::API_KEY),
        &arguments,
    )
    .stdout(Stdio::null())
    .stderr(writer)
    .spawn()
    .expect("the command runs");
    let began = Instant::now();
    while world.posts().is_empty() && began.elapsed() < Duration::from_secs(5) {
        assert!(child.try_wait().expect("it runs").is_none(), "it ended");
        std::thread::yield_now();
    }
    // Whether it stopped before or after it sent: what was sent is in the ledger.
    let sent = world.posts().len();
    assert!(list(&world).len() >= sent);
    let mut told = Vec::new();
    reader.read_to_end(&mut told).expect("it ends");
    assert!(child.wait().expect("it ends").success());
    assert_eq!((list(&world).len(), world.posts().len()), (1, 1));
}

#[test]
fn commands_at_once_take_turns_at_the_ledger() {
    let world = World::new();
    let patience = ["--ledger-timeout", "60"];
    let children: Vec<Child> = (0..4).map(|_| start(&world, &patience)).collect();
    let mut jobs: Vec<String> = children
        .into_iter()
        .map(|child| child.wait_with_output().expect("it ends"))
        .map(|output| Run::of(output).ends_with(0).job())
        .collect();
    jobs.sort();
    jobs.dedup();
    assert_eq!(jobs.len(), 4);
    assert_eq!(world.posts().len(), 4);
    assert!(list(&world).iter().all(|call| call["state"] == "accepted"));
}

#[test]
fn a_ledger_that_another_process_keeps_lets_nothing_out() {
    let world = World::new();
    let ledger = SqliteLedger::open(world.ledger(), UnixMillis(0)).expect("it opens");
    let run = world.buy(&[&TEMPLATE_VIDEO[..], &["--ledger-timeout", "0"]].concat());
    let error = run.ends_with(1).error();
    assert_eq!(error["kind"], "ledger");
    assert!(error["message"].to_string().contains("in use"), "{error}");
    assert!(world.posts().is_empty());
    drop(ledger);
    world.buy(&TEMPLATE_VIDEO).ends_with(0);
}
