//! The forms that the service's error answers take, as far as they have been seen.
//!
//! No error answer is documented. Three JSON forms were seen, and HTML from what stands in front of
//! the service; whatever else comes is kept as text.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What an error answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorBody {
    /// A list of messages.
    Messages(Vec<String>),
    /// Messages by the field of the request that they are about.
    Fields(BTreeMap<String, Vec<String>>),
    /// One message, with a code where there is one.
    Detail {
        /// The message.
        detail: String,
        /// The code.
        code: Option<String>,
    },
    /// Anything else, such as an HTML page; see `ApiError::body_text`.
    Text,
    /// Nothing.
    Empty,
}

impl ErrorBody {
    pub(crate) fn parse(body: &[u8]) -> Self {
        if body.trim_ascii().is_empty() {
            return Self::Empty;
        }
        match serde_json::from_slice(body) {
            Ok(Value::Array(items)) => Self::Messages(items.into_iter().map(into_text).collect()),
            Ok(Value::Object(map)) => Self::of_map(map),
            Ok(Value::String(message)) => Self::Messages(vec![message]),
            _ => Self::Text,
        }
    }

    fn of_map(mut map: Map<String, Value>) -> Self {
        if let Some(Value::String(detail)) = map.get("detail") {
            let detail = detail.clone();
            let code = map.remove("code").map(into_text);
            return Self::Detail { detail, code };
        }
        let messages = |value| match value {
            Value::Array(items) => items.into_iter().map(into_text).collect(),
            other => vec![into_text(other)],
        };
        Self::Fields(
            map.into_iter()
                .map(|(field, value)| (field, messages(value)))
                .collect(),
        )
    }

    /// All messages in one line; empty where there are none.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Messages(messages) => messages.join("; "),
            Self::Fields(fields) => {
                let parts: Vec<String> = fields
                    .iter()
                    .map(|(field, messages)| format!("{field}: {}", messages.join(", ")))
                    .collect();
                parts.join("; ")
            }
            Self::Detail { detail, .. } => detail.clone(),
            Self::Text | Self::Empty => String::new(),
        }
    }
}

fn into_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_that_was_seen_is_understood() {
        for (body, line) in [
            (r#"["AI model not found"]"#, "AI model not found"),
            (r#"{"link":["Invalid link ID"]}"#, "link: Invalid link ID"),
            (r#"{"a":["x","y"],"b":"z"}"#, "a: x, y; b: z"),
            (r#"{"detail":"Not found.","code":"gone"}"#, "Not found."),
            (
                r#"{"video_inputs":[{"voice":["required"]}]}"#,
                r#"video_inputs: {"voice":["required"]}"#,
            ),
            ("<html>no</html>", ""),
            (" \n", ""),
        ] {
            assert_eq!(ErrorBody::parse(body.as_bytes()).line(), line, "{body}");
        }
        assert_eq!(ErrorBody::parse(b"<html>"), ErrorBody::Text);
        assert_eq!(ErrorBody::parse(b""), ErrorBody::Empty);
    }
}
