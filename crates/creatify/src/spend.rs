//! What was spent, as a ledger knows it: how quotes have held against bills, and the same bills as a
//! table for accountants.
//!
//! Everything here reads an [`Export`] and changes nothing. Only calls whose bill is posted count;
//! what is still reserved is told beside them and never counted as spent.

use creatify_core::Credits;
use creatify_core::pricing::{Calibration, QuoteError};
use creatify_ledger::protocol::State;
use creatify_ledger::{Attempt, Export, Intent, Money};

mod focus;
mod number;

pub use self::focus::{Focus, FocusRow, Period};
pub use self::number::Number;

/// Holds every quote of a ledger against its bill.
///
/// Counts calls whose job succeeded, that were quoted, and whose quote was kept. A failed job's bill
/// says nothing about the price table.
///
/// # Errors
///
/// [`QuoteError::TooLarge`] when a sum does not fit.
///
/// ```
/// use creatify::ledger::{Ledger, MemoryLedger};
///
/// let ledger = MemoryLedger::new();
/// let report = creatify::spend::calibration(&ledger.export()?)?;
/// assert_eq!(report.lines().len(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn calibration(export: &Export) -> Result<Calibration, QuoteError> {
    let mut report = Calibration::new();
    for intent in &export.intents {
        if let (State::Settled, Some(quoted), Some((_, bill))) =
            (intent.state, &intent.quoted, bills(intent).last())
        {
            report.billed(intent.operation, intent.model, quoted.totals, bill)?;
        }
    }
    Ok(report)
}

/// Every attempt of a call that was billed, with its bill.
fn bills(intent: &Intent) -> impl DoubleEndedIterator<Item = (&Attempt, Credits)> {
    let bill = |attempt: &Attempt| match attempt.money {
        Money::Posted(bill) => Some(bill),
        _ => None,
    };
    let attempts = intent.attempts.iter();
    attempts.filter_map(move |attempt| Some((attempt, bill(attempt)?)))
}

/// What is set aside for attempts that may still cost something.
fn reserved(intent: &Intent) -> impl Iterator<Item = Credits> {
    let attempts = intent.attempts.iter();
    attempts.filter_map(|attempt| (attempt.money == Money::Reserved).then_some(attempt.reserved))
}
