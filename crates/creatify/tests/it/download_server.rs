//! A file server on loopback that does exactly what a test tells it to, and keeps what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What is done with a request. A tag is sent where one is given.
#[derive(Clone)]
pub(crate) enum Serve {
    /// The file, or the part of it that was asked for under this tag.
    File(Option<&'static str>),
    /// The file under this tag, cut off after so many bytes of what was to be sent.
    Cut(&'static str, usize),
    /// The same, and then nothing more, with the connection left open.
    Hang(&'static str, usize),
    /// The part that was asked for, whatever the tag, under this tag.
    Liar(&'static str),
    /// These header lines and this body, byte for byte.
    Raw(String),
    /// Chunks without an end.
    Endless,
}

pub(crate) struct FileServer {
    pub(crate) url: String,
    pub(crate) content: Vec<u8>,
    heads: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl FileServer {
    /// The turns are taken in order, the last one for ever.
    pub(crate) async fn start(turns: Vec<Serve>) -> Self {
        planted::watch();
        let content: Vec<u8> = (0..600_000_u32)
            .map(|n| (n.wrapping_mul(7919) >> 3) as u8)
            .collect();
        Self::with(content, turns).await
    }

    pub(crate) async fn with(content: Vec<u8>, turns: Vec<Serve>) -> Self {
        Self::at("127.0.0.1:0", content, turns).await
    }

    pub(crate) async fn at(address: &str, content: Vec<u8>, turns: Vec<Serve>) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (asked, file) = (Arc::clone(&heads), content.clone());
        let task = tokio::spawn(async move {
            let mut turn = 0;
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let head = read_head(&mut stream).await.to_lowercase();
                asked.lock().expect("no panic here").push(head.clone());
                let what = turns.get(turn).or(turns.last()).cloned();
                turn += 1;
                if let Some(what) = what {
                    let stays_open = serve(&mut stream, &head, &file, what).await;
                    if stays_open {
                        held.push(stream);
                    }
                }
            }
        });
        Self {
            url: format!("http://{address}"),
            content,
            heads,
            task,
        }
    }

    pub(crate) fn file(&self) -> String {
        format!("{}/output.mp4", self.url)
    }

    /// The heads of the requests so far, in lower case.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no panic here").clone()
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut received = Vec::new();
    let mut chunk = [0; 4096];
    while !received.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(count) => received.extend_from_slice(&chunk[..count]),
        }
    }
    String::from_utf8_lossy(&received).into_owned()
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = head.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
}

/// Answers; true when the connection is to stay open.
async fn serve(stream: &mut TcpStream, head: &str, file: &[u8], what: Serve) -> bool {
    let from = header(head, "range")
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'))
        .and_then(|from| from.parse::<usize>().ok());
    let (tag, limit, stays_open) = match &what {
        Serve::File(tag) => (*tag, usize::MAX, false),
        Serve::Cut(tag, limit) => (Some(*tag), *limit, false),
        Serve::Hang(tag, limit) => (Some(*tag), *limit, true),
        Serve::Liar(tag) => (Some(*tag), usize::MAX, false),
        Serve::Raw(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            return false;
        }
        Serve::Endless => {
            let start = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            let _ = stream.write_all(start.as_bytes()).await;
            let chunk = format!("1000\r\n{}\r\n", "a".repeat(0x1000));
            while stream.write_all(chunk.as_bytes()).await.is_ok() {}
            return false;
        }
    };
    let is_same = header(head, "if-range") == tag || matches!(what, Serve::Liar(_));
    let tag = tag.map_or(String::new(), |tag| format!("etag: {tag}\r\n"));
    let (status, body) = match from.filter(|_| is_same) {
        Some(from) if from >= file.len() => {
            let range = format!("content-range: bytes */{}", file.len());
            (format!("416 Range Not Satisfiable\r\n{range}"), &file[..0])
        }
        Some(from) => {
            let range = format!(
                "content-range: bytes {from}-{}/{}",
                file.len() - 1,
                file.len()
            );
            (format!("206 Partial Content\r\n{range}"), &file[from..])
        }
        None => ("200 OK".to_owned(), file),
    };
    let start = format!(
        "HTTP/1.1 {status}\r\ncontent-type: video/mp4\r\n{tag}content-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    // A client that has gone is no failure of the server's.
    let _ = stream.write_all(start.as_bytes()).await;
    let _ = stream.write_all(&body[..body.len().min(limit)]).await;
    stays_open
}
