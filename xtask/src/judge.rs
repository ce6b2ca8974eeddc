//! `cargo xtask judge`: outsiders hold the emulator and the client against the document.
//!
//! schemathesis makes up requests and judges the emulator's answers; Prism stands as a validating
//! proxy between the facade's tests and the emulator; focus-validator holds the spend table against
//! the FinOps specification. They are installed into a folder below
//! `target/`, pinned in `xtask/judge/`. Where their registries do not answer, the judge is skipped,
//! loudly. Each judge must first find a planted fault: one that finds nothing there finds nothing
//! anywhere. Links none of our crates; it starts programs.

mod focus;
pub(crate) mod prism;
mod schemathesis;
pub(crate) mod tools;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail};

/// What came of one judge.
enum Verdict {
    /// It was content, and says with what.
    Content(String),
    /// It could not be installed.
    Skipped(String),
}

/// Where the judges and their settings are.
pub(crate) struct Bench {
    root: PathBuf,
    /// Holds what is installed.
    cache: PathBuf,
    /// Holds what is committed.
    settings: PathBuf,
}

impl Bench {
    pub(crate) fn of(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            cache: tools::target(root).join("judge"),
            settings: root.join("xtask").join("judge"),
        }
    }
}

/// One outsider: prepares itself, judges, and proves that it can find a planted fault.
type Judge = fn(&Bench) -> Result<Verdict>;

/// Runs all judges.
///
/// # Errors
///
/// When a judge has a finding that its settings do not except, or misses the planted fault. A judge
/// that cannot be installed is no error.
pub fn run(root: &Path) -> Result<()> {
    let bench = Bench::of(root);
    let judges: [(&str, Judge); 3] = [
        ("schemathesis", schemathesis::run),
        ("prism", prism::run),
        ("focus", focus::run),
    ];
    let mut failed = Vec::new();
    for (name, judge) in judges {
        let begun = Instant::now();
        let line = match judge(&bench) {
            Ok(Verdict::Content(what)) => what,
            Ok(Verdict::Skipped(why)) => format!("skipped: {why}"),
            Err(error) => {
                failed.push(name);
                format!("FAILED: {error:#}")
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        tools::say(&format!("{seconds:>7.1} s  {name:<13} {line}"));
    }
    if !failed.is_empty() {
        bail!("not content: {}", failed.join(", "));
    }
    Ok(())
}
