//! Bad input of every kind: each is refused or cut off, and the emulator goes on answering.

use std::io;
use std::sync::Mutex;
use std::time::Duration;

use creatify_emulator::{Emulator, Network};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpStream;

use crate::support::{Client, SOON, avatar, start};

const PATH: &str = "/api/lipsyncs_v2/";

fn head(emulator: &Emulator, more: &str) -> String {
    format!(
        "POST {PATH} HTTP/1.1\r\nHost: x\r\nX-API-ID: {}\r\nX-API-KEY: {}\r\n\
         Content-Type: application/json\r\n{more}\r\n",
        emulator.api_id(),
        emulator.api_key()
    )
}

async fn connect(client: &Client) -> TcpStream {
    TcpStream::connect(("127.0.0.1", client.emulator.port()))
        .await
        .unwrap()
}

/// Sends bytes until they are sent or refused, and gives the code of what comes back, if any does.
async fn send(client: &Client, head: &str, piece: &[u8], pieces: usize) -> Option<u16> {
    let sent = async {
        let (mut read, mut write) = connect(client).await.into_split();
        let head = head.as_bytes().to_vec();
        let piece = piece.to_vec();
        let writing = tokio::spawn(async move {
            write.write_all(&head).await?;
            for _ in 0..pieces {
                write.write_all(&piece).await?;
            }
            io::Result::Ok(write)
        });
        let mut answer = vec![0; 64];
        let got = read.read(&mut answer).await.unwrap_or(0);
        writing.abort();
        let text = String::from_utf8_lossy(&answer[..got]).into_owned();
        text.split(' ').nth(1).and_then(|code| code.parse().ok())
    };
    tokio::time::timeout(SOON, sent).await.expect("an end")
}

async fn still_answers(client: &Client) {
    let job = client.accept(PATH, &avatar(5.0, "standard")).await;
    assert_eq!(job["status"], "pending");
}

#[tokio::test]
async fn a_body_of_a_gibibyte_is_refused_before_it_is_there() {
    let client = start().await;
    let head = head(&client.emulator, "Content-Length: 1073741824\r\n");
    let mebibyte = vec![b'['; 1 << 20];
    assert_eq!(send(&client, &head, &mebibyte, 1_024).await, Some(413));
    let chunked = self::head(&client.emulator, "Transfer-Encoding: chunked\r\n");
    let mut chunk = format!("{:x}\r\n", mebibyte.len()).into_bytes();
    chunk.extend_from_slice(&mebibyte);
    chunk.extend_from_slice(b"\r\n");
    assert_eq!(send(&client, &chunked, &chunk, 1_024).await, Some(413));
    still_answers(&client).await;
}

#[tokio::test]
async fn a_body_that_does_not_come_holds_up_nobody() {
    let client = start().await;
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut stream = connect(&client).await;
        let head = head(&client.emulator, "Content-Length: 1000\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(b"{").await.unwrap();
        slow.push(stream);
    }
    still_answers(&client).await;
    drop(slow);
    still_answers(&client).await;
}

/// A network of one connection, so that the time that passes is the runtime's.
struct Pipe(Mutex<Option<DuplexStream>>);

impl Network for Pipe {
    type Stream = DuplexStream;

    async fn accept(&self) -> DuplexStream {
        let first = self.0.lock().unwrap().take();
        match first {
            Some(stream) => stream,
            None => std::future::pending().await,
        }
    }

    async fn post(&self, _: &str, _: String) {}
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_given_up() {
    let (mut ours, theirs) = tokio::io::duplex(4_096);
    let pipe = Pipe(Mutex::new(Some(theirs)));
    let address = "127.0.0.1:80".parse().unwrap();
    let emulator = Emulator::builder().start_on(pipe, address).unwrap();
    let begun = head(&emulator, "Content-Length: 1000\r\n") + "{";
    ours.write_all(begun.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    let hour = Duration::from_secs(3_600);
    let read = tokio::time::timeout(hour, ours.read_exact(&mut answer)).await;
    read.expect("an end").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}

#[tokio::test]
async fn deep_wide_and_odd_json_is_refused() {
    let client = start().await;
    let deep = "[".repeat(400_000);
    let deep_object = "{\"video_inputs\":".repeat(50_000);
    let wide = format!("{{\"video_inputs\":[{}1]}}", "1,".repeat(200_000));
    let odd = "{\"video_inputs\":1e999999,\"name\":\"\\ud800\"}".to_owned();
    let nothing = "null".to_owned();
    for body in [deep, deep_object, wide, odd, nothing] {
        let request = client.request("POST", PATH).body(body);
        let request = request.header("content-type", "application/json");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400);
    }
    let bytes = client.request("POST", PATH).body(vec![0xff, 0xfe, 0x00]);
    let bytes = bytes.header("content-type", "application/json");
    assert_eq!(bytes.send().await.unwrap().status(), 400);
    still_answers(&client).await;
}

#[tokio::test]
async fn ten_thousand_headers_and_endless_ones_are_refused() {
    let client = start().await;
    let mut many = String::new();
    for number in 0..10_000 {
        many.push_str(&format!("X-{number}: y\r\n"));
    }
    let refused = send(&client, &head(&client.emulator, &many), b"", 0).await;
    assert_eq!(refused, Some(431));
    let endless = "GET / HTTP/1.1\r\nX-Long: ".to_owned();
    let refused = send(&client, &endless, &[b'a'; 65_536], 10_000).await;
    assert!(matches!(refused, None | Some(431)), "{refused:?}");
    still_answers(&client).await;
}

#[tokio::test]
async fn noise_half_requests_and_strange_paths_are_cut_off() {
    let client = start().await;
    for noise in [
        "\x16\x03\x01\x02\x00\x01\x00\x01\n\n",
        "GET\r\n\r\n",
        "POST /api/links/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /api/links/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let refused = send(&client, noise, b"", 0).await;
        assert!(
            matches!(refused, None | Some(400..=499)),
            "{noise:?}: {refused:?}"
        );
    }
    let half = connect(&client).await;
    drop(half);
    for path in [
        "/api/%00/",
        "/api/links/%ff%fe/",
        "/..%2f..%2fetc/",
        "/api/links/\u{1f3ac}/",
    ] {
        let (status, _) = client.get(path).await;
        assert_eq!(status, 404, "{path}");
    }
    let long = format!("/api/lipsyncs_v2/?ids={}", "a,".repeat(15_000));
    assert_eq!(client.get(&long).await.0, 400);
    still_answers(&client).await;
}

#[tokio::test]
async fn the_admin_routes_refuse_nonsense_too() {
    let client = start().await;
    for (path, body) in [
        ("clock", json!({"advance_seconds": -1})),
        ("clock", json!({"advance_seconds": 1e300})),
        ("faults", json!({"kind": "html", "times": -1})),
        ("faults", json!([])),
    ] {
        let request = client.http.post(client.url(&format!("/_emulator/{path}")));
        let status = request.json(&body).send().await.unwrap().status();
        assert!(status.is_client_error(), "{path}: {status}");
    }
    still_answers(&client).await;
}
