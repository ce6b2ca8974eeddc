//! Writes what is new to us: a page, an operation with its schemas, and the words that go with them.
//!
//! Words are made from names and paths; none comes from the vendor's text.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use heck::ToPascalCase as _;
use serde_json::{Map, Value, json};

use super::{
    accept::{Writer, escaped},
    diff::path_of,
    fields::component,
    price::Price,
    printed::Block,
    rates, yaml_edit,
};
use crate::generate::{Folder, lint::RESERVED, walk};

/// The vendor's documentation.
pub const SITE: &str = "https://docs.creatify.ai";

/// The overlay that holds the words of what was accepted.
pub const WORDS: &str = "overlays/12-accepted.yaml";

/// Answers that every operation may give, where the document has them.
const REFUSALS: &[(&str, &str)] = &[
    ("400", "BadRequest"),
    ("401", "Unauthorized"),
    ("402", "PaymentRequired"),
    ("404", "NotFound"),
    ("429", "TooManyRequests"),
];

/// Adds a page.
///
/// # Errors
///
/// When it is there already.
pub fn page(writer: &mut Writer<'_>, id: &str, url: &str, shape: &str) -> Result<()> {
    // A site served from this machine stands for the vendor's.
    let url = match url.strip_suffix(".md").unwrap_or(url) {
        url if url.starts_with("https://") => url.to_owned(),
        "" => format!("{SITE}/{id}"),
        url => format!("{SITE}/{}", path_of(url)),
    };
    // The digest follows once all of the page is taken over.
    writer.pages.add(id, &url, shape, "", writer.today)
}

/// Adds an operation with its schemas and its prices.
///
/// # Errors
///
/// When its id or its path is taken, or a price is in a unit the core does not know.
pub fn operation(
    writer: &mut Writer<'_>,
    page: &str,
    (method, path): (&str, &str),
    block: &Block,
    prices: &[Price],
) -> Result<()> {
    let mut operation = block.operation.as_object().cloned().unwrap_or_default();
    let id = operation["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let file = format!("operations/{id}.yaml");
    if writer.folder.get(&file).is_some() {
        bail!("openapi/{file} is there already; an operation of that id is known");
    }
    let family = path
        .trim_start_matches("/api")
        .split('/')
        .find(|part| !part.is_empty());
    let family = family.unwrap_or("other").replace('_', "-");
    let schemas = format!("schemas/{family}.yaml");
    let body = import_into(
        writer,
        &schemas,
        &Value::Object(operation.clone()),
        &block.schemas,
        page,
    )?;
    if let Some(body) = body.as_object() {
        operation.clone_from(body);
    }
    let priced: Vec<&Price> = prices.iter().filter(|price| !price.previously).collect();
    let price_id = rates::price_id(method, path).filter(|_| !priced.is_empty());
    let mut made = Map::new();
    for (key, value) in operation {
        let is_tags = key == "tags";
        made.insert(key.clone(), value);
        if is_tags || (key == "operationId" && block.operation.get("tags").is_none()) {
            if let Some(id) = &price_id {
                made.insert("x-operation".to_owned(), id.clone().into());
            }
            made.insert("x-blocking".to_owned(), false.into());
            if method == "get" {
                made.insert("x-read-only".to_owned(), true.into());
            }
        }
    }
    refusals(writer, method, &mut made);
    let fragment = json!({
        "source": { "page": page, "read_on": writer.today },
        "method": method,
        "path": path,
        "operation": made,
    });
    let mut text = String::new();
    for (key, value) in fragment.as_object().into_iter().flatten() {
        text.push_str(&yaml_edit::entry(key, value, 0, key == "operation"));
    }
    writer.folder.insert(file, text);
    words(writer, &fragment, (method, path), page);
    if let Some(id) = price_id {
        price_rows(writer, &id, &fragment, &priced, page)?;
    }
    Ok(())
}

fn price_rows(
    writer: &mut Writer<'_>,
    id: &str,
    fragment: &Value,
    prices: &[&Price],
    page: &str,
) -> Result<()> {
    let takes_models = fragment.to_string().contains("ModelVersion");
    let mut seen: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    for price in prices {
        let model = price
            .model
            .clone()
            .or_else(|| takes_models.then(|| "standard".to_owned()));
        if seen.insert((id.to_owned(), model.clone())) {
            let (page, today) = (page, writer.today);
            writer
                .prices
                .append(id, model.as_deref(), price, None, None, (page, today))?;
        }
    }
    Ok(())
}

fn refusals(writer: &Writer<'_>, method: &str, operation: &mut Map<String, Value>) {
    let Some(responses) = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for (code, name) in REFUSALS {
        let is_there = writer
            .document
            .pointer(&format!("/components/responses/{name}"))
            .is_some();
        let is_read = method == "get" && ["400", "402"].contains(code);
        if is_there && !is_read {
            let reference = json!({ "$ref": format!("#/components/responses/{name}") });
            responses.entry((*code).to_owned()).or_insert(reference);
        }
    }
}

fn words(writer: &mut Writer<'_>, fragment: &Value, (method, path): (&str, &str), page: &str) {
    let is_described = |tag: &str| {
        let tags = writer.document["tags"].as_array().into_iter().flatten();
        tags.clone().any(|known| known["name"] == tag)
            || writer
                .words
                .iter()
                .any(|line| line.contains(&format!("name: {}, ", yaml_edit::quoted(tag))))
    };
    let tags = fragment["operation"]["tags"]
        .as_array()
        .into_iter()
        .flatten();
    let mut new: Vec<&str> = tags
        .filter_map(Value::as_str)
        .filter(|tag| !is_described(tag))
        .collect();
    new.dedup();
    let mut lines = Vec::new();
    for tag in new {
        let words = format!("Operations under {tag}.");
        lines.push(format!(
            "  - target: $\n    x-kind: words\n    update:\n      tags:\n        - {{ name: {}, description: {} }}\n",
            yaml_edit::quoted(tag),
            Value::from(words)
        ));
    }
    let summary = format!("Calls {} {path}", method.to_uppercase());
    lines.push(format!(
        "  - target: \"$.paths['{path}'].{method}\"\n    x-kind: words\n    update: {{ summary: {}, description: {} }}\n",
        Value::from(summary),
        Value::from(format!("Taken over from the page {page} by machine.")),
    ));
    writer.words.extend(lines);
}

/// Appends the words to their overlay, which is made where it is missing.
pub fn write_words(folder: &mut Folder, lines: &[String], today: &str) {
    let head = format!(
        "# Words for what was taken over from the pages by machine: names and paths, no sentence of the vendor.\noverlay: 1.0.0\ninfo:\n  title: Words for accepted operations\n  version: \"{today}\"\nactions:\n"
    );
    let old = folder
        .get(WORDS)
        .map_or(head, |text| text.replace("actions: []", "actions:"));
    folder.insert(WORDS, format!("{old}{}", lines.concat()));
}

/// Takes over the schemas that a property refers to; returns it with our names in it.
///
/// # Errors
///
/// When the file of its object cannot be edited.
pub fn import(
    writer: &mut Writer<'_>,
    owner: &str,
    property: &Value,
    schemas: &Value,
    page: &str,
) -> Result<Value> {
    let name = owner
        .trim_start_matches("/components/schemas/")
        .split('/')
        .next()
        .unwrap_or_default();
    let file = writer
        .made
        .get(name)
        .cloned()
        .unwrap_or_else(|| writer.known.origins.file_of(owner).to_owned());
    let file = file.strip_prefix("openapi/").unwrap_or(&file).to_owned();
    import_into(writer, &file, property, schemas, page)
}

fn import_into(
    writer: &mut Writer<'_>,
    file: &str,
    value: &Value,
    schemas: &Value,
    page: &str,
) -> Result<Value> {
    let mini = json!({ "components": { "schemas": schemas } });
    let mut names = BTreeSet::new();
    walk::reach(&mini, value, &mut names);
    let mut ours: BTreeMap<String, String> = BTreeMap::new();
    let mut new: Vec<(String, Value)> = Vec::new();
    for name in names {
        let Some(schema) = schemas.get(&name) else {
            continue;
        };
        let (taken, is_new) = name_for(writer, &name, schema);
        if is_new {
            new.push((taken.clone(), schema.clone()));
        }
        ours.insert(name, taken);
    }
    if new.is_empty() {
        return Ok(renamed(value, &ours));
    }
    let mut text = match writer.folder.get(file) {
        Some(text) => text.to_owned(),
        None => "schemas:\n".to_owned(),
    };
    let is_fresh = text == "schemas:\n";
    let mut appended = String::new();
    for (name, schema) in &new {
        let mut whole = Map::new();
        whole.insert(
            "x-source".to_owned(),
            json!({ "page": page, "read_on": writer.today }),
        );
        for (key, value) in renamed(schema, &ours).as_object().into_iter().flatten() {
            whole.insert(key.clone(), value.clone());
        }
        let whole = Value::Object(whole);
        if is_fresh || text.trim_start().starts_with("schemas:") || is_last_section(&text) {
            appended.push_str(&yaml_edit::entry(&yaml_edit::quoted(name), &whole, 2, true));
        } else {
            text = yaml_edit::set(&text, &["schemas", name], Some(&whole))?;
        }
        writer.made.insert(name.clone(), format!("openapi/{file}"));
        let path = ["components", "schemas", name.as_str()];
        yaml_edit::set_in(&mut writer.document, &path, Some(&whole))?;
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    writer.folder.insert(file, text + &appended);
    Ok(renamed(value, &ours))
}

/// Whether `schemas` is the section at the end of the file, so that an entry may be appended.
fn is_last_section(text: &str) -> bool {
    text.lines()
        .rfind(|line| !line.starts_with([' ', '#', '-']) && line.trim_end().ends_with(':'))
        .is_some_and(|line| line.trim_end() == "schemas:")
}

/// The name a schema gets, and whether it is new: one that says the same is taken as it is.
fn name_for(writer: &Writer<'_>, name: &str, schema: &Value) -> (String, bool) {
    let bare = bare(schema);
    let known = writer
        .document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let known = |name: &str| known.and_then(|map| map.get(name));
    if known(name).is_some_and(|other| self::bare(other) == bare) {
        return (name.to_owned(), false);
    }
    // Enums of the same values are one type, whatever the vendor calls them.
    if let Some(values) = schema.get("enum") {
        let all = writer
            .document
            .pointer("/components/schemas")
            .and_then(Value::as_object);
        let same = all.into_iter().flatten().find(|(_, other)| {
            other["type"] == schema["type"]
                && other
                    .get("enum")
                    .is_some_and(|list| as_set(list) == as_set(values))
        });
        if let Some((other, _)) = same {
            return (other.clone(), false);
        }
    }
    let mut candidate = name.to_pascal_case();
    let mut number = 2;
    while RESERVED.contains(&candidate.as_str()) || known(&candidate).is_some() {
        candidate = format!("{}V{number}", name.to_pascal_case());
        number += 1;
    }
    (candidate, true)
}

fn as_set(list: &Value) -> BTreeSet<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect()
}

/// A schema without keys of ours.
fn bare(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(key, _)| !key.starts_with("x-") && *key != "description")
                .map(|(key, value)| (key.clone(), bare(value)))
                .collect(),
        ),
        Value::Array(items) => items.iter().map(bare).collect(),
        value => value.clone(),
    }
}

fn renamed(value: &Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| {
                let target = value
                    .as_str()
                    .and_then(|text| text.strip_prefix("#/components/schemas/"));
                match target
                    .and_then(|name| names.get(name))
                    .filter(|_| key == "$ref")
                {
                    Some(name) => (key.clone(), format!("#{}", component(name)).into()),
                    None => (key.clone(), renamed(value, names)),
                }
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(|item| renamed(item, names)).collect(),
        value => value.clone(),
    }
}

/// Where an operation stands in the document.
pub fn operation_pointer(method: &str, path: &str) -> String {
    format!("/paths/{}/{method}", escaped(path))
}
