//! One job of a fleet, and how it is to be watched.
//!
//! When it is read and whether it is over is not decided here.

use std::time::Duration;

use creatify_core::fleet::Submission;
use creatify_core::job::{MachineError, Status};
use creatify_core::{Length, Model, Quote, Seconds};

use crate::wait::{DEFAULT_DEADLINE, to_millis};
use crate::{Error, Job, JobState};

/// The name of a job in its fleet; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FleetJob(pub(super) u64);

/// How a job of a fleet is watched.
///
/// Model and length are taken from the job's quote where it has one; they decide on which other
/// jobs it is likely to take as long as.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "settings do nothing until `Fleet::add_with` takes them"]
pub struct Watching {
    deadline: Duration,
    earliest_finish: Duration,
    age: Option<Duration>,
    has_webhook: bool,
    model: Option<Model>,
    length: Option<Seconds>,
}

impl Default for Watching {
    fn default() -> Self {
        Self::new()
    }
}

impl Watching {
    /// 30 minutes of patience, no webhook, and what the quote says.
    pub fn new() -> Self {
        Self {
            deadline: DEFAULT_DEADLINE,
            earliest_finish: Duration::ZERO,
            age: None,
            has_webhook: false,
            model: None,
            length: None,
        }
    }

    /// Gives up after this long; 30 minutes unless set. The job runs on.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Says how long such a job takes at least; it is not read before.
    pub fn earliest_finish(mut self, least: Duration) -> Self {
        self.earliest_finish = least;
        self
    }

    /// Says for how long the job has run already, for one of an earlier process; without it, such
    /// a job is read at once and nothing is learnt from it.
    pub fn age(mut self, age: Duration) -> Self {
        self.age = Some(age);
        self
    }

    /// Says that call-backs are to come and lead to [`Fleet::wake`](crate::Fleet::wake): the job
    /// is read then, and every 60 s in case that none comes. Set by itself for jobs that a client
    /// with a receiver has started.
    pub fn webhook(mut self) -> Self {
        self.has_webhook = true;
        self
    }

    /// States the model, where there is no quote.
    pub fn model(mut self, model: Model) -> Self {
        self.model = Some(model);
        self
    }

    /// States how long the video will be, where there is no quote.
    pub fn length(mut self, length: Seconds) -> Self {
        self.length = Some(length);
        self
    }

    /// Model and length of the job, as far as they are known.
    pub(super) fn kind(&self, job: &Job) -> (Option<Model>, Option<Seconds>) {
        let quote = job.quote.as_ref();
        let model = self.model.or_else(|| quote.and_then(Quote::model));
        let quoted = quote.and_then(|quote| quote.usage().length);
        (model, self.length.or_else(|| quoted.map(Length::max)))
    }

    pub(super) fn submission(&self, job: &Job) -> Result<Submission, MachineError> {
        let (model, length) = self.kind(job);
        let mut submission = Submission::new(job.job_ref.operation())?
            .with_deadline(to_millis(self.deadline))
            .with_earliest_finish(to_millis(self.earliest_finish));
        let is_fresh = job.quote.is_some() || job.reservation.is_some();
        submission = match self.age {
            Some(age) => submission.with_age(to_millis(age)),
            None if is_fresh => submission,
            None => submission.with_unknown_age(),
        };
        if let Some(video) = job.job_ref.earlier_video() {
            submission = submission.with_earlier_video(video);
        }
        if self.has_webhook || job.calls_back {
            submission = submission.with_webhook();
        }
        if let Some(model) = model {
            submission = submission.with_model(model);
        }
        Ok(match length {
            Some(length) => submission.with_length(length),
            None => submission,
        })
    }
}

/// A job, and what was seen of it.
pub(super) struct Member {
    pub(super) name: FleetJob,
    pub(super) job: Job,
    pub(super) statuses: Vec<Status>,
    pub(super) polls: u32,
    /// When it was added, by the client's timer.
    pub(super) began: Duration,
    /// Why it could not be read, while it cannot.
    pub(super) trouble: Option<Error>,
    /// It is to call back, and has not done so.
    pub(super) awaits_webhook: bool,
}

impl Member {
    pub(super) fn new(name: FleetJob, job: Job, watching: &Watching, began: Duration) -> Self {
        let statuses = job.state.iter().map(|state| state.status.clone());
        Self {
            name,
            statuses: statuses.collect(),
            awaits_webhook: watching.has_webhook || job.calls_back,
            job,
            polls: 0,
            began,
            trouble: None,
        }
    }

    /// Takes a reading in; whether it says anything new.
    pub(super) fn take_in(&mut self, state: JobState) -> bool {
        self.trouble = None;
        if self.statuses.last() != Some(&state.status) {
            self.statuses.push(state.status.clone());
        }
        let is_new = self.job.state.as_ref() != Some(&state);
        self.job.state = Some(state);
        is_new
    }
}
