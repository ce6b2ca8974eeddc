//! The amount everything here is counted in: credits, as whole thousandths.
//!
//! No float takes part in any arithmetic; floats appear only where JSON has nothing else, and
//! then as the nearest value to the exact decimal text. Money in dollars is not here but in
//! [`crate::pricing::Plan`].

use core::fmt;
use core::str::FromStr;

use crate::decimal::{self, Problem};
use crate::excerpt::Excerpt;

/// An amount of credits, exact to a thousandth; from 0 to 18,446,744,073,709,551.615.
///
/// Half credits exist: one second of `aurora_v1_fast` costs 0.5. The arithmetic is checked and
/// returns `None` instead of wrapping or saturating.
///
/// # Example
///
/// ```
/// use creatify_core::Credits;
///
/// let bill: Credits = "5.5".parse()?;
/// assert_eq!(bill.millicredits(), 5_500);
/// assert_eq!(bill.checked_mul(2), Credits::from_whole(11));
/// assert_eq!(bill.to_string(), "5.5");
/// # Ok::<(), creatify_core::CreditsError>(())
/// ```
///
/// # Example: a float counts as the shortest decimal that prints it
///
/// ```
/// use creatify_core::Credits;
///
/// assert_eq!(Credits::try_from(0.1)?, Credits::from_millicredits(100));
/// // In binary this sum is not 0.3, and it is refused rather than rounded.
/// assert!(Credits::try_from(0.1 + 0.2).is_err());
/// # Ok::<(), creatify_core::CreditsError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credits(u64);

impl Credits {
    /// No credits.
    pub const ZERO: Credits = Credits(0);
    /// The largest amount there is.
    pub const MAX: Credits = Credits(u64::MAX);

    /// An amount given in thousandths of a credit.
    #[must_use]
    pub const fn from_millicredits(millicredits: u64) -> Credits {
        Credits(millicredits)
    }

    /// An amount given in whole credits; `None` above 18,446,744,073,709,551.
    #[must_use]
    pub const fn from_whole(credits: u64) -> Option<Credits> {
        match credits.checked_mul(1_000) {
            Some(millicredits) => Some(Credits(millicredits)),
            None => None,
        }
    }

    /// The amount in thousandths of a credit.
    #[must_use]
    pub const fn millicredits(self) -> u64 {
        self.0
    }

    /// Whether the amount is a whole number of credits.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.0 % 1_000 == 0
    }

    /// Whether this is no credits at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or `None` when it does not fit.
    #[must_use]
    pub const fn checked_add(self, other: Credits) -> Option<Credits> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Credits(sum)),
            None => None,
        }
    }

    /// The difference, or `None` when `other` is the larger.
    #[must_use]
    pub const fn checked_sub(self, other: Credits) -> Option<Credits> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Credits(rest)),
            None => None,
        }
    }

    /// The amount `times` over, or `None` when it does not fit.
    #[must_use]
    #[inline]
    pub const fn checked_mul(self, times: u64) -> Option<Credits> {
        match self.0.checked_mul(times) {
            Some(product) => Some(Credits(product)),
            None => None,
        }
    }

    /// The sum of many amounts, or `None` when it does not fit.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Credits>) -> Option<Credits> {
        amounts
            .into_iter()
            .try_fold(Credits::ZERO, Credits::checked_add)
    }
}

impl fmt::Display for Credits {
    /// The exact decimal, without trailing zeros: `8`, `5.5`, `0.125`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0 / 1_000;
        let rest = self.0 % 1_000;
        match rest {
            0 => write!(f, "{whole}"),
            rest if rest % 100 == 0 => write!(f, "{whole}.{}", rest / 100),
            rest if rest % 10 == 0 => write!(f, "{whole}.{:02}", rest / 10),
            rest => write!(f, "{whole}.{rest:03}"),
        }
    }
}

impl FromStr for Credits {
    type Err = CreditsError;

    /// Reads an exact decimal such as `8`, `5.5` or `5.500`.
    ///
    /// # Errors
    ///
    /// When the text is no decimal number, is negative, has more than three significant
    /// decimals, or does not fit.
    fn from_str(text: &str) -> Result<Credits, CreditsError> {
        let millicredits = decimal::exact(decimal::read(text));
        millicredits.map(Credits).map_err(|problem| CreditsError {
            problem,
            given: Excerpt::of(text),
        })
    }
}

impl TryFrom<f64> for Credits {
    type Error = CreditsError;

    /// Takes the shortest decimal text that prints `value`.
    ///
    /// # Errors
    ///
    /// As for text; also for NaN and the infinities.
    fn try_from(value: f64) -> Result<Credits, CreditsError> {
        let millicredits = decimal::exact(decimal::read_f64(value));
        millicredits.map(Credits).map_err(|problem| CreditsError {
            problem,
            given: Excerpt::of(format_args!("{value:?}")),
        })
    }
}

/// Why something is not an amount of [`Credits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditsError {
    problem: Problem,
    given: Excerpt,
}

impl fmt::Display for CreditsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = self.given;
        match self.problem {
            Problem::NoNumber => {
                write!(
                    f,
                    "{given} is no amount of credits; give a decimal such as 5.5"
                )
            }
            Problem::Negative => {
                write!(f, "{given} credits are negative; give 0 or more")
            }
            Problem::TooFine => write!(
                f,
                "{given} credits have more than three decimals; give thousandths at the finest"
            ),
            Problem::TooLarge => {
                write!(
                    f,
                    "{given} credits exceed the maximum of {}; give fewer",
                    Credits::MAX
                )
            }
        }
    }
}

impl core::error::Error for CreditsError {}

/// Credits as JSON: an integer when whole, else the nearest number to the exact decimal.
#[cfg(feature = "serde")]
mod serialization {
    use core::fmt;

    use serde::de::Visitor;
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Credits;
    use crate::excerpt::Excerpt;

    impl Serialize for Credits {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            if self.is_whole() {
                return serializer.serialize_u64(self.0 / 1_000);
            }
            // Reading the exact text rounds once and correctly; a division would round twice.
            let nearest: f64 = Excerpt::of(self)
                .as_str()
                .parse()
                .map_err(S::Error::custom)?;
            serializer.serialize_f64(nearest)
        }
    }

    impl<'de> Deserialize<'de> for Credits {
        /// Accepts an integer, a decimal number and text that holds either.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Credits, D::Error> {
            deserializer.deserialize_any(CreditsVisitor)
        }
    }

    struct CreditsVisitor;

    impl Visitor<'_> for CreditsVisitor {
        type Value = Credits;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("credits as a number or as text, 0 or more, with at most three decimals")
        }

        fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Credits, E> {
            Credits::from_whole(value)
                .ok_or_else(|| E::custom(format_args!("{value} credits exceed the maximum")))
        }

        fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Credits, E> {
            let value = u64::try_from(value)
                .map_err(|_| E::custom(format_args!("{value} credits are negative")))?;
            self.visit_u64(value)
        }

        fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Credits, E> {
            Credits::try_from(value).map_err(E::custom)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Credits, E> {
            text.parse().map_err(E::custom)
        }
    }

    #[cfg(feature = "schemars")]
    impl schemars::JsonSchema for Credits {
        fn schema_name() -> alloc::borrow::Cow<'static, str> {
            "Credits".into()
        }

        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({
                "description": "Credits, exact, with at most three decimals",
                "type": "number",
                "minimum": 0
            })
        }
    }
}
