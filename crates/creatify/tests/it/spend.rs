//! What a ledger tells of the money: quotes against bills, and the table for accountants.

use std::collections::BTreeMap;

use creatify::core::pricing::{Assumption, CalibrationLine, Plan};
use creatify::core::script::{Language, Pace};
use creatify::emulator::seed;
use creatify::ledger::{
    IntentId, Ledger, MemoryLedger, News, Plan as Call, Quoted, Scope, UnixMillis,
};
use creatify::spend::{Focus, FocusRow, Number, Period};
use creatify::{
    Budget, Credits, Day, ErrorKind, Length, LipsyncV2Request, Model, Operation, QuoteRequest,
    RateCard, Scene, Seconds,
};
use serde_json::Value;

use crate::credits;

/// 2026-11-20 at midnight in UTC.
const NOW: UnixMillis = UnixMillis(1_795_132_800_000);
const DAY: u64 = 86_400_000;

/// A ledger that is filled call by call.
#[derive(Default)]
struct Filled {
    ledger: MemoryLedger,
    calls: u64,
}

impl Filled {
    /// A call that is let out and has its job.
    fn send(&mut self, request: &QuoteRequest, at: UnixMillis) -> IntentId {
        self.calls += 1;
        let today = at.day().expect("a day");
        let quote = RateCard::on(today).quote(request).expect("a price");
        let id = IntentId::new(at, self.calls.into());
        let call = Call::new(id, "main", request.operation(), "{}", quote.max())
            .with_class(quote.model(), request.usage().length.map(Length::max))
            .with_quote(Quoted::from(&quote))
            .with_campaign("spring")
            .with_tag("drafts");
        self.ledger.plan(&call, at).expect("planned");
        let pass = self.ledger.gate(id, 1, at).expect("let out");
        let job = format!("job-{}", self.calls);
        let answered = News::Answered { job };
        let told = self.ledger.record(id, Some(pass.attempt()), &answered, at);
        told.expect("recorded");
        id
    }

    fn bill(&mut self, request: &QuoteRequest, bill: &str, at: UnixMillis) {
        let id = self.send(request, at);
        let bill = credits(bill);
        let finished = News::Finished {
            bill,
            ran_for: None,
        };
        let told = self.ledger.record(id, None, &finished, at.after(90_000));
        told.expect("recorded");
    }

    fn table(&self, period: Period, plan: Option<&str>) -> Focus {
        let plan = plan.map(|plan| plan.parse::<Plan>().expect("a plan"));
        Focus::of(&self.ledger.export().expect("readable"), period, plan)
    }
}

fn avatar(seconds: u64) -> QuoteRequest {
    let length = Seconds::from_whole(seconds).expect("a length");
    QuoteRequest::new(Operation::LipsyncV2Generate).with_length(length)
}

/// A call of each kind there is.
fn all_kinds() -> Filled {
    let mut filled = Filled::default();
    let previews = QuoteRequest::new(Operation::LinkToVideoPreviewList);
    let length = |seconds| Seconds::from_whole(seconds).expect("a length");
    let between = Length::Between {
        min: length(20),
        max: length(40),
    };
    filled.bill(&avatar(45), "10", NOW);
    filled.bill(&avatar(11).with_model(Model::AuroraV1Fast), "5.5", NOW);
    filled.bill(&QuoteRequest::new(Operation::LinkCreate), "1", NOW);
    filled.bill(&previews.with_length(length(30)).with_previews(9), "1", NOW);
    filled.bill(&avatar(1).with_length(between), "5", NOW);
    filled.bill(&avatar(20), "6.25", NOW);
    filled.bill(&avatar(15), "0", NOW);
    filled
}

/// The published columns: type, presence, null rule.
fn published() -> BTreeMap<&'static str, [&'static str; 3]> {
    let lines = include_str!("../data/focus-1.2.csv").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .skip(1)
        .map(|line| {
            let mut cells = line.split(',');
            let mut cell = || cells.next().expect("four cells");
            (cell(), [cell(), cell(), cell()])
        })
        .collect()
}

/// Everything that is wrong with a row by the published list.
fn faults(row: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let row = row.as_object().expect("a row");
    let is_usage = row["ChargeCategory"] == "Usage";
    for (name, [kind, presence, nulls]) in published() {
        let Some(value) = row.get(name) else {
            if presence == "mandatory" {
                faults.push(format!("{name} is not there"));
            }
            continue;
        };
        let is_right = match (kind, value) {
            (_, Value::Null) => nulls == "allowed" || (nulls == "usage" && !is_usage),
            ("text", Value::String(text)) => !text.is_empty() && text.trim() == text,
            ("decimal", Value::Number(number)) => number.is_f64(),
            ("date-time", Value::String(text)) => {
                let (day, time) = text.split_once('T').expect("a moment");
                day.parse::<Day>().is_ok() && time.len() == 9 && time.ends_with('Z')
            }
            ("key-value", Value::String(text)) => {
                serde_json::from_str::<serde_json::Map<String, Value>>(text).is_ok()
            }
            _ => false,
        };
        if !is_right {
            faults.push(format!("{name} holds {value}"));
        }
    }
    let own = row.keys().filter(|name| !name.starts_with("x_"));
    let unpublished = own.filter(|name| !published().contains_key(name.as_str()));
    faults.extend(unpublished.map(|name| format!("{name} is not published")));
    faults
}

fn as_json(row: &FocusRow) -> Value {
    serde_json::to_value(row).expect("JSON")
}

#[test]
fn every_row_has_the_published_columns_with_their_types_and_null_rules() {
    let table = all_kinds().table(Period::default(), Some("pro"));
    assert_eq!(table.rows.len(), 7);
    for row in &table.rows {
        let row = as_json(row);
        assert_eq!(faults(&row), Vec::<String>::new());
        let names: Vec<&str> = row
            .as_object()
            .expect("a row")
            .keys()
            .map(String::as_str)
            .collect();
        let mut columns = FocusRow::COLUMNS.to_vec();
        columns.sort_unstable();
        assert_eq!(names, columns);
    }
    // The list finds what is wrong with a row.
    let good = as_json(&table.rows[0]);
    let spoilt = |name: &str, value: Value| {
        let mut row = good.clone();
        row[name] = value;
        faults(&row)
    };
    for (name, value) in [
        ("BilledCost", Value::Null),
        ("ListUnitPrice", Value::Null),
        ("PricingQuantity", Value::from("2")),
        ("ChargePeriodStart", Value::from("yesterdayT00:00:00Z")),
        ("Tags", Value::from("[]")),
        ("ServiceName", Value::from("")),
        ("Unheard", Value::from("of")),
    ] {
        assert_eq!(spoilt(name, value).len(), 1, "{name}");
    }
    let mut short = good.clone();
    short
        .as_object_mut()
        .expect("a row")
        .remove("ServiceCategory");
    assert_eq!(faults(&short), ["ServiceCategory is not there"]);
}

#[test]
fn without_a_plan_the_costs_are_unknown_and_never_0() {
    let table = all_kinds().table(Period::default(), None);
    let unknown = [
        "ContractedCost",
        "EffectiveCost",
        "ListCost",
        "ListUnitPrice",
    ];
    for row in &table.rows {
        let found = faults(&as_json(row)).join("; ");
        assert!(unknown.iter().all(|name| found.contains(name)), "{found}");
        assert!(row.effective_cost.is_none());
        assert_eq!(row.billed_cost, Number::ZERO);
    }
}

#[test]
fn unit_times_quantity_is_the_cost_in_every_row() {
    let table = all_kinds().table(Period::default(), Some("starter"));
    let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
    for row in &table.rows {
        let row = as_json(row);
        let number = |name: &str| row[name].as_f64().expect("a number");
        let quantity = number("PricingQuantity");
        assert!(
            near(quantity * number("ListUnitPrice"), number("ListCost")),
            "{row}"
        );
        assert!(near(
            quantity * number("ContractedUnitPrice"),
            number("ContractedCost")
        ));
        let credits = number("PricingCurrencyEffectiveCost");
        assert!(
            near(quantity * number("PricingCurrencyListUnitPrice"), credits),
            "{row}"
        );
        // 99 USD for 500 credits.
        assert!(near(credits * 0.198, number("EffectiveCost")), "{row}");
    }
}

#[test]
fn a_row_names_the_unit_that_its_bill_proves_and_no_other() {
    let table = all_kinds().table(Period::default(), Some("starter"));
    let shown: Vec<_> = table
        .rows
        .iter()
        .map(|row| {
            let price = row.pricing_currency_list_unit_price.to_string();
            let quantity = row.pricing_quantity.to_string();
            (
                row.pricing_unit.as_str(),
                quantity,
                price,
                row.consumed_unit,
            )
        })
        .collect();
    let row = |unit, quantity: &str, price: &str, consumed| {
        (unit, quantity.to_owned(), price.to_owned(), consumed)
    };
    assert_eq!(
        shown,
        [
            row("30 Seconds", "2.0", "5.0", "Seconds"),
            row("Seconds", "11.0", "0.5", "Seconds"),
            row("Links", "1.0", "1.0", "Jobs"),
            // Once for nine previews, where each was likely; the shorter length, where the longer
            // one was; a bill that no line comes to; nothing.
            row("Credits", "1.0", "1.0", "Seconds"),
            row("Credits", "5.0", "1.0", "Jobs"),
            row("Credits", "6.25", "1.0", "Seconds"),
            row("Credits", "0.0", "1.0", "Seconds"),
        ]
    );
    let first = &table.rows[0];
    assert_eq!(
        first.charge_description,
        "lipsync-v2.generate/standard: 2 started units of 30 s at 5 credits"
    );
    assert_eq!(
        first.sku_price_id,
        "lipsync-v2.generate/standard/5 per 30 Seconds"
    );
    assert_eq!(first.consumed_quantity, Number::whole(45));
    assert_eq!(
        first.tags.as_deref(),
        Some(r#"{"campaign":"spring","drafts":true}"#)
    );
    assert_eq!(
        table.rows[5].sku_price_id,
        "lipsync-v2.generate/standard/1 per Credits"
    );
    assert_eq!(table.rows[5].quoted_max, Some(Number::whole(5)));
}

#[test]
fn a_period_takes_both_its_days_and_the_month_ends_where_it_ends() {
    let mut filled = Filled::default();
    // 2026-10-31 23:59:59.500, 2026-11-20 00:00, 2026-11-21 00:00.
    let october = UnixMillis(NOW.0 - 19 * DAY - 500);
    for at in [NOW, october, UnixMillis(NOW.0 + DAY)] {
        filled.bill(&avatar(20), "5", at);
    }
    let day = |text: &str| Some(text.parse::<Day>().expect("a day"));
    let starts = |from, to| -> Vec<String> {
        let rows = filled.table(Period { from, to }, None).rows;
        rows.into_iter()
            .map(|row| row.charge_period_start)
            .collect()
    };
    let all = [
        "2026-10-31T23:59:59Z",
        "2026-11-20T00:00:00Z",
        "2026-11-21T00:00:00Z",
    ];
    assert_eq!(starts(None, None), all);
    assert_eq!(starts(day("2026-11-20"), None), all[1..]);
    assert_eq!(starts(None, day("2026-11-20")), all[..2]);
    assert_eq!(
        starts(day("2026-11-01"), day("2026-11-19")),
        Vec::<String>::new()
    );
    let first = &filled.table(Period::default(), None).rows[0];
    assert_eq!(first.billing_period_start, "2026-10-01T00:00:00Z");
    assert_eq!(first.billing_period_end, "2026-11-01T00:00:00Z");
    assert_eq!(first.charge_period_end, "2026-11-01T00:00:00Z");
    let second = &filled.table(Period::default(), None).rows[1];
    assert_eq!(second.charge_period_end, "2026-11-20T00:01:30Z");
}

#[test]
fn what_is_not_billed_yet_has_no_row_and_is_told() {
    let mut filled = Filled::default();
    filled.bill(&avatar(20), "5", NOW);
    filled.send(&avatar(45), NOW);
    filled.send(&avatar(45), UnixMillis(NOW.0 + DAY));
    let table = filled.table(Period::default(), None);
    assert_eq!(
        (table.rows.len(), table.open, table.reserved),
        (1, 2, credits("20"))
    );
    let to = NOW.day();
    let table = filled.table(Period { from: None, to }, None);
    assert_eq!(
        (table.rows.len(), table.open, table.reserved),
        (1, 1, credits("10"))
    );
}

#[test]
fn csv_holds_what_json_holds() {
    let table = all_kinds().table(Period::default(), Some("pro"));
    let csv = table.to_csv().expect("CSV");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().expect("a head").clone();
    assert_eq!(head.iter().collect::<Vec<_>>(), FocusRow::COLUMNS);
    let records: Vec<_> = reader
        .records()
        .map(|record| record.expect("a row"))
        .collect();
    assert_eq!(records.len(), table.rows.len());
    for (record, row) in records.iter().zip(&table.rows) {
        let row = as_json(row);
        for (name, cell) in head.iter().zip(record) {
            let text = match &row[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(cell, text, "{name}");
        }
    }
    let empty = Filled::default().table(Period::default(), None).to_csv();
    assert_eq!(empty.expect("CSV").trim_end(), FocusRow::COLUMNS.join(","));
}

#[test]
fn quotes_are_held_against_bills() {
    let mut filled = all_kinds();
    filled.send(&avatar(20), NOW);
    // A job that failed says nothing about the prices.
    let failed = filled.send(&avatar(20), NOW);
    let bill = Credits::ZERO;
    let told = filled
        .ledger
        .record(failed, None, &News::Failed { bill }, NOW);
    told.expect("recorded");
    let export = filled.ledger.export().expect("readable");
    let report = creatify::spend::calibration(&export).expect("it fits");
    let lines: Vec<_> = report
        .lines()
        .map(|line| {
            let name = line.model().map_or("-", Model::as_str);
            (
                line.operation(),
                name,
                line.matched(),
                line.below(),
                line.above(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            (Operation::LinkToVideoPreviewList, "standard", 1, 0, 0),
            (Operation::LinkCreate, "-", 1, 0, 0),
            (Operation::LipsyncV2Generate, "standard", 2, 1, 1),
            (Operation::LipsyncV2Generate, "aurora_v1_fast", 1, 0, 0),
        ]
    );
    let avatars = report
        .lines()
        .find(|line| line.count() == 4)
        .expect("a line");
    // 10 + 10 + 5 + 5 likely, 10 + 5 + 6.25 + 0 billed.
    assert_eq!(avatars.likely(), credits("30"));
    assert_eq!(avatars.billed(), credits("21.25"));
    assert_eq!(avatars.drift_per_mille(), Some(-291));
}

/// A client with a ledger in memory, on an emulator's clock.
async fn client() -> (
    std::sync::Arc<creatify::emulator::Emulator>,
    creatify::Client,
    std::sync::Arc<MemoryLedger>,
) {
    use creatify::emulator::Emulator;
    let emulator = Emulator::start().await.expect("the emulator starts");
    let emulator = std::sync::Arc::new(emulator);
    let ledger = std::sync::Arc::new(MemoryLedger::new());
    let client = crate::settings(&emulator)
        .journal(creatify::Journal::new(ledger.clone(), "main").tag("team"))
        .build()
        .expect("the emulator's own keys are good");
    (emulator, client, ledger)
}

fn spoken(words: usize) -> LipsyncV2Request {
    let text = "word ".repeat(words);
    LipsyncV2Request::new()
        .scene(Scene::speaking(seed::PERSONA_ADA, seed::VOICE_CALM, text))
        .scene(Scene::silent(seed::PERSONA_ADA, 2.5))
}

#[tokio::test]
async fn a_video_is_quoted_by_what_is_said_in_it_and_the_ledger_keeps_the_quote() {
    let (_emulator, client, ledger) = client().await;
    // 20 words: 5.263 s to 9.569 s, and 2.5 s of silence.
    let call = client.lipsync_v2().generate(spoken(20));
    let unknown = call.clone().quote().expect_err("no length is stated");
    assert_eq!(unknown.kind(), ErrorKind::LengthUnknown);
    let quoted = call
        .length_from_script(Language::English, Pace::Natural)
        .tag("drafts")
        .quote()
        .expect("the script tells");
    let quote = quoted.quote().expect("it was quoted").clone();
    let length = quote.usage().length.expect("a length");
    assert_eq!(length.min().to_string(), "7.763");
    assert_eq!(length.max().to_string(), "12.07");
    let names: Vec<_> = quote.assumptions().iter().map(Assumption::id).collect();
    assert!(names.contains(&"length-from-script"), "{names:?}");

    let budget = Budget::new(credits("100")).tag_limit("drafts", credits("9"));
    let job = quoted.approve(&budget).expect("5 of 9").send().await;
    job.expect("accepted").wait().await.expect("done");
    assert_eq!(
        budget
            .balance(&creatify::core::budget::Scope::Tag("drafts".to_owned()))
            .spent,
        credits("5")
    );
    assert_eq!(
        budget
            .balance(&creatify::core::budget::Scope::Tag("team".to_owned()))
            .spent,
        credits("5")
    );

    let export = ledger.export().expect("readable");
    assert_eq!(export.intents[0].quoted, Some(Quoted::from(&quote)));
    for tag in ["team", "drafts"] {
        let balance = ledger
            .balance(&Scope::Tag(tag.to_owned()))
            .expect("readable");
        assert_eq!(balance.spent, credits("5"), "{tag}");
    }
    let report = creatify::spend::calibration(&export).expect("it fits");
    assert_eq!(report.lines().next().map(CalibrationLine::matched), Some(1));
    let table = Focus::of(&export, Period::default(), None);
    assert_eq!(
        table.rows[0].tags.as_deref(),
        Some(r#"{"drafts":true,"team":true}"#)
    );
}

#[tokio::test]
async fn a_length_that_is_stated_comes_before_the_estimate() {
    let (_emulator, client, _) = client().await;
    let quoted = client
        .lipsync_v2()
        .generate(spoken(20))
        .length_from_script(Language::English, Pace::Natural)
        .length(crate::seconds("31"))
        .quote()
        .expect("known");
    let quote = quoted.quote().expect("it was quoted");
    assert_eq!(quote.totals().to_string(), "10 credits");
    assert!(
        quote
            .assumptions()
            .iter()
            .all(|one| one.id() != "length-from-script")
    );
}

#[tokio::test]
async fn what_is_no_script_gives_no_length() {
    let (_emulator, client, _) = client().await;
    let recorded = LipsyncV2Request::from_json(serde_json::json!({
        "video_inputs": [{
            "character": {"type": "avatar", "avatar_id": "a"},
            "voice": {"type": "audio", "audio_url": "https://example.com/a.mp3"},
        }],
    }));
    let silent = LipsyncV2Request::new().scene(Scene::silent(seed::PERSONA_ADA, 2.5));
    for (request, words) in [
        (
            recorded.expect("an object"),
            "scene 1 has neither a text nor a silence",
        ),
        (silent, "holds nothing that can be spoken"),
    ] {
        let call = client.lipsync_v2().generate(request);
        let call = call.length_from_script(Language::English, Pace::Natural);
        // A limit of the document may refuse the request first; it must not be quoted.
        let error = call.quote().expect_err("no length");
        let is_expected =
            error.kind() == ErrorKind::LengthUnknown && error.to_string().contains(words);
        assert!(is_expected || error.kind() == ErrorKind::Invalid, "{error}");
    }
    let template = client
        .custom_template()
        .generate(creatify::CustomTemplateRequest::new(
            seed::TEMPLATE_30_SECONDS,
        ))
        .length_from_script(Language::English, Pace::Natural);
    let error = template.quote().expect_err("no script");
    assert_eq!(error.kind(), ErrorKind::LengthUnknown);
    assert!(
        error.to_string().contains("is not made from a script"),
        "{error}"
    );
}

#[tokio::test]
async fn a_narrower_limit_of_the_budget_stops_a_call() {
    let (emulator, client, _) = client().await;
    let quoted = || {
        let call = client.lipsync_v2().generate(spoken(20));
        call.length(crate::seconds("31"))
            .quote()
            .expect("10 credits")
    };
    let budget = Budget::new(credits("100"));
    for (budget, words) in [
        (
            budget.clone().call_limit(credits("9")),
            "limit of a single call has 9 of 9",
        ),
        (
            Budget::new(credits("100")).day_limit(credits("9")),
            "limit of the day",
        ),
        (
            Budget::new(credits("100")).tag_limit("team", credits("9")),
            "limit of the tag \"team\"",
        ),
    ] {
        let error = quoted().approve(&budget).expect_err("10 exceed 9");
        assert!(
            error.is_over_budget() && error.to_string().contains(words),
            "{error}"
        );
        assert_eq!(budget.reserved(), Credits::ZERO);
    }
    // Clones share every limit.
    assert!(quoted().approve(&budget).is_err());
    assert_eq!(crate::posts(&emulator), 0);
}
