//! Proves that each fact which claims a page is still printed on the copy given, and lists the facts
//! that no page given supports.

use std::{collections::BTreeSet, fmt::Write as _};

use serde_json::Value;

use super::{Known, Report, bump, finding::Finding};

/// The outcome of a check.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Facts that a page prints as they stand, over all pages.
    pub proved: usize,
    /// Facts that claim a page and are not on it, or are on it otherwise.
    pub missing: Vec<Finding>,
    /// Properties that claim a page and that nothing on it names.
    pub unproved: Vec<String>,
    /// Facts that the shape of their page cannot show.
    pub not_printed: Vec<String>,
    /// Facts whose page was not given.
    pub unsupported: Vec<String>,
}

/// Judges a comparison: words alone disprove nothing.
pub fn check(known: &Known, report: &Report) -> Checked {
    let mut checked = Checked::default();
    let mut proved: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut not_printed: BTreeSet<&str> = BTreeSet::new();
    for (page, looked) in &report.pages {
        proved.extend(
            looked
                .proved
                .iter()
                .map(|place| (page.as_str(), place.as_str())),
        );
        not_printed.extend(looked.not_printed.iter().map(String::as_str));
    }
    checked.proved = proved.len();
    checked.not_printed = not_printed.into_iter().map(str::to_owned).collect();
    checked.missing = report
        .findings
        .iter()
        .filter(|finding| finding.class.as_str() != "text")
        .cloned()
        .collect();
    checked.unproved = claims(known, report);
    let given = |page: &str| report.pages.contains_key(page);
    sources(&known.raw, "", &given, &mut checked.unsupported);
    for row in &known.source.prices.rates {
        if !row.pages.iter().any(|page| given(page)) {
            let place = super::rates::place_of(&row.operation, row.model.as_deref());
            let text = format!("{place} from {}: {}", row.start(), row.pages.join(", "));
            checked
                .unsupported
                .push(format!("price {}", text.replace(" from :", ":")));
        }
    }
    checked
}

/// Properties whose page was given and prints nothing of them.
fn claims(known: &Known, report: &Report) -> Vec<String> {
    let mut unproved = Vec::new();
    let schemas = known
        .raw
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        let of_schema = schema["x-source"]["page"].as_str().unwrap_or_default();
        for (property, content) in schema["properties"].as_object().into_iter().flatten() {
            let page = content["x-source"]["page"].as_str().unwrap_or(of_schema);
            if !report.pages.contains_key(page) {
                continue;
            }
            let pointer = format!(
                "{}/properties/{}",
                super::fields::component(name),
                super::accept::escaped(property)
            );
            let is_there = |place: &String| {
                place
                    .strip_prefix(&pointer)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let is_shown = content["x-undescribed"] != true;
            if is_shown
                && !report
                    .pages
                    .values()
                    .any(|looked| looked.proved.iter().any(is_there))
            {
                unproved.push(format!("{}: {page}", bump::short(&pointer)));
            }
        }
    }
    unproved
}

/// Every place whose source is a page that was not given.
fn sources(value: &Value, pointer: &str, given: &dyn Fn(&str) -> bool, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(source) = map.get("x-source") {
                let list = source
                    .as_array()
                    .map_or_else(|| vec![source], |list| list.iter().collect());
                let pages: Vec<&str> = list.iter().filter_map(|one| one["page"].as_str()).collect();
                if !pages.is_empty() && !pages.iter().any(|page| given(page)) {
                    out.push(format!("{}: {}", bump::short(pointer), pages.join(", ")));
                }
            }
            for (key, inner) in map {
                // Tables that the document carries along are no facts of a page.
                let is_table = pointer.is_empty() && key.starts_with("x-");
                if key != "x-source" && !is_table {
                    sources(
                        inner,
                        &format!("{pointer}/{}", super::accept::escaped(key)),
                        given,
                        out,
                    );
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                sources(inner, &format!("{pointer}/{index}"), given, out);
            }
        }
        _ => {}
    }
}

/// The outcome for people.
pub fn text(checked: &Checked) -> String {
    let mut text = format!("{} facts are printed as they stand\n", checked.proved);
    for finding in &checked.missing {
        let _ = writeln!(
            text,
            "NOT PRINTED AS IT STANDS  {}  {}: {} -> {}",
            finding.page,
            bump::short(&finding.place),
            bump::plain(&finding.old),
            bump::plain(&finding.new),
        );
    }
    for place in &checked.unproved {
        let _ = writeln!(text, "NOT PRINTED  {place}");
    }
    let _ = writeln!(
        text,
        "{} facts are of a kind that their copy cannot show:",
        checked.not_printed.len()
    );
    for place in &checked.not_printed {
        let _ = writeln!(text, "  {}", bump::short(place));
    }
    let _ = writeln!(
        text,
        "{} facts are supported by no page given:",
        checked.unsupported.len()
    );
    for place in &checked.unsupported {
        let _ = writeln!(text, "  {place}");
    }
    text
}
