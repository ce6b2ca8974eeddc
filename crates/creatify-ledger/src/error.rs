//! Why a ledger refuses.

use std::fmt;
use std::path::PathBuf;

use creatify_core::Credits;

use crate::id::IntentId;
use crate::money::Scope;
use crate::protocol::{NoRow, State};

/// Why a ledger did not do what it was asked; it is then as it was, except where a variant says
/// otherwise.
///
/// Nothing may be sent after any of these.
#[derive(Debug)]
#[non_exhaustive]
pub enum LedgerError {
    /// There is no such intent.
    UnknownIntent {
        /// The one asked for.
        intent: IntentId,
    },
    /// The intent has no attempt with that number.
    UnknownAttempt {
        /// The intent.
        intent: IntentId,
        /// The number asked for.
        attempt: u32,
    },
    /// The intent is stored with another body, price or account: it is another purchase.
    PlanChanged {
        /// The intent.
        intent: IntentId,
        /// What differs.
        what: &'static str,
    },
    /// Another intent has this step of this job, such as its first render.
    StepTaken {
        /// The job's id.
        job: String,
        /// The number of the call on it.
        step: u32,
        /// The intent that has it.
        by: IntentId,
    },
    /// The gate is shut: this attempt was let out before, or another one is due.
    GateClosed {
        /// The intent.
        intent: IntentId,
        /// The attempt asked for.
        attempt: u32,
        /// The attempt that is due next, once the intent is planned.
        next: u32,
        /// Where the intent stands.
        state: State,
    },
    /// A budget would be exceeded. The intent is now held.
    OverBudget {
        /// The budget.
        scope: Scope,
        /// What was asked for.
        asked: Credits,
        /// Its limit.
        limit: Credits,
        /// What is reserved of it.
        reserved: Credits,
        /// What is spent of it.
        spent: Credits,
    },
    /// The account's lane is stopped: it cannot pay, or its keys were refused. The intent is now
    /// held.
    LaneStopped {
        /// The account.
        account: String,
        /// What stopped it.
        why: String,
    },
    /// Another intent owns that job.
    JobTaken {
        /// The job's id.
        job: String,
        /// The intent that owns it.
        by: IntentId,
    },
    /// The protocol knows no such event in that state.
    NoRow(NoRow),
    /// The change would break an invariant of the ledger. Nothing was changed.
    Broken {
        /// Which, and how.
        what: String,
    },
    /// Another process has the file.
    InUse {
        /// The file.
        path: PathBuf,
        /// The process, where it is known.
        holder: Option<u32>,
    },
    /// The file is damaged, or holds what no ledger writes.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// The file was written by a newer version.
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its schema.
        found: i64,
        /// The newest one known here.
        known: i64,
    },
    /// The file is a database of something else.
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// The storage failed. Whether the change is stored is not known; open the ledger anew.
    Storage {
        /// What was being done.
        doing: &'static str,
        /// What failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl LedgerError {
    /// Whether a budget or a stopped lane is in the way, so that a person can make room.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        matches!(
            self,
            LedgerError::OverBudget { .. } | LedgerError::LaneStopped { .. }
        )
    }

    /// Whether the file can only be read: damaged, newer or foreign. Its content can be taken out
    /// with [`salvage`](crate::salvage).
    #[must_use]
    pub const fn is_unreadable(&self) -> bool {
        matches!(
            self,
            LedgerError::Damaged { .. }
                | LedgerError::Newer { .. }
                | LedgerError::NotALedger { .. }
        )
    }
}

impl From<NoRow> for LedgerError {
    fn from(refusal: NoRow) -> LedgerError {
        LedgerError::NoRow(refusal)
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LedgerError::UnknownIntent { intent } => {
                write!(
                    f,
                    "the ledger has no intent {intent}; list the jobs to see which it has"
                )
            }
            LedgerError::UnknownAttempt { intent, attempt } => {
                write!(
                    f,
                    "intent {intent} has no attempt {attempt}; look at its attempts"
                )
            }
            LedgerError::PlanChanged { intent, what } => write!(
                f,
                "intent {intent} is stored with another {what}; make a new intent for another \
                 purchase"
            ),
            LedgerError::StepTaken { job, step, by } => write!(
                f,
                "call {step} on job {job} belongs to intent {by}; wait for that one"
            ),
            LedgerError::GateClosed {
                intent,
                attempt,
                next,
                state,
            } => write!(
                f,
                "attempt {attempt} of intent {intent} is not let out: the intent is {state} and \
                 attempt {next} would be next; nothing was sent"
            ),
            LedgerError::OverBudget {
                scope,
                asked,
                limit,
                reserved,
                spent,
            } => write!(
                f,
                "{asked} credits exceed the limit of {limit} for {scope}, of which {spent} are \
                 spent and {reserved} reserved; raise the limit, then resume"
            ),
            LedgerError::LaneStopped { account, why } => write!(
                f,
                "the lane of account {account} is stopped by `{why}`; mend that, then resume the \
                 lane"
            ),
            LedgerError::JobTaken { job, by } => {
                write!(
                    f,
                    "job {job} belongs to intent {by}; look at both before going on"
                )
            }
            LedgerError::NoRow(refusal) => refusal.fmt(f),
            LedgerError::Broken { what } => {
                write!(
                    f,
                    "the ledger would be wrong: {what}; nothing was changed, report this"
                )
            }
            LedgerError::InUse { path, holder } => {
                write!(f, "the ledger {} is in use by ", path.display())?;
                match holder {
                    Some(holder) => write!(f, "process {holder}")?,
                    None => f.write_str("another process")?,
                }
                f.write_str("; wait for it, or name another file")
            }
            LedgerError::Damaged { path, what } => write!(
                f,
                "the ledger {} is damaged: {what}; nothing is sent, export what can be read and \
                 restore a copy",
                path.display()
            ),
            LedgerError::Newer { path, found, known } => write!(
                f,
                "the ledger {} has version {found}, this program knows versions up to {known}; \
                 use a newer program, or export it",
                path.display()
            ),
            LedgerError::NotALedger { path } => write!(
                f,
                "{} is a database of another program; name another file",
                path.display()
            ),
            LedgerError::Storage { doing, source } => write!(
                f,
                "the ledger failed {doing}: {source}; nothing is sent, open the ledger anew"
            ),
        }
    }
}

impl std::error::Error for LedgerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LedgerError::NoRow(refusal) => Some(refusal),
            LedgerError::Storage { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
