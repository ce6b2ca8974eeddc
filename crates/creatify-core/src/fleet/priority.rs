//! Who goes first when the rate does not let everybody through.
//!
//! Only the order is here; how many go is for the limiter to say.

use core::fmt;

/// What a request is for; what stands first here goes first.
///
/// Strict: nothing of a later kind is sent while something of an earlier kind waits. Polls get at
/// most four fifths of the rate, so that they never stop the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// A paid call.
    Submit,
    /// Finding out what became of a paid call.
    Reconcile,
    /// Reading the bill of a job that is over.
    Settle,
    /// Looking at a job.
    Poll,
    /// Templates, personas, voices.
    Catalogue,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: &'static [Priority] = &[
        Priority::Submit,
        Priority::Reconcile,
        Priority::Settle,
        Priority::Poll,
        Priority::Catalogue,
    ];

    /// The priority's name, such as `submit`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Priority::Submit => "submit",
            Priority::Reconcile => "reconcile",
            Priority::Settle => "settle",
            Priority::Poll => "poll",
            Priority::Catalogue => "catalogue",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
