//! `cargo xtask judge`: outsiders hold the emulator and the client against the document.
//!
//! schemathesis makes up requests and judges the emulator's answers; Prism stands as a validating
//! proxy between the facade's tests and the emulator; focus-validator holds the spend table against
//! the FinOps specification. They are installed into a folder below
//! `target/`, pinned in `xtask/judge/`. Where their registries do not answer, the judge is skipped,
//! loudly. A recording of the same tests is held against the document as well, by `docs drift`, which
//! needs nothing installed. Each judge must find a planted fault too: one that finds nothing there finds
//! nothing anywhere. Links none of our crates; it starts programs.

mod focus;
pub(crate) mod prism;
mod recorded;
mod schemathesis;
pub(crate) mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::{output, programs};

/// Covers the build of the facade's tests where nothing is built yet.
const TEST_LIMIT: Duration = Duration::from_secs(600);
/// Where the facade's tests find the server to talk to.
const TESTED_URL: &str = "CREATIFY_JUDGED_URL";

/// What came of one judge.
enum Verdict {
    /// It was content, and says with what.
    Content(String),
    /// It could not be installed.
    Skipped(String),
}

/// Where the judges and their settings are.
pub(crate) struct Places {
    root: PathBuf,
    /// Holds what is installed.
    cache: PathBuf,
    /// Holds what is committed.
    settings: PathBuf,
}

impl Places {
    pub(crate) fn of(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            cache: programs::target(root).join("judge"),
            settings: root.join("xtask").join("judge"),
        }
    }
}

/// One outsider: prepares itself, judges, and proves that it can find a planted fault.
type Judge = fn(&Places) -> Result<Verdict>;

/// Runs all judges and gives the names of those that were skipped.
///
/// # Errors
///
/// When a judge has a finding that its settings do not except, or misses the planted fault. A judge
/// that cannot be installed is no error.
pub fn run(root: &Path) -> Result<Vec<&'static str>> {
    let places = Places::of(root);
    let judges: [(&str, Judge); 4] = [
        ("recorded", recorded::run),
        ("schemathesis", schemathesis::run),
        ("prism", prism::run),
        ("focus", focus::run),
    ];
    let (mut failed, mut skipped) = (Vec::new(), Vec::new());
    for (name, judge) in judges {
        let begun = Instant::now();
        let line = match judge(&places) {
            Ok(Verdict::Content(what)) => what,
            Ok(Verdict::Skipped(why)) => {
                skipped.push(name);
                format!("skipped: {why}")
            }
            Err(error) => {
                failed.push(name);
                format!("FAILED: {error:#}")
            }
        };
        let seconds = begun.elapsed().as_secs_f64();
        output::say(&format!("{seconds:>7.1} s  {name:<13} {line}"));
    }
    if !failed.is_empty() {
        bail!("not content: {}", failed.join(", "));
    }
    Ok(skipped)
}

/// The facade's tests without any fault, against a server that stands in front of an emulator; gives
/// the line that counts them.
fn facade(places: &Places, url: &str) -> Result<String> {
    let mut tests = Command::new("cargo");
    // All of the workspace, as `ci` has it built already; the other crates have no test of that name.
    tests
        .args(["test", "--workspace", "--all-features"])
        .args(["--test=it", "--", "judged::"])
        .env(TESTED_URL, url)
        .current_dir(&places.root);
    let ended = tools::bounded(&mut tests, TEST_LIMIT)?;
    let results = ended
        .text
        .lines()
        .filter(|line| line.contains("test result"));
    let passed = results
        .map(str::trim)
        .find(|line| !line.contains(" 0 passed"));
    let Some(passed) = passed.filter(|_| ended.success) else {
        bail!("the tests did not pass:\n{}", tools::tail(&ended.text, 60));
    };
    Ok(passed.to_owned())
}
