//! A saved copy of a documentation page: its digest, its lines, and the tokens that look like facts.
//!
//! The copies stand beside the repository. Where they do not, the caller gets nothing and a printed
//! line says what was skipped.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use sha2::{Digest as _, Sha256};

use crate::folder;

/// One page at hand.
pub(crate) struct SavedPage {
    text: String,
}

impl SavedPage {
    /// The copy of a page, if copies are at hand.
    pub(crate) fn of(page: &str) -> Option<Self> {
        let pages = folder::root().join("../shared/docs-pages");
        if !pages.is_dir() {
            // Past the test runner's capture, so that `cargo xtask ci` can count it.
            let line =
                format!("SKIPPED: {page} is not compared with its page (no copies at hand)\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
            return None;
        }
        let text = fs::read_to_string(pages.join(format!("{page}.txt")))
            .unwrap_or_else(|error| panic!("{page}: {error}"));
        Some(Self {
            text: text.replace("\r\n", "\n"),
        })
    }

    /// SHA-256 of the normalised text: white space folded, blank lines dropped.
    pub(crate) fn digest(&self) -> String {
        let mut normal = String::new();
        for line in self.text.lines() {
            let folded = line.split_whitespace().collect::<Vec<_>>().join(" ");
            if !folded.is_empty() {
                normal.push_str(&folded);
                normal.push('\n');
            }
        }
        Sha256::digest(&normal)
            .iter()
            .fold(String::from("sha256:"), |mut hex, byte| {
                write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
                hex
            })
    }

    /// The lines, first to last.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.text.lines().collect()
    }
}

/// Numbers and identifiers of a line that none of the claims names.
///
/// A flattened page glues its parts together (`donefailed_reason`), so a token is unclaimed only if
/// something with a digit or an underscore is left once the claims are cut out of it. Addresses and
/// UUIDs are samples and left alone.
pub(crate) fn unclaimed(line: &str, claims: &BTreeSet<String>) -> Vec<String> {
    let mut by_length: Vec<&String> = claims.iter().collect();
    by_length.sort_by_key(|claim| std::cmp::Reverse(claim.len()));
    line.split_whitespace()
        .filter(|word| !word.contains("://") && word.matches('-').count() < 4)
        .flat_map(tokens)
        .filter(|token| looks_like_a_fact(&residue(token, &by_length)))
        .collect()
}

/// Words of letters, digits, underscores and inner full stops, in lower case.
pub(crate) fn tokens(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
        .map(|token| token.trim_matches('.').to_lowercase())
        .filter(|token| !token.is_empty())
        .collect()
}

fn looks_like_a_fact(token: &str) -> bool {
    token.contains(|c: char| c.is_ascii_digit() || c == '_')
}

/// What is left of a token: a claimed number goes only as a whole, an identifier wherever it stands.
fn residue(token: &str, claims: &[&String]) -> String {
    let mut left = token.to_owned();
    for claim in claims {
        if claim.starts_with(|c: char| c.is_ascii_digit()) {
            let rest = left.strip_prefix(claim.as_str());
            if rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'))
            {
                left = left[claim.len()..].to_owned();
            }
        } else {
            left = left.replace(claim.as_str(), " ");
        }
    }
    left
}

#[cfg(test)]
fn set(claims: &[&str]) -> BTreeSet<String> {
    claims.iter().map(|claim| (*claim).to_owned()).collect()
}

#[test]
fn a_glued_line_is_taken_apart_by_its_claims() {
    let claims = set(&["255", "done", "failed_reason"]);
    assert!(unclaimed("255Webhook donefailed_reason (string)", &claims).is_empty());
    assert_eq!(
        unclaimed("255Webhook donefailed_reason", &set(&["done"])),
        ["255webhook", "donefailed_reason"]
    );
}

#[test]
fn a_number_is_not_claimed_by_a_part_of_it() {
    assert_eq!(
        unclaimed("20 credits per 15 seconds", &set(&["2", "15"])),
        ["20"]
    );
    assert_eq!(unclaimed("0.5 credits", &set(&["0"])), ["0.5"]);
}
