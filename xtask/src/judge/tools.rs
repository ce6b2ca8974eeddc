//! Starting, bounding and stopping programs for the judges and the load program. Must not know what
//! they judge or measure.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::programs::{Build, Program, built};

/// What every emulator takes, unless told otherwise. They open nothing but emulators.
pub(crate) const KEYS: [(&str, &str); 2] = [
    ("X-API-ID", "e0000000-0000-4000-8000-000000000001"),
    ("X-API-KEY", "emulator-key"),
];

/// A program that ended, or was ended.
pub(crate) struct Ended {
    pub(crate) success: bool,
    /// Both of its outputs; which line came from which does not matter here.
    pub(crate) text: String,
}

/// Runs a program to its end, or ends it after `limit`.
pub(crate) fn bounded(command: &mut Command, limit: Duration) -> Result<Ended> {
    let out = tempfile::NamedTempFile::new()?;
    // One open file for both: each of two would have a place of its own and write over the other.
    let both = out.reopen()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(both.try_clone()?)
        .stderr(both)
        .spawn()
        .with_context(|| format!("{} did not start", name(command)))?;
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if begun.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let mut text = String::from_utf8_lossy(&std::fs::read(out.path())?).into_owned();
    if status.is_none() {
        text.push_str(&format!("\nended after {} s", limit.as_secs()));
    }
    Ok(Ended {
        success: status.is_some_and(|status| status.success()),
        text,
    })
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// The last lines of a text.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// An emulator in a process of its own; it ends when this is dropped, because its input does.
pub(crate) struct Served {
    child: Child,
    input: Option<ChildStdin>,
    pub(crate) url: String,
}

impl Served {
    /// Starts `serve` of the emulator's examples and waits until it listens.
    pub(crate) fn start(root: &Path, build: Build, arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(built(root, build, Program::SERVE)?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the emulator did not start")?;
        let input = child.stdin.take();
        let url = address(&mut child)?;
        Ok(Self { child, input, url })
    }

    pub(crate) fn port(&self) -> Result<u16> {
        let port = self.url.rsplit(':').next();
        let port = port.and_then(|port| port.parse().ok());
        port.with_context(|| format!("no port in {}", self.url))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// The address that a program says first: `listening on URL`.
pub(crate) fn address(child: &mut Child) -> Result<String> {
    let output = child.stdout.take().context("no standard output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    match line.trim().strip_prefix("listening on ") {
        Some(url) => Ok(url.to_owned()),
        None => bail!("the program did not say where it listens, but: {line}"),
    }
}

/// A process that is ended when this is dropped.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port of 127.0.0.1 that nobody listens on at the moment.
pub(crate) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}

/// Waits until somebody listens on a port.
pub(crate) fn wait_for(port: u16, limit: Duration) -> Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if begun.elapsed() > limit {
            bail!("nobody listens on port {port} after {} s", limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// One request with the emulator's keys on a connection of its own; gives code and body.
pub(crate) fn request(port: u16, method: &str, path: &str, body: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let keys: String = KEYS
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{keys}Connection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer).into_owned();
    let code = text
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .with_context(|| format!("no answer to {method} {path}"))?;
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((code, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_output_of_a_program_writes_over_the_other() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "echo first; echo second >&2; echo third"]);
        let ended = bounded(&mut shell, Duration::from_secs(20)).expect("a shell");
        assert!(ended.success);
        assert_eq!(ended.text, "first\nsecond\nthird\n");
    }
}
