//! What a quote takes for granted, each assumption with an id that never changes.
//!
//! The pages leave things open: a day, a rounding, which of two prices counts. A quote names
//! each of them; it never settles one silently.

use core::fmt;

use super::Effective;
use crate::calendar::{Day, Month};
use crate::credits::Credits;
use crate::length::Seconds;
use crate::script::ScriptLength;

/// Something a quote, a settlement or a month's plan takes for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumption {
    kind: AssumptionKind,
    range: Option<(Credits, Credits)>,
}

impl Assumption {
    pub(crate) fn new(kind: AssumptionKind) -> Assumption {
        Assumption { kind, range: None }
    }

    /// Adds the range that this doubt alone spans, unless both ends are the same.
    pub(crate) fn spanning(mut self, min: Credits, max: Credits) -> Assumption {
        self.range = (min != max).then_some((min, max));
        self
    }

    /// What is assumed, with what it is about.
    #[must_use]
    pub const fn kind(&self) -> AssumptionKind {
        self.kind
    }

    /// The lasting id, such as `started-unit`.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.kind.id()
    }

    /// The least and the most credits that this doubt alone leads to, where it widens the range.
    #[must_use]
    pub const fn range(&self) -> Option<(Credits, Credits)> {
        self.range
    }
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kind, f)
    }
}

/// What is assumed, with what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssumptionKind {
    /// A price changed, or was first offered, around the quote's day; the day is not printed.
    EffectiveDayUnknown {
        /// When the price came into force.
        effective: Effective,
        /// Whether nothing was offered before it.
        is_first: bool,
    },
    /// The quote's day lies before the oldest dated copy of the price.
    BeforeRecords {
        /// The month of that copy.
        evidence_from: Month,
    },
    /// The quote's day lies after the price was last read.
    AfterRecords {
        /// The day it was last read.
        read_on: Day,
    },
    /// Pages print a headline price and a price by model for a preview or a render, and nowhere
    /// say which of them counts.
    AuroraPhasePriceUndocumented,
    /// Pages charge a list of previews once, or for each preview.
    PreviewListCountContradicted,
    /// No page says that a started unit is charged in full; every bill seen fits it.
    StartedUnit {
        /// The length of the unit in seconds.
        seconds: u32,
    },
    /// Pages print different prices for the same thing.
    PriceContradicted,
    /// The length is known only as a range.
    LengthRange {
        /// The shortest it can be.
        min: Seconds,
        /// The longest it can be.
        max: Seconds,
    },
    /// The length is estimated from the text that is spoken.
    LengthFromScript {
        /// The estimate.
        script: ScriptLength,
    },
    /// The cost is the one that the service's catalogue lists for the thing asked for.
    CatalogueCost,
    /// Nothing says whether `credits_used` holds the last call on an id or the sum of all.
    CreditsUsedScopeUnknown,
    /// No price is published of credits above a plan's allowance.
    OveragePriceUnpublished,
    /// Nothing says whether credits that a month leaves over are kept for the next.
    MonthAlone,
    /// The credits of a month are used evenly over its days.
    EvenUse,
}

impl AssumptionKind {
    /// The lasting id, such as `started-unit`.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            AssumptionKind::EffectiveDayUnknown { .. } => "effective-day-unknown",
            AssumptionKind::BeforeRecords { .. } => "before-records",
            AssumptionKind::AfterRecords { .. } => "after-records",
            AssumptionKind::AuroraPhasePriceUndocumented => "aurora-phase-price-undocumented",
            AssumptionKind::PreviewListCountContradicted => "preview-list-count-contradicted",
            AssumptionKind::StartedUnit { .. } => "started-unit",
            AssumptionKind::PriceContradicted => "price-contradicted",
            AssumptionKind::LengthRange { .. } => "length-range",
            AssumptionKind::LengthFromScript { .. } => "length-from-script",
            AssumptionKind::CatalogueCost => "catalogue-cost",
            AssumptionKind::CreditsUsedScopeUnknown => "credits-used-scope-unknown",
            AssumptionKind::OveragePriceUnpublished => "overage-price-unpublished",
            AssumptionKind::MonthAlone => "month-alone",
            AssumptionKind::EvenUse => "even-use",
        }
    }
}

impl fmt::Display for AssumptionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AssumptionKind::EffectiveDayUnknown {
                effective,
                is_first: false,
            } => write!(
                f,
                "the price changed on an unknown day of {effective}; the range spans the old \
                 and the new one"
            ),
            AssumptionKind::EffectiveDayUnknown {
                effective,
                is_first: true,
            } => {
                write!(f, "first offered on an unknown day of {effective}")
            }
            AssumptionKind::BeforeRecords { evidence_from } => {
                write!(
                    f,
                    "the oldest dated copy of this price is from {evidence_from}"
                )
            }
            AssumptionKind::AfterRecords { read_on } => {
                write!(
                    f,
                    "the price was last read on {read_on}; it may have changed since"
                )
            }
            AssumptionKind::AuroraPhasePriceUndocumented => f.write_str(
                "the pages print a headline price and a price by model side by side, and do not \
                 say which one counts here",
            ),
            AssumptionKind::PreviewListCountContradicted => f.write_str(
                "one page charges each preview, another charges once for the whole list",
            ),
            AssumptionKind::StartedUnit { seconds } => {
                write!(
                    f,
                    "a started {seconds} s is charged in full; observed, not printed"
                )
            }
            AssumptionKind::PriceContradicted => {
                f.write_str("pages print different prices for this; the dearer one is likely")
            }
            AssumptionKind::LengthRange { min, max } => write!(
                f,
                "the length lies between {min} s and {max} s; the longer one is likely"
            ),
            AssumptionKind::LengthFromScript { script } => write!(
                f,
                "the script takes {script} to speak, by the usual rate of language {} at {} pace; \
                 the longer one is likely",
                script.language(),
                script.pace()
            ),
            AssumptionKind::CatalogueCost => {
                f.write_str("the cost is the catalogue's own, as it was given; bills seen equal it")
            }
            AssumptionKind::CreditsUsedScopeUnknown => f.write_str(
                "credits_used may hold this call alone or everything spent on the id; either \
                 is accepted",
            ),
            AssumptionKind::OveragePriceUnpublished => f.write_str(
                "no price is published of credits above a plan's own; ask the vendor for one",
            ),
            AssumptionKind::MonthAlone => f.write_str(
                "nothing is published on credits that a month leaves over; each month is counted \
                 alone",
            ),
            AssumptionKind::EvenUse => {
                f.write_str("the credits are used evenly over the days of the month")
            }
        }
    }
}
