//! The files of `openapi/` as text in memory.
//!
//! Everything after this module is a pure function of a [`Folder`], so a task (or a test) may put
//! one together from anywhere. Only what is written by hand is read; generated files are not.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;

/// The hand-written files, by path relative to `openapi/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    files: BTreeMap<String, String>,
}

impl Folder {
    /// Reads the tables and the YAML files of the folder `openapi`.
    ///
    /// # Errors
    ///
    /// When the folder or one of its files cannot be read, or is not UTF-8.
    pub fn read(openapi: &Path) -> anyhow::Result<Self> {
        let mut folder = Self::default();
        for name in ["pages.toml", "prices.toml", "disagreements.toml"] {
            let path = openapi.join(name);
            let text = fs::read_to_string(&path)
                .with_context(|| format!("openapi/{name} cannot be read"))?;
            folder.insert(name, text);
        }
        for sub in ["operations", "schemas", "overlays"] {
            let entries = fs::read_dir(openapi.join(sub))
                .with_context(|| format!("openapi/{sub}/ cannot be read"))?;
            for entry in entries {
                let name = entry?.file_name();
                let name = name.to_str().with_context(|| {
                    format!("openapi/{sub}/ holds a file whose name is not UTF-8")
                })?;
                if name.ends_with(".yaml") {
                    let text = fs::read_to_string(openapi.join(sub).join(name))
                        .with_context(|| format!("openapi/{sub}/{name} cannot be read"))?;
                    folder.insert(format!("{sub}/{name}"), text);
                }
            }
        }
        Ok(folder)
    }

    /// Puts a file in, in place of one with the same path.
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.insert(path.into(), text.into());
    }

    /// The text of the file at `path`, relative to `openapi/`.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The files below the folder `sub`, by path, in the order of their names.
    pub fn below<'a>(&'a self, sub: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .filter(move |(path, _)| {
                path.strip_prefix(sub)
                    .is_some_and(|rest| rest.starts_with('/'))
            })
    }
}
