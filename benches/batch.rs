//! A million rows in columns, gone through in several ways that can be compared.
//!
//! `batch_floor` reads the columns and multiplies once a row, `batch_bound` does the three
//! multiplications that a row cannot do without, `batch` prices rows of every operation and
//! model whose price is certain, `batch_doubtful` rows of every one there is, of which a third
//! has two readings, and `one_by_one` makes a request of each row.

use std::hint::black_box;

use creatify_core::pricing::{Batch, BatchKey, Columns};
use creatify_core::{Length, QuoteRequest, RateCard, Seconds, Totals};
use criterion::Criterion;

use crate::rows::Rows;

/// The group's name.
pub(crate) const GROUP: &str = "batch";
/// The ways, the first of which the others are compared with.
pub(crate) const IDS: [&str; 5] = [
    "batch_floor",
    "batch_bound",
    "batch",
    "batch_doubtful",
    "one_by_one",
];
/// How many rows there are.
pub(crate) const ROWS: usize = 1_000_000;

/// Measures every way.
pub(crate) fn measure(criterion: &mut Criterion) {
    let card = RateCard::latest();
    let batch = Batch::new(&card);
    let ways = Ways::new(&card, &batch, ROWS);
    // The ways are compared only because they agree.
    for table in [&ways.certain, &ways.doubtful] {
        let totals = batch.totals(&table.columns()).ok();
        assert_eq!(totals, one_by_one(&card, &table.requests));
    }
    let mut group = criterion.benchmark_group(GROUP);
    for id in IDS {
        group.bench_function(id, |bencher| bencher.iter(|| ways.go(id)));
    }
    group.finish();
}

/// Goes through so many rows in one way, so many times; measures nothing itself.
pub(crate) fn repeat(id: &str, rows: usize, times: u32) {
    let card = RateCard::latest();
    let batch = Batch::new(&card);
    let ways = Ways::new(&card, &batch, rows);
    for _ in 0..times {
        black_box(ways.go(id));
    }
}

/// What the ways need.
struct Ways<'a> {
    card: &'a RateCard,
    batch: &'a Batch<'a, RateCard>,
    certain: Table,
    doubtful: Table,
    /// A byte for each row, for those who know no key.
    bytes: Vec<u8>,
}

impl<'a> Ways<'a> {
    fn new(card: &'a RateCard, batch: &'a Batch<'a, RateCard>, rows: usize) -> Ways<'a> {
        Ways {
            card,
            batch,
            certain: Table::new(batch, rows, |kind| is_certain(card, kind)),
            doubtful: Table::new(batch, rows, |_| true),
            bytes: (0..rows).map(|row| row as u8).collect(),
        }
    }

    /// Goes through all rows in the way of that name.
    fn go(&self, id: &str) -> Option<Totals> {
        let columns = |table: &Table| self.batch.totals(&black_box(table).columns()).ok();
        match id {
            "batch_floor" => {
                black_box(floor(black_box(&self.bytes), black_box(&self.certain)));
                None
            }
            "batch_bound" => {
                black_box(bound(black_box(&self.bytes), black_box(&self.certain)));
                None
            }
            "batch" => columns(&self.certain),
            "batch_doubtful" => columns(&self.doubtful),
            _ => one_by_one(black_box(self.card), black_box(&self.certain.requests)),
        }
    }
}

/// The same memory traffic with one multiplication a row.
#[inline(never)]
fn floor(bytes: &[u8], table: &Table) -> u64 {
    let columns = bytes.iter().zip(&table.lengths).zip(&table.counts);
    columns.fold(0_u64, |sum, ((byte, length), count)| {
        let product = u64::from(length.millis()).wrapping_mul(u64::from(*count));
        sum.wrapping_add(product).wrapping_add(u64::from(*byte))
    })
}

/// The same memory traffic with the three multiplications of a price: by the reciprocal of a
/// unit, by the price of one, and by the count; with one price for all rows, and nothing checked.
#[inline(never)]
fn bound(bytes: &[u8], table: &Table) -> u64 {
    let (scale, added, millicredits) = black_box((u64::MAX / 30_000 + 1, 29_999_u64, 5_000_u64));
    let columns = bytes.iter().zip(&table.lengths).zip(&table.counts);
    columns.fold(0_u64, |sum, ((byte, length), count)| {
        let length = u64::from(length.millis()).wrapping_add(added);
        let units = (u128::from(length).wrapping_mul(u128::from(scale)) >> 64) as u64;
        let cost = units
            .wrapping_mul(millicredits)
            .wrapping_mul(u64::from(*count));
        sum.wrapping_add(cost).wrapping_add(u64::from(*byte))
    })
}

/// Whether every reading of the prices comes to the same, at the longest length there is.
fn is_certain(card: &RateCard, kind: &QuoteRequest) -> bool {
    let probe = if kind.operation().takes_length() {
        kind.with_length(Seconds::MAX)
    } else {
        *kind
    };
    card.totals(&probe).is_ok_and(|t| t.min() == t.max())
}

fn one_by_one(card: &RateCard, requests: &[QuoteRequest]) -> Option<Totals> {
    Totals::checked_sum(
        requests
            .iter()
            .filter_map(|request| card.totals(request).ok()),
    )
}

/// Rows as columns and as requests.
struct Table {
    keys: Vec<BatchKey>,
    lengths: Vec<Seconds>,
    counts: Vec<u32>,
    requests: Vec<QuoteRequest>,
}

impl Table {
    /// Rows of the operations and models that have a key and are wanted.
    fn new(
        batch: &Batch<'_, RateCard>,
        rows: usize,
        is_wanted: impl Fn(&QuoteRequest) -> bool,
    ) -> Table {
        let key = |request: &QuoteRequest| batch.key(request.operation(), request.model()).ok();
        let drawn = Rows::of(|kind| key(kind).is_some() && is_wanted(kind));
        let requests: Vec<QuoteRequest> = drawn.take(rows).collect();
        let usage = || requests.iter().map(QuoteRequest::usage);
        Table {
            keys: requests.iter().filter_map(key).collect(),
            lengths: usage()
                .map(|usage| usage.length.map_or(Seconds::ZERO, Length::max))
                .collect(),
            counts: usage().map(|usage| usage.count).collect(),
            requests,
        }
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            keys: &self.keys,
            lengths: &self.lengths,
            counts: &self.counts,
        }
    }
}
