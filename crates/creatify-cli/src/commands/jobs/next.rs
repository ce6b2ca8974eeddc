//! What a person does next about a paid call, in words.
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
                     {horizon} on, `creatify jobs park {id}` leaves it to a person now"
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
