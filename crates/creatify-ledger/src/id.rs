//! What names an intent and when something happened. Both come from the caller: nothing here draws
//! a random number or reads a clock.

use std::fmt;
use std::str::FromStr;

use creatify_core::Day;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use ulid::Ulid;

/// The name of one intent to pay: a ULID, 26 characters that sort by the time of planning.
///
/// # Example
///
/// ```
/// use creatify_ledger::{IntentId, UnixMillis};
///
/// let id = IntentId::new(UnixMillis(1_795_132_800_000), 7);
/// assert_eq!(id.to_string().len(), 26);
/// assert_eq!(id.to_string().parse(), Ok(id));
/// assert_eq!(id.planned_at(), UnixMillis(1_795_132_800_000));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentId(Ulid);

impl IntentId {
    /// The id of that millisecond and those 80 random bits; higher bits of either are dropped.
    ///
    /// The randomness is the caller's, so that a simulation gives the same ids again. It must be
    /// unpredictable where an id ends up in a webhook's URL.
    #[must_use]
    pub const fn new(at: UnixMillis, random: u128) -> IntentId {
        IntentId(Ulid::from_parts(at.0, random))
    }

    /// The time it was made from.
    #[must_use]
    pub const fn planned_at(self) -> UnixMillis {
        UnixMillis(self.0.timestamp_ms())
    }
}

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; ulid::ULID_LEN];
        f.pad(self.0.array_to_str(&mut buffer))
    }
}

impl fmt::Debug for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IntentId({self})")
    }
}

impl FromStr for IntentId {
    type Err = IntentIdError;

    /// Reads the canonical form only: 26 upper-case characters of Crockford's base 32.
    fn from_str(text: &str) -> Result<IntentId, IntentIdError> {
        let id = Ulid::from_string(text).map(IntentId);
        match id {
            Ok(id) if id.to_string() == text => Ok(id),
            _ => Err(IntentIdError),
        }
    }
}

impl Serialize for IntentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IntentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<IntentId, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A text that names no intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntentIdError;

impl fmt::Display for IntentIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an intent id has 26 characters of 0-9 and A-Z without I, L, O and U; copy it from the \
             list of jobs",
        )
    }
}

impl std::error::Error for IntentIdError {}

/// A moment: milliseconds since 1970-01-01 in UTC, by the caller's wall clock.
///
/// The wall clock and not a monotonic one, because a horizon must outlive the process.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// The moment that many milliseconds later, at most the last one there is.
    #[must_use]
    pub const fn after(self, millis: u64) -> UnixMillis {
        UnixMillis(self.0.saturating_add(millis))
    }

    /// The milliseconds from `earlier` to here; 0 when it is not earlier.
    #[must_use]
    pub const fn since(self, earlier: UnixMillis) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The day it falls on in UTC; `None` beyond the calendar of the core.
    #[must_use]
    pub fn day(self) -> Option<Day> {
        let seconds = i64::try_from(self.0 / 1_000).ok()?;
        Day::from_unix_seconds(seconds)
    }
}

impl fmt::Display for UnixMillis {
    /// The moment to the second in UTC, `2026-11-20T00:00:00Z`; milliseconds beyond the calendar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1_000 % 86_400;
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        match self.day() {
            Some(day) => write!(f, "{day}T{hours:02}:{minutes:02}:{seconds:02}Z"),
            None => write!(f, "{} ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_by_people_and_machines() {
        for (millis, text) in [
            (1_795_132_800_000, "2026-11-20T00:00:00Z"),
            (1_795_219_199_999, "2026-11-20T23:59:59Z"),
            (u64::MAX, "18446744073709551615 ms"),
        ] {
            assert_eq!(UnixMillis(millis).to_string(), text);
        }
    }
}
