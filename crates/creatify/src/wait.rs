//! Waiting: does what the job machine asks for, and turns its last word into a result.
//!
//! The decisions are `creatify_core::job::Machine`'s; this module reads, sleeps and settles. It
//! sends nothing but GETs. Dropping a wait loses nothing: the job runs on, its reference is known,
//! its reservation stays.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use creatify_core::Credits;
use creatify_core::job::{Machine, Output, Stage, Status};
use creatify_core::pricing::Settlement;
use creatify_core::schedule::{Millis, Schedule};
use creatify_ledger::News;
use tracing::Instrument as _;

use crate::fleet::Priority;
use crate::job::{Finished, Job};
use crate::telemetry::Metric;
use crate::webhook::{Receiver, Wakeups, Watch};
use crate::{Error, ErrorKind, JobState};

/// How long a wait lasts unless told otherwise.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(30 * 60);

/// How many reads in a row may fail before the first one has succeeded.
const FIRST_READS: u32 = 5;

/// How long an accepted job may be unknown to the servers that are read from.
const REPLICA_LAG: Duration = Duration::from_secs(120);

/// How long a bill of 0 is given to be filled in.
const BILL_LAG: Duration = Duration::from_secs(2);

/// How rarely a job with a webhook is read when nobody calls.
const SWEEP: Duration = Duration::from_secs(60);

/// Milliseconds between a look and one that a call-back asks for; what comes in between is merged.
const WOKEN_DISTANCE: u64 = 2_000;

type Observer = Box<dyn FnMut(&JobState) + Send>;

/// A wait that has not begun; `.await` it. Made by [`Job::wait`].
///
/// # Errors
///
/// [`is_job_failed`](Error::is_job_failed) as soon as the job says `failed` or `rejected`,
/// [`is_deadline`](Error::is_deadline) when it runs on past the deadline (the error holds the
/// reference to resume with), [`JobInconsistent`](ErrorKind::JobInconsistent) when it says `done`
/// and has no output, [`is_credentials`](Error::is_credentials) at once. Other failed reads are
/// repeated until the deadline.
#[must_use = "a wait does nothing until it is awaited"]
pub struct Wait {
    job: Job,
    deadline: Duration,
    poll_every: Option<Duration>,
    observer: Option<Observer>,
    wakeups: Option<Wakeups>,
}

impl Wait {
    pub(crate) fn new(job: Job) -> Self {
        let receiver = job.client.webhooks().filter(|_| job.calls_back);
        Self {
            wakeups: receiver.map(Receiver::wakeups),
            job,
            deadline: DEFAULT_DEADLINE,
            poll_every: None,
            observer: None,
        }
    }

    /// Gives up after this long; 30 minutes by default. The job runs on.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Reads at this interval, instead of after 1 s, 2 s, 4 s, 8 s and then every 10 s.
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.poll_every = Some(interval);
        self
    }

    /// Calls `observer` with each reading of the job.
    pub fn observe(mut self, observer: impl FnMut(&JobState) + Send + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Reads at once when the job is called back, and otherwise ever more rarely, up to once in
    /// 60 s: a call-back may never come, and saves reads when it does.
    ///
    /// For a job whose `webhook_url` leads to the receiver that `wakeups` is of; jobs that a client
    /// with a [receiver](crate::ClientBuilder::webhooks) starts are woken by it unasked. Call-backs that
    /// follow within 2 s of a reading share the next one.
    pub fn wake_by(mut self, wakeups: &Wakeups) -> Self {
        self.wakeups = Some(wakeups.clone());
        self
    }

    fn schedule(&self) -> Schedule {
        let schedule = match (self.poll_every, &self.wakeups) {
            (Some(interval), _) => {
                let millis = to_millis(interval).max(1);
                Schedule::default()
                    .with_first_delay(millis)
                    .with_cap(millis)
            }
            (None, Some(_)) => Schedule::default().with_cap(to_millis(SWEEP)),
            (None, None) => Schedule::default(),
        };
        schedule.with_deadline(to_millis(self.deadline))
    }
}

impl std::fmt::Debug for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wait")
            .field("job", &self.job.job_ref)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

impl IntoFuture for Wait {
    type Output = Result<Finished, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let span = tracing::info_span!(
            "wait",
            job = %self.job.job_ref,
            deadline_s = self.deadline.as_secs(),
        );
        let waiting = async move {
            let job_ref = &self.job.job_ref;
            let machine = Machine::new(job_ref.operation(), self.schedule())
                .map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()).because(error))?
                .with_earlier_video(job_ref.earlier_video());
            let began = self.job.client.timer().now();
            let watch = self.wakeups.map(|wakeups| wakeups.watch(&self.job.job_ref));
            let waiting = Waiting {
                watch,
                last_look: None,
                job: self.job,
                machine,
                observer: self.observer,
                began,
                statuses: Vec::new(),
                failed_reads: 0,
                polls: 0,
            };
            waiting.run().await
        };
        Box::pin(waiting.instrument(span))
    }
}

/// A wait in progress.
struct Waiting {
    watch: Option<Watch>,
    last_look: Option<Millis>,
    job: Job,
    machine: Machine,
    observer: Option<Observer>,
    began: Duration,
    statuses: Vec<Status>,
    failed_reads: u32,
    polls: u32,
}

impl Waiting {
    async fn run(mut self) -> Result<Finished, Error> {
        let now = self.now();
        self.machine.handle_submitted(now);
        if let Some(state) = self.job.state.take() {
            self.take_in(state, now);
        }
        loop {
            let now = self.now();
            match self.machine.poll_output(now) {
                Output::Request => self.look(now, Priority::Poll).await?,
                Output::WaitUntil(at) => self.sleep_or_wake(at.since(now)).await,
                Output::UnknownStatus(status) => {
                    tracing::warn!(job = %self.job.job_ref, %status, "unknown status; waiting on");
                }
                Output::Finished(stage) => return self.finish(stage).await,
                Output::DeadlinePassed(_) => return Err(self.deadline_passed()),
                // The machine may learn to ask for more; what is not understood is not done.
                _ => self.sleep(1_000).await,
            }
        }
    }

    fn now(&self) -> Millis {
        Millis(to_millis(self.job.client.timer().now()))
    }

    async fn sleep(&mut self, millis: u64) {
        self.job
            .client
            .timer()
            .sleep(Duration::from_millis(millis))
            .await;
    }

    /// Sleeps, or is woken by a call-back; a woken look keeps its distance from the last one.
    async fn sleep_or_wake(&mut self, millis: u64) {
        let Some(watch) = &self.watch else {
            return self.sleep(millis).await;
        };
        let timer = self.job.client.timer();
        tokio::select! {
            biased;
            () = watch.woken() => {
                let now = self.now();
                let earliest = self.last_look.map_or(now, |look| look.after(WOKEN_DISTANCE));
                self.machine.handle_wake(now.max(earliest));
            }
            () = timer.sleep(Duration::from_millis(millis)) => {}
        }
    }

    fn take_in(&mut self, state: JobState, sent_at: Millis) {
        if self.statuses.last() != Some(&state.status) {
            self.statuses.push(state.status.clone());
        }
        tracing::debug!(job = %self.job.job_ref, status = %state.status, "a job was read");
        self.machine.handle_snapshot(&state.snapshot(), sent_at);
        if let Some(observer) = &mut self.observer {
            observer(&state);
        }
        self.job.state = Some(state);
    }

    /// Reads the job once; a failure that may pass is noted and not returned.
    async fn look(&mut self, sent_at: Millis, priority: Priority) -> Result<(), Error> {
        self.polls = self.polls.saturating_add(1);
        self.last_look = Some(sent_at);
        let job_ref = &self.job.job_ref;
        match self.job.client.look_at(job_ref, priority).await {
            Ok(state) => {
                self.failed_reads = 0;
                self.take_in(state, sent_at);
                Ok(())
            }
            Err(error) if self.may_pass(&error) => {
                tracing::debug!(job = %self.job.job_ref, %error, "a read failed; it is repeated");
                let pause = error.retry_after();
                self.machine.handle_read_failed(self.now());
                if let Some(pause) = pause {
                    self.sleep(to_millis(pause)).await;
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn may_pass(&mut self, error: &Error) -> bool {
        self.failed_reads = self.failed_reads.saturating_add(1);
        let was_seen = self.job.state.is_some();
        match error.kind() {
            ErrorKind::RateLimited => true,
            ErrorKind::Unreachable | ErrorKind::Untrusted => {
                was_seen || self.failed_reads < FIRST_READS
            }
            ErrorKind::Rejected => {
                error.status() == Some(404) && was_seen && self.elapsed() < REPLICA_LAG
            }
            _ => false,
        }
    }

    fn elapsed(&self) -> Duration {
        self.job.client.timer().now().saturating_sub(self.began)
    }

    async fn finish(mut self, stage: Stage) -> Result<Finished, Error> {
        if let Some(watch) = self.watch.take()
            && watch.ended()
        {
            let operation = self.job.job_ref.operation();
            let meter = self.job.client.meter();
            meter.one(Metric::MissedWebhooks, Some(operation));
        }
        self.let_the_bill_arrive(stage).await;
        let settlement = self.settle(stage);
        let Self {
            job,
            statuses,
            polls,
            ..
        } = self;
        let state = job.state.ok_or_else(|| {
            Error::new(
                ErrorKind::JobInconsistent,
                "the job ended before it was read",
            )
            .with_job(job.job_ref.clone())
        })?;
        let bill = state.credits_used.map(tracing::field::display);
        tracing::info!(job = %job.job_ref, ?stage, polls, bill, "a job is over");
        if stage.is_success() {
            return Ok(Finished {
                job_ref: job.job_ref,
                state,
                statuses,
                settlement,
                polls,
            });
        }
        let reason = match &state.failed_reason {
            Some(reason) => format!(": {reason}"),
            None => String::new(),
        };
        let (kind, message, hint) = match stage {
            Stage::Failed | Stage::Rejected => (
                ErrorKind::JobFailed,
                format!("the job ended `{}`{reason}", state.status),
                "mend the request before sending a new one",
            ),
            Stage::WithoutOutput => (
                ErrorKind::JobInconsistent,
                format!("the job says `{}` and has no output{reason}", state.status),
                "read the job again later; do not pay for it twice",
            ),
            _ => (
                ErrorKind::JobInconsistent,
                format!("the job said that it ended in two different ways{reason}"),
                "look the job up in the dashboard; do not pay for it twice",
            ),
        };
        Err(Error::new(kind, message)
            .hint(hint)
            .with_job(job.job_ref)
            .with_state(state))
    }

    /// A bill may be filled in after the status; one more look, where 0 would be no price.
    async fn let_the_bill_arrive(&mut self, stage: Stage) {
        let Some(quote) = self.job.quote.as_ref().filter(|_| stage.is_success()) else {
            return;
        };
        let bill = self.job.state.as_ref().and_then(|state| state.credits_used);
        if bill.unwrap_or(Credits::ZERO).is_zero() && !quote.min().is_zero() {
            self.sleep(to_millis(BILL_LAG)).await;
            let sent_at = self.now();
            // A failure is no matter here: the job is over, and the settlement shows a bill of 0.
            let _ = self.look(sent_at, Priority::Settle).await;
        }
    }

    /// Ends the reservation by the bill. An end that is no end keeps it.
    fn settle(&mut self, stage: Stage) -> Option<Settlement> {
        let bill = self.job.state.as_ref().and_then(|state| state.credits_used);
        let is_over = matches!(stage, Stage::Succeeded | Stage::Failed | Stage::Rejected);
        if is_over {
            let share = self.share_of(bill.unwrap_or(Credits::ZERO));
            let reservation = self.job.reservation.take();
            let is_noted = self.note_end(stage, bill);
            match reservation {
                Some(reservation) => reservation.settle(share),
                None if is_noted => {
                    let (meter, job) = (self.job.client.meter(), &self.job.job_ref);
                    meter.credits(Metric::Spent, job.operation(), share);
                }
                None => {}
            }
        }
        if !stage.is_success() {
            return None;
        }
        let (quote, bill) = (self.job.quote.as_ref()?, bill?);
        let settlement = match self.job.earlier_bill {
            Some(earlier) => quote.settle_after(earlier, bill),
            None => quote.settle(bill),
        };
        if let Some(drift) = settlement.drift() {
            tracing::warn!(job = %self.job.job_ref, %drift, "the price table may be out of date");
        }
        Some(settlement)
    }

    /// Tells the ledger, where there is one that does not know it yet. A bill that the service does
    /// not state is not told.
    fn note_end(&self, stage: Stage, bill: Option<Credits>) -> bool {
        let (Some(journal), Some(bill)) = (self.job.client.journal(), bill) else {
            return false;
        };
        let bill = self.share_of(bill);
        let news = if stage.is_success() {
            // How long a resumed job has run is not known.
            let ran_for = self.job.quote.as_ref().map(|_| to_millis(self.elapsed()));
            News::Finished { bill, ran_for }
        } else {
            News::Failed { bill }
        };
        journal.job_ended(&self.job.job_ref, &news, self.job.client.timer())
    }

    /// What of the bill is this call's: nothing says whether the second bill of one id holds the
    /// last call or the sum, so the reading that fits the quote is taken.
    fn share_of(&self, bill: Credits) -> Credits {
        match (&self.job.quote, self.job.earlier_bill) {
            (Some(quote), Some(earlier)) => quote.settle_after(earlier, bill).charged(),
            _ => bill,
        }
    }

    fn deadline_passed(self) -> Error {
        let status = match &self.job.state {
            Some(state) => format!("its status is `{}`", state.status),
            None => "it could not be read".to_owned(),
        };
        let message = format!(
            "the job is not finished after {} s and {} reads; {status}",
            self.elapsed().as_secs(),
            self.polls,
        );
        let error = Error::new(ErrorKind::Deadline, message)
            .hint(format!(
                "the job runs on; resume with `creatify wait {}`",
                self.job.job_ref
            ))
            .with_job(self.job.job_ref);
        match self.job.state {
            Some(state) => error.with_state(state),
            None => error,
        }
    }
}

/// Ends a job that a fleet has watched, in the way a wait ends: at `stage`, or because patience is
/// over.
pub(crate) async fn conclude(
    job: Job,
    statuses: Vec<Status>,
    polls: u32,
    began: Duration,
    stage: Option<Stage>,
) -> Result<Finished, Error> {
    let machine = Machine::new(job.job_ref.operation(), Schedule::default())
        .map_err(|error| Error::new(ErrorKind::Invalid, error.to_string()).because(error))?;
    let waiting = Waiting {
        watch: None,
        last_look: None,
        job,
        machine,
        observer: None,
        began,
        statuses,
        failed_reads: 0,
        polls,
    };
    match stage {
        Some(stage) => waiting.finish(stage).await,
        None => Err(waiting.deadline_passed()),
    }
}

pub(crate) fn to_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
