//! Processes that are killed, crowded out or watched while they pay.
//!
//! The worker is this test binary itself, started anew with its role in the environment.

#[path = "../../examples/kill/parent.rs"]
mod parent;
#[path = "../../examples/kill/server.rs"]
mod server;
#[path = "../../examples/kill/worker.rs"]
mod worker;

use std::path::Path;
use std::process::{Command, ExitCode};

use creatify_ledger::{Ledger, SqliteLedger};

use self::server::Server;
use crate::world::NOW;

/// Not a test of its own: what the other tests here start as a process.
#[test]
fn the_worker() {
    if let Some(code) = worker::main() {
        let is_well = code == ExitCode::SUCCESS;
        std::process::exit(i32::from(!is_well));
    }
}

fn this_program() -> Command {
    let mut command = Command::new(std::env::current_exe().expect("a test has a program"));
    command.args(["kill::the_worker", "--exact", "--nocapture"]);
    command
}

#[test]
fn three_hundred_kills_pay_nothing_twice_and_lose_nothing() {
    let report = parent::run(&parent::Options::default(), &this_program);
    let report = report.unwrap_or_else(|what| panic!("{what}"));
    assert!(report.is_clean(), "{report}");
}

#[test]
fn without_a_gate_kills_pay_twice() {
    let options = parent::Options {
        times: 60,
        is_naive: true,
    };
    let report = parent::run(&options, &this_program);
    let report = report.unwrap_or_else(|what| panic!("{what}"));
    assert!(report.doubles > 0, "the harness sees nothing: {report}");
}

#[test]
fn a_second_process_is_refused_while_the_first_one_has_the_ledger() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger.db");
    let _first = SqliteLedger::open(&path, NOW).expect("it opens");
    let server = Server::start().expect("it listens");
    let second = parent::as_worker(this_program(), &path, &server, worker::GATED_ONCE)
        .output()
        .expect("it starts");
    assert!(!second.status.success());
    let complaint = String::from_utf8_lossy(&second.stderr).into_owned();
    let holder = format!("in use by process {}", std::process::id());
    assert!(complaint.contains(&holder), "{complaint}");
    assert!(server.jobs().is_empty());
}

/// Files of this process may grow no further, at every size from nothing on: each request that was
/// sent has its durable row, and what is left can be finished.
#[test]
#[cfg(unix)]
fn a_disk_that_fills_up_lets_no_request_out_without_its_row() {
    let mut failures = 0;
    // In blocks of 512 bytes.
    for blocks in (8..600).step_by(37) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("ledger.db");
        let server = Server::start().expect("it listens");
        let program = this_program();
        let mut limited = Command::new("sh");
        limited.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]);
        limited.arg(blocks.to_string()).arg(program.get_program());
        limited.args(program.get_args());
        let ended = parent::as_worker(limited, &path, &server, worker::GATED_ONCE)
            .output()
            .expect("it starts");
        failures += usize::from(!ended.status.success());
        every_job_has_its_row(&path, &server);
        let ended = parent::as_worker(this_program(), &path, &server, worker::GATED_ONCE)
            .output()
            .expect("it starts");
        let complaint = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.success(), "{blocks} blocks: {complaint}");
        let doubles = server.jobs_by_intent().values().any(|jobs| *jobs > 1);
        assert!(!doubles, "{blocks} blocks");
    }
    assert!(failures > 2, "{failures} times the disk was full");
}

fn every_job_has_its_row(path: &Path, server: &Server) {
    let jobs = server.jobs();
    if jobs.is_empty() {
        return;
    }
    let ledger = SqliteLedger::open(path, NOW).expect("it opens");
    for marker in jobs.keys() {
        let marker = marker.parse().expect("workers send markers");
        let intent = ledger.by_marker(marker).expect("it reads");
        assert!(intent.is_some(), "{marker} has no row");
    }
}

/// The order of the system calls around each request, from a trace.
///
/// For each request on the network: whether anything was written to the write-ahead log since the
/// last one, and whether all of that was forced to the disk before.
#[cfg(target_os = "linux")]
fn requests_in(trace: &str) -> Vec<bool> {
    let (mut has_row, mut is_durable) = (false, false);
    let mut requests = Vec::new();
    for line in trace.lines() {
        let is_log = line.contains("ledger.db-wal>");
        if line.contains("\"POST /jobs") {
            requests.push(has_row && is_durable);
            has_row = false;
        } else if is_log && line.contains("pwrite64(") {
            (has_row, is_durable) = (true, false);
        } else if is_log && (line.contains("fdatasync(") || line.contains("fsync(")) {
            is_durable = line.trim_end().ends_with("= 0");
        }
    }
    requests
}

#[test]
#[cfg(target_os = "linux")]
fn the_gate_is_durable_before_the_request_is_sent() {
    use std::io::Write as _;

    let traced = |mode: &str| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let trace = folder.path().join("trace");
        let server = Server::start().expect("it listens");
        let program = this_program();
        let mut strace = Command::new("strace");
        strace.args(["-f", "-y", "-s", "32", "-e"]);
        strace.arg("trace=write,writev,sendto,sendmsg,pwrite64,fdatasync,fsync");
        strace.arg("-o").arg(&trace).arg(program.get_program());
        strace.args(program.get_args());
        let path = folder.path().join("ledger.db");
        let ended = parent::as_worker(strace, &path, &server, mode)
            .output()
            .ok()?;
        let text = std::fs::read_to_string(&trace).unwrap_or_default();
        let is_traced = ended.status.success() && text.contains("POST /jobs");
        is_traced.then(|| requests_in(&text))
    };
    let (Some(gated), Some(naive)) = (traced(worker::GATED_ONCE), traced(worker::NAIVE_ONCE))
    else {
        let skipped = "skipped: strace is not installed or may not trace, so the order of the \
            system calls is not shown\n";
        // Past the capture of the test runner, so that it is seen.
        let _ = std::io::stderr().write_all(skipped.as_bytes());
        return;
    };
    assert_eq!(gated, [true; 3], "durable, then sent");
    assert_eq!(naive, [false], "the trace shows when it is not so");
}
