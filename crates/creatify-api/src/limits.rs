//! What the documentation allows in a request, as data, and a check against it.
//!
//! The client sends whatever it is given; whoever pays for a refusal checks first. Values that the
//! documentation does not list are no violation: only the service knows whether it takes them.

use std::fmt;

use serde_json::{Map, Value};

use crate::generated_limits::TABLE;

/// The fields of one kind of object in requests.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct SchemaLimits {
    /// Name of the schema, which is the name of its type in `types`.
    pub name: &'static str,
    /// Its fields, in the order of the documentation.
    pub fields: &'static [FieldLimits],
}

/// What one field may hold.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct FieldLimits {
    /// Name in the request.
    pub name: &'static str,
    /// Whether a request must have it.
    pub is_required: bool,
    /// Whether it may be null.
    pub is_nullable: bool,
    /// Whether it is a list; everything but the number of items is then about each item.
    pub is_array: bool,
    /// Type of its value.
    pub kind: Kind,
    /// Name of the schema of its value, where that is an object of its own.
    pub schema: Option<&'static str>,
    /// Form of its text: `uuid`, `uri`, `date-time`.
    pub format: Option<&'static str>,
    /// Values that the documentation lists; others may be taken.
    pub values: &'static [&'static str],
    /// Fewest characters.
    pub min_length: Option<usize>,
    /// Most characters.
    pub max_length: Option<usize>,
    /// Smallest number.
    pub minimum: Option<f64>,
    /// Largest number.
    pub maximum: Option<f64>,
    /// Fewest items.
    pub min_items: Option<usize>,
    /// Most items.
    pub max_items: Option<usize>,
}

/// The JSON type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Text.
    String,
    /// A number without a fraction.
    Integer,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// An object.
    Object,
    /// Anything.
    Any,
}

/// One place of a request that breaks a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// JSON pointer of the place, such as `/video_inputs/0/voice/input_text`.
    pub pointer: String,
    /// What is wrong: the field, what was given and the limit.
    pub message: String,
}

/// The limits of every schema that requests send, sorted by name.
#[must_use]
pub fn all() -> &'static [SchemaLimits] {
    TABLE
}

/// The limits of the schema with this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static SchemaLimits> {
    TABLE
        .binary_search_by(|schema| schema.name.cmp(name))
        .ok()
        .map(|index| &TABLE[index])
}

/// Holds a request body against the limits of its schema; empty when it breaks none.
///
/// A schema without limits, or one that is not known, allows everything.
///
/// ```
/// let body = serde_json::json!({ "url": 5 });
/// let violations = creatify_api::limits::check("LinkRequest", &body);
/// assert_eq!(violations[0].message, "`url` is a number, text is needed");
/// ```
#[must_use]
pub fn check(schema: &str, body: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    match (find(schema), body) {
        (None, _) => {}
        (Some(schema), Value::Object(map)) => {
            check_object(schema, map, &Place::default(), &mut found);
        }
        (Some(_), other) => {
            Place::default().add(
                &mut found,
                format!("the body is {}, not an object", word(other)),
            );
        }
    }
    found
}

/// A place in the body, as a pointer and as a person would write it.
#[derive(Clone, Default)]
struct Place {
    pointer: String,
    name: String,
}

impl Place {
    fn field(&self, name: &str) -> Self {
        let dot = if self.name.is_empty() { "" } else { "." };
        Self {
            pointer: format!(
                "{}/{}",
                self.pointer,
                name.replace('~', "~0").replace('/', "~1")
            ),
            name: format!("{}{dot}{name}", self.name),
        }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            pointer: format!("{}/{index}", self.pointer),
            name: format!("{}[{index}]", self.name),
        }
    }

    fn add(&self, found: &mut Vec<Violation>, message: String) {
        found.push(Violation {
            pointer: self.pointer.clone(),
            message,
        });
    }

    /// Adds a message that begins with the name of the field.
    fn wrong(&self, found: &mut Vec<Violation>, message: impl fmt::Display) {
        self.add(found, format!("`{}` {message}", self.name));
    }
}

fn check_object(
    schema: &SchemaLimits,
    map: &Map<String, Value>,
    place: &Place,
    found: &mut Vec<Violation>,
) {
    for field in schema.fields {
        let place = place.field(field.name);
        match map.get(field.name) {
            None if field.is_required => place.wrong(found, "is missing"),
            None => {}
            // An absent optional field and a null one are the same to the client.
            Some(Value::Null) if field.is_nullable || !field.is_required => {}
            Some(Value::Array(items)) if field.is_array => {
                check_count(field, items.len(), &place, found);
                for (index, item) in items.iter().enumerate() {
                    check_value(field, item, &place.item(index), found);
                }
            }
            Some(other) if field.is_array => {
                place.wrong(found, format_args!("is {}, a list is needed", word(other)));
            }
            Some(value) => check_value(field, value, &place, found),
        }
    }
}

fn check_count(field: &FieldLimits, count: usize, place: &Place, found: &mut Vec<Violation>) {
    if let Some(limit) = field.max_items.filter(|limit| count > *limit) {
        place.wrong(
            found,
            format_args!("has {count} items, the limit is {limit}"),
        );
    }
    if let Some(limit) = field.min_items.filter(|limit| count < *limit) {
        place.wrong(
            found,
            format_args!("has {count} items, at least {limit} are needed"),
        );
    }
}

fn check_value(field: &FieldLimits, value: &Value, place: &Place, found: &mut Vec<Violation>) {
    let needed = match (field.kind, value) {
        (Kind::Any, _)
        | (Kind::String, Value::String(_))
        | (Kind::Number, Value::Number(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Object, Value::Object(_)) => None,
        (Kind::Integer, Value::Number(number)) => {
            let is_whole = number.as_f64().is_some_and(|number| number.fract() == 0.0);
            if !is_whole {
                place.wrong(found, format_args!("is {number}, a whole number is needed"));
                return;
            }
            None
        }
        (Kind::String, _) => Some("text"),
        (Kind::Integer, _) => Some("a whole number"),
        (Kind::Number, _) => Some("a number"),
        (Kind::Boolean, _) => Some("true or false"),
        (Kind::Object, _) => Some("an object"),
    };
    if let Some(needed) = needed {
        place.wrong(
            found,
            format_args!("is {}, {needed} is needed", word(value)),
        );
        return;
    }
    match value {
        Value::String(text) => {
            // Characters, as the service counts them.
            let count = text.chars().count();
            if let Some(limit) = field.max_length.filter(|limit| count > *limit) {
                place.wrong(
                    found,
                    format_args!("is {count} characters long, the limit is {limit}"),
                );
            }
            if let Some(limit) = field.min_length.filter(|limit| count < *limit) {
                place.wrong(
                    found,
                    format_args!("is {count} characters long, at least {limit} are needed"),
                );
            }
        }
        Value::Number(number) => {
            let given = number.as_f64().unwrap_or(f64::NAN);
            if let Some(limit) = field.maximum.filter(|limit| given > *limit) {
                place.wrong(found, format_args!("is {number}, the limit is {limit}"));
            }
            if let Some(limit) = field.minimum.filter(|limit| given < *limit) {
                place.wrong(
                    found,
                    format_args!("is {number}, at least {limit} is needed"),
                );
            }
        }
        Value::Object(map) => {
            if let Some(schema) = field.schema.and_then(find) {
                check_object(schema, map, place, found);
            }
        }
        _ => {}
    }
}

fn word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn messages(schema: &str, body: &Value) -> Vec<String> {
        check(schema, body)
            .into_iter()
            .map(|violation| violation.message)
            .collect()
    }

    #[test]
    fn a_good_request_breaks_nothing() {
        let body = json!({"template_id": "t", "variables": {"a": 1}, "name": "n", "more": [1]});
        assert!(messages("CustomTemplateJobRequest", &body).is_empty());
        assert!(messages("CustomTemplateJobRenderRequest", &json!({})).is_empty());
        let body =
            json!({"template_id": "t", "variables": {}, "name": null, "model_version": "new"});
        assert!(messages("CustomTemplateJobRequest", &body).is_empty());
        assert!(messages("NoSuchRequest", &json!(5)).is_empty());
    }

    #[test]
    fn what_is_too_long_missing_or_of_another_type_is_named_with_its_limit() {
        let body = json!({"variables": [], "name": "é".repeat(300), "is_hidden": "no"});
        assert_eq!(
            messages("CustomTemplateJobRequest", &body),
            [
                "`template_id` is missing",
                "`variables` is a list, an object is needed",
                "`name` is 300 characters long, the limit is 255",
                "`is_hidden` is text, true or false is needed",
            ]
        );
        let body = json!({"template_id": "t", "variables": {}, "webhook_url": "x".repeat(201)});
        let violation = &check("CustomTemplateJobRequest", &body)[0];
        assert_eq!(violation.pointer, "/webhook_url");
        assert_eq!(
            violation.message,
            "`webhook_url` is 201 characters long, the limit is 200"
        );
        assert_eq!(
            messages("LinkRequest", &json!([])),
            ["the body is a list, not an object"]
        );
    }

    #[test]
    fn exactly_the_limit_is_allowed_and_counted_in_characters() {
        let body = json!({"template_id": "t", "variables": {}, "name": "é".repeat(255)});
        assert!(messages("CustomTemplateJobRequest", &body).is_empty());
    }

    #[test]
    fn nested_objects_and_lists_are_checked_in_place() {
        let body = json!({"video_inputs": [{}, {"voice": {"input_text": 5}}]});
        let violations = check("LipsyncV2Request", &body);
        let place = violations
            .iter()
            .find(|violation| violation.pointer.ends_with("input_text"));
        assert_eq!(
            place.map(|violation| (violation.pointer.as_str(), violation.message.as_str())),
            Some((
                "/video_inputs/1/voice/input_text",
                "`video_inputs[1].voice.input_text` is a number, text is needed"
            ))
        );
    }
}
