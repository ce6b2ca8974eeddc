//! Who is woken by a call-back: the wait for its job, or whoever takes what nobody waits for.
//!
//! Wake-ups of one attempt merge, the queue is bounded, and nothing is lost by it: a wake-up only
//! brings a read forward that the wait's own schedule makes anyway.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use creatify_core::JobRef;
use tokio::sync::Notify;

use super::Attempt;

/// Wake-ups kept for those who come later.
const DEFAULT_CAPACITY: usize = 1_024;

/// A genuine call-back: a reason to read, and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wakeup {
    /// The attempt that was called back.
    pub attempt: Attempt,
    /// The job it made, where that is known.
    pub job: Option<JobRef>,
    /// Only while no job is known: the id that the call-back claims.
    ///
    /// Anybody who has the address can claim any id. Do not store it and do not read it as it is;
    /// [`Receiver::confirm`](super::Receiver::confirm) reads it and takes it only when the job that
    /// the service shows carries this attempt's own address.
    pub claimed_id: Option<String>,
}

/// How call-backs have fared so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Genuine call-backs.
    pub received: u64,
    /// Of these, the ones that added nothing to a wake-up already pending.
    pub merged: u64,
    /// Of these, the ones that found the queue full.
    pub dropped: u64,
    /// Calls that were refused: another path or method, a wrong token, too large, too slow, no JSON.
    pub refused: u64,
    /// Waits that ended without ever having been called back.
    pub missed: u64,
}

/// The bridge between a receiver and the waits; cheap to clone.
#[derive(Clone)]
pub struct Wakeups(Arc<Shared>);

struct Shared {
    capacity: usize,
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    pending: VecDeque<Wakeup>,
    watches: HashMap<String, Vec<Arc<Signal>>>,
    counters: Counters,
}

/// What one wait listens to. Each field is changed under the lock of [`State`] only.
#[derive(Default)]
struct Signal {
    notify: Notify,
    flags: Mutex<Flags>,
}

#[derive(Default, Clone, Copy)]
struct Flags {
    is_pending: bool,
    was_woken: bool,
}

impl Wakeups {
    /// A bridge that keeps at most 1,024 wake-ups that nobody waits for.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(DEFAULT_CAPACITY)
    }

    /// A bridge that keeps at most `capacity` wake-ups that nobody waits for, at least 1.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Arc::new(Shared {
            capacity: capacity.max(1),
            state: Mutex::default(),
            arrived: Notify::new(),
        }))
    }

    /// The next wake-up that no wait has taken; waits for one if there is none.
    ///
    /// For a scheduler that polls many jobs, and for attempts whose job is not known yet. Dropping
    /// the future loses nothing.
    pub async fn next(&self) -> Wakeup {
        loop {
            let arrived = self.0.arrived.notified();
            if let Some(wakeup) = self.try_next() {
                return wakeup;
            }
            arrived.await;
        }
    }

    /// The next wake-up that no wait has taken, if there is one.
    #[must_use]
    pub fn try_next(&self) -> Option<Wakeup> {
        let mut state = self.lock();
        let wakeup = state.pending.pop_front();
        if !state.pending.is_empty() {
            // One notice may stand for several arrivals.
            self.0.arrived.notify_one();
        }
        wakeup
    }

    /// How call-backs have fared so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.lock().counters
    }

    /// Wakes whoever waits for this; merges with a wake-up that is pending.
    pub(crate) fn wake(&self, wakeup: Wakeup) {
        let mut state = self.lock();
        let watches = wakeup
            .job
            .as_ref()
            .and_then(|job| state.watches.get(job.id()));
        if let Some(watches) = watches {
            let mut merged = true;
            for signal in watches {
                merged &= signal.raise();
            }
            state.counters.merged += u64::from(merged);
            return;
        }
        let same = state
            .pending
            .iter()
            .position(|one| one.attempt == wakeup.attempt);
        if let Some(same) = same {
            state.counters.merged += 1;
            state.pending[same] = wakeup;
        } else if state.pending.len() >= self.0.capacity {
            state.counters.dropped += 1;
        } else {
            state.pending.push_back(wakeup);
            self.0.arrived.notify_one();
        }
    }

    pub(crate) fn count(&self, count: impl FnOnce(&mut Counters)) {
        count(&mut self.lock().counters);
    }

    /// Listens for wake-ups of a job; one that came before is taken over.
    pub(crate) fn watch(&self, job: &JobRef) -> Watch {
        let signal = Arc::new(Signal::default());
        let mut state = self.lock();
        let before = state.pending.len();
        state
            .pending
            .retain(|one| one.job.as_ref().is_none_or(|other| other.id() != job.id()));
        if state.pending.len() < before {
            signal.raise();
        }
        let watches = state.watches.entry(job.id().to_owned()).or_default();
        watches.push(Arc::clone(&signal));
        Watch {
            wakeups: self.clone(),
            job_id: job.id().to_owned(),
            signal,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Wakeups {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Wakeups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wakeups")
            .field("counters", &self.counters())
            .finish_non_exhaustive()
    }
}

impl Signal {
    /// Wakes the listener; true when it was being woken already.
    fn raise(&self) -> bool {
        let mut flags = self.flags();
        let was_pending = flags.is_pending;
        *flags = Flags {
            is_pending: true,
            was_woken: true,
        };
        self.notify.notify_one();
        was_pending
    }

    fn flags(&self) -> MutexGuard<'_, Flags> {
        self.flags.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One wait's ear; dropping it ends the listening.
pub(crate) struct Watch {
    wakeups: Wakeups,
    job_id: String,
    signal: Arc<Signal>,
}

impl Watch {
    /// Returns when the job was called back, however often, since the last return.
    pub(crate) async fn woken(&self) {
        self.signal.notify.notified().await;
        self.signal.flags().is_pending = false;
    }

    /// The wait is over; counts it as missed if it was never called back, and says so.
    pub(crate) fn ended(&self) -> bool {
        let is_missed = !self.signal.flags().was_woken;
        if is_missed {
            self.wakeups.count(|counters| counters.missed += 1);
        }
        is_missed
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut state = self.wakeups.lock();
        if let Some(watches) = state.watches.get_mut(&self.job_id) {
            watches.retain(|signal| !Arc::ptr_eq(signal, &self.signal));
            if watches.is_empty() {
                state.watches.remove(&self.job_id);
            }
        }
    }
}
