//! `openapi/prices.toml` keeps the form that tools edit line by line, and its rows make sense.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::folder;
use crate::fragments::page_ids;

const FILE: &str = "openapi/prices.toml";

/// Keys of a row, in the order in which they stand.
const RATE_KEYS: [&str; 11] = [
    "operation",
    "model",
    "millicredits",
    "unit",
    "unit_seconds",
    "effective_from",
    "effective_between",
    "evidence_from",
    "grade",
    "pages",
    "read_on",
];

fn rates() -> Vec<Value> {
    folder::rows(FILE, "rate")
}

/// What is wrong with the form of the file's text.
fn misshapen(text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let is_header = matches!(line, "[[rate]]" | "[[plan]]");
        if line.is_empty() || line.starts_with('#') || is_header {
            continue;
        }
        let one_key = line.split_once(" = ").is_some_and(|(key, value)| {
            key.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                && !value.starts_with('{')
        });
        if !one_key || line.contains('#') || line.starts_with(' ') || line.ends_with(' ') {
            problems.push(format!("line {number}: {line}"));
        }
    }
    problems
}

#[test]
fn one_key_a_line_and_no_trailing_comment() {
    let problems = misshapen(&folder::text(FILE));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_trailing_comment_an_inline_table_or_an_indent_is_noticed() {
    for line in [
        "unit_seconds = 30 # s",
        "unit = { name = \"time\" }",
        "  unit = \"time\"",
        "[plan]",
    ] {
        assert_eq!(misshapen(line).len(), 1, "{line}");
    }
}

#[test]
fn keys_are_known_and_keep_their_order() {
    let mut place = 0;
    for line in folder::text(FILE)
        .lines()
        .take_while(|line| *line != "[[plan]]")
    {
        if line == "[[rate]]" {
            place = 0;
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            let found = RATE_KEYS.iter().skip(place).position(|known| *known == key);
            place += found.unwrap_or_else(|| panic!("{key} is unknown or out of order")) + 1;
        }
    }
}

#[test]
fn rows_are_unique_and_whole() {
    let pages = page_ids();
    let mut seen = BTreeSet::new();
    for row in rates() {
        let identity = (
            row["operation"].to_string(),
            row["model"].to_string(),
            row["effective_from"].to_string(),
        );
        assert!(seen.insert(identity), "twice: {row}");
        assert!(
            row["millicredits"]
                .as_u64()
                .is_some_and(|credits| credits > 0),
            "price of {row}"
        );
        assert_eq!(
            row["unit"] == "time",
            row["unit_seconds"].is_u64(),
            "unit of {row}"
        );
        assert_eq!(
            row["unit"] == "time",
            row["model"].is_string(),
            "model of {row}"
        );
        let grade = row["grade"].as_str().expect("a row has a grade");
        assert!(
            matches!(grade, "printed" | "observed" | "second-hand"),
            "grade of {row}"
        );
        let named = folder::strings(&row["pages"]);
        assert!(
            !named.is_empty() && named.iter().all(|page| pages.contains(*page)),
            "pages of {row}"
        );
        for month in [&row["effective_from"], &row["evidence_from"]]
            .into_iter()
            .filter_map(Value::as_str)
        {
            assert!(is_month(month), "{month} in {row}");
        }
    }
}

/// Whether the text is a month written `YYYY-MM`.
fn is_month(text: &str) -> bool {
    text.split_once('-').is_some_and(|(year, month)| {
        year.len() == 4
            && year.parse::<u16>().is_ok()
            && month.len() == 2
            && month
                .parse::<u8>()
                .is_ok_and(|month| (1..=12).contains(&month))
    })
}

#[test]
fn only_one_row_of_a_model_is_without_a_first_month() {
    let mut undated: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in rates()
        .iter()
        .filter(|row| row["effective_from"].is_null() && row["effective_between"].is_null())
    {
        *undated
            .entry((row["operation"].to_string(), row["model"].to_string()))
            .or_default() += 1;
    }
    assert!(undated.values().all(|count| *count == 1), "{undated:?}");
}

/// The history of the Aurora models is the same for every operation that takes a model.
#[test]
fn aurora_has_its_whole_history_wherever_a_model_is_taken() {
    let mut history: BTreeMap<String, BTreeSet<(String, u64, u64, String)>> = BTreeMap::new();
    for row in rates() {
        let Some(model) = row["model"].as_str() else {
            continue;
        };
        let rows = history.entry(row["operation"].to_string()).or_default();
        if model != "standard" {
            let (price, seconds) = (row["millicredits"].as_u64(), row["unit_seconds"].as_u64());
            let from = row["effective_from"]
                .as_str()
                .expect("an Aurora price has a first month");
            rows.insert((
                model.to_owned(),
                price.expect("a price is a whole number"),
                seconds.expect("a unit is a whole number"),
                from.to_owned(),
            ));
        }
    }
    let row = |model: &str, price, seconds, from: &str| {
        (model.to_owned(), price, seconds, from.to_owned())
    };
    let expected = BTreeSet::from([
        row("aurora_v1", 20_000, 15, "2025-09"),
        row("aurora_v1", 1_000, 1, "2026-05"),
        row("aurora_v1_fast", 10_000, 15, "2025-10"),
        row("aurora_v1_fast", 500, 1, "2026-05"),
    ]);
    assert_eq!(history.len(), 11);
    for (operation, rows) in history {
        assert_eq!(rows, expected, "{operation}");
    }
}

#[test]
fn the_document_carries_every_row_and_plan() {
    let document = folder::document();
    let carried = document["x-price-book"]
        .as_array()
        .expect("the document has a price book");
    let rates = rates();
    assert_eq!(carried.len(), rates.len());
    for (row, carried) in rates.iter().zip(carried) {
        for (key, value) in row.as_object().expect("a row is a table") {
            assert_eq!(value, &carried[key], "{key} of {row}");
        }
    }
    let plans = folder::rows(FILE, "plan");
    let terms: Vec<_> = plans
        .iter()
        .map(|plan| (&plan["name"], &plan["credits"], &plan["cents"]))
        .collect();
    let (starter, pro) = (Value::from("starter"), Value::from("pro"));
    let [small, cents, large, more] = [500, 9_900, 2_000, 29_900].map(Value::from);
    assert_eq!(terms, [(&starter, &small, &cents), (&pro, &large, &more)]);
}
