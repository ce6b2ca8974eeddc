//! The client's only source of time: how long it has run, what day it is, how to sleep.
//!
//! Nothing else in the facade reads a clock, so a test or the emulator replaces time as a whole by
//! giving the builder another [`Timer`].

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use creatify_core::Day;

/// A future that can be stored and sent between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Time as the client sees it.
///
/// Waits use [`now`](Timer::now), which never goes backwards; quotes and ledgers use
/// [`wall`](Timer::wall), because prices and records are dated. The two are apart on purpose: a wall clock that is set back by a day
/// must not prolong a wait.
pub trait Timer: Send + Sync + 'static {
    /// Time since some fixed moment; never goes backwards.
    fn now(&self) -> Duration;

    /// The time of day and calendar; may be set back or forward by whoever owns the machine.
    fn wall(&self) -> SystemTime;

    /// The day in UTC.
    fn today(&self) -> Day {
        day_of(self.wall())
    }

    /// Returns once `duration` has passed by this timer.
    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()>;
}

/// Real time, on tokio's timer. Needs a tokio runtime with its time driver enabled.
#[derive(Debug, Clone)]
pub struct TokioTimer {
    started: Instant,
}

impl TokioTimer {
    /// A timer whose `now` counts from this call.
    #[must_use]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for TokioTimer {
    fn default() -> Self {
        Self::new()
    }
}

impl Timer for TokioTimer {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The day in UTC that `time` falls on; the epoch's first day for any time before it.
pub(crate) fn day_of(time: SystemTime) -> Day {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs());
    i64::try_from(seconds)
        .ok()
        .and_then(Day::from_unix_seconds)
        .unwrap_or(Day::MAX)
}
