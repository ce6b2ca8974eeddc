//! The receiver behind HTTP: large, slow, endless and malformed calls, on loopback.

use std::sync::Arc;

use creatify::emulator::{Emulator, EmulatorTimer};
use creatify::webhook::{
    Attempt, Capabilities, Limits, MemoryIntents, Receiver, Secret, Wakeups, router, serve,
};
use creatify::{Timer, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

struct Server {
    address: std::net::SocketAddr,
    path: String,
    receiver: Receiver,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// The whole server, or the router alone on a server without limits of its own.
    async fn start(timer: impl Timer, is_whole: bool) -> Self {
        planted::watch();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let base = format!("http://{address}");
        let secret = Secret::new("k1", planted::WEBHOOK_SECRET).expect("32 bytes");
        let capabilities = Capabilities::new(&base, secret).expect("loopback is good");
        let attempt = Attempt::random().expect("random numbers");
        let url = capabilities.url(&attempt).expect("it is short");
        let path = url.expose().trim_start_matches(&base).to_owned();
        let intents = MemoryIntents::new();
        intents.open(attempt);
        let limits = Limits::default();
        let receiver = Receiver::with(capabilities, intents, Wakeups::new(), limits, timer);
        let serving = receiver.clone();
        let task = tokio::spawn(async move {
            if is_whole {
                serve(serving, listener).await
            } else {
                axum::serve(listener, router(serving)).await
            }
        });
        Self {
            address,
            path,
            receiver,
            task,
        }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it listens")
    }

    /// Sends bytes, and reads until the server closes or has said enough.
    async fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // The server may have answered and closed before everything was sent.
        let _ = stream.write_all(bytes).await;
        answer(&mut stream).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    let mut chunk = [0; 1024];
    while !received.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(count) => received.extend_from_slice(&chunk[..count]),
        }
    }
    let text = String::from_utf8_lossy(&received).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n{body}").into_bytes()
}

async fn virtual_timer() -> EmulatorTimer {
    let emulator = Emulator::start().await.expect("a free port");
    EmulatorTimer::new(&Arc::new(emulator))
}

#[tokio::test]
async fn a_call_back_is_answered_202_over_http_and_a_stranger_404() {
    let server = Server::start(TokioTimer::new(), true).await;
    let call = post(&server.path, "content-length: 2\r\n", "{}");
    assert_eq!(server.exchange(&call).await, "HTTP/1.1 202 Accepted");
    let stranger = post("/w/k1/x/y", "content-length: 2\r\n", "{}");
    assert_eq!(server.exchange(&stranger).await, "HTTP/1.1 404 Not Found");
    let get = format!("GET {} HTTP/1.1\r\nhost: x\r\n\r\n", server.path);
    let get = server.exchange(get.as_bytes()).await;
    assert_eq!(get, "HTTP/1.1 405 Method Not Allowed");
    assert_eq!(server.receiver.wakeups().counters().received, 1);
}

#[tokio::test]
async fn a_stranger_is_answered_before_anything_of_the_body_is_read() {
    let server = Server::start(TokioTimer::new(), true).await;
    let call = post("/w/k1/x/y", "content-length: 60000\r\n", "");
    assert_eq!(server.exchange(&call).await, "HTTP/1.1 404 Not Found");
}

#[tokio::test]
async fn an_announced_gibibyte_is_refused_unread() {
    let server = Server::start(TokioTimer::new(), true).await;
    let call = post(&server.path, "content-length: 1073741824\r\n", "");
    let answer = server.exchange(&call).await;
    assert_eq!(answer, "HTTP/1.1 413 Payload Too Large");
}

#[tokio::test]
async fn an_endless_body_is_cut_at_its_limit() {
    let server = Server::start(TokioTimer::new(), true).await;
    let mut stream = server.connect().await;
    let head = post(&server.path, "transfer-encoding: chunked\r\n", "");
    stream.write_all(&head).await.expect("it reads the head");
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(0x1000));
    let mut sent = 0;
    // A server without the limit would take all 64 MiB.
    while sent < 64 * 1024 * 1024 && stream.write_all(chunk.as_bytes()).await.is_ok() {
        sent += chunk.len();
    }
    assert!(sent < 64 * 1024 * 1024, "it was never cut");
    assert_eq!(server.receiver.wakeups().counters().received, 0);
    assert_eq!(server.receiver.wakeups().counters().refused, 1);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let server = Server::start(virtual_timer().await, false).await;
    let call = post(&server.path, "content-length: 10\r\n", "{");
    let answer = server.exchange(&call).await;
    assert_eq!(answer, "HTTP/1.1 408 Request Timeout");
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let server = Server::start(virtual_timer().await, true).await;
    let mut stream = server.connect().await;
    stream
        .write_all(b"POST /w/")
        .await
        .expect("it is connected");
    assert_eq!(answer(&mut stream).await, "", "closed without an answer");
}

#[tokio::test]
async fn deep_json_is_refused_over_http_too() {
    let server = Server::start(TokioTimer::new(), true).await;
    let body = "[".repeat(60_000);
    let call = post(
        &server.path,
        &format!("content-length: {}\r\n", body.len()),
        &body,
    );
    assert_eq!(server.exchange(&call).await, "HTTP/1.1 400 Bad Request");
}
