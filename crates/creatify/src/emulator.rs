//! The client on the emulator's clock: everything runs, nothing is paid, no time passes.
//!
//! Re-exports `creatify-emulator` and adds the adapter between its clock and the client's
//! [`Timer`]. Behind the feature `emulator`; not for production code.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

pub use creatify_emulator::*;
use tokio::sync::Notify;

use crate::{BoxFuture, Client, Error, Timer};

/// A client of `emulator`, with its keys and on its clock.
///
/// ```
/// use std::sync::Arc;
/// use creatify::emulator::{Emulator, client};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Arc::new(Emulator::start().await?);
/// let client = client(&emulator)?;
/// assert_eq!(client.credits().await?.to_string(), "1000");
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// As [`ClientBuilder::build`](crate::ClientBuilder::build); the emulator's own keys and address
/// are always good.
pub fn client(emulator: &Arc<Emulator>) -> Result<Client, Error> {
    Client::builder()
        .credentials(emulator.api_id(), emulator.api_key())
        .base_url(emulator.url())
        .timer(EmulatorTimer::new(emulator))
        .build()
}

/// The emulator's clock as a client's [`Timer`].
///
/// On a virtual clock a sleep moves the clock to its end, the earliest of several sleeps first, so
/// jobs waited for side by side see the same order of events as in real time.
#[derive(Clone)]
pub struct EmulatorTimer {
    emulator: Arc<Emulator>,
    started: SystemTime,
    sleepers: Arc<Sleepers>,
}

/// Who sleeps until when; the number keeps equal times apart.
#[derive(Default)]
struct Sleepers {
    until: Mutex<Queue>,
    changed: Notify,
}

#[derive(Default)]
struct Queue {
    sleeping: BTreeSet<(SystemTime, u64)>,
    next: u64,
}

impl EmulatorTimer {
    /// A timer whose `now` counts from the emulator's present time.
    #[must_use]
    pub fn new(emulator: &Arc<Emulator>) -> Self {
        let started = emulator.now();
        Self {
            emulator: Arc::clone(emulator),
            started,
            sleepers: Arc::default(),
        }
    }
}

impl Timer for EmulatorTimer {
    fn now(&self) -> Duration {
        self.emulator
            .now()
            .duration_since(self.started)
            .unwrap_or_default()
    }

    fn wall(&self) -> SystemTime {
        self.emulator.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let Some(until) = self.emulator.now().checked_add(duration) else {
                // Past the end of time: nobody waits for it.
                return std::future::pending().await;
            };
            let sleep = self.sleepers.enter(until);
            // Whoever else is about to sleep shall be asked first.
            tokio::task::yield_now().await;
            loop {
                let changed = self.sleepers.changed.notified();
                if self.sleepers.is_first(&sleep) {
                    self.emulator.advance_to(until).await;
                    return;
                }
                changed.await;
            }
        })
    }
}

impl Sleepers {
    fn enter(&self, until: SystemTime) -> Sleep<'_> {
        let mut queue = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (until, queue.next);
        queue.next = queue.next.wrapping_add(1);
        queue.sleeping.insert(key);
        Sleep {
            sleepers: self,
            key,
        }
    }

    fn is_first(&self, sleep: &Sleep<'_>) -> bool {
        let queue = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        queue.sleeping.first() == Some(&sleep.key)
    }
}

/// One sleep; dropping it, also half-way, lets the next one go.
struct Sleep<'s> {
    sleepers: &'s Sleepers,
    key: (SystemTime, u64),
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        let mut queue = self
            .sleepers
            .until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        queue.sleeping.remove(&self.key);
        drop(queue);
        self.sleepers.changed.notify_waiters();
    }
}
