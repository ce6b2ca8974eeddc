//! The facade against the emulator and against hostile servers, all on loopback.

mod bad_input;
mod called_back;
mod card_file;
mod download;
mod download_server;
mod fleet;
mod flows;
mod judged;
mod ledger;
mod one_rate;
mod outcomes;
mod raw_server;
mod relay;
mod rendered_again;
mod secrets;
mod spend;
mod stopping;
mod stranger;
mod telemetry;
mod telemetry_export;
mod waiting;
mod webhook;
mod webhook_log;
mod webhook_server;
mod webhook_waiting;

use std::sync::Arc;

use creatify::emulator::{Emulator, EmulatorTimer, client};
use creatify::{Budget, Client, ClientBuilder, Credits, Length, Seconds};

/// The settings of a client of the emulator, with its keys and on its clock.
fn settings(emulator: &Arc<Emulator>) -> ClientBuilder {
    Client::builder()
        .credentials(emulator.api_id(), emulator.api_key())
        .base_url(emulator.url())
        .timer(EmulatorTimer::new(emulator))
}

/// An emulator on its virtual clock, a client on the same clock, and a budget of 100.
async fn world() -> (Arc<Emulator>, Client, Budget) {
    planted::watch();
    let emulator = Arc::new(
        Emulator::start()
            .await
            .expect("the emulator starts on a free port"),
    );
    let client = client(&emulator).expect("the emulator's own keys are good");
    (emulator, client, Budget::new(credits("100")))
}

fn credits(text: &str) -> Credits {
    text.parse().expect("the test's credits parse")
}

fn seconds(text: &str) -> Length {
    Length::Known(text.parse::<Seconds>().expect("the test's seconds parse"))
}

/// Paid requests that reached the emulator.
fn posts(emulator: &Emulator) -> usize {
    emulator
        .requests()
        .iter()
        .filter(|request| request.method == "POST")
        .count()
}
