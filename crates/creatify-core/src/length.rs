//! How long a video is: the quantity that time-based prices multiply.
//!
//! Lengths come from people, request bodies and job answers, as text or as floats, and are held
//! as whole milliseconds. This is media time only; waiting time is [`crate::schedule::Millis`].

use core::fmt;
use core::str::FromStr;

use crate::decimal::{self, Decimal, Problem};
use crate::excerpt::Excerpt;

/// A length of video or audio, exact to a millisecond, from 0 to 86,400 s.
///
/// More than three decimals round **up**, so that a length is never taken for a shorter one.
///
/// # Example
///
/// ```
/// use creatify_core::Seconds;
///
/// let length: Seconds = "10.4".parse()?;
/// assert_eq!(length.millis(), 10_400);
/// assert_eq!(Seconds::try_from(10.4)?, length);
/// assert_eq!(Seconds::try_from(0.000_1)?.to_string(), "0.001");
/// # Ok::<(), creatify_core::LengthError>(())
/// ```
///
/// # Example: the error names the limit
///
/// ```
/// use creatify_core::Seconds;
///
/// let error = Seconds::try_from(1e300).unwrap_err().to_string();
/// assert!(error.contains("maximum of 86400 s"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seconds {
    millis: u32,
}

impl Seconds {
    /// No time at all.
    pub const ZERO: Seconds = Seconds { millis: 0 };
    /// The longest length there is: one day, 86,400 s.
    pub const MAX: Seconds = Seconds { millis: 86_400_000 };

    /// A length given in milliseconds, 0 to 86,400,000.
    ///
    /// # Errors
    ///
    /// When the length is above the maximum.
    pub fn from_millis(millis: u64) -> Result<Seconds, LengthError> {
        Seconds::checked(millis).ok_or_else(|| LengthError {
            problem: Problem::TooLarge,
            given: Excerpt::of(format_args!("{millis} ms")),
        })
    }

    /// A length given in whole seconds, 0 to 86,400.
    ///
    /// # Errors
    ///
    /// When the length is above the maximum.
    pub fn from_whole(seconds: u64) -> Result<Seconds, LengthError> {
        seconds
            .checked_mul(1_000)
            .and_then(Seconds::checked)
            .ok_or_else(|| LengthError {
                problem: Problem::TooLarge,
                given: Excerpt::of(format_args!("{seconds} s")),
            })
    }

    /// The length in milliseconds, 0 to 86,400,000.
    #[must_use]
    #[inline]
    pub const fn millis(self) -> u32 {
        self.millis
    }

    /// Both lengths one after the other, or `None` above the maximum.
    #[must_use]
    pub fn checked_add(self, other: Seconds) -> Option<Seconds> {
        Seconds::checked(u64::from(self.millis).checked_add(u64::from(other.millis))?)
    }

    fn checked(millis: u64) -> Option<Seconds> {
        let millis = u32::try_from(millis).ok()?;
        (millis <= Seconds::MAX.millis).then_some(Seconds { millis })
    }

    fn from_decimal(number: Option<Decimal>) -> Result<Seconds, Problem> {
        let millis = decimal::rounded_up(number)?;
        Seconds::checked(millis).ok_or(Problem::TooLarge)
    }
}

impl fmt::Display for Seconds {
    /// The exact decimal number of seconds, without a unit: `45`, `10.4`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(
            &crate::Credits::from_millicredits(u64::from(self.millis)),
            f,
        )
    }
}

impl FromStr for Seconds {
    type Err = LengthError;

    /// Reads a decimal number of seconds such as `45` or `10.4`.
    ///
    /// # Errors
    ///
    /// When the text is no decimal number, or the length is negative or above the maximum.
    fn from_str(text: &str) -> Result<Seconds, LengthError> {
        Seconds::from_decimal(decimal::read(text)).map_err(|problem| LengthError {
            problem,
            given: Excerpt::of(text),
        })
    }
}

impl TryFrom<f64> for Seconds {
    type Error = LengthError;

    /// Takes the shortest decimal text that prints `seconds`.
    ///
    /// # Errors
    ///
    /// As for text; also for NaN and the infinities.
    fn try_from(seconds: f64) -> Result<Seconds, LengthError> {
        Seconds::from_decimal(decimal::read_f64(seconds)).map_err(|problem| LengthError {
            problem,
            given: Excerpt::of(format_args!("{seconds:?}")),
        })
    }
}

/// What is known of a length before the video exists.
///
/// A request whose body does not state its length is quoted with one of these; it is never sent.
///
/// # Example: a length that is only roughly known widens the quote
///
/// ```
/// use creatify_core::{Length, Operation, QuoteRequest, RateCard, Seconds};
///
/// let length = Length::Between { min: Seconds::from_whole(20)?, max: Seconds::from_whole(40)? };
/// let request = QuoteRequest::new(Operation::CustomTemplateGenerate).with_length(length);
/// let totals = RateCard::latest().totals(&request)?;
/// assert_eq!((totals.min().to_string(), totals.max().to_string()), ("5".into(), "10".into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Length {
    /// The length is known.
    Known(Seconds),
    /// The length lies in this range, both ends included.
    Between {
        /// The shortest it can be.
        min: Seconds,
        /// The longest it can be; not below `min`.
        max: Seconds,
    },
}

impl Length {
    /// The shortest it can be.
    #[must_use]
    pub const fn min(self) -> Seconds {
        match self {
            Length::Known(length) => length,
            Length::Between { min, .. } => min,
        }
    }

    /// The longest it can be.
    #[must_use]
    pub const fn max(self) -> Seconds {
        match self {
            Length::Known(length) => length,
            Length::Between { max, .. } => max,
        }
    }
}

impl From<Seconds> for Length {
    fn from(length: Seconds) -> Length {
        Length::Known(length)
    }
}

/// Why something is not a length in [`Seconds`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthError {
    problem: Problem,
    given: Excerpt,
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (given, max) = (self.given, Seconds::MAX);
        match self.problem {
            Problem::NoNumber => {
                write!(
                    f,
                    "length {given} is no number; give seconds from 0 to {max}"
                )
            }
            Problem::Negative => {
                write!(
                    f,
                    "length {given} is negative; give seconds from 0 to {max}"
                )
            }
            // A length has no grain that is too fine: it rounds up.
            Problem::TooFine | Problem::TooLarge => {
                write!(
                    f,
                    "length {given} exceeds the maximum of {max} s; give a shorter one"
                )
            }
        }
    }
}

impl core::error::Error for LengthError {}

/// Lengths as JSON: an integer when whole, else the nearest number to the exact decimal.
#[cfg(feature = "serde")]
mod serialization {
    use core::fmt;

    use serde::de::Visitor;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Seconds;
    use crate::Credits;

    impl Serialize for Seconds {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            // The same decimal, written by the one place that writes decimals.
            Credits::from_millicredits(u64::from(self.millis)).serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Seconds {
        /// Accepts an integer, a decimal number and text that holds either.
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Seconds, D::Error> {
            deserializer.deserialize_any(SecondsVisitor)
        }
    }

    struct SecondsVisitor;

    impl Visitor<'_> for SecondsVisitor {
        type Value = Seconds;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("seconds as a number or as text, from 0 to 86400")
        }

        fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Seconds, E> {
            Seconds::from_whole(value).map_err(E::custom)
        }

        fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Seconds, E> {
            let value = u64::try_from(value).map_err(|_| {
                E::custom(format_args!(
                    "length {value} is negative; give seconds from 0 to 86400"
                ))
            })?;
            self.visit_u64(value)
        }

        fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Seconds, E> {
            Seconds::try_from(value).map_err(E::custom)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Seconds, E> {
            text.parse().map_err(E::custom)
        }
    }

    #[cfg(feature = "schemars")]
    impl schemars::JsonSchema for Seconds {
        fn schema_name() -> alloc::borrow::Cow<'static, str> {
            "Seconds".into()
        }

        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({
                "description": "Seconds of video or audio, with at most three decimals",
                "type": "number",
                "minimum": 0,
                "maximum": 86400
            })
        }
    }
}
