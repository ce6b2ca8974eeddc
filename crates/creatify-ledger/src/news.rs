//! What the caller tells a ledger, and what the ledger answers.

use creatify_core::Credits;
use serde::Serialize;

use crate::id::{IntentId, UnixMillis};
use crate::intent::Intent;
use crate::marker::Marker;
use crate::protocol::{Action, Event, State};

/// The longest note that is kept, in characters; the rest is cut.
pub const NOTE_LIMIT: usize = 2_000;

/// Something that happened to one attempt, with what goes with it.
///
/// Notes are kept and exported: free them of secrets before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum News {
    /// A limit was raised or a lane runs again.
    Resumed,
    /// A 2xx answer named this job.
    Answered {
        /// The job's id.
        job: String,
    },
    /// The request provably never left.
    NotSent {
        /// Why.
        note: Option<String>,
    },
    /// Refused with 429.
    RateLimited {
        /// What was answered.
        note: Option<String>,
    },
    /// Refused for want of credits.
    OutOfCredits {
        /// The status of the answer.
        status: u16,
        /// What was answered.
        note: Option<String>,
    },
    /// The keys were refused.
    KeyRefused {
        /// The status of the answer.
        status: u16,
        /// What was answered.
        note: Option<String>,
    },
    /// Refused with another status that means that nothing was done.
    Refused {
        /// The status of the answer.
        status: u16,
        /// What was answered.
        note: Option<String>,
    },
    /// It may have been received.
    AnswerLost {
        /// Why there is no answer.
        note: Option<String>,
    },
    /// A webhook or another hint named this job, and a GET shows that it bears this marker.
    Confirmed {
        /// The job's id.
        job: String,
    },
    /// A list shows this marker at these jobs, the earliest first.
    Listed {
        /// The jobs' ids; none when a list that reaches back before the send shows none.
        jobs: Vec<String>,
        /// For no job: whether what is known of the account's credits agrees that nothing was
        /// charged. `false` when nothing is known.
        do_credits_agree: bool,
    },
    /// The list cannot be read, or does not reach back before the send.
    ListUnreadable,
    /// There is no list that could prove anything.
    NoList,
    /// A person wants no more attempts to find out.
    PersonParks {
        /// Who.
        by: String,
    },
    /// A person names the job.
    PersonAdopts {
        /// Who.
        by: String,
        /// The job's id.
        job: String,
    },
    /// A person says that there is no job, and wants it sent again.
    PersonResends {
        /// Who.
        by: String,
    },
    /// A person says that there is no job, and wants none.
    PersonWithdraws {
        /// Who.
        by: String,
    },
    /// A GET shows that the job ended well.
    Finished {
        /// What it was billed.
        bill: Credits,
        /// How long it ran, in milliseconds, as far as is known.
        ran_for: Option<u64>,
    },
    /// A GET shows that the job failed or was rejected.
    Failed {
        /// What it was billed; 0 only when the service says so.
        bill: Credits,
    },
}

impl News {
    /// The protocol's name for it.
    #[must_use]
    pub fn event(&self) -> Event {
        match self {
            News::Resumed => Event::Resumed,
            News::Answered { .. } => Event::Answered,
            News::NotSent { .. } => Event::NotSent,
            News::RateLimited { .. } => Event::RateLimited,
            News::OutOfCredits { .. } => Event::OutOfCredits,
            News::KeyRefused { .. } => Event::KeyRefused,
            News::Refused { .. } => Event::Refused,
            News::AnswerLost { .. } => Event::AnswerLost,
            News::Confirmed { .. } => Event::Confirmed,
            News::Listed { jobs, .. } => match jobs.len() {
                0 => Event::ListedNone,
                1 => Event::ListedOnce,
                _ => Event::ListedTwice,
            },
            News::ListUnreadable => Event::ListUnreadable,
            News::NoList => Event::NoList,
            News::PersonParks { .. } => Event::PersonParks,
            News::PersonAdopts { .. } => Event::PersonAdopts,
            News::PersonResends { .. } => Event::PersonResends,
            News::PersonWithdraws { .. } => Event::PersonWithdraws,
            News::Finished { .. } => Event::Finished,
            News::Failed { .. } => Event::Failed,
        }
    }

    /// The jobs it names, the one to adopt first.
    pub(crate) fn jobs(&self) -> &[String] {
        match self {
            News::Answered { job } | News::Confirmed { job } | News::PersonAdopts { job, .. } => {
                std::slice::from_ref(job)
            }
            News::Listed { jobs, .. } => jobs,
            _ => &[],
        }
    }

    /// The status that refused the request.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            News::RateLimited { .. } => Some(429),
            News::OutOfCredits { status, .. }
            | News::KeyRefused { status, .. }
            | News::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// What was said, cut to [`NOTE_LIMIT`].
    pub(crate) fn note(&self) -> Option<String> {
        let note = match self {
            News::NotSent { note }
            | News::RateLimited { note }
            | News::OutOfCredits { note, .. }
            | News::KeyRefused { note, .. }
            | News::Refused { note, .. }
            | News::AnswerLost { note } => note.as_ref()?,
            _ => return None,
        };
        Some(note.chars().take(NOTE_LIMIT).collect())
    }

    /// The person who decided.
    pub(crate) fn by(&self) -> Option<&str> {
        match self {
            News::PersonParks { by }
            | News::PersonAdopts { by, .. }
            | News::PersonResends { by }
            | News::PersonWithdraws { by } => Some(by),
            _ => None,
        }
    }
}

/// Permission to put one request on the network, once: its gate is durable.
///
/// Made by a ledger's gate only. Sending takes it by value, so that one gate lets one request out.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the attempt counts as sent from here on: send it, or record that it was not sent"]
pub struct Pass {
    pub(crate) intent: IntentId,
    pub(crate) attempt: u32,
}

impl Pass {
    /// The intent it is for.
    #[must_use]
    pub const fn intent(&self) -> IntentId {
        self.intent
    }

    /// The attempt it is for, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The mark to send along.
    #[must_use]
    pub const fn marker(&self) -> Marker {
        Marker::new(self.intent, self.attempt)
    }
}

/// What a piece of news came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// The event, after what the ledger knows was taken into account.
    pub event: Event,
    /// The state before.
    pub from: State,
    /// The intent as it stands now.
    pub intent: Intent,
    /// What the protocol says is to be done; the ledger's part is done.
    pub actions: &'static [Action],
    /// What a person must hear of; each is also in the ledger.
    pub alarms: Vec<Alarm>,
}

/// Something that must not happen, and did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Alarm {
    /// When it was noticed.
    pub at: UnixMillis,
    /// The intent.
    pub intent: IntentId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// What it is about.
    pub kind: AlarmKind,
    /// The job, the status or the amounts.
    pub detail: String,
}

/// What an alarm is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AlarmKind {
    /// A job too many was made for one intent. Its cost is in no balance.
    ExtraJob,
    /// An attempt that was believed unspent made a job.
    Misjudged,
    /// Two intents were given one job.
    ForeignJob,
    /// A bill exceeds its reservation.
    AboveReserved,
}

impl AlarmKind {
    /// Every kind.
    pub const ALL: &'static [AlarmKind] = &[
        AlarmKind::ExtraJob,
        AlarmKind::Misjudged,
        AlarmKind::ForeignJob,
        AlarmKind::AboveReserved,
    ];

    /// The word for it, as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            AlarmKind::ExtraJob => "extra-job",
            AlarmKind::Misjudged => "misjudged",
            AlarmKind::ForeignJob => "foreign-job",
            AlarmKind::AboveReserved => "above-reserved",
        }
    }
}

/// One line of the ledger's history, in the order of the commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LogEntry {
    /// From 1, without gaps.
    pub number: u64,
    /// When.
    pub at: UnixMillis,
    /// The intent.
    pub intent: IntentId,
    /// The attempt, from 1; 0 where none was made yet.
    pub attempt: u32,
    /// What happened.
    pub event: Event,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
    /// Who decided, for a person's decision.
    pub by: Option<String>,
    /// What else was said.
    pub note: Option<String>,
}
