//! `cargo xtask load`: how many reads a second the emulator answers while it holds many jobs, beside
//! Prism's mock of the same document, in one run and by one load program; and whether its memory
//! stays flat. Asserts nothing: it prints two tables. Links none of our crates; it starts programs,
//! optimised as a user's are.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::judge::prism;
use crate::judge::tools;
use crate::output::say;
use crate::programs::{Build, Program, built};

/// How many keep-alive connections, each with one request under way.
const CONNECTIONS: &str = "8";
/// How long each server is warmed and then measured; a runtime that compiles as it runs needs the first.
const MEASURED: [&str; 2] = ["3s", "10s"];
/// A template that every emulator has, of 15 seconds.
const ORDER: &str = r#"{"template_id":"7e000000-0000-4000-8000-000000000015","variables":{}}"#;
const JOBS: &str = "/api/custom_template_jobs/";

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Jobs held while reads are counted.
    pub jobs: u64,
    /// Requests over which memory is watched.
    pub requests: u64,
}

/// Runs the program and prints its tables.
///
/// # Errors
///
/// When the emulator does not start or answers a read with anything but 200.
pub fn run(root: &Path, load: Load) -> Result<()> {
    let emulator = tools::Served::start(root, Build::Optimised, &["--unlimited"])?;
    let port = emulator.port()?;
    let job = fill(port, load.jobs)?;
    let path = format!("{JOBS}{job}/");

    let ours = read(root, port, &path, &MEASURED)?;
    say("| server | reads a second |\n| --- | --- |");
    let held = load.jobs.max(1);
    say(&format!("| emulator, {held} jobs held | {ours:.0} |"));
    match prism::mock(root)? {
        Ok((mock, port)) => {
            let theirs = read(root, port, &path, &MEASURED)?;
            drop(mock);
            say(&format!("| Prism's mock | {theirs:.0} |"));
            say(&format!("\n{:.0} times as many", ours / theirs.max(1.0)));
        }
        Err(why) => say(&format!("\nskipped: Prism's mock: {why}")),
    }
    watch(root, port, &path, load.requests)
}

/// Prints the memory of the emulator after a tenth, a half and all of the requests.
fn watch(root: &Path, port: u16, path: &str, requests: u64) -> Result<()> {
    let Some(before) = memory(port) else {
        say("\nskipped: memory: this system does not tell it");
        return Ok(());
    };
    say("\n| more requests | memory of the emulator, kB |\n| --- | --- |");
    say(&format!("| 0 | {before} |"));
    let mut sent = 0;
    for until in [requests / 10, requests / 2, requests] {
        let more = (until - sent).to_string();
        read(root, port, path, &[&more])?;
        sent = until;
        let memory = memory(port).context("the emulator is gone")?;
        say(&format!("| {sent} | {memory} |"));
    }
    Ok(())
}

/// Creates the jobs and gives the id of the last one.
fn fill(port: u16, jobs: u64) -> Result<String> {
    let mut last = String::new();
    for _ in 0..jobs.max(1) {
        let (code, body) = tools::request(port, "POST", JOBS, ORDER)?;
        if code != 201 {
            bail!("a job was not accepted: {code} {body}");
        }
        last = body;
    }
    let job: serde_json::Value = serde_json::from_str(&last).context("the answer is no JSON")?;
    let id = job["id"].as_str().context("the answer has no id")?;
    Ok(id.to_owned())
}

/// Reads over and over, in as many stretches as there are counts, and gives the reads a second of the
/// last. The program is `load` of the emulator's examples: it costs little beside a server on the same
/// machine only when it is optimised, which this crate is not.
fn read(root: &Path, port: u16, path: &str, counts: &[&str]) -> Result<f64> {
    let load = built(root, Build::Optimised, Program::Example("load"))?;
    let ended = Command::new(load)
        .args([&format!("127.0.0.1:{port}"), path, CONNECTIONS])
        .args(counts)
        .stderr(Stdio::inherit())
        .output()
        .context("the load program did not start")?;
    if !ended.status.success() {
        bail!("the load program failed");
    }
    let text = String::from_utf8_lossy(&ended.stdout);
    let last = text.lines().last();
    let last = last.context("the load program printed nothing")?;
    last.parse().with_context(|| format!("no figure: {last}"))
}

/// The memory the emulator's process holds, in kB, where the system tells it.
fn memory(port: u16) -> Option<u64> {
    let (_, text) = tools::request(port, "GET", "/_emulator/state", "").ok()?;
    let state: serde_json::Value = serde_json::from_str(&text).ok()?;
    let process = state["process"].as_u64()?;
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
