//! Quotes, settlements and prices as JSON, in the published shape.
//!
//! The shape stands in the private structs below, so that it does not change when the types of
//! the calculation do. Names are written as text; credits as exact numbers.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    Assumption, Effective, Grade, LineItem, Model, Operation, Phase, Plan, PriceDrift, Quote, Rate,
    Settlement, Totals, Usage, Usd,
};
use crate::calendar::Day;
use crate::credits::Credits;
use crate::length::{Length, Seconds};
use crate::text::{write_as_name, write_as_text};

write_as_text!(Operation, Model, Plan);
write_as_name!(Grade, Phase);

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "Quote"))]
struct QuoteShape {
    /// What is priced, `<resource>.<phase>`.
    operation: Operation,
    /// The model; null where the operation has none.
    model: Option<Model>,
    /// The day the quote is made for.
    on: Day,
    usage: UsageShape,
    credits: Totals,
    /// The range in dollars, where a plan was named.
    usd: Option<UsdShape>,
    /// The parts of the likely amount.
    lines: Vec<LineShape>,
    assumptions: Vec<AssumptionShape>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "Usage"))]
struct UsageShape {
    /// The length of each video, the longest it can be; null where the price has no length.
    seconds: Option<Seconds>,
    /// The shortest the video can be, only where its length is known as a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_min: Option<Seconds>,
    count: u32,
    previews: u32,
    /// What the service's catalogue lists for one call; only where the price depends on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    catalogue_credits: Option<Credits>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "Usd"))]
struct UsdShape {
    plan: Plan,
    cents: CentsShape,
    /// `plan-average`: the monthly price over the monthly credits.
    basis: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "Cents"))]
struct CentsShape {
    min: u64,
    likely: u64,
    max: u64,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "LineItem"))]
struct LineShape {
    text: String,
    units: u64,
    credits_per_unit: Credits,
    /// The length of a unit; null for calls, images and the like.
    unit_seconds: Option<u32>,
    credits: Credits,
    /// The month (or the day, or the earliest day) from which the price holds; null where none
    /// is printed.
    effective_from: Option<String>,
    grade: Grade,
    /// The page that prints the price, or the caller's own words for where it comes from.
    source: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "Assumption"))]
struct AssumptionShape {
    id: &'static str,
    text: String,
    /// The range that this doubt alone spans, where it widens the quote.
    #[serde(skip_serializing_if = "Option::is_none")]
    credits: Option<SpanShape>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "Span"))]
struct SpanShape {
    min: Credits,
    max: Credits,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "Totals"))]
struct TotalsShape {
    min: Credits,
    likely: Credits,
    max: Credits,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "PriceDrift"))]
struct PriceDriftShape {
    operation: Operation,
    model: Option<Model>,
    usage: UsageShape,
    quote: Totals,
    bill: Credits,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(rename = "Settlement"))]
struct SettlementShape {
    /// Whether the bill lies within the quote.
    matched: bool,
    /// What the call is taken to have cost.
    charged: Credits,
    drift: Option<PriceDriftShape>,
    assumptions: Vec<AssumptionShape>,
}

impl From<&Quote> for QuoteShape {
    fn from(quote: &Quote) -> QuoteShape {
        QuoteShape {
            operation: quote.operation(),
            model: quote.model(),
            on: quote.on(),
            usage: UsageShape::from(&quote.usage()),
            credits: quote.totals(),
            usd: quote.usd().as_ref().map(UsdShape::from),
            lines: quote.lines().iter().map(LineShape::from).collect(),
            assumptions: quote
                .assumptions()
                .iter()
                .map(AssumptionShape::from)
                .collect(),
        }
    }
}

impl From<&Usage> for UsageShape {
    fn from(usage: &Usage) -> UsageShape {
        UsageShape {
            seconds: usage.length.map(Length::max),
            seconds_min: match usage.length {
                Some(Length::Between { min, .. }) => Some(min),
                _ => None,
            },
            count: usage.count,
            previews: usage.previews,
            catalogue_credits: usage.catalogue_credits,
        }
    }
}

impl From<&Usd> for UsdShape {
    fn from(usd: &Usd) -> UsdShape {
        UsdShape {
            plan: usd.plan,
            cents: CentsShape {
                min: usd.min_cents,
                likely: usd.likely_cents,
                max: usd.max_cents,
            },
            basis: "plan-average",
        }
    }
}

impl From<&LineItem> for LineShape {
    fn from(line: &LineItem) -> LineShape {
        let rate = line.rate();
        LineShape {
            text: line.to_string(),
            units: line.units(),
            credits_per_unit: rate.credits_per_unit(),
            unit_seconds: rate.unit().seconds(),
            credits: line.credits(),
            effective_from: effective_from(rate),
            grade: rate.source().grade(),
            source: line
                .source_text()
                .or_else(|| rate.source().page().map(|page| page.url))
                .map(String::from),
        }
    }
}

impl From<&Assumption> for AssumptionShape {
    fn from(assumption: &Assumption) -> AssumptionShape {
        AssumptionShape {
            id: assumption.id(),
            text: assumption.to_string(),
            credits: assumption.range().map(|(min, max)| SpanShape { min, max }),
        }
    }
}

impl From<&Totals> for TotalsShape {
    fn from(totals: &Totals) -> TotalsShape {
        TotalsShape {
            min: totals.min(),
            likely: totals.likely(),
            max: totals.max(),
        }
    }
}

impl From<&PriceDrift> for PriceDriftShape {
    fn from(drift: &PriceDrift) -> PriceDriftShape {
        PriceDriftShape {
            operation: drift.operation,
            model: drift.model,
            usage: UsageShape::from(&drift.usage),
            quote: drift.quote,
            bill: drift.bill,
        }
    }
}

impl From<&Settlement> for SettlementShape {
    fn from(settlement: &Settlement) -> SettlementShape {
        SettlementShape {
            matched: settlement.is_matched(),
            charged: settlement.charged(),
            drift: settlement.drift().map(PriceDriftShape::from),
            assumptions: settlement
                .assumption()
                .map(AssumptionShape::from)
                .into_iter()
                .collect(),
        }
    }
}

/// The first month, or the first possible day, as text.
fn effective_from(rate: &Rate) -> Option<String> {
    match rate.effective() {
        Effective::Unprinted => None,
        Effective::Month(month) => Some(month.to_string()),
        Effective::Day(day) => Some(day.to_string()),
        Effective::Between { first, .. } => Some(first.to_string()),
    }
}

/// Writes each type in the shape of the struct named behind it.
macro_rules! write_as_shape {
    ($($type:ident as $shape:ident),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $shape::from(self).serialize(serializer)
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> alloc::borrow::Cow<'static, str> {
                <$shape as schemars::JsonSchema>::schema_name()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <$shape as schemars::JsonSchema>::json_schema(generator)
            }
        }
    )+};
}

write_as_shape!(
    Quote as QuoteShape,
    Usage as UsageShape,
    Usd as UsdShape,
    LineItem as LineShape,
    Assumption as AssumptionShape,
    Totals as TotalsShape,
    PriceDrift as PriceDriftShape,
    Settlement as SettlementShape
);
