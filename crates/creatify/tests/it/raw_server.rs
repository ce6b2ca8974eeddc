//! A server that says exactly what a test tells it to, byte for byte, and counts what it read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use creatify::emulator::{Emulator, EmulatorTimer};
use creatify::{Client, Timer, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a complete request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Writes these bytes and closes.
    Bytes(String),
    /// Closes without a word.
    Close,
    /// Resets the connection without a word.
    Reset,
    /// Keeps the connection open and says nothing.
    Hang,
}

impl Reply {
    /// A complete HTTP answer.
    pub(crate) fn http(status: &str, content_type: &str, body: &str) -> Self {
        Self::Bytes(format!(
            "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        ))
    }

    pub(crate) fn json(status: &str, body: &str) -> Self {
        Self::http(status, "application/json", body)
    }
}

/// The replies are given in turn, the last one for ever.
pub(crate) struct RawServer {
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl RawServer {
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        planted::watch();
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                if !read_request(&mut stream).await {
                    continue;
                }
                let turn = counter.fetch_add(1, Ordering::SeqCst);
                match replies.get(turn).or(replies.last()) {
                    Some(Reply::Bytes(bytes)) => {
                        // A client that has gone is no failure of the server's.
                        let _ = stream.write_all(bytes.as_bytes()).await;
                        let _ = stream.shutdown().await;
                    }
                    Some(Reply::Hang) => held.push(stream),
                    Some(Reply::Reset) => stream.set_zero_linger().expect("it is open"),
                    Some(Reply::Close) | None => {}
                }
            }
        });
        Self {
            url: format!("http://{address}"),
            requests,
            task,
        }
    }

    /// Complete requests received so far.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn client(&self) -> Client {
        self.client_on(TokioTimer::new())
    }

    /// A client whose pauses take no real time.
    pub(crate) async fn virtual_client(&self) -> Client {
        let emulator = Emulator::start().await.expect("the emulator starts");
        self.client_on(EmulatorTimer::new(&Arc::new(emulator)))
    }

    fn client_on(&self, timer: impl Timer) -> Client {
        Client::builder()
            .credentials(planted::API_ID, planted::API_KEY)
            .base_url(&self.url)
            .timer(timer)
            .build()
            .expect("loopback is a good address")
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads head and body; false when the connection ends before both are there.
async fn read_request(stream: &mut TcpStream) -> bool {
    let mut received = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&received).to_lowercase();
        if let Some(end) = text.find("\r\n\r\n") {
            let length = text[..end]
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .map_or(0, |value| value.trim().parse().unwrap_or(0));
            if received.len() >= end + 4 + length {
                return true;
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return false,
            Ok(count) => received.extend_from_slice(&chunk[..count]),
        }
    }
}
