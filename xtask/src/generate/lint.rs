//! Judges the assembled document before any code is made from it.
//!
//! Each rule forbids something that the generator would turn into code that does not compile, into
//! an invented name, or into a wrong answer without a word. Whether the document is *true* is not
//! judged here.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase as _, ToSnakeCase as _};
use serde_json::{Map, Value};

use super::{
    assemble::{Assembled, Origins, escape},
    problem::Problems,
    walk::{self, Operation},
};

/// Names that the lowered copy adds, so the document must not have them.
pub const RESERVED: &[&str] = &["JobId", "LooseNumber", "Timestamp"];

/// Judges the document.
///
/// # Errors
///
/// With every place that breaks a rule, each with its file.
pub fn lint(assembled: &Assembled) -> Result<(), Problems> {
    let mut linter = Linter {
        document: &assembled.document,
        origins: &assembled.origins,
        problems: Problems::default(),
    };
    linter.version();
    linter.operations();
    linter.components();
    linter.unused();
    linter.problems.or_ok(())
}

struct Linter<'a> {
    document: &'a Value,
    origins: &'a Origins,
    problems: Problems,
}

impl<'a> Linter<'a> {
    fn wrong(&mut self, pointer: &str, message: impl Into<String>) {
        self.problems
            .add(self.origins.file_of(pointer), pointer, message);
    }

    fn version(&mut self) {
        let version = self
            .document
            .pointer("/info/version")
            .and_then(Value::as_str);
        let is_header =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !version.is_some_and(is_header) {
            self.wrong("/info/version", "is no legal header value");
        }
    }

    fn operations(&mut self) {
        let document = self.document;
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        for operation in walk::operations(document) {
            let pointer = operation.pointer();
            self.operation_id(&operation, &pointer, &mut ids);
            if operation
                .content
                .get("x-blocking")
                .and_then(Value::as_bool)
                .is_none()
            {
                self.wrong(&pointer, "x-blocking is missing or neither true nor false");
            }
            if operation.text("summary").is_empty() {
                self.wrong(&pointer, "summary is missing; an overlay of words gives it");
            }
            self.tags(&operation, &pointer);
            self.parameters(&operation, &pointer);
            self.bodies(&operation, &pointer);
            self.job(&operation, &pointer);
            for callback in walk::callbacks(operation) {
                self.operation_id(&callback, &pointer, &mut ids);
                let body = callback.content.get("requestBody");
                let place = format!("{pointer}/callbacks");
                self.body(body.and_then(walk::json_schema), &place);
            }
        }
    }

    fn operation_id(
        &mut self,
        operation: &Operation<'_>,
        pointer: &str,
        ids: &mut BTreeMap<String, String>,
    ) {
        let id = operation.id();
        if id.is_empty() {
            self.wrong(pointer, "operationId is missing");
        } else if id != id.to_snake_case() {
            self.wrong(pointer, format!("operationId `{id}` is not in snake_case"));
        } else if let Some(other) = ids.insert(id.to_owned(), pointer.to_owned()) {
            self.wrong(pointer, format!("operationId `{id}` stands at {other} too"));
        }
    }

    fn tags(&mut self, operation: &Operation<'a>, pointer: &str) {
        let document = self.document;
        let described: BTreeSet<&str> = document["tags"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|tag| tag["name"].as_str())
            .collect();
        let tags = operation.content.get("tags").and_then(Value::as_array);
        for tag in tags.into_iter().flatten().filter_map(Value::as_str) {
            if !described.contains(tag) {
                self.wrong(
                    pointer,
                    format!("the tag `{tag}` is not described in the document"),
                );
            }
        }
    }

    fn parameters(&mut self, operation: &Operation<'a>, pointer: &str) {
        let document = self.document;
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        let mut in_path = BTreeSet::new();
        let list = operation
            .content
            .get("parameters")
            .and_then(Value::as_array);
        for (index, parameter) in list.into_iter().flatten().enumerate() {
            let place = format!("{pointer}/parameters/{index}");
            let Some(parameter) = walk::resolve(document, parameter) else {
                self.wrong(&place, "the reference leads nowhere");
                continue;
            };
            let name = parameter["name"].as_str().unwrap_or_default();
            match parameter["in"].as_str() {
                Some("path") => {
                    in_path.insert(name);
                }
                Some("query") => {}
                other => {
                    let place_of = other.unwrap_or("no place");
                    self.wrong(
                        &place,
                        format!("`{name}` is in {place_of}; only path and query"),
                    );
                }
            }
            if name.to_snake_case() == "body" {
                self.wrong(
                    &place,
                    "a parameter named `body` collides with the request body",
                );
            }
            if let Some(other) = names.insert(name.to_snake_case(), name) {
                self.wrong(
                    &place,
                    format!("`{name}` and `{other}` are one name in snake_case"),
                );
            }
            match parameter.get("schema") {
                Some(schema) => self.schema(schema, &format!("{place}/schema"), false),
                None => self.wrong(&place, format!("`{name}` has no schema")),
            }
        }
        let written: BTreeSet<&str> = operation
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        if written != in_path {
            self.wrong(
                pointer,
                "the parameters of the path are not those that are described",
            );
        }
    }

    fn bodies(&mut self, operation: &Operation<'a>, pointer: &str) {
        let document = self.document;
        if let Some(body) = operation.content.get("requestBody") {
            self.media(body, &format!("{pointer}/requestBody"));
            self.body(walk::json_schema(body), &format!("{pointer}/requestBody"));
        }
        let mut schemas = BTreeSet::new();
        let responses = operation
            .content
            .get("responses")
            .and_then(Value::as_object);
        for (code, response) in responses.into_iter().flatten() {
            let place = format!("{pointer}/responses/{code}");
            let Some(response) = walk::resolve(document, response) else {
                self.wrong(&place, "the reference leads nowhere");
                continue;
            };
            if response.get("content").is_some() {
                self.media(response, &place);
                self.body(walk::json_schema(response), &place);
            }
            if code.starts_with('2') {
                schemas.insert(walk::json_schema(response).map(ToString::to_string));
            }
            if code == "default" {
                self.wrong(
                    &place,
                    "name the codes; `default` says nothing that can be checked",
                );
            }
        }
        match schemas.len() {
            0 => self.wrong(pointer, "has no 2xx answer"),
            1 => {}
            _ => self.wrong(pointer, "its 2xx answers have different bodies"),
        }
    }

    fn media(&mut self, body: &Value, place: &str) {
        let types = body["content"].as_object().into_iter().flatten();
        for (media, _) in types.filter(|(media, _)| *media != "application/json") {
            self.wrong(place, format!("`{media}` is not application/json"));
        }
    }

    /// A body is a named component, a list of one, or a list of free values.
    fn body(&mut self, schema: Option<&Value>, place: &str) {
        let Some(schema) = schema else {
            self.wrong(place, "has no JSON schema");
            return;
        };
        let item = if schema["type"] == "array" {
            &schema["items"]
        } else {
            schema
        };
        if walk::schema_name(item).is_none() {
            self.wrong(place, "the body is no named component and no list of one");
        }
        self.schema(schema, place, false);
    }

    fn components(&mut self) {
        let document = self.document;
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        let schemas = document
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        for (name, schema) in schemas.into_iter().flatten() {
            let pointer = format!("/components/schemas/{}", escape(name));
            if *name != name.to_pascal_case() {
                let better = name.to_pascal_case();
                self.wrong(
                    &pointer,
                    format!("the name is not in PascalCase; `{better}` is"),
                );
            }
            if RESERVED.contains(&name.as_str()) {
                self.wrong(&pointer, "the name is taken by a type of the client");
            }
            if let Some(other) = names.insert(name.to_pascal_case(), name) {
                self.wrong(
                    &pointer,
                    format!("`{name}` and `{other}` are one name in PascalCase"),
                );
            }
            self.schema(schema, &pointer, true);
            self.read_as(schema, &pointer);
        }
        for section in ["parameters", "responses"] {
            let members = document.pointer(&format!("/components/{section}"));
            for (name, member) in members.and_then(Value::as_object).into_iter().flatten() {
                let pointer = format!("/components/{section}/{}", escape(name));
                if let Some(schema) = walk::json_schema(member).or(member.get("schema")) {
                    self.schema(schema, &pointer, false);
                }
            }
        }
    }

    fn read_as(&mut self, schema: &Value, pointer: &str) {
        let mut places = vec![(pointer.to_owned(), schema)];
        for (name, property) in properties(schema) {
            places.push((format!("{pointer}/properties/{}", escape(name)), property));
        }
        for (place, schema) in places {
            let Some(target) = schema.get("x-read-as") else {
                continue;
            };
            let target = target.as_str().unwrap_or_default();
            if self
                .document
                .pointer(&format!("/components/schemas/{target}"))
                .is_none()
            {
                self.wrong(&place, format!("x-read-as: there is no schema `{target}`"));
            }
        }
    }

    /// Judges a schema; `is_named` where it is a component of its own.
    fn schema(&mut self, schema: &Value, place: &str, is_named: bool) {
        let Some(map) = schema.as_object() else {
            self.wrong(place, "the schema is no mapping");
            return;
        };
        if let Some(reference) = map.get("$ref") {
            self.reference(map, reference, place);
            return;
        }
        if !is_named && (map.contains_key("enum") || map.contains_key("x-known-values")) {
            self.wrong(
                place,
                "an enum inside another schema; make it a component and refer to it",
            );
        }
        if !is_named && map.contains_key("properties") {
            self.wrong(
                place,
                "an object inside another schema; make it a component",
            );
        }
        if map.get("type").is_some_and(|kind| !kind.is_string()) {
            self.wrong(place, "`type` is no text; a list of types is OpenAPI 3.1");
        }
        if map.get("additionalProperties") == Some(&Value::Bool(false)) {
            self.wrong(
                place,
                "additionalProperties: false makes a client refuse a new field",
            );
        }
        self.values(map, place);
        self.members(map, place);
        if let Some(items) = map.get("items") {
            self.schema(items, &format!("{place}/items"), false);
        }
        if let Some(more @ Value::Object(_)) = map.get("additionalProperties") {
            self.schema(more, &format!("{place}/additionalProperties"), false);
        }
        for word in ["allOf", "anyOf", "oneOf"] {
            let list = map.get(word).and_then(Value::as_array);
            for (index, inner) in list.into_iter().flatten().enumerate() {
                self.schema(inner, &format!("{place}/{word}/{index}"), false);
            }
        }
    }

    fn reference(&mut self, map: &Map<String, Value>, reference: &Value, place: &str) {
        if map.len() > 1 {
            let beside: Vec<&str> = map
                .keys()
                .map(String::as_str)
                .filter(|key| *key != "$ref")
                .collect();
            let message = format!(
                "{} beside $ref would be dropped; write allOf with the reference in it",
                beside.join(", ")
            );
            self.wrong(place, message);
        }
        let target = reference.as_str().and_then(|text| text.strip_prefix('#'));
        if target
            .and_then(|pointer| self.document.pointer(pointer))
            .is_none()
        {
            self.wrong(place, format!("the reference {reference} leads nowhere"));
        }
    }

    fn values(&mut self, map: &Map<String, Value>, place: &str) {
        for word in ["enum", "x-known-values"] {
            let Some(values) = map.get(word) else {
                continue;
            };
            let list = values.as_array().map(Vec::as_slice).unwrap_or_default();
            if list.is_empty() {
                self.wrong(place, format!("`{word}` is empty or no list"));
            }
            let mut seen = BTreeSet::new();
            for value in list {
                let fits = match map.get("type").and_then(Value::as_str) {
                    Some("string") => value.is_string(),
                    Some("integer") => value.is_i64() || value.is_u64(),
                    _ => false,
                };
                let is_null = value.is_null() && map.get("nullable") == Some(&Value::Bool(true));
                if !fits && !is_null {
                    self.wrong(place, format!("{value} is not of the type of its `{word}`"));
                }
                if !seen.insert(value.to_string()) {
                    self.wrong(place, format!("{value} stands in its `{word}` twice"));
                }
            }
        }
    }

    fn members(&mut self, map: &Map<String, Value>, place: &str) {
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        let members = map.get("properties").and_then(Value::as_object);
        for (name, property) in members.into_iter().flatten() {
            let inner = format!("{place}/properties/{}", escape(name));
            if name.to_snake_case() == "extra" {
                self.wrong(&inner, "`extra` is where the client keeps unknown fields");
            }
            if let Some(other) = names.insert(name.to_snake_case(), name) {
                self.wrong(
                    &inner,
                    format!("`{name}` and `{other}` are one name in snake_case"),
                );
            }
            self.schema(property, &inner, false);
        }
        for name in map
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let name = name.as_str().unwrap_or_default();
            if !members.is_some_and(|members| members.contains_key(name)) {
                self.wrong(place, format!("`{name}` is required and not described"));
            }
        }
    }

    fn job(&mut self, operation: &Operation<'a>, pointer: &str) {
        let Some(job) = operation.content.get("x-job") else {
            return;
        };
        let document = self.document;
        let place = format!("{pointer}/x-job");
        let poll = job["poll"].as_str().unwrap_or_default();
        let Some(poll) = walk::operations(document).find(|other| other.id() == poll) else {
            self.wrong(&place, format!("poll: there is no operation `{poll}`"));
            return;
        };
        let answer = walk::successes(&poll)
            .filter_map(|(_, response)| walk::resolve(document, response))
            .find_map(walk::json_schema)
            .and_then(|schema| walk::resolve(document, schema));
        let field = job["finished"]["field"].as_str().unwrap_or_default();
        if !answer.is_some_and(|answer| properties(answer).any(|(name, _)| name == field)) {
            let message = format!("finished: the answer of {} has no `{field}`", poll.id());
            self.wrong(&place, message);
        }
        if !["done", "any"].contains(&job["finished"]["status"].as_str().unwrap_or_default()) {
            self.wrong(&place, "finished: status is neither done nor any");
        }
    }

    fn unused(&mut self) {
        let document = self.document;
        let mut reached = BTreeSet::new();
        walk::reach(document, &document["paths"], &mut reached);
        let schemas = document
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        for (name, schema) in schemas.into_iter().flatten() {
            if !reached.contains(name) && schema.get("x-read-as").is_none() {
                let pointer = format!("/components/schemas/{}", escape(name));
                self.wrong(&pointer, "no operation uses this schema");
            }
        }
    }
}

/// The properties of a schema, in their order.
pub fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = schema.get("properties").and_then(Value::as_object);
    members
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.as_str(), schema))
}
