//! Walks over an OpenAPI document: its operations, its schemas, what refers to what.
//!
//! Everything works on `serde_json::Value`, because the document carries more than any typed model
//! of OpenAPI keeps. Nothing here judges or changes anything.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::assemble::escape;

/// Where references to schemas point.
pub const SCHEMAS: &str = "#/components/schemas/";

/// One operation of the document.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// Method in lower case.
    pub method: &'a str,
    /// Path as written.
    pub path: &'a str,
    /// The operation object.
    pub content: &'a Map<String, Value>,
}

impl Operation<'_> {
    /// Its id, or an empty text.
    pub fn id(&self) -> &str {
        self.text("operationId")
    }

    /// A field that holds text, or an empty text.
    pub fn text(&self, key: &str) -> &str {
        self.content
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether a field holds `true`.
    pub fn is(&self, key: &str) -> bool {
        self.content
            .get(key)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }

    /// JSON pointer of the operation in the document.
    pub fn pointer(&self) -> String {
        format!("/paths/{}/{}", escape(self.path), self.method)
    }
}

/// The operations, by path and method; callbacks are not among them.
pub fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            item.as_object()
                .into_iter()
                .flatten()
                .filter_map(move |(method, content)| {
                    Some(Operation {
                        method,
                        path,
                        content: content.as_object()?,
                    })
                })
        })
}

/// The operations inside an operation's callbacks, with the expression that names their address.
pub fn callbacks<'a>(operation: Operation<'a>) -> impl Iterator<Item = Operation<'a>> {
    let callbacks = operation
        .content
        .get("callbacks")
        .and_then(Value::as_object);
    callbacks.into_iter().flatten().flat_map(|(_, addresses)| {
        addresses
            .as_object()
            .into_iter()
            .flatten()
            .flat_map(|(path, item)| {
                item.as_object()
                    .into_iter()
                    .flatten()
                    .filter_map(move |(method, content)| {
                        Some(Operation {
                            method,
                            path,
                            content: content.as_object()?,
                        })
                    })
            })
    })
}

/// Follows `value` if it is a reference into the document.
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> Option<&'a Value> {
    match value.get("$ref") {
        None => Some(value),
        Some(reference) => document.pointer(reference.as_str()?.strip_prefix('#')?),
    }
}

/// The named schema, if `value` is a reference to one, bare or as the only member of an `allOf`.
pub fn schema_name(value: &Value) -> Option<&str> {
    let reference = match value.get("$ref") {
        Some(reference) => reference,
        None => match value.get("allOf")?.as_array()?.as_slice() {
            [only] => only.get("$ref")?,
            _ => return None,
        },
    };
    reference.as_str()?.strip_prefix(SCHEMAS)
}

/// The schema of the JSON body of a request or an answer, if it has one.
pub fn json_schema(body: &Value) -> Option<&Value> {
    body.get("content")?.get("application/json")?.get("schema")
}

/// The 2xx answers of an operation, by their code.
pub fn successes<'a>(operation: &Operation<'a>) -> impl Iterator<Item = (&'a str, &'a Value)> {
    let responses = operation
        .content
        .get("responses")
        .and_then(Value::as_object);
    responses
        .into_iter()
        .flatten()
        .filter(|(code, _)| code.starts_with('2'))
        .map(|(code, response)| (code.as_str(), response))
}

/// Adds to `names` every schema that `value` refers to, directly or through other components.
pub fn reach(document: &Value, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                if let Some(name) = reference.strip_prefix(SCHEMAS)
                    && !names.insert(name.to_owned())
                {
                    return;
                }
                if let Some(target) = resolve(document, value) {
                    reach(document, target, names);
                }
            }
            map.values().for_each(|inner| reach(document, inner, names));
        }
        Value::Array(items) => items.iter().for_each(|inner| reach(document, inner, names)),
        _ => {}
    }
}
