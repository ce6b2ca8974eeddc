//! The hand-written folder, read: pages, prices, disagreements, operation fragments, schemas,
//! overlays.
//!
//! Each part is checked for its own form and for the pages it names. What the parts say together
//! is assembled elsewhere, and judged there.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    disagreements::{self, Disagreement},
    folder::Folder,
    overlay::Overlay,
    pages::{self, Page},
    prices::{self, PriceBook},
    problem::Problems,
};

/// Everything that was written by hand.
#[derive(Clone, Debug)]
pub struct Source {
    /// The pages, in the order of the file.
    pub pages: Vec<Page>,
    /// The price book, in the order of the file.
    pub prices: PriceBook,
    /// Where the pages contradict each other, in the order of the file.
    pub disagreements: Vec<Disagreement>,
    /// The operations, by file name.
    pub operations: Vec<OperationFile>,
    /// The schema files, by file name.
    pub schemas: Vec<SchemaFile>,
    /// The overlays, in the order they are applied.
    pub overlays: Vec<Overlay>,
}

/// One operation fragment.
#[derive(Clone, Debug)]
pub struct OperationFile {
    /// The file, relative to the workspace.
    pub file: String,
    /// The page it was read from: `page`, `read_on`, and `via` with `grade` where no copy was at hand.
    pub source: Value,
    /// Method in lower case.
    pub method: String,
    /// Path with its trailing slash.
    pub path: String,
    /// The OpenAPI operation object.
    pub operation: Map<String, Value>,
}

/// One file of named components.
#[derive(Clone, Debug)]
pub struct SchemaFile {
    /// The file, relative to the workspace.
    pub file: String,
    /// Section of `components` (`schemas`, `parameters`, ...) to its named members.
    pub sections: Map<String, Value>,
}

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];
const SECTIONS: &[&str] = &["schemas", "parameters", "responses", "securitySchemes"];

impl Source {
    /// Reads the folder.
    ///
    /// # Errors
    ///
    /// With every file and place that is malformed, missing or names an unknown page.
    pub fn parse(folder: &Folder) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let table = |name: &str, problems: &mut Problems| {
            if folder.get(name).is_none() {
                problems.add(format!("openapi/{name}"), "", "is missing");
            }
            folder.get(name).unwrap_or_default().to_owned()
        };
        let pages = pages::parse(&table("pages.toml", &mut problems), &mut problems);
        let prices = prices::parse(&table("prices.toml", &mut problems), &pages, &mut problems);
        let disagreements = disagreements::parse(
            &table("disagreements.toml", &mut problems),
            &pages,
            &mut problems,
        );
        let mut operations = Vec::new();
        for (file, text) in folder.below("operations") {
            let file = format!("openapi/{file}");
            if let Some(Value::Object(fragment)) = yaml(&file, text, &mut problems) {
                operations.extend(operation(file, fragment, &mut problems));
            }
        }
        let mut schemas = Vec::new();
        for (file, text) in folder.below("schemas") {
            let file = format!("openapi/{file}");
            if let Some(Value::Object(sections)) = yaml(&file, text, &mut problems) {
                check_sections(&file, &sections, &mut problems);
                schemas.push(SchemaFile { file, sections });
            }
        }
        let mut overlays = Vec::new();
        for (file, text) in folder.below("overlays") {
            let file = format!("openapi/{file}");
            if let Some(value) = yaml(&file, text, &mut problems) {
                overlays.extend(Overlay::parse(&file, &value, &mut problems));
            }
        }
        if operations.is_empty() {
            problems.add("openapi/operations", "", "holds no operation");
        }
        let known = pages.iter().map(|page| page.id.as_str()).collect();
        for operation in &operations {
            check_source(
                &operation.file,
                "source",
                &operation.source,
                &known,
                &mut problems,
            );
            let content = Value::Object(operation.operation.clone());
            check_sources(
                &operation.file,
                "operation",
                &content,
                &known,
                &mut problems,
            );
        }
        for schema in &schemas {
            for (section, content) in &schema.sections {
                check_sources(&schema.file, section, content, &known, &mut problems);
            }
        }
        problems.or_ok(Self {
            pages,
            prices,
            disagreements,
            operations,
            schemas,
            overlays,
        })
    }
}

/// Reads one YAML file as JSON. `no` and `on` stay text, as in YAML 1.2.
fn yaml(file: &str, text: &str, problems: &mut Problems) -> Option<Value> {
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    match serde_saphyr::from_str_with_options::<Value>(text, options) {
        Ok(value @ Value::Object(_)) => Some(value),
        Ok(_) => {
            problems.add(file, "", "holds no mapping at its root");
            None
        }
        Err(error) => {
            problems.add(file, "", error.to_string());
            None
        }
    }
}

fn operation(
    file: String,
    mut fragment: Map<String, Value>,
    problems: &mut Problems,
) -> Option<OperationFile> {
    let before = problems.as_slice().len();
    for key in fragment.keys() {
        if !["source", "method", "path", "operation"].contains(&key.as_str()) {
            problems.add(&file, key, "is no key of an operation fragment");
        }
    }
    let text = |key: &str, problems: &mut Problems| match fragment.get(key) {
        Some(Value::String(text)) => text.clone(),
        _ => {
            problems.add(&file, key, "is missing or no text");
            String::new()
        }
    };
    let method = text("method", problems);
    let path = text("path", problems);
    if !method.is_empty() && !METHODS.contains(&method.as_str()) {
        problems.add(
            &file,
            "method",
            format!("`{method}` is none of {}", METHODS.join(", ")),
        );
    }
    let has_slashes = path.starts_with('/') && path.ends_with('/');
    if !path.is_empty() && !has_slashes {
        problems.add(
            &file,
            "path",
            format!("`{path}` does not begin and end with a slash"),
        );
    }
    let source = fragment.remove("source").unwrap_or(Value::Null);
    let Some(Value::Object(operation)) = fragment.remove("operation") else {
        problems.add(&file, "operation", "is missing or no mapping");
        return None;
    };
    let stem = file
        .rsplit('/')
        .next()
        .and_then(|name| name.strip_suffix(".yaml"));
    if let Some(id) = operation.get("operationId").and_then(Value::as_str)
        && stem != Some(id)
    {
        problems.add(
            &file,
            "operation/operationId",
            format!("`{id}` is not the name of its file"),
        );
    }
    (problems.as_slice().len() == before).then_some(OperationFile {
        file,
        source,
        method,
        path,
        operation,
    })
}

fn check_sections(file: &str, sections: &Map<String, Value>, problems: &mut Problems) {
    for (section, content) in sections {
        if !SECTIONS.contains(&section.as_str()) {
            problems.add(file, section, format!("is none of {}", SECTIONS.join(", ")));
        } else if !content.is_object() {
            problems.add(file, section, "is no mapping");
        }
    }
}

/// Checks every `x-source` below `value`.
fn check_sources(
    file: &str,
    place: &str,
    value: &Value,
    known: &BTreeSet<&str>,
    problems: &mut Problems,
) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let place = format!("{place}/{key}");
                if key == "x-source" {
                    check_source(file, &place, inner, known, problems);
                } else {
                    check_sources(file, &place, inner, known, problems);
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                check_sources(file, &format!("{place}/{index}"), inner, known, problems);
            }
        }
        _ => {}
    }
}

fn check_source(
    file: &str,
    place: &str,
    source: &Value,
    known: &BTreeSet<&str>,
    problems: &mut Problems,
) {
    // Something known from several pages lists one source for each.
    if let Value::Array(sources) = source {
        for (index, source) in sources.iter().enumerate() {
            check_source(file, &format!("{place}/{index}"), source, known, problems);
        }
        return;
    }
    let Some(page) = source.get("page").and_then(Value::as_str) else {
        problems.add(file, place, "names no page");
        return;
    };
    if !known.contains(page) {
        problems.add(
            file,
            place,
            format!("the page `{page}` is not in pages.toml"),
        );
    }
    let day = source.get("read_on").and_then(Value::as_str);
    if !day.is_some_and(super::dates::is_day) {
        problems.add(file, place, "read_on is no day of the form YYYY-MM-DD");
    }
}
