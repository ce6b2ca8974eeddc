//! The operations that only read: jobs, lists, links, the catalogue, the balance. They cost nothing
//! and must not change anything but, where asked for, the time.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::Uri;
use uuid::Uuid;

use super::Answer;
use crate::clock::{Clock, Millis, VIRTUAL_START};
use crate::document::{Action, Operation, Resource};
use crate::faults::Fault;
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
    changed: Option<&Fault>,
) -> Result<Answer, Refusal> {
    let index = shared.world().find(resource, id)?;
    step_by_request(shared, |world| world.jobs.get(index)?.next_at()).await;
    let mut world = shared.world();
    let lag = lag(changed);
    let shown_at = world.clock.now().saturating_sub(lag);
    let Some(job) = world.jobs.get(index) else {
        return Err(Refusal::not_found(resource.model_name()));
    };
    if lag == 0 {
        return Ok((operation.success, present::job(job, &world.files)));
    }
    match job.as_of(shown_at) {
        Some(job) => Ok((operation.success, present::job(&job, &world.files))),
        None => Err(Refusal::not_found(resource.model_name())),
    }
}

/// How far behind a stale replica is, in milliseconds.
fn lag(changed: Option<&Fault>) -> Millis {
    match changed {
        Some(Fault::StaleRead { seconds }) => i64::from(*seconds) * 1_000,
        _ => 0,
    }
}

/// The jobs of a resource, the newest first; with `ids` only those. Unknown ids are left out.
pub(super) async fn list(
    shared: &Shared,
    operation: &Operation,
    resource: Resource,
    uri: &Uri,
    changed: Option<&Fault>,
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
    let mut world = shared.world();
    let now = world.clock.now();
    let shown_at = now.saturating_sub(lag(changed));
    let (youngest, most) = match changed {
        Some(Fault::ListLag { seconds }) => {
            (now.saturating_sub(i64::from(*seconds) * 1_000), usize::MAX)
        }
        Some(Fault::ListCut { items }) => (now, *items),
        _ => (now, usize::MAX),
    };
    let jobs = world.jobs.iter().rev().filter(|job| shown(job));
    let jobs = jobs.filter(|job| job.created <= youngest).take(most);
    let body = if shown_at == now {
        jobs.map(|job| present::job(job, &world.files)).collect()
    } else {
        jobs.filter_map(|job| job.as_of(shown_at))
            .map(|job| present::job(&job, &world.files))
            .collect()
    };
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
