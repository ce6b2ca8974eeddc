//! The OpenTelemetry example, against a collector in this process: spans and counts arrive, and
//! nothing in them is secret.

#[path = "../../examples/telemetry/otlp.rs"]
mod otlp;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::Uri;
use creatify::webhook::{Attempt, Capabilities, Secret};
use tracing::instrument::WithSubscriber as _;

use crate::{seconds, settings, world};

type Bodies = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// Takes whatever is posted; its address, and what came.
async fn collector() -> (String, Bodies) {
    let bodies = Bodies::default();
    let kept = Arc::clone(&bodies);
    let router = Router::new().fallback(move |uri: Uri, body: Bytes| async move {
        let mut kept = kept.lock().expect("no test panics while collecting");
        kept.push((uri.path().to_owned(), body.to_vec()));
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move { axum::serve(listener, router).await });
    (format!("http://{address}"), bodies)
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_and_counts_arrive_at_a_collector_without_a_secret() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (endpoint, bodies) = collector().await;
    let telemetry = otlp::Telemetry::start(&endpoint).expect("loopback is a good address");
    let (emulator, _, budget) = world().await;
    let client = settings(&emulator)
        .metrics(telemetry.metrics())
        .build()
        .expect("the emulator's own keys are good");
    let secret = Secret::new("k1", planted::WEBHOOK_SECRET).expect("32 bytes");
    let capabilities = Capabilities::new("http://127.0.0.1:9", secret).expect("loopback");
    let attempt = Attempt::random().expect("random numbers");
    let url = capabilities.url(&attempt).expect("it is short");
    let run = async {
        let request =
            creatify::CustomTemplateRequest::new(creatify::emulator::seed::TEMPLATE_30_SECONDS);
        let call = client
            .custom_template()
            .generate(request.webhook_url(url.expose()))
            .length(seconds("30"));
        let approved = call.quote().expect("a length").approve(&budget);
        let job = approved.expect("fits").send().await.expect("accepted");
        job.wait().await.expect("done");
    };
    run.with_subscriber(telemetry.subscriber()).await;
    let sent = tokio::task::spawn_blocking(|| telemetry.shutdown()).await;
    sent.expect("it does not panic")
        .expect("the collector takes it");

    let bodies = bodies.lock().expect("no test panics while collecting");
    for (_, body) in bodies.iter() {
        planted::refuse("what is exported", body);
    }
    // In a protocol buffer names stand as they are.
    let holds = |path: &str, name: &str| {
        let of_path = bodies.iter().filter(|(one, _)| one == path);
        let mut all = of_path.flat_map(|(_, body)| body.windows(name.len()));
        all.any(|window| window == name.as_bytes())
    };
    for span in ["paid_call", "attempt", "wait", "http_request"] {
        assert!(holds("/v1/traces", span), "no span {span}");
    }
    assert!(
        holds("/v1/traces", "/api/custom_template_jobs/{id}/"),
        "the route"
    );
    for count in [
        "creatify.attempts",
        "creatify.polls",
        "creatify.credits.spent",
    ] {
        assert!(holds("/v1/metrics", count), "no count {count}");
    }
    assert!(
        holds("/v1/metrics", "custom-template.generate"),
        "the operation"
    );
}
