//! Rules that no row of the present table calls for, on tables made up here.

#![expect(clippy::unwrap_used, reason = "a test that is wrong should stop")]

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::{
    Batch, Columns, Effective, Grade, Model, Operation, Prices, Quote, QuoteError, QuoteRequest,
    Rate, Row, Unit,
};
use crate::calendar::{Day, Month};
use crate::length::Seconds;

const OPERATION: Operation = Operation::CustomTemplateGenerate;

fn row(millicredits: u64, unit: Unit, effective: Effective) -> Row {
    Row {
        operation: OPERATION,
        model: Some(Model::Standard),
        millicredits,
        unit,
        effective,
        evidence_from: None,
        grade: Grade::Printed,
        pages: &[],
        read_on: Day::literal(2026, 11, 20),
    }
}

/// Rows that are the whole table of [`OPERATION`].
struct MadeUp {
    rows: Vec<Rate>,
    day: Day,
}

impl Prices for MadeUp {
    fn history(&self, operation: Operation, model: Option<Model>) -> &[Rate] {
        if (operation, model) == (OPERATION, Some(Model::Standard)) {
            &self.rows
        } else {
            &[]
        }
    }

    fn day(&self) -> Day {
        self.day
    }
}

fn quote_of<const N: usize>(rows: [Row; N], on: Day, seconds: u64) -> Result<Quote, QuoteError> {
    let rows = rows.map(Row::rate).to_vec();
    let request = QuoteRequest::new(OPERATION).with_length(Seconds::from_whole(seconds).unwrap());
    MadeUp { rows, day: on }.quote(&request)
}

/// The range in text and the assumptions' ids.
fn outcome(quote: Result<Quote, QuoteError>) -> (alloc::string::String, Vec<&'static str>) {
    let quote = quote.unwrap();
    let ids = quote
        .assumptions()
        .iter()
        .map(|assumption| assumption.id())
        .collect();
    (quote.totals().to_string(), ids)
}

const BLOCK: Unit = Unit::Time { seconds: 30 };

#[test]
fn a_change_seen_between_two_readings_is_open_on_both_days_and_between() {
    let change = Effective::Between {
        first: Day::literal(2026, 3, 10),
        last: Day::literal(2026, 3, 20),
    };
    let on = |day: Day| {
        let rows = [
            row(5_000, BLOCK, Effective::Unprinted),
            row(7_000, BLOCK, change),
        ];
        outcome(quote_of(rows, day, 30)).0
    };
    assert_eq!(on(Day::literal(2026, 3, 9)), "5 credits");
    for day in [10, 15, 20] {
        assert_eq!(on(Day::literal(2026, 3, day)), "5 to 7 credits, likely 7");
    }
    assert_eq!(on(Day::literal(2026, 3, 21)), "7 credits");
}

#[test]
fn changes_that_overlap_are_all_in_the_range() {
    let rows = [
        row(5_000, BLOCK, Effective::Unprinted),
        row(7_000, BLOCK, Effective::Month(Month::literal(2026, 3))),
        row(
            6_000,
            BLOCK,
            Effective::Between {
                first: Day::literal(2026, 3, 10),
                last: Day::literal(2026, 4, 2),
            },
        ),
    ];
    let outcome = outcome(quote_of(rows, Day::literal(2026, 3, 15), 30));
    assert_eq!(outcome.0, "5 to 7 credits, likely 6");
    assert_eq!(outcome.1, ["effective-day-unknown", "started-unit"]);
}

#[test]
fn a_first_offer_is_told_from_a_change() {
    let month = Effective::Month(Month::literal(2026, 3));
    let on = Day::literal(2026, 3, 15);
    let first = |quote: Result<Quote, QuoteError>| {
        quote.unwrap().assumptions().first().unwrap().to_string()
    };
    let new = || row(7_000, BLOCK, month);
    assert_eq!(
        first(quote_of([new()], on, 30)),
        "first offered on an unknown day of 2026-03"
    );
    let old = row(5_000, BLOCK, Effective::Unprinted);
    assert_eq!(
        first(quote_of([old, new()], on, 30)),
        "the price changed on an unknown day of 2026-03; the range spans the old and the new one"
    );
}

#[test]
fn a_day_before_the_oldest_copy_is_said_to_be_one() {
    let evidence_from = Some(Month::literal(2025, 5));
    let old = || Row {
        evidence_from,
        ..row(5_000, BLOCK, Effective::Unprinted)
    };
    assert_eq!(old().rate().source().evidence_from(), evidence_from);
    let on = |day: Day| outcome(quote_of([old()], day, 30)).1;
    assert_eq!(
        on(Day::literal(2025, 4, 30)),
        ["before-records", "started-unit"]
    );
    assert_eq!(on(Day::literal(2025, 5, 1)), ["started-unit"]);
}

#[test]
fn a_day_after_the_last_reading_counts_from_the_rows_in_force() {
    let on = |day: Day| {
        let mut old = row(5_000, BLOCK, Effective::Unprinted);
        old.read_on = Day::literal(2026, 1, 1);
        let new = row(7_000, BLOCK, Effective::Month(Month::literal(2026, 3)));
        outcome(quote_of([old, new], day, 30)).1
    };
    assert_eq!(on(Day::literal(2026, 1, 1)), ["started-unit"]);
    assert_eq!(
        on(Day::literal(2026, 1, 2)),
        ["after-records", "started-unit"]
    );
    assert_eq!(on(Day::literal(2026, 4, 1)), ["started-unit"]);
}

#[test]
fn contradicting_prices_span_the_range_and_the_dearer_one_is_likely() {
    let rows = || {
        [
            row(10_000, BLOCK, Effective::Unprinted),
            row(13_000, Unit::Call, Effective::Unprinted),
        ]
    };
    let on = Day::literal(2026, 11, 20);
    // 10 for 20 s against 13 for the call; 20 for 40 s against 13 for the call.
    let short = outcome(quote_of(rows(), on, 20));
    assert_eq!(short.0, "10 to 13 credits, likely 13");
    assert_eq!(short.1, ["price-contradicted"]);
    let long = outcome(quote_of(rows(), on, 40));
    assert_eq!(long.0, "13 to 20 credits, likely 20");
    assert_eq!(long.1, ["started-unit", "price-contradicted"]);
}

#[test]
fn contradicting_prices_are_left_behind_together() {
    let rows = [
        row(10_000, BLOCK, Effective::Unprinted),
        row(12_000, BLOCK, Effective::Unprinted),
        row(3_000, BLOCK, Effective::Month(Month::literal(2026, 5))),
    ];
    let outcome = outcome(quote_of(rows, Day::literal(2026, 6, 1), 30));
    assert_eq!(outcome, ("3 credits".into(), alloc::vec!["started-unit"]));
}

/// A table that knows one operation.
struct Table {
    rows: &'static [Rate],
    day: Day,
}

impl Prices for Table {
    fn history(&self, operation: Operation, model: Option<Model>) -> &[Rate] {
        if (operation, model) == (OPERATION, Some(Model::Standard)) {
            self.rows
        } else {
            &[]
        }
    }

    fn day(&self) -> Day {
        self.day
    }
}

#[test]
fn columns_take_the_dearer_of_contradicting_prices_row_by_row() {
    let rows = [
        row(10_000, BLOCK, Effective::Unprinted),
        row(13_000, Unit::Call, Effective::Unprinted),
    ];
    let prices = Table {
        rows: Box::leak(Box::new(rows.map(Row::rate))),
        day: Day::literal(2026, 11, 20),
    };
    let batch = Batch::new(&prices);
    let key = batch.key(OPERATION, None).unwrap();
    let request = QuoteRequest::new(OPERATION).with_count(3);
    for seconds in [0, 20, 40] {
        let length = Seconds::from_whole(seconds).unwrap();
        let columns = Columns {
            keys: &[key],
            lengths: &[length],
            counts: &[3],
        };
        let alone = prices.totals(&request.with_length(length)).unwrap();
        assert_eq!(batch.totals(&columns), Ok(alone), "{seconds} s");
    }
}
