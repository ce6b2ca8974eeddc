//! How an emulator is set up and started. Must not serve anything itself.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::SystemTime;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::billing::{self, Billing};
use crate::clock::{Clock, Ticker};
use crate::connection::{Door, ResetSwitch, Source};
use crate::document;
use crate::faults::Injection;
use crate::network::Network;
use crate::scenario::{Scenario, Start};
use crate::seed;
use crate::shared::Shared;
use crate::state::{self, Settings, World};
use crate::webhooks::Outbox;
use crate::{Emulator, admin, routes};

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another program listens on the port.
    #[error("port {port} of 127.0.0.1 is in use: choose another one, or 0 for any free one")]
    PortInUse {
        /// The port that was asked for.
        port: u16,
    },
    /// The port cannot be listened on for another reason.
    #[error("cannot listen on port {port} of 127.0.0.1")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The text given as credits is no amount.
    #[error(
        "`{text}` is no amount of credits: write a number from 0 on with at most three decimals"
    )]
    Credits {
        /// What was given.
        text: String,
    },
    /// The factor of [`Clock::Times`] is out of range.
    #[error("a clock's factor is above 0 and at most 1000000")]
    Factor,
    /// A credential that no header can carry.
    #[error("api id and api key must be visible ASCII text")]
    Credentials,
    /// The embedded document cannot be served, or the HTTP client not be built: a fault of the
    /// package.
    #[error("the emulator is not usable: {reason}")]
    Package {
        /// What is wrong with it.
        reason: String,
    },
}

/// Settings of an emulator; [`Emulator::builder`] starts with the defaults.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct EmulatorBuilder {
    port: u16,
    credits: String,
    seed: u64,
    settings: Settings,
    clock: Clock,
    start_at: Option<SystemTime>,
    api_id: String,
    api_key: String,
    faults: Vec<Injection>,
}

impl Default for EmulatorBuilder {
    fn default() -> Self {
        Self {
            port: 0,
            credits: "1000".to_owned(),
            seed: 0,
            settings: Settings {
                billing: Billing::default(),
                unlimited: false,
                refunds: true,
                summed: false,
                skips: false,
            },
            clock: Clock::default(),
            start_at: None,
            api_id: seed::API_ID.to_owned(),
            api_key: seed::API_KEY.to_owned(),
            faults: Vec::new(),
        }
    }
}

impl EmulatorBuilder {
    /// The port on 127.0.0.1; 0, the default, takes any free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The balance at the start, as a decimal number of credits with at most three decimals;
    /// `1000` unless set.
    pub fn credits(mut self, credits: impl Into<String>) -> Self {
        self.credits = credits.into();
        self
    }

    /// What ids and durations are derived from; 0 unless set. The same seed and the same requests
    /// give the same answers under a virtual clock.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Which reading of the prices is charged; the likely one unless set.
    pub fn billing(mut self, billing: Billing) -> Self {
        self.settings.billing = billing;
        self
    }

    /// Takes nothing off the balance, whatever is asked for: for load and for judges.
    pub fn unlimited_credits(mut self) -> Self {
        self.settings.unlimited = true;
        self
    }

    /// Whether a failed or rejected phase gives its credits back; it does unless set. The pages
    /// print this for one family only.
    pub fn refunds(mut self, refunds: bool) -> Self {
        self.settings.refunds = refunds;
        self
    }

    /// Whether `credits_used` adds up the phases of a job; unless set it is that of the last call,
    /// as its description says.
    pub fn summed_credits_used(mut self, summed: bool) -> Self {
        self.settings.summed = summed;
        self
    }

    /// Whether jobs skip `in_queue`, `running` or both on their way, as the seed decides; unless set
    /// they go through all statuses. A client must not count on seeing each.
    pub fn skipping_statuses(mut self, skips: bool) -> Self {
        self.settings.skips = skips;
        self
    }

    /// What moves the time; [`Clock::Virtual`] unless set.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// When the clock starts. Unless set, virtual clocks start at 2026-11-20T00:00:00Z and the
    /// others now. Prices are those of the clock's day.
    pub fn start_at(mut self, time: SystemTime) -> Self {
        self.start_at = Some(time);
        self
    }

    /// Starts as a script says, with its faults injected. Settings the script does not name stay as
    /// they are.
    pub fn scenario(mut self, scenario: &Scenario) -> Self {
        let Start {
            credits,
            seed,
            start_at,
            billing,
            unlimited_credits,
            refunds,
            summed_credits_used,
            skipping_statuses,
        } = scenario.start().clone();
        self.credits = credits.unwrap_or(self.credits);
        self.seed = seed.unwrap_or(self.seed);
        self.start_at = start_at.map(SystemTime::from).or(self.start_at);
        let settings = &mut self.settings;
        settings.billing = billing.unwrap_or(settings.billing);
        settings.unlimited = unlimited_credits.unwrap_or(settings.unlimited);
        settings.refunds = refunds.unwrap_or(settings.refunds);
        settings.summed = summed_credits_used.unwrap_or(settings.summed);
        settings.skips = skipping_statuses.unwrap_or(settings.skips);
        self.faults.extend_from_slice(scenario.faults());
        self
    }

    /// The credentials to take instead of the default ones.
    pub fn credentials(mut self, api_id: impl Into<String>, api_key: impl Into<String>) -> Self {
        self.api_id = api_id.into();
        self.api_key = api_key.into();
        self
    }

    /// Starts the emulator on the current tokio runtime, which needs its I/O and time drivers.
    ///
    /// # Errors
    ///
    /// [`StartError`] when a setting is out of range or the port is not free.
    pub async fn start(self) -> Result<Emulator, StartError> {
        self.check()?;
        let (source, address) = listen(self.port).await?;
        let outbox = Outbox::start().map_err(|reason| StartError::Package { reason })?;
        self.serve(Door { source, address }, outbox)
    }

    /// Starts the emulator on another network than this machine's, as part of a simulation.
    ///
    /// `address` is what the emulator takes for its own, in [`Emulator::url`] and in the addresses of
    /// its outputs. The current tokio runtime needs its time driver only; with
    /// [`Clock::Real`] the emulator follows that runtime's time, also where it is simulated.
    ///
    /// # Errors
    ///
    /// [`StartError`] when a setting is out of range.
    pub fn start_on<N: Network>(
        self,
        network: N,
        address: SocketAddr,
    ) -> Result<Emulator, StartError> {
        self.check()?;
        let source = Arc::new(network);
        let outbox = Outbox::start_on(Arc::clone(&source));
        self.serve(Door { source, address }, outbox)
    }

    fn check(&self) -> Result<(), StartError> {
        if !self.clock.is_valid() {
            return Err(StartError::Factor);
        }
        let header = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !header(&self.api_id) || !header(&self.api_key) {
            return Err(StartError::Credentials);
        }
        Ok(())
    }

    fn serve<S: Source>(self, door: Door<S>, outbox: Outbox) -> Result<Emulator, StartError> {
        let package = |reason| StartError::Package { reason };
        let address = door.address;
        let balance = billing::from_text(&self.credits);
        let Some(balance) = balance else {
            return Err(StartError::Credits { text: self.credits });
        };
        let document = document::document().map_err(package)?;
        let mut world = World::new(state::Start {
            clock: Ticker::new(self.clock, self.start_at),
            seed: self.seed,
            balance,
            settings: self.settings,
            keys: (self.api_id.clone(), self.api_key.clone()),
            base: format!("http://{address}"),
            outbox,
        });
        let now = world.clock.now();
        for injection in self.faults {
            world.faults.push(injection, now);
        }
        let (stop, stopping) = watch::channel(false);
        let credentials = (self.api_id, self.api_key);
        let shared = Arc::new(Shared::new(world, document, credentials, stopping));
        let router = routes::router(&shared).map_err(package)?;
        let router = router
            .merge(admin::router())
            .with_state(Arc::clone(&shared));

        let until = Arc::clone(&shared);
        let service = router.into_make_service_with_connect_info::<ResetSwitch>();
        let serve =
            axum::serve(door, service).with_graceful_shutdown(async move { until.stopped().await });
        tokio::spawn(async move {
            if let Err(error) = serve.await {
                tracing::error!("the emulator stopped serving: {error}");
            }
        });
        if !self.clock.is_virtual() {
            let driven = Arc::clone(&shared);
            tokio::spawn(async move { driven.drive().await });
        }
        Ok(Emulator::new(shared, address, stop))
    }
}

async fn listen(port: u16) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::PortInUse { port },
        _ => StartError::Listen { port, source },
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}
