//! What "finished" and "failed" mean, by kind of job and phase.
//!
//! The status alone is not the state: a list of previews is ready while its status says
//! `pending`, and `done` on a previewed job means that the preview is ready. The meaning is a
//! table, generated from the documentation; here is how it is read.

use core::fmt;

use super::Resource;
use super::generated::LIFE_CYCLES;
use super::snapshot::{Field, Snapshot};
use super::status::Status;
use crate::pricing::{Operation, Phase};

/// The life cycle of one phase of one kind of job.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LifeCycle {
    /// The kind of job.
    pub resource: Resource,
    /// The part of the job.
    pub phase: Phase,
    /// The billable operations that lead here.
    pub operations: &'static [Operation],
    /// The ids of the API operations that start or continue a job here.
    pub starts: &'static [&'static str],
    /// Those of them that answer only when the job is finished.
    pub blocking: &'static [&'static str],
    /// The id of the API operation that reads the job.
    pub poll: &'static str,
    /// The statuses that the documentation lists.
    pub statuses: &'static [&'static str],
    /// The statuses that end the job without a result.
    pub failed: &'static [&'static str],
    /// What ends the job with a result.
    pub finished: Finished,
}

/// What ends a job with a result: a status and an output that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Finished {
    /// The status it takes.
    pub when: When,
    /// The output that has to be there.
    pub field: Field,
}

/// The status that finishing takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum When {
    /// `done`.
    Done,
    /// Any status that is no failure.
    AnyLive,
}

impl LifeCycle {
    /// Every life cycle, by kind of job, then phase.
    #[must_use]
    pub fn all() -> &'static [LifeCycle] {
        LIFE_CYCLES
    }

    /// The life cycle that an operation starts or continues; `None` when it makes no job, such
    /// as `link.create`, or when its job is not described yet.
    #[must_use]
    pub fn of(operation: Operation) -> Option<&'static LifeCycle> {
        LIFE_CYCLES
            .iter()
            .find(|cycle| cycle.operations.contains(&operation))
    }

    /// Whether a status ends the job without a result.
    ///
    /// `failed` and `rejected` always do; others only where the table lists them.
    #[must_use]
    pub fn is_failure(&self, status: &Status) -> bool {
        matches!(status, Status::Failed | Status::Rejected)
            || self.failed.contains(&status.as_str())
    }

    /// Whether what the server said is a result in itself.
    #[must_use]
    pub fn is_finished_by(&self, snapshot: &Snapshot) -> bool {
        let is_status_right = match self.finished.when {
            When::Done => *snapshot.status() == Status::Done,
            When::AnyLive => !self.is_failure(snapshot.status()),
        };
        is_status_right && snapshot.outputs().has(self.finished.field)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
