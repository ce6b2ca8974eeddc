//! The copies of pages: a folder of them, what each is called, and how each is laid out.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::{markdown, printed::Shape, text};
use crate::generate::{self, Page};

/// A copy larger than this is not read; no page of a documentation is near it.
pub const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The file of a cache that says what was pulled.
pub const INDEX: &str = "index.json";

/// One copy.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Stem of its file.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its address, where the cache knows it.
    pub url: Option<String>,
}

impl Copy {
    /// `sha256:<hex>` of the normalised text.
    pub fn digest(&self) -> String {
        generate::digest(&self.text)
    }
}

/// What a pull left beside the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The site it was pulled from.
    pub site: String,
    /// What listed the pages: `llms.txt` or `sitemap.xml`; none for a folder.
    pub listed_by: Option<String>,
    /// Whether every listed page was read.
    pub complete: bool,
    /// The pages, by id.
    pub pages: BTreeMap<String, Entry>,
}

/// One page of an index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Address of the page, without its ending.
    pub url: String,
    /// What the server said to ask again with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The same, as a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// The copies of a folder or a cache.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    /// The copies, by id.
    pub copies: Vec<Copy>,
    /// What a pull left, if the folder is a cache.
    pub index: Option<Index>,
    /// Files that could not be read, with the reason.
    pub unreadable: Vec<(String, String)>,
}

impl Copies {
    /// Reads every `.txt` and `.md` file of `folder`.
    ///
    /// # Errors
    ///
    /// When the folder is missing or holds no page.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut copies = Self::default();
        let entries = fs::read_dir(folder).with_context(|| {
            format!(
                "{} cannot be read; pull first, or name a folder with --from",
                folder.display()
            )
        })?;
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in entries {
            paths.push(entry?.path());
        }
        paths.sort();
        if let Ok(text) = fs::read_to_string(folder.join(INDEX)) {
            let index = serde_json::from_str(&text).with_context(|| {
                format!("{INDEX} of {} is damaged; pull again", folder.display())
            })?;
            copies.index = Some(index);
        }
        for path in paths {
            let is_page = path
                .extension()
                .is_some_and(|ending| ending == "txt" || ending == "md");
            let Some(id) = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .filter(|_| is_page)
            else {
                continue;
            };
            match read_one(&path) {
                Ok(text) => {
                    let url = copies.index.as_ref().and_then(|index| index.pages.get(id));
                    let url = url.map(|entry| entry.url.clone());
                    copies.copies.push(Copy {
                        id: id.to_owned(),
                        text,
                        url,
                    });
                }
                Err(reason) => copies.unreadable.push((id.to_owned(), reason)),
            }
        }
        if copies.copies.is_empty() && copies.unreadable.is_empty() {
            bail!("{} holds no page (.txt or .md)", folder.display());
        }
        Ok(copies)
    }
}

fn read_one(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > MAX_BYTES {
        return Err(format!("is {size} bytes, the limit is {MAX_BYTES}"));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())
}

/// How a copy is laid out, judged by its marks alone; none where it has the marks of no shape.
pub fn shape(text: &str, expected: Option<&Page>) -> Option<Shape> {
    if markdown::has_block(text) {
        return Some(Shape::MintlifyMd);
    }
    let lines = text::lines(text);
    let has = |wanted: &str| lines.iter().any(|line| line.text == wanted);
    let starts = |wanted: &str| lines.iter().any(|line| line.text.starts_with(wanted));
    if (has("Authorizations") && (has("Response") || has("Body")))
        || (has("cURL") && has("Response"))
    {
        return Some(Shape::Full);
    }
    if starts("API ID, ") || starts("API Key, ") {
        return Some(Shape::Flattened);
    }
    if has("Endpoint") || text.contains("curl --request") || text.contains("curl -X") {
        return Some(Shape::Tutorial);
    }
    if text.contains("<html") || text.contains("<!DOCTYPE") || text.contains("docsConfig") {
        return None;
    }
    let named = expected.map(|page| page.shape.as_str());
    let is_markdown = lines.iter().any(|line| line.text.starts_with("# "));
    match named {
        Some("changelog") if is_markdown || text.contains("<Update") => Some(Shape::Changelog),
        Some("changelog") | None if has_months(&lines) => Some(Shape::Changelog),
        Some("tutorial") if is_markdown => Some(Shape::Tutorial),
        // A page of an operation without any mark of one is in a shape that is not known.
        Some("prose") | None if is_markdown => Some(Shape::Prose),
        _ => None,
    }
}

fn has_months(lines: &[text::Line]) -> bool {
    let is_month = |line: &&text::Line| {
        let words = line.text.trim_start_matches(['#', ' ']);
        let mut parts = words.split_whitespace();
        let month = parts.next().unwrap_or_default().to_ascii_lowercase();
        let year = parts.next().unwrap_or_default();
        line.text.starts_with('#')
            && year.len() == 4
            && year.starts_with("20")
            && [
                "january",
                "february",
                "march",
                "april",
                "may",
                "june",
                "july",
                "august",
                "september",
                "october",
                "november",
                "december",
            ]
            .contains(&month.as_str())
    };
    lines.iter().filter(is_month).count() >= 2
}
