//! Writes the limits of what requests may hold, as data.
//!
//! The client itself checks nothing (see `lower`); whoever sends a request checks it against this
//! table, which comes from the rich document.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{lint::properties, lower, walk};

/// The unformatted source of the table.
pub fn source(document: &Value) -> String {
    let mut source = String::from(
        "//! The limits of each schema that requests send, sorted by name.\n\n\
         use crate::limits::{FieldLimits, Kind, SchemaLimits};\n\n\
         pub(crate) static TABLE: &[SchemaLimits] = &[\n",
    );
    let (sent, _) = lower::reached(document);
    for name in &sent {
        let Some(schema) = document.pointer(&format!("/components/schemas/{name}")) else {
            continue;
        };
        if schema.get("properties").is_none() {
            continue;
        }
        let _ = writeln!(source, "SchemaLimits {{ name: {name:?}, fields: &[");
        for (field, property) in properties(schema) {
            let required = schema["required"]
                .as_array()
                .is_some_and(|names| names.iter().any(|required| required == field));
            source.push_str(&limits(document, field, property, required));
        }
        source.push_str("]},\n");
    }
    source.push_str("];\n");
    source
}

fn limits(document: &Value, field: &str, property: &Value, required: bool) -> String {
    let is_array = property["type"] == "array";
    let item = if is_array {
        &property["items"]
    } else {
        property
    };
    let named = walk::schema_name(item);
    let target = named.and_then(|name| document.pointer(&format!("/components/schemas/{name}")));
    // Limits may stand on the property or on the schema it refers to; the property's come first.
    let look = |key: &str| -> Option<&Value> {
        item.get(key)
            .or_else(|| target.and_then(|target| target.get(key)))
    };
    let kind = match look("type").and_then(Value::as_str) {
        Some("string") => "String",
        Some("integer") => "Integer",
        Some("number") => "Number",
        Some("boolean") => "Boolean",
        Some("object") => "Object",
        _ => "Any",
    };
    let nested = named.filter(|_| target.is_some_and(|target| target.get("properties").is_some()));
    let list = if is_array { property } else { item };
    let values: Vec<String> = look("enum")
        .or_else(|| look("x-known-values"))
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|value| !value.is_null())
        .map(|value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned)
        })
        .collect();
    let is_nullable = property
        .get("nullable")
        .or(target.and_then(|target| target.get("nullable")));
    let fields = [
        ("name", format!("{field:?}")),
        ("is_required", required.to_string()),
        (
            "is_nullable",
            (is_nullable == Some(&Value::Bool(true))).to_string(),
        ),
        ("is_array", is_array.to_string()),
        ("kind", format!("Kind::{kind}")),
        ("schema", option(nested.map(|name| format!("{name:?}")))),
        ("format", option(look("format").map(ToString::to_string))),
        ("values", format!("&{values:?}")),
        (
            "min_length",
            option(look("minLength").map(ToString::to_string)),
        ),
        (
            "max_length",
            option(look("maxLength").map(ToString::to_string)),
        ),
        ("minimum", option(look("minimum").map(float))),
        ("maximum", option(look("maximum").map(float))),
        ("min_items", option(count(list, "minItems"))),
        ("max_items", option(count(list, "maxItems"))),
    ];
    let mut text = String::from("FieldLimits {");
    for (name, value) in fields {
        let _ = write!(text, "{name}: {value}, ");
    }
    text.push_str("},\n");
    text
}

fn count(schema: &Value, key: &str) -> Option<String> {
    schema
        .as_object()
        .and_then(|map: &Map<String, Value>| map.get(key))
        .map(ToString::to_string)
}

fn option(value: Option<String>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

/// A number as a Rust float literal.
fn float(value: &Value) -> String {
    let text = value.to_string();
    if text.contains(['.', 'e']) {
        text
    } else {
        format!("{text}.0")
    }
}
