//! The table itself. The order of the rows carries no meaning: no two of them apply to one case.

use super::{Action, Event, Guard, Next, Row, State};

use Action::{
    Adopt, AlarmExtraJob, AlarmForeignJob, AlarmMisjudged, AskAgain, BackOff, CoolDown, Distrust,
    NoteAbsence, Post, RecordDecision, Reinstate, Reserve, SetHorizon, StopLane, Store, Void,
};
use Event as E;
use Next::{Stay, To};
use State as S;

const fn row(
    from: &'static [State],
    on: &'static [Event],
    when: Guard,
    next: Next,
    actions: &'static [Action],
) -> Row {
    Row {
        from,
        on,
        when,
        next,
        actions,
    }
}

/// The protocol, row by row.
pub const TABLE: &[Row] = &[
    // From a plan to the network.
    row(
        &[S::Unknown],
        &[E::Planned],
        Guard::Always,
        To(S::Planned),
        &[Store],
    ),
    row(
        &[S::Planned],
        &[E::GateOpened],
        Guard::Newest,
        To(S::Sent),
        &[Reserve],
    ),
    row(
        &[S::Planned],
        &[E::BudgetExceeded, E::LaneStopped],
        Guard::Newest,
        To(S::Held),
        &[],
    ),
    row(
        &[S::Held],
        &[E::Resumed],
        Guard::Always,
        To(S::Planned),
        &[],
    ),
    // What the network said.
    row(
        &[S::Sent],
        &[E::Answered],
        Guard::Newest,
        To(S::Accepted),
        &[Adopt],
    ),
    row(
        &[S::Sent],
        &[E::AnsweredForeign],
        Guard::Newest,
        To(S::Parked),
        &[AlarmForeignJob],
    ),
    row(
        &[S::Sent],
        &[E::NotSent],
        Guard::Newest,
        To(S::Planned),
        &[Void, BackOff],
    ),
    row(
        &[S::Sent],
        &[E::RateLimited],
        Guard::Newest,
        To(S::Planned),
        &[Void, CoolDown],
    ),
    row(
        &[S::Sent],
        &[E::OutOfCredits, E::KeyRefused],
        Guard::Newest,
        To(S::Held),
        &[Void, StopLane],
    ),
    row(
        &[S::Sent],
        &[E::Refused],
        Guard::Newest,
        To(S::Rejected),
        &[Void],
    ),
    row(
        &[S::Sent],
        &[E::AnswerLost, E::Restarted],
        Guard::Newest,
        To(S::Ambiguous),
        &[SetHorizon],
    ),
    // Finding out.
    row(
        &[S::Sent, S::Ambiguous, S::Parked],
        &[E::Confirmed],
        Guard::Newest,
        To(S::Accepted),
        &[Adopt],
    ),
    row(
        &[S::Sent],
        &[E::ListedOnce],
        Guard::Newest,
        To(S::Accepted),
        &[Adopt],
    ),
    row(
        &[S::Ambiguous],
        &[E::ListedOnce],
        Guard::BeforeHorizon,
        Stay,
        &[AskAgain],
    ),
    row(
        &[S::Ambiguous],
        &[E::ListedOnce],
        Guard::AfterHorizon,
        To(S::Accepted),
        &[Adopt],
    ),
    row(
        &[S::Parked],
        &[E::ListedOnce],
        Guard::Newest,
        To(S::Accepted),
        &[Adopt],
    ),
    row(
        &[S::Sent, S::Ambiguous, S::Parked],
        &[E::ListedTwice],
        Guard::Newest,
        To(S::Accepted),
        &[Adopt, AlarmExtraJob],
    ),
    row(
        &[S::Ambiguous],
        &[E::ListedNone, E::NoList],
        Guard::BeforeHorizon,
        Stay,
        &[AskAgain],
    ),
    row(
        &[S::Ambiguous],
        &[E::ListedNone],
        Guard::AfterHorizonPark,
        To(S::Parked),
        &[],
    ),
    row(
        &[S::Ambiguous],
        &[E::ListedNone],
        Guard::AfterHorizonOnce,
        Stay,
        &[NoteAbsence, AskAgain],
    ),
    row(
        &[S::Ambiguous],
        &[E::ListedNone],
        Guard::AfterHorizonProved,
        To(S::Planned),
        &[Void, BackOff],
    ),
    row(
        &[S::Ambiguous],
        &[E::ListedNone],
        Guard::AfterHorizonDoubted,
        To(S::Parked),
        &[],
    ),
    row(
        &[S::Ambiguous],
        &[E::NoList],
        Guard::AfterHorizon,
        To(S::Parked),
        &[],
    ),
    row(
        &[S::Ambiguous],
        &[E::ListUnreadable],
        Guard::Newest,
        Stay,
        &[AskAgain],
    ),
    row(
        &[S::Parked],
        &[E::ListedNone, E::ListUnreadable, E::NoList],
        Guard::Newest,
        Stay,
        &[],
    ),
    // A person decides.
    row(
        &[S::Ambiguous],
        &[E::PersonParks],
        Guard::Newest,
        To(S::Parked),
        &[RecordDecision],
    ),
    row(
        &[S::Ambiguous, S::Parked],
        &[E::PersonAdopts],
        Guard::Newest,
        To(S::Accepted),
        &[Adopt, RecordDecision],
    ),
    row(
        &[S::Parked],
        &[E::PersonResends],
        Guard::Newest,
        To(S::Planned),
        &[Void, RecordDecision],
    ),
    row(
        &[S::Parked],
        &[E::PersonWithdraws],
        Guard::Newest,
        To(S::Withdrawn),
        &[Void, RecordDecision],
    ),
    row(
        &[S::Planned, S::Held],
        &[E::PersonWithdraws],
        Guard::Newest,
        To(S::Withdrawn),
        &[RecordDecision],
    ),
    // The end.
    row(
        &[S::Accepted],
        &[E::Finished],
        Guard::Newest,
        To(S::Settled),
        &[Post],
    ),
    row(
        &[S::Accepted],
        &[E::Failed],
        Guard::Newest,
        To(S::SettledFailed),
        &[Post],
    ),
    row(
        &[S::Settled, S::SettledFailed],
        &[E::Finished, E::Failed],
        Guard::Newest,
        Stay,
        &[],
    ),
    // What comes late: the answer after the webhook, the webhook after the end.
    row(
        &[S::Accepted, S::Settled, S::SettledFailed],
        &[E::Answered, E::Confirmed, E::ListedOnce],
        Guard::SameJob,
        Stay,
        &[],
    ),
    row(
        &[S::Accepted, S::Settled, S::SettledFailed],
        &[E::Answered, E::Confirmed, E::ListedOnce],
        Guard::OtherJob,
        Stay,
        &[Distrust, AlarmExtraJob],
    ),
    row(
        &[S::Accepted, S::Settled, S::SettledFailed],
        &[E::ListedTwice, E::AnsweredForeign],
        Guard::Always,
        Stay,
        &[AlarmExtraJob],
    ),
    row(
        &[S::Accepted, S::Settled, S::SettledFailed],
        &[E::AnswerLost],
        Guard::Newest,
        Stay,
        &[],
    ),
    row(
        &[S::Accepted, S::Settled, S::SettledFailed],
        &[
            E::NotSent,
            E::RateLimited,
            E::OutOfCredits,
            E::KeyRefused,
            E::Refused,
        ],
        Guard::Newest,
        Stay,
        &[Distrust, AlarmMisjudged],
    ),
    // A job for an attempt that was believed unspent.
    row(
        &[S::Planned, S::Held, S::Rejected, S::Withdrawn],
        &[E::Confirmed, E::ListedOnce],
        Guard::Always,
        To(S::Accepted),
        &[Reinstate, Adopt, Distrust, AlarmMisjudged],
    ),
    row(
        &[S::Planned, S::Held, S::Rejected, S::Withdrawn],
        &[E::ListedTwice],
        Guard::Always,
        To(S::Accepted),
        &[Reinstate, Adopt, Distrust, AlarmMisjudged, AlarmExtraJob],
    ),
    row(
        &[S::Sent, S::Ambiguous, S::Parked],
        &[E::Confirmed, E::ListedOnce, E::ListedTwice],
        Guard::Earlier,
        Stay,
        &[Distrust, AlarmMisjudged, AlarmExtraJob],
    ),
];
