//! How single values are read from the command line: names, lengths, days, waiting times.
//!
//! The core's own readers decide what is valid, so that their limits and messages hold here too.

use std::error::Error as StdError;
use std::ffi::OsStr;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};
use creatify::core::pricing::Plan;
use creatify::core::script::{Language, Pace};
use creatify::{Day, Model, Operation};

/// The longest time a wait or a request may be given, in seconds: a year.
const LONGEST: f64 = 31_536_000.0;

/// A value with a name from a fixed list; the list shows in help and in completions.
pub(crate) trait Named:
    FromStr<Err: StdError + Send + Sync + 'static> + Clone + Send + Sync + 'static
{
    /// Every name there is.
    fn names() -> Vec<&'static str>;
}

impl Named for Operation {
    fn names() -> Vec<&'static str> {
        Self::ALL
            .iter()
            .map(|operation| operation.as_str())
            .collect()
    }
}

impl Named for Model {
    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|model| model.as_str()).collect()
    }
}

impl Named for Plan {
    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|plan| plan.as_str()).collect()
    }
}

impl Named for Language {
    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|language| language.as_str()).collect()
    }
}

impl Named for Pace {
    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|pace| pace.as_str()).collect()
    }
}

/// Reads a [`Named`] value with the core's own message for an unknown one.
#[derive(Debug, Clone)]
pub(crate) struct ByName<T>(std::marker::PhantomData<fn() -> T>);

pub(crate) fn by_name<T: Named>() -> ByName<T> {
    ByName(std::marker::PhantomData)
}

impl<T: Named> TypedValueParser for ByName<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let parser = StringValueParser::new().try_map(|name: String| name.parse::<T>());
        parser.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(T::names().into_iter().map(PossibleValue::new)))
    }
}

/// A time in seconds, from 0 to a year.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let refusal = || format!("`{text}` is no time in seconds; give 0 to {LONGEST}");
    let seconds: f64 = text.trim().parse().map_err(|_| refusal())?;
    if !(0.0..=LONGEST).contains(&seconds) {
        return Err(refusal());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| refusal())
}

/// A time in seconds that is not 0.
pub(crate) fn duration_above_zero(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    if duration.is_zero() {
        return Err(format!("`{text}` seconds are no time; give more than 0"));
    }
    Ok(duration)
}

/// Today in UTC.
pub(crate) fn today() -> Day {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX);
    Day::from_unix_seconds(seconds).unwrap_or(Day::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_are_none_are_refused() {
        for text in ["-1", "nan", "inf", "1e300", "", "soon", "31536001"] {
            assert!(duration(text).is_err(), "{text:?}");
        }
        assert_eq!(duration("0.01"), Ok(Duration::from_millis(10)));
        assert!(duration_above_zero("0").is_err());
    }
}
