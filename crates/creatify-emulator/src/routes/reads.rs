//! The operations that only read: jobs, lists, links, the catalogue, the balance. They cost nothing
//! and must not change anything but, where asked for, the time.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::Uri;
use serde_json::Value;
use uuid::Uuid;

use super::Answer;
use crate::clock::{Clock, Millis, VIRTUAL_START};
use crate::document::{Action, Operation, Resource};
use crate::jobs::Job;
use crate::present;
use crate::refuse::Refusal;
use crate::shared::Shared;
use crate::state::World;

/// The most ids a list filters by.
const MOST_IDS: usize = 100;

pub(super) async fn job(
    shared: &Shared,
    operation: &Operation,
    resource: Resource,
    id: &str,
) -> Result<Answer, Refusal> {
    let index = shared.world().find(resource, id)?;
    step_by_request(shared, |world| world.jobs.get(index)?.next_at()).await;
    let world = shared.world();
    let body = world.jobs.get(index);
    let body = body.map_or(Value::Null, |job| present::job(job, &world.files));
    Ok((operation.success, body))
}

/// The jobs of a resource, the newest first; with `ids` only those. Unknown ids are left out.
pub(super) async fn list(
    shared: &Shared,
    operation: &Operation,
    resource: Resource,
    uri: &Uri,
) -> Result<Answer, Refusal> {
    let wanted = ids(uri)?;
    let shown = |job: &Job| {
        job.resource() == resource && wanted.as_ref().is_none_or(|ids| ids.contains(&job.id))
    };
    step_by_request(shared, |world| {
        let jobs = world.jobs.iter().filter(|job| shown(job));
        jobs.filter_map(Job::next_at).min()
    })
    .await;
    let world = shared.world();
    let jobs = world.jobs.iter().rev().filter(|job| shown(job));
    let body = jobs.map(|job| present::job(job, &world.files)).collect();
    Ok((operation.success, body))
}

fn ids(uri: &Uri) -> Result<Option<Vec<Uuid>>, Refusal> {
    let refuse = |text: String| Err(Refusal::field("ids", text));
    let Ok(Query(query)) = Query::<HashMap<String, String>>::try_from_uri(uri) else {
        return refuse("the query cannot be read".to_owned());
    };
    let Some(text) = query.get("ids") else {
        return Ok(None);
    };
    let mut ids = Vec::new();
    for part in text.split(',').map(str::trim) {
        match Uuid::try_parse(part) {
            Ok(id) => ids.push(id),
            Err(_) => return refuse(format!("`{part}` is not a valid uuid")),
        }
        if ids.len() > MOST_IDS {
            return refuse(format!("more than {MOST_IDS} ids"));
        }
    }
    Ok(Some(ids))
}

/// Where each read moves the clock, moves it to the next step of what is read.
async fn step_by_request(shared: &Shared, next: impl Fn(&World) -> Option<Millis>) {
    let next = {
        let world = shared.world();
        let moves = world.clock.kind() == Clock::VirtualByRequest;
        moves.then(|| next(&world)).flatten()
    };
    if let Some(at) = next {
        shared.advance_to(at).await;
    }
}

pub(super) fn link(shared: &Shared, operation: &Operation, id: &str) -> Result<Answer, Refusal> {
    let world = shared.world();
    let id = Uuid::try_parse(id).ok();
    match id.and_then(|id| world.links.get(&id)) {
        Some(link) => Ok((operation.success, present::link(link, &world.files))),
        None => Err(Refusal::not_found("Link")),
    }
}

/// The catalogue and the balance, which take no argument.
pub(super) fn plain(shared: &Shared, operation: &Operation) -> Answer {
    let world = shared.world();
    let body = match operation.action {
        Action::ListPersonas => present::personas(&world.files, VIRTUAL_START),
        Action::ListVoices => present::voices(&world.files),
        Action::ListTemplates => present::templates(&world.files, VIRTUAL_START),
        _ => present::balance(world.balance),
    };
    (operation.success, body)
}
