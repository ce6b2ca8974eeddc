//! Reads the files of `openapi/` for the tests. Judges nothing.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Text of a file, named from the root of the repository.
pub(crate) fn text(path: &str) -> String {
    let full = root().join(path);
    fs::read_to_string(&full).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The assembled document.
pub(crate) fn document() -> Value {
    serde_json::from_str(&text("openapi/creatify.json")).expect("openapi/creatify.json is JSON")
}

/// A TOML file as JSON.
pub(crate) fn toml(path: &str) -> Value {
    toml::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every YAML file of a folder: its stem and its content, by name.
pub(crate) fn yaml_files(folder: &str) -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join(folder))
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
        .map(|entry| entry.expect("a folder entry is readable").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let stem = path
                .file_stem()
                .expect("a file has a stem")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).expect("a listed file is readable");
            let content = serde_saphyr::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            (stem, content)
        })
        .collect()
}

/// The tables of an array in a TOML file.
pub(crate) fn rows(path: &str, array: &str) -> Vec<Value> {
    toml(path)[array]
        .as_array()
        .unwrap_or_else(|| panic!("{path} has {array} tables"))
        .clone()
}

/// The strings of a JSON array.
pub(crate) fn strings(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// Every member named `key`, at any depth.
pub(crate) fn members<'v>(value: &'v Value, key: &str) -> Vec<&'v Value> {
    let mut found = Vec::new();
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                if name == key {
                    found.push(inner);
                }
                found.extend(members(inner, key));
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| found.extend(members(item, key))),
        _ => {}
    }
    found
}
