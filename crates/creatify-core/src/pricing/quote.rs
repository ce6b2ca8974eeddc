//! A price with its reasons: line items that add up, and every assumption behind the range.
//!
//! The amounts come from [`super::request`]; here they are explained. A quote is a forecast and
//! the bill is the truth: see [`super::settlement`].

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::card::{self, RateCard};
use super::request::Reading;
use super::{
    Amount, Assumption, AssumptionKind, Effective, Model, Operation, Plan, Prices, QuoteError,
    QuoteRequest, Rate, Totals, Unit, Usage, Usd,
};
use crate::calendar::Day;
use crate::credits::Credits;
use crate::length::{Length, Seconds};

/// The price of a request, with its reasons.
///
/// # Example
///
/// ```
/// use creatify_core::{Day, Operation, QuoteRequest, RateCard, Seconds};
///
/// let card = RateCard::on("2026-11-20".parse::<Day>()?);
/// let render = QuoteRequest::new(Operation::CustomTemplateRender)
///     .with_length(Seconds::from_whole(45)?);
/// let quote = card.quote(&render)?;
/// assert_eq!(quote.likely().to_string(), "8");
/// assert_eq!(quote.lines()[0].to_string(), "2 started units of 30 s at 4 credits");
/// assert_eq!(quote.assumptions()[0].id(), "started-unit");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    operation: Operation,
    model: Option<Model>,
    on: Day,
    usage: Usage,
    totals: Totals,
    usd: Option<Usd>,
    lines: Vec<LineItem>,
    assumptions: Vec<Assumption>,
}

impl Quote {
    /// Adds the range in US cents at the plan's average price.
    ///
    /// # Errors
    ///
    /// [`QuoteError::TooLarge`] when the cents do not fit.
    pub fn with_plan(mut self, plan: Plan) -> Result<Quote, QuoteError> {
        self.usd = Some(plan.usd(self.totals).ok_or(QuoteError::TooLarge)?);
        Ok(self)
    }

    /// What is priced.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// The model, the operation's default where the request named none; `None` where the
    /// operation has none.
    #[must_use]
    pub const fn model(&self) -> Option<Model> {
        self.model
    }

    /// The day the quote is made for.
    #[must_use]
    pub const fn on(&self) -> Day {
        self.on
    }

    /// The amounts that the price multiplies.
    #[must_use]
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// The range of credits; add several up with [`Totals::checked_sum`].
    #[must_use]
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// The least that any reading of the prices comes to.
    #[must_use]
    pub const fn min(&self) -> Credits {
        self.totals.min()
    }

    /// What the bill is expected to be; the lines add up to it.
    #[must_use]
    pub const fn likely(&self) -> Credits {
        self.totals.likely()
    }

    /// The most that any reading of the prices comes to; what a budget should reserve.
    #[must_use]
    pub const fn max(&self) -> Credits {
        self.totals.max()
    }

    /// The range in US cents, where a plan was named.
    #[must_use]
    pub const fn usd(&self) -> Option<Usd> {
        self.usd
    }

    /// The lines that add up to the likely amount.
    #[must_use]
    pub fn lines(&self) -> &[LineItem] {
        &self.lines
    }

    /// Everything the quote takes for granted.
    #[must_use]
    pub fn assumptions(&self) -> &[Assumption] {
        &self.assumptions
    }
}

impl RateCard {
    /// The price of the request on this card's day, with its reasons.
    ///
    /// # Errors
    ///
    /// As for [`RateCard::totals`].
    pub fn quote(&self, request: &QuoteRequest) -> Result<Quote, QuoteError> {
        Prices::quote(self, request)
    }
}

/// Puts the reasons to what was read.
pub(crate) fn explain(
    prices: &(impl Prices + ?Sized),
    request: &QuoteRequest,
    reading: &Reading<'_>,
) -> Result<Quote, QuoteError> {
    let day = prices.day();
    Ok(Quote {
        operation: request.operation(),
        model: request.model(),
        on: day,
        usage: reading.usage,
        totals: reading.totals()?,
        usd: None,
        lines: lines(reading, prices.source_text(reading.likely))?,
        assumptions: assumptions(request, reading, day)?,
    })
}

/// One part of the likely amount: so many units at one price.
///
/// Prints as `2 started units of 30 s at 4 credits`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineItem {
    rate: Rate,
    source_text: Option<String>,
    usage: Usage,
    /// The units of a single video or call.
    units_each: u32,
    units: u64,
    credits: Credits,
}

impl LineItem {
    /// The price that was taken; where the service's catalogue names it, with that amount.
    #[must_use]
    pub const fn rate(&self) -> &Rate {
        &self.rate
    }

    /// Where the price comes from in the caller's own words; `None` for a published price, whose
    /// pages are in [`Rate::source`].
    #[must_use]
    pub fn source_text(&self) -> Option<&str> {
        self.source_text.as_deref()
    }

    /// The number of units, over all previews and calls.
    #[must_use]
    pub const fn units(&self) -> u64 {
        self.units
    }

    /// The units times the price of one.
    #[must_use]
    pub const fn credits(&self) -> Credits {
        self.credits
    }
}

impl fmt::Display for LineItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let price = Amount(self.rate.credits_per_unit());
        let plural = |number: u64| if number == 1 { "" } else { "s" };
        let Unit::Time { seconds } = self.rate.unit() else {
            let unit = match self.rate.unit() {
                Unit::CatalogueCredit => "job",
                unit => unit.as_str(),
            };
            return write!(f, "{} {unit}{} at {price}", self.units, plural(self.units));
        };
        if self.usage.count > 1 {
            write!(f, "{} times ", self.usage.count)?;
        }
        if self.usage.previews > 1 {
            write!(f, "{} previews, each ", self.usage.previews)?;
        }
        let each = self.units_each;
        write!(
            f,
            "{each} started unit{} of {seconds} s at {price}",
            plural(u64::from(each))
        )
    }
}

/// The line of the likely reading.
fn lines(reading: &Reading<'_>, source_text: Option<&str>) -> Result<Vec<LineItem>, QuoteError> {
    let usage = reading.usage;
    let rate = match usage.catalogue_credits {
        None => *reading.likely,
        Some(catalogue) => reading
            .likely
            .at_catalogue(catalogue)
            .ok_or(QuoteError::TooLarge)?,
    };
    let units_each = match usage.length {
        Some(_) if reading.length.max() == Seconds::ZERO => 0,
        _ => rate.units(reading.length.max()),
    };
    let units = u64::from(units_each)
        .checked_mul(u64::from(usage.count))
        .and_then(|units| units.checked_mul(u64::from(usage.previews)))
        .ok_or(QuoteError::TooLarge)?;
    let credits = reading.cost(reading.likely)?;
    Ok(alloc::vec![LineItem {
        rate,
        source_text: source_text.map(String::from),
        usage,
        units_each,
        units,
        credits
    }])
}

/// Every doubt behind the range, in a fixed order.
///
/// The range noted with each is the one it spans alone, all else being as likely.
fn assumptions(
    request: &QuoteRequest,
    reading: &Reading<'_>,
    day: Day,
) -> Result<Vec<Assumption>, QuoteError> {
    let mut found = Vec::new();
    for rows in [reading.by_model, reading.headline] {
        if let Some(newest) = rows.last().filter(|newest| !newest.is_certain_on(day)) {
            let kind = AssumptionKind::EffectiveDayUnknown {
                effective: newest.effective(),
                is_first: rows.first().is_some_and(|first| first.is_beside(newest)),
            };
            push(&mut found, spanning(Assumption::new(kind), reading, rows)?);
        }
    }
    for rate in reading.by_model.iter().chain(reading.headline) {
        let source = rate.source();
        if let Some(evidence_from) = source.evidence_from() {
            if rate.effective() == Effective::Unprinted && day < evidence_from.first_day() {
                let kind = AssumptionKind::BeforeRecords { evidence_from };
                push(&mut found, Assumption::new(kind));
            }
        }
    }
    let rates = reading.by_model.iter().chain(reading.headline);
    // An agreement holds until it is ended, however long ago it was looked at.
    let published = rates.filter(|rate| !rate.is_agreed());
    if let Some(read_on) = published.map(|rate| rate.source().read_on()).min() {
        if day > read_on {
            push(
                &mut found,
                Assumption::new(AssumptionKind::AfterRecords { read_on }),
            );
        }
    }
    if let (Some(by_model), Some(headline)) = (reading.by_model.last(), reading.headline.last()) {
        let (one, other) = (reading.cost(by_model)?, reading.cost(headline)?);
        let assumption = Assumption::new(AssumptionKind::AuroraPhasePriceUndocumented);
        push(
            &mut found,
            assumption.spanning(one.min(other), one.max(other)),
        );
    }
    if reading.usage.previews > 1 {
        let once = reading.cost_with(reading.likely, reading.length.max(), 1)?;
        let each = reading.cost(reading.likely)?;
        let assumption = Assumption::new(AssumptionKind::PreviewListCountContradicted);
        push(&mut found, assumption.spanning(once, each));
    }
    if let Some(seconds) = reading.likely.rounds_by_observation() {
        push(
            &mut found,
            Assumption::new(AssumptionKind::StartedUnit { seconds }),
        );
    }
    for rows in [reading.by_model, reading.headline] {
        let newest = card::newest(rows);
        if newest.len() > 1 {
            let assumption = Assumption::new(AssumptionKind::PriceContradicted);
            push(&mut found, spanning(assumption, reading, newest)?);
        }
    }
    if reading.usage.catalogue_credits.is_some() {
        push(&mut found, Assumption::new(AssumptionKind::CatalogueCost));
    }
    if let Length::Between { min, max } = reading.length {
        let shortest = reading.cost_with(reading.likely, min, reading.usage.previews)?;
        let longest = reading.cost(reading.likely)?;
        let kind = match request.script() {
            Some(script) => AssumptionKind::LengthFromScript { script },
            None => AssumptionKind::LengthRange { min, max },
        };
        push(
            &mut found,
            Assumption::new(kind).spanning(shortest, longest),
        );
    }
    Ok(found)
}

/// Notes the least and the most that these rows come to.
fn spanning(
    assumption: Assumption,
    reading: &Reading<'_>,
    rows: &[Rate],
) -> Result<Assumption, QuoteError> {
    let (mut min, mut max) = (Credits::MAX, Credits::ZERO);
    for rate in rows {
        let cost = reading.cost(rate)?;
        (min, max) = (min.min(cost), max.max(cost));
    }
    Ok(assumption.spanning(min, max))
}

fn push(found: &mut Vec<Assumption>, assumption: Assumption) {
    if !found.contains(&assumption) {
        found.push(assumption);
    }
}
