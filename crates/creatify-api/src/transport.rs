//! What carries requests: two lanes over one TLS configuration, and the place to put another.
//!
//! The paid lane opens a fresh connection for every request and repeats nothing, not even below
//! HTTP: a connection that the server closed while it was idle is the most common reason not to
//! know whether a request was received. Neither lane follows redirects. No lane knows a key.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use http::Method;
use reqwest::{Client, ClientBuilder, Request, Response, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;

use crate::base_url::BaseUrl;

/// A connection that is not there after this time does not come.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const USER_AGENT: &str = concat!("creatify-rs/", env!("CARGO_PKG_VERSION"));

/// Carries out a request in place of the network, for simulations and tests.
///
/// The request is complete: keys, time limit and body are on it.
pub trait Exec: Send + Sync + 'static {
    /// Carries out one request.
    fn exec(&self, request: Request) -> ExecFuture<'_>;
}

/// What comes of a request.
pub type ExecFuture<'a> = Pin<Box<dyn Future<Output = reqwest::Result<Response>> + Send + 'a>>;

/// The two lanes.
pub(crate) struct Lanes {
    read: Client,
    paid: Client,
}

impl Lanes {
    /// Reads the platform's certificates where they are needed, and makes both lanes.
    pub(crate) fn new(base_url: &BaseUrl) -> Result<Self, String> {
        let tls = tls(base_url.is_https())?;
        let builder = || {
            let builder = bare(tls.clone())
                .connect_timeout(CONNECT_TIMEOUT)
                .user_agent(USER_AGENT);
            // A proxy has no business between this machine and itself, and would see the keys.
            if base_url.is_loopback() {
                builder.no_proxy()
            } else {
                builder
            }
        };
        let read = builder().build().map_err(|error| error.to_string())?;
        let paid = builder()
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { read, paid })
    }

    /// The lane for a method: whatever is no read may cost something.
    pub(crate) fn of(&self, method: &Method) -> &Client {
        if matches!(*method, Method::GET | Method::HEAD) {
            &self.read
        } else {
            &self.paid
        }
    }
}

/// A client that requests are drafted with and never sent by: it trusts no certificate.
pub(crate) fn drafting_client() -> Result<Client, String> {
    bare(tls(false)?)
        .no_proxy()
        .build()
        .map_err(|error| error.to_string())
}

fn bare(tls: ClientConfig) -> ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
}

/// The TLS settings of both lanes, for requests that go elsewhere than to the API and carry no key.
///
/// Without certificates no https connection can be made; that is for http on this machine.
///
/// # Errors
///
/// A text when the platform's certificates cannot be used.
pub fn tls_config(with_certificates: bool) -> Result<ClientConfig, String> {
    tls(with_certificates)
}

fn tls(with_certificates: bool) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = if with_certificates {
        builder
            .with_platform_verifier()
            .map_err(|error| format!("the platform's certificates cannot be used: {error}"))?
    } else {
        builder.with_root_certificates(RootCertStore::empty())
    };
    Ok(builder.with_no_client_auth())
}
