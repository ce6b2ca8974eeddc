//! What a limit holds for, and the one rule that says whether it allows more.

use alloc::string::String;
use core::fmt;

use crate::calendar::Day;
use crate::credits::Credits;

/// What a limit holds for. A reservation must fit into every scope that it falls in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// One reservation by itself.
    Call,
    /// Everything that is reserved of one budget.
    Run,
    /// Everything on one day, in whatever time zone the caller counts days.
    Day(Day),
    /// Everything with that tag.
    Tag(String),
}

impl fmt::Display for Scope {
    /// Names the limit, as in `exceed the limit of a single call`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Call => f.write_str("limit of a single call"),
            Scope::Run => f.write_str("budget"),
            Scope::Day(day) => write!(f, "limit of the day {day}"),
            Scope::Tag(tag) => write!(f, "limit of the tag {tag:?}"),
        }
    }
}

/// What one scope may spend, has reserved and has spent.
///
/// ```
/// use creatify_core::Credits;
/// use creatify_core::budget::Balance;
///
/// let credits = |whole| Credits::from_whole(whole).unwrap();
/// let day = Balance { limit: Some(credits(10)), reserved: credits(4), spent: credits(5) };
/// assert!(day.allows(credits(1)) && !day.allows(credits(2)));
/// assert_eq!(day.available(), Some(credits(1)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Balance {
    /// The most that may be spent; `None` for no limit.
    pub limit: Option<Credits>,
    /// The sum of all reservations that have not ended.
    pub reserved: Credits,
    /// The sum of all bills.
    pub spent: Credits,
}

impl Balance {
    /// Whether that much more keeps reserved plus spent within the limit.
    ///
    /// Where bills have taken them above it, nothing more is allowed, not even 0.
    #[must_use]
    pub fn allows(&self, amount: Credits) -> bool {
        let after = self.used().and_then(|used| used.checked_add(amount));
        match (after, self.limit) {
            (Some(after), Some(limit)) => after <= limit,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// What can still be reserved; `None` where there is no limit.
    #[must_use]
    pub fn available(&self) -> Option<Credits> {
        let limit = self.limit?;
        let left = self.used().and_then(|used| limit.checked_sub(used));
        Some(left.unwrap_or(Credits::ZERO))
    }

    /// By how much reserved plus spent exceed the limit; 0 when they do not.
    #[must_use]
    pub fn overdrawn(&self) -> Credits {
        let used = self.used().unwrap_or(Credits::MAX);
        self.limit
            .and_then(|limit| used.checked_sub(limit))
            .unwrap_or(Credits::ZERO)
    }

    /// Reserved plus spent; `None` when it does not fit.
    fn used(&self) -> Option<Credits> {
        self.reserved.checked_add(self.spent)
    }

    /// Sets the amount aside.
    pub(super) fn reserve(&mut self, amount: Credits) {
        self.reserved = plus(self.reserved, amount);
    }

    /// Ends a reservation of that amount, of which the bill is spent.
    pub(super) fn end(&mut self, amount: Credits, bill: Credits) {
        // OK because `reserved` is the sum of all open amounts, of which this was one.
        self.reserved = self.reserved.checked_sub(amount).unwrap_or(Credits::ZERO);
        self.spent = plus(self.spent, bill);
    }
}

/// The sum; one that does not fit stays at the maximum, above any limit, where nothing more can be
/// reserved.
fn plus(one: Credits, other: Credits) -> Credits {
    one.checked_add(other).unwrap_or(Credits::MAX)
}
