//! A second opinion on every total, which shares neither code nor table with the crate.
//!
//! Prices and months are written down here once more, from the pages; amounts are fractions.

use creatify_core::{Day, Length, Model, Operation};

/// An exact fraction of a credit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fraction(pub(crate) u128, pub(crate) u128);

/// What one reading charges: a numerator and a denominator of credits, per so many milliseconds.
#[derive(Clone, Copy)]
struct Price {
    credits: Fraction,
    per_millis: u128,
}

const STANDARD_BLOCK: u128 = 30_000;

fn headline(operation: Operation) -> Option<Price> {
    let (_, action) = operation.as_str().split_once('.')?;
    let credits = match action {
        "generate" => 5,
        "preview" | "preview-list" => 1,
        "render" | "render-single-preview" => 4,
        _ => return None,
    };
    Some(Price {
        credits: Fraction(credits, 1),
        per_millis: STANDARD_BLOCK,
    })
}

/// The prices of a model that may hold in a month, the newest last.
fn by_model(model: Model, year: u16, month: u8) -> Vec<Price> {
    let block = |credits| Price {
        credits: Fraction(credits, 1),
        per_millis: 15_000,
    };
    let (first, old, second) = match model {
        Model::AuroraV1 => ((2025, 9), block(20), Fraction(1, 1)),
        Model::AuroraV1Fast => ((2025, 10), block(10), Fraction(1, 2)),
        _ => return Vec::new(),
    };
    let new = Price {
        credits: second,
        per_millis: 1_000,
    };
    match (year, month) {
        when if when < first => Vec::new(),
        when if when < (2026, 5) => vec![old],
        (2026, 5) => vec![old, new],
        _ => vec![new],
    }
}

fn charge(price: Price, millis: u32, times: u128) -> Fraction {
    let mut units = u128::from(millis) / price.per_millis;
    if units * price.per_millis < u128::from(millis) {
        units += 1;
    }
    Fraction(price.credits.0 * units * times, price.credits.1)
}

fn less(a: Fraction, b: Fraction) -> bool {
    a.0 * b.1 < b.0 * a.1
}

/// Least, likely and most, or `None` when there is no price.
pub(crate) fn totals(
    operation: Operation,
    model: Model,
    day: Day,
    length: Length,
    count: u32,
    previews: u32,
) -> Option<[Fraction; 3]> {
    let headline = headline(operation)?;
    let (year, month, _) = day.ymd();
    let action = operation.as_str().split_once('.')?.1;
    let (mut prices, likely) = if model == Model::Standard {
        (vec![headline], headline)
    } else {
        let by_model = by_model(model, year, month);
        let newest = *by_model.last()?;
        match action {
            "generate" => (by_model, newest),
            "preview" | "preview-list" => ([by_model, vec![headline]].concat(), headline),
            _ => ([by_model, vec![headline]].concat(), newest),
        }
    };
    let (short, long) = match length {
        Length::Known(length) => (length.millis(), length.millis()),
        Length::Between { min, max } => (min.millis(), max.millis()),
    };
    let (once, each) = (u128::from(count), u128::from(count) * u128::from(previews));
    let mut least = charge(likely, long, each);
    let mut most = least;
    prices.push(likely);
    for price in prices {
        for (millis, times) in [(short, once), (short, each), (long, once), (long, each)] {
            let amount = charge(price, millis, times);
            least = if less(amount, least) { amount } else { least };
            most = if less(most, amount) { amount } else { most };
        }
    }
    Some([least, charge(likely, long, each), most])
}
