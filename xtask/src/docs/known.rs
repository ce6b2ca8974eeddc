//! What `openapi/` says, in the form in which pages are compared with it.
//!
//! Facts are taken from the fragments before any correction is laid over them, because a page
//! prints the uncorrected thing.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Value, json};

use super::fields::{self, Field};
use crate::generate::{
    self, Folder, Kind, Origins, Source,
    assemble::escape,
    walk::{self, Operation},
};

/// The folder, read and assembled once without corrections and once with them.
#[derive(Clone, Debug)]
pub struct Known {
    /// The folder as text.
    pub folder: Folder,
    /// The folder as data.
    pub source: Source,
    /// The document before corrections.
    pub raw: Value,
    /// The document after them.
    pub corrected: Value,
    /// The file of each part.
    pub origins: Origins,
    /// The operations of the raw document.
    pub operations: Vec<KnownOperation>,
    /// The names that count as a model.
    pub models: Vec<String>,
}

/// One operation of the document.
#[derive(Clone, Debug, Default)]
pub struct KnownOperation {
    /// Its id.
    pub id: String,
    /// Method in lower case.
    pub method: String,
    /// Path with its trailing slash.
    pub path: String,
    /// Where it stands in the document.
    pub pointer: String,
    /// The page it was read from.
    pub page: String,
    /// Its id in the price book.
    pub price_id: Option<String>,
    /// Parameters of path and query.
    pub parameters: Vec<Field>,
    /// Where the schema of the request stands, and the schema.
    pub request_schema: Option<(String, Value)>,
    /// Fields of the request, with those inside them.
    pub request: Vec<Field>,
    /// Where the schema of the answer stands, and the schema.
    pub response_schema: Option<(String, Value)>,
    /// Fields of the answer, with those inside them.
    pub response: Vec<Field>,
    /// Codes that mean success, and the page each is known from.
    pub codes: Vec<(String, String)>,
    /// Where the schema of the webhook stands, and the schema.
    pub webhook_schema: Option<(String, Value)>,
    /// Keys of the webhook, with those inside them.
    pub webhook: Vec<Field>,
    /// Every name that a glued key could have.
    pub names: Vec<String>,
    /// The status that ends the wait (`any` for several) and the field that is read then.
    pub ready: Option<(String, String)>,
    /// Whether the page says that each of several things is charged: `x-charged-per`.
    pub charged_per: Option<String>,
    /// The operation object.
    pub content: Value,
}

impl Known {
    /// Reads the folder.
    ///
    /// # Errors
    ///
    /// With everything that is wrong in it.
    pub fn read(folder: &Folder) -> Result<Self> {
        let source = Source::parse(folder)?;
        let mut facts = source.clone();
        for overlay in &mut facts.overlays {
            overlay.actions.retain(|action| action.kind == Kind::Words);
        }
        let assembled = generate::assemble(&facts)?;
        let corrected = generate::assemble(&source)?.document;
        let raw = assembled.document;
        let mut models: BTreeSet<String> = source
            .prices
            .rates
            .iter()
            .filter_map(|row| row.model.clone())
            .collect();
        let listed = raw
            .pointer("/components/schemas/ModelVersion/enum")
            .and_then(Value::as_array);
        models.extend(
            listed
                .into_iter()
                .flatten()
                .filter_map(|value| value.as_str().map(str::to_lowercase)),
        );
        let operations = walk::operations(&raw)
            .map(|operation| known(&raw, operation))
            .collect();
        Ok(Self {
            folder: folder.clone(),
            source,
            corrected,
            origins: assembled.origins,
            operations,
            models: models.into_iter().collect(),
            raw,
        })
    }

    /// The operations that were read from a page.
    pub fn of_page<'a>(&'a self, page: &'a str) -> impl Iterator<Item = &'a KnownOperation> {
        self.operations
            .iter()
            .filter(move |operation| operation.page == page)
    }

    /// The operation with this method and path, the names of identifiers apart.
    pub fn find(&self, method: &str, path: &str) -> Option<&KnownOperation> {
        let path = anonymous(path);
        self.operations
            .iter()
            .find(|operation| operation.method == method && anonymous(&operation.path) == path)
    }
}

/// A path with every identifier written `{}`.
pub fn anonymous(path: &str) -> String {
    let mut text: Vec<&str> = path.split('/').collect();
    for part in &mut text {
        if part.starts_with('{') {
            *part = "{}";
        }
    }
    text.join("/")
}

fn known(document: &Value, operation: Operation<'_>) -> KnownOperation {
    let content = Value::Object(operation.content.clone());
    let mut known = KnownOperation {
        id: operation.id().to_owned(),
        method: operation.method.to_owned(),
        path: operation.path.to_owned(),
        pointer: operation.pointer(),
        page: text(&content["x-source"]["page"]),
        price_id: content["x-operation"].as_str().map(str::to_owned),
        charged_per: content["x-charged-per"].as_str().map(str::to_owned),
        ..KnownOperation::default()
    };
    known.parameters = parameters(document, &content, &known.pointer);
    if let Some(schema) = content.get("requestBody").and_then(walk::json_schema) {
        let pointer = format!(
            "{}/requestBody/content/application~1json/schema",
            known.pointer
        );
        known.request = fields::of(document, schema, &pointer);
        known.request_schema = Some((at(schema, pointer), schema.clone()));
    }
    for (code, response) in walk::successes(&operation) {
        let page = response["x-source"]["page"]
            .as_str()
            .unwrap_or(&known.page)
            .to_owned();
        known.codes.push((code.to_owned(), page));
        let response = walk::resolve(document, response).unwrap_or(response);
        if let Some(schema) = walk::json_schema(response)
            && known.response_schema.is_none()
        {
            let pointer = format!(
                "{}/responses/{}/content/application~1json/schema",
                known.pointer,
                escape(code)
            );
            let (schema, pointer) = match schema["type"].as_str() {
                Some("array") => (&schema["items"], format!("{pointer}/items")),
                _ => (schema, pointer),
            };
            known.response = fields::of(document, schema, &pointer);
            known.response_schema = Some((at(schema, pointer), schema.clone()));
        }
    }
    for callback in walk::callbacks(operation) {
        if let Some(schema) = callback
            .content
            .get("requestBody")
            .and_then(walk::json_schema)
        {
            known.webhook = fields::of(document, schema, "");
            known.webhook_schema = Some((at(schema, String::new()), schema.clone()));
        }
    }
    if let (Some(status), Some(field)) = (
        content
            .pointer("/x-job/finished/status")
            .and_then(Value::as_str),
        content
            .pointer("/x-job/finished/field")
            .and_then(Value::as_str),
    ) {
        known.ready = Some((status.to_owned(), field.to_owned()));
    }
    known.names = names(document);
    known.content = content;
    known
}

fn at(schema: &Value, pointer: String) -> String {
    fields::reference_of(schema).map_or(pointer, fields::component)
}

fn parameters(document: &Value, content: &Value, pointer: &str) -> Vec<Field> {
    let list = content["parameters"].as_array().into_iter().flatten();
    list.enumerate()
        .filter_map(|(index, parameter)| {
            let target = walk::resolve(document, parameter)?;
            let at = match parameter["$ref"].as_str() {
                Some(reference) => reference.trim_start_matches('#').to_owned(),
                None => format!("{pointer}/parameters/{index}"),
            };
            let holder = json!({ "properties": { text(&target["name"]): target["schema"] } });
            let mut field = fields::of(document, &holder, "").into_iter().next()?;
            field.pointer = at;
            field.say("required", target["required"].as_bool().unwrap_or(false));
            field.page = target["x-source"]["page"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            Some(field)
        })
        .collect()
}

fn names(document: &Value) -> Vec<String> {
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let names: BTreeSet<&String> = schemas
        .into_iter()
        .flatten()
        .filter(|(name, _)| name.ends_with("Webhook"))
        .filter_map(|(_, schema)| schema["properties"].as_object())
        .flat_map(serde_json::Map::keys)
        .collect();
    names.into_iter().cloned().collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
