//! What a person does next about a paid call, in words, and moments as they are printed.
//!
//! Nothing here decides anything: it says which commands there are for a state of the protocol.

use creatify::ledger::protocol::State;
use creatify::ledger::{Held, Intent, UnixMillis};

use super::job_of;

/// What a person does next; nothing where the call is over.
pub(crate) fn next_step(intent: &Intent, now: UnixMillis) -> Option<String> {
    let id = intent.id;
    Some(match intent.state {
        State::Planned => format!(
            "nothing is under way and nothing was spent; `creatify jobs withdraw {id}` ends it"
        ),
        State::Held => {
            let why = match intent.held {
                Some(Held::Budget) => "a budget holds it back",
                _ => "the account could not pay, or its keys were refused",
            };
            format!("{why}; nothing was spent; `creatify jobs withdraw {id}` ends it")
        }
        State::Sent => "it is being sent; look again when that process has ended".to_owned(),
        State::Ambiguous => {
            let horizon = intent.newest().and_then(|attempt| attempt.horizon_at);
            match horizon.filter(|horizon| *horizon > now) {
                Some(horizon) => format!(
                    "it may have been received; `creatify jobs reconcile` looks for its job from \
                     {} on, `creatify jobs park {id}` leaves it to a person now",
                    moment(horizon)
                ),
                None => "it may have been received; `creatify jobs reconcile` looks for its job"
                    .to_owned(),
            }
        }
        State::Parked => format!(
            "look for its job in the dashboard: if it is there, `creatify jobs adopt {id} JOB`; \
             if not, `creatify jobs resend {id}` sends it again and `creatify jobs withdraw {id}` \
             gives it up"
        ),
        State::Accepted => match job_of(intent) {
            Some(job) if creatify::core::job::LifeCycle::of(intent.operation).is_some() => {
                format!("`creatify wait {job}` follows it and writes down its bill")
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// A moment to the second, in UTC.
pub(crate) fn moment(at: UnixMillis) -> String {
    let seconds = at.0 / 1_000 % 86_400;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match at.day() {
        Some(day) => format!("{day}T{hours:02}:{minutes:02}:{seconds:02}Z"),
        None => format!("{} ms", at.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_by_people_and_machines() {
        assert_eq!(
            moment(UnixMillis(1_795_132_800_000)),
            "2026-11-20T00:00:00Z"
        );
        assert_eq!(
            moment(UnixMillis(1_795_219_199_999)),
            "2026-11-20T23:59:59Z"
        );
    }
}
