//! The files of a recording. Must not judge what is in them.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::Value;

/// What stands in a recording where a secret was taken out; of such a value nothing is known.
pub const REDACTED: &str = "REDACTED";

/// One request and its answer, as the recorder writes them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exchange {
    /// The name of its file.
    #[serde(skip)]
    pub(super) file: String,
    pub(super) method: String,
    /// With its query.
    path: String,
    /// Null where there was none.
    pub(super) request: Value,
    pub(super) status: u16,
    /// Null where there was none.
    pub(super) response: Value,
}

impl Exchange {
    /// The path, and the query after it.
    pub(super) fn target(&self) -> (&str, &str) {
        self.path.split_once('?').unwrap_or((&self.path, ""))
    }

    pub(super) fn is_accepted(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Whether the recorder kept the length of a body only, because it was no JSON.
pub(super) fn is_no_json(body: &Value) -> bool {
    body.as_str()
        .and_then(|text| text.strip_suffix(" bytes that are no JSON"))
        .is_some_and(|length| length.parse::<u64>().is_ok())
}

/// The exchanges of a folder, in their order.
pub(super) fn read(folder: &Path) -> Result<Vec<Exchange>> {
    let unreadable = || format!("{}: cannot be read", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.extension().is_some_and(|end| end == "json") {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!(
            "{}: no recorded exchange; `creatify emulate --record DIR` saves some",
            folder.display()
        );
    }
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read(path).with_context(|| format!("{}", path.display()))?;
        let mut exchange: Exchange = serde_json::from_slice(&text)
            .with_context(|| format!("{}: no recorded exchange", path.display()))?;
        let name = path.file_name().unwrap_or_default();
        exchange.file = name.to_string_lossy().into_owned();
        Ok(exchange)
    };
    files.iter().map(read).collect()
}
