//! `cargo xtask fuzz`: runs every fuzz target for a while, each from its own corpus.
//!
//! It needs `cargo-fuzz`, and says so loudly where that is missing. The targets are a workspace of
//! their own, so a user's build never sees them.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::output::say;

/// What to do, from the command line.
#[derive(Clone, Debug, clap::Args)]
pub struct FuzzArgs {
    /// How long each target runs.
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub seconds: u32,
    /// Only these targets.
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
}

/// Runs the targets one after another; the exit code is 1 when one of them found something.
///
/// # Errors
///
/// When cargo does not start, or a target is named that there is not.
pub fn run(root: &Path, args: &FuzzArgs) -> Result<ExitCode> {
    let all = targets(root)?;
    if let Some(unknown) = args.targets.iter().find(|one| !all.contains(one)) {
        bail!(
            "there is no fuzz target `{unknown}`; there are {}",
            all.join(", ")
        );
    }
    if !is_installed() {
        say(
            "skipped: cargo-fuzz is not installed (`cargo install cargo-fuzz`); nothing was fuzzed",
        );
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = if args.targets.is_empty() {
        &all
    } else {
        &args.targets
    };
    // What is fuzzed is then what is tested: cargo keeps these versions, and adds the fuzzer's own.
    std::fs::copy(root.join("Cargo.lock"), root.join("fuzz/Cargo.lock"))
        .context("fuzz/Cargo.lock")?;
    let mut found = Vec::new();
    for target in chosen {
        say(&format!("\n=== {target}, {} s", args.seconds));
        if !fuzz(root, target, args.seconds)? {
            found.push(target.as_str());
        }
    }
    if found.is_empty() {
        say(&format!("\n{} targets, nothing found", chosen.len()));
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("\nfound something: {}", found.join(", ")));
    Ok(ExitCode::FAILURE)
}

/// The names of the targets, as the manifest has them.
fn targets(root: &Path) -> Result<Vec<String>> {
    let path = root.join("fuzz/Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let table: toml::Table = toml::from_str(&text).with_context(|| path.display().to_string())?;
    let bins = table.get("bin").and_then(|bins| bins.as_array());
    let names = bins
        .into_iter()
        .flatten()
        .filter_map(|bin| bin.get("name")?.as_str());
    Ok(names.map(str::to_owned).collect())
}

/// New inputs stay out of the folder of seeds, which is committed.
fn fuzz(root: &Path, target: &str, seconds: u32) -> Result<bool> {
    let grown = root.join("target/fuzz").join(target);
    std::fs::create_dir_all(&grown).with_context(|| grown.display().to_string())?;
    let seeds = root.join("fuzz/corpus").join(target);
    let status = Command::new("cargo")
        .current_dir(root)
        // The flags that instrument the code are not stable; the code is what is tested, not they.
        .env("RUSTC_BOOTSTRAP", "1")
        // There is no unsafe code of ours for a sanitizer to look at.
        .args(["fuzz", "run", "--sanitizer=none", target])
        .args([&grown, &seeds])
        .args(["--", &format!("-max_total_time={seconds}"), "-timeout=20"])
        .arg("-print_final_stats=1")
        .status()
        .context("cargo did not start")?;
    Ok(status.success())
}

fn is_installed() -> bool {
    let version = Command::new("cargo")
        .args(["fuzz", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    version.is_ok_and(|status| status.success())
}
