//! Days and months of the Gregorian calendar, as prices need them.
//!
//! A price is valid from a month on, a quote is made for a day, and all of it is UTC. There is
//! no clock here: the caller says which day it is.

use core::fmt;
use core::str::FromStr;

use crate::excerpt::Excerpt;

/// A calendar day from 0001-01-01 to 9999-12-31.
///
/// Prints and reads as `YYYY-MM-DD`.
///
/// # Example
///
/// ```
/// use creatify_core::{Day, Month};
///
/// let day: Day = "2026-05-15".parse()?;
/// assert!(Month::new(2026, 5).is_some_and(|may| may.contains(day)));
/// assert_eq!(Day::from_unix_seconds(1_795_132_800), Day::from_ymd(2026, 11, 20));
/// # Ok::<(), creatify_core::CalendarError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    /// Days since 1970-01-01.
    number: i32,
}

impl Day {
    /// 0001-01-01.
    pub const MIN: Day = Day { number: -719_162 };
    /// 9999-12-31.
    pub const MAX: Day = Day { number: 2_932_896 };

    /// The day of that year, month (1 to 12) and day of the month; `None` when there is none.
    #[must_use]
    pub const fn from_ymd(year: u16, month: u8, day: u8) -> Option<Day> {
        let Some(month) = Month::new(year, month) else {
            return None;
        };
        if day == 0 || day > month.length() {
            return None;
        }
        Some(month.day(day))
    }

    /// The day so many days after 1970-01-01 (before it, when negative); `None` outside the
    /// range.
    #[must_use]
    pub const fn from_days_since_epoch(days: i32) -> Option<Day> {
        if days < Day::MIN.number || days > Day::MAX.number {
            return None;
        }
        Some(Day { number: days })
    }

    /// The UTC day of a Unix time in seconds; `None` outside the range.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Option<Day> {
        let days = seconds.div_euclid(86_400);
        if days < Day::MIN.number as i64 || days > Day::MAX.number as i64 {
            return None;
        }
        Some(Day {
            number: days as i32,
        })
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn days_since_epoch(self) -> i32 {
        self.number
    }

    /// Year, month (1 to 12) and day of the month.
    ///
    /// The method is Howard Hinnant's: years start in March, so that the leap day comes last.
    #[must_use]
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "the number lies between Day::MIN and Day::MAX, so each term stays below 2^23"
    )]
    pub const fn ymd(self) -> (u16, u8, u8) {
        let shifted = self.number + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        };
        let year = year_of_era + era * 400 + (month <= 2) as i32;
        (year as u16, month as u8, day as u8)
    }

    /// The month the day lies in.
    #[must_use]
    pub const fn month(self) -> Month {
        let (year, month, _) = self.ymd();
        Month { year, month }
    }

    /// The following day; the last day there is follows itself.
    #[must_use]
    pub const fn next(self) -> Day {
        if self.number == Day::MAX.number {
            return self;
        }
        Day {
            number: self.number.saturating_add(1),
        }
    }

    /// The day so many days later; `None` after [`Day::MAX`].
    #[must_use]
    pub fn checked_add(self, days: u64) -> Option<Day> {
        let days = i32::try_from(days).ok()?;
        Day::from_days_since_epoch(self.number.checked_add(days)?)
    }

    /// A day known to exist, for the generated tables.
    #[expect(
        clippy::panic,
        reason = "evaluated at compile time only, where it stops the build"
    )]
    pub(crate) const fn literal(year: u16, month: u8, day: u8) -> Day {
        match Day::from_ymd(year, month, day) {
            Some(day) => day,
            None => panic!("the generated table holds a day that does not exist"),
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Day {
    type Err = CalendarError;

    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    ///
    /// When the text has another form or names a day that does not exist.
    fn from_str(text: &str) -> Result<Day, CalendarError> {
        let parts = || {
            let (year, rest) = text.split_once('-')?;
            let (month, day) = rest.split_once('-')?;
            Day::from_ymd(
                field(year, 4)?,
                field(month, 2)? as u8,
                field(day, 2)? as u8,
            )
        };
        parts().ok_or(CalendarError {
            wants_day: true,
            given: Excerpt::of(text),
        })
    }
}

/// A calendar month from 0001-01 to 9999-12.
///
/// Prints and reads as `YYYY-MM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    month: u8,
}

impl Month {
    /// The month of that year; `None` when `month` is not 1 to 12 or the year not 1 to 9999.
    #[must_use]
    pub const fn new(year: u16, month: u8) -> Option<Month> {
        if year == 0 || year > 9_999 || month == 0 || month > 12 {
            return None;
        }
        Some(Month { year, month })
    }

    /// The year, 1 to 9999.
    #[must_use]
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month of the year, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The first day of the month.
    #[must_use]
    pub const fn first_day(self) -> Day {
        self.day(1)
    }

    /// The last day of the month.
    #[must_use]
    pub const fn last_day(self) -> Day {
        self.day(self.length())
    }

    /// Whether the day lies in the month.
    #[must_use]
    pub const fn contains(self, day: Day) -> bool {
        self.first_day().number <= day.number && day.number <= self.last_day().number
    }

    /// A month known to exist, for the generated tables.
    #[expect(
        clippy::panic,
        reason = "evaluated at compile time only, where it stops the build"
    )]
    pub(crate) const fn literal(year: u16, month: u8) -> Month {
        match Month::new(year, month) {
            Some(month) => month,
            None => panic!("the generated table holds a month that does not exist"),
        }
    }

    /// The number of days in the month, 28 to 31.
    #[must_use]
    pub const fn length(self) -> u8 {
        match self.month {
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// That day of the month, which must be at least 1 and at most [`Month::length`].
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "year, month and day lie in their ranges, so each term stays below 2^23"
    )]
    const fn day(self, day: u8) -> Day {
        let year = self.year as i32 - (self.month <= 2) as i32;
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let march_month = (self.month as i32 + 9) % 12;
        let day_of_year = (153 * march_month + 2) / 5 + day as i32 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Day {
            number: era * 146_097 + day_of_era - 719_468,
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Month {
    type Err = CalendarError;

    /// Reads `YYYY-MM`.
    ///
    /// # Errors
    ///
    /// When the text has another form or names a month that does not exist.
    fn from_str(text: &str) -> Result<Month, CalendarError> {
        let parts = || {
            let (year, month) = text.split_once('-')?;
            Month::new(field(year, 4)?, field(month, 2)? as u8)
        };
        parts().ok_or(CalendarError {
            wants_day: false,
            given: Excerpt::of(text),
        })
    }
}

/// Why some text is not a [`Day`] or a [`Month`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalendarError {
    wants_day: bool,
    given: Excerpt,
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = self.given;
        if self.wants_day {
            write!(
                f,
                "{given} is no day between {} and {}; write YYYY-MM-DD",
                Day::MIN,
                Day::MAX
            )
        } else {
            write!(
                f,
                "{given} is no month between 0001-01 and 9999-12; write YYYY-MM"
            )
        }
    }
}

impl core::error::Error for CalendarError {}

/// Reads exactly `width` digits, of which there are at most four.
fn field(text: &str, width: usize) -> Option<u16> {
    if text.len() != width || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Days and months as JSON: their text.
#[cfg(feature = "serde")]
mod serialization {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Day, Month};
    use crate::text::write_as_text;

    write_as_text!(Day, Month);
}
