//! The names of the protocol's values, as they are stored, printed and read back.

use std::fmt;

use super::{Action, Event, Guard, Policy, State};

/// A closed set of values with one word each.
macro_rules! words {
    ($type:ident { $($variant:ident => $word:literal,)+ }) => {
        impl $type {
            /// Every value, in the order of the protocol.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// The word for it, as it is stored and printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($type::$variant => $word,)+
                }
            }

            /// The value of a stored word; `None` for a word this version does not know.
            #[must_use]
            pub fn from_word(word: &str) -> Option<$type> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words!(State {
    Unknown => "unknown",
    Planned => "planned",
    Held => "held",
    Sent => "sent",
    Ambiguous => "ambiguous",
    Parked => "parked",
    Accepted => "accepted",
    Settled => "settled",
    SettledFailed => "settled-failed",
    Rejected => "rejected",
    Withdrawn => "withdrawn",
});

words!(Event {
    Planned => "planned",
    GateOpened => "gate-opened",
    BudgetExceeded => "budget-exceeded",
    LaneStopped => "lane-stopped",
    Resumed => "resumed",
    Answered => "answered",
    AnsweredForeign => "answered-foreign",
    NotSent => "not-sent",
    RateLimited => "rate-limited",
    OutOfCredits => "out-of-credits",
    KeyRefused => "key-refused",
    Refused => "refused",
    AnswerLost => "answer-lost",
    Restarted => "restarted",
    Confirmed => "confirmed",
    ListedOnce => "listed-once",
    ListedTwice => "listed-twice",
    ListedNone => "listed-none",
    ListUnreadable => "list-unreadable",
    NoList => "no-list",
    PersonParks => "person-parks",
    PersonAdopts => "person-adopts",
    PersonResends => "person-resends",
    PersonWithdraws => "person-withdraws",
    Finished => "finished",
    Failed => "failed",
});

words!(Policy {
    Park => "park",
    ResendIfAbsent => "resend-if-absent",
});

impl Event {
    /// What happened, in a few words, for the printed table.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Event::Planned => "plan approved, price known",
            Event::GateOpened => "gate asked for, every budget allows it",
            Event::BudgetExceeded => "gate asked for, a budget would be exceeded",
            Event::LaneStopped => "gate asked for, the account's lane is stopped",
            Event::Resumed => "limit raised, or lane resumed",
            Event::Answered => "2xx with a job id",
            Event::AnsweredForeign => "2xx with a job id that another intent owns",
            Event::NotSent => "request provably never left",
            Event::RateLimited => "429",
            Event::OutOfCredits => "402, or no credits",
            Event::KeyRefused => "401 or 403",
            Event::Refused => "another refusal before any work",
            Event::AnswerLost => "may have been received, or 2xx without an id",
            Event::Restarted => "a process starts and finds it in flight",
            Event::Confirmed => "webhook with the marker, confirmed by GET",
            Event::ListedOnce => "list shows the marker once",
            Event::ListedTwice => "list shows the marker more than once",
            Event::ListedNone => "list reaches back and does not show the marker",
            Event::ListUnreadable => "list not readable, or too short",
            Event::NoList => "no list that proves anything",
            Event::PersonParks => "a person parks it",
            Event::PersonAdopts => "a person names the job",
            Event::PersonResends => "a person wants it sent again",
            Event::PersonWithdraws => "a person gives it up",
            Event::Finished => "success, confirmed by GET",
            Event::Failed => "failed or rejected, confirmed by GET",
        }
    }
}

impl Guard {
    /// The condition in a few words, for the printed table; empty for none.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Guard::Always => "",
            Guard::Newest => "newest attempt",
            Guard::Earlier => "earlier attempt",
            Guard::BeforeHorizon => "before the horizon",
            Guard::AfterHorizon => "after the horizon",
            Guard::AfterHorizonPark => "after the horizon, policy `park`",
            Guard::AfterHorizonOnce => "after the horizon, policy `resend-if-absent`, absent once",
            Guard::AfterHorizonProved => {
                "after the horizon, policy `resend-if-absent`, absent twice a minute apart, and the \
                 credits agree"
            }
            Guard::AfterHorizonDoubted => {
                "after the horizon, policy `resend-if-absent`, absent twice a minute apart, and the \
                 credits do not agree"
            }
            Guard::SameJob => "its own job",
            Guard::OtherJob => "another job",
        }
    }
}

impl Action {
    /// What is done, in a few words, for the printed table.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Action::Store => "store body, hash and price",
            Action::Reserve => "reserve and insert the attempt, durable before the first byte",
            Action::SetHorizon => "keep the reservation, set the horizon",
            Action::Void => "void the reservation",
            Action::Reinstate => "reserve again, whatever the limits say",
            Action::Adopt => "store the job",
            Action::NoteAbsence => "note the absence",
            Action::Post => "post the bill, release the rest",
            Action::StopLane => "stop the account's lane",
            Action::Distrust => "believe that status no more",
            Action::RecordDecision => "record who and when",
            Action::AlarmExtraJob => "alarm: a job too many",
            Action::AlarmMisjudged => "alarm: believed unspent, was spent",
            Action::AlarmForeignJob => "alarm: one job for two intents",
            Action::BackOff => "back off, then the next attempt",
            Action::CoolDown => "cool the whole key down",
            Action::AskAgain => "ask again later",
        }
    }
}
