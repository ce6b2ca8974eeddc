//! The fields of a schema with what is said of each, by their path: the common form in which a page
//! and the document are compared.
//!
//! A fact that nothing says is absent, never a guess.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::generate::assemble::escape;

/// Schemas nest no deeper than this; a page that goes on is cut.
const MAX_DEPTH: usize = 10;

/// Keys of a schema that are compared as they stand.
pub const PLAIN: &[&str] = &[
    "format",
    "default",
    "maxLength",
    "minLength",
    "maximum",
    "minimum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "multipleOf",
    "maxItems",
    "minItems",
    "uniqueItems",
    "pattern",
    "nullable",
    "readOnly",
    "writeOnly",
    "deprecated",
    "x-expires-hours",
];

/// One field, as the document knows it or as a page prints it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field {
    /// Names from the top, with a dot between them and `[]` behind a list: `scenes[].voice.volume`.
    pub path: String,
    /// What is said of it, by keyword: `type`, `items`, `required`, `enum`, and those of [`PLAIN`].
    pub facts: BTreeMap<String, Value>,
    /// Titles of the values of its enum.
    pub titles: BTreeMap<String, String>,
    /// Where it stands in the document; empty on a page.
    pub pointer: String,
    /// Where its enum stands in the document, and whether more values than those are valid.
    pub values: Option<(String, bool)>,
    /// The page it is known from.
    pub page: String,
    /// The page its enum is known from.
    pub values_page: String,
    /// The schema itself, for samples.
    pub schema: Value,
}

impl Field {
    /// A field of a page, with nothing said of it yet.
    pub fn named(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            ..Self::default()
        }
    }

    /// The last name of the path, without `[]`.
    pub fn name(&self) -> &str {
        last_name(&self.path)
    }

    /// Whether it stands at the top.
    pub fn is_top(&self) -> bool {
        !self.path.contains(['.', '['])
    }

    /// Notes a fact.
    pub fn say(&mut self, key: &str, value: impl Into<Value>) {
        self.facts.insert(key.to_owned(), value.into());
    }
}

/// The last name of a path.
pub fn last_name(path: &str) -> &str {
    path.rsplit('.')
        .next()
        .unwrap_or(path)
        .trim_end_matches("[]")
}

/// All fields below a schema, in their order, each followed by its own.
pub fn of(document: &Value, schema: &Value, pointer: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let walk = Walk { document };
    let (schema, pointer, page) = walk.follow(schema, pointer, "");
    walk.members(&schema, &pointer, &page, "", 0, &mut fields);
    fields
}

struct Walk<'a> {
    document: &'a Value,
}

impl Walk<'_> {
    /// The schema with its reference followed, keys beside the reference laid over it.
    fn follow(&self, schema: &Value, pointer: &str, page: &str) -> (Value, String, String) {
        let page = source_of(schema).unwrap_or(page).to_owned();
        let reference = reference_of(schema);
        let Some(target) = reference.and_then(|name| self.document.pointer(&component(name)))
        else {
            return (schema.clone(), pointer.to_owned(), page);
        };
        let name = reference.unwrap_or_default();
        let mut merged = target.as_object().cloned().unwrap_or_default();
        for (key, value) in schema.as_object().into_iter().flatten() {
            if !["$ref", "allOf", "oneOf", "anyOf"].contains(&key.as_str()) {
                merged.insert(key.clone(), value.clone());
            }
        }
        let target_page = source_of(target).unwrap_or(&page).to_owned();
        (Value::Object(merged), component(name), target_page)
    }

    fn members(
        &self,
        schema: &Value,
        pointer: &str,
        page: &str,
        prefix: &str,
        depth: usize,
        fields: &mut Vec<Field>,
    ) {
        if depth > MAX_DEPTH {
            return;
        }
        let required = schema["required"].as_array();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            let own = format!("{pointer}/properties/{}", escape(name));
            let own_page = source_of(property).unwrap_or(page);
            let mut field = self.one(property, path.clone(), own, own_page);
            let is_required =
                required.is_some_and(|list| list.iter().any(|entry| entry == name.as_str()));
            field.say("required", is_required);
            let (target, target_pointer, target_page) =
                self.follow(property, &field.pointer, own_page);
            fields.push(field);
            if target["type"] == "array" {
                let (items, items_pointer, items_page) = self.follow(
                    &target["items"],
                    &format!("{target_pointer}/items"),
                    &target_page,
                );
                let path = format!("{path}[]");
                self.members(
                    &items,
                    &items_pointer,
                    &items_page,
                    &path,
                    depth + 1,
                    fields,
                );
            } else {
                self.members(
                    &target,
                    &target_pointer,
                    &target_page,
                    &path,
                    depth + 1,
                    fields,
                );
            }
        }
    }

    fn one(&self, property: &Value, path: String, pointer: String, page: &str) -> Field {
        let mut field = Field {
            path,
            pointer,
            page: page.to_owned(),
            ..Field::default()
        };
        let (schema, target, target_page) = self.follow(property, &field.pointer, page);
        let kind = kind_of(&schema);
        field.say("type", kind.clone());
        for key in PLAIN {
            match schema.get(*key) {
                None | Some(Value::Bool(false)) if *key != "default" => {}
                None => {}
                Some(value) => field.say(key, value.clone()),
            }
        }
        let (listed, listed_at, listed_page) = if kind == "array" {
            let (items, at, page) =
                self.follow(&schema["items"], &format!("{target}/items"), &target_page);
            field.say("items", kind_of(&items));
            (items, at, page)
        } else {
            (schema.clone(), target, target_page)
        };
        for (key, open) in [("enum", false), ("x-known-values", true)] {
            if let Some(values) = listed.get(key) {
                let values: Vec<Value> = values
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter(|v| !v.is_null())
                    .cloned()
                    .collect();
                field.say("enum", values);
                field.values = Some((format!("{listed_at}/{key}"), open));
                field.values_page.clone_from(&listed_page);
            }
        }
        for (value, title) in listed["x-value-titles"].as_object().into_iter().flatten() {
            field
                .titles
                .insert(value.clone(), title.as_str().unwrap_or_default().to_owned());
        }
        field.schema = schema;
        field
    }
}

/// The JSON pointer of a named schema.
pub fn component(name: &str) -> String {
    format!("/components/schemas/{}", escape(name))
}

/// The schema that `schema` refers to, alone or as the only member of `allOf` and its kin.
pub fn reference_of(schema: &Value) -> Option<&str> {
    let reference = match schema.get("$ref") {
        Some(reference) => reference,
        None => {
            let list = ["allOf", "oneOf", "anyOf"]
                .into_iter()
                .find_map(|word| schema.get(word).and_then(Value::as_array))?;
            match list.as_slice() {
                [only] => only.get("$ref")?,
                _ => return None,
            }
        }
    };
    reference.as_str()?.strip_prefix("#/components/schemas/")
}

fn kind_of(schema: &Value) -> Value {
    match schema.get("type") {
        Some(kind) => kind.clone(),
        None if schema.get("properties").is_some() => json!("object"),
        None => json!("any"),
    }
}

fn source_of(schema: &Value) -> Option<&str> {
    let source = schema.get("x-source")?;
    let source = source
        .as_array()
        .and_then(|list| list.first())
        .unwrap_or(source);
    source["page"].as_str()
}

/// A mapping as JSON.
pub fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(
        entries
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect::<Map<_, _>>(),
    )
}
