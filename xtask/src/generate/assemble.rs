//! Puts the parts of the folder together into one OpenAPI 3.0.3 document.
//!
//! The document is the rich one: it says everything that is known, with its sources and prices.
//! What a code generator must not see is taken out of a copy, in `lower`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    COMMAND, pages::newest_reading, prices::RateRow, problem::Problems, sentence, source::Source,
};

/// The assembled document and where its parts came from.
#[derive(Clone, Debug)]
pub struct Assembled {
    /// The OpenAPI document.
    pub document: Value,
    /// The file each part came from.
    pub origins: Origins,
}

/// File of each operation and of each component.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    files: BTreeMap<String, String>,
}

impl Origins {
    /// The file that holds what `pointer` points to, or the document itself.
    pub fn file_of(&self, pointer: &str) -> &str {
        let mut prefix = pointer;
        loop {
            if let Some(file) = self.files.get(prefix) {
                return file;
            }
            match prefix.rsplit_once('/') {
                Some((parent, _)) => prefix = parent,
                None => return "openapi/creatify.json",
            }
        }
    }
}

/// Assembles the document, applies the overlays and adds the prices.
///
/// # Errors
///
/// With every operation or component that stands twice, and every overlay action that misses.
pub fn assemble(source: &Source) -> Result<Assembled, Problems> {
    let mut problems = Problems::default();
    let mut origins = Origins::default();
    let paths = paths(source, &mut origins, &mut problems);
    let components = components(source, &mut origins, &mut problems);
    let mut document = json!({
        "openapi": "3.0.3",
        "x-generated-by": format!("{COMMAND}, from openapi/; do not edit"),
        "info": {
            "title": "Creatify API",
            "version": newest_reading(&source.pages).unwrap_or_default(),
        },
        "servers": [{ "url": "https://api.creatify.ai" }],
        "security": [{ "apiId": [], "apiKey": [] }],
        // Named here for its place in the order; an overlay of words describes each tag.
        "tags": [],
        "paths": paths,
        "components": components,
    });
    for overlay in &source.overlays {
        overlay.apply(&mut document, &mut problems);
    }
    add_prices(&mut document, source, &origins, &mut problems);
    document["x-price-book"] = to_json(&source.prices.rates);
    document["x-plans"] = to_json(&source.prices.plans);
    document["x-disagreements"] = to_json(&source.disagreements);
    document["x-pages"] = to_json(&source.pages);
    problems.or_ok(Assembled { document, origins })
}

fn to_json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).expect("plain tables of text and numbers are JSON")
}

/// Escapes a key for a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn paths(source: &Source, origins: &mut Origins, problems: &mut Problems) -> Value {
    let mut paths: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    for fragment in &source.operations {
        let mut operation = Map::new();
        for (key, value) in &fragment.operation {
            operation.insert(key.clone(), value.clone());
            if key == "operationId" {
                operation.insert("x-source".to_owned(), fragment.source.clone());
            }
        }
        let pointer = format!("/paths/{}/{}", escape(&fragment.path), fragment.method);
        if let Some(other) = origins.files.get(&pointer) {
            let message = format!(
                "{} {} stands in {other} too",
                fragment.method, fragment.path
            );
            problems.add(&fragment.file, "path", message);
            continue;
        }
        origins.files.insert(pointer, fragment.file.clone());
        paths
            .entry(&fragment.path)
            .or_default()
            .insert(&fragment.method, Value::Object(operation));
    }
    to_json(&paths)
}

fn components(source: &Source, origins: &mut Origins, problems: &mut Problems) -> Value {
    let mut sections: BTreeMap<&str, BTreeMap<&str, &Value>> = BTreeMap::new();
    for file in &source.schemas {
        for (section, content) in &file.sections {
            for (name, value) in content.as_object().into_iter().flatten() {
                let pointer = format!("/components/{section}/{}", escape(name));
                if let Some(other) = origins.files.get(&pointer) {
                    let message = format!("the name stands in {other} too");
                    problems.add(&file.file, format!("{section}/{name}"), message);
                    continue;
                }
                origins.files.insert(pointer, file.file.clone());
                sections.entry(section).or_default().insert(name, value);
            }
        }
    }
    to_json(&sections)
}

/// Adds to each billable operation the rows of its price and a sentence on today's.
fn add_prices(document: &mut Value, source: &Source, origins: &Origins, problems: &mut Problems) {
    let today = newest_reading(&source.pages).unwrap_or_default().to_owned();
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let pointer = format!("/paths/{}/{method}", escape(path));
            let Some(operation) = operation.as_object_mut() else {
                continue;
            };
            let Some(id) = operation.get("x-operation").and_then(Value::as_str) else {
                continue;
            };
            let rows: Vec<&RateRow> = source
                .prices
                .rates
                .iter()
                .filter(|row| row.operation == id)
                .collect();
            if rows.is_empty() {
                let message = format!("`{id}` has no row in prices.toml");
                problems.add(origins.file_of(&pointer), "operation/x-operation", message);
                continue;
            }
            let sentence = sentence::price(&rows, &today);
            let credits = to_json(&rows);
            let description = match operation.get("description").and_then(Value::as_str) {
                Some(text) => format!("{}\n\n{sentence}", text.trim_end()),
                None => sentence,
            };
            let mut rebuilt = Map::new();
            for (key, value) in std::mem::take(operation) {
                let is_id = key == "x-operation";
                rebuilt.insert(key, value);
                if is_id {
                    rebuilt.insert("x-credits".to_owned(), credits.clone());
                }
            }
            rebuilt.insert("description".to_owned(), description.into());
            *operation = rebuilt;
        }
    }
}
