//! What was found, brought together: the same difference in many exchanges is one finding, with the
//! number of exchanges it was seen in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

/// A sample is cut at this many characters.
const CUT: usize = 60;

/// What kind of difference a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The document has no such method and path.
    Operation,
    /// The document has no such parameter, or says otherwise what it may be.
    Parameter,
    /// The document does not have this status among the answers.
    Status,
    /// A body where there should be none, none where there should be one, or no JSON.
    Body,
    /// A required field is not there.
    Missing,
    /// A field that the document does not have.
    Unknown,
    /// A value that a list of all values does not have.
    Value,
    /// Another type, such as a number sent as a string.
    Type,
    /// A format, a length or another limit that does not hold.
    Limit,
}

/// A difference, before it is counted. Two that agree in all but the sample are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub(super) class: Class,
    pub(super) part: String,
    pub(super) pointer: String,
    pub(super) document: String,
    pub(super) page: Option<String>,
    pub(super) service: String,
    pub(super) sample: Option<String>,
}

impl Found {
    pub(super) fn with_sample(self, value: &Value) -> Self {
        let text = value.to_string();
        let sample = match text.char_indices().nth(CUT) {
            Some((at, _)) => format!("{}...", &text[..at]),
            None => text,
        };
        Self {
            sample: Some(sample),
            ..self
        }
    }

    pub(super) fn with_sample_of(self, value: Option<Value>) -> Self {
        match value {
            Some(value) => self.with_sample(&value),
            None => self,
        }
    }
}

/// A page of the documentation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Its id in `openapi/pages.toml`.
    pub id: String,
    /// Where it is, if it has an address.
    pub url: Option<String>,
}

/// One place where the document and the service differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of difference.
    pub class: Class,
    /// The operation's id; method and path where the document has no such operation.
    pub operation: String,
    /// `path`, `query`, `request` or `response` with its status.
    pub part: String,
    /// Where in that part, as a JSON pointer in which `*` stands for any item of an array.
    pub pointer: String,
    /// What the document says.
    pub document: String,
    /// The page it says so after.
    pub page: Option<Page>,
    /// What the service did.
    pub service: String,
    /// The value the first of them had, as JSON, cut when long.
    pub sample: Option<String>,
    /// In how many exchanges.
    pub exchanges: usize,
    /// Of how many of this operation.
    pub of: usize,
    /// The file of the first.
    pub first: String,
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many exchanges were read.
    pub exchanges: usize,
    /// The operations they were of, each with how many.
    pub operations: BTreeMap<String, usize>,
    /// Where document and service differ, by operation.
    pub findings: Vec<Finding>,
}

/// Counts while the exchanges are gone through.
pub(super) struct Seen {
    exchanges: usize,
    operations: BTreeMap<String, usize>,
    /// The operation and the file of the exchange that is being judged.
    now: (String, String),
    found: BTreeMap<(String, Found), (Option<String>, BTreeSet<String>)>,
}

impl Seen {
    pub(super) fn new(exchanges: usize) -> Self {
        Self {
            exchanges,
            operations: BTreeMap::new(),
            now: Default::default(),
            found: BTreeMap::new(),
        }
    }

    /// The next exchange.
    pub(super) fn at(&mut self, operation: &str, file: &str) {
        *self.operations.entry(operation.to_owned()).or_default() += 1;
        self.now = (operation.to_owned(), file.to_owned());
    }

    pub(super) fn find(&mut self, found: Found) {
        let (operation, file) = self.now.clone();
        let sample = found.sample.clone();
        let key = (
            operation,
            Found {
                sample: None,
                ..found
            },
        );
        let (_, files) = self.found.entry(key).or_insert((sample, BTreeSet::new()));
        files.insert(file);
    }

    pub(super) fn report(self, pages: &BTreeMap<&str, &str>) -> Report {
        let operations = self.operations;
        let findings = self
            .found
            .into_iter()
            .map(|((operation, found), (sample, files))| {
                let page = found.page.map(|id| Page {
                    url: pages.get(id.as_str()).map(|url| (*url).to_owned()),
                    id,
                });
                Finding {
                    class: found.class,
                    of: operations.get(&operation).copied().unwrap_or_default(),
                    operation,
                    part: found.part,
                    pointer: found.pointer,
                    document: found.document,
                    page,
                    service: found.service,
                    sample,
                    exchanges: files.len(),
                    first: files.into_iter().next().unwrap_or_default(),
                }
            });
        Report {
            exchanges: self.exchanges,
            findings: findings.collect(),
            operations,
        }
    }
}

impl Report {
    /// For people: a paragraph for each finding, and a line that sums up.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a `String` cannot fail, so the results below are not looked at.
        for finding in &self.findings {
            let place = match finding.pointer.as_str() {
                "" => String::new(),
                pointer => format!(" {pointer}"),
            };
            let page = match &finding.page {
                Some(Page { id, url: Some(url) }) => format!(" ({id}, {url})"),
                Some(Page { id, url: None }) => format!(" ({id})"),
                None => String::new(),
            };
            let sample = match &finding.sample {
                Some(sample) => format!(", such as {sample}"),
                None => String::new(),
            };
            let _ = writeln!(
                text,
                "{} {}{place}\n  document: {}{page}\n  service:  {}{sample}, in {} of {} exchanges, first {}\n",
                finding.operation,
                finding.part,
                finding.document,
                finding.service,
                finding.exchanges,
                finding.of,
                finding.first,
            );
        }
        let _ = writeln!(
            text,
            "{} exchanges of {} operations: {}",
            self.exchanges,
            self.operations.len(),
            match self.findings.len() {
                0 => "nothing found".to_owned(),
                1 => "1 finding".to_owned(),
                more => format!("{more} findings"),
            }
        );
        text
    }
}
