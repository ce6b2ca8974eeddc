//! What the scheduler is told of a job when it takes it on.
//!
//! Only what decides on when to look: no price, no id, no reservation.

use super::class::Class;
use crate::job::{LifeCycle, MachineError, VideoMark};
use crate::length::Seconds;
use crate::pricing::{Model, Operation};

/// A job to be watched.
///
/// # Example
///
/// ```
/// use creatify_core::fleet::Submission;
/// use creatify_core::{Model, Operation};
///
/// let submission = Submission::new(Operation::LipsyncV2Generate)?
///     .with_model(Model::AuroraV1)
///     .with_length("30".parse().map_err(|_| "a length")?)
///     .with_deadline(30 * 60 * 1_000)
///     .with_webhook();
/// assert!(Submission::new(Operation::LinkCreate).is_err());
/// # let _ = submission;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submission {
    pub(super) cycle: &'static LifeCycle,
    operation: Operation,
    model: Option<Model>,
    length: Option<Seconds>,
    pub(super) patience: Option<u64>,
    pub(super) earliest_finish: u64,
    /// For how long the job has run already; none where nobody knows.
    pub(super) age: Option<u64>,
    pub(super) has_webhook: bool,
    pub(super) earlier_video: Option<VideoMark>,
}

impl Submission {
    /// A job that this operation has just started, or continued as a render.
    ///
    /// # Errors
    ///
    /// [`MachineError::NoJob`] when the operation makes no job.
    pub fn new(operation: Operation) -> Result<Submission, MachineError> {
        let cycle = LifeCycle::of(operation).ok_or(MachineError::NoJob { operation })?;
        Ok(Submission {
            cycle,
            operation,
            model: None,
            length: None,
            patience: None,
            earliest_finish: 0,
            age: Some(0),
            has_webhook: false,
            earlier_video: None,
        })
    }

    /// Sets the model, which decides on how long such jobs take.
    #[must_use]
    pub const fn with_model(mut self, model: Model) -> Submission {
        self.model = Some(model);
        self
    }

    /// Sets the length of the video.
    #[must_use]
    pub const fn with_length(mut self, length: Seconds) -> Submission {
        self.length = Some(length);
        self
    }

    /// Sets for how many milliseconds the job is watched from now on; for ever unless set.
    #[must_use]
    pub const fn with_deadline(mut self, millis: u64) -> Submission {
        self.patience = Some(millis);
        self
    }

    /// Sets how many milliseconds such a job takes at least; it is not looked at before.
    #[must_use]
    pub const fn with_earliest_finish(mut self, millis: u64) -> Submission {
        self.earliest_finish = millis;
        self
    }

    /// Sets for how many milliseconds the job has run already.
    #[must_use]
    pub const fn with_age(mut self, millis: u64) -> Submission {
        self.age = Some(millis);
        self
    }

    /// Says that nobody knows when the job began: it is looked at at once, and nothing is learnt
    /// from it.
    #[must_use]
    pub const fn with_unknown_age(mut self) -> Submission {
        self.age = None;
        self
    }

    /// Says that a webhook is to come: the job is looked at when it does, and every 60 s in case
    /// that it does not.
    #[must_use]
    pub const fn with_webhook(mut self) -> Submission {
        self.has_webhook = true;
        self
    }

    /// Says that the job had this video before it was rendered, as
    /// [`JobRef`](crate::job::JobRef) keeps it: it does not end the render.
    #[must_use]
    pub const fn with_earlier_video(mut self, video: VideoMark) -> Submission {
        self.earlier_video = Some(video);
        self
    }

    pub(super) const fn class(&self) -> Class {
        Class::new(self.operation, self.model, self.length)
    }
}
