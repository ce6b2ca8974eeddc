//! What one read through the facade costs beside the same read by hand.
//!
//! Both ask the same server in the same run, over one kept connection, from one thread; what is
//! counted is that thread's CPU time, so neither the server nor the waiting is in it. By hand
//! means the HTTP library, two headers and `serde_json::Value`. Nothing here asserts a time.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use criterion::Criterion;
use rustix::time::{ClockId, clock_gettime};

const ID: &str = "5f0c7b1e-30b1-4d0c-9a3e-000000000001";

/// An answer of the length and shape of a finished template job.
const BODY: &str = r#"{"id":"5f0c7b1e-30b1-4d0c-9a3e-000000000001","status":"done","failed_reason":"","is_hidden":false,"name":"spring sale, second cut","visual_style":"4e1a4b5c-6d0d-4a7a-9d5a-000000000002","data":{"headline":{"type":"text","properties":{"content":"Twenty per cent off until Sunday"}},"product":{"type":"image","properties":{"url":"https://example.com/images/shoe-in-the-rain.png","fit":"cover"}},"music":{"type":"audio","properties":{"url":"https://example.com/music/quiet-piano.mp3","volume":0.4}}},"aspect_ratio":"9x16","media_job":"43e2b17c-e272-453a-96d4-c047acd2ab10","preview":null,"video_output":"https://example.com/videos/5f0c7b1e-30b1-4d0c-9a3e-000000000001.mp4","video_thumbnail":"https://example.com/videos/5f0c7b1e-30b1-4d0c-9a3e-000000000001.png","duration":30,"credits_used":5,"progress":1.0,"webhook_url":"https://example.com/w/a1/01JD0000000000000000000000.1/AAAAAAAAAAAAAAAAAAAAAA","model_version":"standard","created_at":"2026-11-20T10:00:00Z","updated_at":"2026-11-20T10:02:31Z"}"#;

/// Answers every request with [`BODY`] and keeps the connection; its address.
fn serve() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream));
        }
    });
    Ok(format!("http://{address}"))
}

/// Ends with the connection.
fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let mut received = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        match stream.read(&mut chunk)? {
            0 => return Ok(()),
            count => received.extend_from_slice(&chunk[..count]),
        }
        // A GET has no body: its head is all there is.
        if received.ends_with(b"\r\n\r\n") {
            received.clear();
            stream.write_all(reply.as_bytes())?;
        }
    }
}

/// CPU time of this thread.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn by_hand() -> Result<reqwest::Client, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build()?;
    Ok(client)
}

async fn read_by_hand(client: &reqwest::Client, url: &str) -> Result<serde_json::Value, Failure> {
    let answer = client
        .get(format!("{url}/api/custom_template_jobs/{ID}/"))
        .header("X-API-ID", "an-api-id")
        .header("X-API-KEY", "an-api-key")
        .send()
        .await?
        .error_for_status()?;
    Ok(serde_json::from_slice(&answer.bytes().await?)?)
}

/// CPU time of every read, by hand and through the facade.
#[derive(Default)]
struct Reads {
    bare: Vec<Duration>,
    facade: Vec<Duration>,
}

fn overhead(criterion: &mut Criterion) -> Result<Reads, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let url = serve()?;
    let bare = by_hand()?;
    let client = creatify::Client::builder()
        .credentials("an-api-id", "an-api-key")
        .base_url(&url)
        .build()?;
    // Both do what they are to do before anything is measured.
    let value = runtime.block_on(read_by_hand(&bare, &url))?;
    let state = runtime.block_on(client.custom_template().get(ID))?;
    if value.get("video_output").and_then(|url| url.as_str()) != state.video_url.as_deref() {
        return Err("the two do not read the same".into());
    }

    // A read of the one kind follows one of the other, whichever of them is being counted: what slows
    // the machine down for a while slows both.
    let mut reads = Reads::default();
    let mut read_in_turns = |count| {
        let first = reads.bare.len();
        runtime.block_on(async {
            for _ in 0..count {
                let began = cpu();
                let _ = std::hint::black_box(read_by_hand(&bare, &url).await);
                let between = cpu();
                let _ = std::hint::black_box(client.custom_template().get(ID).await);
                reads.bare.push(between.saturating_sub(began));
                reads.facade.push(cpu().saturating_sub(between));
            }
        });
        let sum = |of: &[Duration]| of.iter().skip(first).sum();
        [sum(&reads.bare), sum(&reads.facade)]
    };
    let mut group = criterion.benchmark_group("overhead");
    group.bench_function("bare", |bencher| {
        bencher.iter_custom(|count| read_in_turns(count)[0]);
    });
    group.bench_function("facade", |bencher| {
        bencher.iter_custom(|count| read_in_turns(count)[1]);
    });
    group.finish();
    Ok(reads)
}

/// Fewer reads are a test that the bench works, and measure nothing.
const FEW: usize = 100;

/// Prints the quartiles of all reads. Now and then a read pays for waking the server's thread on
/// another processor, several times its own cost: that moves a mean, and hardly a median.
#[expect(clippy::print_stdout, reason = "the table is the bench's result")]
fn print(mut reads: Reads) {
    let last = reads.bare.len().saturating_sub(1);
    if last < FEW {
        return;
    }
    reads.bare.sort_unstable();
    reads.facade.sort_unstable();
    println!("\n| one read, microseconds of CPU time | `bare` | `facade` | times |");
    println!("| --- | ---: | ---: | ---: |");
    for (name, quarter) in [("lower quartile", 1), ("median", 2), ("upper quartile", 3)] {
        let at = |of: &[Duration]| of[last * quarter / 4].as_secs_f64() * 1e6;
        let (bare, facade) = (at(&reads.bare), at(&reads.facade));
        println!(
            "| {name} | {bare:.1} | {facade:.1} | {:.3} |",
            facade / bare
        );
    }
}

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default()
        .sample_size(60)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(8))
        .configure_from_args();
    let reads = overhead(&mut criterion)?;
    criterion.final_summary();
    print(reads);
    Ok(())
}
