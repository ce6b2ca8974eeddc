//! The client: credentials, address, time, and one accessor for each resource.
//!
//! A client is cheap to clone and shares its connections. It spends nothing by itself; paid calls
//! start from a resource and go through [`crate::Call`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use creatify_core::Credits;
use creatify_core::pricing::RateBook;
use secrecy::{ExposeSecret, SecretString};

use crate::fleet::{Priority, Slot};
use crate::journal::Journal;
use crate::resources::{Catalogue, CustomTemplate, LinkToVideo, Links, LipsyncV2};
use crate::stop::Stop;
use crate::telemetry::{Meter, Metrics};
use crate::timer::{Timer, TokioTimer};
use crate::webhook::Receiver;
use crate::{Error, ErrorKind};

/// The vendor's address.
pub const DEFAULT_BASE_URL: &str = "https://api.creatify.ai";

/// A client of the Creatify API.
///
/// ```no_run
/// use creatify::{Budget, Client, CustomTemplateRequest, Length};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::from_env()?;
/// let budget = Budget::new("20".parse()?);
/// let finished = client
///     .custom_template()
///     .generate(CustomTemplateRequest::new("3f0c7b1e-30b1-4d0c-9a3e-000000000001"))
///     .length(Length::Known("45".parse()?))
///     .quote()?
///     .approve(&budget)?
///     .send()
///     .await?
///     .wait()
///     .await?;
/// println!("{:?}", finished.state().video_url);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    api: creatify_api::Client,
    timer: Arc<dyn Timer>,
    journal: Option<Journal>,
    webhooks: Option<Receiver>,
    fleet: Slot,
    rate_book: Arc<RateBook>,
    meter: Meter,
    stop: Stop,
}

impl Client {
    /// Starts a client with the vendor's address, real time and no keys.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client with the keys of `CREATIFY_API_ID` and `CREATIFY_API_KEY`, and the address of
    /// `CREATIFY_BASE_URL` where that is set.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`] when a key is missing or malformed, [`ErrorKind::Invalid`] when
    /// the address is.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().env().build()
    }

    /// Jobs that make a video from a template.
    #[must_use]
    pub fn custom_template(&self) -> CustomTemplate<'_> {
        CustomTemplate { client: self }
    }

    /// Jobs that make a video from a link.
    #[must_use]
    pub fn link_to_video(&self) -> LinkToVideo<'_> {
        LinkToVideo { client: self }
    }

    /// Jobs that make an avatar speak, scene by scene.
    #[must_use]
    pub fn lipsync_v2(&self) -> LipsyncV2<'_> {
        LipsyncV2 { client: self }
    }

    /// Links: product pages read by the service.
    #[must_use]
    pub fn link(&self) -> Links<'_> {
        Links { client: self }
    }

    /// Stock avatars.
    #[must_use]
    pub fn personas(&self) -> Catalogue<'_, crate::Persona> {
        Catalogue::new(self)
    }

    /// Stock voices.
    #[must_use]
    pub fn voices(&self) -> Catalogue<'_, crate::Voice> {
        Catalogue::new(self)
    }

    /// The account's templates.
    #[must_use]
    pub fn templates(&self) -> Catalogue<'_, crate::Template> {
        Catalogue::new(self)
    }

    /// The account's balance. Costs nothing.
    ///
    /// Source: <https://docs.creatify.ai/api-reference/workspace/get-remainingcredits>.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`] and the refusals of a read.
    pub async fn credits(&self) -> Result<Credits, Error> {
        let request = self.ask(self.api.remaining_credits_retrieve());
        let answer = self.in_turn(Priority::Catalogue, request).await?;
        crate::state::number(&answer, "remaining_credits")
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| {
                Error::new(
                    ErrorKind::Unreachable,
                    "the balance is no number of credits",
                )
            })
    }

    /// The generated client below this one: every documented operation, no quote, no budget.
    ///
    /// **Outside the stability promise**, and outside every protection of this crate.
    #[must_use]
    pub fn raw(&self) -> &creatify_api::Client {
        &self.api
    }

    /// The address requests go to, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.api.base_url()
    }

    /// The ledger this client writes into, if any.
    #[must_use]
    pub fn journal(&self) -> Option<&Journal> {
        self.journal.as_ref()
    }

    /// The receiver of this client's call-backs, if any.
    #[must_use]
    pub fn webhooks(&self) -> Option<&Receiver> {
        self.webhooks.as_ref()
    }

    /// Has this client and its clones send no paid request from now on, for good: for a process that
    /// is told to end.
    ///
    /// A call that has not been sent yet, also between two attempts, ends at once with nothing
    /// spent. One that is on its way has `patience` left to be answered; then its outcome is
    /// unknown. Called again, this shortens patience and never prolongs it. Reads go on.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use creatify::{Approved, Client, Error, Job, QuotedCall};
    /// # async fn run(
    /// #     client: Client,
    /// #     call: Approved<QuotedCall<Job>>,
    /// #     told_to_end: impl Future<Output = ()>,
    /// # ) -> Result<Job, Error> {
    /// let mut sending = std::pin::pin!(call.send());
    /// tokio::select! {
    ///     sent = &mut sending => return sent,
    ///     () = told_to_end => client.stop_sending(Duration::from_secs(30)),
    /// }
    /// sending.await // the answer, if it comes in time
    /// # }
    /// ```
    pub fn stop_sending(&self, patience: Duration) {
        let end = self.timer.now().saturating_add(patience);
        self.stop.request(end);
        tracing::info!(?patience, "no paid request is sent any more");
    }

    pub(crate) fn fleet_slot(&self) -> &Slot {
        &self.fleet
    }

    /// The prices this client quotes by.
    #[must_use]
    pub fn rate_book(&self) -> &RateBook {
        &self.rate_book
    }

    pub(crate) fn api(&self) -> &creatify_api::Client {
        &self.api
    }

    pub(crate) fn timer(&self) -> &dyn Timer {
        &*self.timer
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Client`].
#[derive(Default)]
pub struct ClientBuilder {
    api_id: Option<SecretString>,
    api_key: Option<SecretString>,
    base_url: Option<String>,
    request_timeout: Option<Duration>,
    timer: Option<Arc<dyn Timer>>,
    journal: Option<Journal>,
    webhooks: Option<Receiver>,
    rate_book: RateBook,
    exec: Option<Arc<dyn creatify_api::Exec>>,
    meter: Meter,
}

impl ClientBuilder {
    /// The two keys of the account's settings page.
    #[must_use]
    pub fn credentials(mut self, api_id: impl Into<String>, api_key: impl Into<String>) -> Self {
        self.api_id = Some(SecretString::from(api_id.into()));
        self.api_key = Some(SecretString::from(api_key.into()));
        self
    }

    /// Takes keys and address from `CREATIFY_API_ID`, `CREATIFY_API_KEY` and `CREATIFY_BASE_URL`;
    /// what is not set there stays as it was.
    #[must_use]
    pub fn env(mut self) -> Self {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        self.api_id = read("CREATIFY_API_ID")
            .map(SecretString::from)
            .or(self.api_id);
        self.api_key = read("CREATIFY_API_KEY")
            .map(SecretString::from)
            .or(self.api_key);
        self.base_url = read("CREATIFY_BASE_URL").or(self.base_url);
        self
    }

    /// Another address than the vendor's: https, or http on loopback.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// How long one request may take; 60 s by default, 15 min for blocking previews.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
        self
    }

    /// Another source of time.
    #[must_use]
    pub fn timer(mut self, timer: impl Timer) -> Self {
        self.timer = Some(Arc::new(timer));
        self
    }

    /// Writes every paid call into a ledger before it is sent, so that none is lost or made twice,
    /// whatever happens to this process.
    #[must_use]
    pub fn journal(mut self, journal: Journal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Has the service call back: every paid call that can name a `webhook_url`, and names none
    /// itself, is sent with an address that only this receiver can have made.
    ///
    /// The receiver must know the attempts of the ledger: make it of the same [`Journal`], and
    /// serve it. A call-back then brings the next look of a wait or a [`Fleet`](crate::Fleet)
    /// forward, which otherwise looks once in 60 s, and a call whose answer was lost is found by
    /// its address. See [`crate::webhook`].
    #[must_use]
    pub fn webhooks(mut self, receiver: Receiver) -> Self {
        self.webhooks = Some(receiver);
        self
    }

    /// Quotes by these prices instead of the built-in ones alone: see
    /// [`CardFile`](crate::CardFile) and [`RateBook`].
    #[must_use]
    pub fn rate_book(mut self, book: RateBook) -> Self {
        self.rate_book = book;
        self
    }

    /// Has requests carried out by `exec` instead of by the network, for simulations.
    ///
    /// **Outside the stability promise**, as [`Client::raw`] is: its types are the low-level
    /// client's.
    #[must_use]
    pub fn raw_exec(mut self, exec: Arc<dyn creatify_api::Exec>) -> Self {
        self.exec = Some(exec);
        self
    }

    /// Counts polls, refusals, credits and the like there; see [`crate::telemetry`].
    #[must_use]
    pub fn metrics(mut self, metrics: impl Metrics) -> Self {
        self.meter = Meter::new(metrics);
        self
    }

    /// Makes the client. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Credentials`] when a key is missing or malformed, [`ErrorKind::Invalid`] when
    /// the address is, or when there is a receiver of call-backs and no ledger.
    pub fn build(self) -> Result<Client, Error> {
        let missing = |name: &str| {
            Error::new(ErrorKind::Credentials, format!("{name} is missing"))
                .hint("set CREATIFY_API_ID and CREATIFY_API_KEY; both come from the settings page")
        };
        let api_id = self.api_id.ok_or_else(|| missing("the API id"))?;
        let api_key = self.api_key.ok_or_else(|| missing("the API key"))?;
        let credentials =
            creatify_api::Credentials::new(api_id.expose_secret(), api_key.expose_secret())
                .map_err(|error| {
                    Error::new(ErrorKind::Credentials, error.to_string()).because(error)
                })?;
        let base_url = self.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL);
        let mut config = creatify_api::Config::new(credentials).base_url(base_url);
        if let Some(timeout) = self.request_timeout {
            config = config.request_timeout(timeout);
        }
        if let Some(exec) = self.exec {
            config = config.exec(exec);
        }
        let api = config
            .build()
            .map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()).because(error))?;
        if self.webhooks.is_some() && self.journal.is_none() {
            let message = "call-backs are told apart by a ledger, and this client keeps none";
            return Err(Error::new(ErrorKind::Invalid, message)
                .hint("give the builder the journal that the receiver was made of"));
        }
        let timer = self.timer.unwrap_or_else(|| Arc::new(TokioTimer::new()));
        Ok(Client {
            api,
            timer,
            journal: self.journal,
            webhooks: self.webhooks,
            fleet: Slot::default(),
            rate_book: Arc::new(self.rate_book),
            meter: self.meter,
            stop: Stop::default(),
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
