//! `cargo xtask sim`: simulates the client, its ledger and the service with faults drawn from seeds.
//!
//! The harness is the crate `sim`; this only starts it, so that this crate need not link the facade.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

/// What to do, from the command line.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct SimArgs {
    /// How many seeds.
    #[arg(long, value_name = "N", default_value_t = SEEDS)]
    pub seeds: u64,
    /// The first seed.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub first: u64,
    /// One seed alone, with every line of its record.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "first"])]
    pub seed: Option<u64>,
    /// Send again whatever ended with an error; shows that the simulation sees a second payment, and
    /// exits with 1.
    #[arg(long)]
    pub naive: bool,
}

/// How many seeds `ci` simulates.
pub const SEEDS: u64 = 2_000;

/// Runs the harness; its exit code is 1 when anything was paid twice, lost or left open.
///
/// # Errors
///
/// When cargo does not start.
pub fn run(root: &Path, args: SimArgs) -> Result<ExitCode> {
    let mut harness = Command::new("cargo");
    harness
        .current_dir(root)
        .args(["run", "--quiet", "--profile=sim", "--package=sim", "--"]);
    match args.seed {
        Some(seed) => harness.arg(format!("--seed={seed}")),
        None => harness.args([
            format!("--seeds={}", args.seeds),
            format!("--first={}", args.first),
        ]),
    };
    if args.naive {
        harness.arg("--naive");
    }
    let ended = harness.status().context("cargo did not start")?;
    Ok(match ended.success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
