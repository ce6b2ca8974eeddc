//! Lowers a copy of the document to what the generator turns into a client that does not break.
//!
//! The published document is honest: limits, defaults, error answers, exact types. A client made
//! from it would refuse the first answer that differs in the smallest thing, after the money is
//! spent. The copy keeps what decides the shape of a call and relaxes all that decides whether an
//! answer may be read. It is never written to disk.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{
    lint::RESERVED,
    walk::{self, SCHEMAS},
};

/// The lowered copy, and what the generator needs to know beside it.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The document the generator reads.
    pub document: Value,
    /// Schemas that requests send, all of them structs.
    pub requests: BTreeSet<String>,
    /// Schemas that only answers and webhooks hold, all of them structs.
    pub answers: BTreeSet<String>,
    /// Enums that hand-written open enums replace.
    pub enums: Vec<OpenEnum>,
    /// Names in `RESERVED` that the copy refers to.
    pub lenient: BTreeSet<String>,
}

/// An enum whose list of values is not taken as the last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenEnum {
    /// Name of the schema.
    pub name: String,
    /// Its description, if it has one.
    pub description: Option<String>,
    /// The values that are known, in the order of the document.
    pub values: Values,
}

/// The known values of an open enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// Text values.
    Text(Vec<String>),
    /// Whole numbers.
    Integer(Vec<i64>),
}

/// Makes the lowered copy.
pub fn lower(document: &Value) -> Lowered {
    let document = read_as(document);
    let (sent, received) = reached(&document);
    let whole = whole_answers(&document);
    let mut lowered = Lowered {
        document: json!({
            "openapi": document["openapi"],
            "info": {
                "title": document["info"]["title"],
                "version": document["info"]["version"],
            },
            "paths": paths(&document),
        }),
        requests: BTreeSet::new(),
        answers: BTreeSet::new(),
        enums: Vec::new(),
        lenient: BTreeSet::new(),
    };
    let mut schemas = Map::new();
    for name in sent.union(&received) {
        let Some(schema) = document.pointer(&format!("/components/schemas/{name}")) else {
            continue;
        };
        if let Some(values) = values(schema) {
            let description = schema
                .get("description")
                .and_then(Value::as_str)
                .map(ToOwned::to_owned);
            lowered.enums.push(OpenEnum {
                name: name.clone(),
                description,
                values,
            });
            schemas.insert(name.clone(), json!({ "type": schema["type"] }));
            continue;
        }
        let mut schema = schema.clone();
        let is_request = sent.contains(name);
        strip(&mut schema);
        let is_whole_answer = whole.contains(name);
        relax(
            &mut schema,
            is_request,
            is_whole_answer,
            &mut lowered.lenient,
        );
        keep_unknown_fields(&mut schema);
        schemas.insert(name.clone(), schema);
        let names = if is_request {
            &mut lowered.requests
        } else {
            &mut lowered.answers
        };
        names.insert(name.clone());
    }
    for name in &lowered.lenient {
        schemas.insert(name.clone(), json!({ "type": "string" }));
    }
    schemas.sort_keys();
    let parameters = document.pointer("/components/parameters").cloned();
    let mut components = json!({ "schemas": schemas });
    if let Some(mut parameters) = parameters {
        for (_, parameter) in parameters.as_object_mut().into_iter().flatten() {
            strip(&mut parameter["schema"]);
        }
        components["parameters"] = parameters;
    }
    lowered.document["components"] = components;
    lowered
}

/// Puts a reference to the schema named by `x-read-as` in place of each schema that carries it.
fn read_as(document: &Value) -> Value {
    fn replace(value: &mut Value) {
        match value {
            Value::Object(map) => {
                if let Some(target) = map.get("x-read-as").and_then(Value::as_str) {
                    let target = json!({ "$ref": format!("{SCHEMAS}{target}") });
                    let mut kept = Map::new();
                    for key in ["description", "nullable"] {
                        if let Some(value) = map.get(key) {
                            kept.insert(key.to_owned(), value.clone());
                        }
                    }
                    *value = if kept.is_empty() {
                        target
                    } else {
                        kept.insert("allOf".to_owned(), json!([target]));
                        Value::Object(kept)
                    };
                    return;
                }
                map.values_mut().for_each(replace);
            }
            Value::Array(items) => items.iter_mut().for_each(replace),
            _ => {}
        }
    }
    let mut document = document.clone();
    replace(&mut document);
    // A component that became a bare reference is looked through, because a generated alias of a
    // type that is replaced would be a second type.
    let aliases: Vec<(String, String)> = document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, schema)| Some((name.clone(), walk::schema_name(schema)?.to_owned())))
        .collect();
    for (name, target) in aliases {
        redirect(
            &mut document,
            &format!("{SCHEMAS}{name}"),
            &format!("{SCHEMAS}{target}"),
        );
    }
    document
}

fn redirect(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                if key == "$ref" && inner == from {
                    *inner = to.into();
                } else {
                    redirect(inner, from, to);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| redirect(inner, from, to)),
        _ => {}
    }
}

/// The schemas that requests reach, and those that good answers and webhooks reach.
pub fn reached(document: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut sent, mut received) = (BTreeSet::new(), BTreeSet::new());
    for operation in walk::operations(document) {
        for key in ["requestBody", "parameters"] {
            if let Some(value) = operation.content.get(key) {
                walk::reach(document, value, &mut sent);
            }
        }
        for (_, response) in walk::successes(&operation) {
            walk::reach(document, response, &mut received);
        }
        for callback in walk::callbacks(operation) {
            if let Some(body) = callback.content.get("requestBody") {
                walk::reach(document, body, &mut received);
            }
        }
    }
    (sent, received)
}

fn paths(document: &Value) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in walk::operations(document) {
        let mut lowered = Map::new();
        for key in ["operationId", "summary", "description", "parameters"] {
            if let Some(value) = operation.content.get(key) {
                lowered.insert(key.to_owned(), value.clone());
            }
        }
        for parameter in lowered
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if let Some(schema) = parameter.get_mut("schema") {
                strip(schema);
            }
        }
        if let Some(body) = operation.content.get("requestBody")
            && let Some(schema) = walk::json_schema(body)
        {
            // The generator ignores an optional body; the caller sends `{}` where there is nothing
            // to say.
            lowered.insert(
                "requestBody".to_owned(),
                json_content(schema, "required", true.into()),
            );
        }
        // One entry for every good answer: a 200 where 201 is documented must not be an error.
        // Error answers are left out, so that each of them arrives whole, whatever its body is.
        let schema = walk::successes(&operation)
            .filter_map(|(_, response)| walk::resolve(document, response))
            .find_map(walk::json_schema);
        let response = match schema {
            Some(schema) => json_content(schema, "description", "".into()),
            None => json!({ "description": "" }),
        };
        lowered.insert("responses".to_owned(), json!({ "2XX": response }));
        paths
            .entry(operation.path)
            .or_insert_with(|| json!({}))
            .as_object_mut()
            .expect("every entry is made as a mapping")
            .insert(operation.method.to_owned(), Value::Object(lowered));
    }
    Value::Object(paths)
}

fn json_content(schema: &Value, key: &str, value: Value) -> Value {
    let mut schema = schema.clone();
    strip(&mut schema);
    json!({ key: value, "content": { "application/json": { "schema": schema } } })
}

/// Takes out what would be checked, sent by default or named by the generator.
fn strip(schema: &mut Value) {
    const CHECKS: &[&str] = &[
        "default",
        "example",
        "title",
        "deprecated",
        "readOnly",
        "writeOnly",
        "maxLength",
        "minLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
    ];
    let Some(map) = schema.as_object_mut() else {
        return;
    };
    // A date-time becomes a lenient type further on. Every other format is a promise about text
    // (an id is a UUID, an address is a URI) that must not decide whether an answer is read.
    let is_date_time = map
        .get("format")
        .is_some_and(|format| format == "date-time");
    map.retain(|key, value| {
        !CHECKS.contains(&key.as_str())
            && (key != "format" || is_date_time)
            && !(key == "additionalProperties" && *value == Value::Bool(false))
    });
    map.retain(|key, _| !key.starts_with("x-") || key == "x-loose");
    for key in ["properties", "patternProperties"] {
        for (_, inner) in map
            .get_mut(key)
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
        {
            strip(inner);
        }
    }
    for key in ["items", "additionalProperties", "not"] {
        map.get_mut(key).into_iter().for_each(strip);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        map.get_mut(key)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .for_each(strip);
    }
}

/// The schemas that are the whole body of an answer or a webhook, or an item of a list that is.
fn whole_answers(document: &Value) -> BTreeSet<String> {
    let mut bodies: Vec<&Value> = Vec::new();
    for operation in walk::operations(document) {
        bodies.extend(walk::successes(&operation).map(|(_, response)| response));
        bodies.extend(
            walk::callbacks(operation).filter_map(|callback| callback.content.get("requestBody")),
        );
    }
    bodies
        .into_iter()
        .filter_map(|body| walk::json_schema(walk::resolve(document, body)?))
        .filter_map(|schema| {
            walk::schema_name(schema).or_else(|| walk::schema_name(&schema["items"]))
        })
        .map(ToOwned::to_owned)
        .collect()
}

/// Gives an object a place for the fields that the documentation does not describe.
fn keep_unknown_fields(schema: &mut Value) {
    if let Some(map) = schema.as_object_mut()
        && map.contains_key("properties")
    {
        map.insert("additionalProperties".to_owned(), json!({}));
    }
}

/// Makes every field that may be absent also null, and in answers every field but the id and the
/// status of a whole answer: an item inside it must not cost the rest.
fn relax(
    schema: &mut Value,
    is_request: bool,
    is_whole_answer: bool,
    lenient: &mut BTreeSet<String>,
) {
    let Some(map) = schema.as_object_mut() else {
        return;
    };
    let has_status = map
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(|p| p.contains_key("status"));
    let required: Vec<Value> = match map.remove("required") {
        Some(Value::Array(names)) if is_request => names,
        Some(Value::Array(names)) if is_whole_answer => names
            .into_iter()
            .filter(|name| *name == "id" || *name == "status")
            .collect(),
        _ => Vec::new(),
    };
    for (name, property) in map
        .get_mut("properties")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        if !is_request {
            loosen(
                property,
                lenient,
                (name == "id" && has_status).then_some("JobId"),
            );
        }
        if let Some(inner) = property.as_object_mut() {
            inner.remove("x-loose");
            if inner
                .get("format")
                .is_some_and(|format| format == "date-time")
            {
                inner.remove("format");
            }
        }
        if !required.iter().any(|required| required == name) {
            allow_null(property);
        } else if !is_request {
            // A field that is there in every answer is still read when it is null nowhere else.
            property.as_object_mut().into_iter().for_each(|inner| {
                inner.remove("nullable");
            });
        }
    }
    if !required.is_empty() {
        map.insert("required".to_owned(), Value::Array(required));
    }
}

/// Puts a type that reads anything in place of numbers, times and the ids of jobs.
fn loosen(property: &mut Value, lenient: &mut BTreeSet<String>, id: Option<&'static str>) {
    let kind = property
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let is_loose = property.get("x-loose") == Some(&Value::Bool(true));
    let is_time = property
        .get("format")
        .is_some_and(|format| format == "date-time");
    let name = match (id, kind) {
        (Some(id), "string") => id,
        _ if is_loose || kind == "integer" || kind == "number" => "LooseNumber",
        _ if is_time => "Timestamp",
        (_, "array") => {
            if let Some(items) = property.get_mut("items") {
                loosen(items, lenient, None);
            }
            return;
        }
        _ => return,
    };
    debug_assert!(
        RESERVED.contains(&name),
        "{name} is written by hand in creatify-api"
    );
    lenient.insert(name.to_owned());
    let mut replaced = Map::new();
    for key in ["description", "nullable"] {
        if let Some(value) = property.get(key) {
            replaced.insert(key.to_owned(), value.clone());
        }
    }
    replaced.insert(
        "allOf".to_owned(),
        json!([{ "$ref": format!("{SCHEMAS}{name}") }]),
    );
    *property = Value::Object(replaced);
}

fn allow_null(property: &mut Value) {
    if let Some(reference) = property.get("$ref").cloned() {
        *property = json!({ "allOf": [{ "$ref": reference }] });
    }
    if let Some(map) = property.as_object_mut() {
        // A value without a type is anything, null included.
        if !map.is_empty() {
            map.insert("nullable".to_owned(), true.into());
        }
    }
}

/// The known values of a named schema, where it lists any.
fn values(schema: &Value) -> Option<Values> {
    let list = schema
        .get("enum")
        .or_else(|| schema.get("x-known-values"))?
        .as_array()?;
    if schema["type"] == "integer" {
        return Some(Values::Integer(
            list.iter().filter_map(Value::as_i64).collect(),
        ));
    }
    Some(Values::Text(
        list.iter()
            .filter_map(Value::as_str)
            .map(ToOwned::to_owned)
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "2026-11-20", "description": "long"},
            "paths": {"/jobs/": {"post": {
                "operationId": "jobs_create", "summary": "s", "tags": ["jobs"],
                "requestBody": {"required": false, "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/JobRequest"}}}},
                "responses": {
                    "201": {"description": "", "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/Job"}}}},
                    "400": {"description": "", "content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/ErrorBody"}}}},
                    "401": {"$ref": "#/components/responses/Unauthorized"}
                },
                "callbacks": {"done": {"{$request.body#/url}": {"post": {
                    "requestBody": {"content": {"application/json": {
                        "schema": {"$ref": "#/components/schemas/Hook"}}}}}}}}
            }}},
            "components": {"schemas": {
                "ErrorBody": {"type": "object"},
                "Status": {"type": "string", "enum": ["pending", "done"]},
                "Length": {"type": "integer", "enum": [15, 30]},
                "HookStatus": {"type": "string", "enum": ["done"], "x-read-as": "Status"},
                "Hook": {"type": "object", "properties": {
                    "status": {"$ref": "#/components/schemas/HookStatus"}}},
                "JobRequest": {"type": "object", "required": ["name"],
                    "additionalProperties": false,
                    "properties": {
                        "name": {"type": "string", "maxLength": 255, "minLength": 1},
                        "template": {"type": "string", "format": "uuid", "default": "x"},
                        "length": {"$ref": "#/components/schemas/Length"},
                        "count": {"type": "integer", "minimum": 1}
                    }},
                "Job": {"type": "object", "required": ["id", "status", "credits_used", "name"],
                    "properties": {
                        "id": {"type": "string", "format": "uuid"},
                        "status": {"type": "string", "x-read-as": "Status"},
                        "name": {"type": "string"},
                        "tags": {"type": "array", "items": {"type": "string"}},
                        "created_at": {"type": "string", "format": "date-time"},
                        "progress": {"type": "string", "x-loose": true},
                        "credits_used": {"type": "integer", "nullable": true}
                    }}
            }}
        })
    }

    fn schema(name: &str) -> Value {
        lower(&document()).document["components"]["schemas"][name].clone()
    }

    #[test]
    fn good_answers_become_one_and_error_answers_go() {
        let lowered = lower(&document()).document;
        let operation = &lowered["paths"]["/jobs/"]["post"];
        let codes: Vec<&String> = operation["responses"].as_object().unwrap().keys().collect();
        assert_eq!(codes, ["2XX"]);
        assert!(lowered["components"]["schemas"].get("ErrorBody").is_none());
        assert!(lowered["components"].get("responses").is_none());
        assert!(operation.get("callbacks").is_none());
    }

    #[test]
    fn an_optional_body_is_always_sent() {
        let lowered = lower(&document()).document;
        assert_eq!(
            lowered["paths"]["/jobs/"]["post"]["requestBody"]["required"],
            true
        );
    }

    #[test]
    fn limits_defaults_and_formats_of_a_request_go_and_its_optional_fields_may_be_null() {
        assert_eq!(
            schema("JobRequest"),
            json!({
                "type": "object", "required": ["name"], "additionalProperties": {},
                "properties": {
                    "name": {"type": "string"},
                    "template": {"type": "string", "nullable": true},
                    "length": {"allOf": [{"$ref": "#/components/schemas/Length"}],
                               "nullable": true},
                    "count": {"type": "integer", "nullable": true}
                }
            })
        );
    }

    #[test]
    fn an_answer_needs_nothing_but_id_and_status() {
        let job = schema("Job");
        assert_eq!(job["required"], json!(["id", "status"]));
        let reference = |name: &str| json!([{"$ref": format!("{SCHEMAS}{name}")}]);
        assert_eq!(
            job["properties"]["id"],
            json!({"allOf": reference("JobId")})
        );
        assert_eq!(
            job["properties"]["status"],
            json!({"$ref": format!("{SCHEMAS}Status")})
        );
        for (name, lenient) in [
            ("created_at", "Timestamp"),
            ("progress", "LooseNumber"),
            ("credits_used", "LooseNumber"),
        ] {
            let expected = json!({"allOf": reference(lenient), "nullable": true});
            let property = &job["properties"][name];
            assert_eq!(property["allOf"], expected["allOf"], "{name}");
            assert_eq!(property["nullable"], true, "{name}");
        }
        assert_eq!(job["properties"]["tags"]["nullable"], true);
        assert_eq!(job["properties"]["name"]["nullable"], true);
    }

    #[test]
    fn enums_become_open_and_a_schema_read_as_another_is_looked_through() {
        let lowered = lower(&document());
        let names: Vec<&str> = lowered
            .enums
            .iter()
            .map(|open| open.name.as_str())
            .collect();
        assert_eq!(names, ["Length", "Status"]);
        assert_eq!(lowered.enums[0].values, Values::Integer(vec![15, 30]));
        assert!(
            lowered.document["components"]["schemas"]["Status"]
                .get("enum")
                .is_none()
        );
        assert!(
            lowered.document["components"]["schemas"]
                .get("HookStatus")
                .is_none()
        );
        let hook = &lowered.document["components"]["schemas"]["Hook"]["properties"]["status"];
        assert_eq!(hook["allOf"][0]["$ref"], "#/components/schemas/Status");
    }

    #[test]
    fn requests_and_answers_are_told_apart() {
        let lowered = lower(&document());
        assert_eq!(lowered.requests.iter().collect::<Vec<_>>(), ["JobRequest"]);
        assert_eq!(lowered.answers.iter().collect::<Vec<_>>(), ["Hook", "Job"]);
    }
}
