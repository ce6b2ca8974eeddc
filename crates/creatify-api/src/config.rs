//! How a client is made: credentials, address, time limits, and what carries out the requests.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    Client,
    base_url::{BaseUrl, BaseUrlError},
    credentials::{CredentialError, Credentials},
    inner::Inner,
    transport::{self, Exec},
};

/// The vendor's address.
pub const DEFAULT_BASE_URL: &str = "https://api.creatify.ai";

/// Time limit of an ordinary call, answer included.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Time limit of a call that answers only when its work is done.
const BLOCKING_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// Settings of a client.
#[derive(Clone)]
pub struct Config {
    credentials: Credentials,
    base_url: String,
    request_timeout: Duration,
    blocking_timeout: Duration,
    exec: Option<Arc<dyn Exec>>,
}

/// Why no client could be made.
#[derive(Debug)]
pub struct BuildError(Cause);

#[derive(Debug)]
enum Cause {
    BaseUrl(BaseUrlError),
    Credentials(CredentialError),
    Transport(String),
}

impl Config {
    /// Settings with the vendor's address and the default time limits.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            base_url: DEFAULT_BASE_URL.to_owned(),
            request_timeout: REQUEST_TIMEOUT,
            blocking_timeout: BLOCKING_TIMEOUT,
            exec: None,
        }
    }

    /// Sets the address that paths are appended to, [`DEFAULT_BASE_URL`] at first.
    ///
    /// It is https, or http on this machine (`localhost` or a loopback address); it has no user
    /// name, query or fragment. Trailing slashes do not matter.
    #[must_use]
    pub fn base_url(mut self, base_url: &str) -> Self {
        base_url.clone_into(&mut self.base_url);
        self
    }

    /// Sets the time limit of an ordinary call, its answer included; 60 s at first.
    #[must_use]
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = limit;
        self
    }

    /// Sets the time limit of the operations that answer only when their work is done; 15 min at
    /// first. Which ones those are, `operations::all()` tells.
    #[must_use]
    pub fn blocking_timeout(mut self, limit: Duration) -> Self {
        self.blocking_timeout = limit;
        self
    }

    /// Has the requests carried out by `exec` instead of by the network, for simulations.
    #[must_use]
    pub fn exec(mut self, exec: Arc<dyn Exec>) -> Self {
        self.exec = Some(exec);
        self
    }

    /// Makes the client. Sends nothing, and reads no certificates before the first call.
    ///
    /// # Errors
    ///
    /// When the address is not one that keys may be sent to.
    pub fn build(self) -> Result<Client, BuildError> {
        let base_url = BaseUrl::parse(&self.base_url).map_err(|e| BuildError(Cause::BaseUrl(e)))?;
        let drafts = transport::drafting_client().map_err(|e| BuildError(Cause::Transport(e)))?;
        let inner = Inner::new(
            self.credentials,
            base_url.clone(),
            self.request_timeout,
            self.blocking_timeout,
            self.exec,
        )
        .map_err(|e| BuildError(Cause::Credentials(e)))?;
        Ok(Client::new_with_client(base_url.as_str(), drafts, inner))
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address is left out: it is not yet known to be free of secrets.
        f.debug_struct("Config")
            .field("request_timeout", &self.request_timeout)
            .field("blocking_timeout", &self.blocking_timeout)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::BaseUrl(error) => error.fmt(f),
            Cause::Credentials(error) => error.fmt(f),
            Cause::Transport(message) => write!(f, "the http client cannot be made: {message}"),
        }
    }
}

impl std::error::Error for BuildError {}

impl Client {
    /// The address requests go to, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.baseurl
    }
}
