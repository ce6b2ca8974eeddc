//! The operations that cost credits: jobs, their next phases, links. Must not answer before the
//! charge is made, nor charge for what it refuses.

use axum::http::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use super::{Answer, BLOCKING_LIMIT, subject};
use crate::billing::{self, Usage};
use crate::clock;
use crate::document::{JobRule, Operation, Resource};
use crate::present;
use crate::refuse::Refusal;
use crate::requests;
use crate::shared::Shared;
use crate::state::{Change, Link, World};

/// How long reading a page takes on the clock, in milliseconds. Pages say less than a minute.
const LINK_TIME: i64 = 5_000;

/// Creates a job; a blocking operation answers when its phase is over.
pub(super) async fn create_job(
    shared: &Shared,
    operation: &'static Operation,
    body: Value,
) -> Result<Answer, Refusal> {
    let rule = rule(operation)?;
    let index = {
        let mut world = shared.world();
        let draft = requests::read(rule, body, &world.link_ids)?;
        world.create(operation, rule, draft, subject(operation))?
    };
    shared.changed.notify_one();
    if operation.blocking {
        wait_for_end(shared, index).await?;
    }
    Ok(show(&shared.world(), operation, index))
}

/// The job that goes on, before anything else is looked at.
pub(super) fn find(
    shared: &Shared,
    operation: &'static Operation,
    id: &str,
) -> Result<usize, Refusal> {
    shared.world().find(rule(operation)?.resource, id)
}

/// Starts the next phase of a job.
pub(super) async fn continue_job(
    shared: &Shared,
    operation: &'static Operation,
    id: &str,
    body: Value,
) -> Result<Answer, Refusal> {
    let rule = rule(operation)?;
    let index = {
        let mut world = shared.world();
        let index = world.find(rule.resource, id)?;
        let change = change(&world, operation, index, &body)?;
        world.resume(index, operation, rule, change, subject(operation))?;
        index
    };
    shared.changed.notify_one();
    if operation.blocking {
        wait_for_end(shared, index).await?;
    }
    Ok(show(&shared.world(), operation, index))
}

/// Checks that a render can begin, and reads what its body says.
fn change(
    world: &World,
    operation: &Operation,
    index: usize,
    body: &Value,
) -> Result<Change, Refusal> {
    let Some(job) = world.jobs.get(index) else {
        return Err(Refusal::not_found("job"));
    };
    if !job.has_preview() {
        return Err(Refusal::list("the job has no finished preview to render"));
    }
    if job.is_busy() {
        return Err(Refusal::list("the job is being rendered already"));
    }
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if job.resource() == Resource::CustomTemplate {
        let own = job.draft.request.get("template_id").and_then(Value::as_str);
        let same = |other: &str| own.is_some_and(|own| own.eq_ignore_ascii_case(other));
        if text("template_id").is_some_and(|other| !same(other)) {
            let told = "the job was made from another template";
            return Err(Refusal::field("template_id", told));
        }
        if let Some(fields) = body.as_object() {
            requests::check_variables(fields)?;
        }
    }
    let picked = match text("media_job").map(Uuid::try_parse) {
        Some(Ok(id)) if job.previews.iter().any(|one| one.media_job == id) => Some(id),
        Some(_) => {
            let told = "no preview of this job has this id";
            return Err(Refusal::field("media_job", told));
        }
        // A guess: without a pick the first of several previews is rendered.
        None => job.previews.first().map(|one| one.media_job),
    };
    tracing::debug!(operation = operation.id, job = %job.id, "render");
    Ok(Change {
        model: text("model_version").map(str::to_owned),
        webhook_url: text("webhook_url").map(str::to_owned),
        picked,
    })
}

/// Reads a page: nothing is fetched, the host's name decides. A host below `.invalid` cannot be
/// read, one that begins with `empty.` holds no picture; both cost nothing.
pub(super) async fn create_link(
    shared: &Shared,
    operation: &'static Operation,
    body: Value,
) -> Result<Answer, Refusal> {
    let text = body.get("url").and_then(Value::as_str).unwrap_or_default();
    let host = reqwest::Url::parse(text).ok();
    let host = host.as_ref().and_then(|url| url.host_str());
    let host = host.unwrap_or_default().to_owned();
    if host.ends_with(".invalid") {
        return Err(Refusal::list(format!("could not read the page: {text}")));
    }
    if host.starts_with("empty.") {
        return Err(Refusal::list("the page holds no image and no video"));
    }
    let (id, until) = {
        let mut world = shared.world();
        let now = world.clock.now();
        let usage = Usage {
            model: None,
            length_ms: 0,
            previews: 1,
            day: clock::day(now),
        };
        let amount = billing::charge(&operation.rates, None, usage, world.billing)?;
        world.pay(amount)?;
        let (id, content) = (world.ids.uuid(), world.ids.uuid());
        world.files.put(content, 0, "1x1");
        let link = Link {
            id,
            content,
            url: text.to_owned(),
            title: host,
        };
        world.links.insert(id, link);
        world.link_ids.insert(id);
        (id, now.saturating_add(LINK_TIME))
    };
    if operation.blocking {
        shared.advance_to(until).await;
    }
    let world = shared.world();
    let Some(link) = world.links.get(&id) else {
        return Err(Refusal::not_found("Link"));
    };
    Ok((operation.success, present::link(link, &world.files)))
}

fn rule(operation: &'static Operation) -> Result<&'static JobRule, Refusal> {
    let missing = || Refusal::detail(StatusCode::INTERNAL_SERVER_ERROR, "no job rule");
    operation.job.as_ref().ok_or_else(missing)
}

fn show(world: &World, operation: &Operation, index: usize) -> Answer {
    let job = world.jobs.get(index);
    let body = job.map_or(Value::Null, |job| present::job(job, &world.files));
    (operation.success, body)
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
