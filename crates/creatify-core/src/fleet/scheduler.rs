//! The scheduler: takes in what happened to many jobs, says which to read next.
//!
//! It neither sends nor sleeps nor reads a clock nor draws a random number; the caller does, and
//! tells it. Whether a job is over is decided by the evidence of [`crate::job`], not here.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use super::class::Class;
use super::durations::{Durations, FIXED_INTERVAL};
use super::jitter::{Backoff, Jitter};
use super::limiter::Limiter;
use super::output::{Failure, GiveUp, JobId, Output, Permission, Read, ReadId, Ticket};
use super::priority::Priority;
use super::roster::Roster;
use super::submission::Submission;
use super::watched::Watched;
use crate::job::{Resource, Snapshot, Stage, Status};
use crate::schedule::{Millis, Moment};

/// How many jobs one list shows.
///
/// Source: <https://docs.creatify.ai/api-reference/lipsyncs_v2/get-apilipsyncs>.
pub const LIST_LIMIT: usize = 100;

/// How often a job with a webhook is looked at in case that the webhook is lost, in milliseconds.
const SWEEP: u64 = 60_000;

/// How long an accepted job may be unknown to the servers that are read from, in milliseconds.
const REPLICA_LAG: u64 = 120_000;

/// How often in a row a job that was never seen may fail to be read.
const FIRST_READS: u32 = 5;

/// How many reads in a row may fail before all polls pause.
const OUTAGE: u32 = 4;

/// How many lists in a row may show none of what was asked for before lists are given up.
const USELESS_LISTS: u32 = 3;

/// How many different unknown statuses are reported; more are kept without a word.
const UNKNOWN_STATUSES: usize = 32;

/// All jobs of one API key, and the rate they share.
///
/// # The contract: inputs in, outputs out
///
/// Call `handle_*` for what happened. Then call [`Scheduler::poll_output`] until it says
/// [`Output::WaitUntil`]. Each [`Output::Read`] is to be sent, and ended by exactly one of
/// [`handle_read_answered`](Scheduler::handle_read_answered),
/// [`handle_read_failed`](Scheduler::handle_read_failed) and
/// [`handle_read_abandoned`](Scheduler::handle_read_abandoned); several may be under way.
///
/// Every job that is submitted and not removed ends in exactly one of [`Output::Finished`],
/// [`Output::DeadlinePassed`] and [`Output::GaveUp`]; its id is never used again, and inputs about
/// it are ignored from then on. Time never goes back: an earlier `now` counts as the latest seen.
/// A deadline is met when no read of the job is under way, else when that has ended.
///
/// Requests of the caller's own share the rate: [`handle_wanted`](Scheduler::handle_wanted), then
/// [`poll_permission`](Scheduler::poll_permission), then
/// [`handle_answered`](Scheduler::handle_answered) or
/// [`handle_throttled`](Scheduler::handle_throttled).
///
/// # Example
///
/// ```
/// use creatify_core::Operation;
/// use creatify_core::fleet::{Output, Scheduler, Submission};
/// use creatify_core::job::{Field, Outputs, Snapshot, Stage, Status};
/// use creatify_core::schedule::Millis;
///
/// let mut fleet = Scheduler::new();
/// let submission = Submission::new(Operation::LipsyncV2Generate)?;
/// let one = fleet.handle_submitted(submission, Millis(0));
/// let other = fleet.handle_submitted(submission, Millis(0));
/// assert_eq!(fleet.poll_output(Millis(0)), Output::WaitUntil(Millis(10_000)));
///
/// // One list reads both.
/// let Output::Read(read) = fleet.poll_output(Millis(10_000)) else {
///     return Err("both are due".into());
/// };
/// assert!(read.is_list && read.jobs == [one, other]);
///
/// let done = Snapshot::new(Status::Done).with_outputs(Outputs::NONE.with(Field::Output));
/// let running = Snapshot::new(Status::Running);
/// fleet.handle_read_answered(read.id, &[(one, done), (other, running)], Millis(10_200));
/// assert_eq!(fleet.poll_output(Millis(10_200)), Output::Finished(one, Stage::Succeeded));
/// assert_eq!(fleet.poll_output(Millis(10_200)), Output::WaitUntil(Millis(20_000)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Scheduler {
    roster: Roster,
    limiter: Limiter,
    /// Requests of the caller's own, the most urgent first, then in the order they came.
    wanted: BTreeSet<Ticket>,
    reads: BTreeMap<ReadId, Reading>,
    classes: BTreeMap<Class, u32>,
    durations: Vec<Durations>,
    useless_lists: BTreeMap<Resource, u32>,
    ready: VecDeque<Output>,
    unknown: Vec<(Resource, String)>,
    backoff: Backoff,
    /// Reads in a row that failed.
    failed_reads: u32,
    paused_until: Millis,
    last_number: u64,
    now: Millis,
}

/// A read under way.
#[derive(Clone, Debug)]
struct Reading {
    jobs: Vec<JobId>,
    resource: Resource,
    is_list: bool,
    sent_at: Millis,
}

impl Scheduler {
    /// No jobs, and nothing known of the limit or of how long jobs take.
    #[must_use]
    pub fn new() -> Scheduler {
        Scheduler::default()
    }

    /// Sets the limiter to begin with.
    #[must_use]
    pub fn with_limiter(mut self, limiter: Limiter) -> Scheduler {
        self.limiter = limiter;
        self
    }

    /// A job was accepted, or is resumed; watching it begins.
    pub fn handle_submitted(&mut self, submission: Submission, now: Millis) -> JobId {
        let now = self.tick(now);
        let class = self.class(submission.class());
        let mut watched = Watched::new(&submission, class, now);
        watched.next_look = match watched.age(now) {
            None => now,
            Some(_) if submission.has_webhook => now.after(SWEEP),
            Some(age) => now.after(self.next_look(class, age).saturating_sub(age)),
        };
        let earliest = submission
            .earliest_finish
            .saturating_sub(submission.age.unwrap_or(0));
        watched.next_look = watched.next_look.max(now.after(earliest));
        let id = self.roster.add(watched);
        self.roster.queue(id);
        id
    }

    /// A job is of no interest any more; nothing more is said of it.
    pub fn handle_removed(&mut self, id: JobId) {
        self.roster.remove(id);
    }

    /// The server said this about a job outside of any read of the scheduler's, such as in the
    /// answer to the paid call.
    pub fn handle_snapshot(&mut self, id: JobId, snapshot: &Snapshot, sent_at: Millis) {
        let Some(watched) = self.roster.get(id) else {
            return;
        };
        if watched.in_read.is_some() {
            self.take_in(id, snapshot, sent_at);
            return;
        }
        self.roster.unqueue(id);
        self.take_in(id, snapshot, sent_at);
        if let Some(watched) = self.roster.get_mut(id) {
            if let Some(second) = watched.second_look() {
                watched.next_look = watched.next_look.min(second);
            }
        }
        self.roster.queue(id);
    }

    /// Something, such as a webhook, says that a look at the job is worth while.
    ///
    /// Looks that are asked for in this way keep 2 s between them, however often it says so.
    pub fn handle_wake(&mut self, id: JobId, now: Millis) {
        let now = self.tick(now);
        let Some(watched) = self.roster.get(id) else {
            return;
        };
        let is_in_flight = watched.in_read.is_some();
        if !is_in_flight {
            self.roster.unqueue(id);
        }
        if let Some(watched) = self.roster.get_mut(id) {
            watched.woken = Moment::at(now);
            let soonest = watched.soonest_wake(now);
            watched.next_look = watched.next_look.min(soonest);
        }
        if !is_in_flight {
            self.roster.queue(id);
        }
    }

    /// A read was answered, and this is what it says of each job.
    ///
    /// A job of the read that is missing here was not in the answer: after a list it is read by
    /// itself; alone, it counts as a read that failed.
    pub fn handle_read_answered(
        &mut self,
        read: ReadId,
        answers: &[(JobId, Snapshot)],
        now: Millis,
    ) {
        let now = self.tick(now);
        let Some(reading) = self.reads.remove(&read) else {
            return;
        };
        self.limiter.handle_answered(reading.sent_at);
        self.failed_reads = 0;
        self.backoff.reset();
        self.paused_until = Millis(0);
        if reading.is_list {
            self.note_list(reading.resource, !answers.is_empty());
        }
        for (id, snapshot) in answers {
            if self.is_in_read(*id, read) {
                self.take_in(*id, snapshot, reading.sent_at);
                self.requeue(*id, reading.sent_at, now);
            }
        }
        for id in reading.jobs {
            if !self.is_in_read(id, read) {
                continue;
            }
            if reading.is_list {
                self.retry(id, now, |watched| watched.is_single = true);
            } else {
                self.note_missed(id, now, FIXED_INTERVAL);
            }
        }
    }

    /// A read said nothing about any job.
    pub fn handle_read_failed(
        &mut self,
        read: ReadId,
        failure: Failure,
        jitter: Jitter,
        now: Millis,
    ) {
        let now = self.tick(now);
        let Some(reading) = self.reads.remove(&read) else {
            return;
        };
        let sent_at = reading.sent_at;
        match failure {
            Failure::Throttled(retry_after) => {
                self.limiter
                    .handle_throttled(sent_at, retry_after, jitter, now);
                for id in reading.jobs {
                    self.retry(id, now, |_| {});
                }
            }
            Failure::Transient => {
                let pause = self.backoff.next(jitter);
                self.failed_reads = self.failed_reads.saturating_add(1);
                if self.failed_reads >= OUTAGE {
                    self.paused_until = now.after(pause);
                }
                for id in reading.jobs {
                    self.note_missed(id, now, pause);
                }
            }
            Failure::NotFound | Failure::Rejected if reading.is_list => {
                self.limiter.handle_answered(sent_at);
                self.note_list(reading.resource, false);
                for id in reading.jobs {
                    self.retry(id, now, |watched| watched.is_single = true);
                }
            }
            Failure::NotFound | Failure::Rejected => {
                self.limiter.handle_answered(sent_at);
                for id in reading.jobs {
                    self.note_not_found(id, now);
                }
            }
            Failure::Refused => {
                for id in self.roster.ids() {
                    self.give_up(id, GiveUp::Refused);
                }
            }
        }
    }

    /// A read was given up half-way; nobody knows what it would have said.
    pub fn handle_read_abandoned(&mut self, read: ReadId, now: Millis) {
        let now = self.tick(now);
        if let Some(reading) = self.reads.remove(&read) {
            for id in reading.jobs {
                self.retry(id, now, |_| {});
            }
        }
    }

    /// A request of the caller's own wants to be sent.
    pub fn handle_wanted(&mut self, priority: Priority) -> Ticket {
        let number = self.number();
        let ticket = Ticket { priority, number };
        self.wanted.insert(ticket);
        ticket
    }

    /// A request of the caller's own is not wanted any more.
    pub fn handle_withdrawn(&mut self, ticket: Ticket) {
        self.wanted.remove(&ticket);
    }

    /// Whether a request of the caller's own may be sent. A used or withdrawn ticket never is.
    pub fn poll_permission(&mut self, ticket: Ticket, now: Millis) -> Permission {
        let now = self.tick(now);
        if !self.wanted.contains(&ticket) {
            return Permission::WaitUntil(Millis(u64::MAX));
        }
        let is_first = self.wanted.first() == Some(&ticket);
        let is_next = is_first && (ticket.priority <= Priority::Poll || !self.is_poll_ready(now));
        if is_next && self.limiter.try_take(ticket.priority, now) {
            self.wanted.remove(&ticket);
            return Permission::Granted;
        }
        let at = self.limiter.ready_at(ticket.priority);
        let later = now.after(self.limiter.interval().max(1));
        Permission::WaitUntil(if at > now { at } else { later })
    }

    /// A request of the caller's own was answered, with anything but 429.
    pub fn handle_answered(&mut self, sent_at: Millis) {
        self.limiter.handle_answered(sent_at);
    }

    /// A request of the caller's own was answered with 429; see [`Limiter::handle_throttled`].
    pub fn handle_throttled(
        &mut self,
        sent_at: Millis,
        retry_after: Option<u64>,
        jitter: Jitter,
        now: Millis,
    ) {
        let now = self.tick(now);
        self.limiter
            .handle_throttled(sent_at, retry_after, jitter, now);
    }

    /// A job of that class took so long, as an earlier process saw it; in milliseconds.
    pub fn handle_duration(&mut self, class: Class, millis: u64) {
        let class = self.class(class);
        if let Some(durations) = self.durations.get_mut(index(class)) {
            durations.handle_running(0, millis);
            durations.handle_ended(millis, millis);
        }
    }

    /// Takes out what to do next; see the contract at [`Scheduler`].
    pub fn poll_output(&mut self, now: Millis) -> Output {
        let now = self.tick(now);
        if let Some(output) = self.ready.pop_front() {
            return output;
        }
        if let Some((at, id)) = self.roster.first_deadline() {
            if at <= now {
                return self.pass_deadline(id);
            }
        }
        let is_turn = self
            .wanted
            .first()
            .is_none_or(|first| first.priority > Priority::Poll);
        if is_turn && self.is_poll_ready(now) && self.limiter.try_take(Priority::Poll, now) {
            if let Some(read) = self.next_read(now) {
                return Output::Read(read);
            }
        }
        let look = self.roster.first_due().map(|(at, _)| {
            let ready = self.limiter.ready_at(Priority::Poll).max(self.paused_until);
            let turn = if is_turn {
                now
            } else {
                now.after(self.limiter.interval())
            };
            at.max(ready).max(turn)
        });
        let deadline = self.roster.first_deadline().map(|(at, _)| at);
        let wake = look.into_iter().chain(deadline).min();
        // A wake-up lies in the future, or a caller would go round without end.
        Output::WaitUntil(wake.map_or(Millis(u64::MAX), |at| at.max(now.after(1))))
    }

    /// How many jobs are watched.
    #[must_use]
    pub fn len(&self) -> usize {
        self.roster.len()
    }

    /// Whether no job is watched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many reads are under way.
    #[must_use]
    pub fn reads_under_way(&self) -> usize {
        self.reads.len()
    }

    /// The jobs of a read that is under way; none once it has ended.
    #[must_use]
    pub fn jobs_of(&self, read: ReadId) -> &[JobId] {
        self.reads
            .get(&read)
            .map_or(&[], |reading| reading.jobs.as_slice())
    }

    /// The rate that all requests share.
    #[must_use]
    pub const fn limiter(&self) -> &Limiter {
        &self.limiter
    }

    /// What was learnt of how long the jobs of a class take.
    #[must_use]
    pub fn durations(&self, class: &Class) -> Option<&Durations> {
        let class = *self.classes.get(class)?;
        self.durations.get(index(class))
    }

    /// What is concluded about a job that is watched.
    #[must_use]
    pub fn stage(&self, id: JobId) -> Option<Stage> {
        self.roster.get(id).map(Watched::stage)
    }

    /// How often a job that is watched was read.
    #[must_use]
    pub fn looks(&self, id: JobId) -> u32 {
        self.roster.get(id).map_or(0, |watched| watched.looks)
    }

    fn tick(&mut self, now: Millis) -> Millis {
        self.now = self.now.max(now);
        self.now
    }

    /// A number that was not given out before; there are more than are ever needed.
    fn number(&mut self) -> NonZeroU64 {
        self.last_number = self.last_number.saturating_add(1);
        NonZeroU64::new(self.last_number).unwrap_or(NonZeroU64::MAX)
    }

    fn class(&mut self, class: Class) -> u32 {
        let next = u32::try_from(self.durations.len()).unwrap_or(u32::MAX);
        let class = *self.classes.entry(class).or_insert(next);
        if class == next {
            self.durations.push(Durations::new());
        }
        class
    }

    fn next_look(&self, class: u32, age: u64) -> u64 {
        self.durations
            .get(index(class))
            .map_or(age.saturating_add(FIXED_INTERVAL), |durations| {
                durations.next_look(age)
            })
    }

    fn is_in_read(&self, id: JobId, read: ReadId) -> bool {
        self.roster
            .get(id)
            .is_some_and(|watched| watched.in_read == Some(read))
    }

    /// Whether a look is due that only the rate may hold back, and does not.
    fn is_poll_ready(&self, now: Millis) -> bool {
        now >= self.paused_until
            && self.roster.first_due().is_some_and(|(at, _)| at <= now)
            && self.limiter.ready_at(Priority::Poll) <= now
    }

    /// Takes out the job that is due first, and with it those of its kind that one list can show.
    fn next_read(&mut self, now: Millis) -> Option<Read> {
        let (_, first) = self.roster.first_due()?;
        let watched = self.roster.get(first)?;
        let resource = watched.cycle.resource;
        let is_list = !watched.is_single && self.is_listed(resource);
        let (id, sent_at) = (ReadId(self.number()), now);
        let mut jobs = Vec::new();
        self.send(first, id, &mut jobs);
        while is_list && jobs.len() < LIST_LIMIT {
            let Some(next) = self.roster.next_beside(resource) else {
                break;
            };
            let is_worth_while = self
                .roster
                .get(next)
                .is_some_and(|watched| watched.next_look <= now || watched.is_half_due(now));
            if !is_worth_while {
                break;
            }
            self.send(next, id, &mut jobs);
        }
        self.reads.insert(
            id,
            Reading {
                jobs: jobs.clone(),
                resource,
                is_list,
                sent_at,
            },
        );
        Some(Read {
            id,
            resource,
            jobs,
            is_list,
            sent_at,
        })
    }

    fn send(&mut self, id: JobId, read: ReadId, jobs: &mut Vec<JobId>) {
        self.roster.unqueue(id);
        if let Some(watched) = self.roster.get_mut(id) {
            watched.in_read = Some(read);
            watched.looks = watched.looks.saturating_add(1);
        }
        jobs.push(id);
    }

    /// Takes in an answer; a job that is over leaves.
    fn take_in(&mut self, id: JobId, snapshot: &Snapshot, sent_at: Millis) {
        let Some(watched) = self.roster.get_mut(id) else {
            return;
        };
        let from = watched.looked_age();
        watched.take_in(snapshot, sent_at);
        let (end, resource) = (watched.end(), watched.cycle.resource);
        if let (Some(to), Some(durations)) = (
            watched.age(sent_at),
            self.durations.get_mut(index(watched.class)),
        ) {
            let from = from.unwrap_or(0);
            if end.is_some() {
                // A webhook says when it ended; else it was in the last quarter of its age, for
                // a first look must not make all jobs seem to take until then.
                let woken = watched
                    .woken
                    .get()
                    .and_then(|at| watched.age(at.min(sent_at)));
                let to = woken.unwrap_or(to);
                let least = woken.unwrap_or_else(|| to.saturating_sub(to / 4));
                durations.handle_running(from, least);
                durations.handle_ended(from.max(least).min(to), to);
            } else {
                durations.handle_running(from, to);
            }
        }
        if watched.woken <= Moment::at(sent_at) {
            watched.woken = Moment::NONE;
        }
        self.note_unknown(resource, snapshot.status());
        if let Some(stage) = end {
            self.roster.remove(id);
            self.ready.push_back(Output::Finished(id, stage));
        }
    }

    /// Plans the next look at a job whose read has been answered.
    fn requeue(&mut self, id: JobId, sent_at: Millis, now: Millis) {
        let Some(watched) = self.roster.get(id) else {
            return;
        };
        let next = match (watched.second_look(), watched.age(sent_at)) {
            _ if watched.woken.is_there() => watched.soonest_wake(now),
            (Some(second), _) => second,
            _ if watched.has_webhook => sent_at.after(SWEEP),
            (None, Some(age)) => {
                let next = self.next_look(watched.class, age);
                sent_at.after(next.saturating_sub(age))
            }
            (None, None) => sent_at.after(FIXED_INTERVAL),
        };
        self.retry(id, next, |_| {});
    }

    /// Puts a job that was being read back, to be looked at then.
    fn retry(&mut self, id: JobId, at: Millis, change: impl FnOnce(&mut Watched)) {
        let watched = self.roster.get_mut(id);
        if let Some(watched) = watched.filter(|watched| watched.in_read.is_some()) {
            watched.in_read = None;
            watched.next_look = at;
            change(watched);
            self.roster.queue(id);
        }
    }

    /// A read of the job said nothing; it is tried again after a pause.
    fn note_missed(&mut self, id: JobId, now: Millis, pause: u64) {
        self.retry(id, now.after(pause), |watched| {
            watched.failures = watched.failures.saturating_add(1);
        });
        let is_hopeless = |watched: &Watched| !watched.was_seen && watched.failures >= FIRST_READS;
        if self.roster.get(id).is_some_and(is_hopeless) {
            self.give_up(id, GiveUp::Unreachable);
        }
    }

    /// The service does not know the job; it may be behind.
    fn note_not_found(&mut self, id: JobId, now: Millis) {
        self.retry(id, now.after(FIXED_INTERVAL), |watched| {
            watched.missing = watched.missing.first(Moment::at(now));
        });
        let is_lost = |since: Millis| now.since(since) >= REPLICA_LAG;
        if self
            .roster
            .get(id)
            .and_then(|watched| watched.missing.get())
            .is_some_and(is_lost)
        {
            self.give_up(id, GiveUp::NotFound);
        }
    }

    fn give_up(&mut self, id: JobId, why: GiveUp) {
        if self.roster.remove(id).is_some() {
            self.ready.push_back(Output::GaveUp(id, why));
        }
    }

    fn pass_deadline(&mut self, id: JobId) -> Output {
        let stage = self
            .roster
            .remove(id)
            .map_or(Stage::Waiting, |watched| watched.stage());
        Output::DeadlinePassed(id, stage)
    }

    /// Whether jobs of that kind can be read together.
    fn is_listed(&self, resource: Resource) -> bool {
        let useless = self.useless_lists.get(&resource).copied().unwrap_or(0);
        is_list_known(resource) && useless < USELESS_LISTS
    }

    fn note_list(&mut self, resource: Resource, is_useful: bool) {
        let useless = self.useless_lists.entry(resource).or_insert(0);
        *useless = if is_useful {
            0
        } else {
            useless.saturating_add(1)
        };
    }

    fn note_unknown(&mut self, resource: Resource, status: &Status) {
        let Status::Unknown(text) = status else {
            return;
        };
        let is_known = self
            .unknown
            .iter()
            .any(|(kind, known)| *kind == resource && known == text);
        if !is_known && self.unknown.len() < UNKNOWN_STATUSES {
            self.unknown.push((resource, text.clone()));
            self.ready
                .push_back(Output::UnknownStatus(resource, text.clone()));
        }
    }
}

/// Whether a list of jobs of that kind by `ids` is described at all.
///
/// For avatars it is documented; for link videos it is known from a third party, so the scheduler
/// falls back to single reads where it does not hold. For templates there is none.
const fn is_list_known(resource: Resource) -> bool {
    matches!(resource, Resource::LipsyncV2 | Resource::LinkToVideo)
}

fn index(class: u32) -> usize {
    usize::try_from(class).unwrap_or(usize::MAX)
}
