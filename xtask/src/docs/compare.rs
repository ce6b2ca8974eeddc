//! Compares what a page prints of an operation with what the document knows of it.
//!
//! Requests and answers are judged in their own direction: what a request may no longer be breaks a
//! caller, and so does what an answer may newly be, except a new value, which clients read openly.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    difference::{Change, Class, Difference},
    fields::{Field, last_name},
    known::{Known, KnownOperation},
    printed::{Direction, Printed, PrintedOperation, Shape},
    samples,
};

/// The outcome of one page.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// What differs.
    pub differences: Vec<Difference>,
    /// Places whose fact the page prints as the document says.
    pub proved: BTreeSet<String>,
}

/// One page under comparison.
pub struct Comparer<'a> {
    /// The document.
    pub known: &'a Known,
    /// Id of the page.
    pub page: &'a str,
    /// Its shape.
    pub shape: Shape,
    /// Whether a copy of it was at hand before, so that everything its shape shows is expected.
    pub was_at_hand: bool,
    /// What is found.
    pub out: Compared,
}

impl Comparer<'_> {
    /// Compares an operation; prices are compared elsewhere.
    pub fn operation(&mut self, printed: &PrintedOperation, known: &KnownOperation) {
        let place = known.pointer.clone();
        self.out.proved.insert(format!("{place}/operationId"));
        self.code(printed, known);
        self.parameters(printed, known);
        if let Some(fields) = &printed.request {
            self.side(
                Direction::Request,
                fields,
                &known.request,
                known.request_schema.as_ref(),
                printed,
            );
        }
        if let Some(fields) = &printed.response {
            self.side(
                Direction::Response,
                fields,
                &known.response,
                known.response_schema.as_ref(),
                printed,
            );
        }
        if self.shape == Shape::MintlifyMd {
            self.body(printed, known);
        }
        if let Some(fields) = &printed.webhook {
            self.webhook(fields, known);
        } else if matches!(self.shape, Shape::Flattened | Shape::Full)
            && self.was_at_hand
            && let Some((pointer, _)) = &known.webhook_schema
        {
            let gone = Difference::new(Class::Api, "webhook-gone", pointer, self.page);
            let names: Vec<&str> = known
                .webhook
                .iter()
                .filter(|f| f.is_top())
                .map(Field::name)
                .collect();
            self.out
                .differences
                .push(gone.from_to(names, Value::Null).breaking(Some(true)));
        }
        self.ready(printed, known);
        let checks = samples::Checks {
            page: self.page,
            shape: self.shape,
        };
        if let (Some(sample), Some((pointer, _))) = (&printed.request_sample, &known.request_schema)
        {
            checks.request(sample, &known.request, pointer, &mut self.out);
        }
        if let (Some(sample), Some((pointer, _))) = (&printed.webhook_sample, &known.webhook_schema)
        {
            checks.webhook(sample, &known.webhook, pointer, &mut self.out);
        }
    }

    /// Statements that no field claims, and fields that no statement names.
    pub fn leftovers(&mut self, printed: &Printed, known: Option<&KnownOperation>) {
        for odd in &printed.odd {
            let place = format!("{}:{}", self.page, odd.line);
            let difference = Difference::new(Class::Api, "statement-unknown", place, self.page);
            self.out
                .differences
                .push(difference.from_to(Value::Null, odd.words.clone()));
        }
        let Some(known) = known else { return };
        for (direction, path) in &printed.gone {
            let fields = match direction {
                Direction::Request => known.request.iter().chain(&known.parameters),
                _ => known.response.iter().chain(&[]),
            };
            if let Some(field) = fields.into_iter().find(|field| field.path == *path) {
                let gone = self.gone(*direction, field);
                self.out
                    .differences
                    .push(gone.breaking(None).change(Change::ByHand));
            }
        }
    }

    fn code(&mut self, printed: &PrintedOperation, known: &KnownOperation) {
        let Some(code) = &printed.code else { return };
        let place = format!("{}/responses", known.pointer);
        if known.codes.iter().any(|(other, _)| other == code) {
            self.out.proved.insert(format!("{place}/{code}"));
            return;
        }
        let Some((old, _)) = known.codes.first() else {
            return;
        };
        let change = Change::Code {
            operation: known.pointer.clone(),
            old: old.clone(),
            new: code.clone(),
        };
        self.out.differences.push(
            Difference::new(Class::Api, "status-code", place, self.page)
                .from_to(old.clone(), code.clone())
                .breaking(Some(false))
                .named("status-code")
                .change(change),
        );
    }

    fn parameters(&mut self, printed: &PrintedOperation, known: &KnownOperation) {
        if self.shape != Shape::MintlifyMd {
            return;
        }
        for parameter in &printed.parameters {
            match known
                .parameters
                .iter()
                .find(|other| other.path == parameter.path)
            {
                Some(other) => self.facts(Direction::Request, parameter, other, true),
                None if parameter.name() == "id" => {}
                None => {
                    let place = format!("{}/parameters", known.pointer);
                    let required = parameter.facts.get("required") == Some(&Value::Bool(true));
                    self.out.differences.push(
                        Difference::new(Class::Api, "parameter-new", place, self.page)
                            .from_to(Value::Null, parameter.path.clone())
                            .breaking(Some(required))
                            .named(&parameter.path),
                    );
                }
            }
        }
    }

    /// Whether the body of the request is required.
    fn body(&mut self, printed: &PrintedOperation, known: &KnownOperation) {
        let Some(block) = &printed.block else { return };
        let required = |operation: &Value| operation.pointer("/requestBody/required").cloned();
        let (old, new) = (required(&known.content), required(&block.operation));
        let pointer = format!("{}/requestBody/required", known.pointer);
        match (old, new) {
            (Some(old), Some(new)) if old != new => {
                let breaking = Some(new == json!(true));
                let change = Change::Set {
                    pointer: pointer.clone(),
                    value: Some(new.clone()),
                };
                let difference = Difference::new(Class::Api, "body-required", pointer, self.page);
                self.out.differences.push(
                    difference
                        .from_to(old, new)
                        .breaking(breaking)
                        .change(change),
                );
            }
            _ => {
                self.out.proved.insert(pointer);
            }
        }
    }

    fn side(
        &mut self,
        direction: Direction,
        printed: &[Field],
        known: &[Field],
        schema: Option<&(String, Value)>,
        operation: &PrintedOperation,
    ) {
        let names: BTreeMap<&str, &Field> = known
            .iter()
            .map(|field| (field.path.as_str(), field))
            .collect();
        let mut news: Vec<&Field> = Vec::new();
        for field in printed {
            match names.get(field.path.as_str()) {
                Some(other) => self.facts(direction, field, other, false),
                None => {
                    let is_inside = |new: &&Field| is_below(&field.path, &new.path);
                    if !news.iter().any(is_inside) {
                        news.push(field);
                    }
                }
            }
        }
        let paths: BTreeSet<&str> = printed.iter().map(|field| field.path.as_str()).collect();
        let lists_all = match self.shape {
            Shape::Full => |field: &Field| field.is_top(),
            Shape::MintlifyMd => |_: &Field| true,
            _ => |_: &Field| false,
        };
        let mut gones: Vec<&Field> = Vec::new();
        for field in known {
            let is_expected = lists_all(field) && (self.was_at_hand || field.page == self.page);
            let is_inside = gones.iter().any(|gone| is_below(&field.path, &gone.path));
            if is_expected && !is_inside && !paths.contains(field.path.as_str()) {
                gones.push(field);
            }
        }
        self.came_and_went(direction, &news, &gones, known, schema, operation);
    }

    /// A field that went while one like it came in the same object has another name.
    fn came_and_went(
        &mut self,
        direction: Direction,
        news: &[&Field],
        gones: &[&Field],
        known: &[Field],
        schema: Option<&(String, Value)>,
        operation: &PrintedOperation,
    ) {
        let mut gones: Vec<&Field> = gones.to_vec();
        for new in news {
            let parent = parent_of(&new.path);
            let like = gones.iter().position(|gone| {
                parent_of(&gone.path) == parent
                    && ["type", "format", "items"]
                        .iter()
                        .all(|key| gone.facts.get(*key) == new.facts.get(*key))
            });
            if let Some(at) = like {
                let gone = gones.remove(at);
                let change = Change::RemoveField {
                    pointer: gone.pointer.clone(),
                    renamed: Some(new.name().to_owned()),
                };
                self.out.differences.push(
                    Difference::new(Class::Api, "field-renamed", &gone.pointer, self.page)
                        .from_to(gone.name(), new.name())
                        .breaking(Some(true))
                        .named(gone.name())
                        .change(change),
                );
                continue;
            }
            let owner = match parent {
                "" => schema.map(|(pointer, _)| pointer.clone()),
                _ => known
                    .iter()
                    .find(|field| field.path == parent.trim_end_matches("[]"))
                    .and_then(|field| owner_of(self.known, field)),
            };
            let Some(owner) = owner else { continue };
            let required = new.facts.get("required") == Some(&Value::Bool(true));
            let (property, schemas) = property_of(new, direction, operation);
            let place = format!("{owner}/properties/{}", new.name());
            let change = Change::AddField {
                schema: owner,
                name: new.name().to_owned(),
                property,
                required,
                schemas,
            };
            self.out.differences.push(
                Difference::new(Class::Api, "field-new", place, self.page)
                    .from_to(Value::Null, new.name())
                    .breaking(Some(direction == Direction::Request && required))
                    .named(new.name())
                    .change(change),
            );
        }
        for gone in gones {
            let gone = self.gone(direction, gone);
            self.out.differences.push(gone);
        }
    }

    fn gone(&self, direction: Direction, field: &Field) -> Difference {
        let change = Change::RemoveField {
            pointer: field.pointer.clone(),
            renamed: None,
        };
        let _ = direction;
        Difference::new(Class::Api, "field-gone", &field.pointer, self.page)
            .from_to(field.name(), Value::Null)
            .breaking(Some(true))
            .named(field.name())
            .change(change)
    }

    fn facts(&mut self, direction: Direction, printed: &Field, known: &Field, is_parameter: bool) {
        let expects = self.was_at_hand || known.page == self.page;
        self.out.proved.insert(known.pointer.clone());
        for key in self.shape.shows() {
            if *key == "readOnly" && direction == Direction::Request {
                continue;
            }
            // The text copy prints the list of an array's items with the list itself.
            if *key == "items"
                && !printed.facts.contains_key("items")
                && self.shape != Shape::MintlifyMd
            {
                continue;
            }
            let place = format!("{}/{key}", known.pointer);
            let (old, new) = (fact(known, key, self.shape), fact(printed, key, self.shape));
            match (old, new) {
                (None, None) => {}
                (Some(old), Some(new)) if *key == "enum" => self.values(printed, known, old, new),
                (Some(old), Some(new)) if same(old, new) => {
                    self.out.proved.insert(place);
                }
                (Some(_), None) if !expects => {}
                (Some(Value::Bool(false)), None) | (None, Some(Value::Bool(false)))
                    if *key == "required" => {}
                (old, new) => {
                    let (old, new) = (old.cloned(), new.cloned());
                    let breaking = breaking(direction, key, old.as_ref(), new.as_ref());
                    let change = if is_parameter {
                        Change::ByHand
                    } else {
                        Change::Fact {
                            pointer: known.pointer.clone(),
                            key: (*key).to_owned(),
                            value: new.clone(),
                        }
                    };
                    let mut difference = Difference::new(Class::Api, key, place.clone(), self.page)
                        .from_to(old.unwrap_or_default(), new.clone().unwrap_or_default())
                        .breaking(breaking)
                        .named(known.name())
                        .change(change);
                    if self.is_corrected(known, key, new.as_ref()) {
                        difference.class = Class::Correction;
                        difference.breaking = Some(false);
                    }
                    self.out.differences.push(difference);
                }
            }
        }
        self.titles(printed, known);
    }

    /// Whether a correction of ours says what the page says now.
    fn is_corrected(&self, field: &Field, key: &str, new: Option<&Value>) -> bool {
        let (owner, name) = match field.pointer.rsplit_once("/properties/") {
            Some(parts) if key == "required" => parts,
            _ => {
                let place = format!("{}/{key}", field.pointer);
                let ours = self.known.corrected.pointer(&place);
                return ours != self.known.raw.pointer(&place) && ours == new;
            }
        };
        let listed = |document: &Value| {
            let list = document
                .pointer(&format!("{owner}/required"))
                .and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|entry| entry == name))
        };
        let (ours, raw) = (listed(&self.known.corrected), listed(&self.known.raw));
        ours != raw && new == Some(&Value::Bool(ours))
    }

    fn values(&mut self, printed: &Field, known: &Field, old: &Value, new: &Value) {
        let Some((pointer, _)) = &known.values else {
            return;
        };
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let (old, new) = (list(old), list(new));
        let added: Vec<Value> = new
            .iter()
            .filter(|value| !old.contains(value))
            .cloned()
            .collect();
        let removed: Vec<Value> = old
            .iter()
            .filter(|value| !new.contains(value))
            .cloned()
            .collect();
        let expects = self.was_at_hand || known.values_page == self.page;
        let removed = if expects { removed } else { Vec::new() };
        let _ = printed;
        if added.is_empty() && removed.is_empty() {
            self.out.proved.insert(pointer.clone());
            return;
        }
        self.out.differences.push(values_differ(
            self.page,
            pointer,
            known,
            (old, new),
            added,
            removed,
        ));
    }

    fn titles(&mut self, printed: &Field, known: &Field) {
        for (value, title) in &printed.titles {
            let Some(old) = known.titles.get(value) else {
                continue;
            };
            let Some((pointer, _)) = &known.values else {
                continue;
            };
            let owner = pointer.rsplit_once('/').map_or("", |(owner, _)| owner);
            let place = format!("{owner}/x-value-titles/{value}");
            if old == title {
                self.out.proved.insert(place);
            } else {
                let change = Change::Set {
                    pointer: place.clone(),
                    value: Some(title.clone().into()),
                };
                self.out.differences.push(
                    Difference::new(Class::Text, "title", place, self.page)
                        .from_to(old.clone(), title.clone())
                        .breaking(Some(false))
                        .named(value)
                        .change(change),
                );
            }
        }
    }

    fn webhook(&mut self, printed: &[Field], known: &KnownOperation) {
        let Some((pointer, _)) = &known.webhook_schema else {
            let names: Vec<&str> = printed.iter().map(Field::name).collect();
            let new = Difference::new(Class::Api, "webhook-new", &known.pointer, self.page);
            self.out
                .differences
                .push(new.from_to(Value::Null, names).breaking(Some(false)));
            return;
        };
        let tops: Vec<&Field> = known
            .webhook
            .iter()
            .filter(|field| field.is_top())
            .collect();
        samples::keys(self.page, pointer, printed, &tops, &mut self.out);
        for field in printed {
            let Some(other) = tops.iter().find(|other| other.path == field.path) else {
                continue;
            };
            for key in ["type", "enum"] {
                match (other.facts.get(key), field.facts.get(key)) {
                    (Some(old), Some(new)) if key == "enum" => self.values(field, other, old, new),
                    (Some(old), Some(new)) if old == new => {
                        self.out.proved.insert(format!("{}/{key}", other.pointer));
                    }
                    (Some(old), Some(new)) => {
                        let change = Change::Fact {
                            pointer: other.pointer.clone(),
                            key: key.to_owned(),
                            value: Some(new.clone()),
                        };
                        let place = format!("{}/{key}", other.pointer);
                        let difference = Difference::new(Class::Api, key, place, self.page)
                            .from_to(old.clone(), new.clone())
                            .breaking(Some(true))
                            .named(other.name())
                            .change(change);
                        self.out.differences.push(difference);
                    }
                    (Some(old), None) if key == "enum" && self.was_at_hand => {
                        let place = other.values.as_ref().map_or("", |(pointer, _)| pointer);
                        let difference = Difference::new(Class::Api, "enum", place, self.page);
                        self.out.differences.push(
                            difference
                                .from_to(old.clone(), Value::Null)
                                .breaking(Some(false))
                                .named(other.name()),
                        );
                    }
                    _ => {}
                }
            }
        }
    }

    fn ready(&mut self, printed: &PrintedOperation, known: &KnownOperation) {
        let (Some((status, field)), Some((old_status, old_field))) = (&printed.ready, &known.ready)
        else {
            return;
        };
        for (key, old, new) in [("status", old_status, status), ("field", old_field, field)] {
            let place = format!("{}/x-job/finished/{key}", known.pointer);
            if old == new {
                self.out.proved.insert(place);
            } else {
                self.out.differences.push(
                    Difference::new(Class::Api, "finished", place, self.page)
                        .from_to(old.clone(), new.clone())
                        .breaking(Some(true))
                        .named(key),
                );
            }
        }
    }
}

/// Two lists of values that differ, judged for requests and answers alike: a value that went can no
/// longer be sent; one that came is read openly.
pub fn values_differ(
    page: &str,
    pointer: &str,
    known: &Field,
    (old, new): (Vec<Value>, Vec<Value>),
    added: Vec<Value>,
    removed: Vec<Value>,
) -> Difference {
    Difference::new(Class::Api, "enum", pointer, page)
        .from_to(old, new)
        .breaking(Some(!removed.is_empty()))
        .named(known.name())
        .change(Change::Values {
            pointer: pointer.to_owned(),
            added,
            removed,
        })
}

fn fact<'a>(field: &'a Field, key: &str, shape: Shape) -> Option<&'a Value> {
    let value = field.facts.get(key)?;
    // Only a flattened copy writes out that nothing is the default.
    (key != "default" || shape == Shape::Flattened || !value.is_null()).then_some(value)
}

/// Whether two values say the same; a number does, however it is written.
pub fn same(old: &Value, new: &Value) -> bool {
    match (old.as_f64(), new.as_f64()) {
        (Some(old), Some(new)) => old.total_cmp(&new).is_eq(),
        _ => old == new,
    }
}

fn breaking(
    direction: Direction,
    key: &str,
    old: Option<&Value>,
    new: Option<&Value>,
) -> Option<bool> {
    let is_request = direction == Direction::Request;
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    let narrower = match key {
        "required" => return Some((new == Some(&Value::Bool(true))) == is_request),
        "nullable" => return Some((new == Some(&Value::Bool(true))) != is_request),
        "maxLength" | "maximum" | "maxItems" => {
            number(new).unwrap_or(f64::INFINITY) < number(old).unwrap_or(f64::INFINITY)
        }
        "minLength" | "minimum" | "minItems" => {
            number(new).unwrap_or(f64::NEG_INFINITY) > number(old).unwrap_or(f64::NEG_INFINITY)
        }
        "type" | "items" | "format" | "pattern" => return Some(true),
        "readOnly" | "writeOnly" => return Some(is_request),
        "x-expires-hours" | "deprecated" => return Some(false),
        _ => return None,
    };
    // An answer within other limits is read all the same.
    Some(is_request && narrower)
}

fn is_below(path: &str, parent: &str) -> bool {
    path.strip_prefix(parent)
        .is_some_and(|rest| rest.starts_with('.') || rest.starts_with("[]"))
}

fn parent_of(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// The object that a field's value is, as a pointer into the document.
fn owner_of(known: &Known, field: &Field) -> Option<String> {
    let schema = known.raw.pointer(&field.pointer)?;
    let inner = if schema["type"] == "array" {
        &schema["items"]
    } else {
        schema
    };
    super::fields::reference_of(inner).map(super::fields::component)
}

/// The schema of a new property: the block's own, or made from what the copy prints.
fn property_of(
    field: &Field,
    direction: Direction,
    operation: &PrintedOperation,
) -> (Value, Value) {
    if let Some(block) = &operation.block {
        let body = match direction {
            Direction::Request => block.operation.get("requestBody"),
            _ => block.operation["responses"]
                .as_object()
                .and_then(|map| map.values().next()),
        };
        let mut schema = body
            .and_then(crate::generate::walk::json_schema)
            .cloned()
            .unwrap_or_default();
        for name in field.path.split('.') {
            schema = follow(&schema, &block.schemas);
            if schema["type"] == "array" {
                schema = follow(&schema["items"], &block.schemas);
            }
            schema = schema["properties"][name.trim_end_matches("[]")].clone();
        }
        return (schema, block.schemas.clone());
    }
    let mut made = serde_json::Map::new();
    for (key, value) in &field.facts {
        match key.as_str() {
            "required" | "enum" => {}
            "items" => {
                let items = if value == "any" {
                    json!({})
                } else {
                    json!({ "type": value })
                };
                made.insert(key.clone(), items);
            }
            "type" if value == "any" => {}
            _ => {
                made.insert(key.clone(), value.clone());
            }
        }
    }
    let Some(values) = field.facts.get("enum") else {
        return (Value::Object(made), json!({}));
    };
    let name = format!(
        "{}Value",
        heck::ToPascalCase::to_pascal_case(last_name(&field.path))
    );
    let kind = made.shift_remove("type").unwrap_or_else(|| "string".into());
    made.insert(
        "allOf".to_owned(),
        json!([{ "$ref": format!("#/components/schemas/{name}") }]),
    );
    (
        Value::Object(made),
        json!({ name: { "type": kind, "enum": values } }),
    )
}

fn follow(schema: &Value, schemas: &Value) -> Value {
    super::fields::reference_of(schema).map_or_else(|| schema.clone(), |name| schemas[name].clone())
}
