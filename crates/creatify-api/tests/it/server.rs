//! A server of raw bytes: it records what it was sent and answers with what it was told.
//!
//! It is no HTTP library on purpose, so that broken answers can be written byte by byte.

use std::sync::{Arc, Mutex};

use creatify_api::{Client, Config, Credentials};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Planted keys; neither may show anywhere but in the two headers.
pub(crate) use planted::API_ID as ID;
pub(crate) use planted::API_KEY as KEY;

pub(crate) struct Server {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
    connections: Arc<Mutex<usize>>,
    task: JoinHandle<()>,
}

/// What the server does with a request it has read.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Writes these bytes and keeps the connection open.
    Bytes(Vec<u8>),
    /// Writes these bytes, which may be none, and closes.
    Close(Vec<u8>),
    /// Answers nothing and resets the connection.
    Reset,
    /// Answers nothing and keeps the connection open.
    Hang,
}

impl Server {
    /// Starts a server that answers every request alike.
    pub(crate) async fn start(reply: Reply) -> Self {
        planted::watch();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Mutex::new(0));
        let task = tokio::spawn({
            let (requests, connections) = (requests.clone(), connections.clone());
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    *connections.lock().unwrap() += 1;
                    tokio::spawn(serve(stream, reply.clone(), requests.clone()));
                }
            }
        });
        Self {
            url,
            requests,
            connections,
            task,
        }
    }

    /// Starts a server that answers with this status and JSON body.
    pub(crate) async fn json(status: u16, body: &str) -> Self {
        Self::start(Reply::Bytes(answer(status, "application/json", body))).await
    }

    pub(crate) fn client(&self) -> Client {
        self.config().build().unwrap()
    }

    pub(crate) fn config(&self) -> Config {
        Config::new(Credentials::new(ID, KEY).unwrap()).base_url(&self.url)
    }

    /// The requests so far, each with its head and body as sent.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn answer(status: u16, media: &str, body: &str) -> Vec<u8> {
    with_headers(status, &[("content-type", media)], body)
}

pub(crate) fn with_headers(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

async fn serve(mut stream: TcpStream, reply: Reply, requests: Arc<Mutex<Vec<String>>>) {
    let mut buffer = Vec::new();
    loop {
        let Some(request) = read_request(&mut stream, &mut buffer).await else {
            return;
        };
        requests.lock().unwrap().push(request);
        match &reply {
            Reply::Bytes(bytes) => {
                if stream.write_all(bytes).await.is_err() {
                    return;
                }
            }
            Reply::Close(bytes) => {
                let _ = stream.write_all(bytes).await;
                return;
            }
            Reply::Reset => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Reply::Hang => {}
        }
    }
}

/// Reads one request with its body; none when the connection ends.
async fn read_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<String> {
    let mut chunk = [0; 4096];
    loop {
        if let Some(length) = whole_request(buffer) {
            let request = String::from_utf8_lossy(&buffer[..length]).into_owned();
            buffer.drain(..length);
            return Some(request);
        }
        let count = stream
            .read(&mut chunk)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        buffer.extend_from_slice(&chunk[..count]);
    }
}

fn whole_request(buffer: &[u8]) -> Option<usize> {
    let end = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&buffer[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap());
    (buffer.len() >= end + length).then_some(end + length)
}
