//! Scripts: what an emulator starts with and what goes wrong, as TOML. Must not play them: an
//! emulator does.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::billing::Billing;
use crate::faults::Injection;

/// A script of what an emulator starts with and what goes wrong.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let scenario = creatify_emulator::Scenario::from_toml(r#"
///     title = "few credits, and the second answer is lost"
///     [start]
///     credits = "12"
///     [[fault]]
///     kind = "answer_lost"
///     after_seconds = 60
/// "#)?;
/// let emulator = creatify_emulator::Emulator::builder().scenario(&scenario).start().await?;
/// assert_eq!(emulator.balance_millicredits(), 12_000);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    title: String,
    /// The row of the fault matrix it plays, if it plays one.
    #[serde(default)]
    row: Option<u32>,
    #[serde(default)]
    start: Start,
    #[serde(default, rename = "fault")]
    faults: Vec<Injection>,
}

/// What an emulator starts with; what is absent stays as it is set elsewhere.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Start {
    pub(crate) credits: Option<String>,
    pub(crate) seed: Option<u64>,
    /// When the clock starts, and so whose day's prices are charged.
    pub(crate) start_at: Option<DateTime<Utc>>,
    pub(crate) billing: Option<Billing>,
    pub(crate) unlimited_credits: Option<bool>,
    pub(crate) refunds: Option<bool>,
    pub(crate) summed_credits_used: Option<bool>,
    pub(crate) skipping_statuses: Option<bool>,
}

/// A script that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the script cannot be read: {reason}")]
#[non_exhaustive]
pub struct ScenarioError {
    /// What is wrong and on which line.
    pub reason: String,
}

impl Scenario {
    /// Reads a script.
    ///
    /// # Errors
    ///
    /// [`ScenarioError`] with the line, when the text is no TOML or has a key or a kind of fault
    /// that does not exist.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        toml::from_str(text).map_err(|error| ScenarioError {
            reason: error.to_string(),
        })
    }

    /// What it is about, in one line.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The row of the project's fault matrix that it plays, if it plays one.
    pub fn row(&self) -> Option<u32> {
        self.row
    }

    /// Everything that goes wrong, in the order of the script.
    pub fn faults(&self) -> &[Injection] {
        &self.faults
    }

    pub(crate) fn start(&self) -> &Start {
        &self.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_key_or_kind_is_named_with_its_line() {
        let wrong = |text: &str| Scenario::from_toml(text).unwrap_err().to_string();
        let misspelt = wrong("title = \"x\"\n[start]\ncredit = \"1\"\n");
        assert!(misspelt.contains("line 3"), "{misspelt}");
        assert!(misspelt.contains("credit"), "{misspelt}");
        let unknown = wrong("title = \"x\"\n[[fault]]\nkind = \"gremlins\"\n");
        assert!(unknown.contains("gremlins"), "{unknown}");
        assert!(wrong("row = 1\n").contains("title"));
    }
}
