//! The requests of the paid calls, as values that are quoted, checked and sent unchanged.
//!
//! Each request is a JSON object with typed setters for what most callers need and
//! [`set`](CustomTemplateRequest::set) for the rest, so a field that the service gains can be used
//! at once. What is quoted is the very object that is sent. Limits (lengths, ranges, required
//! fields) come from the OpenAPI document and are checked before anything leaves the machine.

mod custom_template;
mod link_to_video;
mod lipsync_v2;

use creatify_core::Model;
use serde_json::{Map, Value};

pub use custom_template::{CustomTemplateRequest, Variable};
pub use link_to_video::{AspectRatio, PreviewListRequest};
pub use lipsync_v2::{LipsyncV2Request, Scene};

use crate::{Error, ErrorKind};

/// A request body under construction: a JSON object and the name of its schema.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Body {
    schema: &'static str,
    fields: Map<String, Value>,
}

impl Body {
    pub(crate) fn new(schema: &'static str) -> Self {
        Self {
            schema,
            fields: Map::new(),
        }
    }

    /// Takes a JSON object as it stands.
    pub(crate) fn from_json(schema: &'static str, value: Value) -> Result<Self, Error> {
        match value {
            Value::Object(fields) => Ok(Self { schema, fields }),
            other => Err(Error::new(
                ErrorKind::Invalid,
                format!("a request is a JSON object, not {}", kind_of(&other)),
            )),
        }
    }

    pub(crate) fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
    }

    pub(crate) fn get(&self, field: &str) -> Option<&Value> {
        self.fields.get(field)
    }

    pub(crate) fn to_json(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// The model the request names; `standard` is the documented default.
    pub(crate) fn model(&self) -> Result<Model, Error> {
        match self.get("model_version") {
            None | Some(Value::Null) => Ok(Model::Standard),
            Some(Value::String(name)) => name.parse().map_err(|error| {
                Error::new(
                    ErrorKind::PriceUnknown,
                    format!("`model_version` `{name}` has no known price"),
                )
                .because(error)
            }),
            Some(other) => Err(Error::new(
                ErrorKind::Invalid,
                format!("`model_version` is a string, not {}", kind_of(other)),
            )),
        }
    }

    /// Holds the body against the limits of the OpenAPI document.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.check_as(self.schema)
    }

    /// Holds the body against another schema than the one it was made for.
    pub(crate) fn check_as(&self, schema: &str) -> Result<(), Error> {
        let mut faults: Vec<String> = creatify_api::limits::check(schema, &self.to_json())
            .into_iter()
            .map(|violation| violation.message)
            .collect();
        if let Some(Value::String(url)) = self.get("webhook_url") {
            faults.extend(webhook_fault(url));
        }
        if faults.is_empty() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Invalid, faults.join("; "))
            .hint("mend the request; nothing was sent and nothing was spent"))
    }
}

/// The service calls this address from outside, so it is an absolute web address.
fn webhook_fault(text: &str) -> Option<String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => None,
        Ok(url) => Some(format!(
            "webhook_url has the scheme `{}`, http or https is needed",
            url.scheme()
        )),
        Err(error) => Some(format!("webhook_url is no address: {error}")),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The setters that every request has.
macro_rules! common_setters {
    ($request:ident) => {
        impl $request {
            /// Sets any field of the body, also one this version does not know.
            #[must_use]
            pub fn set(mut self, field: &str, value: impl Into<serde_json::Value>) -> Self {
                self.0.set(field, value);
                self
            }

            /// Names the video; 255 characters at most.
            #[must_use]
            pub fn name(self, name: impl Into<String>) -> Self {
                self.set("name", name.into())
            }

            /// Address that the service calls when the job's status changes; 200 characters at
            /// most. Call-backs are unsigned: treat one as a reason to look, never as the truth.
            #[must_use]
            pub fn webhook_url(self, url: impl Into<String>) -> Self {
                self.set("webhook_url", url.into())
            }

            /// Chooses the avatar model; without it the service uses `standard`.
            #[must_use]
            pub fn model(self, model: creatify_core::Model) -> Self {
                self.set("model_version", model.as_str())
            }

            /// The body as it will be sent.
            #[must_use]
            pub fn to_json(&self) -> serde_json::Value {
                self.0.to_json()
            }
        }
    };
}
pub(crate) use common_setters;
