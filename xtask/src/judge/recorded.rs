//! The facade's tests through `creatify emulate --record`, with an emulator behind it, and the recording
//! held against the document. Must not judge anything by itself: `docs drift` does.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::tools::{Running, Served, address};
use super::{Places, Verdict, facade};
use crate::docs::drift::drift;
use crate::output::say;
use crate::programs::{Build, Program, built};

/// An answer of the emulator, and what is made of it: a number as a string.
const PLANTED: (&str, &str) = ("\"credits_used\": 0", "\"credits_used\": \"0\"");

pub(super) fn run(places: &Places) -> Result<Verdict> {
    let emulator = Served::start(
        &places.root,
        Build::Tested,
        &["--unlimited", "--by-request"],
    )?;
    let folder = tempfile::tempdir()?;
    let (recorder, url) = recorder(&places.root, &emulator.url, folder.path())?;
    let passed = facade(places, &url)?;
    drop(recorder);
    let report = drift(&places.root, folder.path())?;
    if !report.findings.is_empty() {
        bail!("{}", report.text());
    }
    plant(folder.path())?;
    if drift(&places.root, folder.path())?.findings.is_empty() {
        bail!("the planted fault was not found");
    }
    say("docs drift found the planted fault");
    let summary = report.text();
    Ok(Verdict::Content(format!("{}; {passed}", summary.trim())))
}

/// Spoils one exchange of a recording.
fn plant(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        if text.contains(PLANTED.0) {
            return Ok(std::fs::write(path, text.replace(PLANTED.0, PLANTED.1))?);
        }
    }
    bail!("the recording holds no job to plant a fault in");
}

fn recorder(root: &Path, upstream: &str, folder: &Path) -> Result<(Running, String)> {
    let creatify = built(root, Build::Tested, Program::CREATIFY)?;
    let mut child = Command::new(creatify)
        .args(["emulate", "--record"])
        .arg(folder)
        .env("CREATIFY_BASE_URL", upstream)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("the recorder did not start")?;
    let url = address(&mut child);
    Ok((Running(child), url?))
}
