//! Reads decimal numbers into whole thousandths, exactly and without floats.
//!
//! Credits and seconds both count thousandths and share this reader. What a remainder below a
//! thousandth means they say themselves: credits are [`exact`], lengths are [`rounded_up`].

use core::fmt::Write as _;

use crate::excerpt::Excerpt;

/// A decimal number, cut at the third decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// Whether a minus sign stands in front of a number other than zero.
    pub(crate) is_negative: bool,
    /// The magnitude in whole thousandths; `None` when it does not fit.
    pub(crate) thousandths: Option<u64>,
    /// Whether a digit other than zero follows the third decimal.
    pub(crate) has_remainder: bool,
}

/// Why a number is no amount of whole thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// It is no decimal number at all, or not a finite one.
    NoNumber,
    /// It is below zero.
    Negative,
    /// A digit other than zero follows the third decimal.
    TooFine,
    /// It does not fit.
    TooLarge,
}

/// The thousandths of a number that has no remainder below them.
pub(crate) fn exact(number: Option<Decimal>) -> Result<u64, Problem> {
    let number = magnitude(number)?;
    if number.has_remainder {
        return Err(Problem::TooFine);
    }
    number.thousandths.ok_or(Problem::TooLarge)
}

/// The thousandths of a number, of which a started one counts in full.
pub(crate) fn rounded_up(number: Option<Decimal>) -> Result<u64, Problem> {
    let number = magnitude(number)?;
    number
        .thousandths
        .and_then(|whole| whole.checked_add(u64::from(number.has_remainder)))
        .ok_or(Problem::TooLarge)
}

/// A number that is one, and not below zero.
fn magnitude(number: Option<Decimal>) -> Result<Decimal, Problem> {
    match number {
        None => Err(Problem::NoNumber),
        Some(number) if number.is_negative => Err(Problem::Negative),
        Some(number) => Ok(number),
    }
}

/// Reads `-12.34`, `5.5e0` and the like; `None` for anything that is no decimal number.
///
/// The cost is linear in the length of the text; no exponent makes it longer.
pub(crate) fn read(text: &str) -> Option<Decimal> {
    let (has_minus, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, digits(fraction)?),
        None => (mantissa, ""),
    };
    let whole = digits(whole)?;

    // The power of ten of the digit at hand, counted in thousandths.
    let mut power = i64::try_from(whole.len())
        .unwrap_or(i64::MAX)
        .saturating_add(exponent)
        .saturating_add(2);
    let mut thousandths = Some(0_u64);
    let mut has_remainder = false;
    for digit in whole.bytes().chain(fraction.bytes()) {
        let digit = u64::from(digit.saturating_sub(b'0'));
        if power >= 0 {
            thousandths = thousandths.and_then(|sum| sum.checked_mul(10)?.checked_add(digit));
        } else {
            has_remainder |= digit != 0;
        }
        power = power.saturating_sub(1);
    }
    // `power` is now one below the last digit's. Zeros that the exponent appends end at the
    // latest when the number no longer fits, so a huge exponent costs twenty rounds.
    while power >= 0 && thousandths.is_some_and(|sum| sum != 0) {
        thousandths = thousandths.and_then(|sum| sum.checked_mul(10));
        power = power.saturating_sub(1);
    }

    let is_zero = thousandths == Some(0) && !has_remainder;
    Some(Decimal {
        is_negative: has_minus && !is_zero,
        thousandths,
        has_remainder,
    })
}

/// Reads the shortest decimal text that gives `value` back; `None` for NaN and infinities.
pub(crate) fn read_f64(value: f64) -> Option<Decimal> {
    if !value.is_finite() {
        return None;
    }
    // Scientific notation keeps the text within 24 bytes, whatever the magnitude.
    let mut text = Excerpt::empty();
    write!(text, "{value:e}").ok()?;
    read(text.whole()?)
}

/// The text itself when it is one digit or more and nothing else.
fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// Reads the digits behind an `e`, saturating far outside anything that matters.
fn read_exponent(text: &str) -> Option<i64> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = digits(unsigned)?.bytes().fold(0_i64, |sum, digit| {
        sum.saturating_mul(10)
            .saturating_add(i64::from(digit.saturating_sub(b'0')))
    });
    Some(if is_negative {
        magnitude.saturating_neg()
    } else {
        magnitude
    })
}
