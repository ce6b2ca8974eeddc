//! A second opinion on every total, which shares neither code nor table with the crate.
//!
//! Prices and months are written down here once more, from the pages; amounts are fractions.

use creatify_core::{Day, Length, Model, Operation, Seconds};

/// An exact fraction of a credit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fraction(pub(crate) u128, pub(crate) u128);

/// What one reading charges: credits per so many milliseconds, or whatever the length.
#[derive(Clone, Copy)]
struct Price {
    credits: Fraction,
    per_millis: Option<u128>,
}

const fn per(seconds: u128, credits: u128) -> Price {
    Price {
        credits: Fraction(credits, 1),
        per_millis: Some(seconds * 1_000),
    }
}

/// A price whatever the length.
const fn flat(credits: u128) -> Price {
    Price {
        credits: Fraction(credits, 1),
        per_millis: None,
    }
}

/// The prices that hold for every model, or for none; several where pages contradict each other.
///
/// That of an inspiration is not among them: it stands in the service's catalogue.
fn headline(operation: Operation) -> Vec<Price> {
    let Some((resource, action)) = operation.as_str().split_once('.') else {
        return Vec::new();
    };
    match (resource, action) {
        ("aurora" | "inspiration", _) => Vec::new(),
        ("link" | "script", "create") => vec![flat(1)],
        ("banner", "generate") => vec![flat(2)],
        ("html-ad", "generate") => vec![flat(10)],
        ("product-video", "image") => vec![flat(1), flat(2)],
        ("text-to-speech", "generate") => vec![per(30, 1)],
        ("ads-clone", "generate") => vec![per(5, 12)],
        ("product-video", "video") => vec![per(30, 10), flat(3)],
        (_, "generate") => vec![per(30, 5)],
        (_, "preview" | "preview-list") => vec![per(30, 1)],
        (_, "render" | "render-single-preview") => vec![per(30, 4)],
        _ => Vec::new(),
    }
}

/// The prices of a model that may hold in a month, the newest last.
fn by_model(model: Model, year: u16, month: u8) -> Vec<Price> {
    let block = |credits| Price {
        credits: Fraction(credits, 1),
        per_millis: Some(15_000),
    };
    let (first, old, second) = match model {
        Model::AuroraV1 => ((2025, 9), block(20), Fraction(1, 1)),
        Model::AuroraV1Fast => ((2025, 10), block(10), Fraction(1, 2)),
        _ => return Vec::new(),
    };
    let new = Price {
        credits: second,
        per_millis: Some(1_000),
    };
    match (year, month) {
        when if when < first => Vec::new(),
        when if when < (2026, 5) => vec![old],
        (2026, 5) => vec![old, new],
        _ => vec![new],
    }
}

fn charge(price: Price, millis: u32, times: u128) -> Fraction {
    let millis = u128::from(millis);
    let units = match price.per_millis {
        _ if millis == 0 => 0,
        Some(unit) if millis % unit == 0 => millis / unit,
        Some(unit) => millis / unit + 1,
        None => 1,
    };
    Fraction(price.credits.0 * units * times, price.credits.1)
}

fn less(a: Fraction, b: Fraction) -> bool {
    a.0 * b.1 < b.0 * a.1
}

/// Every price that may hold, and those of them that the likely amount comes from.
fn prices(
    operation: Operation,
    model: Option<Model>,
    day: Day,
) -> Option<(Vec<Price>, Vec<Price>)> {
    let headline = headline(operation);
    let (year, month, _) = day.ymd();
    let (resource, action) = operation.as_str().split_once('.')?;
    let default = match resource {
        "aurora" => Some(Model::AuroraV1),
        _ => None,
    };
    Some(match model.or(default) {
        None | Some(Model::Standard) => (headline.clone(), headline),
        Some(model) => {
            let by_model = by_model(model, year, month);
            let newest = vec![*by_model.last()?];
            match action {
                "generate" => (by_model, newest),
                "preview" | "preview-list" => ([by_model, headline.clone()].concat(), headline),
                _ => ([by_model, headline].concat(), newest),
            }
        }
    })
}

/// What each price that may hold charges for a single video, in thousandths of a credit.
pub(crate) fn readings(
    operation: Operation,
    model: Option<Model>,
    day: Day,
    length: Seconds,
) -> Vec<u128> {
    let prices = prices(operation, model, day).unwrap_or_default().0;
    let amounts = prices
        .iter()
        .map(|price| charge(*price, length.millis(), 1));
    amounts
        .map(|Fraction(over, under)| over * 1_000 / under)
        .collect()
}

/// Least, likely and most, or `None` when there is no price. What goes by no length is asked for
/// with any but 0.
pub(crate) fn totals(
    operation: Operation,
    model: Option<Model>,
    day: Day,
    length: Length,
    count: u32,
    previews: u32,
) -> Option<[Fraction; 3]> {
    let (prices, likely) = prices(operation, model, day)?;
    let (short, long) = match length {
        Length::Known(length) => (length.millis(), length.millis()),
        Length::Between { min, max } => (min.millis(), max.millis()),
    };
    let (once, each) = (u128::from(count), u128::from(count) * u128::from(previews));
    let mut amounts = likely.iter().map(|price| charge(*price, long, each));
    let first = amounts.next()?;
    // Of contradicting prices the dearer one is likely.
    let likely = amounts.fold(first, |dearest, amount| {
        if less(dearest, amount) {
            amount
        } else {
            dearest
        }
    });
    let (mut least, mut most) = (likely, likely);
    for price in prices {
        for (millis, times) in [(short, once), (short, each), (long, once), (long, each)] {
            let amount = charge(price, millis, times);
            least = if less(amount, least) { amount } else { least };
            most = if less(most, amount) { amount } else { most };
        }
    }
    Some([least, likely, most])
}
