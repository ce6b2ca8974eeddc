//! The emulator's own routes below `/_emulator/`: its state, its clock, its faults, its files. Must
//! not be mistaken for the service's: they need no keys and cost nothing.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::billing;
use crate::clock;
use crate::faults::Injection;
use crate::files;
use crate::routes::BODY_LIMIT;
use crate::scenario::Scenario;
use crate::shared::Shared;

/// The furthest the clock is moved at once, in seconds: ten years.
const FURTHEST: f64 = 315_360_000.0;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/_emulator/", get(look))
        .route("/_emulator/state", get(state))
        .route("/_emulator/clock", post(advance))
        .route("/_emulator/faults", post(inject))
        .route("/_emulator/scenario", post(play))
        .route("/_emulator/files/{name}", get(file))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

async fn look(State(shared): State<Arc<Shared>>) -> Html<String> {
    shared.settle().await;
    Html(crate::look::page(&mut shared.world()))
}

async fn state(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.settle().await;
    let mut world = shared.world();
    let now = clock::rfc3339(world.clock.now());
    let jobs = world.jobs.iter().map(|job| {
        json!({
            "id": job.id,
            "operation": job.operation.id,
            "status": job.status,
            "failed_reason": job.failed_reason,
            "progress": job.progress,
            "charged": billing::to_json(job.charged),
            "faults": job.faults,
            "next_at": job.next_at().map(clock::rfc3339),
        })
    });
    Json(json!({
        "now": now,
        "process": std::process::id(),
        "remaining_credits": billing::to_json(world.balance),
        "jobs": jobs.collect::<Vec<_>>(),
        "links": world.links.len(),
        "requests": world.log.len(),
        "faults": world.faults.pending(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: f64,
}

async fn advance(
    State(shared): State<Arc<Shared>>,
    body: Result<Json<Advance>, axum::extract::rejection::JsonRejection>,
) -> Response {
    let Json(Advance { advance_seconds }) = match body {
        Ok(body) => body,
        Err(error) => return refuse(error.status(), &error.body_text()),
    };
    if !(0.0..=FURTHEST).contains(&advance_seconds) {
        let text = format!("`advance_seconds` is a number from 0 to {FURTHEST}");
        return refuse(StatusCode::BAD_REQUEST, &text);
    }
    let target = {
        let mut world = shared.world();
        if !world.clock.kind().is_virtual() {
            let text = "this clock moves by itself; start the emulator with a virtual clock";
            return refuse(StatusCode::CONFLICT, text);
        }
        let passed = (advance_seconds * 1_000.0).round() as clock::Millis;
        world.clock.now().saturating_add(passed)
    };
    shared.advance_to(target).await;
    let now = clock::rfc3339(shared.world().clock.now());
    Json(json!({ "now": now })).into_response()
}

async fn inject(
    State(shared): State<Arc<Shared>>,
    body: Result<Json<Injection>, axum::extract::rejection::JsonRejection>,
) -> Response {
    match body {
        Ok(Json(injection)) => {
            let mut world = shared.world();
            let now = world.clock.now();
            world.faults.push(injection, now);
            let pending = json!({ "faults": world.faults.pending() });
            (StatusCode::CREATED, Json(pending)).into_response()
        }
        Err(error) => refuse(error.status(), &error.body_text()),
    }
}

/// Takes a script as TOML; its settings for the start are left alone.
async fn play(State(shared): State<Arc<Shared>>, text: String) -> Response {
    let scenario = match Scenario::from_toml(&text) {
        Ok(scenario) => scenario,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let mut world = shared.world();
    let now = world.clock.now();
    for injection in scenario.faults() {
        world.faults.push(injection.clone(), now);
    }
    let pending = json!({ "faults": world.faults.pending() });
    (StatusCode::CREATED, Json(pending)).into_response()
}

async fn file(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let found = shared.world().files.find(&name);
    files::answer(found)
}

fn refuse(status: StatusCode, text: &str) -> Response {
    (status, Json(json!({ "detail": text }))).into_response()
}
