//! Findings: differences brought together so that one edit of the vendor is one finding, each with
//! a fingerprint that stays the same from run to run.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::difference::{Class, Difference};

/// One finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is about.
    pub class: Class,
    /// What exactly.
    pub kind: String,
    /// Whether a caller breaks; none where that cannot be judged.
    pub breaking: Option<bool>,
    /// Where, first of all.
    pub place: String,
    /// The page, first of all.
    pub page: String,
    /// What `openapi/` says.
    pub old: Value,
    /// What the page says.
    pub new: Value,
    /// The month a price begins in.
    pub effective_from: Option<String>,
    /// Every difference it stands for.
    pub differences: Vec<Difference>,
}

/// A finding as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    class: &'a str,
    kind: &'a str,
    breaking: Option<bool>,
    fingerprint: String,
    place: &'a str,
    page: &'a str,
    old: &'a Value,
    new: &'a Value,
    effective_from: Option<&'a str>,
}

impl Finding {
    /// Twelve hexadecimal digits that name what was found, whatever the day.
    pub fn fingerprint(&self) -> String {
        let parts = json!([
            self.class.as_str(),
            self.kind,
            self.place,
            self.page,
            self.old,
            self.new
        ]);
        let digest = Sha256::digest(parts.to_string());
        digest
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The finding as JSON.
    pub fn to_json(&self) -> Value {
        let shown = Shown {
            class: self.class.as_str(),
            kind: &self.kind,
            breaking: self.breaking,
            fingerprint: self.fingerprint(),
            place: &self.place,
            page: &self.page,
            old: &self.old,
            new: &self.new,
            effective_from: self.effective_from.as_deref(),
        };
        serde_json::to_value(shown).expect("a finding is text and JSON")
    }

    /// Every place it stands for, once each.
    pub fn places(&self) -> Vec<&str> {
        unique(
            self.differences
                .iter()
                .map(|difference| difference.place.as_str()),
        )
    }

    /// Every page it stands for, once each.
    pub fn pages(&self) -> Vec<&str> {
        unique(
            self.differences
                .iter()
                .map(|difference| difference.page.as_str()),
        )
    }
}

fn unique<'a>(items: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for item in items {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen
}

/// Brings differences together: on one page all that changed the same thing the same way, and then
/// the same over several pages.
pub fn group(differences: Vec<Difference>) -> Vec<Finding> {
    let mut by_page: BTreeMap<String, Vec<Difference>> = BTreeMap::new();
    for difference in differences {
        by_page
            .entry(difference.page.clone())
            .or_default()
            .push(difference);
    }
    let mut findings: Vec<Finding> = Vec::new();
    for (_, differences) in by_page {
        for finding in of_page(differences) {
            let same = findings.iter_mut().find(|other| {
                (
                    other.class,
                    &other.kind,
                    &other.place,
                    &other.old,
                    &other.new,
                ) == (
                    finding.class,
                    &finding.kind,
                    &finding.place,
                    &finding.old,
                    &finding.new,
                ) && !["unreadable", "text"].contains(&finding.class.as_str())
            });
            match same {
                Some(other) => other.differences.extend(finding.differences),
                None => findings.push(finding),
            }
        }
    }
    findings.sort_by(|a, b| (a.class, &a.page, &a.place).cmp(&(b.class, &b.page, &b.place)));
    findings
}

fn of_page(differences: Vec<Difference>) -> Vec<Finding> {
    let mut groups: Vec<(String, Vec<Difference>)> = Vec::new();
    // The weightiest difference leads its group.
    let mut differences = differences;
    differences.sort_by_key(weight);
    for difference in differences {
        let key = key_of(&difference);
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, group)) => group.push(difference),
            None => groups.push((key, vec![difference])),
        }
    }
    groups
        .into_iter()
        .map(|(_, group)| finding(group))
        .collect()
}

fn finding(differences: Vec<Difference>) -> Finding {
    let first = differences[0].clone();
    let judged = |breaking| {
        differences
            .iter()
            .any(|difference| difference.breaking == breaking)
    };
    let breaking = match (judged(Some(true)), judged(None)) {
        (true, _) => Some(true),
        (false, true) => None,
        (false, false) => Some(false),
    };
    Finding {
        class: first.class,
        kind: first.kind,
        breaking,
        place: first.place,
        page: first.page,
        old: first.old,
        new: first.new,
        effective_from: first.effective_from,
        differences,
    }
}

fn weight(difference: &Difference) -> (Class, u8) {
    let rank = match difference.kind.as_str() {
        "field-renamed" | "webhook-key" => 0,
        "enum" => 1,
        "finished" | "default" => 2,
        "range" | "x-sample" => 4,
        _ => 3,
    };
    (difference.class, rank)
}

/// What makes two differences of a page one: the same words went and the same words came. A flag or
/// a number is only the same where the field has the same name.
fn key_of(difference: &Difference) -> String {
    let (old, new) = (&difference.old, &difference.new);
    let is_text = |value: &Value| value.is_string() || value.is_array();
    if difference.class == Class::Api && (is_text(old) || is_text(new)) {
        let strings = |value: &Value| -> Vec<String> {
            match value {
                Value::Array(values) => values.iter().map(ToString::to_string).collect(),
                Value::Null => Vec::new(),
                value => vec![value.to_string()],
            }
        };
        let (old, new) = (strings(old), strings(new));
        let gone: Vec<&String> = old.iter().filter(|value| !new.contains(value)).collect();
        let come: Vec<&String> = new.iter().filter(|value| !old.contains(value)).collect();
        // An unknown statement is one of its own, wherever it stands.
        let place = if difference.kind == "statement-unknown" {
            &difference.place
        } else {
            ""
        };
        // A sample shows what came and not what went.
        if gone.is_empty() || come.is_empty() {
            let kind = if difference.kind == "enum" {
                "enum"
            } else {
                "name"
            };
            return format!("api {kind} {gone:?} {come:?} {place}");
        }
        return format!("api {gone:?} {come:?} {place}");
    }
    match difference.class {
        Class::Price => format!("price {} {new}", difference.place),
        Class::Text if difference.kind == "title" => format!("text {old} {new}"),
        Class::Api | Class::Correction => {
            format!(
                "{:?} {} {old} {new} {}",
                difference.class, difference.kind, difference.name
            )
        }
        _ => format!("{:?} {}", difference.class, difference.place),
    }
}
