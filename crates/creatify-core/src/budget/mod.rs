//! Permission to spend, as a plain value: reserve before a call, settle by its bill.
//!
//! The value is not shared and not locked; whoever shares it puts it behind a mutex. It knows
//! neither jobs nor quotes, only amounts, days and tags, and reads no clock.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use core::fmt;

use crate::calendar::Day;
use crate::credits::Credits;

mod scope;

pub use self::scope::{Balance, Scope};

/// Limits of credits, with what is spent and what is reserved for calls in flight.
///
/// There is always a limit for everything together, and there may be one for a single call, for
/// each day and for each tag. A reservation is made in all scopes that it falls in, or in none.
///
/// Each reservation ends exactly once, settled or voided. A reservation never takes spent plus
/// reserved above any limit; only a bill above its own reservation can, and
/// [`Budget::overdrawn`] then says by how much, while nothing more can be reserved there.
///
/// # Example
///
/// ```
/// use creatify_core::{Budget, Credits};
///
/// let credits = |text: &str| text.parse::<Credits>();
/// let mut budget = Budget::new(credits("10")?);
/// let render = budget.reserve(credits("8")?)?;
/// assert!(budget.reserve(credits("5")?).is_err());
/// budget.settle(render, credits("4")?)?;
/// assert_eq!(budget.spent(), credits("4")?);
/// assert_eq!(budget.available(), credits("6")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Example: every limit must allow it
///
/// ```
/// use creatify_core::budget::{Ask, Budget, Scope};
/// use creatify_core::{Credits, Day};
///
/// let credits = |whole| Credits::from_whole(whole).unwrap();
/// let monday: Day = "2026-11-16".parse()?;
/// let mut budget = Budget::new(credits(100))
///     .with_call_limit(credits(20))
///     .with_day_limit(credits(30))
///     .with_tag_limit("drafts", credits(5));
///
/// let ask = Ask::new(credits(18)).on(monday);
/// budget.reserve(ask.clone())?;
/// // 36 of this day's 30: nothing of it is reserved anywhere.
/// assert!(budget.reserve(ask.clone()).is_err());
/// assert_eq!(budget.reserved(), credits(18));
/// // The next day has a limit of its own.
/// budget.reserve(ask.on(monday.next()))?;
///
/// let draft = Ask::new(credits(6)).on(monday).tagged("drafts");
/// let refused = budget.reserve(draft).unwrap_err();
/// assert_eq!(refused.over_budget().unwrap().scope, Scope::Tag("drafts".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    call_limit: Option<Credits>,
    day_limit: Option<Credits>,
    tag_limits: BTreeMap<String, Credits>,
    /// Everything together; always with a limit.
    run: Balance,
    /// Without their limits, which stand above.
    days: BTreeMap<Day, Balance>,
    tags: BTreeMap<String, Balance>,
    open: BTreeMap<ReservationId, Ask>,
    next: u64,
}

/// One reservation of one budget; never given out twice by the same budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservationId(u64);

/// An amount to set aside, with the scopes that it falls in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it is reserved by a budget"]
pub struct Ask {
    amount: Credits,
    day: Option<Day>,
    tags: BTreeSet<String>,
}

impl Ask {
    /// An amount without a day and without tags.
    pub const fn new(amount: Credits) -> Ask {
        Ask {
            amount,
            day: None,
            tags: BTreeSet::new(),
        }
    }

    /// The amount.
    #[must_use]
    pub const fn amount(&self) -> Credits {
        self.amount
    }

    /// Sets the day that it is spent on.
    pub fn on(mut self, day: Day) -> Ask {
        self.day = Some(day);
        self
    }

    /// Adds a tag; the same one again changes nothing.
    pub fn tagged(mut self, tag: impl Into<String>) -> Ask {
        self.tags.insert(tag.into());
        self
    }
}

impl From<Credits> for Ask {
    fn from(amount: Credits) -> Ask {
        Ask::new(amount)
    }
}

impl Budget {
    /// A budget with that limit for everything together, of which nothing is spent.
    #[must_use]
    pub const fn new(limit: Credits) -> Budget {
        Budget {
            call_limit: None,
            day_limit: None,
            tag_limits: BTreeMap::new(),
            run: Balance {
                limit: Some(limit),
                reserved: Credits::ZERO,
                spent: Credits::ZERO,
            },
            days: BTreeMap::new(),
            tags: BTreeMap::new(),
            open: BTreeMap::new(),
            next: 0,
        }
    }

    /// Limits what a single reservation may ask for.
    #[must_use]
    pub const fn with_call_limit(mut self, limit: Credits) -> Budget {
        self.call_limit = Some(limit);
        self
    }

    /// Limits each day; whoever asks must then say which day it is.
    #[must_use]
    pub const fn with_day_limit(mut self, limit: Credits) -> Budget {
        self.day_limit = Some(limit);
        self
    }

    /// Limits everything with that tag.
    #[must_use]
    pub fn with_tag_limit(mut self, tag: impl Into<String>, limit: Credits) -> Budget {
        self.tag_limits.insert(tag.into(), limit);
        self
    }

    /// Sets the amount aside until it is settled or voided, in every scope that it falls in.
    ///
    /// # Errors
    ///
    /// [`Refused`] when any of these scopes does not allow it, and when days are limited and none
    /// is named; the budget is then as it was.
    pub fn reserve(&mut self, ask: impl Into<Ask>) -> Result<ReservationId, Refused> {
        let ask = ask.into();
        if self.day_limit.is_some() && ask.day.is_none() {
            return Err(Refused::DayMissing);
        }
        for scope in Self::scopes(&ask) {
            let balance = self.balance(&scope);
            if !balance.allows(ask.amount) {
                return Err(Refused::OverBudget(OverBudget {
                    scope,
                    asked: ask.amount,
                    // OK because what has no limit allows every amount that all others allow.
                    limit: balance.limit.unwrap_or(Credits::MAX),
                    spent: balance.spent,
                    reserved: balance.reserved,
                }));
            }
        }
        let id = ReservationId(self.next);
        // OK because no program makes 2^64 reservations.
        self.next = self.next.saturating_add(1);
        self.change(&ask, |balance, amount| balance.reserve(amount));
        self.open.insert(id, ask);
        Ok(id)
    }

    /// Ends a reservation by its bill: the bill is spent and the rest is available again, in every
    /// scope that it was made in.
    ///
    /// A bill above the reservation is spent in full: it was charged, whatever was reserved.
    ///
    /// # Errors
    ///
    /// [`UnknownReservation`] when the reservation has ended before; the budget is then as it
    /// was.
    pub fn settle(
        &mut self,
        id: ReservationId,
        bill: Credits,
    ) -> Result<Settled, UnknownReservation> {
        let reserved = self.end(id, bill)?;
        Ok(Settled { reserved, bill })
    }

    /// Ends a reservation for which nothing was charged: all of it is available again.
    ///
    /// # Errors
    ///
    /// [`UnknownReservation`] when the reservation has ended before; the budget is then as it
    /// was.
    pub fn void(&mut self, id: ReservationId) -> Result<Credits, UnknownReservation> {
        self.end(id, Credits::ZERO)
    }

    /// The most that may be spent altogether.
    #[must_use]
    pub fn limit(&self) -> Credits {
        self.run.limit.unwrap_or(Credits::MAX)
    }

    /// The sum of all bills.
    #[must_use]
    pub const fn spent(&self) -> Credits {
        self.run.spent
    }

    /// The sum of all reservations that have not ended.
    #[must_use]
    pub const fn reserved(&self) -> Credits {
        self.run.reserved
    }

    /// The number of reservations that have not ended.
    #[must_use]
    pub fn open_reservations(&self) -> usize {
        self.open.len()
    }

    /// What can still be reserved altogether; a limit of a call, a day or a tag may allow less.
    #[must_use]
    pub fn available(&self) -> Credits {
        self.run.available().unwrap_or(Credits::ZERO)
    }

    /// By how much bills above their reservations took spent plus reserved over the limit of
    /// everything together; 0 otherwise.
    #[must_use]
    pub fn overdrawn(&self) -> Credits {
        self.run.overdrawn()
    }

    /// What one scope may spend, has reserved and has spent.
    ///
    /// A single call has a limit and nothing else.
    #[must_use]
    pub fn balance(&self, scope: &Scope) -> Balance {
        let (found, limit) = match scope {
            Scope::Call => (None, self.call_limit),
            Scope::Run => (Some(&self.run), self.run.limit),
            Scope::Day(day) => (self.days.get(day), self.day_limit),
            Scope::Tag(tag) => (self.tags.get(tag), self.tag_limits.get(tag).copied()),
        };
        Balance {
            limit,
            ..found.copied().unwrap_or_default()
        }
    }

    /// Every scope that an ask falls in: the call, everything, the day, the tags.
    fn scopes(ask: &Ask) -> impl Iterator<Item = Scope> + '_ {
        let tags = ask.tags.iter().cloned().map(Scope::Tag);
        let day = ask.day.map(Scope::Day);
        [Scope::Call, Scope::Run].into_iter().chain(day).chain(tags)
    }

    /// Changes the balance of every scope that counts, all of them in the same way.
    fn change(&mut self, ask: &Ask, change: impl Fn(&mut Balance, Credits)) {
        change(&mut self.run, ask.amount);
        if let Some(day) = ask.day {
            change(self.days.entry(day).or_default(), ask.amount);
        }
        for tag in &ask.tags {
            change(self.tags.entry(tag.clone()).or_default(), ask.amount);
        }
    }

    fn end(&mut self, id: ReservationId, bill: Credits) -> Result<Credits, UnknownReservation> {
        let ask = self.open.remove(&id).ok_or(UnknownReservation { id })?;
        self.change(&ask, |balance, amount| balance.end(amount, bill));
        Ok(ask.amount)
    }
}

/// What a settled reservation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settled {
    /// The amount that was set aside.
    pub reserved: Credits,
    /// The amount that was charged.
    pub bill: Credits,
}

impl Settled {
    /// By how much the bill exceeds the reservation; 0 when it does not.
    #[must_use]
    pub fn excess(&self) -> Credits {
        self.bill
            .checked_sub(self.reserved)
            .unwrap_or(Credits::ZERO)
    }
}

/// Why nothing was reserved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// A limit does not allow it.
    OverBudget(OverBudget),
    /// Days are limited, and the day was not named.
    DayMissing,
}

impl Refused {
    /// The limit that does not allow it.
    #[must_use]
    pub const fn over_budget(&self) -> Option<&OverBudget> {
        match self {
            Refused::OverBudget(over) => Some(over),
            Refused::DayMissing => None,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::OverBudget(over) => over.fmt(f),
            Refused::DayMissing => {
                f.write_str("the budget has a limit for each day; say which day it is")
            }
        }
    }
}

impl core::error::Error for Refused {}

/// An amount that a limit does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OverBudget {
    /// What the limit holds for; where several do not allow it, the first of call, everything, day
    /// and tags.
    pub scope: Scope,
    /// The amount asked for.
    pub asked: Credits,
    /// The limit.
    pub limit: Credits,
    /// What was spent of it.
    pub spent: Credits,
    /// What was reserved of it.
    pub reserved: Credits,
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OverBudget {
            scope,
            asked,
            limit,
            spent,
            reserved,
        } = self;
        write!(
            f,
            "{asked} credits exceed the {scope} of {limit}, of which {spent} are spent and \
             {reserved} reserved; raise the limit or ask for less"
        )
    }
}

impl core::error::Error for OverBudget {}

/// A reservation that has ended before, or belongs to another budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownReservation {
    /// The reservation asked for.
    pub id: ReservationId,
}

impl fmt::Display for UnknownReservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "reservation {} has ended before; settle or void each once",
            self.id.0
        )
    }
}

impl core::error::Error for UnknownReservation {}
