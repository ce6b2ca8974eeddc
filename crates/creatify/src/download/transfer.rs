//! One download from the first check to the final name: connect, receive, go on after a break.
//!
//! The order is the protection: the address is checked, then where it leads, and only then is
//! anything sent or any file touched.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{ACCEPT_ENCODING, IF_RANGE, RANGE};
use reqwest::{Client, Response, redirect, retry};
use tracing::Instrument as _;

use super::address::Target;
use super::answer::{Have, Head, Plan, Stop, too_large};
use super::part::Part;
use super::{Download, Downloaded, Downloader, Observer, Progress, network};
use crate::{Error, ErrorKind};

/// Requests that one download may take; each one after the first goes on where the last one ended.
const MAX_REQUESTS: u32 = 5;

/// Pause before going on for the second time; the third waits twice as long, and so on.
const PAUSE: Duration = Duration::from_secs(1);

/// How much is gathered before it is written.
const BUFFER: usize = 256 * 1024;

const USER_AGENT: &str = concat!("creatify-rs/", env!("CARGO_PKG_VERSION"));

pub(super) async fn run(download: Download) -> Result<Downloaded, Error> {
    let Download {
        downloader,
        url,
        path,
        replaces,
        progress,
    } = download;
    let target = downloader.rules.check(&url)?;
    let limit = downloader.limits.time;
    let timer = downloader.timer.clone();
    let host = target.host.clone();
    let span = tracing::info_span!("download", host);
    let all = async move {
        let looked_up = network::addresses(&*downloader.resolver, &target);
        let addresses = downloader.unless_stalled(&target.host, looked_up).await??;
        let client = client(&target, &addresses)?;
        let part = blocking(move || Part::open(path, &url, replaces)).await?;
        let transfer = Transfer {
            downloader,
            target,
            client,
            part: Some(part),
            progress,
            media_type: None,
        };
        transfer.run().await
    };
    let all = all.instrument(span);
    tokio::select! {
        biased;
        done = all => done,
        () = timer.sleep(limit) => Err(Error::new(
            ErrorKind::Unreachable,
            format!("the download from {host} is not complete after {} s", limit.as_secs()),
        )
        .hint("what has arrived is kept; the same download goes on from there")),
    }
}

/// A client that can reach the checked addresses and nothing else.
fn client(target: &Target, addresses: &[SocketAddr]) -> Result<Client, Error> {
    let is_https = target.url.scheme() == "https";
    let failed = |why: String| {
        Error::new(
            ErrorKind::Unreachable,
            format!("no connection can be made: {why}"),
        )
    };
    let tls = creatify_api::tls_config(is_https).map_err(failed)?;
    Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(is_https)
        // A proxy would look the name up by itself, past every check.
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .user_agent(USER_AGENT)
        .resolve_to_addrs(&target.host, addresses)
        .dns_resolver(NoNames)
        .build()
        .map_err(|error| failed(error.to_string()))
}

/// Resolves nothing: the one name there is has its addresses already.
struct NoNames;

impl Resolve for NoNames {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async {
            let none: Addrs = Box::new(std::iter::empty());
            Ok(none)
        })
    }
}

struct Transfer {
    downloader: Downloader,
    target: Target,
    client: Client,
    /// Absent only while a thread writes to it.
    part: Option<Part>,
    progress: Option<Observer>,
    media_type: Option<String>,
}

impl Transfer {
    async fn run(mut self) -> Result<Downloaded, Error> {
        let mut requests = 0;
        loop {
            requests += 1;
            let before = self.part()?.bytes();
            let error = match self.request().await {
                Ok(()) => break,
                Err(Stop::Final(error)) => return Err(self.keep_or_discard(error).await),
                Err(Stop::StartOver) => {
                    self.write(Part::start_over).await?;
                    let message = format!("the file on {} keeps changing", self.target.host);
                    Error::new(ErrorKind::Unreachable, message)
                }
                Err(Stop::Broken(error)) => error,
            };
            tracing::debug!(host = %self.target.host, %error, "a download broke off");
            let part = self.part()?;
            let is_stuck = part.bytes() > 0 && part.bytes() == before && part.validator().is_none();
            if requests >= MAX_REQUESTS || is_stuck {
                return Err(error);
            }
            // A connection that breaks once is taken up again at once.
            if requests > 1 {
                self.downloader.timer.sleep(PAUSE * (requests - 1)).await;
            }
        }
        let part = self.part.take().ok_or_else(lost)?;
        let (bytes, resumed_at) = (part.bytes(), part.resumed_at());
        let (path, sha256) = blocking(move || part.finish()).await?;
        tracing::info!(host = %self.target.host, bytes, resumed_at, "downloaded");
        Ok(Downloaded {
            path,
            bytes,
            sha256,
            resumed_at,
            media_type: self.media_type,
        })
    }

    /// One request and its body; returns when the file is complete.
    async fn request(&mut self) -> Result<(), Stop> {
        let part = self.part().map_err(Stop::Final)?;
        let mut request = self
            .client
            .get(self.target.url.clone())
            .header(ACCEPT_ENCODING, "identity");
        if let Some(validator) = part.validator() {
            request = request
                .header(RANGE, format!("bytes={}-", part.bytes()))
                .header(IF_RANGE, validator);
        }
        let host = self.target.host.clone();
        let sent = self.downloader.unless_stalled(&host, request.send()).await;
        let response = sent
            .map_err(Stop::Broken)?
            .map_err(|error| Stop::Broken(self.broken(error)))?;
        let head = Head::of(&response);
        let have = Have {
            bytes: part.bytes(),
            validator: part.validator(),
        };
        let max_bytes = self.downloader.limits.bytes;
        let plan = head.plan(have, &host, max_bytes)?;
        let total = match plan {
            Plan::Complete => return Ok(()),
            Plan::Rest { total } => total,
            Plan::Whole { total } => {
                let etag = head.etag.clone();
                self.write(move |part| part.begin(etag))
                    .await
                    .map_err(Stop::Final)?;
                total
            }
        };
        self.media_type = head.media_type;
        self.receive(response, total).await
    }

    async fn receive(&mut self, mut response: Response, total: Option<u64>) -> Result<(), Stop> {
        let host = self.target.host.clone();
        let max_bytes = self.downloader.limits.bytes;
        let mut received = self.part().map_err(Stop::Final)?.bytes();
        let mut buffer = Vec::new();
        self.show(received, total);
        let end = loop {
            let chunk = self
                .downloader
                .unless_stalled(&host, response.chunk())
                .await;
            match chunk {
                Ok(Ok(Some(chunk))) => {
                    received += chunk.len() as u64;
                    if received > max_bytes {
                        break Err(Stop::Final(too_large(&host, max_bytes)));
                    }
                    buffer.extend_from_slice(&chunk);
                    if buffer.len() >= BUFFER {
                        self.flush(&mut buffer).await?;
                    }
                    self.show(received, total);
                }
                Ok(Ok(None)) => break Ok(()),
                Ok(Err(error)) => break Err(Stop::Broken(self.broken(error))),
                Err(error) => break Err(Stop::Broken(error)),
            }
        };
        self.flush(&mut buffer).await?;
        end?;
        if total.is_some_and(|total| total != received) {
            let message = format!("{host} sent {received} bytes and had announced another length");
            return Err(Stop::Broken(Error::new(ErrorKind::Unreachable, message)));
        }
        Ok(())
    }

    async fn flush(&mut self, buffer: &mut Vec<u8>) -> Result<(), Stop> {
        let bytes = std::mem::take(buffer);
        if bytes.is_empty() {
            return Ok(());
        }
        self.write(move |part| part.append(&bytes))
            .await
            .map_err(Stop::Final)
    }

    /// Works on the part file on a thread that may block.
    async fn write(
        &mut self,
        work: impl FnOnce(&mut Part) -> Result<(), Error> + Send + 'static,
    ) -> Result<(), Error> {
        let mut part = self.part.take().ok_or_else(lost)?;
        let (part, done) = blocking(move || {
            let done = work(&mut part);
            Ok((part, done))
        })
        .await?;
        self.part = Some(part);
        done
    }

    /// After a refusal nothing stays behind; after anything else, what has arrived does.
    async fn keep_or_discard(&mut self, error: Error) -> Error {
        if error.kind() == ErrorKind::Unsafe
            && let Some(part) = self.part.take()
        {
            // The refusal is what matters; a file that cannot be removed is never complete.
            let _ = blocking(move || part.discard()).await;
        }
        error
    }

    fn part(&self) -> Result<&Part, Error> {
        self.part.as_ref().ok_or_else(lost)
    }

    fn show(&mut self, received: u64, total: Option<u64>) {
        if let Some(observer) = &mut self.progress {
            observer(Progress { received, total });
        }
    }

    fn broken(&self, error: reqwest::Error) -> Error {
        let message = format!("the connection to {} failed", self.target.host);
        Error::new(ErrorKind::Unreachable, message)
            .hint("what has arrived is kept; the same download goes on from there")
            .because(error.without_url())
    }
}

impl Downloader {
    /// The future's result, unless it takes longer than a server may send nothing.
    async fn unless_stalled<T>(
        &self,
        host: &str,
        future: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let limit = self.limits.stall;
        tokio::select! {
            biased;
            output = future => Ok(output),
            () = self.timer.sleep(limit) => Err(Error::new(
                ErrorKind::Unreachable,
                format!("{host} has sent nothing for {} s", limit.as_secs()),
            )),
        }
    }
}

/// Runs something that blocks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(lost()))
}

fn lost() -> Error {
    Error::new(ErrorKind::File, "the thread that writes the file has ended")
}
