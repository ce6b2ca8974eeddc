//! What a month needs against what a plan brings: which plan is the cheapest, what stays over,
//! what is short, and on which day it is gone.
//!
//! Only what is published is computed with. Nothing is published on what credits above an
//! allowance cost, nor on whether unused ones are kept, so that a month stands alone and a plan
//! that is too small has no price.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt;
use core::num::NonZeroU32;

#[cfg(feature = "alloc")]
use super::{Assumption, AssumptionKind};
use super::{Plan, Totals};
use crate::calendar::{Day, Month};
use crate::credits::Credits;

impl Plan {
    /// The credits a month brings.
    #[must_use]
    pub const fn allowance(self) -> Credits {
        // OK because a plan brings whole credits, far fewer than there are.
        Credits::from_millicredits(self.credits_a_month().saturating_mul(1_000))
    }

    /// The cheapest plan whose month brings so many credits; `None` where no published one does.
    ///
    /// # Example
    ///
    /// ```
    /// use creatify_core::{Credits, pricing::Plan};
    ///
    /// let cheapest = |credits: &str| -> Result<Option<Plan>, creatify_core::CreditsError> {
    ///     Ok(Plan::cheapest_for(credits.parse::<Credits>()?))
    /// };
    /// assert_eq!(cheapest("500")?, Some(Plan::Starter));
    /// assert_eq!(cheapest("500.5")?, Some(Plan::Pro));
    /// assert_eq!(cheapest("2001")?, None); // ask for Enterprise, whose price is not published
    /// # Ok::<(), creatify_core::CreditsError>(())
    /// ```
    #[must_use]
    pub fn cheapest_for(credits: Credits) -> Option<Plan> {
        let enough = Plan::ALL.iter().filter(|plan| plan.allowance() >= credits);
        enough.copied().min_by_key(|plan| plan.cents_a_month())
    }

    /// A month that needs so many credits, held against this plan.
    #[must_use]
    pub const fn month(self, need: Totals) -> PlanMonth {
        PlanMonth { plan: self, need }
    }
}

/// A month's need held against a plan.
///
/// # Example
///
/// ```
/// use creatify_core::pricing::{Cover, Plan, Workload};
/// use creatify_core::{Operation, QuoteRequest, RateCard, Seconds};
///
/// // 60 lists of nine previews: charged once for each list, or for each preview.
/// let previews = QuoteRequest::new(Operation::LinkToVideoPreviewList)
///     .with_length(Seconds::from_whole(30)?)
///     .with_previews(9)
///     .with_count(60);
/// let month = Workload::of(&RateCard::latest(), [previews])?;
/// let starter = Plan::Starter.month(month.totals());
/// assert_eq!(starter.cover(), Cover::Possibly); // 60 to 540 credits, likely 540
/// assert_eq!(starter.left().to_string(), "0 to 440 credits, likely 0");
/// assert_eq!(starter.short().to_string(), "0 to 40 credits, likely 40");
/// assert_eq!(starter.cents(), None); // no price of credits above the allowance is published
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlanMonth {
    plan: Plan,
    need: Totals,
}

impl PlanMonth {
    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> Plan {
        self.plan
    }

    /// What the month needs.
    #[must_use]
    pub const fn need(&self) -> Totals {
        self.need
    }

    /// Whether the plan's credits are enough.
    #[must_use]
    pub fn cover(&self) -> Cover {
        let allowance = self.plan.allowance();
        if self.need.max() <= allowance {
            Cover::Surely
        } else if self.need.likely() <= allowance {
            Cover::Likely
        } else if self.need.min() <= allowance {
            Cover::Possibly
        } else {
            Cover::No
        }
    }

    /// What is not used of the month's credits.
    #[must_use]
    pub fn left(&self) -> Totals {
        let left = |need: Credits| {
            let left = self.plan.allowance().checked_sub(need);
            left.unwrap_or(Credits::ZERO)
        };
        // The more is needed, the less is left.
        Totals::of(
            left(self.need.max()),
            left(self.need.likely()),
            left(self.need.min()),
        )
    }

    /// What is needed above the month's credits.
    #[must_use]
    pub fn short(&self) -> Totals {
        let short = |need: Credits| {
            let short = need.checked_sub(self.plan.allowance());
            short.unwrap_or(Credits::ZERO)
        };
        Totals::of(
            short(self.need.min()),
            short(self.need.likely()),
            short(self.need.max()),
        )
    }

    /// What the month costs in US cents: the plan's price, where its credits are surely enough;
    /// `None` where they may not be, because no price of more is published.
    #[must_use]
    pub fn cents(&self) -> Option<u64> {
        (self.cover() == Cover::Surely).then(|| self.plan.cents_a_month())
    }

    /// What all of this takes for granted.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn assumptions(&self) -> Vec<Assumption> {
        let is_left = !self.left().max().is_zero();
        let is_short = !self.short().max().is_zero();
        let kinds = [
            is_left.then_some(AssumptionKind::MonthAlone),
            is_short.then_some(AssumptionKind::OveragePriceUnpublished),
        ];
        kinds.into_iter().flatten().map(Assumption::new).collect()
    }
}

/// Whether a plan's credits are enough for a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cover {
    /// Even for the most that the month can need.
    Surely,
    /// For what the month is likely to need.
    Likely,
    /// Only for less than the month is likely to need.
    Possibly,
    /// Not even for the least that the month can need.
    No,
}

impl Cover {
    /// The name: `surely`, `likely`, `possibly` or `no`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Cover::Surely => "surely",
            Cover::Likely => "likely",
            Cover::Possibly => "possibly",
            Cover::No => "no",
        }
    }
}

impl fmt::Display for Cover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How fast credits are used: so many in so many days, evenly.
///
/// # Example
///
/// ```
/// use creatify_core::pricing::{EvenUse, Plan};
/// use creatify_core::{Credits, Day, Month};
///
/// let november = Month::new(2026, 11).ok_or("no month")?;
/// let evenly = EvenUse::a_month("800".parse::<Credits>()?, november);
/// let allowance = Plan::Starter.allowance();
/// assert_eq!(evenly.days_within(allowance), Some(18)); // 500 x 30 / 800 = 18.75
/// let gone = evenly.gone_on("2026-11-01".parse::<Day>()?, allowance);
/// assert_eq!(gone, Some("2026-11-19".parse::<Day>()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EvenUse {
    credits: Credits,
    days: NonZeroU32,
}

impl EvenUse {
    /// So many credits in so many days.
    #[must_use]
    pub const fn new(credits: Credits, days: NonZeroU32) -> EvenUse {
        EvenUse { credits, days }
    }

    /// So many credits a day.
    #[must_use]
    pub const fn a_day(credits: Credits) -> EvenUse {
        EvenUse::new(credits, NonZeroU32::MIN)
    }

    /// So many credits in that month, of 28 to 31 days.
    #[must_use]
    pub const fn a_month(credits: Credits, month: Month) -> EvenUse {
        match NonZeroU32::new(month.length() as u32) {
            Some(days) => EvenUse::new(credits, days),
            None => EvenUse::a_day(credits),
        }
    }

    /// The credits that are used.
    #[must_use]
    pub const fn credits(self) -> Credits {
        self.credits
    }

    /// The days they are used in.
    #[must_use]
    pub const fn days(self) -> NonZeroU32 {
        self.days
    }

    /// The whole days that an allowance lasts; `None` where nothing is used, or where they
    /// exceed 64 bits.
    #[must_use]
    pub fn days_within(self, allowance: Credits) -> Option<u64> {
        let days = u128::from(allowance.millicredits())
            .checked_mul(u128::from(self.days.get()))?
            .checked_div(u128::from(self.credits.millicredits()))?;
        u64::try_from(days).ok()
    }

    /// The first day that the allowance does not last to the end of, when it is used from the
    /// beginning of `start` on; `None` where nothing is used, or after [`Day::MAX`].
    #[must_use]
    pub fn gone_on(self, start: Day, allowance: Credits) -> Option<Day> {
        start.checked_add(self.days_within(allowance)?)
    }
}
