#![doc = include_str!("../README.md")]
//! This module holds the handle of a running emulator; it must not hold the emulation itself.

mod accept;
mod admin;
mod billing;
mod broken;
mod builder;
mod clock;
mod connection;
mod document;
mod faults;
mod files;
mod ids;
mod jobs;
mod log;
mod look;
mod mp4;
mod network;
mod parity;
mod png;
mod present;
mod record;
mod refuse;
mod requests;
mod routes;
mod scenario;
mod schema;
pub mod seed;
mod shared;
mod state;
mod waiters;
mod webhooks;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch;

pub use crate::billing::Billing;
pub use crate::builder::{EmulatorBuilder, StartError};
pub use crate::clock::Clock;
pub use crate::faults::{Fault, FaultTarget, Injection, RetryAfter};
pub use crate::jobs::JobRecord;
pub use crate::log::RequestRecord;
pub use crate::network::Network;
pub use crate::record::{Recording, RecordingError};
pub use crate::scenario::{Scenario, ScenarioError};
pub use crate::waiters::Waiter;

use crate::shared::Shared;

/// How near the emulator is to the service, as a Markdown table: each operation and matter with its
/// reason. Empty when the package's document cannot be read, which its tests rule out.
pub fn parity() -> String {
    document::document().map_or_else(|_| String::new(), parity::table)
}

/// A running emulator. Dropping it stops it: the port is free again once open answers are sent.
#[derive(Debug)]
pub struct Emulator {
    shared: Arc<Shared>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
}

impl Emulator {
    /// Starts an emulator with the defaults: any free port, a virtual clock, 1,000 credits, seed 0.
    ///
    /// # Errors
    ///
    /// [`StartError`] when no port of 127.0.0.1 can be listened on.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// An emulator with other settings.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::default()
    }

    fn new(shared: Arc<Shared>, address: SocketAddr, stop: watch::Sender<bool>) -> Self {
        Self {
            shared,
            address,
            stop,
        }
    }

    /// The base URL, such as `http://127.0.0.1:40123`, without a last slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What to send as `X-API-ID`.
    pub fn api_id(&self) -> &str {
        &self.shared.api_id
    }

    /// What to send as `X-API-KEY`.
    pub fn api_key(&self) -> &str {
        &self.shared.api_key
    }

    /// The time on the emulator's clock.
    pub fn now(&self) -> SystemTime {
        clock::system_time(self.shared.world().clock.now())
    }

    /// Lets time pass until `time`: every step due by then happens, in order, each at its time. A
    /// virtual clock jumps, and waits for the webhook receivers on this machine; the other clocks
    /// make the caller wait. A time that has passed changes nothing.
    pub async fn advance_to(&self, time: SystemTime) {
        self.shared.advance_to(clock::millis(time)).await;
    }

    /// Lets this much time pass, as [`advance_to`](Self::advance_to) does.
    pub async fn advance(&self, by: Duration) {
        let by = clock::Millis::try_from(by.as_millis()).unwrap_or(clock::LATEST);
        let now = self.shared.world().clock.now();
        self.shared.advance_to(now.saturating_add(by)).await;
    }

    /// When the next job takes its next step; `None` when no job moves any more.
    pub fn next_step(&self) -> Option<SystemTime> {
        self.shared.world().next_at().map(clock::system_time)
    }

    /// Someone who waits on the emulator's clock: when all waiters sleep and no request is open, a
    /// virtual clock moves to the first who wakes.
    pub fn waiter(&self) -> Waiter {
        Waiter::new(&self.shared)
    }

    /// Takes other keys from now on, as after a change in the dashboard. [`api_id`](Self::api_id) and
    /// [`api_key`](Self::api_key) still tell the ones it was started with.
    pub fn change_credentials(&self, api_id: impl Into<String>, api_key: impl Into<String>) {
        self.shared.world().keys = (api_id.into(), api_key.into());
    }

    /// Sets the balance, as someone else's use of the account or a purchase does.
    pub fn set_balance_millicredits(&self, balance: i64) {
        self.shared.world().set_balance(balance);
    }

    /// Injects the faults of a script, counted from now; its settings for the start are left alone.
    pub fn play(&self, scenario: &Scenario) {
        let mut world = self.shared.world();
        let now = world.clock.now();
        for injection in scenario.faults() {
            world.faults.push(injection.clone(), now);
        }
    }

    /// Takes back all faults that have not struck yet.
    pub fn clear_faults(&self) {
        self.shared.world().faults.clear();
    }

    /// The balance in thousandths of a credit.
    pub fn balance_millicredits(&self) -> i64 {
        self.shared.world().balance
    }

    /// The requests of the API so far, the oldest first; at most the newest 10,000.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.shared.world().log.to_vec()
    }

    /// Every job so far, in the order in which they were made, also those that no client knows of.
    pub fn jobs(&self) -> Vec<JobRecord> {
        self.shared.world().jobs.iter().map(Into::into).collect()
    }

    /// Makes something go wrong: a [`Fault`], or one aimed with [`Fault::on`].
    pub fn inject(&self, fault: impl Into<Injection>) {
        let mut world = self.shared.world();
        let now = world.clock.now();
        world.faults.push(fault.into(), now);
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}
