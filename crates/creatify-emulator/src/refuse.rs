//! Refusals in the shapes the service answers with: an array of strings, an object of arrays of
//! strings, or an object with `detail`. Must not decide when to refuse.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// A status code and its JSON body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) body: Value,
}

impl Refusal {
    /// `{"detail": text}`.
    pub(crate) fn detail(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            body: json!({ "detail": text.into() }),
        }
    }

    /// 400 with `{field: [text]}`.
    pub(crate) fn field(field: &str, text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            body: json!({ field: [text.into()] }),
        }
    }

    /// 400 with `[text]`.
    pub(crate) fn list(text: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            body: json!([text.into()]),
        }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::detail(
            StatusCode::UNAUTHORIZED,
            "credentials are missing or wrong: send X-API-ID and X-API-KEY",
        )
    }

    /// `what` is the kind of thing looked for, such as `Link`.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::detail(
            StatusCode::NOT_FOUND,
            format!("No {what} matches the given query."),
        )
    }

    /// A guess: the code and the body of this refusal are printed nowhere.
    pub(crate) fn out_of_credits() -> Self {
        Self::detail(
            StatusCode::PAYMENT_REQUIRED,
            "insufficient credits for this request",
        )
    }
}
