//! The way of a request: recorded, struck by a fault or not, checked for its keys and its body, then
//! answered by its operation. Must not know what an operation does.

mod paid;
mod reads;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use serde_json::Value;

use crate::clock::{self, Millis};
use crate::document::{Action, Operation};
use crate::faults::{Fault, Subject};
use crate::log::RequestRecord;
use crate::lost;
use crate::refuse::Refusal;
use crate::shared::Shared;

/// The largest body taken, in bytes.
pub(crate) const BODY_LIMIT: usize = 1 << 20;
/// How long a body may take to arrive, in real time.
const BODY_TIME: Duration = Duration::from_secs(30);
/// How long a blocking operation may take on the clock, in milliseconds.
const BLOCKING_LIMIT: Millis = 900_000;

/// What the service would say.
type Answer = (StatusCode, Value);

/// A route for each operation of the document.
///
/// # Errors
///
/// A text naming the operation whose method no router takes.
pub(crate) fn router(shared: &Arc<Shared>) -> Result<Router<Arc<Shared>>, String> {
    let mut router = Router::new();
    for operation in &shared.document.operations {
        let filter = MethodFilter::try_from(operation.method.clone())
            .map_err(|error| format!("operation `{}`: {error}", operation.id))?;
        let handler = move |State(shared): State<Arc<Shared>>, request: Request| async move {
            serve(shared, Some(operation), request).await
        };
        router = router.route(&operation.path, on(filter, handler));
    }
    let outside =
        |State(shared): State<Arc<Shared>>, request: Request| serve(shared, None, request);
    Ok(router
        .method_not_allowed_fallback(outside)
        .fallback(outside))
}

/// Serves one request, of an operation or of none.
async fn serve(
    shared: Arc<Shared>,
    operation: Option<&'static Operation>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let read = tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, BODY_LIMIT)).await;
    shared.settle().await;
    let number = record(&shared, operation, &parts, &read);
    let fault = operation.and_then(|operation| {
        let mut world = shared.world();
        world.faults.take_for_answer(subject(operation))
    });
    let response = match fault {
        Some(Fault::Hang) => {
            shared.stopped().await;
            return lost::response();
        }
        Some(Fault::AnswerLost) => {
            // What the client does not learn has happened all the same.
            let _ = answer(&shared, operation, &parts, read).await;
            return lost::response();
        }
        Some(Fault::Html) => html(),
        Some(Fault::Status { code, body }) => scripted(code, body),
        Some(Fault::RefuseCredentials) => refused(Refusal::unauthorized()),
        _ => answer(&shared, operation, &parts, read).await,
    };
    let status = response.status().as_u16();
    shared.world().log.answered(number, status);
    response
}

type Read = Result<Result<Bytes, axum::Error>, tokio::time::error::Elapsed>;

fn record(shared: &Shared, operation: Option<&Operation>, parts: &Parts, read: &Read) -> u64 {
    let body = match read {
        Ok(Ok(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    let mut world = shared.world();
    let at = clock::system_time(world.clock.now());
    world.log.push(RequestRecord {
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        operation: operation.map(|found| found.id.clone()).unwrap_or_default(),
        status: None,
        body,
        at,
    })
}

/// What a fault needs to know of an operation.
pub(crate) fn subject(operation: &Operation) -> Subject<'_> {
    Subject {
        operation: &operation.id,
        reads: operation.method == Method::GET,
        paid: operation.billable,
        job: operation.job.is_some(),
    }
}

async fn answer(
    shared: &Shared,
    operation: Option<&'static Operation>,
    parts: &Parts,
    read: Read,
) -> Response {
    let result = match operation {
        Some(operation) => perform(shared, operation, parts, read).await,
        None => return outside(shared, parts),
    };
    match result {
        Ok((status, body)) => (status, axum::Json(body)).into_response(),
        Err(refusal) => refused(refusal),
    }
}

/// Checks in the order the service's framework does: keys, then id, then body.
async fn perform(
    shared: &Shared,
    operation: &'static Operation,
    parts: &Parts,
    read: Read,
) -> Result<Answer, Refusal> {
    if !authorized(shared, &parts.headers) {
        return Err(Refusal::unauthorized());
    }
    let bytes = match read {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            let text = format!("a body is at most {BODY_LIMIT} bytes long");
            return Err(Refusal::detail(StatusCode::PAYLOAD_TOO_LARGE, text));
        }
        Err(_) => {
            let text = "the body did not arrive in time";
            return Err(Refusal::detail(StatusCode::REQUEST_TIMEOUT, text));
        }
    };
    let id = operation.id_in(parts.uri.path()).unwrap_or_default();
    match operation.action {
        Action::CreateJob => {
            let body = body(operation, &parts.headers, &bytes)?;
            paid::create_job(shared, operation, body).await
        }
        Action::ContinueJob => {
            paid::find(shared, operation, id)?;
            let body = body(operation, &parts.headers, &bytes)?;
            paid::continue_job(shared, operation, id, body).await
        }
        Action::CreateLink => {
            let body = body(operation, &parts.headers, &bytes)?;
            paid::create_link(shared, operation, body).await
        }
        Action::ReadJob(resource) => reads::job(shared, operation, resource, id).await,
        Action::ListJobs(resource) => reads::list(shared, operation, resource, &parts.uri).await,
        Action::ReadLink => reads::link(shared, operation, id),
        Action::ListPersonas | Action::ListVoices | Action::ListTemplates | Action::Balance => {
            Ok(reads::plain(shared, operation))
        }
    }
}

fn authorized(shared: &Shared, headers: &HeaderMap) -> bool {
    let is = |name: &str, wanted: &str| {
        headers
            .get(name)
            .is_some_and(|value| value.as_bytes() == wanted.as_bytes())
    };
    is("x-api-id", &shared.api_id) && is("x-api-key", &shared.api_key)
}

/// The body, once it satisfies the document. An operation without a body ignores what comes.
fn body(operation: &Operation, headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Refusal> {
    let Some(rule) = &operation.body else {
        return Ok(Value::Null);
    };
    if bytes.is_empty() && !rule.required {
        return Ok(Value::Null);
    }
    let media_type = headers.get(header::CONTENT_TYPE);
    let media_type = media_type.map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(other) = media_type.filter(|text| !is_json(text)) {
        let text = format!("media type `{other}` is not taken, only application/json");
        return Err(Refusal::detail(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    // An empty body lacks whatever is required, which says more than a parse error.
    let body = if bytes.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(bytes).map_err(|error| {
            Refusal::detail(StatusCode::BAD_REQUEST, format!("not JSON: {error}"))
        })?
    };
    match crate::schema::check(&rule.check, &body) {
        Some(refusal) => Err(refusal),
        None => Ok(body),
    }
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// No operation has this method and path. That a `GET` without the last slash is sent on to the path
/// with it, and anything else is not found, is a guess from the framework's habits.
fn outside(shared: &Shared, parts: &Parts) -> Response {
    let path = parts.uri.path();
    if shared.document.knows(path) {
        let text = format!("Method \"{}\" not allowed.", parts.method);
        return refused(Refusal::detail(StatusCode::METHOD_NOT_ALLOWED, text));
    }
    if parts.method == Method::GET && shared.document.knows(&format!("{path}/")) {
        return (
            [(header::LOCATION, slashed(&parts.uri))],
            StatusCode::MOVED_PERMANENTLY,
        )
            .into_response();
    }
    refused(Refusal::detail(StatusCode::NOT_FOUND, "Not found."))
}

fn slashed(uri: &Uri) -> String {
    match uri.query() {
        Some(query) => format!("{}/?{query}", uri.path()),
        None => format!("{}/", uri.path()),
    }
}

fn refused(refusal: Refusal) -> Response {
    (refusal.status, axum::Json(refusal.body)).into_response()
}

fn html() -> Response {
    let page = "<html><head><title>502 Bad Gateway</title></head>\
                <body><h1>502 Bad Gateway</h1></body></html>\n";
    let media_type = [(header::CONTENT_TYPE, "text/html")];
    (StatusCode::BAD_GATEWAY, media_type, page).into_response()
}

fn scripted(code: u16, body: String) -> Response {
    let status = StatusCode::from_u16(code)
        .ok()
        .filter(|status| (200..600).contains(&status.as_u16()))
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media_type = if serde_json::from_str::<Value>(&body).is_ok() {
        "application/json"
    } else {
        "text/plain; charset=utf-8"
    };
    (
        status,
        [(header::CONTENT_TYPE, media_type)],
        Body::from(body),
    )
        .into_response()
}
