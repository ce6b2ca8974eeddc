//! The facade's one error: what went wrong, and what to do next.
//!
//! [`Error`] is opaque. Ask [`Error::kind`] or a predicate; each predicate says what to do about
//! it. No type of the HTTP library shows, and no message holds a key or a call-back URL.

use std::fmt;
use std::time::Duration;

use creatify_core::JobRef;
use creatify_ledger::IntentId;

use crate::JobState;

/// What a caller can act on. More kinds may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input was refused before anything was sent.
    Invalid,
    /// The request does not state its length, and none was given.
    LengthUnknown,
    /// No price is known for the request.
    PriceUnknown,
    /// The budget does not cover the request.
    OverBudget,
    /// The ledger is not in order, or holds the call back; nothing was sent.
    Ledger,
    /// The account has too few credits.
    OutOfCredits,
    /// Keys are missing, malformed or refused.
    Credentials,
    /// The paid request provably never left this machine.
    NotSent,
    /// The server's certificate is not the service's; neither keys nor request were sent to it.
    Untrusted,
    /// The service refused the request; nothing was spent.
    Rejected,
    /// The service asks for fewer requests.
    RateLimited,
    /// The paid request may have been received.
    OutcomeUnknown,
    /// A read failed: no connection, no answer, or an answer that is no API answer.
    Unreachable,
    /// The job ended `failed` or `rejected`.
    JobFailed,
    /// The job ended in a way that is neither success nor a stated failure.
    JobInconsistent,
    /// The deadline passed; the job runs on.
    Deadline,
    /// A protection of a download refused what the service points to: its address, a redirect, its
    /// size, its kind.
    Unsafe,
    /// A file cannot be read or written.
    File,
}

impl ErrorKind {
    /// The kind as one word for machines, as in `over-budget`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::LengthUnknown => "length-unknown",
            Self::PriceUnknown => "price-unknown",
            Self::OverBudget => "over-budget",
            Self::Ledger => "ledger",
            Self::OutOfCredits => "out-of-credits",
            Self::Credentials => "credentials",
            Self::NotSent => "not-sent",
            Self::Untrusted => "untrusted",
            Self::Rejected => "rejected",
            Self::RateLimited => "rate-limited",
            Self::OutcomeUnknown => "outcome-unknown",
            Self::Unreachable => "unreachable",
            Self::JobFailed => "job-failed",
            Self::JobInconsistent => "job-inconsistent",
            Self::Deadline => "deadline",
            Self::Unsafe => "unsafe",
            Self::File => "file",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Anything that can go wrong in this crate.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    job: Option<JobRef>,
    state: Option<Box<JobState>>,
    status: Option<u16>,
    retry_after: Option<Duration>,
    intent: Option<IntentId>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            hint: None,
            job: None,
            state: None,
            status: None,
            retry_after: None,
            intent: None,
            source: None,
        }))
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    pub(crate) fn with_job(mut self, job: JobRef) -> Self {
        self.0.job = Some(job);
        self
    }

    pub(crate) fn with_state(mut self, state: JobState) -> Self {
        self.0.state = Some(Box::new(state));
        self
    }

    pub(crate) fn with_status(mut self, status: Option<u16>) -> Self {
        self.0.status = status;
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    pub(crate) fn with_intent(mut self, intent: IntentId) -> Self {
        self.0.intent = Some(intent);
        self
    }

    pub(crate) fn because(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What a caller can act on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The next step, where there is one.
    #[must_use]
    pub fn next_step(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The job this error is about; resumable with [`Client::job`](crate::Client::job).
    #[must_use]
    pub fn job_ref(&self) -> Option<&JobRef> {
        self.0.job.as_ref()
    }

    /// The last state of the job that was read, for [`Deadline`](ErrorKind::Deadline) and
    /// [`JobFailed`](ErrorKind::JobFailed).
    #[must_use]
    pub fn job_state(&self) -> Option<&JobState> {
        self.0.state.as_deref()
    }

    /// The ledger's name for the paid call, where the client keeps a ledger.
    #[must_use]
    pub fn intent(&self) -> Option<IntentId> {
        self.0.intent
    }

    /// The HTTP status of the answer, where one came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// How long the service asks to wait, where it says so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The paid request may have been received, and may be charged.
    ///
    /// Do **not** send again. Look the job up (list, dashboard, balance); its reservation stays in
    /// the budget.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        self.0.kind == ErrorKind::OutcomeUnknown
    }

    /// The paid request provably never left this machine. Sending again is safe.
    #[must_use]
    pub fn is_not_sent(&self) -> bool {
        matches!(self.0.kind, ErrorKind::NotSent | ErrorKind::Untrusted)
    }

    /// The service refused the request; nothing was spent. Mend the request first.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.0.kind == ErrorKind::Rejected
    }

    /// The deadline passed. The job runs on and stays paid: resume with
    /// [`Client::job`](crate::Client::job) and [`Error::job_ref`], do not create it again.
    #[must_use]
    pub fn is_deadline(&self) -> bool {
        self.0.kind == ErrorKind::Deadline
    }

    /// The job ended `failed` or `rejected`; [`Error::job_state`] holds the reason.
    #[must_use]
    pub fn is_job_failed(&self) -> bool {
        self.0.kind == ErrorKind::JobFailed
    }

    /// The budget does not cover the request. Raise the limit or ask for less.
    #[must_use]
    pub fn is_over_budget(&self) -> bool {
        self.0.kind == ErrorKind::OverBudget
    }

    /// The request does not state its length: give it with `length(...)`.
    #[must_use]
    pub fn is_length_unknown(&self) -> bool {
        self.0.kind == ErrorKind::LengthUnknown
    }

    /// The keys are missing, malformed or refused. Nothing else will work until they change.
    #[must_use]
    pub fn is_credentials(&self) -> bool {
        self.0.kind == ErrorKind::Credentials
    }

    /// The service asks for fewer requests. Nothing was done; wait, then ask again.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.0.kind == ErrorKind::RateLimited
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("job", &self.0.job)
            .field("status", &self.0.status)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
