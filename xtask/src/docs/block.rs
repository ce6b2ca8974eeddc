//! Turns the OpenAPI block of a page into an operation and schemas of OpenAPI 3.0.3, facts only.
//!
//! What 3.0.3 can say is rewritten (lists of types, constants, null variants, merged `allOf`,
//! schemas inside schemas). What it cannot say is refused, with the name of the keyword and its
//! place; nothing is dropped that would change what is valid.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase as _, ToSnakeCase as _};
use serde_json::{Map, Value, json};

use super::{fields::reference_of, printed::Block, text};
use crate::generate::assemble::escape;

/// Schemas nest no deeper than this.
const MAX_DEPTH: usize = 32;

/// Keywords that 3.0.3 has and that say a fact.
const KEPT: &[&str] = &[
    "type",
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
    "minProperties",
    "maxProperties",
];
/// Words and samples of the vendor, which are not kept.
const WORDS: &[&str] = &[
    "description",
    "title",
    "example",
    "examples",
    "externalDocs",
    "xml",
    "$comment",
];
/// Rewritten by this module.
const REWRITTEN: &[&str] = &[
    "$ref",
    "allOf",
    "oneOf",
    "anyOf",
    "enum",
    "const",
    "properties",
    "required",
    "items",
    "additionalProperties",
    "contentMediaType",
    "contentEncoding",
    "discriminator",
];
/// Headers that carry the two keys; they stand in the document once.
const KEY_HEADERS: &[&str] = &["x-api-id", "x-api-key"];

/// Assembles the operation; returns it with its path and the descriptions met on the way.
///
/// # Errors
///
/// When the block does not hold the operation, or holds something that cannot be assembled.
pub fn assemble(
    document: &Value,
    method: &str,
    path: &str,
) -> Result<(Block, String, Vec<String>), String> {
    let version = document["openapi"].as_str().unwrap_or_default();
    if !(version.starts_with("3.0") || version.starts_with("3.1")) {
        return Err(format!(
            "openapi: version `{version}` is neither 3.0 nor 3.1"
        ));
    }
    let paths = document["paths"].as_object().into_iter().flatten();
    let item = paths
        .filter(|(known, _)| text::path(known) == text::path(path))
        .map(|(known, item)| (known.clone(), item))
        .next();
    let (path, item) = item.ok_or_else(|| format!("paths: `{path}` is not there"))?;
    let operation = item
        .get(method)
        .ok_or_else(|| format!("paths: `{path}` has no `{method}`"))?;
    let path = if path.ends_with('/') {
        path
    } else {
        format!("{path}/")
    };
    let mut maker = Maker {
        document,
        schemas: BTreeMap::new(),
        busy: BTreeSet::new(),
        words: Vec::new(),
    };
    maker.hear(&document["info"]);
    let mut operation = maker.operation(operation, item, method, &path)?;
    let names = maker.reached(&operation);
    let mut schemas = Map::new();
    for (name, schema) in maker.schemas {
        if names.contains(&name) {
            schemas.insert(name, schema);
        }
    }
    if let Some(map) = operation.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    let words = maker.words;
    Ok((
        Block {
            operation,
            schemas: Value::Object(schemas),
        },
        path,
        words,
    ))
}

struct Maker<'a> {
    document: &'a Value,
    schemas: BTreeMap<String, Value>,
    busy: BTreeSet<String>,
    words: Vec<String>,
}

type Made<T> = Result<T, String>;

impl Maker<'_> {
    fn hear(&mut self, value: &Value) {
        for key in ["description", "summary"] {
            if let Some(text) = value[key].as_str() {
                self.words.push(text.to_owned());
            }
        }
    }

    fn operation(
        &mut self,
        operation: &Value,
        item: &Value,
        method: &str,
        path: &str,
    ) -> Made<Value> {
        self.hear(operation);
        let id = operation["operationId"].as_str().map(ToOwned::to_owned);
        let id = id
            .unwrap_or_else(|| format!("{}_{method}", path.trim_start_matches("/api")))
            .to_snake_case();
        if id.is_empty() {
            return Err("operationId: is empty".to_owned());
        }
        let place = id.to_pascal_case();
        let mut parameters = Vec::new();
        let lists = [item.get("parameters"), operation.get("parameters")];
        for parameter in lists
            .into_iter()
            .flatten()
            .filter_map(Value::as_array)
            .flatten()
        {
            parameters.extend(self.parameter(parameter, &place)?);
        }
        let mut made = Map::new();
        made.insert("operationId".to_owned(), id.clone().into());
        let tags = operation["tags"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        let tags: Vec<Value> = tags
            .map(|tag| tag.to_lowercase().replace(['_', ' '], "-").into())
            .collect();
        if !tags.is_empty() {
            made.insert("tags".to_owned(), tags.into());
        }
        if !parameters.is_empty() {
            made.insert("parameters".to_owned(), parameters.into());
        }
        if let Some(body) = operation.get("requestBody") {
            let body = self.resolve(body)?;
            let schema = self.body(&body, &format!("{place}Request"), "requestBody")?;
            let schema = schema.ok_or("requestBody: has no application/json")?;
            let required = body["required"].as_bool().unwrap_or(false);
            made.insert(
                "requestBody".to_owned(),
                json!({ "required": required, "content": { "application/json": { "schema": schema } } }),
            );
        }
        let mut responses = Map::new();
        for (code, response) in operation["responses"].as_object().into_iter().flatten() {
            if !code.starts_with('2') {
                continue;
            }
            let response = self.resolve(response)?;
            let at = format!("responses/{code}");
            let mut kept = json!({ "description": "" });
            if let Some(schema) = self.body(&response, &format!("{place}Response"), &at)? {
                kept["content"] = json!({ "application/json": { "schema": schema } });
            }
            responses.insert(code.clone(), kept);
        }
        if responses.is_empty() {
            return Err("responses: names no 2xx answer".to_owned());
        }
        if responses
            .values()
            .any(|response| response.get("content").is_none())
        {
            return Err("responses: an answer without application/json".to_owned());
        }
        made.insert("responses".to_owned(), responses.into());
        Ok(Value::Object(made))
    }

    fn parameter(&mut self, parameter: &Value, place: &str) -> Made<Option<Value>> {
        let parameter = self.resolve(parameter)?;
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        match parameter["in"].as_str() {
            Some("header") if KEY_HEADERS.contains(&name.to_lowercase().as_str()) => {
                return Ok(None);
            }
            Some("path" | "query") => {}
            other => {
                return Err(format!(
                    "parameter `{name}`: is in {}",
                    other.unwrap_or("no place")
                ));
            }
        }
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        let hint = format!("{place}{}", name.to_pascal_case());
        let schema = if schema.is_null() {
            json!({ "type": "string" })
        } else {
            self.schema(schema, &hint, &format!("parameter {name}"), 0)?
        };
        let is_path = parameter["in"] == "path";
        Ok(Some(json!({
            "name": name,
            "in": parameter["in"],
            "required": is_path || parameter["required"] == true,
            "schema": schema,
        })))
    }

    /// The JSON schema of a body as a reference to a named schema, or a list of one.
    fn body(&mut self, body: &Value, hint: &str, place: &str) -> Made<Option<Value>> {
        let Some(content) = body.get("content").and_then(Value::as_object) else {
            return Ok(None);
        };
        if content.is_empty() {
            return Ok(None);
        }
        let Some(media) = content.get("application/json") else {
            let names: Vec<&str> = content.keys().map(String::as_str).collect();
            return Err(format!(
                "{place}: {} and no application/json",
                names.join(", ")
            ));
        };
        let schema = self.schema(&media["schema"], hint, place, 0)?;
        if schema["type"] == "array" {
            let mut list = schema;
            if reference_of(&list["items"]).is_none() {
                let items = list["items"].clone();
                list["items"] = self.named(items, &format!("{hint}Item"));
            }
            return Ok(Some(list));
        }
        Ok(Some(if reference_of(&schema).is_some() {
            schema
        } else {
            self.named(schema, hint)
        }))
    }

    fn named(&mut self, schema: Value, hint: &str) -> Value {
        let mut name = hint.to_pascal_case();
        let mut number = 2;
        while self
            .schemas
            .get(&name)
            .is_some_and(|known| *known != schema)
        {
            name = format!("{}{number}", hint.to_pascal_case());
            number += 1;
        }
        let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
        self.schemas.insert(name, schema);
        reference
    }

    fn resolve(&self, value: &Value) -> Made<Value> {
        let mut value = value;
        for _ in 0..8 {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else {
                return Ok(value.clone());
            };
            let target = reference
                .strip_prefix('#')
                .and_then(|pointer| self.document.pointer(pointer));
            value = target.ok_or_else(|| format!("`{reference}` leads nowhere"))?;
        }
        Err("references go round in a circle".to_owned())
    }

    /// Makes a component of the vendor's schema `name`, if it is not made yet; returns our name.
    fn component(&mut self, name: &str, depth: usize) -> Made<String> {
        let ours = name.to_pascal_case();
        if ours.is_empty() {
            return Err(format!(
                "schema `{name}`: has no name that a type could have"
            ));
        }
        if self.schemas.contains_key(&ours) || !self.busy.insert(ours.clone()) {
            return Ok(ours);
        }
        let pointer = format!("/components/schemas/{}", escape(name));
        let document = self.document;
        let target = document
            .pointer(&pointer)
            .ok_or_else(|| format!("schema `{name}`: is not there"))?;
        let made = self.schema(target, &ours, name, depth + 1)?;
        // A component that only names another one takes its content.
        let made = match reference_of(&made)
            .filter(|_| made.as_object().is_some_and(|map| map.len() == 1))
        {
            Some(other) => self.schemas.get(other).cloned().unwrap_or(made),
            None => made,
        };
        self.schemas.insert(ours.clone(), made);
        Ok(ours)
    }

    /// Rewrites one schema. `hint` names it should it become a component, `place` is for messages.
    fn schema(&mut self, schema: &Value, hint: &str, place: &str, depth: usize) -> Made<Value> {
        if depth > MAX_DEPTH {
            return Err(format!("{place}: schemas nest more than {MAX_DEPTH} deep"));
        }
        let Some(map) = schema.as_object() else {
            // `true` is a schema of 3.1 that everything fits.
            return match schema {
                Value::Bool(true) => Ok(json!({})),
                _ => Err(format!("{place}: the schema is no mapping")),
            };
        };
        self.hear(schema);
        for key in map.keys() {
            let is_known = [KEPT, WORDS, REWRITTEN]
                .iter()
                .any(|list| list.contains(&key.as_str()));
            if !is_known && !key.starts_with("x-") {
                return Err(format!(
                    "{place}: `{key}` cannot be written in OpenAPI 3.0.3"
                ));
            }
        }
        let mut made = self.keywords(map, place)?;
        if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
            let name = reference
                .strip_prefix("#/components/schemas/")
                .ok_or_else(|| format!("{place}: `{reference}` is no schema of the block"))?
                .replace("~1", "/")
                .replace("~0", "~");
            let name = self.component(&name, depth)?;
            let target = json!({ "$ref": format!("#/components/schemas/{name}") });
            return Ok(beside(made, target));
        }
        for word in ["allOf", "oneOf", "anyOf"] {
            if let Some(list) = map.get(word) {
                let list = list
                    .as_array()
                    .ok_or_else(|| format!("{place}: `{word}` is no list"))?;
                return self.variants(word, list, map, made, hint, place, depth);
            }
        }
        if let Some(values) = values_of(map) {
            return self.values(values, made, hint, place, depth);
        }
        self.inside(map, &mut made, hint, place, depth)?;
        let made = Value::Object(made);
        let is_component =
            depth > 0 && self.busy.contains(&hint.to_pascal_case()) && place == self.own_name(hint);
        if made.get("properties").is_some() && !is_component {
            return Ok(self.named(made, hint));
        }
        Ok(made)
    }

    /// The vendor's name of the component that is being made under `hint`.
    fn own_name(&self, hint: &str) -> String {
        let schemas = self
            .document
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        schemas
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
            .find(|name| name.to_pascal_case() == hint)
            .cloned()
            .unwrap_or_default()
    }

    fn keywords(&mut self, map: &Map<String, Value>, place: &str) -> Made<Map<String, Value>> {
        let mut made = Map::new();
        for key in KEPT {
            let Some(value) = map.get(*key) else { continue };
            match (*key, value) {
                ("type", Value::Array(kinds)) => {
                    let real: Vec<&Value> = kinds.iter().filter(|kind| *kind != "null").collect();
                    match real[..] {
                        [kind] => made.insert("type".to_owned(), kind.clone()),
                        [] => return Err(format!("{place}: `type` is null and nothing else")),
                        _ => return Err(format!("{place}: `type` lists several types")),
                    };
                    if real.len() < kinds.len() {
                        made.insert("nullable".to_owned(), true.into());
                    }
                }
                ("type", Value::String(kind)) if kind == "null" => {
                    return Err(format!("{place}: `type` is null and nothing else"));
                }
                ("exclusiveMinimum", Value::Number(bound)) => {
                    made.insert("minimum".to_owned(), bound.clone().into());
                    made.insert("exclusiveMinimum".to_owned(), true.into());
                }
                ("exclusiveMaximum", Value::Number(bound)) => {
                    made.insert("maximum".to_owned(), bound.clone().into());
                    made.insert("exclusiveMaximum".to_owned(), true.into());
                }
                (_, Value::Bool(false)) if *key != "default" => {}
                _ => {
                    made.insert((*key).to_owned(), value.clone());
                }
            }
        }
        if map.contains_key("contentMediaType") && !made.contains_key("format") {
            made.insert("format".to_owned(), "binary".into());
        }
        Ok(made)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "all of them are where it stands and what it is"
    )]
    fn variants(
        &mut self,
        word: &str,
        list: &[Value],
        map: &Map<String, Value>,
        mut made: Map<String, Value>,
        hint: &str,
        place: &str,
        depth: usize,
    ) -> Made<Value> {
        let is_null = |variant: &Value| -> bool {
            let variant = self.resolve(variant).unwrap_or_default();
            variant["type"] == "null"
                || variant["enum"] == json!([null])
                || variant["const"] == Value::Null && variant.get("const").is_some()
        };
        let is_blank = |variant: &Value| {
            self.resolve(variant)
                .is_ok_and(|v| v["enum"] == json!([""]))
        };
        let real: Vec<&Value> = if word == "allOf" {
            list.iter().collect()
        } else {
            let real: Vec<&Value> = list.iter().filter(|variant| !is_null(variant)).collect();
            if real.len() < list.len() {
                made.insert("nullable".to_owned(), true.into());
            }
            // An enum that may also be empty: the empty string is read like an unknown value.
            if real.len() > 1 && real.iter().any(|variant| !is_blank(variant)) {
                real.into_iter()
                    .filter(|variant| !is_blank(variant))
                    .collect()
            } else {
                real
            }
        };
        match real[..] {
            [] => Err(format!("{place}: `{word}` is empty")),
            [only] => {
                let target = self.schema(only, hint, place, depth + 1)?;
                Ok(beside(made, target))
            }
            _ if word == "allOf" => self.merged(&real, map, made, hint, place, depth),
            _ if word == "oneOf" => {
                let mut refs = Vec::new();
                for (index, variant) in real.into_iter().enumerate() {
                    let target = self.schema(
                        variant,
                        &format!("{hint}Variant{}", index + 1),
                        place,
                        depth + 1,
                    )?;
                    if reference_of(&target).is_none() {
                        return Err(format!("{place}: `oneOf` of something other than objects"));
                    }
                    refs.push(target);
                }
                made.insert("oneOf".to_owned(), refs.into());
                Ok(Value::Object(made))
            }
            _ => Err(format!(
                "{place}: `anyOf` of {} schemas has no one type",
                real.len()
            )),
        }
    }

    /// One object out of the members of `allOf`.
    fn merged(
        &mut self,
        list: &[&Value],
        map: &Map<String, Value>,
        made: Map<String, Value>,
        hint: &str,
        place: &str,
        depth: usize,
    ) -> Made<Value> {
        let mut whole = map.clone();
        whole.shift_remove("allOf");
        whole.insert("type".to_owned(), "object".into());
        for part in list {
            let part = self.resolve(part)?;
            self.hear(&part);
            let part = part
                .as_object()
                .ok_or_else(|| format!("{place}: `allOf` of no mapping"))?;
            for (key, value) in part {
                match (key.as_str(), whole.get_mut(key), value) {
                    ("type", _, kind) if kind == "object" => {}
                    ("properties", Some(Value::Object(known)), Value::Object(more)) => {
                        for (name, schema) in more {
                            if known.get(name).is_some_and(|other| other != schema) {
                                return Err(format!("{place}: `allOf` gives `{name}` two schemas"));
                            }
                            known.insert(name.clone(), schema.clone());
                        }
                    }
                    ("required", Some(Value::Array(known)), Value::Array(more)) => {
                        known.extend(more.iter().cloned());
                    }
                    ("description" | "title", ..) => {}
                    (_, None, _) => {
                        whole.insert(key.clone(), value.clone());
                    }
                    (_, Some(known), value) if known == value => {}
                    _ => return Err(format!("{place}: `allOf` gives `{key}` two values")),
                }
            }
        }
        if whole.contains_key("allOf") {
            return self.schema(&Value::Object(whole), hint, place, depth + 1);
        }
        if !whole.contains_key("properties") {
            return Err(format!("{place}: `allOf` of something other than objects"));
        }
        let target = self.schema(&Value::Object(whole), hint, place, depth + 1)?;
        Ok(if reference_of(&target).is_some() {
            beside(made, target)
        } else {
            target
        })
    }

    fn values(
        &mut self,
        values: Vec<Value>,
        mut made: Map<String, Value>,
        hint: &str,
        place: &str,
        depth: usize,
    ) -> Made<Value> {
        let mut list: Vec<Value> = Vec::new();
        for value in values {
            if value.is_null() {
                made.insert("nullable".to_owned(), true.into());
            } else if !list.contains(&value) {
                list.push(value);
            }
        }
        let kind = match list.first() {
            Some(first) if list.iter().all(Value::is_string) && first.is_string() => "string",
            Some(_) if list.iter().all(Value::is_i64) => "integer",
            Some(Value::Bool(_)) if list.iter().all(Value::is_boolean) => {
                made.insert("type".to_owned(), "boolean".into());
                return Ok(Value::Object(made));
            }
            _ => {
                return Err(format!(
                    "{place}: `enum` of neither strings nor whole numbers"
                ));
            }
        };
        let body = json!({ "type": kind, "enum": list });
        let is_own = depth > 0 && place == self.own_name(hint);
        made.shift_remove("type");
        if is_own {
            let mut body = body;
            for (key, value) in made {
                body[key] = value;
            }
            return Ok(body);
        }
        let target = self.named(body, hint);
        Ok(beside(made, target))
    }

    fn inside(
        &mut self,
        map: &Map<String, Value>,
        made: &mut Map<String, Value>,
        hint: &str,
        place: &str,
        depth: usize,
    ) -> Made<()> {
        if let Some(properties) = map.get("properties").and_then(Value::as_object) {
            let mut kept = Map::new();
            for (name, property) in properties {
                let inner_hint = format!("{hint}{}", name.to_pascal_case());
                let inner =
                    self.schema(property, &inner_hint, &format!("{place}.{name}"), depth + 1)?;
                kept.insert(name.clone(), inner);
            }
            let required = map
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let mut names: Vec<Value> = Vec::new();
            for name in
                required.filter(|name| name.as_str().is_some_and(|name| kept.contains_key(name)))
            {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
            made.insert("type".to_owned(), "object".into());
            if !names.is_empty() {
                made.insert("required".to_owned(), names.into());
            }
            made.insert("properties".to_owned(), kept.into());
        }
        if let Some(items) = map.get("items") {
            let items = self.schema(
                items,
                &format!("{hint}Item"),
                &format!("{place}[]"),
                depth + 1,
            )?;
            made.insert("items".to_owned(), items);
        } else if made.get("type").is_some_and(|kind| kind == "array") {
            made.insert("items".to_owned(), json!({}));
        }
        match map.get("additionalProperties") {
            // A client that refuses a new field would break the day one is added.
            None | Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => {
                made.insert("additionalProperties".to_owned(), true.into());
            }
            Some(more) => {
                let more = self.schema(
                    more,
                    &format!("{hint}Value"),
                    &format!("{place}{{}}"),
                    depth + 1,
                )?;
                let more = if more == json!({}) {
                    Value::Bool(true)
                } else {
                    more
                };
                made.insert("additionalProperties".to_owned(), more);
            }
        }
        Ok(())
    }

    /// Names of the schemas that `value` reaches.
    fn reached(&self, value: &Value) -> BTreeSet<String> {
        let mini = json!({ "components": { "schemas": self.schemas } });
        let mut names = BTreeSet::new();
        crate::generate::walk::reach(&mini, value, &mut names);
        names
    }
}

fn values_of(map: &Map<String, Value>) -> Option<Vec<Value>> {
    match (map.get("enum"), map.get("const")) {
        (Some(Value::Array(values)), _) => Some(values.clone()),
        (_, Some(value)) => Some(vec![value.clone()]),
        _ => None,
    }
}

/// A reference with keywords beside it, as 3.0.3 writes it.
fn beside(mut made: Map<String, Value>, target: Value) -> Value {
    if target.get("$ref").is_none() {
        let mut target = target;
        for (key, value) in made {
            target[key] = value;
        }
        return target;
    }
    made.shift_remove("type");
    if made.is_empty() {
        return target;
    }
    let mut whole = Map::new();
    whole.insert("allOf".to_owned(), json!([target]));
    whole.append(&mut made);
    Value::Object(whole)
}
