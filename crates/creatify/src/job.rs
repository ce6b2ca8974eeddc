//! A job in flight: its reference, its reservation, and what came of it.
//!
//! A `Job` is made by an accepted paid call, or from a [`JobRef`] in any later process. Dropping
//! it loses nothing: the service runs on, and the reservation stays in the budget.

use creatify_core::job::{LifeCycle, Status};
use creatify_core::pricing::Settlement;
use creatify_core::{Credits, JobRef, Operation, Quote};

use crate::budget::Reservation;
use crate::call::{Accepted, Answer, sealed};
use crate::fleet::Priority;
use crate::state::text;
use crate::wait::Wait;
use crate::{Client, Error, ErrorKind, JobState};

/// A job that the service has accepted.
#[derive(Debug)]
#[must_use = "a job runs on unseen until it is waited for; keep its job_ref to come back"]
pub struct Job {
    pub(crate) client: Client,
    pub(crate) job_ref: JobRef,
    pub(crate) state: Option<JobState>,
    pub(crate) quote: Option<Quote>,
    pub(crate) reservation: Option<Reservation>,
    pub(crate) earlier_bill: Option<Credits>,
    /// Whether the service was given an address of this client's receiver.
    pub(crate) calls_back: bool,
}

impl Job {
    /// A job known by its reference alone: no quote, no reservation.
    pub(crate) fn resume(client: &Client, job_ref: JobRef) -> Result<Self, Error> {
        check_waitable(job_ref.operation())?;
        let job_ref = match (job_ref.earlier_video(), client.journal()) {
            (None, Some(journal)) => match journal.earlier_video(&job_ref) {
                Some(video) => job_ref.with_earlier_video(video),
                None => job_ref,
            },
            _ => job_ref,
        };
        Ok(Self {
            client: client.clone(),
            job_ref,
            state: None,
            quote: None,
            reservation: None,
            earlier_bill: None,
            calls_back: false,
        })
    }

    /// The handle to keep: it prints as one word, such as `<operation>:<job id>`, and survives the
    /// process.
    #[must_use]
    pub fn job_ref(&self) -> &JobRef {
        &self.job_ref
    }

    /// The last reading of the job; none before the first one of a resumed job.
    #[must_use]
    pub fn state(&self) -> Option<&JobState> {
        self.state.as_ref()
    }

    /// What the job was expected to cost; none for a resumed job.
    #[must_use]
    pub fn quote(&self) -> Option<&Quote> {
        self.quote.as_ref()
    }

    /// Reads the job once. Costs nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`] and the refusals of a read; the job is not touched.
    pub async fn refresh(&mut self) -> Result<&JobState, Error> {
        let state = self.client.look_at(&self.job_ref, Priority::Poll).await?;
        Ok(self.state.insert(state))
    }

    /// Waits until the job is finished; `.await` it, or set a deadline first.
    ///
    /// ```no_run
    /// # async fn run(job: creatify::Job) -> Result<(), creatify::Error> {
    /// let finished = job.wait().deadline(std::time::Duration::from_secs(600)).await?;
    /// println!("{:?} cost {:?}", finished.state().video_url, finished.bill());
    /// # Ok(()) }
    /// ```
    pub fn wait(self) -> Wait {
        Wait::new(self)
    }
}

fn check_waitable(operation: Operation) -> Result<(), Error> {
    match LifeCycle::of(operation) {
        Some(_) => Ok(()),
        None => Err(Error::new(
            ErrorKind::Invalid,
            format!("{operation} starts no job that can be waited for"),
        )),
    }
}

impl sealed::Sealed for Job {
    fn accept(accepted: Accepted) -> Option<Self> {
        accepted.request.id_in(&accepted.answer)?;
        let state = JobState::read(&accepted.answer)?;
        let operation = accepted.request.operation();
        let job_ref = JobRef::new(operation, state.id.as_str()).ok()?;
        let job_ref = match accepted.earlier_video {
            Some(video) => job_ref.with_earlier_video(video),
            None => job_ref,
        };
        let calls_back = calls_back(&accepted);
        Some(Self {
            calls_back,
            client: accepted.client,
            job_ref,
            state: Some(state),
            quote: accepted.quote,
            reservation: accepted.reservation,
            earlier_bill: accepted.earlier_bill,
        })
    }
}

/// Whether the job will call this client's receiver: its address was sent along, or, for a render
/// that has no place for one, went with the job before.
fn calls_back(accepted: &Accepted) -> bool {
    let Some(receiver) = accepted.client.webhooks() else {
        return false;
    };
    if !accepted.request.is_called_back() {
        return false;
    }
    let shown = text(&accepted.answer, "webhook_url");
    accepted.request.takes_callback() || shown.is_some_and(|url| receiver.knows(&url))
}

impl Answer for Job {}

/// A job that ended well.
#[derive(Debug)]
#[non_exhaustive]
pub struct Finished {
    pub(crate) job_ref: JobRef,
    pub(crate) state: JobState,
    pub(crate) statuses: Vec<Status>,
    pub(crate) settlement: Option<Settlement>,
    pub(crate) polls: u32,
}

impl Finished {
    /// The job.
    #[must_use]
    pub fn job_ref(&self) -> &JobRef {
        &self.job_ref
    }

    /// Its last state, with the address of the video or of the previews.
    #[must_use]
    pub fn state(&self) -> &JobState {
        &self.state
    }

    /// What the service says it charged; none where it says nothing.
    #[must_use]
    pub fn bill(&self) -> Option<Credits> {
        self.state.credits_used
    }

    /// Whether the bill lies within the quote; none for a resumed job, which has no quote.
    #[must_use]
    pub fn settlement(&self) -> Option<&Settlement> {
        self.settlement.as_ref()
    }

    /// The different statuses that were seen, in order.
    #[must_use]
    pub fn statuses(&self) -> &[Status] {
        &self.statuses
    }

    /// How often the service was asked.
    #[must_use]
    pub fn polls(&self) -> u32 {
        self.polls
    }
}

impl Client {
    /// Comes back to a job of this or an earlier process. Sends nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the reference names an operation that starts no job.
    pub fn job(&self, job_ref: JobRef) -> Result<Job, Error> {
        Job::resume(self, job_ref)
    }
}
