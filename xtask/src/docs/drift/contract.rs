//! What the document says: which operation takes a request, which answers it may give, which page it
//! stands on. Must not know what was recorded.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result};
use jsonschema::Validator;
use serde_json::Value;

use super::{
    report::{Class, Found},
    schema,
};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The document, ready to be held against.
pub(super) struct Contract<'a> {
    root: &'a Value,
    /// The components as JSON Schema.
    components: Value,
    operations: Vec<Operation<'a>>,
    /// Page ids and their addresses.
    pub(super) pages: BTreeMap<&'a str, &'a str>,
    /// Compiled once each, by the address of the schema in the document.
    compiled: HashMap<*const Value, Validator>,
}

/// One operation of the document.
#[derive(Clone)]
pub(super) struct Operation<'a> {
    pub(super) id: &'a str,
    method: &'a str,
    /// With its parameters in braces.
    pub(super) path: &'a str,
    /// Also the parameters of its path's item.
    pub(super) parameters: Vec<&'a Value>,
    pub(super) raw: &'a Value,
    pub(super) page: Option<&'a str>,
}

impl<'a> Contract<'a> {
    pub(super) fn read(root: &'a Value) -> Result<Self> {
        let paths = root["paths"].as_object();
        let mut operations = Vec::new();
        for (path, item) in paths.context("the document has no `paths`")? {
            let shared = item["parameters"].as_array().into_iter().flatten();
            for (method, raw) in item.as_object().into_iter().flatten() {
                let Some(method) = METHODS.into_iter().find(|one| one == method) else {
                    continue;
                };
                let own = raw["parameters"].as_array().into_iter().flatten();
                let id = raw["operationId"].as_str();
                operations.push(Operation {
                    id: id.with_context(|| format!("{method} {path} has no operationId"))?,
                    method,
                    path,
                    parameters: shared
                        .clone()
                        .chain(own)
                        .map(|parameter| resolved(root, parameter))
                        .collect(),
                    raw,
                    page: page_of(raw),
                });
            }
        }
        let pages = root["x-pages"].as_array().into_iter().flatten();
        Ok(Self {
            root,
            components: schema::components(&root["components"]),
            operations,
            pages: pages
                .filter_map(|page| Some((page["id"].as_str()?, page["url"].as_str()?)))
                .collect(),
            compiled: HashMap::new(),
        })
    }

    /// The operation that takes this request. A path in so many words wins over one with a parameter
    /// in the same place.
    pub(super) fn find(&self, method: &str, path: &str) -> Option<Operation<'a>> {
        self.operations
            .iter()
            .filter(|one| one.method.eq_ignore_ascii_case(method) && one.matches(path))
            .min_by_key(|one| one.path.matches('{').count())
            .cloned()
    }

    /// What is found where no operation takes a request that was answered.
    pub(super) fn no_operation(&self, path: &str, status: u16) -> Found {
        let near = |one: &&Operation<'_>| one.matches(path) || one.matches(&format!("{path}/"));
        let document = match self.operations.iter().find(near) {
            Some(near) => format!("only {} {}", near.method.to_uppercase(), near.path),
            None => "no such path".to_owned(),
        };
        let page = self.operations.iter().find(near).and_then(|one| one.page);
        Found {
            class: Class::Operation,
            part: "path".to_owned(),
            pointer: String::new(),
            document,
            page: page.map(str::to_owned),
            service: format!("answered {status}"),
            sample: None,
        }
    }

    /// The answer that the document gives this status: by its number, its hundred, or as the default.
    pub(super) fn answer(&self, operation: &Operation<'a>, status: u16) -> Option<&'a Value> {
        let answers = operation.raw["responses"].as_object()?;
        let hundred = format!("{}XX", status / 100);
        let answer = answers
            .get(&status.to_string())
            .or_else(|| answers.get(&hundred))
            .or_else(|| answers.get("default"))?;
        Some(resolved(self.root, answer))
    }

    /// What a reference points at; anything else is itself.
    pub(super) fn resolved(&self, value: &'a Value) -> &'a Value {
        resolved(self.root, value)
    }

    /// The schema of this name.
    pub(super) fn named(&self, name: &str) -> Option<&'a Value> {
        self.root["components"]["schemas"].get(name)
    }

    /// The check of a schema of the document.
    pub(super) fn check(&mut self, schema: &'a Value) -> Result<&Validator> {
        let key = std::ptr::from_ref(schema);
        if !self.compiled.contains_key(&key) {
            let check = schema::compile(schema, &self.components)?;
            self.compiled.insert(key, check);
        }
        Ok(&self.compiled[&key])
    }
}

impl Operation<'_> {
    fn matches(&self, path: &str) -> bool {
        let (wanted, given) = (self.path.split('/'), path.split('/'));
        wanted.clone().count() == given.clone().count()
            && wanted.zip(given).all(|(wanted, given)| {
                wanted == given || wanted.starts_with('{') && !given.is_empty()
            })
    }

    /// The statuses it may answer with.
    pub(super) fn statuses(&self) -> String {
        let answers = self.raw["responses"].as_object();
        let statuses: Vec<&str> = answers
            .map(|all| all.keys().map(String::as_str).collect())
            .unwrap_or_default();
        statuses.join(", ")
    }

    /// Something about a part of it as a whole.
    pub(super) fn found(&self, class: Class, part: &str, document: &str, service: &str) -> Found {
        Found {
            class,
            part: part.to_owned(),
            pointer: String::new(),
            document: document.to_owned(),
            page: self.page.map(str::to_owned),
            service: service.to_owned(),
            sample: None,
        }
    }
}

fn resolved<'a>(root: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"]
        .as_str()
        .and_then(|text| text.strip_prefix('#'));
    let target = target.and_then(|pointer| root.pointer(pointer));
    target.unwrap_or(value)
}

/// The page that a part of the document says it stands on.
pub(super) fn page_of(part: &Value) -> Option<&str> {
    part["x-source"]["page"].as_str()
}

/// The schema of a body in JSON.
pub(super) fn json_schema(body: &Value) -> Option<&Value> {
    body.get("content")?.get("application/json")?.get("schema")
}
