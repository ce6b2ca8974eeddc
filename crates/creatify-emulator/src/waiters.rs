//! Time that passes by itself once nobody has anything left to do: waiters say when they sleep, and
//! when all of them do and no request is open, a virtual clock moves to the first who wakes. Must not
//! move a clock that moves by itself.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use crate::clock::{self, LATEST, Millis};
use crate::shared::Shared;

/// One of those who wait on the emulator's clock, got by [`Emulator::waiter`](crate::Emulator::waiter).
///
/// While one of them is awake, or a request is open, a virtual clock stands still; when all of them
/// sleep, it moves to the first who wakes. So several tasks can wait side by side and see the order
/// of events they would see in real time. Drop the waiter when its task has nothing left to wait for.
///
/// ```
/// use std::time::Duration;
/// use creatify_emulator::{Emulator, Waiter};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), creatify_emulator::StartError> {
/// let emulator = Emulator::start().await?;
/// let begun = emulator.now();
/// let wait = async |waiter: Waiter, seconds| {
///     waiter.sleep(Duration::from_secs(seconds)).await;
///     emulator.now().duration_since(begun).unwrap_or_default().as_secs()
/// };
/// let (late, early) = (emulator.waiter(), emulator.waiter());
/// assert_eq!(tokio::join!(wait(late, 90), wait(early, 60)), (90, 60));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Waiter {
    shared: Arc<Shared>,
}

/// Who is awake and who sleeps until when.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    awake: usize,
    open: usize,
    asleep: BTreeSet<(Millis, u64)>,
    next: u64,
}

impl Waiters {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_waiters();
    }

    pub(crate) fn request_opened(&self) {
        self.state().open += 1;
    }

    pub(crate) fn request_closed(&self) {
        let idle = {
            let mut state = self.state();
            state.open = state.open.saturating_sub(1);
            state.open == 0 && !state.asleep.is_empty()
        };
        if idle {
            self.changed.notify_waiters();
        }
    }

    /// Whether this sleeper is the first to wake and everybody else has nothing to do.
    fn may_move(&self, key: (Millis, u64)) -> bool {
        let state = self.state();
        state.awake == 0 && state.open == 0 && state.asleep.first() == Some(&key)
    }
}

impl Waiter {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        shared.waiters.change(|state| state.awake += 1);
        Self {
            shared: Arc::clone(shared),
        }
    }

    /// Sleeps for so long on the emulator's clock.
    pub async fn sleep(&self, duration: Duration) {
        let passed = Millis::try_from(duration.as_millis()).unwrap_or(LATEST);
        let now = self.shared.world().clock.now();
        self.until(now.saturating_add(passed)).await;
    }

    /// Sleeps until a time on the emulator's clock; one that has passed needs no sleep.
    pub async fn sleep_until(&self, time: SystemTime) {
        self.until(clock::millis(time)).await;
    }

    async fn until(&self, time: Millis) {
        let time = time.min(LATEST);
        let is_virtual = {
            let mut world = self.shared.world();
            if world.clock.now() >= time {
                return;
            }
            world.clock.kind().is_virtual()
        };
        if !is_virtual {
            return self.shared.advance_to(time).await;
        }
        let waiters = &self.shared.waiters;
        let sleep = Asleep::new(waiters, time);
        loop {
            let changed = waiters.changed.notified();
            tokio::pin!(changed);
            // Registered before the look, so that no change between the two is missed.
            changed.as_mut().enable();
            if self.shared.world().clock.now() >= time {
                return;
            }
            if waiters.may_move(sleep.key) {
                return self.shared.advance_to(time).await;
            }
            changed.await;
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.shared
            .waiters
            .change(|state| state.awake = state.awake.saturating_sub(1));
    }
}

/// One sleep; whoever gives it up is awake again.
struct Asleep<'a> {
    waiters: &'a Waiters,
    key: (Millis, u64),
}

impl<'a> Asleep<'a> {
    fn new(waiters: &'a Waiters, time: Millis) -> Self {
        let mut key = (time, 0);
        waiters.change(|state| {
            key.1 = state.next;
            state.next = state.next.wrapping_add(1);
            state.asleep.insert(key);
            state.awake = state.awake.saturating_sub(1);
        });
        Self { waiters, key }
    }
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        let key = self.key;
        self.waiters.change(|state| {
            state.asleep.remove(&key);
            state.awake += 1;
        });
    }
}
