//! Turns a request and a dated rate card into a range of credits, with the reasons.
//!
//! Prices live in the generated table, never in code. Nothing here knows today's date, talks to
//! the service or guesses: an unknown price is a [`QuoteError`], a doubtful one widens the range
//! and is named by an `Assumption`. The bill is the truth; a quote is a forecast.
//!
//! From the table to the bill:
//!
//! 1. [`Rate`]: one published price, credits per started unit, with its [`Source`].
//! 2. [`RateCard`]: all of them on one day. `RateBook` (with `alloc`): a caller's own over them.
//! 3. [`QuoteRequest`]: what is to be priced; [`Totals`]: the range it comes to.
//! 4. `Quote` (with `alloc`): the range with line items and assumptions.
//! 5. `Settlement`: the bill against the quote.
//!
//! On top of single requests: [`Workload`] adds many up, [`PreviewFirst`] compares two ways to the
//! same videos, `Mix` (with `alloc`) makes the most of a budget, and [`PlanMonth`] and [`EvenUse`]
//! hold a month against a plan.

use core::fmt;

use crate::credits::Credits;

mod allowance;
#[cfg(feature = "alloc")]
mod assumption;
mod batch;
#[cfg(feature = "alloc")]
mod book;
#[cfg(feature = "alloc")]
mod calibration;
mod card;
#[cfg(feature = "alloc")]
mod card_diff;
mod error;
mod generated;
#[cfg(feature = "serde")]
mod json;
#[cfg(feature = "alloc")]
mod mix;
mod operation;
#[cfg(feature = "alloc")]
mod own;
mod plan;
mod preview_first;
mod prices;
#[cfg(feature = "alloc")]
mod quote;
mod rate;
mod ratio;
mod request;
#[cfg(feature = "alloc")]
mod settlement;
#[cfg(all(test, feature = "alloc"))]
mod tests;
mod workload;

pub use self::allowance::{Cover, EvenUse, PlanMonth};
#[cfg(feature = "alloc")]
pub use self::assumption::{Assumption, AssumptionKind};
pub use self::batch::{Batch, BatchError, BatchKey, Columns};
#[cfg(feature = "alloc")]
pub use self::book::{LayeredCard, RateBook};
#[cfg(feature = "alloc")]
pub use self::calibration::{Calibration, CalibrationLine};
pub use self::card::RateCard;
#[cfg(feature = "alloc")]
pub use self::card_diff::{CardChange, CardDiff};
pub use self::error::QuoteError;
pub use self::generated::{Model, Operation, Plan};
#[cfg(feature = "alloc")]
pub use self::mix::{Mix, MixError, Wanted};
pub(crate) use self::operation::list;
pub use self::operation::{Phase, UnknownModel, UnknownOperation};
#[cfg(feature = "alloc")]
pub use self::own::{BookError, CardMode, OwnRate, OwnRateProblem, UnknownCardMode};
pub use self::plan::{UnknownPlan, Usd};
pub use self::preview_first::{
    Border, BreakEven, Cheaper, NotPreviewed, PreviewFirst, PreviewFirstCost,
};
pub use self::prices::Prices;
#[cfg(feature = "alloc")]
pub use self::quote::{LineItem, Quote};
pub(crate) use self::rate::Row;
pub use self::rate::{Effective, Grade, Page, Rate, Source, Unit};
pub use self::ratio::{Ratio, RatioError};
pub use self::request::{QuoteRequest, Totals, Usage};
#[cfg(feature = "alloc")]
pub use self::settlement::{PriceDrift, Settlement};
#[cfg(feature = "alloc")]
pub use self::workload::Reason;
pub use self::workload::{Part, RowError, Workload};

/// An amount with its noun: `1 credit`, `0.5 credits`.
struct Amount(Credits);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.millicredits() == 1_000 {
            ""
        } else {
            "s"
        };
        write!(f, "{} credit{plural}", self.0)
    }
}
