//! `openapi/decisions.toml`: findings that a person looked at and keeps quiet, each with a reason.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use serde::Deserialize;

use super::finding::Finding;

/// File name below `openapi/`.
pub const FILE: &str = "decisions.toml";

const HEAD: &str = "# Findings of `cargo xtask docs diff` that were looked at and stay as they are, each with its reason.\n";

/// The decisions, by fingerprint.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    text: String,
    reasons: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    fingerprint: String,
    because: String,
    #[serde(rename = "class")]
    _class: String,
    #[serde(rename = "place")]
    _place: String,
    #[serde(rename = "page")]
    _page: String,
    #[serde(rename = "decided_on")]
    _decided_on: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    decision: Vec<Row>,
}

impl Decisions {
    /// Reads the file; a missing one holds no decision.
    ///
    /// # Errors
    ///
    /// When it is malformed, or holds a fingerprint twice.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let text = text.unwrap_or(HEAD).to_owned();
        let file: File = toml::from_str(&text)?;
        let mut reasons = BTreeMap::new();
        for row in file.decision {
            if reasons
                .insert(row.fingerprint.clone(), row.because)
                .is_some()
            {
                bail!("openapi/{FILE}: {} stands there twice", row.fingerprint);
            }
        }
        Ok(Self { text, reasons })
    }

    /// Whether a finding is kept quiet.
    pub fn has(&self, fingerprint: &str) -> bool {
        self.reasons.contains_key(fingerprint)
    }

    /// The file as text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Keeps a finding quiet from now on; `today` is `YYYY-MM-DD`.
    ///
    /// # Errors
    ///
    /// When it is kept quiet already, or there is no reason.
    pub fn add(&mut self, finding: &Finding, because: &str, today: &str) -> Result<()> {
        let fingerprint = finding.fingerprint();
        if because.trim().is_empty() {
            bail!("--because is empty; say why {fingerprint} stays as it is");
        }
        if self.has(&fingerprint) {
            bail!(
                "{fingerprint} is decided already: {}",
                self.reasons[&fingerprint]
            );
        }
        let mut row = String::from("\n[[decision]]\n");
        for (key, text) in [
            ("fingerprint", fingerprint.as_str()),
            ("class", finding.class.as_str()),
            ("place", &finding.place),
            ("page", &finding.page),
            ("because", because.trim()),
            ("decided_on", today),
        ] {
            row.push_str(&format!("{key} = {}\n", toml_edit::Value::from(text)));
        }
        self.text.push_str(&row);
        self.reasons.insert(fingerprint, because.trim().to_owned());
        Ok(())
    }
}
