//! `cargo xtask load`: how many reads a second the emulator answers while it holds many jobs, beside
//! Prism's mock of the same document, in one run and by one load program; and whether its memory
//! stays flat. Asserts nothing: it prints a table. Links none of our crates; it starts programs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::judge::{prism, tools};

/// Keep-alive connections, each used by one thread.
const CONNECTIONS: usize = 8;
/// How long each side is measured.
const MEASURED: Duration = Duration::from_secs(10);
/// A template that every emulator has, of 15 seconds.
const ORDER: &str = r#"{"template_id":"7e000000-0000-4000-8000-000000000015","variables":{}}"#;

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Jobs held while reads are counted.
    pub jobs: u64,
    /// Requests over which memory is watched.
    pub requests: u64,
}

/// Runs the program and prints its table.
///
/// # Errors
///
/// When the emulator does not start or answers a read with anything but 200.
pub fn run(root: &Path, load: Load) -> Result<()> {
    let emulator = tools::Served::start(root, true, &["--unlimited"])?;
    let port = port(&emulator.url)?;
    let job = fill(port, load.jobs)?;
    let path = format!("/api/custom_template_jobs/{job}/");
    let ours = measure(port, &path)?;
    let before = memory(port);
    hammer(port, &path, load.requests)?;
    let after = memory(port);

    tools::say("| server | reads a second |\n| --- | --- |");
    tools::say(&format!(
        "| emulator, {} jobs held | {ours:.0} |",
        load.jobs
    ));
    match prism::mock(root)? {
        Ok((mock, port)) => {
            let theirs = measure(port, &path)?;
            drop(mock);
            tools::say(&format!("| Prism's mock | {theirs:.0} |"));
            tools::say(&format!("\n{:.0} times as many", ours / theirs.max(1.0)));
        }
        Err(why) => tools::say(&format!("\nskipped: Prism's mock: {why}")),
    }
    if let (Some(before), Some(after)) = (before, after) {
        tools::say(&format!(
            "memory: {before} kB before and {after} kB after {} more requests",
            load.requests
        ));
    }
    Ok(())
}

fn port(url: &str) -> Result<u16> {
    let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
    port.with_context(|| format!("no port in {url}"))
}

/// Creates the jobs and gives the id of the last one.
fn fill(port: u16, jobs: u64) -> Result<String> {
    let mut connection = Connection::open(port)?;
    let request = request("POST", "/api/custom_template_jobs/", ORDER);
    for _ in 0..jobs.max(1) {
        connection.exchange(&request, 201)?;
    }
    let text = connection.body();
    let job: serde_json::Value = serde_json::from_str(&text).context("the answer is no JSON")?;
    let id = job["id"].as_str().context("the answer has no id")?;
    Ok(id.to_owned())
}

/// Reads a second over all connections.
fn measure(port: u16, path: &str) -> Result<f64> {
    let (done, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let begun = Instant::now();
    on_all(port, path, |connection, request| {
        while !stop.load(Ordering::Relaxed) {
            connection.exchange(request, 200)?;
            done.fetch_add(1, Ordering::Relaxed);
            if begun.elapsed() > MEASURED {
                stop.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    })?;
    Ok(done.into_inner() as f64 / begun.elapsed().as_secs_f64())
}

/// So many reads, as fast as they go.
fn hammer(port: u16, path: &str, requests: u64) -> Result<()> {
    let each = requests / CONNECTIONS as u64;
    on_all(port, path, |connection, request| {
        for _ in 0..each {
            connection.exchange(request, 200)?;
        }
        Ok(())
    })
}

fn on_all(
    port: u16,
    path: &str,
    work: impl Fn(&mut Connection, &[u8]) -> Result<()> + Sync,
) -> Result<()> {
    let request = request("GET", path, "");
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| work(&mut Connection::open(port)?, &request)))
            .collect();
        for thread in threads {
            match thread.join() {
                Ok(result) => result?,
                Err(_) => bail!("a connection's thread panicked"),
            }
        }
        Ok(())
    })
}

fn request(method: &str, path: &str, body: &str) -> Vec<u8> {
    let keys: String = tools::KEYS
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{keys}\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A keep-alive connection that reads answers by their length or their chunks' end.
struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let answer = Vec::with_capacity(1 << 14);
        Ok(Self { stream, answer })
    }

    fn exchange(&mut self, request: &[u8], wanted: u16) -> Result<()> {
        self.stream.write_all(request)?;
        self.answer.clear();
        let mut piece = [0; 1 << 14];
        while !is_whole(&self.answer) {
            let got = self.stream.read(&mut piece)?;
            if got == 0 {
                bail!("the connection closed in an answer");
            }
            self.answer.extend_from_slice(&piece[..got]);
        }
        let code = self.answer.get(9..12).unwrap_or_default();
        if code != wanted.to_string().as_bytes() {
            bail!("answered {} {}", String::from_utf8_lossy(code), self.body());
        }
        Ok(())
    }

    fn body(&self) -> String {
        let text = String::from_utf8_lossy(&self.answer);
        text.split_once("\r\n\r\n")
            .map_or_else(String::new, |(_, body)| body.to_owned())
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let body = answer.len() - head - 4;
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    match length {
        Some(length) => body >= length,
        None => answer.ends_with(b"0\r\n\r\n"),
    }
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
