//! A limit on spending that several calls share, and what each of them holds of it.
//!
//! The arithmetic is `creatify_core::budget`; this module puts it behind a lock and ties each
//! reservation to the call or job it was made for.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use creatify_core::budget::{Ask, Balance, Budget as Book, ReservationId, Scope};
use creatify_core::{Credits, Operation};

use crate::telemetry::{Meter, Metric};
use crate::{Error, ErrorKind};

/// A limit on credits, shared by every call that was approved against it.
///
/// Clones share one limit. Reserved plus spent never exceeds it: a call reserves the most its
/// quote says it can cost before it is sent, keeps that while the job is in flight or its outcome
/// is unknown, and is settled by the bill.
///
/// Besides the limit of everything together there may be one for a single call, for each day in
/// UTC, and for each tag that [`Call::tag`](crate::Call::tag) or
/// [`Journal::tag`](crate::Journal::tag) gives. A call reserves in all of them or in none. It lasts
/// as long as this value; limits that outlast a process are those of a [`Journal`](crate::Journal)'s
/// ledger.
///
/// ```
/// use creatify::Budget;
///
/// let budget = Budget::new("100".parse()?);
/// assert_eq!(budget.available().to_string(), "100");
///
/// let careful = Budget::new("100".parse()?)
///     .call_limit("10".parse()?)
///     .day_limit("40".parse()?)
///     .tag_limit("drafts", "15".parse()?);
/// # Ok::<(), creatify::core::CreditsError>(())
/// ```
#[derive(Clone)]
pub struct Budget(Arc<Mutex<Book>>);

impl Budget {
    /// A budget of `limit` credits, nothing of it spent.
    #[must_use]
    pub fn new(limit: Credits) -> Self {
        Self(Arc::new(Mutex::new(Book::new(limit))))
    }

    /// Limits what a single call may cost, for every clone.
    #[must_use]
    pub fn call_limit(self, limit: Credits) -> Self {
        self.with(|book| book.with_call_limit(limit))
    }

    /// Limits each day in UTC, by the moment of the approval, for every clone.
    #[must_use]
    pub fn day_limit(self, limit: Credits) -> Self {
        self.with(|book| book.with_day_limit(limit))
    }

    /// Limits everything with that tag, for every clone.
    #[must_use]
    pub fn tag_limit(self, tag: impl Into<String>, limit: Credits) -> Self {
        self.with(|book| book.with_tag_limit(tag, limit))
    }

    fn with(self, change: impl FnOnce(Book) -> Book) -> Self {
        let mut book = self.book();
        *book = change(book.clone());
        drop(book);
        self
    }

    /// What one scope may spend, has reserved and has spent.
    #[must_use]
    pub fn balance(&self, scope: &Scope) -> Balance {
        self.book().balance(scope)
    }

    /// The limit of everything together.
    #[must_use]
    pub fn limit(&self) -> Credits {
        self.book().limit()
    }

    /// What settled jobs have cost.
    #[must_use]
    pub fn spent(&self) -> Credits {
        self.book().spent()
    }

    /// What calls in flight, and calls whose outcome is unknown, may still cost.
    #[must_use]
    pub fn reserved(&self) -> Credits {
        self.book().reserved()
    }

    /// What is left to approve.
    #[must_use]
    pub fn available(&self) -> Credits {
        self.book().available()
    }

    /// Sets the amount aside.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OverBudget`] when less than that is available in one of its scopes.
    pub(crate) fn reserve(&self, ask: impl Into<Ask>) -> Result<Reservation, Error> {
        let ask = ask.into();
        let amount = ask.amount();
        let mut book = self.book();
        let id = book.reserve(ask).map_err(|refused| {
            let message = match refused.over_budget() {
                Some(over) if over.scope != Scope::Run => {
                    let left = book.balance(&over.scope).available().unwrap_or_default();
                    format!(
                        "the request may cost {amount}, the {} has {left} of {} credits left",
                        over.scope, over.limit
                    )
                }
                _ => format!(
                    "the request may cost {amount}, the budget has {} of {} credits left",
                    book.available(),
                    book.limit()
                ),
            };
            Error::new(ErrorKind::OverBudget, message)
                .hint("raise the limit, or ask for less")
                .because(refused)
        })?;
        drop(book);
        Ok(Reservation {
            budget: self.clone(),
            id,
            amount,
            state: State::Unsent,
            counted: None,
        })
    }

    /// The lock is held for a few additions and never across an await; a panic elsewhere cannot
    /// leave the book half-changed, so a poisoned lock is still good.
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.book().fmt(f)
    }
}

/// Credits set aside for one paid call.
///
/// Dropping it before the call was sent gives them back. From the moment of sending it keeps them
/// until [`void`](Self::void) or [`settle`](Self::settle): a dropped future or a lost answer must
/// not free money that may be spent.
#[derive(Debug)]
pub(crate) struct Reservation {
    budget: Budget,
    id: ReservationId,
    amount: Credits,
    state: State,
    /// Where its end is counted, and for what; only once it was sent.
    counted: Option<(Meter, Operation)>,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Unsent,
    Sent,
    Ended,
}

impl Reservation {
    pub(crate) fn amount(&self) -> Credits {
        self.amount
    }

    /// The request is about to leave: from here on only an outcome ends the reservation.
    pub(crate) fn mark_sent(&mut self, meter: &Meter, operation: Operation) {
        self.state = State::Sent;
        meter.credits(Metric::Reserved, operation, self.amount);
        self.counted = Some((meter.clone(), operation));
    }

    /// Nothing was spent.
    pub(crate) fn void(mut self) {
        self.end(|book, id| book.void(id).is_ok());
    }

    /// The bill is known.
    pub(crate) fn settle(mut self, bill: Credits) {
        if let Some((meter, operation)) = &self.counted {
            meter.credits(Metric::Spent, *operation, bill);
        }
        self.end(|book, id| book.settle(id, bill).is_ok());
    }

    fn end(&mut self, how: impl FnOnce(&mut Book, ReservationId) -> bool) {
        self.state = State::Ended;
        let ended = how(&mut self.budget.book(), self.id);
        // Each reservation owns its id and ends once, so the book knows it.
        debug_assert!(ended, "a reservation ended twice");
        if let Some((meter, operation)) = &self.counted {
            meter.credits(Metric::Freed, *operation, self.amount);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.state == State::Unsent {
            self.end(|book, id| book.void(id).is_ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credits(whole: u64) -> Credits {
        Credits::from_whole(whole).expect("the test's credits are few")
    }

    #[test]
    fn an_unsent_reservation_returns_when_dropped_and_a_sent_one_stays() {
        let budget = Budget::new(credits(10));
        drop(budget.reserve(credits(4)).expect("4 of 10 fit"));
        assert_eq!(budget.reserved(), Credits::ZERO);

        let mut sent = budget.reserve(credits(4)).expect("4 of 10 fit");
        sent.mark_sent(&Meter::default(), Operation::LinkCreate);
        drop(sent);
        assert_eq!(budget.reserved(), credits(4));
    }

    #[test]
    fn a_narrower_limit_refuses_what_the_budget_would_allow() {
        let budget = Budget::new(credits(10)).tag_limit("drafts", credits(3));
        let ask = || Ask::new(credits(2)).tagged("drafts");
        let held = budget.reserve(ask()).expect("2 of 3 fit");
        let refused = budget.clone().reserve(ask()).expect_err("4 exceed 3");
        assert_eq!(
            refused.to_string(),
            "the request may cost 2, the limit of the tag \"drafts\" has 1 of 3 credits left"
        );
        assert_eq!(budget.reserved(), credits(2));
        held.void();
        assert!(budget.reserve(ask()).is_ok());
    }

    #[test]
    fn the_last_credits_go_to_one_caller() {
        let budget = Budget::new(credits(10));
        let held = budget.reserve(credits(6)).expect("6 of 10 fit");
        let refused = budget
            .clone()
            .reserve(credits(6))
            .expect_err("12 exceed 10");
        assert!(refused.is_over_budget());
        held.settle(credits(5));
        assert_eq!(budget.available(), credits(5));
    }
}
