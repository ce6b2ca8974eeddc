//! Kills a process that pays through the ledger at random moments, and counts what was paid twice.
//!
//! `kill [--times N] [--naive]`: exits with 1 when an intent has two jobs, a job is lost, or the
//! ledger is not what its commits left. `--naive` pays without a gate and must fail.

mod parent;
mod server;
mod worker;

use std::io::Write as _;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    if let Some(code) = worker::main() {
        return code;
    }
    let mut options = parent::Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--naive" => options.is_naive = true,
            "--times" => match arguments.next().and_then(|times| times.parse().ok()) {
                Some(times) => options.times = times,
                None => return refuse("--times takes a number"),
            },
            other => return refuse(&format!("unknown argument {other}")),
        }
    }
    let program = std::env::current_exe();
    let report = program
        .map_err(|error| error.to_string())
        .and_then(|program| parent::run(&options, &|| Command::new(&program)));
    match report {
        Ok(report) => {
            // Nobody reads it when the pipe is closed.
            let _ = writeln!(std::io::stdout(), "{report}");
            match report.is_clean() {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            }
        }
        Err(what) => refuse(&what),
    }
}

fn refuse(what: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "error: {what}");
    ExitCode::FAILURE
}
