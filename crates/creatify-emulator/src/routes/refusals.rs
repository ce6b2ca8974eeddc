//! Answers to what no operation takes, and the answers that faults put in the place of an operation's.
//! Must not have an effect.

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::clock::{self, Millis};
use crate::faults::RetryAfter;
use crate::refuse::Refusal;
use crate::shared::Shared;

/// No operation has this method and path. That a `GET` without the last slash is sent on to the path
/// with it, and anything else is not found, is a guess from the framework's habits.
pub(super) fn outside(shared: &Shared, parts: &Parts) -> Response {
    let path = parts.uri.path();
    let allowed = shared.document.methods(path);
    if !allowed.is_empty() {
        let text = format!("Method \"{}\" not allowed.", parts.method);
        let refusal = refused(Refusal::detail(StatusCode::METHOD_NOT_ALLOWED, text));
        return ([(header::ALLOW, allowed.join(", "))], refusal).into_response();
    }
    let with_slash = shared.document.methods(&format!("{path}/"));
    if parts.method == Method::GET && !with_slash.is_empty() {
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

pub(super) fn refused(refusal: Refusal) -> Response {
    (refusal.status, axum::Json(refusal.body)).into_response()
}

pub(super) fn html() -> Response {
    let page = "<html><head><title>502 Bad Gateway</title></head>\
                <body><h1>502 Bad Gateway</h1></body></html>\n";
    scripted(502, page.to_owned())
}

pub(super) fn scripted(code: u16, body: String) -> Response {
    let status = StatusCode::from_u16(code)
        .ok()
        .filter(|status| (200..600).contains(&status.as_u16()))
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media_type = if serde_json::from_str::<Value>(&body).is_ok() {
        "application/json"
    } else if body.starts_with('<') {
        "text/html"
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

/// 429, with whatever the header should say.
pub(super) fn limited(retry_after: Option<RetryAfter>, now: Millis) -> Response {
    let text = "request was throttled";
    let mut answer = refused(Refusal::detail(StatusCode::TOO_MANY_REQUESTS, text));
    let value = match retry_after {
        None => return answer,
        Some(RetryAfter::Seconds(seconds)) => seconds.to_string(),
        Some(RetryAfter::DateInSeconds(seconds)) => {
            clock::http_date(now.saturating_add(i64::from(seconds) * 1_000))
        }
        Some(RetryAfter::Text(text)) => text,
    };
    if let Ok(value) = HeaderValue::from_str(&value) {
        answer.headers_mut().insert(header::RETRY_AFTER, value);
    }
    answer
}
