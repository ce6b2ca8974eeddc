//! The parts of `REFERENCE.md` on objects, their fields and the values of enums.

use std::fmt::Write as _;

use serde_json::Value;

use super::{lint::properties, reference::cell, walk};

/// One table of fields for each object, requests and answers alike.
pub(crate) fn objects(text: &mut String, document: &Value) {
    text.push_str("\n## Objects\n");
    for (name, schema) in schemas(document) {
        if schema.get("properties").is_none() {
            continue;
        }
        let _ = write!(text, "\n### {name}\n\n");
        if let Some(description) = schema["description"].as_str() {
            let _ = write!(text, "{}\n\n", description.trim());
        }
        text.push_str(
            "| field | type | required | limits | meaning |\n| --- | --- | --- | --- | --- |\n",
        );
        for (field, property) in properties(schema) {
            let is_required = schema["required"]
                .as_array()
                .is_some_and(|names| names.iter().any(|required| required == field));
            let _ = writeln!(
                text,
                "| `{field}` | {} | {} | {} | {} |",
                kind(property),
                if is_required { "yes" } else { "no" },
                limits(property),
                cell(property["description"].as_str().unwrap_or_default()),
            );
        }
    }
}

/// One line for each enum.
pub(crate) fn values(text: &mut String, document: &Value) {
    text.push_str(
        "\n## Values\n\n\
         The service may take values that are not printed; a list marked *known* is not whole.\n\n\
         | list | values |\n| --- | --- |\n",
    );
    for (name, schema) in schemas(document) {
        let (list, mark) = match (schema.get("enum"), schema.get("x-known-values")) {
            (Some(list), _) => (list, ""),
            (None, Some(list)) => (list, " (*known*)"),
            (None, None) => continue,
        };
        let values: Vec<String> = list
            .as_array()
            .into_iter()
            .flatten()
            .map(|value| match value.as_str() {
                Some(value) => format!("`{value}`"),
                None => format!("`{value}`"),
            })
            .collect();
        let _ = writeln!(text, "| `{name}`{mark} | {} |", values.join(", "));
    }
}

fn schemas(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    schemas
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.as_str(), schema))
}

fn kind(property: &Value) -> String {
    let item = if property["type"] == "array" {
        &property["items"]
    } else {
        property
    };
    let mut kind = match (
        walk::schema_name(item),
        item["type"].as_str(),
        item["format"].as_str(),
    ) {
        (Some(name), ..) => format!("`{name}`"),
        (None, Some(kind), Some(format)) => format!("{kind} ({format})"),
        (None, Some(kind), None) => kind.to_owned(),
        (None, None, _) => "anything".to_owned(),
    };
    if property["type"] == "array" {
        kind.insert_str(0, "list of ");
    }
    if property["nullable"] == true {
        kind.push_str(" or null");
    }
    kind
}

fn limits(property: &Value) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("minLength", "at least {} characters"),
        ("maxLength", "at most {} characters"),
        ("minimum", "from {}"),
        ("maximum", "up to {}"),
        ("minItems", "at least {} items"),
        ("maxItems", "at most {} items"),
        ("default", "default `{}`"),
        ("x-expires-hours", "works for {} hours"),
        ("x-requires", "needs {}"),
    ];
    let parts: Vec<String> = WORDS
        .iter()
        .filter_map(|(key, words)| {
            let value = property.get(key)?;
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), ToOwned::to_owned);
            Some(words.replace("{}", &value))
        })
        .collect();
    cell(&parts.join(", "))
}
