//! OpenAPI 3.0 schemas as JSON Schema, which can be compiled, and as strict as the document knows to
//! be: where it says how a text is read, that counts, and a list of values known in full is a list of
//! all values.

use anyhow::{Result, anyhow};
use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Compiles a schema of the document, whose components are given as JSON Schema.
pub(super) fn compile(schema: &Value, components: &Value) -> Result<Validator> {
    let root = json!({ "allOf": [strict(schema)], "components": components });
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .should_validate_formats(true)
        .with_format("uuid", |text: &str| Uuid::try_parse(text).is_ok())
        .build(&root)
        .map_err(|error| anyhow!("a schema of the document does not compile: {error}"))
}

/// The components that a compiled schema can refer to.
pub(super) fn components(components: &Value) -> Value {
    json!({ "schemas": each(&components["schemas"]) })
}

/// The values a schema allows although it does not list them under `enum`: those it knows, if it
/// knows all.
fn known(fields: &Map<String, Value>) -> Option<&Value> {
    let known = fields.get("x-known-values")?;
    let listed = known.as_array()?.len() as u64;
    let of = fields.get("x-known-count").and_then(Value::as_u64);
    of.is_none_or(|of| of == listed).then_some(known)
}

fn strict(schema: &Value) -> Value {
    let Value::Object(fields) = schema else {
        return schema.clone();
    };
    let mut plain = Map::new();
    if let Some(name) = fields.get("x-read-as").and_then(Value::as_str) {
        let target = format!("#/components/schemas/{name}");
        plain.insert("$ref".to_owned(), target.into());
    } else {
        for (name, value) in fields {
            let value = match name.as_str() {
                "nullable" => continue,
                "properties" => each(value),
                "items" | "additionalProperties" | "not" => strict(value),
                "allOf" | "anyOf" | "oneOf" => {
                    value.as_array().into_iter().flatten().map(strict).collect()
                }
                extension if extension.starts_with("x-") => continue,
                _ => value.clone(),
            };
            plain.insert(name.clone(), value);
        }
        if let Some(known) = known(fields) {
            plain.insert("enum".to_owned(), known.clone());
        }
    }
    if fields.get("nullable") != Some(&Value::Bool(true)) {
        return Value::Object(plain);
    }
    let Some(kind) = plain.get("type").cloned() else {
        return json!({ "anyOf": [{ "type": "null" }, plain] });
    };
    plain.insert("type".to_owned(), json!([kind, "null"]));
    if let Some(Value::Array(values)) = plain.get_mut("enum") {
        values.push(Value::Null);
    }
    Value::Object(plain)
}

fn each(named: &Value) -> Value {
    let named = named.as_object().into_iter().flatten();
    Value::Object(
        named
            .map(|(name, one)| (name.clone(), strict(one)))
            .collect(),
    )
}
