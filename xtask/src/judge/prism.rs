//! Prism as a validating proxy between the facade's tests and the emulator: a violation in either
//! direction becomes an error answer. Must not test anything by itself but that it validates.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::tools::{Running, Served, bounded, free_port, request, tail, wait_for};
use super::{Places, Verdict, facade};
use crate::output::say;
use crate::programs::Build;

const INSTALL_LIMIT: Duration = Duration::from_secs(180);
const START_LIMIT: Duration = Duration::from_secs(60);

pub(super) fn run(places: &Places) -> Result<Verdict> {
    let program = match install(places)? {
        Ok(program) => program,
        Err(why) => return Ok(Verdict::Skipped(why)),
    };
    let script = places.settings.join("planted.toml");
    let script = script.to_string_lossy();
    let planted = Served::start(
        &places.root,
        Build::Tested,
        &["--unlimited", "--script", &script],
    )?;
    finds_planted_faults(places, &program, &planted.url)?;
    drop(planted);
    say("prism found the planted faults, one in each direction");

    let emulator = Served::start(
        &places.root,
        Build::Tested,
        &["--unlimited", "--by-request"],
    )?;
    let log = places.cache.join("prism.log");
    let (proxy, port) = proxy(&places.root, &program, &emulator.url, &log)?;
    let ended = facade(places, &format!("http://127.0.0.1:{port}"));
    drop(proxy);
    let log = std::fs::read_to_string(log)?;
    let violations: Vec<&str> = log.lines().filter(|line| is_violation(line)).collect();
    let passed = ended.with_context(|| violations.join("\n"))?;
    if !violations.is_empty() {
        bail!(
            "{} violation(s)\n{}",
            violations.len(),
            violations.join("\n")
        );
    }
    let requests = log.lines().filter(|line| line.contains("Request received"));
    let requests = requests.count();
    if requests == 0 {
        bail!("no request went through the proxy");
    }
    Ok(Verdict::Content(format!(
        "0 violations in {requests} requests; {passed}"
    )))
}

/// What Prism logs of a request or an answer that breaks the document.
fn is_violation(line: &str) -> bool {
    line.contains("Violation")
        || line.contains("did not pass the validation")
        || line.contains("terminated with error")
}

fn finds_planted_faults(places: &Places, program: &Path, url: &str) -> Result<()> {
    let log = places.cache.join("planted.log");
    let (_proxy, port) = proxy(&places.root, program, url, &log)?;
    let (code, body) = request(port, "GET", "/api/remaining_credits/", "")?;
    if code < 400 {
        bail!("an answer that breaks the document passed: {code} {body}");
    }
    let (code, body) = request(port, "POST", "/api/links/", "{\"url\": 17}")?;
    // The emulator would refuse it with 400: another code says that the proxy did.
    if code <= 400 {
        bail!("a request that breaks the document passed: {code} {body}");
    }
    let (code, body) = request(port, "GET", "/api/voices/", "")?;
    if code != 200 {
        bail!("a request that breaks nothing was refused: {code} {body}");
    }
    let log = std::fs::read_to_string(log)?;
    if !log.lines().any(is_violation) {
        bail!("the violations are not in the log:\n{}", tail(&log, 20));
    }
    Ok(())
}

fn proxy(root: &Path, program: &Path, url: &str, log: &Path) -> Result<(Running, u16)> {
    let port = free_port()?;
    let file = std::fs::File::create(log)?;
    let child = Command::new(program)
        .arg("proxy")
        .arg(root.join("openapi").join("creatify.json"))
        .args([url, "--errors", "--port", &port.to_string()])
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()?;
    let running = Running(child);
    wait_for(port, START_LIMIT)?;
    Ok((running, port))
}

/// Prism as a mock of the document, for comparison; or why it cannot be had.
pub(crate) fn mock(root: &Path) -> Result<Result<(Running, u16), String>> {
    let program = match install(&Places::of(root))? {
        Ok(program) => program,
        Err(why) => return Ok(Err(why)),
    };
    let port = free_port()?;
    let child = Command::new(program)
        .arg("mock")
        .arg(root.join("openapi").join("creatify.json"))
        // Its log is most of its work otherwise.
        .args(["--port", &port.to_string(), "--verboseLevel", "fatal"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let running = Running(child);
    wait_for(port, START_LIMIT)?;
    Ok(Ok((running, port)))
}

/// The program, or why it cannot be had.
fn install(places: &Places) -> Result<Result<PathBuf, String>> {
    let folder = places.cache.join("prism");
    let program = folder.join("node_modules").join(".bin").join("prism");
    let wanted = std::fs::read_to_string(places.settings.join("package.json"))?;
    let stamp = folder.join("installed.json");
    if program.exists() && std::fs::read_to_string(&stamp).is_ok_and(|text| text == wanted) {
        return Ok(Ok(program));
    }
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("package.json"), &wanted)?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--loglevel=error"])
        .arg("--fetch-retries=1")
        .current_dir(&folder);
    match bounded(&mut npm, INSTALL_LIMIT) {
        Ok(ended) if ended.success && program.exists() => {}
        Ok(ended) => {
            return Ok(Err(format!(
                "npm does not answer: {}",
                tail(&ended.text, 1)
            )));
        }
        Err(_) => return Ok(Err("npm is not installed".to_owned())),
    }
    std::fs::write(stamp, wanted)?;
    Ok(Ok(program))
}
