//! `openapi/prices.toml`: the dated price book, read and checked row by row.
//!
//! What a row means for a quote is decided in `creatify-core`; here a row is only well-formed or
//! not, and no two rows may claim the same time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{dates, pages::Page, problem::Problems};

/// File name, as problems show it.
pub const FILE: &str = "openapi/prices.toml";

const GRADES: &[&str] = &["printed", "observed", "second-hand"];
/// A started unit never costs more; a figure above is a slip of the pen.
const MAX_MILLICREDITS: u64 = 1_000_000_000;
/// One day, the longest unit a length can be counted in.
const MAX_UNIT_SECONDS: u32 = 86_400;

/// One printed price: credits for each started unit of one operation and model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RateRow {
    /// Pricing id of the operation, `<resource>.<phase>`.
    pub operation: String,
    /// Model of the avatar; none where the operation takes none.
    pub model: Option<String>,
    /// Thousandths of a credit for each started unit.
    pub millicredits: u64,
    /// What is counted: `time`, `call`, `image`, `link`, ...
    pub unit: String,
    /// Length of a unit in seconds; only where the unit is `time`.
    pub unit_seconds: Option<u32>,
    /// First month of the price, `YYYY-MM`; none where no page prints it.
    pub effective_from: Option<String>,
    /// Two days between which the price changed, `YYYY-MM-DD`.
    pub effective_between: Option<[String; 2]>,
    /// Month of its oldest dated copy, `YYYY-MM`.
    pub evidence_from: Option<String>,
    /// How it is known: `printed`, `observed` or `second-hand`.
    pub grade: String,
    /// Ids of the pages that print it.
    pub pages: Vec<String>,
    /// Day it was last read, `YYYY-MM-DD`.
    pub read_on: String,
}

impl RateRow {
    /// The first day or month this row speaks of, which sorts as it reads; empty when there is none.
    pub fn start(&self) -> &str {
        self.effective_from
            .as_deref()
            .or(self.effective_between.as_ref().map(|days| days[0].as_str()))
            .unwrap_or("")
    }

    /// The row's credits in decimal, without trailing zeros: `5`, `0.5`.
    pub fn credits(&self) -> String {
        let (whole, rest) = (self.millicredits / 1_000, self.millicredits % 1_000);
        if rest == 0 {
            return whole.to_string();
        }
        format!("{whole}.{}", format!("{rest:03}").trim_end_matches('0'))
    }

    /// What one unit is called in a sentence: `30 s`, `second`, `call`.
    pub fn unit_words(&self) -> String {
        match self.unit_seconds {
            Some(1) => "second".to_owned(),
            Some(seconds) => format!("{seconds} s"),
            None => self.unit.clone(),
        }
    }
}

/// One plan: what a month of credits costs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Short name, unique in the file.
    pub name: String,
    /// Name as the page prints it.
    pub title: String,
    /// Credits a month; none where they are agreed one by one.
    pub credits: Option<u32>,
    /// Price of a month in US cents; none where it is agreed one by one.
    pub cents: Option<u32>,
    /// Id of the page that prints it.
    pub page: String,
    /// How it is known: `printed`, `observed` or `second-hand`.
    pub grade: String,
    /// Day it was last read, `YYYY-MM-DD`.
    pub read_on: String,
}

/// The price book: rates and plans, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct PriceBook {
    /// What an operation costs.
    pub rates: Vec<RateRow>,
    /// What credits cost.
    pub plans: Vec<Plan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rate: Vec<toml::Table>,
    #[serde(default)]
    plan: Vec<toml::Table>,
}

/// Reads `prices.toml`; what is wrong goes to `problems`, each with its row and field.
pub fn parse(text: &str, pages: &[Page], problems: &mut Problems) -> PriceBook {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            problems.add(FILE, "", error.to_string().trim_end());
            return PriceBook::default();
        }
    };
    let plans = parse_plans(file.plan, pages, problems);
    let known: BTreeSet<&str> = pages.iter().map(|page| page.id.as_str()).collect();
    let mut rows: Vec<(String, RateRow)> = Vec::new();
    for (index, table) in file.rate.into_iter().enumerate() {
        let place = place_of(index, &table);
        if let Some(field) = wrong_number(&table) {
            problems.add(FILE, &place, field);
            continue;
        }
        match table.try_into::<RateRow>() {
            Ok(row) => {
                check(&row, &known, &place, problems);
                for (other_place, other) in &rows {
                    if let Some(clash) = clash(&row, other) {
                        problems.add(FILE, &place, format!("{clash} ({other_place})"));
                    }
                }
                rows.push((place, row));
            }
            Err(error) => problems.add(FILE, &place, error.message()),
        }
    }
    PriceBook {
        rates: rows.into_iter().map(|(_, row)| row).collect(),
        plans,
    }
}

fn parse_plans(tables: Vec<toml::Table>, pages: &[Page], problems: &mut Problems) -> Vec<Plan> {
    let mut plans: Vec<Plan> = Vec::new();
    for (index, table) in tables.into_iter().enumerate() {
        let name = table
            .get("name")
            .and_then(toml::Value::as_str)
            .unwrap_or("no name")
            .to_owned();
        let place = format!("plan {} ({name})", index + 1);
        let plan = match table.try_into::<Plan>() {
            Ok(plan) => plan,
            Err(error) => {
                problems.add(FILE, &place, error.message());
                continue;
            }
        };
        let mut wrong = |message: String| problems.add(FILE, &place, message);
        if plans.iter().any(|other| other.name == plan.name) {
            wrong(format!("name: the plan `{name}` stands here twice"));
        }
        if !pages.iter().any(|page| page.id == plan.page) {
            wrong(format!("page: `{}` is not in pages.toml", plan.page));
        }
        if !GRADES.contains(&plan.grade.as_str()) {
            wrong(format!(
                "grade: `{}` is none of {}",
                plan.grade,
                GRADES.join(", ")
            ));
        }
        if !dates::is_day(&plan.read_on) {
            wrong(format!(
                "read_on: `{}` is no day of the form YYYY-MM-DD",
                plan.read_on
            ));
        }
        plans.push(plan);
    }
    plans
}

fn place_of(index: usize, table: &toml::Table) -> String {
    let text = |key| table.get(key).and_then(toml::Value::as_str);
    let operation = text("operation").unwrap_or("no operation");
    match text("model") {
        Some(model) => format!("rate {} ({operation}, {model})", index + 1),
        None => format!("rate {} ({operation})", index + 1),
    }
}

/// Numbers are checked before the row is read, because the reader would not name their field.
fn wrong_number(table: &toml::Table) -> Option<String> {
    for (field, min, max) in [
        ("millicredits", 0, MAX_MILLICREDITS.cast_signed()),
        ("unit_seconds", 1, i64::from(MAX_UNIT_SECONDS)),
    ] {
        let Some(value) = table.get(field) else {
            continue;
        };
        if value
            .as_integer()
            .is_none_or(|number| !(min..=max).contains(&number))
        {
            let given = match value {
                toml::Value::String(text) => format!("`\"{text}\"`"),
                toml::Value::Integer(number) => format!("`{number}`"),
                toml::Value::Float(number) => format!("`{number}`"),
                other => format!("a value of type {}", other.type_str()),
            };
            return Some(format!(
                "{field}: {given} is no whole number from {min} to {max}"
            ));
        }
    }
    None
}

fn check(row: &RateRow, known: &BTreeSet<&str>, place: &str, problems: &mut Problems) {
    let mut wrong = |message: String| problems.add(FILE, place, message);
    let is_word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b))
    };
    let operation_is_good = row
        .operation
        .split_once('.')
        .is_some_and(|(resource, phase)| is_word(resource) && is_word(phase));
    if !operation_is_good {
        wrong(format!(
            "operation: `{}` is not <resource>.<phase> in lower case",
            row.operation
        ));
    }
    if let Some(model) = row.model.as_deref().filter(|model| !is_word(model)) {
        wrong(format!("model: `{model}` is no lower-case word"));
    }
    if !is_word(&row.unit) {
        wrong(format!("unit: `{}` is no lower-case word", row.unit));
    }
    match (row.unit.as_str(), row.unit_seconds) {
        ("time", None) => wrong("unit_seconds: missing beside unit `time`".into()),
        ("time", Some(_)) | (_, None) => {}
        (unit, Some(_)) => wrong(format!("unit_seconds: has no meaning beside unit `{unit}`")),
    }
    for (field, month) in [
        ("effective_from", &row.effective_from),
        ("evidence_from", &row.evidence_from),
    ] {
        if let Some(month) = month.as_deref().filter(|month| !dates::is_month(month)) {
            wrong(format!(
                "{field}: `{month}` is no month of the form YYYY-MM"
            ));
        }
    }
    if let Some([first, last]) = &row.effective_between {
        if !dates::is_day(first) || !dates::is_day(last) || first >= last {
            wrong(format!(
                "effective_between: `{first}` and `{last}` are no two days in order, YYYY-MM-DD"
            ));
        }
        if row.effective_from.is_some() {
            wrong("effective_between: stands beside effective_from; one of them must go".into());
        }
    }
    if !GRADES.contains(&row.grade.as_str()) {
        wrong(format!(
            "grade: `{}` is none of {}",
            row.grade,
            GRADES.join(", ")
        ));
    }
    if row.pages.is_empty() {
        wrong("pages: names no page".into());
    }
    for page in row
        .pages
        .iter()
        .filter(|page| !known.contains(page.as_str()))
    {
        wrong(format!("pages: `{page}` is not in pages.toml"));
    }
    if !dates::is_day(&row.read_on) {
        wrong(format!(
            "read_on: `{}` is no day of the form YYYY-MM-DD",
            row.read_on
        ));
    }
}

/// Why two rows cannot both stand, if so.
fn clash(row: &RateRow, other: &RateRow) -> Option<String> {
    if row.operation != other.operation || row.model != other.model {
        return None;
    }
    if row == other {
        return Some("operation: the same row stands twice".into());
    }
    match (&row.effective_from, &other.effective_from) {
        (Some(month), Some(same)) if month == same => {
            return Some(format!("effective_from: another row begins in {month} too"));
        }
        (None, None) if row.effective_between.is_none() && other.effective_between.is_none() => {
            // Two pages that print different prices at the same time are a doubt worth keeping;
            // two rows of one page are a slip.
            let shared = row.pages.iter().find(|page| other.pages.contains(page))?;
            return Some(format!("pages: `{shared}` prints another undated row too"));
        }
        _ => {}
    }
    let span = |row: &RateRow| match (&row.effective_from, &row.effective_between) {
        (Some(month), _) => Some((format!("{month}-01"), format!("{month}-31"))),
        (None, Some([first, last])) => Some((first.clone(), last.clone())),
        (None, None) => None,
    };
    let ((first, last), (other_first, other_last)) = (span(row)?, span(other)?);
    (first <= other_last && other_first <= last).then(|| {
        let field = if row.effective_between.is_some() {
            "effective_between"
        } else {
            "effective_from"
        };
        format!("{field}: {first} to {last} overlaps {other_first} to {other_last} of another row")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[rate]]
        operation = "custom-template.generate"
        model = "aurora_v1"
        millicredits = 1_000
        unit = "time"
        unit_seconds = 1
        effective_from = "2026-05"
        grade = "printed"
        pages = ["changelog"]
        read_on = "2026-11-20"
    "#;

    fn complaints(text: &str) -> String {
        let page = Page {
            id: "changelog".into(),
            url: "https://docs.example/changelog".into(),
            shape: "changelog".into(),
            read_on: "2026-11-20".into(),
            digest: None,
            via: Some("facts".into()),
            grade: Some("official".into()),
        };
        let mut problems = Problems::default();
        parse(text, &[page], &mut problems);
        problems.to_string()
    }

    #[test]
    fn a_wrong_field_is_named_with_its_row() {
        assert_eq!(complaints(GOOD), "");
        for (from, to, field) in [
            ("1_000", "-1", "millicredits"),
            ("1_000", "1.5", "millicredits"),
            ("1_000", "\"5\"", "millicredits"),
            ("unit_seconds = 1\n", "unit_seconds = 0\n", "unit_seconds"),
            ("unit_seconds = 1\n", "", "unit_seconds"),
            ("\"time\"", "\"call\"", "unit_seconds"),
            ("\"2026-05\"", "\"2026-13\"", "effective_from"),
            ("\"2026-05\"", "\"May 2026\"", "effective_from"),
            ("\"printed\"", "\"rumour\"", "grade"),
            ("\"changelog\"", "\"nowhere\"", "pages"),
            ("[\"changelog\"]", "[]", "pages"),
            ("2026-11-20", "2026-11-40", "read_on"),
            ("custom-template.generate", "Generate", "operation"),
        ] {
            let text = complaints(&GOOD.replace(from, to));
            assert!(
                text.starts_with(&format!("{FILE}: rate 1 ("))
                    && text.contains(&format!("): {field}:")),
                "{from} -> {to}: {text:?} does not name {field}"
            );
        }
        assert!(complaints(&GOOD.replace("grade", "grad")).contains("grad"));
    }

    #[test]
    fn two_rows_may_not_claim_the_same_time() {
        let twice = format!("{GOOD}{GOOD}");
        assert!(complaints(&twice).contains("the same row stands twice (rate 1 ("));
        let other_price = format!("{GOOD}{}", GOOD.replace("1_000", "2_000"));
        assert!(complaints(&other_price).contains("another row begins in 2026-05 too"));
        let between = GOOD.replace(
            "effective_from = \"2026-05\"",
            "effective_between = [\"2026-05-20\", \"2026-06-02\"]",
        );
        assert!(complaints(&format!("{GOOD}{between}")).contains("overlaps"));
        let later = between.replace("2026-05-20", "2026-06-01");
        assert_eq!(complaints(&format!("{GOOD}{later}")), "");
        let undated = GOOD.replace("effective_from = \"2026-05\"", "");
        let dearer = undated.replace("1_000", "2_000");
        assert!(complaints(&format!("{undated}{dearer}")).contains("another undated row"));
    }

    #[test]
    fn credits_are_written_without_trailing_zeros() {
        let mut problems = Problems::default();
        let mut row = parse(GOOD, &[], &mut problems).rates.remove(0);
        for (millicredits, text) in [(5_000, "5"), (500, "0.5"), (1_250, "1.25"), (1, "0.001")] {
            row.millicredits = millicredits;
            assert_eq!(row.credits(), text);
        }
    }
}
