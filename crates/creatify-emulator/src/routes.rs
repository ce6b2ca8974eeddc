//! The way of a request: recorded, struck by a fault or not, checked for its keys and its body, then
//! answered by its operation. Must not know what an operation does.

mod paid;
mod reads;
mod refusals;
mod struck;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use serde_json::Value;

use self::refusals::{outside, refused};
use crate::clock::{self, Millis};
use crate::connection::ResetSwitch;
use crate::document::{Action, Operation};
use crate::faults::Fault;
use crate::log::RequestRecord;
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
    let open = shared.opened();
    let (parts, body) = request.into_parts();
    shared.settle().await;
    let strikes = operation
        .map(|operation| struck::take(&shared, operation))
        .unwrap_or_default();
    let read = if strikes.answer == Some(Fault::ClosedUnread) {
        Ok(Ok(Bytes::new()))
    } else {
        tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, BODY_LIMIT)).await
    };
    let number = record(&shared, operation, &parts, &read, strikes.kinds);
    let response = match operation {
        Some(operation) => {
            let call = Call {
                shared: &shared,
                operation,
                parts: &parts,
                read,
                changed: strikes.read,
            };
            match strikes.answer {
                Some(fault) => struck::answer(call, fault, open).await,
                None => Some(finish(call.perform().await)),
            }
        }
        None => Some(outside(&shared, &parts)),
    };
    match response {
        Some(response) => {
            let status = response.status().as_u16();
            shared.world().log.answered(number, status);
            response
        }
        None => crate::broken::nothing(),
    }
}

/// One request of an operation, with everything its answer depends on.
struct Call<'a> {
    shared: &'a Shared,
    operation: &'static Operation,
    parts: &'a Parts,
    read: Read,
    /// The fault that changes what a read of jobs shows.
    changed: Option<Fault>,
}

fn finish(result: Result<Answer, Refusal>) -> Response {
    match result {
        Ok((status, body)) => (status, axum::Json(body)).into_response(),
        Err(refusal) => refused(refusal),
    }
}

type Read = Result<Result<Bytes, axum::Error>, tokio::time::error::Elapsed>;

fn record(
    shared: &Shared,
    operation: Option<&Operation>,
    parts: &Parts,
    read: &Read,
    faults: Vec<String>,
) -> u64 {
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
        faults,
        body,
        at,
    })
}

impl Call<'_> {
    /// Checks in the order the service's framework does: keys, then id, then body. Gives the body of
    /// an operation that takes one.
    fn check(&self) -> Result<Value, Refusal> {
        if !authorized(self.shared, &self.parts.headers) {
            return Err(Refusal::unauthorized());
        }
        let bytes = match &self.read {
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
        if self.operation.action == Action::ContinueJob {
            paid::find(self.shared, self.operation, self.id())?;
        }
        body(self.operation, &self.parts.headers, bytes)
    }

    fn id(&self) -> &str {
        self.operation
            .id_in(self.parts.uri.path())
            .unwrap_or_default()
    }

    async fn perform(&self) -> Result<Answer, Refusal> {
        let body = self.check()?;
        let (shared, operation, changed) = (self.shared, self.operation, self.changed.as_ref());
        match operation.action {
            Action::CreateJob | Action::ContinueJob | Action::CreateLink => {
                paid::perform(shared, operation, self.id(), body).await
            }
            Action::ReadJob(resource) => {
                reads::job(shared, operation, resource, self.id(), changed).await
            }
            Action::ListJobs(resource) => {
                reads::list(shared, operation, resource, &self.parts.uri, changed).await
            }
            Action::ReadLink => reads::link(shared, operation, self.id()),
            Action::ListPersonas | Action::ListVoices | Action::ListTemplates | Action::Balance => {
                Ok(reads::plain(shared, operation))
            }
        }
    }
}

fn authorized(shared: &Shared, headers: &HeaderMap) -> bool {
    let is = |name: &str, wanted: &str| {
        headers
            .get(name)
            .is_some_and(|value| value.as_bytes() == wanted.as_bytes())
    };
    let world = shared.world();
    is("x-api-id", &world.keys.0) && is("x-api-key", &world.keys.1)
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
