//! `cargo xtask sim`: simulates the client, its ledger and the service with faults drawn from seeds.
//!
//! The harness is the crate `sim`; this only starts it, so that this crate need not link the facade.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::programs::{Build, Program, built};

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
    /// Take call-backs at their word; shows that the simulation sees a success that there is not, and
    /// exits with 1.
    #[arg(long, conflicts_with = "naive")]
    pub trusting: bool,
}

/// How many seeds `ci` simulates.
pub const SEEDS: u64 = 2_000;

impl Default for SimArgs {
    fn default() -> Self {
        Self {
            seeds: SEEDS,
            first: 0,
            seed: None,
            naive: false,
            trusting: false,
        }
    }
}

/// Runs the harness, and gives whether nothing was paid twice, lost or left open.
///
/// # Errors
///
/// When the harness does not build or start.
pub fn run(root: &Path, args: SimArgs) -> Result<bool> {
    let mut harness = Command::new(built(root, Build::Simulated, Program::SIM)?);
    match args.seed {
        Some(seed) => harness.arg(format!("--seed={seed}")),
        None => harness.args([
            format!("--seeds={}", args.seeds),
            format!("--first={}", args.first),
        ]),
    };
    for (is_set, rule) in [(args.naive, "--naive"), (args.trusting, "--trusting")] {
        if is_set {
            harness.arg(rule);
        }
    }
    let ended = harness.current_dir(root).status();
    Ok(ended.context("the simulations did not start")?.success())
}
