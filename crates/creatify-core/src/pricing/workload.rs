//! Many requests as one value: what they come to, by operation, and every doubt behind it.
//!
//! Rows are added one by one and none is kept, so that a workload of any number of rows takes
//! the same memory. Each row is priced by the rule of a single request; nothing here knows a
//! price. For columns of numbers in memory, [`super::Batch`] is faster and says less.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
use core::fmt;

#[cfg(feature = "alloc")]
use super::{Assumption, AssumptionKind, Quote};
use super::{Operation, Prices, QuoteError, QuoteRequest, Totals};
#[cfg(feature = "alloc")]
use crate::credits::Credits;

/// What many rows come to together.
///
/// # Example
///
/// ```
/// use creatify_core::pricing::Workload;
/// use creatify_core::{Operation, QuoteRequest, RateCard, Seconds};
///
/// let half_a_minute = Seconds::from_whole(30)?;
/// let rows = [
///     QuoteRequest::new(Operation::LinkCreate).with_count(3),
///     QuoteRequest::new(Operation::LinkToVideoPreviewList)
///         .with_length(half_a_minute)
///         .with_previews(9),
///     QuoteRequest::new(Operation::LinkToVideoRenderSinglePreview).with_length(half_a_minute),
/// ];
/// let month = Workload::of(&RateCard::latest(), rows)?;
/// assert_eq!(month.totals().to_string(), "8 to 16 credits, likely 16"); // 3 + (1 to 9) + 4
/// assert_eq!(month.by_operation().count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workload {
    /// The rows asked for, those without a price among them.
    asked: u64,
    rows: u64,
    totals: Totals,
    parts: [Part; Operation::ALL.len()],
    #[cfg(feature = "alloc")]
    reasons: Vec<Reason>,
}

/// The rows of one operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// The number of rows.
    pub rows: u64,
    /// What they come to together.
    pub totals: Totals,
}

impl Workload {
    /// A workload without rows.
    #[must_use]
    pub fn new() -> Workload {
        Workload::default()
    }

    /// All of the rows on the prices' day, or the first one that has no price.
    ///
    /// # Errors
    ///
    /// As for [`Workload::add`].
    pub fn of(
        prices: &(impl Prices + ?Sized),
        rows: impl IntoIterator<Item = QuoteRequest>,
    ) -> Result<Workload, RowError> {
        let mut workload = Workload::new();
        for row in rows {
            workload.add(prices, &row)?;
        }
        Ok(workload)
    }

    /// Adds a row and gives back what it comes to alone.
    ///
    /// Rows of several days are added with the prices of each.
    ///
    /// # Errors
    ///
    /// When the row has no price, or the sum does not fit; it is then left out, and counts only
    /// in the numbers of the rows after it.
    pub fn add(
        &mut self,
        prices: &(impl Prices + ?Sized),
        row: &QuoteRequest,
    ) -> Result<Totals, RowError> {
        let totals = prices.totals(row);
        self.take(row.operation(), totals)
    }

    /// Adds a row with its reasons, for [`Workload::reasons`], and gives back its quote.
    ///
    /// # Errors
    ///
    /// As for [`Workload::add`].
    #[cfg(feature = "alloc")]
    pub fn add_quoted(
        &mut self,
        prices: &(impl Prices + ?Sized),
        row: &QuoteRequest,
    ) -> Result<Quote, RowError> {
        let quote = prices.quote(row);
        let totals = quote.as_ref().map(Quote::totals).map_err(|cause| *cause);
        let number = self.asked;
        self.take(row.operation(), totals)?;
        let quote = quote.map_err(|cause| RowError { row: number, cause })?;
        for assumption in quote.assumptions() {
            self.note(assumption);
        }
        Ok(quote)
    }

    /// The number of rows that were added.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// What all rows come to together.
    #[must_use]
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// The same by operation, of those that have rows, in the order of [`Operation::ALL`].
    pub fn by_operation(&self) -> impl Iterator<Item = (Operation, Part)> + '_ {
        let all = Operation::ALL.iter().copied().zip(self.parts);
        all.filter(|(_, part)| part.rows > 0)
    }

    /// What the rows that were added with their reasons take for granted, each assumption once,
    /// in the order of the first row that has it.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    fn take(
        &mut self,
        operation: Operation,
        totals: Result<Totals, QuoteError>,
    ) -> Result<Totals, RowError> {
        let row = self.asked;
        self.asked = self.asked.saturating_add(1);
        let refusal = |cause| RowError { row, cause };
        let totals = totals.map_err(refusal)?;
        let sum = self.totals.checked_add(totals);
        self.totals = sum.ok_or(refusal(QuoteError::TooLarge))?;
        // OK because 2^64 rows cannot be added one by one.
        self.rows = self.rows.saturating_add(1);
        if let Some(part) = self.parts.get_mut(operation as usize) {
            part.rows = part.rows.saturating_add(1);
            // OK because a part is never above the sum, which fits.
            part.totals = part.totals.checked_add(totals).unwrap_or(part.totals);
        }
        Ok(totals)
    }

    #[cfg(feature = "alloc")]
    fn note(&mut self, assumption: &Assumption) {
        let spread = match assumption.range() {
            Some((min, max)) => max.checked_sub(min).unwrap_or(Credits::ZERO),
            None => Credits::ZERO,
        };
        for reason in &mut self.reasons {
            if let Some(kind) = merged(reason.kind, assumption.kind()) {
                reason.kind = kind;
                reason.rows = reason.rows.saturating_add(1);
                // OK because a doubt spans no more than its row, and the rows' sum fits.
                reason.spread = reason.spread.checked_add(spread).unwrap_or(Credits::MAX);
                return;
            }
        }
        self.reasons.push(Reason {
            kind: assumption.kind(),
            rows: 1,
            spread,
        });
    }
}

/// One assumption that stands for two, or `None` where they say different things.
///
/// Lengths differ from row to row: what is kept of them is the range that holds them all, so
/// that the reasons stay few. Scripts are kept apart by what their estimates rest on: a language
/// and a pace, of which there are few.
#[cfg(feature = "alloc")]
fn merged(one: AssumptionKind, other: AssumptionKind) -> Option<AssumptionKind> {
    match (one, other) {
        (
            AssumptionKind::LengthRange { min, max },
            AssumptionKind::LengthRange {
                min: other_min,
                max: other_max,
            },
        ) => Some(AssumptionKind::LengthRange {
            min: min.min(other_min),
            max: max.max(other_max),
        }),
        (
            AssumptionKind::LengthFromScript { script },
            AssumptionKind::LengthFromScript { script: other },
        ) => Some(AssumptionKind::LengthFromScript {
            script: script.spanning(other)?,
        }),
        _ => (one == other).then_some(one),
    }
}

/// An assumption that rows of a workload have in common.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reason {
    /// What is assumed; a range of lengths, known or estimated from scripts, holds those of all
    /// rows.
    pub kind: AssumptionKind,
    /// The number of rows that assume it.
    pub rows: u64,
    /// By how much this doubt alone widens the range of them all; 0 where it widens none.
    pub spread: Credits,
}

/// A row that has no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowError {
    /// Which row, counted from 0, those without a price included.
    pub row: u64,
    /// Why.
    pub cause: QuoteError,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}: {}", self.row, self.cause)
    }
}

impl core::error::Error for RowError {}
