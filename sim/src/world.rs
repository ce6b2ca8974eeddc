//! What outlives the processes of one simulation: the plan, the record, the disk, the service.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use creatify::emulator::{Emulator, JobRecord};
use creatify::ledger::{MemoryLedger, UnixMillis};
use creatify::{BoxFuture, Timer};

use crate::plan::Plan;
use crate::trace::Trace;

/// When every simulation begins: 2026-11-20T09:00:00Z.
const BEGINNING: Duration = Duration::from_secs(1_795_165_200);

/// How the client buys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Through the ledger's gate.
    Gated,
    /// Whatever ended with an error is sent again, as clients without a ledger do.
    Naive,
    /// Through the gate, and with a receiver that takes a call-back at its word.
    Trusting,
}

impl Rule {
    /// Whether what is bought is written down.
    pub(crate) fn keeps_ledger(self) -> bool {
        self != Self::Naive
    }
}

/// Everything that the hosts of one simulation share.
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) rule: Rule,
    pub(crate) trace: Trace,
    pub(crate) ledger: MemoryLedger,
    emulator: OnceLock<Emulator>,
    /// The process that runs; the disk serves no earlier one.
    process: AtomicU64,
    pub(crate) is_disk_full: AtomicBool,
    /// By how many seconds the wall clock of the client's machine is wrong.
    skew: AtomicI64,
    /// The campaign is over.
    pub(crate) is_done: AtomicBool,
    /// What the naive rule has on its disk: the purchases that are over.
    pub(crate) bought: Mutex<Vec<String>>,
    /// The addresses that the service was told to call back: anybody with the account's keys could
    /// read them from its jobs.
    addresses: Mutex<Vec<String>>,
    /// How many call-backs were taken.
    pub(crate) called: AtomicU64,
    wrong: Mutex<Vec<String>>,
}

impl World {
    pub(crate) fn new(plan: Plan, rule: Rule, keeps_lines: bool) -> Arc<Self> {
        Arc::new(Self {
            plan,
            rule,
            trace: Trace::new(keeps_lines),
            ledger: MemoryLedger::new(),
            emulator: OnceLock::new(),
            process: AtomicU64::new(0),
            is_disk_full: AtomicBool::new(false),
            skew: AtomicI64::new(0),
            is_done: AtomicBool::new(false),
            bought: Mutex::default(),
            addresses: Mutex::default(),
            called: AtomicU64::new(0),
            wrong: Mutex::default(),
        })
    }

    /// Records what a host does. Called on a host only.
    pub(crate) fn note(&self, who: &str, what: &str) {
        self.trace.note(elapsed(), who, what);
    }

    /// Records that something is not as it must be.
    pub(crate) fn complain(&self, what: String) {
        let mut wrong = locked(&self.wrong);
        if !wrong.contains(&what) {
            wrong.push(what);
        }
    }

    /// What is not as it must be.
    pub(crate) fn complaints(&self) -> Vec<String> {
        locked(&self.wrong).clone()
    }

    /// The service was told to call this address back.
    pub(crate) fn announce(&self, address: &str) {
        let mut all = locked(&self.addresses);
        if !all.iter().any(|known| known == address) {
            all.push(address.to_owned());
        }
    }

    /// Every address that the service was told to call back, the oldest first.
    pub(crate) fn addresses(&self) -> Vec<String> {
        locked(&self.addresses).clone()
    }

    /// The service, once it has started.
    pub(crate) fn emulator(&self) -> Option<&Emulator> {
        self.emulator.get()
    }

    pub(crate) fn set_emulator(&self, emulator: Emulator) {
        // The service starts once.
        let _ = self.emulator.set(emulator);
    }

    /// The jobs that there are, whatever anybody was told.
    pub(crate) fn jobs(&self) -> Vec<JobRecord> {
        self.emulator().map(Emulator::jobs).unwrap_or_default()
    }

    /// The number of the process that runs.
    pub(crate) fn process(&self) -> u64 {
        self.process.load(Ordering::Relaxed)
    }

    /// From now on the process that ran is no more: nothing it does reaches the disk.
    pub(crate) fn end_process(&self) {
        self.process.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn set_clock(&self, by: i64) {
        self.skew.fetch_add(by, Ordering::Relaxed);
    }

    /// The wall clock of the client's machine.
    pub(crate) fn wall(&self) -> SystemTime {
        let skew = self.skew.load(Ordering::Relaxed);
        let time = Self::beginning() + elapsed();
        let by = Duration::from_secs(skew.unsigned_abs());
        if skew < 0 { time - by } else { time + by }
    }

    /// The same as ledgers take it.
    pub(crate) fn now(&self) -> UnixMillis {
        let since = self.wall().duration_since(UNIX_EPOCH);
        let millis = since.unwrap_or_default().as_millis();
        UnixMillis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// When the service's clock starts, which is never wrong.
    pub(crate) fn beginning() -> SystemTime {
        UNIX_EPOCH + BEGINNING
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("seed", &self.plan.seed)
            .finish_non_exhaustive()
    }
}

/// Time since the simulation began; as of the last tick outside of its hosts.
pub(crate) fn elapsed() -> Duration {
    turmoil::sim_elapsed().unwrap_or_default()
}

/// What a mutex holds, also after a panic elsewhere.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The clocks of the client's machine: one that nobody sets, and one that somebody does.
pub(crate) struct SimTimer(pub(crate) Arc<World>);

impl Timer for SimTimer {
    fn now(&self) -> Duration {
        elapsed()
    }

    fn wall(&self) -> SystemTime {
        self.0.wall()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}
