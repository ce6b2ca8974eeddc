//! The status of a job, as the server says it.
//!
//! A status this version does not know is a value and not an error: it is kept word for word
//! and taken for running. What a status means for a phase is in [`super::LifeCycle`].

use alloc::string::String;
use core::convert::Infallible;
use core::fmt;
use core::str::FromStr;

/// What the server says of a job.
///
/// The documented statuses are those of `custom_template_jobs` and `aurora`; other families
/// print plain text, which is why anything is accepted.
///
/// # Example: an unknown status survives
///
/// ```
/// use creatify_core::job::Status;
///
/// let status = Status::from("polishing");
/// assert_eq!(status, Status::Unknown("polishing".into()));
/// assert_eq!(status.to_string(), "polishing");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Status {
    /// `pending`: created; also the status under which a list of previews is ready.
    Pending,
    /// `in_queue`: waiting.
    InQueue,
    /// `running`: being worked on.
    Running,
    /// `done`: the phase is over; only with its output is it a success.
    Done,
    /// `failed`: over without a result.
    Failed,
    /// `rejected`: over without a result; the pages do not explain it.
    Rejected,
    /// Anything else, word for word; taken for running.
    Unknown(String),
}

impl Status {
    /// The status as the server writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Status::Pending => "pending",
            Status::InQueue => "in_queue",
            Status::Running => "running",
            Status::Done => "done",
            Status::Failed => "failed",
            Status::Rejected => "rejected",
            Status::Unknown(text) => text,
        }
    }

    /// The status, if this version knows the text.
    fn known(text: &str) -> Option<Status> {
        match text {
            "pending" => Some(Status::Pending),
            "in_queue" => Some(Status::InQueue),
            "running" => Some(Status::Running),
            "done" => Some(Status::Done),
            "failed" => Some(Status::Failed),
            "rejected" => Some(Status::Rejected),
            _ => None,
        }
    }
}

impl From<&str> for Status {
    fn from(text: &str) -> Status {
        Status::known(text).unwrap_or_else(|| Status::Unknown(text.into()))
    }
}

impl From<String> for Status {
    fn from(text: String) -> Status {
        Status::known(&text).unwrap_or(Status::Unknown(text))
    }
}

impl FromStr for Status {
    type Err = Infallible;

    /// Reads any text; what is not known is kept.
    fn from_str(text: &str) -> Result<Status, Infallible> {
        Ok(Status::from(text))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
