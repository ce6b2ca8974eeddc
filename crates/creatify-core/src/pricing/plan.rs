//! What credits cost in dollars, by plan.
//!
//! Only an average can be given: the monthly price over the monthly credits. Nothing is
//! published on what a credit beyond the allowance costs, so no such price is here. The plans
//! themselves are data and live in the generated table.

use core::fmt;
use core::str::FromStr;

use super::{Plan, Totals};
use crate::credits::Credits;
use crate::excerpt::Excerpt;

impl Plan {
    /// The credits in US cents at the plan's average price, rounded up to the cent; `None` when
    /// they do not fit.
    ///
    /// # Example
    ///
    /// ```
    /// use creatify_core::{Credits, pricing::Plan};
    ///
    /// let starter: Plan = "starter".parse()?;
    /// let bill: Credits = "8".parse()?;
    /// assert_eq!(starter.cents(bill), Some(159)); // 8 x 9900 / 500 = 158.4, rounded up
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn cents(self, credits: Credits) -> Option<u64> {
        let price = u128::from(credits.millicredits())
            .checked_mul(u128::from(self.cents_a_month()))?
            .checked_next_multiple_of(u128::from(self.credits_a_month()).checked_mul(1_000)?)?
            .checked_div(u128::from(self.credits_a_month()).checked_mul(1_000)?)?;
        u64::try_from(price).ok()
    }

    /// Each end of a range in US cents; `None` when they do not fit.
    #[must_use]
    pub fn usd(self, totals: Totals) -> Option<Usd> {
        Some(Usd {
            plan: self,
            min_cents: self.cents(totals.min())?,
            likely_cents: self.cents(totals.likely())?,
            max_cents: self.cents(totals.max())?,
        })
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Plan {
    type Err = UnknownPlan;

    /// Reads `starter` or `pro`.
    ///
    /// # Errors
    ///
    /// When no plan has that name.
    fn from_str(name: &str) -> Result<Plan, UnknownPlan> {
        Plan::ALL
            .iter()
            .copied()
            .find(|plan| plan.as_str() == name)
            .ok_or_else(|| UnknownPlan {
                given: Excerpt::of(name),
            })
    }
}

/// A range of credits in US cents, at a plan's average price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Usd {
    /// The plan whose average price is taken.
    pub plan: Plan,
    /// The lower end, in cents.
    pub min_cents: u64,
    /// The likely amount, in cents.
    pub likely_cents: u64,
    /// The upper end, in cents.
    pub max_cents: u64,
}

/// No plan with a published price has that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownPlan {
    given: Excerpt,
}

impl fmt::Display for UnknownPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown plan {}; use one of ", self.given)?;
        super::list(f, Plan::ALL.iter())
    }
}

impl core::error::Error for UnknownPlan {}
