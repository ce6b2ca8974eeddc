//! A coverage table: what one page states, line by line, and where `openapi/` holds it.
//!
//! A table says which lines hold no fact, and why. Whether it is right is judged by `coverage`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::folder;

/// The pages that are covered whole.
pub(crate) const PAGES: [&str; 5] = [
    "custom-template-jobs-create",
    "custom-template-jobs-preview-async",
    "custom-template-jobs-render",
    "link-to-videos-preview-list-tutorial",
    "lipsyncs-v2-create",
];

/// One file under `pages/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// Id of the page in `pages.toml`.
    pub(crate) page: String,
    /// Digest of the copy the table was made from.
    pub(crate) digest: String,
    /// Number of lines of that copy.
    pub(crate) lines: usize,
    /// Its blank lines.
    pub(crate) blank: String,
    /// How many statements of fact the table names.
    pub(crate) facts: usize,
    /// Short names for the beginnings of pointers.
    pub(crate) prefix: BTreeMap<String, String>,
    /// The statements.
    pub(crate) fact: Vec<Fact>,
    /// The lines without one.
    pub(crate) no_fact: Vec<NoFact>,
}

/// One statement of fact.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fact {
    /// Where the page states it.
    pub(crate) lines: String,
    /// What kind of fact it is.
    pub(crate) kind: Kind,
    /// The statement, in our words.
    pub(crate) says: String,
    /// JSON pointer into the document, or `@prefix/...`.
    pub(crate) at: Option<String>,
    /// What stands there, exactly.
    pub(crate) value: Option<Value>,
    /// What the list there must contain.
    pub(crate) has: Option<Value>,
    /// Whether null must stand there, which TOML cannot write as a value.
    #[serde(default)]
    pub(crate) null: bool,
    /// The row of the price book, as far as the page prints it.
    pub(crate) rate: Option<BTreeMap<String, Value>>,
    /// The recorded disagreement in which this page is a side.
    pub(crate) disagreement: Option<String>,
}

/// Lines that state nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoFact {
    /// Which.
    pub(crate) lines: String,
    /// Why they state nothing.
    pub(crate) reason: String,
}

/// Kinds of fact.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Auth,
    Blocking,
    Default,
    Enum,
    Expiry,
    Field,
    Limit,
    Nullable,
    Operation,
    Poll,
    Price,
    ReadOnly,
    Required,
    Sample,
    Status,
    StatusCode,
    Type,
    Webhook,
}

impl Table {
    /// Reads the table of a page.
    pub(crate) fn of(page: &str) -> Self {
        let path = format!("xtask/tests/it/pages/{page}.toml");
        toml::from_str(&folder::text(&path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The whole pointer of a fact, with its prefix spelt out.
    pub(crate) fn pointer(&self, at: &str) -> Result<String, String> {
        let Some(short) = at.strip_prefix('@') else {
            return Ok(at.to_owned());
        };
        let (name, rest) = short
            .find('/')
            .map_or((short, ""), |slash| short.split_at(slash));
        let start = self
            .prefix
            .get(name)
            .ok_or_else(|| format!("no prefix is named {name}"))?;
        Ok(format!("{start}{rest}"))
    }
}
