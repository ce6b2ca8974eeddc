//! A workload is the sum of its rows, by operation too, and keeps every doubt of them.

use creatify_core::pricing::{AssumptionKind, Prices, QuoteError, Reason, RowError, Workload};
use creatify_core::script::{Language, Pace, ScriptLength};
use creatify_core::{Credits, Length, Operation, QuoteRequest, RateCard, Seconds, Totals};
use proptest::prelude::*;

use crate::oracle;
use crate::quotes::{Case, cases};

fn seconds(text: &str) -> Seconds {
    text.parse().unwrap()
}

/// Rows as they come: many without a price on their day.
fn rows() -> impl Strategy<Value = Vec<Case>> {
    prop::collection::vec(cases(), 0..30)
}

fn script(words: usize, language: Language, pace: Pace) -> ScriptLength {
    ScriptLength::of(&"word ".repeat(words), language, pace).unwrap()
}

/// Scripts of few kinds, so that many rows share one.
fn scripts() -> impl Strategy<Value = ScriptLength> {
    let languages = prop::sample::select(vec![Language::English, Language::German]);
    let paces = prop::sample::select(vec![Pace::Natural, Pace::Fast]);
    (1_usize..200, languages, paces)
        .prop_map(|(words, language, pace)| script(words, language, pace))
}

/// Whether one reason is to stand for both.
fn is_same(one: AssumptionKind, other: AssumptionKind) -> bool {
    match (one, other) {
        (AssumptionKind::LengthRange { .. }, AssumptionKind::LengthRange { .. }) => true,
        (
            AssumptionKind::LengthFromScript { script: one },
            AssumptionKind::LengthFromScript { script: other },
        ) => (one.language(), one.pace()) == (other.language(), other.pace()),
        _ => one == other,
    }
}

/// The lengths that an assumption is about, where it is about any.
fn lengths_of(kind: AssumptionKind) -> Option<(Seconds, Seconds)> {
    match kind {
        AssumptionKind::LengthRange { min, max } => Some((min, max)),
        AssumptionKind::LengthFromScript { script } => Some((script.min(), script.max())),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_comes_to_the_sum_of_its_rows(rows in rows()) {
        let mut workload = Workload::new();
        let mut sum = [0_u128; 3];
        let mut priced = 0;
        for (number, row) in (0_u64..).zip(&rows) {
            let card = RateCard::on(row.day);
            let length = Length::Known(row.length);
            let theirs =
                oracle::totals(row.operation, row.model, row.day, length, row.count, row.previews);
            match (workload.add(&card, &row.request()), theirs) {
                (Ok(totals), Some(theirs)) => {
                    prop_assert_eq!(Ok(totals), card.totals(&row.request()));
                    priced += 1;
                    for (sum, part) in sum.iter_mut().zip(theirs) {
                        // Every price of the oracle is one of half credits.
                        *sum += part.0 * 1_000 / part.1;
                    }
                }
                (Err(RowError { row, cause: QuoteError::NotOffered { .. }, .. }), None) => {
                    prop_assert_eq!(row, number);
                }
                (ours, theirs) => prop_assert!(false, "{ours:?} and {theirs:?}"),
            }
        }
        let totals = workload.totals();
        let ours = [totals.min(), totals.likely(), totals.max()];
        prop_assert_eq!(ours.map(|end| u128::from(end.millicredits())), sum);
        prop_assert!(totals.min() <= totals.likely() && totals.likely() <= totals.max());
        prop_assert_eq!(workload.rows(), priced);
    }

    #[test]
    fn its_operations_add_up(rows in rows()) {
        let mut workload = Workload::new();
        for row in &rows {
            let _ = workload.add(&RateCard::on(row.day), &row.request());
        }
        let parts: Vec<_> = workload.by_operation().collect();
        let sum = Totals::checked_sum(parts.iter().map(|(_, part)| part.totals));
        prop_assert_eq!(sum, Some(workload.totals()));
        prop_assert_eq!(parts.iter().map(|(_, part)| part.rows).sum::<u64>(), workload.rows());
        prop_assert!(parts.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (operation, part) in parts {
            let alone = rows.iter().filter(|row| row.operation == operation);
            let totals: Vec<_> = alone
                .filter_map(|row| RateCard::on(row.day).totals(&row.request()).ok())
                .collect();
            prop_assert_eq!(part.rows, totals.len() as u64);
            prop_assert_eq!(Some(part.totals), Totals::checked_sum(totals));
        }
    }

    #[test]
    fn reasons_count_every_row_and_add_up_what_each_widens(
        rows in prop::collection::vec((cases(), prop::option::of(scripts())), 0..30),
        half in any::<u32>(),
    ) {
        let (mut quoted, mut plain) = (Workload::new(), Workload::new());
        let mut quotes = Vec::new();
        for (row, script) in &rows {
            let card = RateCard::on(row.day);
            let min = Seconds::from_millis(u64::from(row.length.millis().min(half))).unwrap();
            let request = match script {
                Some(script) => row.request().with_script(*script),
                None => row.request().with_length(Length::Between { min, max: row.length }),
            };
            let totals = plain.add(&card, &request);
            match quoted.add_quoted(&card, &request) {
                Ok(quote) => {
                    prop_assert_eq!(Ok(quote.totals()), totals);
                    quotes.push(quote);
                }
                Err(error) => prop_assert_eq!(Err(error), totals),
            }
        }
        prop_assert_eq!((quoted.totals(), quoted.rows()), (plain.totals(), plain.rows()));
        prop_assert!(plain.reasons().is_empty());
        let mut seen = 0;
        for reason in quoted.reasons() {
            let alike: Vec<_> = quotes
                .iter()
                .flat_map(|quote| quote.assumptions())
                .filter(|assumption| is_same(assumption.kind(), reason.kind))
                .collect();
            seen += alike.len();
            let spread = alike.iter().filter_map(|assumption| assumption.range());
            let spread = spread.map(|(min, max)| max.checked_sub(min).unwrap());
            prop_assert_eq!(reason.rows, alike.len() as u64);
            prop_assert_eq!(Some(reason.spread), Credits::checked_sum(spread));
            let lengths = alike.iter().filter_map(|assumption| lengths_of(assumption.kind()));
            let shortest = lengths.clone().map(|(min, _)| min).min();
            let longest = lengths.map(|(_, max)| max).max();
            prop_assert_eq!(lengths_of(reason.kind), shortest.zip(longest));
        }
        prop_assert_eq!(seen, quotes.iter().map(|quote| quote.assumptions().len()).sum::<usize>());
        // Each doubt is told once.
        for (at, reason) in quoted.reasons().iter().enumerate() {
            let rest = &quoted.reasons()[at + 1..];
            prop_assert!(rest.iter().all(|other| !is_same(reason.kind, other.kind)));
        }
    }
}

#[test]
fn scripts_of_one_language_and_pace_are_one_reason() {
    let card = RateCard::latest();
    let mut workload = Workload::new();
    for script in [
        script(40, Language::English, Pace::Natural),
        script(120, Language::English, Pace::Natural),
        script(80, Language::English, Pace::Natural),
        script(80, Language::German, Pace::Natural),
        script(80, Language::English, Pace::Slow),
    ] {
        let video = QuoteRequest::new(Operation::LipsyncV2Generate).with_script(script);
        workload.add_quoted(&card, &video).unwrap();
    }
    let from_scripts = |reason: &&Reason| reason.kind.id() == "length-from-script";
    let told: Vec<_> = workload
        .reasons()
        .iter()
        .filter(from_scripts)
        .map(|reason| {
            let text = reason.kind.to_string();
            let told = text.split("; ").next().unwrap().to_owned();
            (told, reason.rows, reason.spread.to_string())
        })
        .collect();
    let expected = |length: &str, rate: &str, rows: u64, spread: &str| {
        let text = format!("the script takes {length} to speak, by the usual rate of {rate} pace");
        (text, rows, spread.to_owned())
    };
    // 40, 80 and 120 words of 228 a minute, at 100 and at 55 % of it: 10.5 to 19.1 s is one started
    // unit of 30 s at 5 credits, 21.1 to 38.3 s is one to two, 31.6 to 57.4 s is two.
    assert_eq!(
        told,
        [
            expected("10.526 s to 57.417 s", "language en at natural", 3, "5"),
            expected("26.815 s to 48.756 s", "language de at natural", 1, "5"),
            expected("32.388 s to 52.632 s", "language en at slow", 1, "0"),
        ]
    );
}

#[test]
fn nine_previews_and_one_render_are_one_workload() {
    let previews = QuoteRequest::new(Operation::LinkToVideoPreviewList)
        .with_length(seconds("30"))
        .with_previews(9);
    let render =
        QuoteRequest::new(Operation::LinkToVideoRenderSinglePreview).with_length(seconds("30"));
    let workload = Workload::of(&RateCard::latest(), [previews, render]).unwrap();
    // 1 to 9, and 4
    assert_eq!(workload.totals().to_string(), "5 to 13 credits, likely 13");
}

#[test]
fn a_row_without_a_price_is_named_and_left_out() {
    let card = RateCard::latest();
    let link = QuoteRequest::new(Operation::LinkCreate);
    let bad = QuoteRequest::new(Operation::CustomTemplateRender);
    let cause = QuoteError::LengthMissing {
        operation: Operation::CustomTemplateRender,
    };
    let mut workload = Workload::new();
    workload.add(&card, &link).unwrap();
    let error = workload.add(&card, &bad).unwrap_err();
    assert_eq!((error.row, error.cause), (1, cause));
    assert_eq!(
        error.to_string(),
        "row 1: custom-template.render is charged by length and none is given; give seconds from \
         0 to 86400"
    );
    // A row without a price keeps its number.
    let error = workload.add_quoted(&card, &bad).unwrap_err();
    assert_eq!((error.row, error.cause), (2, cause));
    workload.add_quoted(&card, &link).unwrap();
    assert_eq!(workload.rows(), 2);
    assert_eq!(workload.totals().to_string(), "2 credits");
    let stopped = Workload::of(&card, [link, bad, link]).unwrap_err();
    assert_eq!((stopped.row, stopped.cause), (1, cause));
}

#[test]
fn a_sum_that_does_not_fit_changes_nothing() {
    let card = RateCard::latest();
    let most =
        QuoteRequest::new(Operation::InspirationGenerate).with_catalogue_credits(Credits::MAX);
    let one = QuoteRequest::new(Operation::LinkCreate);
    let mut workload = Workload::of(&card, [most]).unwrap();
    let before = workload.clone();
    let error = workload.add_quoted(&card, &one).unwrap_err();
    assert_eq!((error.row, error.cause), (1, QuoteError::TooLarge));
    assert_eq!(
        (workload.totals(), workload.rows(), workload.reasons()),
        (before.totals(), before.rows(), before.reasons())
    );
    assert_eq!(workload.by_operation().count(), 1);
}

#[test]
fn any_table_of_prices_will_do() {
    fn priced(prices: &dyn Prices) -> Workload {
        Workload::of(prices, [QuoteRequest::new(Operation::LinkCreate)]).unwrap()
    }
    assert_eq!(priced(&RateCard::latest()).totals().to_string(), "1 credit");
}
