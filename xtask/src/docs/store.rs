//! Puts several files on disk, all of them or none.

use std::{borrow::Cow, path::Path};

use anyhow::Result;

use crate::generate::{self, Output};

/// Writes the files below `root`; returns the paths of those that changed.
///
/// # Errors
///
/// When one of them cannot be written; every file is then as it was.
pub fn write(
    root: &Path,
    files: Vec<(String, String)>,
    generated: Vec<Output>,
) -> Result<Vec<String>> {
    let mut outputs = generated;
    outputs.extend(files.into_iter().map(|(path, text)| Output {
        path: Cow::Owned(path),
        text,
    }));
    Ok(generate::write(root, &outputs)?
        .into_iter()
        .map(Cow::into_owned)
        .collect())
}
