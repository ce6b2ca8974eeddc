//! Rules for manifests: versions stand once at the root, and the arrows between our crates are
//! the ones ARCHITECTURE.md draws.

use std::path::Path;

use anyhow::{Context, Result};
use toml::Table;

use super::{Complaint, Tree};

/// Which of our crates each crate may use; the arrows of ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("creatify-core", &[]),
    ("creatify-api", &[]),
    ("creatify-emulator", &[]),
    ("creatify-ledger", &["creatify-core"]),
    (
        "creatify",
        &[
            "creatify-core",
            "creatify-api",
            "creatify-emulator",
            "creatify-ledger",
        ],
    ),
    ("creatify-cli", &["creatify"]),
    ("planted", &[]),
    ("xtask", &[]),
    ("fuzz", &["creatify-api", "creatify", "creatify-ledger"]),
    ("wasm-probe", &["creatify-core"]),
    ("sim", &["creatify-api", "creatify"]),
    (
        "benches",
        &[
            "creatify-core",
            "creatify-api",
            "creatify",
            "creatify-emulator",
            "creatify-ledger",
        ],
    ),
];

/// Crates that may depend on the HTTP library.
const HTTP_ALLOWED: &[&str] = &[
    "creatify-api",
    "creatify",
    "creatify-emulator",
    "xtask",
    "benches",
    "sim",
    "fuzz",
];

pub(super) fn check(tree: &Tree) -> Result<Vec<Complaint>> {
    let mut complaints = Vec::new();
    for file in tree.ending("Cargo.toml") {
        let table: Table =
            toml::from_str(&tree.text(file)).with_context(|| file.display().to_string())?;
        if let Some(name) = table
            .get("package")
            .and_then(|p| p.get("name"))
            .and_then(|n| n.as_str())
        {
            complaints.extend(member(file, name, &table));
        }
    }
    Ok(complaints)
}

fn member(file: &Path, name: &str, table: &Table) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let Some((_, may_use)) = ARROWS.iter().find(|(crate_name, _)| *crate_name == name) else {
        return vec![Complaint::new(
            file,
            "a new crate: draw its arrows here and in ARCHITECTURE.md",
        )];
    };
    for (section, dependencies) in dependency_tables(table) {
        for (dependency, spec) in dependencies {
            if spec.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                let what = format!(
                    "`{dependency}`: take it from the workspace table (`workspace = true`)"
                );
                complaints.push(Complaint::new(file, what));
            }
            let ours = dependency.starts_with("creatify");
            // A crate's tests may use the emulator; nothing else is gained by being a test.
            let as_test_server = section == "dev-dependencies" && dependency == "creatify-emulator";
            if ours && !may_use.contains(&dependency.as_str()) && !as_test_server {
                complaints.push(Complaint::new(
                    file,
                    format_args!("`{name}` must not use `{dependency}`"),
                ));
            }
            if dependency == "reqwest" && !HTTP_ALLOWED.contains(&name) {
                complaints.push(Complaint::new(
                    file,
                    format_args!("`{name}` must not use the HTTP library"),
                ));
            }
            let optional = spec.get("optional").and_then(toml::Value::as_bool) == Some(true);
            if name == "creatify-core" && section == "dependencies" && !optional {
                complaints.push(Complaint::new(
                    file,
                    format_args!("`{dependency}`: the core has no required dependency"),
                ));
            }
        }
    }
    complaints
}

fn dependency_tables(table: &Table) -> impl Iterator<Item = (&str, &Table)> {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .into_iter()
        .filter_map(|section| Some((section, table.get(section)?.as_table()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(name: &str, dependencies: &str) -> usize {
        let table: Table = toml::from_str(dependencies).expect("the test's manifest parses");
        member(Path::new("Cargo.toml"), name, &table).len()
    }

    #[test]
    fn a_version_outside_the_root_is_named() {
        assert_eq!(complaints("creatify", "[dependencies]\nserde = \"1\"\n"), 1);
        assert_eq!(
            complaints("creatify", "[dependencies]\nserde.workspace = true\n"),
            0
        );
    }

    #[test]
    fn an_arrow_against_the_drawing_is_named() {
        let uses_core = "[dependencies]\ncreatify-core.workspace = true\n";
        assert_eq!(complaints("creatify-emulator", uses_core), 1);
        assert_eq!(complaints("creatify", uses_core), 0);
    }

    #[test]
    fn the_core_takes_optional_dependencies_only() {
        assert_eq!(
            complaints("creatify-core", "[dependencies]\nserde.workspace = true\n"),
            1
        );
        let optional = "[dependencies]\nserde = { workspace = true, optional = true }\n";
        assert_eq!(complaints("creatify-core", optional), 0);
    }
}
