//! Waiting for many jobs at once, with one request rate between them.
//!
//! The decisions are `creatify_core::fleet::Scheduler`'s: which jobs to read next, together where
//! the service lists them, and how often to ask at all. This module reads, sleeps and hands out
//! results. It sends nothing but GETs.

mod member;
mod past;
mod permit;
mod reading;
mod updates;

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;

use creatify_core::fleet::{Class, JobId, Limiter, Scheduler};
use creatify_core::schedule::Millis;
use creatify_core::{JobRef, Model, Operation, Seconds};

pub use creatify_core::fleet::Priority;
pub use member::{FleetJob, Watching};
pub use permit::Permit;
pub use updates::{Progress, Update, Updates};

use crate::wait::to_millis;
use crate::{Client, Error, ErrorKind, Job};
use member::Member;
use updates::Work;

/// How many reads are under way at once unless told otherwise.
const READS_AT_ONCE: usize = 32;

/// How many streams are remembered at once.
const MOST_WAKERS: usize = 16;

/// Jobs that are waited for together. Made by [`Client::fleet`]; cheap to clone.
///
/// All jobs of one API key belong into one fleet, because the service's limit is per key: a client
/// and its clones have one, and all that they ask for goes out of its rate, the paid calls first. The rate is found by asking (one request a second at first, more while the
/// service lets it, less after status 429), a `Retry-After` holds everything back, and jobs of
/// kinds that the service lists are read a hundred at a time. How long jobs take is learnt, from the
/// ledger's records too where the client keeps one, so that each is read when it is likely to be
/// done. Where the client has a receiver of call-backs, its stream takes them in.
///
/// Nothing runs in the background: the fleet works while its [`stream`](Fleet::stream) is polled.
///
/// # Example
///
/// ```no_run
/// use creatify::{Client, JobRef, Progress};
///
/// # async fn run(client: Client, refs: Vec<JobRef>) -> Result<(), creatify::Error> {
/// let fleet = client.fleet();
/// for job_ref in refs {
///     fleet.add(client.job(job_ref)?);
/// }
/// let mut updates = fleet.stream();
/// while let Some(update) = updates.next().await {
///     match update.progress {
///         Progress::InProgress(state) => println!("{}: {}", update.job_ref, state.status),
///         Progress::Finished(Ok(finished)) => println!("{:?}", finished.state().video_url),
///         Progress::Finished(Err(error)) => println!("{}: {error}", update.job_ref),
///         Progress::CouldNotAsk(error) => println!("{}: {error}; asking again", update.job_ref),
///         _ => {}
///     }
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Fleet {
    shared: Arc<Shared>,
}

/// What all clones share.
struct Shared {
    client: Client,
    state: Mutex<State>,
    /// What is under way. It lives here and not in a stream, so that dropping one loses nothing.
    work: Mutex<Vec<Work>>,
}

/// Jobs and decisions.
struct State {
    scheduler: Scheduler,
    reads_at_once: usize,
    members: HashMap<JobId, Member>,
    /// The scheduler's names, by ours.
    names: HashMap<FleetJob, JobId>,
    /// The jobs under each id of the service's.
    by_id: HashMap<String, Vec<JobId>>,
    /// What the ledger was asked about already.
    recalled: HashSet<Class>,
    updates: VecDeque<Update>,
    wakers: Vec<Waker>,
    last_name: u64,
    chance: Chance,
}

/// The fleet of a client and its clones, while somebody holds it.
#[derive(Clone, Default)]
pub(crate) struct Slot(Arc<Mutex<Weak<Shared>>>);

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Weak<Shared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// The fleet of this client and its clones: many jobs that are waited for together, and one
    /// request rate for everything that is sent with this key.
    ///
    /// It begins empty, with the first call, and ends when the last [`Fleet`] of it is dropped.
    /// While there is one, paid calls and reads of this client wait for their turn in its rate;
    /// while there is none, they are sent at once.
    #[must_use]
    pub fn fleet(&self) -> Fleet {
        let mut slot = self.fleet_slot().lock();
        match slot.upgrade() {
            Some(shared) => Fleet { shared },
            None => {
                let fleet = Fleet::new(self);
                *slot = Arc::downgrade(&fleet.shared);
                fleet
            }
        }
    }
}

impl Fleet {
    fn new(client: &Client) -> Self {
        Self {
            shared: Arc::new(Shared {
                client: client.clone(),
                state: Mutex::new(State {
                    scheduler: Scheduler::new(),
                    reads_at_once: READS_AT_ONCE,
                    members: HashMap::new(),
                    names: HashMap::new(),
                    by_id: HashMap::new(),
                    recalled: HashSet::new(),
                    updates: VecDeque::new(),
                    wakers: Vec::new(),
                    last_name: 0,
                    chance: Chance(RandomState::new().hash_one(0)),
                }),
                work: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Sets how many reads may be under way at once, for all clones; one at least.
    ///
    /// With one, and with a [seed](Self::with_seed), a run on a virtual clock is the same every time.
    #[must_use]
    pub fn with_reads_at_once(self, reads: usize) -> Self {
        self.state().reads_at_once = reads.max(1);
        self
    }

    /// Forgets what is known of the limit, and sets the rate to go on with and the rate that is
    /// never exceeded, in requests per 1,000 s; 1,000 and 100,000 at first.
    #[must_use]
    pub fn with_rate(self, first: u32, fastest: u32) -> Self {
        let limiter = Limiter::new().with_fastest(fastest).with_rate(first);
        let mut state = self.state();
        let scheduler = std::mem::take(&mut state.scheduler);
        state.scheduler = scheduler.with_limiter(limiter);
        drop(state);
        self
    }

    /// Draws the pauses after refusals and failures from this seed instead of one of its own, for
    /// all clones: a simulation that must repeat gives the same one twice.
    ///
    /// Not for anything else. Those pauses are drawn so that several processes do not return
    /// together, and with one seed they do.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        self.state().chance = Chance(seed);
        self
    }

    /// Takes a job on and gives it a name. Sends nothing.
    ///
    /// Patience lasts 30 minutes, as in [`Job::wait`]; [`add_with`](Self::add_with) sets another.
    pub fn add(&self, job: Job) -> FleetJob {
        self.add_with(job, Watching::new())
    }

    /// Takes a job on, with a deadline or hints of its own. Sends nothing.
    pub fn add_with(&self, job: Job, watching: Watching) -> FleetJob {
        let (model, length) = watching.kind(&job);
        self.recall(job.job_ref.operation(), model, length);
        let now = self.now();
        let mut state = self.state();
        state.last_name = state.last_name.saturating_add(1);
        let name = FleetJob(state.last_name);
        let job_ref = job.job_ref.clone();
        let submission = match watching.submission(&job) {
            Ok(submission) => submission,
            Err(error) => {
                let error = Error::new(ErrorKind::Invalid, error.to_string()).because(error);
                let progress = Progress::Finished(Err(error.with_job(job_ref.clone())));
                state.tell(Update {
                    job: name,
                    job_ref,
                    progress,
                });
                return name;
            }
        };
        let id = state.scheduler.handle_submitted(submission, now);
        if let Some(reading) = &job.state {
            let snapshot = reading.snapshot();
            state.scheduler.handle_snapshot(id, &snapshot, now);
        }
        state.names.insert(name, id);
        let ids = state.by_id.entry(job_ref.id().to_owned()).or_default();
        ids.push(id);
        let began = self.shared.client.timer().now();
        state
            .members
            .insert(id, Member::new(name, job, &watching, began));
        state.wake();
        name
    }

    /// Takes a job out again: it runs on, and no update of it comes any more. `None` when it is
    /// over, or was never in this fleet.
    pub fn remove(&self, job: FleetJob) -> Option<Job> {
        let mut state = self.state();
        let id = *state.names.get(&job)?;
        state.scheduler.handle_removed(id);
        let member = state.take(id)?;
        state.wake();
        Some(member.job)
    }

    /// Something, such as a call-back, says that a read of this job is worth while. Returns
    /// whether this fleet waits for it.
    ///
    /// A call-back is never believed; it only makes the fleet look. Looks that are asked for in
    /// this way keep 2 s between them.
    pub fn wake(&self, job: &JobRef) -> bool {
        let now = self.now();
        let mut state = self.state();
        let Some(ids) = state.by_id.get(job.id()).cloned() else {
            return false;
        };
        for id in ids {
            state.scheduler.handle_wake(id, now);
            if let Some(member) = state.members.get_mut(&id) {
                member.awaits_webhook = false;
            }
        }
        state.wake();
        true
    }

    /// What became of the jobs, as it happens. The stream ends when no job is left; a new one
    /// goes on with what is added later.
    ///
    /// Dropping the stream loses nothing: what is under way and what was not yet taken out waits
    /// for the next one.
    pub fn stream(&self) -> Updates {
        Updates::new(self.clone())
    }

    /// How many jobs are waited for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().members.len()
    }

    /// Whether no job is waited for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The present rate, in requests per 1,000 s.
    #[must_use]
    pub fn rate(&self) -> u32 {
        self.state().scheduler.limiter().rate()
    }

    /// How many requests were answered with status 429.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.state().scheduler.limiter().throttled()
    }

    /// Tells the fleet how long a job took in an earlier process, so that it need not learn it
    /// anew.
    pub fn learn(
        &self,
        operation: Operation,
        model: Option<Model>,
        length: Option<Seconds>,
        duration: Duration,
    ) {
        let class = Class::new(operation, model, length);
        self.state()
            .scheduler
            .handle_duration(class, to_millis(duration));
    }

    fn now(&self) -> Millis {
        Millis(to_millis(self.shared.client.timer().now()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn tell(&mut self, update: Update) {
        self.updates.push_back(update);
        self.wake();
    }

    /// Has a stream looked at again when there is news.
    fn register(&mut self, waker: &Waker) {
        if self.wakers.len() >= MOST_WAKERS {
            // Those of streams that are gone; the others register anew.
            self.wake();
        }
        if !self.wakers.iter().any(|other| other.will_wake(waker)) {
            self.wakers.push(waker.clone());
        }
    }

    /// Has the streams look again.
    fn wake(&mut self) {
        for waker in self.wakers.drain(..) {
            waker.wake();
        }
    }

    /// Takes a job out for good.
    fn take(&mut self, id: JobId) -> Option<Member> {
        let member = self.members.remove(&id)?;
        self.names.remove(&member.name);
        let key = member.job.job_ref.id();
        if let Some(ids) = self.by_id.get_mut(key) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_id.remove(key);
            }
        }
        Some(member)
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Fleet")
            .field("jobs", &state.members.len())
            .field("rate", &state.scheduler.limiter().rate())
            .finish_non_exhaustive()
    }
}

/// Chance for pauses, so that several processes do not return together. Nothing secret.
struct Chance(u64);

impl Chance {
    fn draw(&mut self) -> creatify_core::fleet::Jitter {
        // A linear congruential step; its upper bits are good enough to spread pauses with.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let upper = u16::try_from(self.0 >> 48).unwrap_or(u16::MAX);
        creatify_core::fleet::Jitter::from_parts(upper)
    }
}
