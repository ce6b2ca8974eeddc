//! What the scheduler wants done, and the names it gives to jobs, reads and permissions.
//!
//! Names are never used twice, so that what comes late is told from what is meant.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU64;

use super::priority::Priority;
use crate::job::{Resource, Stage};
use crate::schedule::Millis;

/// A job of the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId {
    pub(super) slot: u32,
    pub(super) generation: u32,
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.slot, self.generation)
    }
}

/// A read that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadId(pub(super) NonZeroU64);

/// A request of the caller's own that waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    pub(super) priority: Priority,
    pub(super) number: NonZeroU64,
}

/// Whether a request of the caller's own may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Now; the ticket is used up.
    Granted,
    /// Not before then; ask again at that time.
    WaitUntil(Millis),
}

/// One read of one job, or of up to a hundred of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Read {
    /// What the answer is handed in under.
    pub id: ReadId,
    /// The kind of all of its jobs.
    pub resource: Resource,
    /// The jobs to read; one at least.
    pub jobs: Vec<JobId>,
    /// Whether to list them by `ids`. Otherwise there is one job, read by its own address.
    pub is_list: bool,
    /// When it counts as sent.
    pub sent_at: Millis,
}

/// What the scheduler wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Nothing until then; call again at that time, or after the next input.
    WaitUntil(Millis),
    /// Read these jobs now. The request is already paid for out of the rate.
    Read(Read),
    /// The job is over. It is gone from the scheduler; nothing more is said of it.
    Finished(JobId, Stage),
    /// Patience with the job is over; the job itself runs on. It is gone from the scheduler.
    DeadlinePassed(JobId, Stage),
    /// The job cannot be asked about; the job itself may run on. It is gone from the scheduler.
    GaveUp(JobId, GiveUp),
    /// Tell the user, once, that a job of that kind said something this version does not know.
    UnknownStatus(Resource, String),
}

/// Why a job is not asked about any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GiveUp {
    /// The service has not known it for two minutes.
    NotFound,
    /// It could not be read even once.
    Unreachable,
    /// The service refuses the keys.
    Refused,
}

/// What came of a read that said nothing about any job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// 429; with the milliseconds that the answer asks for, if it does.
    Throttled(Option<u64>),
    /// No answer, or one that says nothing: it may be another time.
    Transient,
    /// 404: the job is not known; for a list, the list is not.
    NotFound,
    /// Another refusal of the request itself; for a list, as `NotFound`.
    Rejected,
    /// 401 or 403: the keys are refused, for whatever is read.
    Refused,
}
