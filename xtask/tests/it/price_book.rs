//! `openapi/prices.toml` keeps the form that tools edit line by line, and its rows make sense.

use std::collections::BTreeSet;

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
        let keys = RATE_KEYS
            .iter()
            .filter(|key| !matches!(**key, "pages" | "read_on"));
        let identity: Vec<String> = keys.map(|key| row[*key].to_string()).collect();
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

/// An operation with a `standard` row takes `model_version`, and its Aurora history is always this.
#[test]
fn aurora_has_its_whole_history_wherever_a_model_is_taken() {
    let expected = [
        ("aurora_v1", 20_000, 15, "2025-09"),
        ("aurora_v1", 1_000, 1, "2026-05"),
        ("aurora_v1_fast", 10_000, 15, "2025-10"),
        ("aurora_v1_fast", 500, 1, "2026-05"),
    ];
    let rates = rates();
    let standard: Vec<&Value> = rates
        .iter()
        .filter(|row| row["model"] == "standard")
        .collect();
    assert!(
        standard.len() >= 11,
        "{} operations take a model",
        standard.len()
    );
    for operation in standard.iter().map(|row| &row["operation"]) {
        let others: Vec<&Value> = rates
            .iter()
            .filter(|row| row["operation"] == *operation && row["model"] != "standard")
            .collect();
        assert_eq!(others.len(), expected.len(), "{operation}");
        for (model, millicredits, seconds, from) in expected {
            let held = others.iter().any(|row| {
                row["model"] == model
                    && row["millicredits"] == millicredits
                    && row["unit_seconds"] == seconds
                    && row["effective_from"] == from
            });
            assert!(held, "{operation}: {model} from {from}");
        }
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
