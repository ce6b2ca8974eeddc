//! `cargo xtask kill`: kills a process that pays through the ledger at random moments, and counts.
//!
//! The harness is an example of `creatify-ledger`; this only starts it, so that this crate need not
//! know the ledger.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

/// What to do, from the command line.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct KillArgs {
    /// How many kills.
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub times: u32,
    /// Pay without the gate; shows that the harness sees a second payment, and exits with 1.
    #[arg(long)]
    pub naive: bool,
}

/// Runs the harness; its exit code is 1 when anything was paid twice or lost.
///
/// # Errors
///
/// When cargo does not start.
pub fn run(root: &Path, args: KillArgs) -> Result<ExitCode> {
    let mut harness = Command::new("cargo");
    harness.current_dir(root).args([
        "run",
        "--quiet",
        "--package=creatify-ledger",
        "--example=kill",
        "--",
        "--times",
    ]);
    harness.arg(args.times.to_string());
    if args.naive {
        harness.arg("--naive");
    }
    let ended = harness.status().context("cargo did not start")?;
    Ok(match ended.success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
