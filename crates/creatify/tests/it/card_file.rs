//! Cards of one's own: both formats hold the same, and a refused one names row, line and key.

use creatify::core::calendar::Month;
use creatify::core::pricing::{CardDiff, CardMode, Effective, Grade, OwnRate, RateBook, Unit};
use creatify::{
    CardFile, CardFileError, Client, Credits, CustomTemplateRequest, Day, Model, Operation,
};
use proptest::prelude::*;

use crate::seconds;

const AGREED: &str = r#"
mode = "override"

[[rate]]
operation = "custom-template.generate"
model = "standard"
millicredits = 3_200
unit = "time"
unit_seconds = 30
effective_from = 2026-12-01
read_on = "2026-11-20"
source = "order form 117"

[[rate]]
operation = "link.create"
millicredits = 500
unit = "link"
effective_between = ["2026-11-01", "2026-11-10"]
read_on = 2026-11-20
pages = ["order form", "annex"]
"#;

#[test]
fn a_card_is_read_with_every_key() {
    let card = CardFile::from_toml(AGREED).expect("a card");
    assert_eq!(card.mode, CardMode::Override);
    let day = |text: &str| text.parse::<Day>().expect("a day");
    let [template, link] = card.rates.as_slice() else {
        panic!("{card:?}");
    };
    let rate = template.rate();
    assert_eq!(rate.model(), Some(Model::Standard));
    assert_eq!(rate.credits_per_unit().to_string(), "3.2");
    assert_eq!(rate.unit(), Unit::Time { seconds: 30 });
    assert_eq!(rate.effective(), Effective::Day(day("2026-12-01")));
    assert_eq!(rate.source().grade(), Grade::Agreed);
    assert_eq!(template.source_text(), "order form 117");
    let (first, last) = (day("2026-11-01"), day("2026-11-10"));
    assert_eq!(link.rate().effective(), Effective::Between { first, last });
    assert_eq!(link.source_text(), "order form, annex");
    assert_eq!(link.rate().source().read_on(), day("2026-11-20"));
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn the_price_book_itself_is_an_update_that_changes_nothing() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/prices.toml");
    let Ok(book) = std::fs::read_to_string(path) else {
        // A packed crate stands alone.
        eprintln!("skipped: the price book is not beside this crate");
        return;
    };
    let (rates, _plans) = book.split_once("[[plan]]").expect("plans follow the rates");
    let card = CardFile::from_toml(&format!("mode = \"update\"\n{rates}")).expect("a card");
    assert!(card.rates.len() > 80, "{}", card.rates.len());
    let built_in = RateBook::built_in();
    let updated = card.layered_over(built_in.clone()).expect("as new");
    let (old, new) = (built_in.latest(), updated.latest());
    let diff = CardDiff::of_history(&old, &new);
    assert!(diff.is_empty(), "{diff}");
}

/// The card with one change to its text.
fn broken(from: &str, to: &str) -> CardFileError {
    assert!(AGREED.contains(from), "{from}");
    let text = AGREED.replacen(from, to, 1);
    CardFile::from_toml(&text)
        .and_then(|card| card.layered_over(RateBook::built_in()))
        .expect_err(to)
}

/// The reader's keys and names stand in its refusals, those that are published in the schema.
#[cfg(feature = "schemars")]
#[test]
fn the_published_schema_and_the_reader_know_the_same_keys_and_names() {
    use std::collections::BTreeSet;

    let schema = schemars::schema_for!(CardFile).to_value();
    let row = schema
        .pointer("/$defs/RateShape/properties")
        .expect("rows have a shape");
    let keys = |shape: &serde_json::Value| -> BTreeSet<String> {
        let shape = shape.as_object().expect("an object");
        shape.keys().cloned().collect()
    };
    let names = |place: &serde_json::Value| -> BTreeSet<String> {
        let names = place["enum"].as_array().expect("a list of names");
        let names = names.iter().filter_map(|name| name.as_str());
        names.map(str::to_owned).collect()
    };
    let told = |from: &str, to: &str, before: &str| -> BTreeSet<String> {
        let message = broken(from, to).to_string();
        let (_, told) = message.split_once(before).expect("a list");
        told.split(", ").map(str::to_owned).collect()
    };
    let (mode, unit, source) = (
        "mode = \"override\"",
        "unit = \"link\"",
        "source = \"order form 117\"",
    );
    let card = &schema["properties"];
    assert_eq!(told(mode, "plan = 1", "the keys are "), keys(card));
    assert_eq!(told(unit, "plan = 1", "the keys are "), keys(row));
    assert_eq!(
        told(mode, "mode = \"\"", "use one of "),
        names(&card["mode"])
    );
    assert_eq!(
        told(unit, "unit = \"\"", "use one of "),
        names(&row["unit"])
    );
    let grade = format!("{source}\ngrade = \"\"");
    assert_eq!(told(source, &grade, "use one of "), names(&row["grade"]));
}

#[test]
fn a_refused_card_names_row_line_and_key_and_the_next_step() {
    let row_keys = "the keys are operation, model, millicredits";
    let table = [
        (
            "mode = \"override\"",
            "mode = \"both\"",
            "line 2, key mode: unknown mode `both`; use one of override, update",
        ),
        (
            "mode = \"override\"",
            "",
            "key mode: missing; write `override`",
        ),
        (
            "mode =",
            "plan = 1\nmode =",
            "line 2, key plan: unknown; the keys are mode, rate",
        ),
        ("unit = \"link\"", "units = \"link\"", row_keys),
        (
            "unit = \"link\"",
            "units = \"link\"",
            "row 2, line 17, key units: unknown",
        ),
        (
            "custom-template.generate",
            "custom-template.make",
            "row 1, line 5, key operation: unknown operation `custom-template.make`; use one of",
        ),
        (
            "operation = \"link.create\"\n",
            "",
            "row 2, line 14, key operation: missing",
        ),
        (
            "model = \"standard\"",
            "model = 5",
            "row 1, line 6, key model: 5 is no text",
        ),
        (
            "model = \"standard\"\n",
            "",
            "row 1, line 4, key model: custom-template.generate: the operation has models",
        ),
        (
            "3_200",
            "-1",
            "row 1, line 7, key millicredits: -1 is no whole number",
        ),
        (
            "3_200",
            "3.2",
            "key millicredits: 3.2 is no whole number; give one from 0",
        ),
        ("3_200", "99999999999999999999", "line 7"),
        (
            "unit = \"link\"",
            "unit = \"furlong\"",
            "row 2, line 17, key unit: unknown unit `furlong`; use one of time, call",
        ),
        (
            "unit = \"link\"",
            "unit = \"link\"\nunit_seconds = 3",
            "row 2, line 18, key unit_seconds: the unit link has no length",
        ),
        (
            "unit_seconds = 30\n",
            "",
            "row 1, line 4, key unit_seconds: missing",
        ),
        (
            "unit_seconds = 30",
            "unit_seconds = 99999999999",
            "key unit_seconds: custom-template.generate, standard: a unit of 4294967295 s is out of range; give 1 to 86400",
        ),
        ("2026-12-01", "2026-13-01", "line 10"),
        (
            "effective_from = 2026-12-01",
            "effective_from = \"May\"",
            "row 1, line 10, key effective_from: `May` is no month and no day; write YYYY-MM",
        ),
        (
            "[\"2026-11-01\", \"2026-11-10\"]",
            "[\"2026-11-01\"]",
            "row 2, line 18, key effective_between: give two days",
        ),
        (
            "[\"2026-11-01\", \"2026-11-10\"]",
            "[\"2026-11-10\", \"2026-11-01\"]",
            "key effective_between: link.create: 2026-11-10 to 2026-11-01 has its ends reversed",
        ),
        (
            "effective_between",
            "effective_from = \"2026-11\"\neffective_between",
            "leave one out",
        ),
        (
            "source =",
            "grade = \"printed\"\nsource =",
            "row 1, line 4, key grade: custom-template.generate, standard: an override brings agreed prices",
        ),
        (
            "source =",
            "grade = \"hearsay\"\nsource =",
            "row 1, line 12, key grade: unknown grade `hearsay`; use one of printed",
        ),
        (
            "source = \"order form 117\"",
            "",
            "row 1, line 4, key source: missing",
        ),
        (
            "pages = [\"order form\", \"annex\"]",
            "pages = \"annex\"",
            "row 2, line 20, key pages: \"annex\" is no list of texts",
        ),
        (
            "read_on = 2026-11-20",
            "",
            "row 2, line 14, key read_on: missing",
        ),
        ("[[rate]]", "[[rate]", "line 4: the card is no TOML"),
    ];
    for (from, to, named) in table {
        let error = broken(from, to).to_string();
        assert!(error.contains(named), "{to}: {error}");
    }
    let rows = AGREED.split_once("[[rate]]").expect("rows").1;
    let twice = format!("{AGREED}\n[[rate]]{rows}");
    let error = CardFile::from_toml(&twice)
        .and_then(|card| card.layered_over(RateBook::built_in()))
        .expect_err("twice");
    assert_eq!(
        (error.row(), error.line(), error.key()),
        (Some(3), Some(22), Some("operation"))
    );
    assert!(error.to_string().contains("first as row 1"), "{error}");
}

#[test]
fn an_update_needs_grades_and_no_older_reading() {
    let row = |more: &str| {
        format!(
            "mode = \"update\"\n[[rate]]\noperation = \"link.create\"\nmillicredits = 2_000\n\
             unit = \"link\"\nsource = \"page\"\n{more}"
        )
    };
    let read = |more: &str| {
        CardFile::from_toml(&row(more)).and_then(|card| card.layered_over(RateBook::built_in()))
    };
    assert!(
        read("read_on = \"2026-12-01\"\ngrade = \"printed\"\nevidence_from = \"2026-11\"").is_ok()
    );
    let error = read("read_on = \"2026-12-01\"").expect_err("no grade");
    assert_eq!((error.row(), error.key()), (Some(1), Some("grade")));
    let error = read("read_on = \"2026-01-01\"\ngrade = \"printed\"").expect_err("older");
    let error = error.to_string();
    for part in [
        "row 1, line 2, key read_on",
        "link.create",
        "2026-01-01",
        "2026-11-20",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn json_is_refused_where_it_is_no_card() {
    for (text, named) in [
        ("", "line 1: the card is no JSON"),
        ("[]", "the card is no JSON object"),
        ("{\"mode\": \"override\"}", "key rate: missing"),
        (
            "{\"mode\": \"override\", \"rate\": []}",
            "key rate: missing",
        ),
        (
            "{\"mode\": \"override\", \"rate\": {}}",
            "key rate: this is no list",
        ),
        (
            "{\"mode\": \"override\", \"rate\": [1]}",
            "row 1: this is no row",
        ),
        (
            "{\"mode\": \"override\", \"rate\": [{}]}",
            "row 1, key operation: missing",
        ),
    ] {
        let error = CardFile::from_json(text).expect_err(text).to_string();
        assert!(error.contains(named), "{text}: {error}");
    }
    let long = " ".repeat(creatify::MAX_CARD_BYTES + 1);
    for error in [CardFile::from_json(&long), CardFile::from_toml(&long)] {
        assert!(error.expect_err("too long").to_string().contains("1048576"));
    }
}

#[tokio::test]
async fn a_client_quotes_by_its_book() {
    let card = CardFile::from_toml(AGREED).expect("a card");
    let book = card.layered_over(RateBook::built_in()).expect("as agreed");
    let client = Client::builder()
        .credentials("00000000-0000-0000-0000-000000000000", "unset-00")
        .rate_book(book)
        .build()
        .expect("a client");
    let quote = |on: &str| {
        let call = client
            .custom_template()
            .generate(CustomTemplateRequest::new(
                "3f0c7b1e-30b1-4d0c-9a3e-000000000001",
            ))
            .length(seconds("45"))
            .on(on.parse().expect("a day"));
        let quoted = call.quote().expect("a price");
        quoted.quote().map(|quote| quote.totals().to_string())
    };
    assert_eq!(quote("2026-11-30").as_deref(), Some("10 credits"));
    assert_eq!(quote("2026-12-01").as_deref(), Some("6.4 credits"));
}

fn days() -> impl Strategy<Value = Day> {
    (0..2_000_000_i32).prop_map(|number| Day::from_days_since_epoch(number).expect("in range"))
}

fn effectives() -> impl Strategy<Value = Effective> {
    prop_oneof![
        Just(Effective::Unprinted),
        days().prop_map(Effective::Day),
        days().prop_map(|day| Effective::Month(day.month())),
        (days(), days()).prop_map(|(first, last)| Effective::Between { first, last }),
    ]
}

fn rates() -> impl Strategy<Value = OwnRate> {
    let units = prop_oneof![
        any::<u32>().prop_map(|seconds| Unit::Time { seconds }),
        prop::sample::select(vec![
            Unit::Call,
            Unit::Image,
            Unit::Link,
            Unit::CatalogueCredit
        ]),
    ];
    (
        prop::sample::select(Operation::ALL),
        prop::option::of(prop::sample::select(Model::ALL)),
        0..=i64::MAX.unsigned_abs(),
        units,
        effectives(),
        days(),
        ".{0,20}",
        prop::option::of((2000_u16..2100, 1_u8..=12)),
        prop::sample::select(vec![
            Grade::Printed,
            Grade::Observed,
            Grade::SecondHand,
            Grade::Agreed,
        ]),
    )
        .prop_map(
            |(operation, model, amount, unit, effective, read_on, source, evidence, grade)| {
                let credits = Credits::from_millicredits(amount);
                let mut rate = OwnRate::new(operation, credits, unit, read_on, source)
                    .with_effective(effective)
                    .with_grade(grade);
                if let Some(model) = model {
                    rate = rate.with_model(model);
                }
                if let Some((year, month)) = evidence {
                    rate = rate.with_evidence_from(Month::new(year, month).expect("a month"));
                }
                rate
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn both_formats_read_back_what_they_wrote(
        mode in prop::sample::select(CardMode::ALL),
        rates in prop::collection::vec(rates(), 1..6),
    ) {
        let card = CardFile::new(mode, rates);
        let toml = card.to_toml().expect("it fits");
        let read = CardFile::from_toml(&toml);
        prop_assert_eq!(read.as_ref(), Ok(&card), "{}", toml);
        let json = card.to_json().expect("it fits");
        let read = CardFile::from_json(&json);
        prop_assert_eq!(read.as_ref(), Ok(&card), "{}", json);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(mode|rate|=|\\[|\\]|\"|\n|[a-z_0-9.{}:, -]){0,40}") {
        let _ = CardFile::from_toml(&text);
        let _ = CardFile::from_json(&text);
    }
}
