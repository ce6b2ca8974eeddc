//! Millions of rows at one day's prices: columns in, one range out, nothing allocated.
//!
//! Every rule is the one of a single request; what is special here is only the arithmetic. A
//! started unit is found by a multiplication instead of a division, and rows whose price is in
//! doubt are set aside by index and gone through a second time, so that no branch depends on
//! the data.

use core::fmt;

use super::request::Reading;
use super::{Model, Operation, Prices, QuoteError, QuoteRequest, Rate, Totals, Unit, card};
use crate::credits::Credits;
use crate::length::Seconds;

/// Rows are gone through in blocks of so many: few enough that a block stays in the cache.
const BLOCK: usize = 512;
/// The bits that a sum over a block can have more than its largest row.
const BLOCK_BITS: u32 = BLOCK.ilog2();
/// A key is a byte, and every byte has a cell, so that no lookup can miss.
const SIZE: usize = 256;
const _: () = assert!(card::CELLS < SIZE, "a key does not fit in a byte");

/// An operation and a model, as a column of [`Columns`] holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BatchKey(u8);

/// Rows to be priced, as columns of the same length.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// What each row asks for, from [`Batch::key`].
    pub keys: &'a [BatchKey],
    /// The length of each video; [`Seconds::ZERO`] where the price does not go by it.
    pub lengths: &'a [Seconds],
    /// The number of calls of each row, 1 or more.
    pub counts: &'a [u32],
}

/// One day's prices, laid out for millions of rows.
///
/// A list of previews counts as one preview here, and an operation that costs what the
/// service's catalogue says has no key: price those by [`Prices::totals`] and add them up.
///
/// # Example
///
/// ```
/// use creatify_core::pricing::{Batch, Columns};
/// use creatify_core::{Model, Operation, RateCard, Seconds};
///
/// let card = RateCard::latest();
/// let batch = Batch::new(&card);
/// let avatar = batch.key(Operation::LipsyncV2Generate, Some(Model::AuroraV1))?;
/// let link = batch.key(Operation::LinkCreate, None)?;
/// let totals = batch.totals(&Columns {
///     keys: &[avatar, link],
///     lengths: &["10.4".parse::<Seconds>()?, Seconds::ZERO],
///     counts: &[2, 3],
/// })?;
/// assert_eq!(totals.to_string(), "25 credits"); // 2 x ceil(10.4) x 1 + 3 x 1
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Batch<'p, P: ?Sized> {
    prices: &'p P,
    cells: [Cell; SIZE],
    /// The bits of the dearest single call of any cell.
    cost_bits: u32,
}

/// How the rows of one operation and model are priced.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Cell {
    /// The likely reading, or the first of two that contradict each other.
    first: Priced,
    /// The longest length in milliseconds that the first price alone holds for: 0 where no
    /// length is taken, and below 0 where there is more than one price.
    certain_to: i32,
    is_timed: bool,
    rule: Rule,
    /// Read only where the rule is [`Rule::Two`] or [`Rule::Dearer`].
    second: Priced,
    operation: Operation,
    model: Option<Model>,
}

/// What is done with a row beyond taking the first price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Nothing: there is one price.
    One,
    /// The second price widens the range.
    Two,
    /// The second price widens the range, and the dearer one is likely.
    Dearer,
    /// All of it is left to [`Prices::totals`].
    Other,
}

/// A price in the form that needs no division.
#[derive(Clone, Copy, Debug)]
struct Priced {
    /// 2^64 over the length of a unit, rounded up.
    scale: u64,
    /// What is added to a length before it is scaled, so that the rest is cut off upwards.
    added: u64,
    /// Thousandths of a credit for a unit.
    millicredits: u64,
}

impl Cell {
    /// A cell whose rows are all priced by the rule of a single request.
    const fn left_to_requests(operation: Operation, model: Option<Model>) -> Cell {
        Cell {
            first: Priced::NONE,
            certain_to: -1,
            is_timed: true,
            rule: Rule::Other,
            second: Priced::NONE,
            operation,
            model,
        }
    }
}

impl Priced {
    /// A price that comes to nothing.
    const NONE: Priced = Priced {
        scale: 0,
        added: 0,
        millicredits: 0,
    };

    /// The price of a row that has a length, or must have none.
    fn of(rate: &Rate, is_timed: bool) -> Option<Priced> {
        let (scale, added) = match rate.unit().seconds() {
            // Exact, because a length is below 2^27 ms, a unit at most that long, and the error
            // of the scale times both stays below 2^64; no unit in ms divides 2^64.
            Some(seconds) => {
                let unit_millis = u64::from(seconds).checked_mul(1_000)?;
                let scale = u64::MAX.checked_div(unit_millis)?.checked_add(1)?;
                (scale, unit_millis.checked_sub(1)?)
            }
            // One unit for every length above 0.
            None if is_timed => (1 << 37, (1 << 27) - 1),
            // One unit for the length 0, which is the only one taken.
            None => (1 << 63, 2),
        };
        Some(Priced {
            scale,
            added,
            millicredits: rate.credits_per_unit().millicredits(),
        })
    }

    /// Thousandths of a credit for one call.
    #[inline(always)]
    fn cost(&self, millis: u32) -> u64 {
        // OK because a length and a unit are below 2^27, and the product of two numbers below
        // 2^64 is below 2^128.
        let length = u64::from(millis).wrapping_add(self.added);
        let units = (u128::from(length).wrapping_mul(u128::from(self.scale)) >> 64) as u64;
        // OK because `Batch::new` takes only prices of which a day's worth fits.
        units.wrapping_mul(self.millicredits)
    }

    /// The bits of the dearest call, or `None` when that does not fit.
    fn cost_bits(&self, rate: &Rate) -> Option<u32> {
        let dearest = rate.total(Seconds::MAX, 1)?.millicredits();
        Some(u64::BITS.saturating_sub(dearest.leading_zeros()))
    }
}

impl<'p, P: Prices + ?Sized> Batch<'p, P> {
    /// Lays the prices out, once for any number of rows.
    #[must_use]
    pub fn new(prices: &'p P) -> Batch<'p, P> {
        // No key leads to a cell that keeps this operation without being its own.
        let unused = Cell::left_to_requests(Operation::LinkCreate, None);
        let mut batch = Batch {
            prices,
            cells: [unused; SIZE],
            cost_bits: 0,
        };
        for &operation in Operation::ALL {
            for model in card::slots() {
                let found = cell_of(prices, operation, model);
                let place = batch.cells.get_mut(card::cell(operation, model));
                if let Some(place) = place {
                    let left = (Cell::left_to_requests(operation, model), 0);
                    let (cell, bits) = found.unwrap_or(left);
                    *place = cell;
                    batch.cost_bits = batch.cost_bits.max(bits);
                }
            }
        }
        batch
    }

    /// The key of an operation and model; without a model, of the operation's default.
    ///
    /// # Errors
    ///
    /// When there is no such price on the day, or the service's catalogue names it.
    pub fn key(&self, operation: Operation, model: Option<Model>) -> Result<BatchKey, QuoteError> {
        let mut request = QuoteRequest::new(operation);
        if let Some(model) = model {
            request = request.with_model(model);
        }
        match self.prices.totals(&request) {
            // Only a length is missing, and each row brings its own.
            Ok(_) | Err(QuoteError::LengthMissing { .. }) => {}
            Err(error) => return Err(error),
        }
        // OK because every cell has a number below 256.
        Ok(BatchKey(card::cell(operation, request.model()) as u8))
    }

    /// The range that all rows come to together.
    ///
    /// # Errors
    ///
    /// When the columns differ in length, for the first row that has no price, and when the
    /// credits do not fit.
    pub fn totals(&self, columns: &Columns<'_>) -> Result<Totals, BatchError> {
        let Columns {
            keys,
            lengths,
            counts,
        } = *columns;
        if keys.len() != lengths.len() || keys.len() != counts.len() {
            return Err(BatchError::ColumnsDiffer {
                keys: keys.len(),
                lengths: lengths.len(),
                counts: counts.len(),
            });
        }
        let blocks = keys.chunks(BLOCK).zip(lengths.chunks(BLOCK));
        let mut sum = Totals::ZERO;
        let mut row = 0_usize;
        for ((keys, lengths), counts) in blocks.zip(counts.chunks(BLOCK)) {
            let block = self.block(keys, lengths, counts);
            let block = match block {
                Some(totals) => totals,
                None => self.one_by_one(keys, lengths, counts, row)?,
            };
            row = row.saturating_add(keys.len());
            sum = sum.checked_add(block).ok_or(BatchError::Row {
                row: row.saturating_sub(1),
                cause: QuoteError::TooLarge,
            })?;
        }
        Ok(sum)
    }

    /// The range of a block, or `None` where a row needs a closer look.
    #[inline]
    fn block(&self, keys: &[BatchKey], lengths: &[Seconds], counts: &[u32]) -> Option<Totals> {
        let mut all_counts = 0_u32;
        let mut has_zero = false;
        for &count in counts {
            all_counts |= count;
            has_zero |= count == 0;
        }
        let count_bits = u32::BITS.saturating_sub(all_counts.leading_zeros());
        let bits = self
            .cost_bits
            .saturating_add(count_bits)
            .saturating_add(BLOCK_BITS);
        // A sum over the block fits in 64 bits where its largest row, 512 times, does.
        if has_zero || bits > u64::BITS {
            return None;
        }
        let (mut likely, mut has_aside) = (0_u64, false);
        for ((key, length), &count) in keys.iter().zip(lengths).zip(counts) {
            let cell = self.cell(*key);
            let millis = length.millis();
            let cost = cell.first.cost(millis).wrapping_mul(u64::from(count));
            likely = likely.wrapping_add(cost);
            // A length is below 2^27 ms.
            has_aside |= millis as i32 > cell.certain_to;
        }
        if !has_aside {
            let likely = Credits::from_millicredits(likely);
            return Some(Totals::of(likely, likely, likely));
        }
        let mut aside = [0_u16; BLOCK];
        let mut aside_len = 0_usize;
        for (index, (key, length)) in keys.iter().zip(lengths).enumerate() {
            // Written in any case and kept by moving on, so that nothing branches.
            if let Some(place) = aside.get_mut(aside_len) {
                *place = index as u16;
            }
            let is_aside = length.millis() as i32 > self.cell(*key).certain_to;
            aside_len = aside_len.wrapping_add(usize::from(is_aside));
        }
        let (mut below, mut above) = (0_u64, 0_u64);
        let mut others = Totals::ZERO;
        for &index in aside.get(..aside_len)? {
            let index = usize::from(index);
            let (&key, &length) = (keys.get(index)?, lengths.get(index)?);
            let &count = counts.get(index)?;
            let cell = self.cell(key);
            if !cell.is_timed && length != Seconds::ZERO {
                return None;
            }
            let first = cell.first.cost(length.millis());
            let second = cell.second.cost(length.millis());
            let times = u64::from(count);
            let least = first.min(second);
            match cell.rule {
                Rule::One => {}
                Rule::Two => {
                    let most = first.max(second);
                    above = above.wrapping_add(most.wrapping_sub(first).wrapping_mul(times));
                    below = below.wrapping_add(first.wrapping_sub(least).wrapping_mul(times));
                }
                Rule::Dearer => {
                    let most = first.max(second);
                    likely = likely.wrapping_add(most.wrapping_sub(first).wrapping_mul(times));
                    below = below.wrapping_add(most.wrapping_sub(least).wrapping_mul(times));
                }
                Rule::Other => {
                    let totals = self.row(key, length, count).ok()?;
                    others = others.checked_add(totals)?;
                }
            }
        }
        let end = |millicredits| Credits::from_millicredits(millicredits);
        // OK because each of them is a sum over the block, and the parts below are parts of it.
        let totals = Totals::of(
            end(likely.wrapping_sub(below)),
            end(likely),
            end(likely.wrapping_add(above)),
        );
        totals.checked_add(others)
    }

    /// The range of a block by the rule of a single request, which also finds what is wrong.
    #[cold]
    fn one_by_one(
        &self,
        keys: &[BatchKey],
        lengths: &[Seconds],
        counts: &[u32],
        first_row: usize,
    ) -> Result<Totals, BatchError> {
        let mut sum = Totals::ZERO;
        let rows = keys.iter().zip(lengths).zip(counts);
        for (index, ((&key, &length), &count)) in rows.enumerate() {
            let totals = self.row(key, length, count);
            sum = totals
                .and_then(|totals| sum.checked_add(totals).ok_or(QuoteError::TooLarge))
                .map_err(|cause| BatchError::Row {
                    row: first_row.saturating_add(index),
                    cause,
                })?;
        }
        Ok(sum)
    }

    fn row(&self, key: BatchKey, length: Seconds, count: u32) -> Result<Totals, QuoteError> {
        let cell = self.cell(key);
        let mut request = QuoteRequest::new(cell.operation).with_count(count);
        if let Some(model) = cell.model {
            request = request.with_model(model);
        }
        if cell.is_timed || length != Seconds::ZERO {
            request = request.with_length(length);
        }
        self.prices.totals(&request)
    }

    #[inline(always)]
    fn cell(&self, key: BatchKey) -> &Cell {
        let [first, ..] = &self.cells;
        // Every byte has a cell, so that the other way is never taken and compiled away.
        self.cells.get(usize::from(key.0)).unwrap_or(first)
    }
}

/// The cell of an operation and model and the bits of its dearest call; `None` where the rule of
/// a single request has to be asked for each row.
fn cell_of(
    prices: &(impl Prices + ?Sized),
    operation: Operation,
    model: Option<Model>,
) -> Option<(Cell, u32)> {
    let mut request = QuoteRequest::new(operation);
    if let Some(model) = model {
        request = request.with_model(model);
    }
    let (reading, is_timed) = match Reading::of(prices, &request) {
        Ok(reading) => (reading, false),
        Err(QuoteError::LengthMissing { .. }) => {
            let longest = request.with_length(Seconds::MAX);
            (Reading::of(prices, &longest).ok()?, true)
        }
        Err(_) => return None,
    };
    if reading.by_model.first()?.unit() == Unit::CatalogueCredit {
        return None;
    }
    let mut rates = reading.by_model.iter().chain(reading.headline);
    let likely = Priced::of(reading.likely, is_timed)?;
    let mut bits = likely.cost_bits(reading.likely)?;
    let mut cell = Cell {
        first: likely,
        certain_to: if is_timed { i32::MAX } else { 0 },
        is_timed,
        rule: Rule::One,
        second: Priced::NONE,
        operation,
        model,
    };
    if let Some(second) = rates.find(|rate| *rate != reading.likely) {
        cell.certain_to = -1;
        cell.second = Priced::of(second, is_timed)?;
        bits = bits.max(cell.second.cost_bits(second)?);
        // Prices that began together contradict each other.
        let is_contradicted =
            second.is_beside(reading.likely) && second.model() == reading.likely.model();
        cell.rule = if is_contradicted {
            Rule::Dearer
        } else {
            Rule::Two
        };
    }
    let is_all = reading
        .by_model
        .iter()
        .chain(reading.headline)
        .filter(|rate| *rate != reading.likely)
        .count()
        <= 1;
    is_all.then_some((cell, bits))
}

/// Why columns have no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchError {
    /// The columns differ in length.
    ColumnsDiffer {
        /// The rows in the column of keys.
        keys: usize,
        /// The rows in the column of lengths.
        lengths: usize,
        /// The rows in the column of counts.
        counts: usize,
    },
    /// A row has no price.
    Row {
        /// Which row, counted from 0.
        row: usize,
        /// Why.
        cause: QuoteError,
    },
}

impl fmt::Display for BatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BatchError::ColumnsDiffer {
                keys,
                lengths,
                counts,
            } => write!(
                f,
                "columns have {keys} keys, {lengths} lengths and {counts} counts; give as many \
                 of each"
            ),
            BatchError::Row { row, cause } => write!(f, "row {row}: {cause}"),
        }
    }
}

impl core::error::Error for BatchError {}
