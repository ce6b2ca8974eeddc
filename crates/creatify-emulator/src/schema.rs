//! Checks of request bodies against the document: OpenAPI 3.0 schemas become JSON Schema, each is
//! compiled once, and what a body breaks is told field by field. Must not know any operation.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::refuse::Refusal;

/// The field under which errors of the body as a whole stand.
const WHOLE_BODY: &str = "non_field_errors";

/// So many errors are told; a body can hold a hundred thousand.
const MOST_ERRORS: usize = 100;

/// Compiles one schema of a document whose `components` are already translated.
///
/// # Errors
///
/// A text that says what in the schema does not compile.
pub(crate) fn compile(schema: &Value, components: &Value) -> Result<Validator, String> {
    let root = json!({
        "allOf": [translate(schema)],
        "components": components,
    });
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .should_validate_formats(true)
        .with_format("uuid", |text: &str| Uuid::try_parse(text).is_ok())
        .with_format("uri", is_web_address)
        .build(&root)
        .map_err(|error| error.to_string())
}

/// Absolute and `http` or `https`, which is what the service can fetch or call.
fn is_web_address(text: &str) -> bool {
    reqwest::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// OpenAPI 3.0 says `nullable: true` where JSON Schema lists `null` among the types. The rest of a
/// 3.0 schema already means what Draft 4 means by it.
pub(crate) fn translate(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => translate_object(fields),
        Value::Array(items) => items.iter().map(translate).collect(),
        other => other.clone(),
    }
}

fn translate_object(fields: &Map<String, Value>) -> Value {
    let nullable = fields.get("nullable") == Some(&Value::Bool(true));
    let mut plain: Map<String, Value> = fields
        .iter()
        .filter(|(name, _)| name.as_str() != "nullable" || !fields["nullable"].is_boolean())
        .filter(|(name, _)| !name.starts_with("x-"))
        .map(|(name, value)| match name.as_str() {
            // Data, which may hold anything, and not schemas.
            "enum" | "default" | "example" | "required" => (name.clone(), value.clone()),
            _ => (name.clone(), translate(value)),
        })
        .collect();
    if !nullable {
        return Value::Object(plain);
    }
    if let Some(Value::String(kind)) = plain.get("type").cloned() {
        plain.insert("type".to_owned(), json!([kind, "null"]));
        if let Some(Value::Array(values)) = plain.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
        return Value::Object(plain);
    }
    json!({ "anyOf": [{ "enum": [null] }, plain] })
}

/// What `body` breaks, as the service answers it: field to messages. `None` when nothing.
pub(crate) fn check(validator: &Validator, body: &Value) -> Option<Refusal> {
    let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for error in validator.iter_errors(body).take(MOST_ERRORS) {
        let (field, message) = tell(&error);
        let messages = fields.entry(field).or_default();
        if !messages.contains(&message) {
            messages.push(message);
        }
    }
    if fields.is_empty() {
        return None;
    }
    Some(Refusal {
        status: StatusCode::BAD_REQUEST,
        body: json!(fields),
    })
}

/// The top-level field an error belongs to, and its message, which names the place below it.
fn tell(error: &ValidationError<'_>) -> (String, String) {
    let mut path = segments(error.instance_path());
    let text = match error.kind() {
        Kind::Required { property } => {
            path.push(property.as_str().unwrap_or_default().to_owned());
            "this field is required".to_owned()
        }
        Kind::Enum { .. } => format!("{} is not a valid choice", error.instance()),
        Kind::MaxLength { limit } => format!("longer than {limit} characters"),
        Kind::MinLength { limit } => format!("shorter than {limit} characters"),
        Kind::MaxItems { limit } => format!("more than {limit} items"),
        Kind::MinItems { limit } => format!("fewer than {limit} items"),
        Kind::Maximum { limit } => format!("greater than {limit}"),
        Kind::Minimum { limit } => format!("less than {limit}"),
        Kind::Format { format } => format!("not a valid {format}"),
        Kind::Type { .. } if error.instance().is_null() => "may not be null".to_owned(),
        Kind::Type { kind } => format!("not of type {}", type_names(kind)),
        _ => error.masked_with("this value").to_string(),
    };
    let mut path = path.into_iter();
    let Some(field) = path.next() else {
        return (WHOLE_BODY.to_owned(), text);
    };
    let below: Vec<String> = path.collect();
    if below.is_empty() {
        (field, text)
    } else {
        (field, format!("{}: {text}", below.join(".")))
    }
}

/// The types a value may have, without the `null` that a sent value is not.
fn type_names(kind: &TypeKind) -> String {
    let names: Vec<String> = match kind {
        TypeKind::Single(kind) => vec![kind.to_string()],
        TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect(),
    };
    let names: Vec<_> = names.into_iter().filter(|name| name != "null").collect();
    names.join(" or ")
}

fn segments(path: &Location) -> Vec<String> {
    path.iter()
        .map(|segment| match segment {
            LocationSegment::Property(name) => name.into_owned(),
            LocationSegment::Index(index) => index.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(schema: &Value, body: &Value) -> Option<Value> {
        let validator = compile(schema, &json!({})).unwrap();
        check(&validator, body).map(|refusal| refusal.body)
    }

    #[test]
    fn nullable_fields_take_null_and_others_do_not() {
        let schema = json!({"type": "object", "properties": {
            "name": {"type": "string", "nullable": true, "maxLength": 3},
            "kind": {"type": "string", "nullable": true, "enum": ["a"]},
            "plain": {"type": "string"},
        }});
        assert_eq!(refusal(&schema, &json!({"name": null, "kind": null})), None);
        let refused = refusal(
            &schema,
            &json!({"name": "four", "kind": "b", "plain": null}),
        );
        let expected = json!({
            "kind": ["\"b\" is not a valid choice"],
            "name": ["longer than 3 characters"],
            "plain": ["may not be null"],
        });
        assert_eq!(refused, Some(expected));
    }

    #[test]
    fn a_nullable_reference_takes_null() {
        let components = translate(&json!({"schemas": {"Part": {
            "type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}},
        }}}));
        let part = json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Part"}]});
        let schema = json!({"type": "object", "properties": {"part": part}});
        let validator = compile(&schema, &components).unwrap();
        assert!(check(&validator, &json!({"part": null})).is_none());
        assert!(check(&validator, &json!({"part": {"x": 1}})).is_none());
        assert!(check(&validator, &json!({"part": {}})).is_some());
    }

    #[test]
    fn nested_errors_stand_under_their_top_field_with_the_place() {
        let schema = json!({"type": "object", "required": ["list"], "properties": {
            "list": {"type": "array", "items": {"type": "object", "required": ["id"],
                "properties": {"id": {"type": "string", "format": "uuid"}}}},
        }});
        assert_eq!(
            refusal(&schema, &json!({"list": [{}, {"id": "x"}]})),
            Some(json!({"list": ["0.id: this field is required", "1.id: not a valid uuid"]}))
        );
        let text = json!({"list": ["not of type array"]});
        assert_eq!(refusal(&schema, &json!({"list": "x"})), Some(text));
        let missing = json!({"list": ["this field is required"]});
        assert_eq!(refusal(&schema, &json!({})), Some(missing));
        let whole = refusal(&schema, &json!([])).unwrap();
        assert!(whole.get(WHOLE_BODY).is_some(), "{whole}");
    }

    #[test]
    fn a_property_called_nullable_is_a_property() {
        let schema = json!({"properties": {"nullable": {"type": "string", "nullable": true}}});
        let read = translate(&schema);
        assert_eq!(
            read["properties"]["nullable"]["type"],
            json!(["string", "null"])
        );
    }
}
