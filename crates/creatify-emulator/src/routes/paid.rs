//! Answers to the operations that cost credits: jobs, their next phases, links. Must not answer
//! before the charge is made, nor charge for what it refuses.

use axum::http::StatusCode;
use serde_json::Value;

use super::{Answer, BLOCKING_LIMIT};
use crate::accept::{self, Accepted};
use crate::document::Operation;
use crate::present;
use crate::refuse::Refusal;
use crate::shared::Shared;

/// How long reading a page takes on the clock, in milliseconds. Pages say less than a minute.
const LINK_TIME: i64 = 5_000;

/// Does what the request asks for and shows it; a blocking operation answers when its phase is over.
pub(super) async fn perform(
    shared: &Shared,
    operation: &'static Operation,
    id: &str,
    body: Value,
) -> Result<Answer, Refusal> {
    let accepted = accept::apply(&mut shared.world(), operation, id, body)?;
    shared.changed.notify_one();
    match accepted {
        Accepted::Job(index, early) => {
            if let Some(early) = early {
                // Ends also when the emulator does, whose queue is dropped then.
                let _ = early.await;
            }
            if operation.blocking {
                wait_for_end(shared, index).await?;
            }
            let world = shared.world();
            let job = world.jobs.get(index);
            let body = job.map_or(Value::Null, |job| present::job(job, &world.files));
            Ok((operation.success, body))
        }
        Accepted::Link(id) => {
            if operation.blocking {
                let until = shared.world().clock.now().saturating_add(LINK_TIME);
                shared.advance_to(until).await;
            }
            let world = shared.world();
            let Some(link) = world.links.get(&id) else {
                return Err(Refusal::not_found("Link"));
            };
            Ok((operation.success, present::link(link, &world.files)))
        }
    }
}

/// The job that goes on, before anything else is looked at.
pub(super) fn find(
    shared: &Shared,
    operation: &'static Operation,
    id: &str,
) -> Result<usize, Refusal> {
    let resource = accept::rule(operation)?.resource;
    shared.world().find(resource, id)
}

/// Waits until a job has no step left. One that never ends is given up as a gateway does.
async fn wait_for_end(shared: &Shared, index: usize) -> Result<(), Refusal> {
    let gone = || Refusal::detail(StatusCode::GATEWAY_TIMEOUT, "the preview took too long");
    let limit = shared.world().clock.now().saturating_add(BLOCKING_LIMIT);
    loop {
        let next = {
            let world = shared.world();
            let job = world.jobs.get(index).ok_or_else(gone)?;
            match job.next_at() {
                None if job.is_busy() => return Err(gone()),
                None => return Ok(()),
                Some(at) if at > limit => return Err(gone()),
                Some(at) => at,
            }
        };
        shared.advance_to(next).await;
        if *shared.stop.borrow() {
            return Err(gone());
        }
    }
}
