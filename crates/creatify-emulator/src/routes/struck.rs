//! Requests that a fault strikes: which faults do, and what is answered then. Must not decide how an
//! operation is performed.

use std::time::Duration;

use axum::response::Response;
use serde_json::{Value, json};

use super::refusals::{html, limited, refused, scripted};
use super::{Answer, Call, finish};
use crate::broken;
use crate::clock::Millis;
use crate::document::{Action, Operation};
use crate::faults::{Class, Fault, RetryAfter, Subject};
use crate::refuse::Refusal;
use crate::shared::{Open, Shared};
use crate::state::{Held, World};

/// The faults that strike one request.
#[derive(Debug, Default)]
pub(super) struct Strikes {
    pub(super) answer: Option<Fault>,
    pub(super) read: Option<Fault>,
    /// The kinds of all that struck, also of those that only happened beside it.
    pub(super) kinds: Vec<String>,
}

/// Takes the faults that strike a request, and lets happen what happens beside it.
pub(super) fn take(shared: &Shared, operation: &Operation) -> Strikes {
    let mut strikes = Strikes::default();
    let mut world = shared.world();
    let subject = Subject::of(operation);
    let now = world.clock.now();
    let kinds = &mut strikes.kinds;
    let mut noted = |fault: Option<Fault>| {
        kinds.extend(fault.as_ref().map(Fault::kind));
        fault
    };
    let aside = noted(world.faults.take(Class::Aside, subject, now));
    if let Some(Fault::BalanceMoved { millicredits }) = aside {
        world.change_balance(millicredits);
    }
    let limit = world.faults.take(Class::Limit, subject, now);
    if let Some(Fault::RateLimit { per_second }) = limit
        && is_beyond(&mut world, per_second, now)
    {
        noted(limit);
        strikes.answer = Some(Fault::RateLimited {
            retry_after: Some(RetryAfter::Seconds(1)),
        });
        return strikes;
    }
    strikes.answer = noted(world.faults.take(Class::Answer, subject, now));
    strikes.read = noted(world.faults.take(Class::Read, subject, now));
    strikes
}

/// Whether this request is one too many in the second that ends now; the ones refused do not count.
fn is_beyond(world: &mut World, per_second: u32, now: Millis) -> bool {
    world.recent.retain(|at| now.saturating_sub(*at) < 1_000);
    if world.recent.len() >= per_second as usize {
        return true;
    }
    world.recent.push_back(now);
    false
}

/// Answers as the fault has it; `None` when the connection ends without an answer.
pub(super) async fn answer(call: Call<'_>, fault: Fault, open: Open<'_>) -> Option<Response> {
    let shared = call.shared;
    Some(match fault {
        Fault::Hang => {
            drop(open);
            shared.stopped().await;
            return None;
        }
        Fault::ClosedUnread => return None,
        Fault::Html => html(),
        Fault::Status { code, body } => scripted(code, body),
        Fault::RefuseCredentials => refused(Refusal::unauthorized()),
        Fault::RateLimited { retry_after } => limited(retry_after, shared.world().clock.now()),
        Fault::AcceptedLate {
            delay_seconds,
            hang,
        } => {
            match call.check() {
                Err(refusal) => return Some(refused(refusal)),
                Ok(body) => put_off(&call, body, delay_seconds),
            }
            drop(open);
            if hang {
                shared.stopped().await;
            }
            return None;
        }
        // From here on the request takes effect, whatever the client learns of it.
        Fault::AnswerLost => {
            let _ = call.perform().await;
            return None;
        }
        Fault::AnswerReset => {
            let _ = call.perform().await;
            call.reset();
            return None;
        }
        Fault::ResetMidBody => {
            call.reset();
            broken::half(finish(call.perform().await)).await
        }
        Fault::ClosedMidBody => broken::half(finish(call.perform().await)).await,
        Fault::TruncatedJson => broken::cut(finish(call.perform().await)).await,
        Fault::SlowDrip { bytes, every_ms } => {
            let whole = finish(call.perform().await);
            broken::dripping(whole, bytes, Duration::from_millis(every_ms)).await
        }
        Fault::StatusAfterAccept { code, body } => match call.perform().await {
            Ok(_) => scripted(code, body),
            Err(refusal) => refused(refusal),
        },
        other => finish(
            call.perform()
                .await
                .map(|answer| renamed(&call, answer, &other)),
        ),
    })
}

impl Call<'_> {
    /// Makes the connection end by a reset once this answer is over.
    fn reset(&self) {
        use axum::extract::ConnectInfo;
        let switch = self
            .parts
            .extensions
            .get::<ConnectInfo<super::ResetSwitch>>();
        if let Some(ConnectInfo(switch)) = switch {
            switch.throw();
        }
    }
}

/// A request that costs nothing has no effect to put off.
fn put_off(call: &Call<'_>, body: Value, delay_seconds: u32) {
    let operation = call.operation;
    let changes = matches!(
        operation.action,
        Action::CreateJob | Action::ContinueJob | Action::CreateLink
    );
    if !changes {
        return;
    }
    let mut world = call.shared.world();
    let delay: Millis = i64::from(delay_seconds) * 1_000;
    let at = world.clock.now().saturating_add(delay);
    let id = call.id().to_owned();
    world.hold(
        at,
        Held {
            operation,
            id,
            body,
        },
    );
    call.shared.changed.notify_one();
}

/// The answer with another id, or none.
fn renamed(call: &Call<'_>, (status, mut body): Answer, fault: &Fault) -> Answer {
    let Some(fields) = body.as_object_mut() else {
        return (status, body);
    };
    match fault {
        Fault::IdMissing => {
            fields.remove("id");
        }
        Fault::IdMalformed => {
            fields.insert("id".to_owned(), json!("job-17"));
        }
        Fault::IdDuplicate => {
            let world = call.shared.world();
            let resource = call.operation.job.as_ref().map(|rule| rule.resource);
            let first = world
                .jobs
                .iter()
                .find(|job| Some(job.resource()) == resource);
            if let Some(first) = first {
                fields.insert("id".to_owned(), json!(first.id));
            }
        }
        _ => {}
    }
    (status, body)
}
