//! What every table of prices can be asked, whoever it comes from: the one rule for all of them.
//!
//! A table says which rows it has and for which day; everything else follows from those here.
//! The built-in table is [`RateCard`]; a caller's own is a `RateBook`, which a `LayeredCard` reads.

#[cfg(feature = "alloc")]
use super::Quote;
use super::request::Reading;
use super::{Model, Operation, QuoteError, QuoteRequest, Rate, RateCard, Totals, card};
use crate::calendar::Day;
use crate::credits::Credits;
use crate::length::Seconds;

/// A table of prices as of one day.
///
/// Workloads, plans of work and the inverse take any of them.
///
/// # Example
///
/// ```
/// use creatify_core::pricing::Prices;
/// use creatify_core::{Operation, QuoteRequest, RateCard};
///
/// fn ask(prices: &impl Prices) -> Result<String, creatify_core::pricing::QuoteError> {
///     let links = QuoteRequest::new(Operation::LinkCreate).with_count(3);
///     Ok(prices.totals(&links)?.to_string())
/// }
/// assert_eq!(ask(&RateCard::latest())?, "3 credits");
/// # Ok::<(), creatify_core::pricing::QuoteError>(())
/// ```
pub trait Prices {
    /// Every price of an operation and model, oldest first; none where there never was one.
    fn history(&self, operation: Operation, model: Option<Model>) -> &[Rate];

    /// The day that the prices are for.
    fn day(&self) -> Day;

    /// The prices of an operation and model that hold, or may hold, on the day, the newest last;
    /// none where nothing is offered.
    fn in_force(&self, operation: Operation, model: Option<Model>) -> &[Rate] {
        card::in_force(self.history(operation, model), self.day())
    }

    /// The newest price in force, without the doubts that a quote names; `None` when there is
    /// none on that day.
    fn rate(&self, operation: Operation, model: Option<Model>) -> Option<&Rate> {
        self.in_force(operation, model).last()
    }

    /// Where a caller's own price comes from, in the caller's words; `None` for a published one,
    /// which has [`Source::pages`](super::Source::pages).
    fn source_text(&self, rate: &Rate) -> Option<&str> {
        let _ = rate;
        None
    }

    /// The day by which every price in force had been read; `None` when none is in force.
    fn checked_on(&self) -> Option<Day> {
        Operation::ALL
            .iter()
            .flat_map(|&operation| {
                card::slots().flat_map(move |model| self.in_force(operation, model))
            })
            .map(|rate| rate.source().read_on())
            .min()
    }

    /// The range of credits the request comes to.
    ///
    /// # Errors
    ///
    /// When the operation has no price with that model on that day, when the length, the number
    /// of previews, the catalogue's cost or the count is missing, superfluous or 0, or when the
    /// credits do not fit.
    fn totals(&self, request: &QuoteRequest) -> Result<Totals, QuoteError> {
        Reading::of(self, request)?.totals()
    }

    /// The price of the request, with its reasons.
    ///
    /// # Errors
    ///
    /// As for [`Prices::totals`].
    #[cfg(feature = "alloc")]
    fn quote(&self, request: &QuoteRequest) -> Result<Quote, QuoteError> {
        super::quote::explain(self, request, &Reading::of(self, request)?)
    }

    /// The longest length whose [`Totals::max`] stays within `credits`, to the millisecond.
    ///
    /// The request's own length is ignored. At most [`Seconds::MAX`]; 0 when not even the first
    /// started unit fits.
    ///
    /// # Errors
    ///
    /// As for [`Prices::totals`]; also when the operation is not charged by length.
    fn max_seconds_within(
        &self,
        request: &QuoteRequest,
        credits: Credits,
    ) -> Result<Seconds, QuoteError> {
        let fits = |millis: u32| {
            let length = Seconds::from_millis(u64::from(millis)).unwrap_or(Seconds::MAX);
            within(self.totals(&request.with_length(length)), credits)
        };
        // Zero seconds cost nothing.
        let longest = largest(fits, 0, Seconds::MAX.millis())?;
        Ok(Seconds::from_millis(u64::from(longest)).unwrap_or(Seconds::MAX))
    }

    /// The most calls whose [`Totals::max`] stays within `credits`; 0 when not even one fits.
    ///
    /// The request's own count is ignored.
    ///
    /// # Errors
    ///
    /// As for [`Prices::totals`].
    ///
    /// # Example
    ///
    /// ```
    /// use creatify_core::pricing::Prices;
    /// use creatify_core::{Credits, Operation, QuoteRequest, RateCard, Seconds};
    ///
    /// let videos = QuoteRequest::new(Operation::LinkToVideoGenerate)
    ///     .with_length(Seconds::from_whole(45)?);
    /// // 500 / (ceil(45 / 30) x 5)
    /// let most = RateCard::latest().max_count_within(&videos, "500".parse::<Credits>()?)?;
    /// assert_eq!(most, 50);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn max_count_within(
        &self,
        request: &QuoteRequest,
        credits: Credits,
    ) -> Result<u32, QuoteError> {
        let fits = |count: u32| within(self.totals(&request.with_count(count)), credits);
        if !fits(1)? {
            return Ok(0);
        }
        largest(fits, 1, u32::MAX)
    }
}

/// Whether the dearest reading stays within the amount; one that does not fit at all does not.
fn within(totals: Result<Totals, QuoteError>, credits: Credits) -> Result<bool, QuoteError> {
    match totals {
        Ok(totals) => Ok(totals.max() <= credits),
        Err(QuoteError::TooLarge) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The largest number up to `limit` that fits, where `fitting` does and no larger one after the
/// first that does not: the maximum grows with every amount, so that halving finds the border.
fn largest(
    fits: impl Fn(u32) -> Result<bool, QuoteError>,
    mut fitting: u32,
    mut limit: u32,
) -> Result<u32, QuoteError> {
    fits(fitting)?;
    if fits(limit)? {
        return Ok(limit);
    }
    while limit.saturating_sub(fitting) > 1 {
        let middle = fitting.midpoint(limit);
        if fits(middle)? {
            fitting = middle;
        } else {
            limit = middle;
        }
    }
    Ok(fitting)
}

impl Prices for RateCard {
    #[inline]
    fn history(&self, operation: Operation, model: Option<Model>) -> &[Rate] {
        card::rows(operation, model)
    }

    #[inline]
    fn day(&self) -> Day {
        RateCard::day(self)
    }

    #[inline]
    fn rate(&self, operation: Operation, model: Option<Model>) -> Option<&Rate> {
        RateCard::rate(self, operation, model)
    }
}
