//! Compares samples with the document: names, types, values that must be of a list, and the values
//! that the documentation tool makes up from defaults and ranges.
//!
//! A field that a sample lacks proves nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{
    compare::{Compared, same, values_differ},
    difference::{Change, Class, Difference},
    fields::Field,
    printed::Shape,
};

/// Values that the documentation tool puts where it knows none.
const MADE_UP: &[&str] = &["<string>", "<unknown>", "<any>", "string"];

/// Where a sample stands.
pub struct Checks<'a> {
    /// Id of the page.
    pub page: &'a str,
    /// Its shape.
    pub shape: Shape,
}

impl Checks<'_> {
    /// A sample of a request.
    pub fn request(&self, sample: &Value, known: &[Field], pointer: &str, out: &mut Compared) {
        self.walk(sample, "", known, pointer, out);
        self.whole_lists(known, out, sample);
    }

    /// A sample of what a webhook carries: its keys are all there are.
    pub fn webhook(&self, sample: &Value, known: &[Field], pointer: &str, out: &mut Compared) {
        let named: Vec<Field> = sample
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let mut field = Field::named(name);
                if value.is_null() {
                    field.say("nullable", true);
                }
                field
            })
            .collect();
        let tops: Vec<&Field> = known.iter().filter(|field| field.is_top()).collect();
        keys(self.page, pointer, &named, &tops, out);
        for field in &named {
            let Some(other) = tops.iter().find(|other| other.path == field.path) else {
                continue;
            };
            let value = &sample[field.name()];
            if let (Some(ready), Some(now)) = (other.schema.get("x-ready-value"), value.as_str()) {
                let place = format!("{}/x-ready-value", other.pointer);
                if ready == now {
                    out.proved.insert(place);
                } else {
                    let change = Change::Set {
                        pointer: place.clone(),
                        value: Some(now.into()),
                    };
                    out.differences.push(
                        Difference::new(Class::Api, "finished", place, self.page)
                            .from_to(ready.clone(), now)
                            .breaking(Some(true))
                            .named("status")
                            .change(change),
                    );
                }
            }
            self.items(other, value, known, out);
            if !value.is_array() {
                self.value(value, other, out);
            }
        }
    }

    /// The entries of a list, whose names the document lists under `x-item-fields`.
    fn items(&self, list: &Field, value: &Value, known: &[Field], out: &mut Compared) {
        let (Some(expected), Some(items)) = (list.schema.get("x-item-fields"), value.as_array())
        else {
            return;
        };
        let mut names: Vec<Value> = Vec::new();
        for name in items
            .iter()
            .filter_map(Value::as_object)
            .flat_map(serde_json::Map::keys)
        {
            if !names.contains(&json!(name)) {
                names.push(json!(name));
            }
        }
        let place = format!("{}/x-item-fields", list.pointer);
        let as_set = |list: &Value| -> BTreeSet<String> {
            list.as_array()
                .into_iter()
                .flatten()
                .map(ToString::to_string)
                .collect()
        };
        let names = Value::Array(names);
        if as_set(expected) == as_set(&names) {
            out.proved.insert(place);
        } else {
            let change = Change::Set {
                pointer: place.clone(),
                value: Some(names.clone()),
            };
            out.differences.push(
                Difference::new(Class::Api, "webhook-key", place, self.page)
                    .from_to(expected.clone(), names)
                    .breaking(Some(true))
                    .named(list.name())
                    .change(change),
            );
        }
        for item in items {
            for (name, value) in item.as_object().into_iter().flatten() {
                let path = format!("{}[].{name}", list.path);
                if let Some(field) = known.iter().find(|field| field.path == path) {
                    out.proved.insert(field.pointer.clone());
                    self.value(value, field, out);
                }
            }
        }
    }

    fn walk(&self, value: &Value, path: &str, known: &[Field], owner: &str, out: &mut Compared) {
        match value {
            Value::Object(map) => {
                for (name, inner) in map {
                    let inner_path = if path.is_empty() {
                        name.clone()
                    } else {
                        format!("{path}.{name}")
                    };
                    match known.iter().find(|field| field.path == inner_path) {
                        Some(field) => {
                            out.proved.insert(format!("{}/type", field.pointer));
                            self.value(inner, field, out);
                            self.walk(inner, &inner_path, known, owner, out);
                        }
                        // Inside a free-form object every name is as good as another.
                        None if is_free(path, known) => {}
                        None => out.differences.push(
                            Difference::new(
                                Class::Api,
                                "field-new",
                                format!("{owner}/{inner_path}"),
                                self.page,
                            )
                            .from_to(Value::Null, name.clone())
                            .breaking(Some(false))
                            .named(name),
                        ),
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.walk(item, &format!("{path}[]"), known, owner, out);
                }
            }
            _ => {}
        }
    }

    fn value(&self, value: &Value, field: &Field, out: &mut Compared) {
        if value.as_str().is_some_and(|text| MADE_UP.contains(&text)) {
            return;
        }
        if !self.kind(value, field, out) {
            return;
        }
        if let Some((pointer, _)) = &field.values {
            self.listed(value, field, pointer, out);
        }
        if self.shape != Shape::Full {
            return;
        }
        let place = field.pointer.clone();
        let (key, expected) = match (field.facts.get("default"), field.schema.get("x-sample")) {
            (Some(default), _) => ("default", default.clone()),
            (None, Some(sample)) => ("x-sample", sample.clone()),
            (None, None) => match middle(field) {
                Some(middle) => ("range", middle),
                None => return,
            },
        };
        if value.is_object() || value.is_array() {
            if key == "x-sample" && *value != expected {
                self.sampled(key, &place, expected, value, field, out);
            }
            return;
        }
        // A list of values is judged above; a made-up value may be any of it.
        if same(&expected, value) || (key == "range" && field.values.is_some()) {
            out.proved.insert(format!("{place}/{key}"));
            return;
        }
        self.sampled(key, &place, expected, value, field, out);
    }

    fn sampled(
        &self,
        key: &str,
        place: &str,
        old: Value,
        new: &Value,
        field: &Field,
        out: &mut Compared,
    ) {
        let change = match key {
            "range" => Change::ByHand,
            _ => Change::Fact {
                pointer: place.to_owned(),
                key: key.to_owned(),
                value: Some(new.clone()),
            },
        };
        out.differences.push(
            Difference::new(Class::Api, key, format!("{place}/{key}"), self.page)
                .from_to(old, new.clone())
                .named(field.name())
                .change(change),
        );
    }

    /// Judges the type; false where the value says nothing more.
    fn kind(&self, value: &Value, field: &Field, out: &mut Compared) -> bool {
        let kind = field
            .facts
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or("any");
        let found = match value {
            Value::Null => {
                let place = format!("{}/nullable", field.pointer);
                if field.facts.get("nullable") == Some(&Value::Bool(true)) || kind == "any" {
                    out.proved.insert(place);
                } else {
                    let change = Change::Fact {
                        pointer: field.pointer.clone(),
                        key: "nullable".to_owned(),
                        value: Some(true.into()),
                    };
                    out.differences.push(
                        Difference::new(Class::Api, "nullable", place, self.page)
                            .from_to(Value::Null, true)
                            .breaking(Some(true))
                            .named(field.name())
                            .change(change),
                    );
                }
                return false;
            }
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let fits = kind == "any" || kind == found || (kind == "number" && found == "integer");
        if !fits {
            let place = format!("{}/type", field.pointer);
            let change = Change::Fact {
                pointer: field.pointer.clone(),
                key: "type".to_owned(),
                value: Some(found.into()),
            };
            out.differences.push(
                Difference::new(Class::Api, "type", place, self.page)
                    .from_to(kind, found)
                    .breaking(Some(true))
                    .named(field.name())
                    .change(change),
            );
        }
        fits
    }

    fn listed(&self, value: &Value, field: &Field, pointer: &str, out: &mut Compared) {
        let old = field
            .facts
            .get("enum")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let values: Vec<&Value> = match value {
            Value::Array(values) => values.iter().collect(),
            value => vec![value],
        };
        for value in values {
            if old.contains(value) {
                out.proved.insert(format!("{pointer}/{value}"));
            } else {
                let mut new = old.clone();
                new.push(value.clone());
                let difference = values_differ(
                    self.page,
                    pointer,
                    field,
                    (old.clone(), new),
                    vec![value.clone()],
                    Vec::new(),
                );
                out.differences.push(difference);
            }
        }
    }

    /// A list of values that is known from this page's samples is the whole of what they print.
    fn whole_lists(&self, known: &[Field], out: &mut Compared, sample: &Value) {
        let mut lists: BTreeMap<&str, &Field> = BTreeMap::new();
        for field in known
            .iter()
            .filter(|field| field.values_page == self.page && field.is_top())
        {
            let is_list = field.facts.get("type") == Some(&json!("array"));
            if let Some((pointer, true)) = field.values.as_ref().filter(|_| is_list) {
                lists.insert(pointer, field);
            }
        }
        for (pointer, field) in lists {
            let Some(printed) = sample[field.name()].as_array() else {
                continue;
            };
            let old = field
                .facts
                .get("enum")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            let removed: Vec<Value> = old
                .iter()
                .filter(|value| !printed.contains(value))
                .cloned()
                .collect();
            if !removed.is_empty() {
                let added: Vec<Value> = printed
                    .iter()
                    .filter(|value| !old.contains(value))
                    .cloned()
                    .collect();
                out.differences.retain(|difference| {
                    !(difference.place == pointer && difference.kind == "enum")
                });
                let pair = (old.clone(), printed.clone());
                out.differences.push(values_differ(
                    self.page, pointer, field, pair, added, removed,
                ));
            }
        }
    }
}

/// The keys of a webhook, which are all there are; one that went while one came has another name.
pub fn keys(page: &str, pointer: &str, printed: &[Field], known: &[&Field], out: &mut Compared) {
    let news: Vec<&Field> = printed
        .iter()
        .filter(|field| !known.iter().any(|other| other.path == field.path))
        .collect();
    let mut gones: Vec<&&Field> = known
        .iter()
        .filter(|field| !printed.iter().any(|other| other.path == field.path))
        .collect();
    if news.is_empty() && gones.is_empty() {
        out.proved.insert(format!("{pointer}/required"));
    }
    for field in known
        .iter()
        .filter(|field| printed.iter().any(|other| other.path == field.path))
    {
        out.proved.insert(field.pointer.clone());
    }
    for new in news {
        if let Some(gone) = gones.pop() {
            let change = Change::RemoveField {
                pointer: gone.pointer.clone(),
                renamed: Some(new.name().to_owned()),
            };
            out.differences.push(
                Difference::new(Class::Api, "webhook-key", &gone.pointer, page)
                    .from_to(gone.name(), new.name())
                    .breaking(Some(true))
                    .named(gone.name())
                    .change(change),
            );
            continue;
        }
        let kind = new
            .facts
            .get("type")
            .cloned()
            .unwrap_or_else(|| "string".into());
        let change = Change::AddField {
            schema: pointer.to_owned(),
            name: new.name().to_owned(),
            property: json!({ "type": kind }),
            required: false,
            schemas: json!({}),
        };
        out.differences.push(
            Difference::new(
                Class::Api,
                "webhook-key",
                format!("{pointer}/properties/{}", new.name()),
                page,
            )
            .from_to(Value::Null, new.name())
            .breaking(Some(false))
            .named(new.name())
            .change(change),
        );
    }
    for gone in gones {
        let change = Change::RemoveField {
            pointer: gone.pointer.clone(),
            renamed: None,
        };
        out.differences.push(
            Difference::new(Class::Api, "webhook-key", &gone.pointer, page)
                .from_to(gone.name(), Value::Null)
                .breaking(Some(true))
                .named(gone.name())
                .change(change),
        );
    }
}

fn is_free(path: &str, known: &[Field]) -> bool {
    let bare = path.trim_end_matches("[]");
    known
        .iter()
        .find(|field| field.path == bare)
        .is_some_and(|field| {
            let inside = if path.ends_with("[]") {
                &field.schema["items"]
            } else {
                &field.schema
            };
            inside.get("properties").is_none() && super::fields::reference_of(inside).is_none()
        })
}

/// The middle of a range, which the documentation tool prints where it knows nothing better.
fn middle(field: &Field) -> Option<Value> {
    let bound = |key| field.facts.get(key).and_then(Value::as_f64);
    let middle = f64::midpoint(bound("minimum")?, bound("maximum")?);
    Some(json!(middle))
}
