//! What is to be priced, and the range of credits it comes to.
//!
//! The range is worked out here, from every reading of the prices that the pages leave open.
//! The reasons behind it, in words, are added by [`super::quote`]; totals alone need no
//! allocator.

use super::card::{self, RateCard};
use super::{Model, Operation, Phase, Prices, QuoteError, Rate, Unit};
use crate::credits::Credits;
use crate::length::{Length, Seconds};
use crate::script::ScriptLength;

/// What is to be priced: an operation, a model, a length and how many.
///
/// # Example
///
/// ```
/// use creatify_core::{Operation, QuoteRequest, RateCard, Seconds};
///
/// let nine_previews = QuoteRequest::new(Operation::LinkToVideoPreviewList)
///     .with_length(Seconds::from_whole(30)?)
///     .with_previews(9);
/// let totals = RateCard::latest().totals(&nine_previews)?;
/// // Charged once for all of them, or for each: the pages contradict each other.
/// assert_eq!(totals.to_string(), "1 to 9 credits, likely 9");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QuoteRequest {
    operation: Operation,
    model: Option<Model>,
    length: Option<Length>,
    /// Where the length comes from, when it is an estimate.
    script: Option<ScriptLength>,
    count: u32,
    previews: Option<u32>,
    catalogue_credits: Option<Credits>,
}

impl QuoteRequest {
    /// A request for one call of the operation with its default model.
    #[must_use]
    pub const fn new(operation: Operation) -> QuoteRequest {
        QuoteRequest {
            operation,
            model: None,
            length: None,
            script: None,
            count: 1,
            previews: None,
            catalogue_credits: None,
        }
    }

    /// Names the model; without one, it is the operation's default.
    #[must_use]
    pub const fn with_model(mut self, model: Model) -> QuoteRequest {
        self.model = Some(model);
        self
    }

    /// Sets the length of each video; a [`Seconds`] or a [`Length`].
    #[must_use]
    pub fn with_length(mut self, length: impl Into<Length>) -> QuoteRequest {
        self.length = Some(length.into());
        self.script = None;
        self
    }

    /// Takes the length of each video from what is spoken in it, as long as nothing better is
    /// known; the quote then says so.
    #[must_use]
    pub const fn with_script(mut self, script: ScriptLength) -> QuoteRequest {
        self.length = Some(script.between());
        self.script = Some(script);
        self
    }

    /// Sets how many calls are made, 1 or more; 1 unless set.
    #[must_use]
    pub const fn with_count(mut self, count: u32) -> QuoteRequest {
        self.count = count;
        self
    }

    /// Sets how many previews each call makes, 1 or more; only where
    /// [`Operation::takes_previews`].
    #[must_use]
    pub const fn with_previews(mut self, previews: u32) -> QuoteRequest {
        self.previews = Some(previews);
        self
    }

    /// Sets what the service's catalogue lists as the cost of one call; only where
    /// [`Operation::takes_catalogue_credits`].
    #[must_use]
    pub const fn with_catalogue_credits(mut self, credits: Credits) -> QuoteRequest {
        self.catalogue_credits = Some(credits);
        self
    }

    /// What is to be priced.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// The model, or the operation's default where none was named.
    #[must_use]
    pub fn model(&self) -> Option<Model> {
        self.model.or_else(|| self.operation.default_model())
    }

    /// The estimate that the length comes from, when it is one.
    #[must_use]
    pub const fn script(&self) -> Option<ScriptLength> {
        self.script
    }

    /// The amounts that the price multiplies.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage {
            length: self.length,
            count: self.count,
            previews: self.previews.unwrap_or(1),
            catalogue_credits: self.catalogue_credits,
        }
    }
}

/// The amounts that a price multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Usage {
    /// The length of each video; `None` where the price does not depend on it.
    pub length: Option<Length>,
    /// The number of calls.
    pub count: u32,
    /// The number of previews in each call; 1 for anything but a list of previews.
    pub previews: u32,
    /// What the service's catalogue lists as the cost of one call; `None` where the operation
    /// has a price of its own.
    pub catalogue_credits: Option<Credits>,
}

/// A range of credits and the likely amount in it: `min <= likely <= max`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Totals {
    min: Credits,
    likely: Credits,
    max: Credits,
}

impl Totals {
    /// Nothing at all; what sums start from.
    pub const ZERO: Totals = Totals {
        min: Credits::ZERO,
        likely: Credits::ZERO,
        max: Credits::ZERO,
    };

    /// A range that was worked out before; `None` unless `min <= likely <= max`.
    #[must_use]
    pub fn new(min: Credits, likely: Credits, max: Credits) -> Option<Totals> {
        (min <= likely && likely <= max).then_some(Totals { min, likely, max })
    }

    /// A range whose ends are in order already.
    pub(crate) const fn of(min: Credits, likely: Credits, max: Credits) -> Totals {
        Totals { min, likely, max }
    }

    /// The least that any reading of the prices comes to.
    #[must_use]
    pub const fn min(&self) -> Credits {
        self.min
    }

    /// What the bill is expected to be.
    #[must_use]
    pub const fn likely(&self) -> Credits {
        self.likely
    }

    /// The most that any reading of the prices comes to; what a budget should reserve.
    #[must_use]
    pub const fn max(&self) -> Credits {
        self.max
    }

    /// Whether the amount lies in the range, both ends included.
    #[must_use]
    pub fn contains(&self, amount: Credits) -> bool {
        (self.min..=self.max).contains(&amount)
    }

    /// Both together, end by end; `None` when the sum does not fit.
    #[must_use]
    pub const fn checked_add(self, other: Totals) -> Option<Totals> {
        match (
            self.min.checked_add(other.min),
            self.likely.checked_add(other.likely),
            self.max.checked_add(other.max),
        ) {
            (Some(min), Some(likely), Some(max)) => Some(Totals { min, likely, max }),
            _ => None,
        }
    }

    /// The range so many times over, end by end; `None` when it does not fit.
    #[must_use]
    pub const fn checked_mul(self, times: u64) -> Option<Totals> {
        match (
            self.min.checked_mul(times),
            self.likely.checked_mul(times),
            self.max.checked_mul(times),
        ) {
            (Some(min), Some(likely), Some(max)) => Some(Totals { min, likely, max }),
            _ => None,
        }
    }

    /// Many together, end by end; `None` when the sum does not fit.
    #[must_use]
    pub fn checked_sum(parts: impl IntoIterator<Item = Totals>) -> Option<Totals> {
        parts
            .into_iter()
            .try_fold(Totals::ZERO, Totals::checked_add)
    }
}

impl From<Credits> for Totals {
    /// An amount without a doubt.
    fn from(credits: Credits) -> Totals {
        Totals::of(credits, credits, credits)
    }
}

impl core::fmt::Display for Totals {
    /// `8 credits`, or `1 to 9 credits, likely 9`.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if self.min == self.max {
            return write!(f, "{}", super::Amount(self.max));
        }
        write!(
            f,
            "{} to {}, likely {}",
            self.min,
            super::Amount(self.max),
            self.likely
        )
    }
}

impl RateCard {
    /// The range of credits the request comes to on this card's day.
    ///
    /// # Errors
    ///
    /// When the operation has no price with that model on that day, when the length, the number
    /// of previews or the count is missing, superfluous or 0, or when the credits do not fit.
    pub fn totals(&self, request: &QuoteRequest) -> Result<Totals, QuoteError> {
        Prices::totals(self, request)
    }

    /// The longest length whose [`Totals::max`] stays within `credits`, to the millisecond.
    ///
    /// The request's own length is ignored. At most [`Seconds::MAX`]; 0 when not even the first
    /// started unit fits.
    ///
    /// # Errors
    ///
    /// As for [`RateCard::totals`]; also when the operation is not charged by length.
    ///
    /// # Example
    ///
    /// ```
    /// use creatify_core::{Credits, Operation, QuoteRequest, RateCard};
    ///
    /// let card = RateCard::latest();
    /// let render = QuoteRequest::new(Operation::CustomTemplateRender);
    /// let longest = card.max_seconds_within(&render, "11.5".parse::<Credits>()?)?;
    /// assert_eq!(longest.to_string(), "60"); // two started units at 4 credits
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_seconds_within(
        &self,
        request: &QuoteRequest,
        credits: Credits,
    ) -> Result<Seconds, QuoteError> {
        Prices::max_seconds_within(self, request, credits)
    }
}

/// Every reading of the prices that a request leaves open.
pub(crate) struct Reading<'a> {
    pub(crate) usage: Usage,
    /// The shortest and the longest the video can be.
    pub(crate) length: Length,
    /// The rows in force for the model asked for, oldest first.
    pub(crate) by_model: &'a [Rate],
    /// The rows of the headline price, where pages print both and join them nowhere.
    pub(crate) headline: &'a [Rate],
    /// The row that the likely amount comes from.
    pub(crate) likely: &'a Rate,
}

impl<'a> Reading<'a> {
    /// Checks the request and finds its prices.
    pub(crate) fn of(
        prices: &'a (impl Prices + ?Sized),
        request: &QuoteRequest,
    ) -> Result<Reading<'a>, QuoteError> {
        let operation = request.operation;
        let model = request.model();
        let by_model = prices.in_force(operation, model);
        let not_offered = || QuoteError::NotOffered {
            operation,
            model,
            on: prices.day(),
            first: prices
                .history(operation, model)
                .iter()
                .min_by_key(|rate| rate.possible_from())
                .map(Rate::effective),
        };
        let Some(newest) = by_model.last() else {
            return Err(not_offered());
        };
        // An agreed price leaves no doubt about which of two published ones counts.
        let is_agreed = by_model.iter().all(Rate::is_agreed);
        let headline = match (operation.phase(), model) {
            (Phase::Preview | Phase::Render, Some(model))
                if model != Model::Standard && !is_agreed =>
            {
                prices.in_force(operation, Some(Model::Standard))
            }
            _ => &[],
        };
        let preferred = match operation.phase() {
            Phase::Preview if !headline.is_empty() && !newest.is_agreed() => headline,
            _ => by_model,
        };
        Reading::new(request, by_model, headline, preferred)?.ok_or_else(not_offered)
    }

    /// Checks the request against the prices found for it; `None` when there are none.
    pub(crate) fn new(
        request: &QuoteRequest,
        by_model: &'a [Rate],
        headline: &'a [Rate],
        preferred: &'a [Rate],
    ) -> Result<Option<Reading<'a>>, QuoteError> {
        let operation = request.operation;
        if request.count == 0 {
            return Err(QuoteError::NoCount);
        }
        match request.previews {
            Some(_) if !operation.takes_previews() => {
                return Err(QuoteError::PreviewsNotTaken { operation });
            }
            Some(0) => return Err(QuoteError::NoPreviews),
            _ => {}
        }
        let is_timed = by_model
            .iter()
            .chain(headline)
            .any(|rate| rate.unit().seconds().is_some());
        let length = match request.length {
            Some(Length::Between { min, max }) if min > max => {
                return Err(QuoteError::LengthReversed { min, max });
            }
            Some(length) if is_timed => length,
            // An agreed price may do without the length that the published one goes by.
            Some(_) if operation.takes_length() => Length::Known(Seconds::ZERO),
            Some(_) => return Err(QuoteError::LengthNotTaken { operation }),
            None if is_timed => return Err(QuoteError::LengthMissing { operation }),
            None => Length::Known(Seconds::ZERO),
        };
        let is_listed = by_model
            .iter()
            .any(|rate| rate.unit() == Unit::CatalogueCredit);
        match request.catalogue_credits {
            None if is_listed => {
                return Err(QuoteError::CatalogueCreditsMissing { operation });
            }
            Some(_) if !is_listed => {
                return Err(QuoteError::CatalogueCreditsNotTaken { operation });
            }
            _ => {}
        }
        let mut usage = request.usage();
        if !is_timed {
            usage.length = None;
        }
        // Of prices that contradict each other, the dearer one for this very usage is likely.
        let mut likely: Option<(&Rate, Credits)> = None;
        for rate in card::newest(preferred) {
            let cost = cost(rate, length.max(), usage)?;
            if likely.is_none_or(|(_, dearest)| cost >= dearest) {
                likely = Some((rate, cost));
            }
        }
        Ok(likely.map(|(likely, _)| Reading {
            usage,
            length,
            by_model,
            headline,
            likely,
        }))
    }

    /// The range over all readings.
    ///
    /// Every price grows with the length and with the previews, so that the ends of the range
    /// lie at the ends of both.
    pub(crate) fn totals(&self) -> Result<Totals, QuoteError> {
        let likely = self.cost(self.likely)?;
        let mut totals = Totals {
            min: likely,
            likely,
            max: likely,
        };
        for rate in self.by_model.iter().chain(self.headline) {
            // A list of previews is charged once for all of them, or for each.
            let least = self.cost_with(rate, self.length.min(), 1)?;
            totals.min = totals.min.min(least);
            totals.max = totals.max.max(self.cost(rate)?);
        }
        Ok(totals)
    }

    /// The dearest that one row comes to: the longest length, each preview charged.
    pub(crate) fn cost(&self, rate: &Rate) -> Result<Credits, QuoteError> {
        cost(rate, self.length.max(), self.usage)
    }

    /// What one row comes to when other things than the price are in doubt.
    pub(crate) fn cost_with(
        &self,
        rate: &Rate,
        length: Seconds,
        previews: u32,
    ) -> Result<Credits, QuoteError> {
        let usage = Usage {
            previews,
            ..self.usage
        };
        cost(rate, length, usage)
    }
}

fn cost(rate: &Rate, length: Seconds, usage: Usage) -> Result<Credits, QuoteError> {
    // A length stands only where some price goes by it, and zero seconds cost nothing.
    if usage.length.is_some() && length == Seconds::ZERO {
        return Ok(Credits::ZERO);
    }
    let total = match usage.catalogue_credits {
        None => rate.total(length, usage.count),
        Some(catalogue) => rate
            .at_catalogue(catalogue)
            .and_then(|rate| rate.total(length, usage.count)),
    };
    total
        .and_then(|credits| credits.checked_mul(u64::from(usage.previews)))
        .ok_or(QuoteError::TooLarge)
}
