//! Permission to spend, as a plain value: reserve before a call, settle by its bill.
//!
//! The value is not shared and not locked; whoever shares it puts it behind a mutex. It knows
//! neither jobs nor quotes, only amounts.

use alloc::collections::BTreeMap;
use core::fmt;

use crate::credits::Credits;

/// A limit of credits, with what is spent and what is reserved for calls in flight.
///
/// Each reservation ends exactly once, settled or voided. A reservation never takes spent plus
/// reserved above the limit; only a bill above its own reservation can, and
/// [`Budget::overdrawn`] then says by how much, while nothing more can be reserved.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    limit: Credits,
    spent: Credits,
    /// The sum of `open`.
    reserved: Credits,
    open: BTreeMap<ReservationId, Credits>,
    next: u64,
}

/// One reservation of one budget; never given out twice by the same budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReservationId(u64);

impl Budget {
    /// A budget with that limit, of which nothing is spent.
    #[must_use]
    pub const fn new(limit: Credits) -> Budget {
        Budget {
            limit,
            spent: Credits::ZERO,
            reserved: Credits::ZERO,
            open: BTreeMap::new(),
            next: 0,
        }
    }

    /// Sets the amount aside until it is settled or voided.
    ///
    /// # Errors
    ///
    /// [`OverBudget`] when the amount is not available; the budget is then as it was.
    pub fn reserve(&mut self, amount: Credits) -> Result<ReservationId, OverBudget> {
        let refusal = OverBudget {
            asked: amount,
            limit: self.limit,
            spent: self.spent,
            reserved: self.reserved,
        };
        if amount > self.available() || !self.overdrawn().is_zero() {
            return Err(refusal);
        }
        let id = ReservationId(self.next);
        self.reserved = self.reserved.checked_add(amount).ok_or(refusal)?;
        self.next = self.next.checked_add(1).ok_or(refusal)?;
        self.open.insert(id, amount);
        Ok(id)
    }

    /// Ends a reservation by its bill: the bill is spent and the rest is available again.
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
        let reserved = self.end(id)?;
        // A sum that does not fit stays at the maximum, above any limit, where nothing more can
        // be reserved.
        self.spent = self.spent.checked_add(bill).unwrap_or(Credits::MAX);
        Ok(Settled { reserved, bill })
    }

    /// Ends a reservation for which nothing was charged: all of it is available again.
    ///
    /// # Errors
    ///
    /// [`UnknownReservation`] when the reservation has ended before; the budget is then as it
    /// was.
    pub fn void(&mut self, id: ReservationId) -> Result<Credits, UnknownReservation> {
        self.end(id)
    }

    /// The most that may be spent.
    #[must_use]
    pub const fn limit(&self) -> Credits {
        self.limit
    }

    /// The sum of all bills.
    #[must_use]
    pub const fn spent(&self) -> Credits {
        self.spent
    }

    /// The sum of all reservations that have not ended.
    #[must_use]
    pub const fn reserved(&self) -> Credits {
        self.reserved
    }

    /// The number of reservations that have not ended.
    #[must_use]
    pub fn open_reservations(&self) -> usize {
        self.open.len()
    }

    /// What can still be reserved.
    #[must_use]
    pub fn available(&self) -> Credits {
        self.spent
            .checked_add(self.reserved)
            .and_then(|used| self.limit.checked_sub(used))
            .unwrap_or(Credits::ZERO)
    }

    /// By how much bills above their reservations took spent plus reserved over the limit; 0
    /// otherwise.
    #[must_use]
    pub fn overdrawn(&self) -> Credits {
        let used = self
            .spent
            .checked_add(self.reserved)
            .unwrap_or(Credits::MAX);
        used.checked_sub(self.limit).unwrap_or(Credits::ZERO)
    }

    fn end(&mut self, id: ReservationId) -> Result<Credits, UnknownReservation> {
        let amount = self.open.remove(&id).ok_or(UnknownReservation { id })?;
        // OK because `reserved` is the sum of all open amounts, of which this was one.
        self.reserved = self.reserved.checked_sub(amount).unwrap_or(Credits::ZERO);
        Ok(amount)
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

/// An amount that a budget does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OverBudget {
    /// The amount asked for.
    pub asked: Credits,
    /// The budget's limit.
    pub limit: Credits,
    /// What was spent of it.
    pub spent: Credits,
    /// What was reserved of it.
    pub reserved: Credits,
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OverBudget {
            asked,
            limit,
            spent,
            reserved,
        } = self;
        write!(
            f,
            "{asked} credits exceed the budget of {limit}, of which {spent} are spent and \
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
