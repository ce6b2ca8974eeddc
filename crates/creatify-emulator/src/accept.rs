//! What a paid request does once it is found good: a job begins or goes on, a page is read. Must not
//! wait: the time a blocking operation takes passes where it is answered.

use serde_json::Value;
use uuid::Uuid;

use crate::billing::{self, Usage};
use crate::clock;
use crate::document::{Action, JobRule, Operation, Resource};
use crate::refuse::Refusal;
use crate::requests;
use crate::state::{Change, Link, World};
use crate::webhooks::Delivery;

/// What came of it.
#[derive(Debug)]
pub(crate) enum Accepted {
    /// A job began or goes on, at this place; the call-back to wait for before it is answered.
    Job(usize, Option<Delivery>),
    Link(Uuid),
}

/// Does what a paid request asks for; `id` is the one in its path, if it has one.
pub(crate) fn apply(
    world: &mut World,
    operation: &'static Operation,
    id: &str,
    body: Value,
) -> Result<Accepted, Refusal> {
    let index = match (operation.action, &operation.job) {
        (Action::CreateLink, _) => return link(world, operation, &body),
        (Action::ContinueJob, Some(rule)) => {
            let index = world.find(rule.resource, id)?;
            let change = change(world, operation, index, &body)?;
            world.resume(index, operation, rule, change)?
        }
        (_, Some(rule)) => {
            let draft = requests::read(rule, body, &world.link_ids)?;
            world.create(operation, rule, draft)?
        }
        // The document is checked for this when it is read.
        _ => return Err(Refusal::not_found("job")),
    };
    let early = world.greet(index);
    Ok(Accepted::Job(index, early))
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
fn link(world: &mut World, operation: &Operation, body: &Value) -> Result<Accepted, Refusal> {
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
    let usage = Usage {
        model: None,
        length_ms: 0,
        previews: 1,
        day: clock::day(world.clock.now()),
    };
    let amount = billing::charge(&operation.rates, None, usage, world.settings.billing)?;
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
    Ok(Accepted::Link(id))
}

/// The job rule of an operation on jobs.
pub(crate) fn rule(operation: &'static Operation) -> Result<&'static JobRule, Refusal> {
    let missing = || Refusal::not_found("job");
    operation.job.as_ref().ok_or_else(missing)
}
