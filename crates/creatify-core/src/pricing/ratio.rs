//! Exact shares, such as that of the previews which are rendered.
//!
//! A share of credits is rounded only where it is taken, and there each end outwards.

use core::cmp::Ordering;
use core::fmt;
use core::num::NonZeroU64;
use core::str::FromStr;

use crate::decimal::{self, Decimal};
use crate::excerpt::Excerpt;

/// An exact fraction, 0 or more, in lowest terms.
///
/// Prints as `4/9`, and as `1` where it is whole; reads that, a decimal such as `0.125`, and
/// per cent such as `12.5%`.
///
/// # Example
///
/// ```
/// use creatify_core::pricing::Ratio;
///
/// let half: Ratio = "50%".parse()?;
/// assert_eq!(Ok(half), "0.5".parse());
/// assert_eq!(Some(half), Ratio::new(3, 6));
/// assert!(half < "5/9".parse()?);
/// # Ok::<(), creatify_core::pricing::RatioError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: u64,
    denominator: NonZeroU64,
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Ratio = Ratio {
        numerator: 0,
        denominator: NonZeroU64::MIN,
    };
    /// The whole.
    pub const ONE: Ratio = Ratio {
        numerator: 1,
        denominator: NonZeroU64::MIN,
    };

    /// So many parts of so many; `None` when they are parts of 0.
    #[must_use]
    pub fn new(numerator: u64, denominator: u64) -> Option<Ratio> {
        let common = greatest_common_divisor(numerator, denominator);
        Some(Ratio {
            numerator: numerator.checked_div(common)?,
            denominator: NonZeroU64::new(denominator.checked_div(common)?)?,
        })
    }

    /// The upper part of the fraction.
    #[must_use]
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// The lower part of the fraction, 1 or more.
    #[must_use]
    pub const fn denominator(self) -> u64 {
        self.denominator.get()
    }

    /// That share of a number, cut down to a whole one; `None` when it does not fit.
    pub(crate) fn floor_of(self, number: u64) -> Option<u64> {
        let product = u128::from(number).checked_mul(u128::from(self.numerator))?;
        u64::try_from(product.checked_div(u128::from(self.denominator.get()))?).ok()
    }

    /// That share of a number, raised to a whole one; `None` when it does not fit.
    pub(crate) fn ceil_of(self, number: u64) -> Option<u64> {
        let product = u128::from(number).checked_mul(u128::from(self.numerator))?;
        u64::try_from(product.div_ceil(u128::from(self.denominator.get()))).ok()
    }
}

/// The largest number that divides both; the other one where one is 0.
pub(crate) fn greatest_common_divisor(mut one: u64, mut other: u64) -> u64 {
    while let Some(rest) = one.checked_rem(other) {
        (one, other) = (other, rest);
    }
    one
}

impl Ord for Ratio {
    fn cmp(&self, other: &Ratio) -> Ordering {
        // OK because a product of two numbers below 2^64 is below 2^128.
        let cross = |one: &Ratio, other: &Ratio| {
            u128::from(one.numerator).wrapping_mul(u128::from(other.denominator.get()))
        };
        cross(self, other).cmp(&cross(other, self))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.numerator)?;
        match self.denominator.get() {
            1 => Ok(()),
            denominator => write!(f, "/{denominator}"),
        }
    }
}

impl FromStr for Ratio {
    type Err = RatioError;

    /// Reads `4/9`, `0.125` or `12.5%`.
    ///
    /// # Errors
    ///
    /// When the text has none of these forms, is negative, has more than three decimals, or does
    /// not fit.
    fn from_str(text: &str) -> Result<Ratio, RatioError> {
        let read = || {
            let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
            if let (Some(numerator), Some(denominator)) = (whole(numerator), whole(denominator)) {
                return Ratio::new(numerator, denominator);
            }
            let (number, whole) = match text.strip_suffix('%') {
                Some(number) => (number.trim_end(), 100_000),
                None => (text, 1_000),
            };
            match decimal::read(number)? {
                Decimal {
                    is_negative: false,
                    thousandths: Some(thousandths),
                    has_remainder: false,
                } => Ratio::new(thousandths, whole),
                _ => None,
            }
        };
        read().ok_or(RatioError {
            given: Excerpt::of(text),
        })
    }
}

/// A number of digits alone.
fn whole(text: &str) -> Option<u64> {
    let digits = text.trim();
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| digits.parse().ok()).flatten()
}

/// Some text is no [`Ratio`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RatioError {
    given: Excerpt,
}

impl fmt::Display for RatioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is no share; give a fraction such as 4/9, or a decimal or per cent of at most \
             three decimals such as 0.125 or 12.5%",
            self.given
        )
    }
}

impl core::error::Error for RatioError {}
