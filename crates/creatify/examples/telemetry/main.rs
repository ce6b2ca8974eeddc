//! A paid call against the emulator, with its counts and spans sent to an OpenTelemetry collector.
//!
//! ```sh
//! cargo run -p creatify --features emulator --example telemetry -- http://127.0.0.1:4318
//! ```
//!
//! It needs no key, and a collector that takes OTLP over HTTP at that address.

mod otlp;

use std::sync::Arc;

use creatify::emulator::{Emulator, EmulatorTimer, seed};
use creatify::{Budget, Client, CustomTemplateRequest, Length};

use self::otlp::{Failure, Telemetry};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // The HTTP library brings no cryptography of its own; this is the one that the client uses.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let endpoint = std::env::args().nth(1);
    let endpoint = endpoint.as_deref().unwrap_or("http://127.0.0.1:4318");
    let telemetry = Telemetry::start(endpoint)?;
    tracing::subscriber::set_global_default(telemetry.subscriber())?;

    let emulator = Arc::new(Emulator::start().await?);
    let client = Client::builder()
        .credentials(emulator.api_id(), emulator.api_key())
        .base_url(emulator.url())
        .timer(EmulatorTimer::new(&emulator))
        .metrics(telemetry.metrics())
        .build()?;
    let budget = Budget::new("20".parse()?);
    client
        .custom_template()
        .generate(CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS))
        .length(Length::Known("30".parse()?))
        .quote()?
        .approve(&budget)?
        .send()
        .await?
        .wait()
        .await?;

    tokio::task::spawn_blocking(|| telemetry.shutdown()).await?
}
