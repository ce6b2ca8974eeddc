//! Ids, numbers and times of answers, read whatever their form.
//!
//! The answer to a paid request must not be lost because one value in it is written differently
//! than documented. What cannot be understood is kept as it came.

use std::{convert::Infallible, fmt, str::FromStr, time::SystemTime};

use chrono::{DateTime, NaiveDateTime};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// The id of a job. Documented as a UUID; any text is taken, so that no paid job is lost.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct JobId(String);

/// A point in time as the service wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Timestamp(String);

/// A number that came as a number, as text, or as something else.
///
/// `credits_used` is an integer in most schemas, a string in one, and has to be fractional for some
/// printed prices; `progress` is a number in one family and a string in others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct LooseNumber(Value);

macro_rules! text {
    ($name:ident) => {
        impl $name {
            /// The text as it came.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl FromStr for $name {
            type Err = Infallible;

            fn from_str(text: &str) -> Result<Self, Infallible> {
                Ok(text.into())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self(match Value::deserialize(deserializer)? {
                    Value::String(text) => text,
                    other => other.to_string(),
                }))
            }
        }
    };
}

text!(JobId);
text!(Timestamp);

impl Timestamp {
    /// The point in time, where the text is an ISO 8601 date and time.
    ///
    /// A text without a zone is taken as UTC. That is a guess: no page says so.
    #[must_use]
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let text = self.0.trim();
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Some(time.into());
        }
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .map(|time| time.and_utc().into())
    }
}

impl LooseNumber {
    /// The number in decimal, such as `5.5`, exactly as it came; `None` when it is no number.
    ///
    /// ```
    /// use creatify_api::lenient::LooseNumber;
    ///
    /// for json in ["5.5", "\"5.5\"", "\" 5.5 \""] {
    ///     let number: LooseNumber = serde_json::from_str(json)?;
    ///     assert_eq!(number.to_decimal().as_deref(), Some("5.5"));
    /// }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn to_decimal(&self) -> Option<String> {
        match &self.0 {
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => {
                let text = text.trim();
                text.parse::<f64>()
                    .is_ok_and(f64::is_finite)
                    .then(|| text.to_owned())
            }
            _ => None,
        }
    }

    /// The nearest float; `None` when it is no number.
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        self.to_decimal()?.parse().ok()
    }

    /// The value as it came.
    #[must_use]
    pub fn as_json(&self) -> &Value {
        &self.0
    }
}

impl FromStr for LooseNumber {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Value::String(text.to_owned())))
    }
}

impl fmt::Display for LooseNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::String(text) => f.pad(text),
            other => other.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_number_is_read_from_number_and_text_and_anything_else_is_kept() {
        for (json, decimal) in [
            ("5", Some("5")),
            ("5.5", Some("5.5")),
            ("5.0", Some("5.0")),
            ("\"84\"", Some("84")),
            ("\"0.5\"", Some("0.5")),
            ("\"half\"", None),
            ("\"\"", None),
            ("\"NaN\"", None),
            ("{\"a\":1}", None),
            ("true", None),
        ] {
            let number: LooseNumber = serde_json::from_str(json).unwrap();
            assert_eq!(number.to_decimal().as_deref(), decimal, "{json}");
            assert_eq!(serde_json::to_string(&number).unwrap(), json);
        }
    }

    #[test]
    fn a_time_is_read_with_and_without_its_zone() {
        let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(1_786_612_500);
        for text in [
            "2026-08-13T09:15:00Z",
            "2026-08-13T09:15:00.000000Z",
            "2026-08-13T10:15:00+01:00",
            "2026-08-13T09:15:00",
            "2026-08-13 09:15:00.000",
        ] {
            assert_eq!(
                Timestamp::from(text).to_system_time(),
                Some(expected),
                "{text}"
            );
        }
        assert_eq!(Timestamp::from("yesterday").to_system_time(), None);
    }

    #[test]
    fn an_id_is_any_text() {
        let id: JobId = serde_json::from_str("\"no-uuid\"").unwrap();
        assert_eq!(id.as_str(), "no-uuid");
        assert_eq!(serde_json::from_str::<JobId>("17").unwrap().as_str(), "17");
    }
}
