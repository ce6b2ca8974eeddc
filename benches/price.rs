//! How much a quote's total costs beyond the arithmetic nobody can leave out.
//!
//! `floor` is one division and two multiplications, bare; `core` is the same through
//! [`Rate::total`]; `core_lookup` finds the rate by operation, model and day first; `quote` has
//! line items and assumptions; `decimal` is the arithmetic in `rust_decimal`, and `strings` the
//! lookup in maps of text, which is how price books of language models are asked.
//!
//! The group `batch` prices a million rows in columns: `batch_floor` reads the same columns with
//! one multiplication a row, `batch` mixes every operation and model whose price is certain, and
//! `batch_doubtful` every one there is, of which a third has two readings. `one_by_one` is a
//! request for each row. All inputs are runtime values. Nothing here asserts a time.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;

use creatify_core::pricing::{Batch, BatchKey, Columns, Rate};
use creatify_core::{Credits, Day, Model, Operation, QuoteRequest, RateCard, Seconds, Totals};
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

const ROWS: usize = 1_000_000;

/// A million rows in columns, drawn from the pairs of an operation and a model that are given.
struct Rows {
    keys: Vec<BatchKey>,
    lengths: Vec<Seconds>,
    counts: Vec<u32>,
    requests: Vec<QuoteRequest>,
}

/// Rows of every operation and model, or only of those with one price.
fn rows(card: &RateCard, batch: &Batch<'_, RateCard>, with_doubts: bool) -> Rows {
    let mut kinds: Vec<(BatchKey, QuoteRequest)> = Vec::new();
    for &operation in Operation::ALL {
        let models = operation.models().map(Some);
        let none = operation.default_model().is_none().then_some(None);
        for model in models.chain(none) {
            let mut request = QuoteRequest::new(operation);
            if let Some(model) = model {
                request = request.with_model(model);
            }
            let timed = request.with_length(Seconds::MAX);
            let probe = if operation.takes_length() {
                timed
            } else {
                request
            };
            let is_certain = card.totals(&probe).is_ok_and(|t| t.min() == t.max());
            if let (Ok(key), true) = (batch.key(operation, model), with_doubts || is_certain) {
                kinds.push((key, request));
            }
        }
    }
    let mut rows = Rows {
        keys: Vec::new(),
        lengths: Vec::new(),
        counts: Vec::new(),
        requests: Vec::new(),
    };
    // A linear congruence is random enough to keep a branch from being foretold.
    let mut state = 1_u64;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    for _ in 0..ROWS {
        let (key, mut request) = kinds[draw(kinds.len() as u64) as usize];
        let count = 1 + draw(20) as u32;
        let mut length = Seconds::ZERO;
        if request.operation().takes_length() {
            length = Seconds::from_millis(draw(180_000)).unwrap_or(Seconds::ZERO);
            request = request.with_length(length);
        }
        rows.keys.push(key);
        rows.lengths.push(length);
        rows.counts.push(count);
        rows.requests.push(request.with_count(count));
    }
    rows
}

fn one_by_one(card: &RateCard, requests: &[QuoteRequest]) -> Option<Totals> {
    Totals::checked_sum(
        requests
            .iter()
            .filter_map(|request| card.totals(request).ok()),
    )
}

fn batch(criterion: &mut Criterion, ids: &[&str]) {
    let card = RateCard::latest();
    let batch = Batch::new(&card);
    let [certain, doubtful] = [false, true].map(|with_doubts| rows(&card, &batch, with_doubts));
    // The ways are compared only because they agree.
    for rows in [&certain, &doubtful] {
        let totals = batch.totals(&columns(rows)).ok();
        assert_eq!(totals, one_by_one(&card, &rows.requests));
    }
    let mut group = criterion.benchmark_group("batch");
    group.bench_function(ids[0], |bencher| {
        let numbers: Vec<u8> = (0..ROWS).map(|row| row as u8).collect();
        bencher.iter(|| {
            let (keys, rows) = (black_box(&numbers), black_box(&certain));
            let columns = keys.iter().zip(&rows.lengths).zip(&rows.counts);
            columns.fold(0_u64, |sum, ((key, length), count)| {
                let product = u64::from(length.millis()).wrapping_mul(u64::from(*count));
                sum.wrapping_add(product).wrapping_add(u64::from(*key))
            })
        });
    });
    for (id, rows) in [(ids[1], &certain), (ids[2], &doubtful)] {
        group.bench_function(id, |bencher| {
            bencher.iter(|| black_box(&batch).totals(&columns(black_box(rows))));
        });
    }
    group.bench_function(ids[3], |bencher| {
        bencher.iter(|| one_by_one(black_box(&card), black_box(&certain.requests)));
    });
    group.finish();
}

fn columns(rows: &Rows) -> Columns<'_> {
    Columns {
        keys: &rows.keys,
        lengths: &rows.lengths,
        counts: &rows.counts,
    }
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
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let ids = ["batch_floor", "batch", "batch_doubtful", "one_by_one"];
    price(&mut criterion);
    batch(&mut criterion, &ids);
    criterion.final_summary();
    summary::print(
        "price",
        "floor",
        &[
            "floor",
            "core",
            "core_lookup",
            "quote",
            "decimal",
            "strings",
        ],
    );
    summary::print_each("batch", ids[0], &ids, ROWS as f64);
}
