//! Delivery of call-backs: bodies with the documented keys, posted in the order of the status
//! changes, to loopback or over https only. Must not retry, follow redirects or read answers.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::network::Network;

/// How long a receiver may take, in real time.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// So many call-backs wait for their receivers; more are dropped, so that one that never answers does
/// not fill the memory.
pub(crate) const WAITING: usize = 10_000;

/// One call-back to be made.
#[derive(Debug)]
struct Message {
    url: Url,
    body: Value,
    done: oneshot::Sender<()>,
}

/// Resolves once a call-back was made or given up.
pub(crate) type Delivery = oneshot::Receiver<()>;

/// The queues of call-backs: one for receivers on this machine, which the clock waits for, and one
/// for all others, which it does not.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    near: mpsc::Sender<Message>,
    far: mpsc::Sender<Message>,
}

impl Outbox {
    /// Starts the two tasks that deliver; they end when the last sender is dropped.
    ///
    /// # Errors
    ///
    /// A text when the HTTP client cannot be built.
    pub(crate) fn start() -> Result<Self, String> {
        let (near, queue) = mpsc::channel(WAITING);
        let client = near_client()?;
        tokio::spawn(deliver_near(queue, client));
        let (far, queue) = mpsc::channel(WAITING);
        tokio::spawn(deliver_far(queue));
        Ok(Self { near, far })
    }

    /// Starts the task that delivers over another network, whatever the address; the clock waits for
    /// no delivery there.
    pub(crate) fn start_on<N: Network>(network: Arc<N>) -> Self {
        let (far, mut queue) = mpsc::channel::<Message>(WAITING);
        tokio::spawn(async move {
            while let Some(message) = queue.recv().await {
                let body = message.body.to_string();
                network.post(message.url.as_str(), body).await;
                // The one who waits may have gone.
                let _ = message.done.send(());
            }
        });
        let near = far.clone();
        Self { near, far }
    }

    /// Queues a call-back. Gives back what to wait for, if the receiver is on this machine; an
    /// address that is neither loopback nor https gets nothing.
    pub(crate) fn send(&self, url: &str, body: Value) -> Option<Delivery> {
        let url = Url::parse(url).ok()?;
        let Some(near) = is_near(&url) else {
            tracing::warn!("webhook not sent: neither a loopback address nor https");
            return None;
        };
        let (done, delivery) = oneshot::channel();
        let queue = if near { &self.near } else { &self.far };
        if queue.try_send(Message { url, body, done }).is_err() {
            tracing::warn!("webhook dropped: {WAITING} wait for their receivers already");
            return None;
        }
        near.then_some(delivery)
    }
}

/// Whether the receiver is on this machine; `None` for one that nothing may be sent to.
fn is_near(url: &Url) -> Option<bool> {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    let loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "http" => loopback.then_some(true),
        "https" => Some(false),
        _ => None,
    }
}

async fn deliver_near(mut queue: mpsc::Receiver<Message>, client: reqwest::Client) {
    while let Some(message) = queue.recv().await {
        post(&client, message).await;
    }
}

/// The client for the wide world needs the machine's certificates, so it is built at its first use.
async fn deliver_far(mut queue: mpsc::Receiver<Message>) {
    let mut client = None;
    while let Some(message) = queue.recv().await {
        if client.is_none() {
            match far_client() {
                Ok(built) => client = Some(built),
                Err(error) => tracing::warn!("webhook not sent: {error}"),
            }
        }
        if let Some(client) = &client {
            post(client, message).await;
        }
    }
}

async fn post(client: &reqwest::Client, message: Message) {
    let sent = client.post(message.url).json(&message.body).send().await;
    if let Err(error) = sent {
        tracing::debug!("webhook not delivered: {}", error.without_url());
    }
    // The one who waits may have gone.
    let _ = message.done.send(());
}

/// A client for an address: with the machine's certificates for https, without any for loopback;
/// `None` for an address that nothing may be sent to.
pub(crate) fn client_for(url: &str) -> Result<Option<reqwest::Client>, String> {
    let near = Url::parse(url).ok().as_ref().and_then(is_near);
    match near {
        None => Ok(None),
        Some(true) => near_client().map(Some),
        Some(false) => far_client().map(Some),
    }
}

fn near_client() -> Result<reqwest::Client, String> {
    let tls = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    build(reqwest::Client::builder().no_proxy(), tls)
}

fn far_client() -> Result<reqwest::Client, String> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let tls = rustls::ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| error.to_string())?
        .with_no_client_auth();
    build(reqwest::Client::builder().https_only(true), tls)
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn build(
    builder: reqwest::ClientBuilder,
    tls: rustls::ClientConfig,
) -> Result<reqwest::Client, String> {
    builder
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIME_LIMIT)
        .build()
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing but the queue takes part: on one thread its task runs only once this one waits.
    #[tokio::test]
    async fn no_more_wait_than_fit() {
        let outbox = Outbox::start().unwrap();
        let send = || outbox.send("http://127.0.0.1:9/", Value::Null);
        let waiting: Vec<_> = (0..WAITING).map(|_| send().unwrap()).collect();
        assert_eq!(waiting.len(), WAITING);
        assert!(send().is_none());
    }

    #[test]
    fn receivers_are_on_this_machine_or_reached_over_https() {
        let near = |text: &str| is_near(&Url::parse(text).unwrap());
        assert_eq!(near("http://127.0.0.1:80/hook"), Some(true));
        assert_eq!(near("http://[::1]/hook"), Some(true));
        assert_eq!(near("http://localhost:1/"), Some(true));
        assert_eq!(near("https://example.com/"), Some(false));
        assert_eq!(near("http://example.com/"), None);
        assert_eq!(near("http://127.0.0.1.example.com/"), None);
        assert_eq!(near("ftp://127.0.0.1/"), None);
    }
}
