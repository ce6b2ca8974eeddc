//! How much a quote's total costs beyond the arithmetic nobody can leave out.
//!
//! `floor` is one division and two multiplications, bare; `core` is the same through
//! [`Rate::total`]; `core_lookup` finds the rate by operation, model and day first; `quote` has
//! line items and assumptions; `decimal` is the arithmetic in `rust_decimal`, and `strings` the
//! lookup in maps of text, which is how price books of language models are asked.
//!
//! The group `batch` prices a million rows in columns, see `batch.rs`. All inputs are runtime
//! values. Nothing here asserts a time. `--instructions` counts instead of measuring, see
//! `instructions.rs`.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;

use creatify_core::pricing::Rate;
use creatify_core::{Credits, Day, Model, Operation, QuoteRequest, RateCard, Seconds};
use criterion::Criterion;
use rust_decimal::Decimal;

mod batch;
mod instructions;
mod rows;
mod summary;

/// The group of a single request.
const GROUP: &str = "price";
/// The ways to price it, the first of which the others are compared with.
const IDS: [&str; 6] = [
    "floor",
    "core",
    "core_lookup",
    "quote",
    "decimal",
    "strings",
];

/// What the arithmetic needs and nothing else.
#[derive(Clone, Copy)]
struct Bare {
    millis: u32,
    unit_millis: u32,
    millicredits: u64,
    count: u32,
}

/// Rounds up to whole units and multiplies by price and count, unchecked.
#[inline]
fn floor(bare: Bare) -> u64 {
    let units = bare.millis.div_ceil(bare.unit_millis);
    u64::from(units)
        .wrapping_mul(bare.millicredits)
        .wrapping_mul(u64::from(bare.count))
}

/// The same with decimal numbers, as a careful caller would write it.
#[inline]
fn decimal(seconds: Decimal, unit: Decimal, credits: Decimal, count: Decimal) -> Option<Decimal> {
    seconds
        .checked_div(unit)?
        .ceil()
        .checked_mul(credits)?
        .checked_mul(count)
}

/// The rows of an operation and model by their names: first month, unit in milliseconds, credits.
type Texts = HashMap<String, HashMap<String, Vec<(String, u32, u64)>>>;

/// The built-in table as text.
fn texts() -> Texts {
    let mut texts = Texts::new();
    for rate in RateCard::history() {
        let model = rate
            .model()
            .map_or_else(String::new, |model| model.to_string());
        let rows = texts.entry(rate.operation().to_string()).or_default();
        rows.entry(model).or_default().push((
            rate.effective().to_string(),
            rate.unit().seconds().unwrap_or(1) * 1_000,
            rate.credits_per_unit().millicredits(),
        ));
    }
    texts
}

/// The newest row that has begun by the month, and the arithmetic on it.
#[inline]
fn strings(texts: &Texts, names: [&str; 3], millis: u32, count: u32) -> Option<u64> {
    let [operation, model, month] = names;
    let rows = texts.get(operation)?.get(model)?;
    let (_, unit_millis, millicredits) = rows
        .iter()
        .rfind(|(from, ..)| from == "no printed day" || from.as_str() <= month)?;
    u64::from(millis.div_ceil(*unit_millis))
        .checked_mul(*millicredits)?
        .checked_mul(u64::from(count))
}

fn price(criterion: &mut Criterion) {
    let day = Day::from_ymd(2026, 11, 20).unwrap_or(Day::MIN);
    let (operation, model) = (Operation::CustomTemplateRender, Some(Model::Standard));
    let rate: &Rate = RateCard::on(day)
        .rate(operation, model)
        .unwrap_or(&RateCard::history()[0]);
    let length = Seconds::from_millis(45_000).unwrap_or(Seconds::ZERO);
    let bare = Bare {
        millis: length.millis(),
        unit_millis: rate.unit().seconds().unwrap_or(1) * 1_000,
        millicredits: rate.credits_per_unit().millicredits(),
        count: 3,
    };
    // The four ways are compared only because they agree.
    let total = rate.total(length, bare.count).map(Credits::millicredits);
    assert_eq!(total, Some(floor(bare)));
    let [seconds, unit, count] = [45, 30, bare.count].map(Decimal::from);
    let credits = Decimal::new(4_000, 3);
    assert_eq!(
        decimal(seconds, unit, credits, count),
        Some(Decimal::from(24))
    );

    let mut group = criterion.benchmark_group(GROUP);
    group.bench_function("floor", |bencher| bencher.iter(|| floor(black_box(bare))));
    group.bench_function("core", |bencher| {
        bencher.iter(|| black_box(rate).total(black_box(length), black_box(bare.count)));
    });
    group.bench_function("core_lookup", |bencher| {
        bencher.iter(|| {
            RateCard::on(black_box(day))
                .rate(black_box(operation), black_box(model))
                .and_then(|rate| rate.total(black_box(length), black_box(bare.count)))
        });
    });
    group.bench_function("decimal", |bencher| {
        bencher.iter(|| {
            decimal(
                black_box(seconds),
                black_box(unit),
                black_box(credits),
                black_box(count),
            )
        });
    });
    let request = QuoteRequest::new(operation)
        .with_length(length)
        .with_count(bare.count);
    group.bench_function("quote", |bencher| {
        bencher.iter(|| RateCard::on(black_box(day)).quote(black_box(&request)));
    });
    let texts = texts();
    let names = [operation.as_str(), Model::Standard.as_str(), "2026-11"];
    assert_eq!(
        strings(&texts, names, bare.millis, bare.count),
        Some(floor(bare))
    );
    group.bench_function("strings", |bencher| {
        bencher.iter(|| {
            let names = black_box(names);
            strings(
                black_box(&texts),
                names,
                black_box(bare.millis),
                black_box(bare.count),
            )
        });
    });
    group.finish();
}

fn main() {
    if instructions::is_asked_for() {
        return;
    }
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    price(&mut criterion);
    batch::measure(&mut criterion);
    criterion.final_summary();
    summary::print(GROUP, IDS[0], &IDS);
    summary::print_each(batch::GROUP, batch::IDS[0], &batch::IDS, batch::ROWS as f64);
}
