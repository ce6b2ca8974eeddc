//! Fetching an output as if its address came from an enemy, because it may.
//!
//! A job's output is an address that the service writes, and whoever can write there could point it
//! at this machine's own network. So a [`Downloader`] connects only over https, only to listed
//! hosts, only to public addresses that were checked before the connection was made, and follows no
//! redirect. It sends no credentials and takes no file name from outside. What arrives is hashed
//! while it is written to `<name>.part`; the final name appears in one step, complete.
//!
//! Download soon: for templates, avatar and link videos the service prints no retention, for Aurora
//! it prints at least seven days, and an editor address lasts 24 hours.
//!
//! ```no_run
//! use creatify::download::{Downloader, video_file_name};
//!
//! # async fn run(finished: creatify::Finished) -> Result<(), creatify::Error> {
//! let Some(url) = &finished.state().video_url else { return Ok(()) };
//! let downloaded = Downloader::new()
//!     .save(url, video_file_name(finished.job_ref()))
//!     .progress(|progress| println!("{} of {:?} bytes", progress.received, progress.total))
//!     .await?;
//! println!("{} {}", downloaded.sha256, downloaded.path.display());
//! # Ok(()) }
//! ```

mod address;
mod answer;
mod network;
mod part;
mod transfer;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use creatify_core::JobRef;

pub use self::network::{Resolver, SystemResolver};

use self::address::Rules;
use crate::timer::{Timer, TokioTimer};
use crate::{BoxFuture, Error};

/// The most bytes one download may have, unless set otherwise: 2 GiB.
pub const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// How long one download may take, unless set otherwise.
pub const TIME_LIMIT: Duration = Duration::from_secs(30 * 60);

/// How long a server may send nothing, unless set otherwise.
pub const STALL_LIMIT: Duration = Duration::from_secs(30);

/// The file name for a job's video: its id and `.mp4`.
///
/// It is made from the reference alone, never from an address. All videos seen so far were MP4.
#[must_use]
pub fn video_file_name(job: &JobRef) -> String {
    format!("{}.mp4", job.id())
}

/// Downloads outputs; cheap to clone. See [`crate::download`].
#[derive(Clone)]
pub struct Downloader {
    rules: Rules,
    limits: Limits,
    timer: Arc<dyn Timer>,
    resolver: Arc<dyn Resolver>,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    bytes: u64,
    time: Duration,
    stall: Duration,
}

impl Downloader {
    /// A downloader for the hosts that outputs were observed on; no page of the vendor lists them:
    /// `cdn.creatify.ai`, the distributions of `cloudfront.net`, and buckets whose name begins with
    /// `remotionlambda-` on `s3.<region>.amazonaws.com`.
    #[must_use]
    pub fn new() -> Self {
        Self {
            rules: Rules::observed(),
            limits: Limits {
                bytes: MAX_BYTES,
                time: TIME_LIMIT,
                stall: STALL_LIMIT,
            },
            timer: Arc::new(TokioTimer::new()),
            resolver: Arc::new(SystemResolver),
        }
    }

    /// Forgets the observed hosts: only those that are allowed from here on count.
    #[must_use]
    pub fn without_observed_hosts(mut self) -> Self {
        self.rules = Rules::none();
        self
    }

    /// Also downloads from this host, over https at port 443.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) when it is no plain host name.
    pub fn allow_host(mut self, host: &str) -> Result<Self, Error> {
        self.rules.allow_host(host)?;
        Ok(self)
    }

    /// Also downloads from the hosts one label below this domain, over https at port 443.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) when it is no plain host name.
    pub fn allow_hosts_below(mut self, domain: &str) -> Result<Self, Error> {
        self.rules.allow_hosts_below(domain)?;
        Ok(self)
    }

    /// Also downloads from this origin on this machine, http included: for the emulator.
    ///
    /// `origin` is an address such as `http://127.0.0.1:8080`; its path does not matter. Other ports
    /// of this machine stay out of reach.
    ///
    /// # Errors
    ///
    /// [`Invalid`](crate::ErrorKind::Invalid) when it is not on this machine.
    pub fn allow_loopback(mut self, origin: &str) -> Result<Self, Error> {
        self.rules.allow_loopback(origin)?;
        Ok(self)
    }

    /// The most bytes one download may have; [`MAX_BYTES`] at first.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.limits.bytes = bytes;
        self
    }

    /// How long one download may take, resumptions included; [`TIME_LIMIT`] at first.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limits.time = limit;
        self
    }

    /// How long the server may send nothing; [`STALL_LIMIT`] at first.
    #[must_use]
    pub fn stall_limit(mut self, limit: Duration) -> Self {
        self.limits.stall = limit;
        self
    }

    /// Another source of time for the limits.
    #[must_use]
    pub fn timer(mut self, timer: impl Timer) -> Self {
        self.timer = Arc::new(timer);
        self
    }

    /// Another source of addresses; what it gives is checked all the same.
    #[must_use]
    pub fn resolver(mut self, resolver: impl Resolver) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Downloads `url` into the file `path`; `.await` it.
    ///
    /// Beside it, `<path>.part` holds what has arrived and `<path>.part.json` what it takes to
    /// resume; a later call for the same address goes on from there if the server still has the very
    /// same file. Both are gone when the file is complete.
    pub fn save(&self, url: impl Into<String>, path: impl Into<PathBuf>) -> Download {
        Download {
            downloader: self.clone(),
            url: url.into(),
            path: path.into(),
            replaces: false,
            progress: None,
        }
    }
}

impl Default for Downloader {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Downloader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Downloader")
            .field("rules", &self.rules)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of the file that are here, those of an earlier call included.
    pub received: u64,
    /// Bytes of the whole file, where the server says so.
    pub total: Option<u64>,
}

type Observer = Box<dyn FnMut(Progress) + Send>;

/// A download that has not begun; `.await` it. Made by [`Downloader::save`].
///
/// Dropping it half-way leaves `<path>.part` behind, to be resumed.
///
/// # Errors
///
/// [`Unsafe`](crate::ErrorKind::Unsafe) when a protection refuses; nothing is tried again then.
/// [`Unreachable`](crate::ErrorKind::Unreachable) when the server cannot be reached, has not got the
/// file, or breaks off without letting itself be resumed; what has arrived is kept.
/// [`File`](crate::ErrorKind::File) when the file is there already, is being written by another
/// download, or cannot be written. The messages name the host and never the address, which may
/// hold a signature.
#[must_use = "a download does nothing until it is awaited"]
pub struct Download {
    downloader: Downloader,
    url: String,
    path: PathBuf,
    replaces: bool,
    progress: Option<Observer>,
}

impl Download {
    /// Replaces the file if it is there already.
    pub fn replacing(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Calls `observer` whenever something has arrived.
    pub fn progress(mut self, observer: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = Some(Box::new(observer));
        self
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl IntoFuture for Download {
    type Output = Result<Downloaded, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> BoxFuture<'static, Self::Output> {
        Box::pin(transfer::run(self))
    }
}

/// A file that is complete and under its final name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// Where it is.
    pub path: PathBuf,
    /// Its length, in bytes.
    pub bytes: u64,
    /// Its SHA-256, in lower-case hexadecimal.
    pub sha256: String,
    /// Bytes that an earlier call had left behind; 0 when it was fetched from the beginning.
    pub resumed_at: u64,
    /// What the server calls its kind; not believed.
    pub media_type: Option<String>,
}
