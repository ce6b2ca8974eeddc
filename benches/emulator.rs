//! How long does a week take? A campaign of 1,000 avatar videos, one every ten minutes of the virtual
//! clock, each polled every ten seconds until it is done, over real sockets.
//!
//! `cargo bench -p benches --features emulator --bench emulator`

use std::sync::Arc;
use std::time::{Duration, Instant};

use creatify_emulator::{Emulator, seed};

const JOBS: u32 = 1_000;
const APART: Duration = Duration::from_secs(605);
const POLLED: Duration = Duration::from_secs(10);

#[expect(clippy::print_stdout, reason = "the figure is what a bench is for")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let begun = Instant::now();
    let (requests, days) = runtime.block_on(campaign())?;
    println!(
        "{JOBS} jobs over {days:.1} days of the virtual clock: {requests} requests in {:.2} s",
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

async fn campaign() -> Result<(usize, f64), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().credits("5000").start().await?;
    let http = client()?;
    let url = format!("{}/api/lipsyncs_v2/", emulator.url());
    let order = serde_json::json!({"video_inputs": [{
        "character": {"type": "avatar", "avatar_id": seed::PERSONA_ADA},
        "voice": {"type": "text", "input_text": "hello", "voice_id": seed::VOICE_CALM, "duration": 10},
    }]});
    let first = emulator.now();
    let mut requests = 0;
    for number in 0..JOBS {
        let keyed = |request: reqwest::RequestBuilder| {
            request
                .header("X-API-ID", emulator.api_id())
                .header("X-API-KEY", emulator.api_key())
        };
        let created = keyed(http.post(&url)).json(&order).send().await?;
        let job: serde_json::Value = created.error_for_status()?.json().await?;
        let job = format!("{url}{}/", job["id"].as_str().ok_or("no id")?);
        requests += 1;
        loop {
            emulator.advance(POLLED).await;
            let read = keyed(http.get(&job)).send().await?;
            let read: serde_json::Value = read.error_for_status()?.json().await?;
            requests += 1;
            if read["status"] == "done" {
                break;
            }
        }
        emulator.advance_to(first + APART * (number + 1)).await;
    }
    let days = emulator.now().duration_since(first)?.as_secs_f64() / 86_400.0;
    assert_eq!(emulator.balance_millicredits(), 0, "every job costs 5");
    Ok((requests, days))
}

/// A client that knows no certificate: everything here is loopback.
fn client() -> Result<reqwest::Client, Box<dyn std::error::Error>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls);
    Ok(builder.no_proxy().build()?)
}
