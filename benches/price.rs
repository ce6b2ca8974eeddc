//! How much a quote's total costs beyond the arithmetic nobody can leave out.
//!
//! `floor` is one division and two multiplications, bare; `core` is the same through
//! [`Rate::total`]; `core_lookup` finds the rate by operation, model and day first; `decimal` is
//! the arithmetic in `rust_decimal`. All inputs are runtime values. Nothing here asserts a time.

use std::hint::black_box;
use std::time::Duration;

use creatify_core::pricing::Rate;
use creatify_core::{Credits, Day, Model, Operation, RateCard, Seconds};
use criterion::Criterion;
use rust_decimal::Decimal;

mod summary;

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

    let mut group = criterion.benchmark_group("price");
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
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    price(&mut criterion);
    criterion.final_summary();
    summary::print(
        "price",
        "floor",
        &["floor", "core", "core_lookup", "decimal"],
    );
}
