//! The submission protocol as data: which event takes a paid call from which state to which, and
//! what is done on the way.
//!
//! Nothing here does I/O or keeps anything. [`TABLE`] is the one statement of the protocol: the
//! ledgers run it, the crate's README prints it and the model check explores it, each through
//! [`step`].

use std::fmt;

use serde::{Deserialize, Serialize};

mod render;
mod table;
mod words;

pub use self::render::to_markdown;
pub use self::table::TABLE;

/// Where an intent to pay stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// Not in the ledger.
    Unknown,
    /// Stored; nothing is in flight.
    Planned,
    /// Stored; not sent before a limit is raised, or the account can pay again.
    Held,
    /// The newest attempt is in flight: its gate is durable, its answer is not known.
    Sent,
    /// The newest attempt may have been received; its reservation stays.
    Ambiguous,
    /// As ambiguous, and nothing more is tried: a person decides.
    Parked,
    /// The service has it; the job is known.
    Accepted,
    /// The job succeeded and its bill is posted.
    Settled,
    /// The job failed or was rejected, and its bill is posted.
    SettledFailed,
    /// The service refused it; nothing was spent.
    Rejected,
    /// A person gave it up; nothing is sent for it any more.
    Withdrawn,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// A plan with a known price was approved.
    Planned,
    /// The gate was asked for, and every budget allows the price.
    GateOpened,
    /// The gate was asked for, and a budget would be exceeded.
    BudgetExceeded,
    /// The gate was asked for, and the account's lane is stopped.
    LaneStopped,
    /// The limit was raised, or the lane runs again.
    Resumed,
    /// A 2xx answer with a job id.
    Answered,
    /// A 2xx answer with a job id that another intent owns.
    AnsweredForeign,
    /// The request provably never left.
    NotSent,
    /// Refused with 429.
    RateLimited,
    /// Refused for want of credits, as with 402.
    OutOfCredits,
    /// The keys were refused, as with 401 and 403.
    KeyRefused,
    /// Refused with another status that means that nothing was done.
    Refused,
    /// It may have been received: no answer, a broken one, or a 2xx without an id.
    AnswerLost,
    /// A process starts and finds the attempt in flight.
    Restarted,
    /// A webhook, or any other hint, named a job that a GET shows to bear this marker.
    Confirmed,
    /// A list shows the marker at one job; for a call on a known job, its GET shows the effect.
    ListedOnce,
    /// A list shows the marker at several jobs.
    ListedTwice,
    /// A list that reaches back before the send does not show the marker; for a call on a known
    /// job, its GET shows no effect.
    ListedNone,
    /// The list cannot be read, or does not reach back before the send.
    ListUnreadable,
    /// There is no list that could prove anything.
    NoList,
    /// A person wants no more attempts to find out.
    PersonParks,
    /// A person names the job.
    PersonAdopts,
    /// A person says that there is no job, and wants it sent again.
    PersonResends,
    /// A person says that there is no job, and wants none.
    PersonWithdraws,
    /// A GET shows the job ended well.
    Finished,
    /// A GET shows the job failed or rejected.
    Failed,
}

/// What to do when a list does not show the marker after the horizon.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Leave it to a person: a second payment is impossible.
    #[default]
    Park,
    /// Send again when two lists at least a minute apart and the credits agree that it is absent: a
    /// second payment needs a job that stays unseen past the horizon.
    ResendIfAbsent,
}

/// Which attempt a piece of news is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Which {
    /// The newest one.
    #[default]
    Newest,
    /// One before it, which is void: it was taken for not sent, refused or absent.
    Earlier,
}

/// How the job a piece of news names compares with the one the intent has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Job {
    /// The intent has no job yet, or the news names none.
    #[default]
    New,
    /// It is the intent's own.
    Same,
    /// The intent has another one.
    Other,
}

/// What a list without the marker, read after the horizon, amounts to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Absence {
    /// It is the first, or came less than a minute after the first.
    #[default]
    Once,
    /// It is a second one, at least a minute later, and the credits agree.
    Proved,
    /// It is a second one, at least a minute later, and the credits do not agree or are not known.
    Doubted,
}

/// What a [`Guard`] may ask for, beside the state and the event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Facts {
    /// Whether no copy of the request can still be under way.
    pub is_after_horizon: bool,
    /// What the intent says about absence.
    pub policy: Policy,
    /// How often, and how well, the job's absence is shown.
    pub absence: Absence,
    /// Which attempt the news is about.
    pub which: Which,
    /// Whose job it names.
    pub job: Job,
}

/// A condition on the [`Facts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Guard {
    /// None.
    Always,
    /// The newest attempt.
    Newest,
    /// An earlier, void attempt.
    Earlier,
    /// The newest attempt, before its horizon.
    BeforeHorizon,
    /// The newest attempt, from its horizon on.
    AfterHorizon,
    /// From the horizon on, under [`Policy::Park`].
    AfterHorizonPark,
    /// From the horizon on, under [`Policy::ResendIfAbsent`], absent once.
    AfterHorizonOnce,
    /// From the horizon on, under [`Policy::ResendIfAbsent`], absence proved.
    AfterHorizonProved,
    /// From the horizon on, under [`Policy::ResendIfAbsent`], the credits speak against it.
    AfterHorizonDoubted,
    /// The intent's own job.
    SameJob,
    /// Another job than the intent's own.
    OtherJob,
}

/// Where a row leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    /// To this state.
    To(State),
    /// Nowhere: the state stays.
    Stay,
}

/// What is done in the same transaction, or by the caller after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// Ledger: store the body, its hash and the price, unchangeable.
    Store,
    /// Ledger: reserve the price and insert the attempt, durable before anything is written to the
    /// network.
    Reserve,
    /// Ledger: set the horizon; the reservation stays.
    SetHorizon,
    /// Ledger: end the reservation, nothing was spent.
    Void,
    /// Ledger: reserve again what was voided in error, whatever the limits say.
    Reinstate,
    /// Ledger: the job belongs to this attempt.
    Adopt,
    /// Ledger: remember that the job was absent now.
    NoteAbsence,
    /// Ledger: end the reservation by the bill; a bill above it raises an alarm.
    Post,
    /// Ledger: stop the account's lane; no gate opens before it is resumed.
    StopLane,
    /// Ledger: the status that called this attempt unspent is not believed any more.
    Distrust,
    /// Ledger: record who decided, and when.
    RecordDecision,
    /// Caller and ledger: tell a person that there is a job too many.
    AlarmExtraJob,
    /// Caller and ledger: tell a person that a call believed unspent was spent.
    AlarmMisjudged,
    /// Caller and ledger: tell a person that two intents were given one job.
    AlarmForeignJob,
    /// Caller: wait a little before the next attempt.
    BackOff,
    /// Caller: send nothing with this key before the cool-down is over.
    CoolDown,
    /// Caller: ask again later.
    AskAgain,
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The states it starts from.
    pub from: &'static [State],
    /// The events it is about.
    pub on: &'static [Event],
    /// Under which condition.
    pub when: Guard,
    /// Where it leads.
    pub next: Next,
    /// What is done.
    pub actions: &'static [Action],
}

/// What a row makes of one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The state after it.
    pub next: State,
    /// What is done.
    pub actions: &'static [Action],
}

/// Finds what follows from an event, by walking [`TABLE`].
///
/// # Errors
///
/// [`NoRow`] when the protocol knows no such event there; nothing is to be done then.
///
/// # Example
///
/// ```
/// use creatify_ledger::protocol::{Action, Event, Facts, State, step};
///
/// let lost = step(State::Sent, Event::AnswerLost, &Facts::default())?;
/// assert_eq!(lost.next, State::Ambiguous);
/// assert!(!lost.actions.contains(&Action::Void));
/// // An ambiguous attempt is never simply sent again.
/// assert!(step(State::Ambiguous, Event::GateOpened, &Facts::default()).is_err());
/// # Ok::<(), creatify_ledger::protocol::NoRow>(())
/// ```
pub fn step(state: State, event: Event, facts: &Facts) -> Result<Step, NoRow> {
    step_in(TABLE, state, event, facts)
}

/// As [`step`], by another table; for trials of rules that are not the protocol.
///
/// # Errors
///
/// [`NoRow`] when the table has no row for it.
pub fn step_in(table: &[Row], state: State, event: Event, facts: &Facts) -> Result<Step, NoRow> {
    let row = table
        .iter()
        .find(|row| row.applies_to(state, event, facts))
        .ok_or(NoRow { state, event })?;
    let next = match row.next {
        Next::To(next) => next,
        Next::Stay => state,
    };
    Ok(Step {
        next,
        actions: row.actions,
    })
}

impl Row {
    /// Whether the row is about this event in this state.
    #[must_use]
    pub fn applies_to(&self, state: State, event: Event, facts: &Facts) -> bool {
        self.from.contains(&state) && self.on.contains(&event) && self.when.holds(facts)
    }
}

impl Guard {
    /// Whether the condition holds.
    #[must_use]
    pub fn holds(self, facts: &Facts) -> bool {
        let newest = facts.which == Which::Newest;
        let after = newest && facts.is_after_horizon;
        let resend = facts.policy == Policy::ResendIfAbsent;
        match self {
            Guard::Always => true,
            Guard::Newest => newest,
            Guard::Earlier => !newest,
            Guard::BeforeHorizon => newest && !facts.is_after_horizon,
            Guard::AfterHorizon => after,
            Guard::AfterHorizonPark => after && !resend,
            Guard::AfterHorizonOnce => after && resend && facts.absence == Absence::Once,
            Guard::AfterHorizonProved => after && resend && facts.absence == Absence::Proved,
            Guard::AfterHorizonDoubted => after && resend && facts.absence == Absence::Doubted,
            Guard::SameJob => facts.job == Job::Same,
            Guard::OtherJob => facts.job == Job::Other,
        }
    }
}

impl State {
    /// Whether money is set aside for the newest attempt.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        matches!(
            self,
            State::Sent | State::Ambiguous | State::Parked | State::Accepted
        )
    }

    /// Whether nothing further is expected.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            State::Settled | State::SettledFailed | State::Rejected | State::Withdrawn
        )
    }
}

/// An event that the protocol does not know in that state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRow {
    /// The state it was in.
    pub state: State,
    /// The event.
    pub event: Event,
}

impl fmt::Display for NoRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NoRow { state, event } = self;
        write!(
            f,
            "`{event}` means nothing for an intent that is {state}; look at its state first"
        )
    }
}

impl std::error::Error for NoRow {}
