//! How quotes have held against bills so far: one line for each operation and model.
//!
//! A quote that is off now and then is a doubt that came true; a line whose bills lie outside
//! their quotes, or drift to one side, is a table that is out of date. Nothing here decides which.

use alloc::collections::BTreeMap;

use super::{Model, Operation, Quote, QuoteError, Settlement, Totals};
use crate::credits::Credits;

/// A running report of quotes against bills.
///
/// # Example
///
/// ```
/// use creatify_core::pricing::Calibration;
/// use creatify_core::{Operation, QuoteRequest, RateCard, Seconds};
///
/// let request = QuoteRequest::new(Operation::LipsyncV2Generate)
///     .with_length(Seconds::from_whole(20)?);
/// let quote = RateCard::latest().quote(&request)?; // 5 credits
/// let mut report = Calibration::new();
/// for bill in ["5", "5", "6"] {
///     report.settled(&quote, &quote.settle(bill.parse()?))?;
/// }
/// let line = report.lines().next().unwrap();
/// assert_eq!((line.count(), line.matched(), line.above()), (3, 2, 1));
/// assert_eq!(line.drift_per_mille(), Some(66)); // 16 billed for 15 quoted
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calibration {
    lines: BTreeMap<(Operation, Option<Model>), CalibrationLine>,
}

impl Calibration {
    /// A report of nothing yet.
    #[must_use]
    pub const fn new() -> Calibration {
        Calibration {
            lines: BTreeMap::new(),
        }
    }

    /// Counts a quote and what came of comparing it with its final bill.
    ///
    /// # Errors
    ///
    /// As for [`Calibration::billed`].
    pub fn settled(&mut self, quote: &Quote, settlement: &Settlement) -> Result<(), QuoteError> {
        let charged = settlement.charged();
        self.billed(quote.operation(), quote.model(), quote.totals(), charged)
    }

    /// Counts a quoted range and the final bill.
    ///
    /// # Errors
    ///
    /// [`QuoteError::TooLarge`] when a sum does not fit; the report is then as it was.
    pub fn billed(
        &mut self,
        operation: Operation,
        model: Option<Model>,
        quoted: Totals,
        bill: Credits,
    ) -> Result<(), QuoteError> {
        let key = (operation, model);
        let line = self.lines.get(&key).copied();
        let line = line.unwrap_or(CalibrationLine::empty(operation, model));
        let line = line.plus(quoted, bill).ok_or(QuoteError::TooLarge)?;
        self.lines.insert(key, line);
        Ok(())
    }

    /// The lines, in the order of [`Operation::ALL`] and [`Model::ALL`].
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &CalibrationLine> {
        self.lines.values()
    }
}

/// Quotes against bills for one operation and model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalibrationLine {
    operation: Operation,
    model: Option<Model>,
    matched: u64,
    below: u64,
    above: u64,
    likely: Credits,
    billed: Credits,
}

impl CalibrationLine {
    const fn empty(operation: Operation, model: Option<Model>) -> CalibrationLine {
        CalibrationLine {
            operation,
            model,
            matched: 0,
            below: 0,
            above: 0,
            likely: Credits::ZERO,
            billed: Credits::ZERO,
        }
    }

    /// The same with one more quote and bill; `None` when a sum does not fit.
    fn plus(mut self, quoted: Totals, bill: Credits) -> Option<CalibrationLine> {
        let counter = if bill < quoted.min() {
            &mut self.below
        } else if bill > quoted.max() {
            &mut self.above
        } else {
            &mut self.matched
        };
        *counter = counter.checked_add(1)?;
        self.likely = self.likely.checked_add(quoted.likely())?;
        self.billed = self.billed.checked_add(bill)?;
        Some(self)
    }

    /// What was paid for.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// With which model; `None` where the operation has none.
    #[must_use]
    pub const fn model(&self) -> Option<Model> {
        self.model
    }

    /// How many bills there were.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.matched
            .saturating_add(self.below)
            .saturating_add(self.above)
    }

    /// How many of them lay within their quotes.
    #[must_use]
    pub const fn matched(&self) -> u64 {
        self.matched
    }

    /// How many lay below their quotes.
    #[must_use]
    pub const fn below(&self) -> u64 {
        self.below
    }

    /// How many lay above their quotes.
    #[must_use]
    pub const fn above(&self) -> u64 {
        self.above
    }

    /// The sum of the likely amounts of all quotes.
    #[must_use]
    pub const fn likely(&self) -> Credits {
        self.likely
    }

    /// The sum of all bills.
    #[must_use]
    pub const fn billed(&self) -> Credits {
        self.billed
    }

    /// By how many thousandths of the likely sum the bills exceed it, negative where they fall
    /// short of it; towards 0. `None` where nothing was expected, or where it does not fit.
    #[must_use]
    pub fn drift_per_mille(&self) -> Option<i64> {
        let likely = i128::from(self.likely.millicredits());
        let billed = i128::from(self.billed.millicredits());
        let thousandths = billed.checked_sub(likely)?.checked_mul(1_000)?;
        i64::try_from(thousandths.checked_div(likely)?).ok()
    }
}
