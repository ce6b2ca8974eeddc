//! A program that reads one path over and over, for `cargo xtask load`: prints how many answers came a
//! second, once for each stretch it is asked for. Uses no HTTP library, so that it costs little beside the
//! server it shares the machine with.
//!
//! `cargo run --release -p creatify-emulator --example load -- 127.0.0.1:PORT PATH CONNECTIONS COUNT...`
//!
//! A count is a number of requests, or seconds when it ends in `s`.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Whoever answers later than this is stuck.
const PATIENCE: Duration = Duration::from_secs(20);

type Failure = Box<dyn Error + Send + Sync>;

/// How long to go on.
#[derive(Clone, Copy)]
enum Until {
    Requests(u64),
    Seconds(f64),
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, path, connections, counts @ ..] = &arguments[..] else {
        return Err("takes: ADDRESS PATH CONNECTIONS COUNT...".into());
    };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nX-API-ID: {}\r\nX-API-KEY: {}\r\n\r\n",
        creatify_emulator::seed::API_ID,
        creatify_emulator::seed::API_KEY
    );
    let connections = (0..connections.parse()?)
        .map(|_| Connection::open(address))
        .collect::<Result<Vec<_>, Failure>>()?;
    let mut connections = connections;
    for count in counts {
        let until = match count.strip_suffix('s') {
            Some(seconds) => Until::Seconds(seconds.parse()?),
            None => Until::Requests(count.parse()?),
        };
        let begun = Instant::now();
        let done = stretch(&mut connections, request.as_bytes(), until)?;
        let mut out = std::io::stdout();
        writeln!(out, "{:.0}", done as f64 / begun.elapsed().as_secs_f64())?;
        out.flush()?;
    }
    Ok(())
}

/// All connections at once, each with one request under way; gives how many were answered.
fn stretch(connections: &mut [Connection], request: &[u8], until: Until) -> Result<u64, Failure> {
    let (begun, done) = (Instant::now(), AtomicU64::new(0));
    let goes_on = |so_far: u64| match until {
        Until::Requests(requests) => so_far < requests,
        Until::Seconds(seconds) => begun.elapsed().as_secs_f64() < seconds,
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = connections
            .iter_mut()
            .map(|connection| {
                scope.spawn(|| {
                    while goes_on(done.fetch_add(1, Ordering::Relaxed)) {
                        connection.exchange(request)?;
                    }
                    // The one that was counted and not sent.
                    done.fetch_sub(1, Ordering::Relaxed);
                    Ok::<(), Failure>(())
                })
            })
            .collect();
        for thread in threads {
            thread
                .join()
                .map_err(|_| "a connection's thread panicked")??;
        }
        Ok::<(), Failure>(())
    })?;
    Ok(done.into_inner())
}

/// A keep-alive connection.
struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    fn open(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let answer = vec![0; 1 << 20];
        Ok(Self { stream, answer })
    }

    /// One request and the whole of its answer, which must be a 200.
    fn exchange(&mut self, request: &[u8]) -> Result<(), Failure> {
        self.stream.write_all(request)?;
        let mut got = 0;
        loop {
            let more = self.stream.read(&mut self.answer[got..])?;
            if more == 0 {
                return Err("the connection ended in an answer".into());
            }
            got += more;
            if is_whole(&self.answer[..got]) {
                break;
            }
        }
        if self.answer.get(9..12) == Some(b"200") {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&self.answer[..got]).into())
    }
}

/// Whether all of an answer is there: by its length, or by the end of its chunks.
fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let (head, body) = answer.split_at(head + 4);
    match length(head) {
        Some(length) => body.len() >= length,
        None => body.ends_with(b"0\r\n\r\n"),
    }
}

fn length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let lines = head.split(|byte| *byte == b'\n');
    let mut named = lines.filter_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then_some(value)
    });
    std::str::from_utf8(named.next()?).ok()?.trim().parse().ok()
}
