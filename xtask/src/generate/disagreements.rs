//! `openapi/disagreements.toml`: where the pages contradict each other.
//!
//! A contradiction is recorded here with the side we take and why; nothing is settled by leaving
//! one side out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{pages::Page, problem::Problems};

/// File name, as problems show it.
pub const FILE: &str = "openapi/disagreements.toml";

/// One contradiction between pages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Disagreement {
    /// Short name, unique in the file.
    pub id: String,
    /// What it is about, in our words.
    pub matter: String,
    /// The side taken.
    pub taken: String,
    /// Why that side.
    pub why: String,
    /// What each page says.
    #[serde(rename = "side")]
    pub sides: Vec<Side>,
}

/// One side of a contradiction.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Id of the page.
    pub page: String,
    /// What it says, as a bare value or in our words.
    pub value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    disagreement: Vec<toml::Table>,
}

/// Reads `disagreements.toml`; what is wrong goes to `problems`.
pub fn parse(text: &str, pages: &[Page], problems: &mut Problems) -> Vec<Disagreement> {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            problems.add(FILE, "", error.to_string().trim_end());
            return Vec::new();
        }
    };
    let known: BTreeSet<&str> = pages.iter().map(|page| page.id.as_str()).collect();
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for (index, table) in file.disagreement.into_iter().enumerate() {
        let id = table
            .get("id")
            .and_then(toml::Value::as_str)
            .unwrap_or("no id")
            .to_owned();
        let place = format!("disagreement {} ({id})", index + 1);
        let entry = match table.try_into::<Disagreement>() {
            Ok(entry) => entry,
            Err(error) => {
                problems.add(FILE, &place, error.message());
                continue;
            }
        };
        if !seen.insert(id) {
            problems.add(FILE, &place, "id: stands here twice");
        }
        // A page may contradict itself, so one side is enough.
        if entry.sides.is_empty() {
            problems.add(FILE, &place, "side: names no page");
        }
        for side in entry
            .sides
            .iter()
            .filter(|side| !known.contains(side.page.as_str()))
        {
            problems.add(
                FILE,
                &place,
                format!("side: the page `{}` is not in pages.toml", side.page),
            );
        }
        all.push(entry);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disagreement_names_known_pages() {
        let text = r#"
            [[disagreement]]
            id = "progress"
            matter = "type of progress"
            taken = "both"
            why = "either may come"
            side = [{ page = "a", value = "number" }]
        "#;
        let mut problems = Problems::default();
        assert_eq!(parse(text, &[], &mut problems).len(), 1);
        let text = problems.to_string();
        assert!(
            text.contains("1 (progress): side: the page `a` is not in pages.toml"),
            "{text}"
        );
    }
}
