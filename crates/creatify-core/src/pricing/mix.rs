//! The best mix within a budget: of several things that are wanted, how many of each.
//!
//! The answer is the optimum and never near it: a bounded knapsack, solved by a table over every
//! amount up to the budget, in the largest step that divides all prices. A table that would
//! become too large is refused with its size.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::ratio::greatest_common_divisor;
use super::{Prices, QuoteRequest, RowError, Totals};
use crate::credits::Credits;

/// Something wanted: what it is, what one is worth, and how many at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    request: QuoteRequest,
    value: u64,
    most: u32,
}

impl Wanted {
    /// Any number of such calls, each worth 1; the request's own count is ignored.
    #[must_use]
    pub const fn new(request: QuoteRequest) -> Wanted {
        Wanted {
            request,
            value: 1,
            most: u32::MAX,
        }
    }

    /// Sets what one is worth beside the others, in any unit; 0 or more.
    #[must_use]
    pub const fn with_value(mut self, value: u64) -> Wanted {
        self.value = value;
        self
    }

    /// Sets how many are wanted at most; 0 for none.
    #[must_use]
    pub const fn with_most(mut self, most: u32) -> Wanted {
        self.most = most;
        self
    }
}

/// How many of each thing that was wanted make the most of a budget.
///
/// # Example
///
/// ```
/// use creatify_core::pricing::{Mix, Wanted};
/// use creatify_core::{Credits, Model, Operation, QuoteRequest, RateCard, Seconds};
///
/// let avatar = |model, seconds| -> Result<QuoteRequest, creatify_core::LengthError> {
///     let request = QuoteRequest::new(Operation::LipsyncV2Generate).with_model(model);
///     Ok(request.with_length(Seconds::from_whole(seconds)?))
/// };
/// let wanted = [
///     Wanted::new(avatar(Model::AuroraV1, 20)?).with_value(81), // 20 credits each
///     Wanted::new(avatar(Model::AuroraV1Fast, 25)?).with_value(50), // 12.5
///     Wanted::new(avatar(Model::Standard, 30)?).with_value(10).with_most(6), // 5
/// ];
/// let mix = Mix::best(&RateCard::latest(), &wanted, "50".parse::<Credits>()?)?;
/// // The first has the best value for a credit, but two of it leave room for 182 in all.
/// assert_eq!((mix.counts(), mix.value()), (&[0, 4, 0][..], 200));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mix {
    counts: Vec<u32>,
    value: u64,
    totals: Totals,
}

impl Mix {
    /// The largest table that is filled, in rows times steps of the budget. It takes less than
    /// 100 MB.
    pub const MAX_CELLS: u64 = 1 << 22;

    /// The mix of the highest value whose [`Totals::max`] stays within `budget`.
    ///
    /// Of several with that value it is the one with the least maximum, and of those the one
    /// with most of the first row, then of the second, and so on.
    ///
    /// # Errors
    ///
    /// When a row has no price, when the value does not fit in 64 bits, and when the table
    /// exceeds [`Mix::MAX_CELLS`].
    pub fn best(
        prices: &(impl Prices + ?Sized),
        wanted: &[Wanted],
        budget: Credits,
    ) -> Result<Mix, MixError> {
        let mut rows = Vec::with_capacity(wanted.len());
        for (row, wanted) in (0_u64..).zip(wanted) {
            let one = prices.totals(&wanted.request.with_count(1));
            let one = one.map_err(|cause| MixError::Row(RowError { row, cause }))?;
            rows.push(Row::new(one, wanted, budget));
        }
        let worth = |sum: u64, row: &Row| sum.checked_add(row.value.checked_mul(row.most)?);
        if rows.iter().try_fold(0_u64, worth).is_none() {
            return Err(MixError::ValueTooLarge);
        }
        let counts = fill(&rows, budget)?;
        let taken = || rows.iter().zip(&counts);
        let value = taken().map(|(row, count)| row.value.saturating_mul(u64::from(*count)));
        let totals = taken().map(|(row, count)| row.one.checked_mul(u64::from(*count)));
        let totals: Option<Vec<Totals>> = totals.collect();
        Ok(Mix {
            // OK because the value of all that is wanted fits.
            value: value.fold(0, u64::saturating_add),
            // OK because the maximum stays within the budget, and the others below it.
            totals: totals
                .and_then(Totals::checked_sum)
                .ok_or(MixError::ValueTooLarge)?,
            counts,
        })
    }

    /// How many of each, in the order in which they were wanted.
    #[must_use]
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    /// What all of them are worth together.
    #[must_use]
    pub const fn value(&self) -> u64 {
        self.value
    }

    /// What all of them cost together.
    #[must_use]
    pub const fn totals(&self) -> Totals {
        self.totals
    }
}

/// One row of the knapsack.
struct Row {
    one: Totals,
    value: u64,
    /// How many can be taken at most, the budget considered.
    most: u64,
}

impl Row {
    fn new(one: Totals, wanted: &Wanted, budget: Credits) -> Row {
        let affordable = budget.millicredits().checked_div(one.max().millicredits());
        Row {
            one,
            value: wanted.value,
            most: u64::from(wanted.most).min(affordable.unwrap_or(u64::MAX)),
        }
    }

    /// The most that one can cost, in thousandths.
    fn cost(&self) -> u64 {
        self.one.max().millicredits()
    }

    /// Whether there is something to decide.
    fn is_open(&self) -> bool {
        self.cost() > 0 && self.most > 0
    }
}

/// How many of each row are taken.
fn fill(rows: &[Row], budget: Credits) -> Result<Vec<u32>, MixError> {
    let open = || rows.iter().filter(|row| row.is_open());
    let step = open().fold(0, |step, row| greatest_common_divisor(step, row.cost()));
    // What costs nothing is taken in full.
    let Some(all_steps) = budget.millicredits().checked_div(step) else {
        return Ok(rows.iter().map(|row| row.most as u32).collect());
    };
    // No more room than everything takes together.
    let room = open().fold(0, |sum: u64, row| {
        sum.saturating_add(row.cost().saturating_mul(row.most))
    });
    let steps = all_steps.min(room.checked_div(step).unwrap_or(u64::MAX));
    let cells = u64::try_from(open().count())
        .unwrap_or(u64::MAX)
        .saturating_mul(steps.saturating_add(1));
    if cells > Mix::MAX_CELLS {
        return Err(MixError::TooLarge {
            rows: open().count(),
            step: Credits::from_millicredits(step),
            cells,
        });
    }
    let width = |row: &Row| row.cost().checked_div(step).unwrap_or(0) as usize;
    // From the last row to the first, so that the way back goes from the first to the last.
    let mut best = vec![0; (steps as usize).saturating_add(1)];
    let mut taken = Vec::new();
    for row in rows.iter().filter(|row| row.is_open()).rev() {
        let (with_row, counts) = add(&best, width(row), row);
        best = with_row;
        taken.push(counts);
    }
    let most = best.last().copied().unwrap_or(0);
    // The value never falls with the room: this is the least room for it.
    let mut left = best.partition_point(|value| *value < most);
    let mut counts = Vec::with_capacity(rows.len());
    for row in rows {
        if !row.is_open() {
            counts.push(if row.cost() == 0 { row.most as u32 } else { 0 });
            continue;
        }
        let table = taken.pop().unwrap_or_default();
        let count = table.get(left).copied().unwrap_or(0);
        left = left.saturating_sub(width(row).saturating_mul(count as usize));
        counts.push(count);
    }
    Ok(counts)
}

/// The best values with one row more, and how many of it each takes: most where several do.
///
/// Rooms that differ by whole widths of the row belong together. Among those, the best one to
/// start from is the best of the last `most` rooms, each counted from its distance; a queue
/// keeps those that can still become it, so that each room is looked at once.
fn add(best: &[u64], width: usize, row: &Row) -> (Vec<u64>, Vec<u32>) {
    let mut values = vec![0; best.len()];
    let mut counts = vec![0; best.len()];
    let mut queue: VecDeque<(u64, i128)> = VecDeque::new();
    for first in 0..width.min(best.len()) {
        queue.clear();
        let rooms = (0_u64..).zip((first..best.len()).step_by(width));
        for (at, room) in rooms {
            // OK because a place is below 2^22 and a value below 2^64.
            let shift = i128::from(at).wrapping_mul(i128::from(row.value));
            let start = i128::from(best.get(room).copied().unwrap_or(0)).wrapping_sub(shift);
            while queue.back().is_some_and(|(_, other)| *other < start) {
                queue.pop_back();
            }
            queue.push_back((at, start));
            while queue
                .front()
                .is_some_and(|(from, _)| at.saturating_sub(*from) > row.most)
            {
                queue.pop_front();
            }
            let Some((from, start)) = queue.front() else {
                continue;
            };
            if let (Some(value), Some(count)) = (values.get_mut(room), counts.get_mut(room)) {
                // OK because the value of all that is wanted fits, and the table's side is below
                // 2^22.
                *value = start.wrapping_add(shift) as u64;
                *count = at.saturating_sub(*from) as u32;
            }
        }
    }
    (values, counts)
}

/// Why there is no best mix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MixError {
    /// A row has no price.
    Row(RowError),
    /// The value of all that is wanted exceeds 64 bits.
    ValueTooLarge,
    /// The exact answer would take too large a table.
    TooLarge {
        /// The rows among which there is something to decide.
        rows: usize,
        /// The largest amount that divides all of their prices.
        step: Credits,
        /// The cells of the table.
        cells: u64,
    },
}

impl fmt::Display for MixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MixError::Row(error) => error.fmt(f),
            MixError::ValueTooLarge => write!(
                f,
                "the value of all that is wanted exceeds {}; give smaller values or numbers",
                u64::MAX
            ),
            MixError::TooLarge { rows, step, cells } => write!(
                f,
                "the best mix of {rows} rows in steps of {step} credits takes a table of {cells} \
                 cells and the limit is {}; lower the budget, or leave out the rows whose prices \
                 make the step small",
                Mix::MAX_CELLS
            ),
        }
    }
}

impl core::error::Error for MixError {}
