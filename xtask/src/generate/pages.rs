//! `openapi/pages.toml`: the pages every fact names, and how their digests are made.
//!
//! A page is known by its id, the stem of its saved copy. Digests are compared elsewhere; here is
//! only how one is worked out, so that everybody does it alike.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{dates, problem::Problems};

/// File name, as problems show it.
pub const FILE: &str = "openapi/pages.toml";

const SHAPES: &[&str] = &[
    "flattened",
    "full",
    "tutorial",
    "mintlify-md",
    "changelog",
    "prose",
];
const GRADES: &[&str] = &["official", "third-party", "observed", "guess"];

/// One page of the documentation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// Stem of the saved copy's file name.
    pub id: String,
    /// Address of the page.
    pub url: String,
    /// How its copy is laid out: `flattened`, `full`, `tutorial`, `mintlify-md`, `changelog`, `prose`.
    pub shape: String,
    /// Day it was read, `YYYY-MM-DD`.
    pub read_on: String,
    /// `sha256:<hex>` of the normalised copy; absent where no copy was at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// `facts` where the page is known only through collected facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// How far its facts can be trusted: `official`, `third-party`, `observed`, `guess`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    page: Vec<toml::Table>,
}

/// Reads `pages.toml`; what is wrong goes to `problems`.
pub fn parse(text: &str, problems: &mut Problems) -> Vec<Page> {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            problems.add(FILE, "", error.to_string().trim_end());
            return Vec::new();
        }
    };
    let mut pages = Vec::new();
    let mut seen = BTreeSet::new();
    for (index, table) in file.page.into_iter().enumerate() {
        let id = table
            .get("id")
            .and_then(toml::Value::as_str)
            .unwrap_or("no id")
            .to_owned();
        let place = format!("page {} ({id})", index + 1);
        match table.try_into::<Page>() {
            Ok(page) => {
                check(&page, &place, problems);
                if !seen.insert(page.id.clone()) {
                    problems.add(
                        FILE,
                        &place,
                        format!("id: the page `{id}` stands here twice"),
                    );
                }
                pages.push(page);
            }
            Err(error) => problems.add(FILE, &place, error.message()),
        }
    }
    if pages.is_empty() {
        problems.add(FILE, "", "holds no [[page]]");
    }
    pages
}

fn check(page: &Page, place: &str, problems: &mut Problems) {
    let mut wrong = |message: String| problems.add(FILE, place, message);
    if !page.url.starts_with("https://") {
        wrong(format!("url: `{}` does not begin with https://", page.url));
    }
    if !SHAPES.contains(&page.shape.as_str()) {
        wrong(format!(
            "shape: `{}` is none of {}",
            page.shape,
            SHAPES.join(", ")
        ));
    }
    if !dates::is_day(&page.read_on) {
        wrong(format!(
            "read_on: `{}` is no day of the form YYYY-MM-DD",
            page.read_on
        ));
    }
    if let Some(digest) = &page.digest {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64
            || !hex
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        {
            wrong(format!(
                "digest: `{digest}` is not sha256: and 64 lower-case hex digits"
            ));
        }
    }
    match (&page.digest, page.via.as_deref(), page.grade.as_deref()) {
        (Some(_), None, None) | (None, Some("facts"), Some(_)) => {}
        (Some(_), ..) => wrong("digest: a page with a digest has no `via` and no `grade`".into()),
        (None, Some("facts"), None) => wrong("grade: missing beside `via`".into()),
        (None, ..) => wrong("via: a page without a digest says `via = \"facts\"`".into()),
    }
    if let Some(grade) = page
        .grade
        .as_deref()
        .filter(|grade| !GRADES.contains(grade))
    {
        wrong(format!("grade: `{grade}` is none of {}", GRADES.join(", ")));
    }
}

/// The newest day a page was read on; the version of the document.
pub fn newest_reading(pages: &[Page]) -> Option<&str> {
    pages.iter().map(|page| page.read_on.as_str()).max()
}

/// A page's text without what does not matter: line ends, indentation, runs of blanks, blank lines.
pub fn normalise(text: &str) -> String {
    let mut normalised = String::with_capacity(text.len());
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let Some(first) = words.next() else { continue };
        normalised.push_str(first);
        for word in words {
            normalised.push(' ');
            normalised.push_str(word);
        }
        normalised.push('\n');
    }
    normalised
}

/// The digest of a page's copy, as `pages.toml` holds it.
pub fn digest(text: &str) -> String {
    let hash = Sha256::digest(normalise(text).as_bytes());
    let mut digest = String::from("sha256:");
    for byte in hash {
        digest.push_str(&format!("{byte:02x}"));
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[page]]
        id = "links-create"
        url = "https://docs.example/links"
        shape = "prose"
        read_on = "2026-11-20"
        via = "facts"
        grade = "official"
    "#;

    fn complaints(text: &str) -> String {
        let mut problems = Problems::default();
        parse(text, &mut problems);
        problems.to_string()
    }

    #[test]
    fn a_page_names_its_row_and_field_when_wrong() {
        assert_eq!(complaints(GOOD), "");
        for (from, to, field) in [
            ("2026-11-20", "2026-11-31", "read_on"),
            ("prose", "poetry", "shape"),
            ("https://", "http://", "url"),
            ("\"official\"", "\"hearsay\"", "grade"),
            ("via = \"facts\"", "", "via"),
        ] {
            let text = complaints(&GOOD.replace(from, to));
            assert!(
                text.contains(&format!("{FILE}: page 1 (links-create): {field}:")),
                "{text:?} does not name {field}"
            );
        }
        assert!(complaints(&format!("{GOOD}{GOOD}")).contains("stands here twice"));
        assert!(complaints(&GOOD.replace("shape =", "shap =")).contains("shap"));
    }

    #[test]
    fn layout_does_not_change_a_digest_and_a_word_does() {
        let digest_of_one = digest("a  b\r\n\r\n  c \n");
        assert_eq!(digest_of_one, digest("a b\nc"));
        assert_ne!(digest_of_one, digest("a b\nd"));
        assert_eq!(normalise(" a\t b\r\n\n c"), "a b\nc\n");
    }
}
