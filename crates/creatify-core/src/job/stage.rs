//! What we conclude about a phase of a job from everything the server said.
//!
//! The server's own word is [`super::Status`]; a stage is what it means.

use core::fmt;

/// What we conclude about the newest phase of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Nothing has been said of this phase yet.
    Waiting,
    /// Accepted and waiting.
    Queued,
    /// Being worked on; also under a status that is not known.
    Running,
    /// Over, and its output is there.
    Succeeded,
    /// Over without a result.
    Failed,
    /// Turned away by the service; over without a result.
    Rejected,
    /// Said to be done, and its output is not there: no success.
    WithoutOutput,
    /// Said to be over in two different ways: no success, and a reason to look at it.
    Conflict,
}

impl Stage {
    /// Every stage.
    pub const ALL: &'static [Stage] = &[
        Stage::Waiting,
        Stage::Queued,
        Stage::Running,
        Stage::Succeeded,
        Stage::Failed,
        Stage::Rejected,
        Stage::WithoutOutput,
        Stage::Conflict,
    ];

    /// The stage's name, such as `without-output`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Waiting => "waiting",
            Stage::Queued => "queued",
            Stage::Running => "running",
            Stage::Succeeded => "succeeded",
            Stage::Failed => "failed",
            Stage::Rejected => "rejected",
            Stage::WithoutOutput => "without-output",
            Stage::Conflict => "conflict",
        }
    }

    /// Whether the phase is over; the bill counts from then on.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Stage::Waiting | Stage::Queued | Stage::Running)
    }

    /// Whether the phase is over and its output is there.
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self, Stage::Succeeded)
    }

    /// Whether the server should be asked once more before this is believed.
    #[must_use]
    pub const fn is_doubtful(self) -> bool {
        matches!(self, Stage::WithoutOutput | Stage::Conflict)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
