//! One published price: credits per started unit, since when, and who says so.
//!
//! A rate multiplies and rounds up; it does not choose between rates. That is the card's work,
//! and what remains in doubt is the quote's.

use core::fmt;
use core::num::NonZeroU32;

use super::{Model, Operation};
use crate::calendar::{Day, Month};
use crate::credits::Credits;
use crate::length::Seconds;

/// What a price is charged per.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Each started block of so many seconds of video or audio.
    Time {
        /// The length of a block in whole seconds, at least 1.
        seconds: u32,
    },
    /// Each call.
    Call,
    /// Each image.
    Image,
    /// Each link read.
    Link,
    /// Each credit that the service's catalogue names as the cost of the thing asked for.
    CatalogueCredit,
}

impl Unit {
    /// The length of a block in seconds, for units of time.
    #[must_use]
    pub const fn seconds(self) -> Option<u32> {
        match self {
            Unit::Time { seconds } => Some(seconds),
            Unit::Call | Unit::Image | Unit::Link | Unit::CatalogueCredit => None,
        }
    }

    /// The unit's name, as the price book writes it: `time`, `call`, `image`, `link`,
    /// `catalogue-credit`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Unit::Time { .. } => "time",
            Unit::Call => "call",
            Unit::Image => "image",
            Unit::Link => "link",
            Unit::CatalogueCredit => "catalogue-credit",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unit::Time { seconds } => write!(f, "started {seconds} s"),
            Unit::CatalogueCredit => f.write_str("catalogue credit"),
            other => f.write_str(other.as_str()),
        }
    }
}

/// How well a price is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Grade {
    /// An official page prints it.
    Printed,
    /// Seen in the bills of real calls.
    Observed,
    /// Known only from others' reading of the pages.
    SecondHand,
    /// Brought by the caller: agreed with the vendor, and printed nowhere.
    Agreed,
}

impl Grade {
    /// The grade's name: `printed`, `observed`, `second-hand` or `agreed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Grade::Printed => "printed",
            Grade::Observed => "observed",
            Grade::SecondHand => "second-hand",
            Grade::Agreed => "agreed",
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Since when a price holds, as precisely as anything says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effective {
    /// No first day is printed: it holds as long as anything is known.
    Unprinted,
    /// From some day of this month on. The vendor's changelog names months only.
    Month(Month),
    /// From exactly this day on, as agreements say and no page does.
    Day(Day),
    /// The change was seen between two readings, both days included.
    Between {
        /// The day the old price was last read.
        first: Day,
        /// The day the new price was first read.
        last: Day,
    },
}

impl Effective {
    /// The first day on which the price may hold.
    const fn possible_from(self) -> Day {
        match self {
            Effective::Unprinted => Day::MIN,
            Effective::Month(month) => month.first_day(),
            Effective::Day(day) => day,
            Effective::Between { first, .. } => first,
        }
    }

    /// The first day on which the price holds for certain.
    const fn certain_from(self) -> Day {
        match self {
            Effective::Unprinted => Day::MIN,
            Effective::Month(month) => month.last_day().next(),
            Effective::Day(day) => day,
            Effective::Between { last, .. } => last.next(),
        }
    }
}

impl fmt::Display for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Effective::Unprinted => f.write_str("no printed day"),
            Effective::Month(month) => month.fmt(f),
            Effective::Day(day) => day.fmt(f),
            Effective::Between { first, last } => write!(f, "{first} to {last}"),
        }
    }
}

/// A page that facts were read from.
#[derive(Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Page {
    /// The page's short name within this project.
    pub id: &'static str,
    /// Where the vendor publishes it.
    pub url: &'static str,
    /// `sha256:` and the digest of the normalised page, where a copy was at hand.
    pub digest: Option<&'static str>,
    /// The day it was read.
    pub read_on: Day,
}

impl Page {
    /// Every page that facts were read from, in the order of the ids.
    #[must_use]
    pub fn all() -> &'static [&'static Page] {
        super::generated::PAGES
    }
}

/// The evidence for a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    pages: &'static [&'static Page],
    grade: Grade,
    read_on: Day,
    evidence_from: Option<Month>,
}

impl Source {
    /// The first page that prints the price; `None` when no page does.
    #[must_use]
    pub const fn page(&self) -> Option<&'static Page> {
        match self.pages.first() {
            Some(page) => Some(*page),
            None => None,
        }
    }

    /// Every page that prints the price.
    #[must_use]
    pub const fn pages(&self) -> &'static [&'static Page] {
        self.pages
    }

    /// How well the price is known.
    #[must_use]
    pub const fn grade(&self) -> Grade {
        self.grade
    }

    /// The day the price was last read.
    #[must_use]
    pub const fn read_on(&self) -> Day {
        self.read_on
    }

    /// The month of the oldest dated copy, where one is known.
    #[must_use]
    pub const fn evidence_from(&self) -> Option<Month> {
        self.evidence_from
    }
}

/// One published price: credits for each started unit.
///
/// # Example: a started unit is charged in full
///
/// ```
/// use creatify_core::{Day, Model, Operation, RateCard, Seconds};
///
/// let card = RateCard::on("2026-11-20".parse::<Day>()?);
/// let rate = card.rate(Operation::CustomTemplateRender, Some(Model::Standard)).unwrap();
/// let bill = rate.total(Seconds::from_whole(45)?, 1);
/// assert_eq!(bill.unwrap().to_string(), "8"); // ceil(45 / 30) x 4
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    operation: Operation,
    model: Option<Model>,
    credits_per_unit: Credits,
    unit: Unit,
    /// The length of a block for units of time, and `None` for all others.
    unit_millis: Option<NonZeroU32>,
    effective: Effective,
    possible_from: Day,
    certain_from: Day,
    source: Source,
}

impl Rate {
    /// The credits for `count` videos (calls, images, ...) of that length; `None` when they do
    /// not fit in [`Credits`].
    ///
    /// Each started unit is charged in full, separately for each of the `count`. Zero seconds
    /// cost nothing. Where the unit is none of time, the length does not matter.
    #[must_use]
    #[inline]
    pub fn total(&self, length: Seconds, count: u32) -> Option<Credits> {
        // OK because both factors are below 2^32.
        let units = u64::from(self.units(length)).wrapping_mul(u64::from(count));
        self.credits_per_unit.checked_mul(units)
    }

    /// The number of started units in one video of that length; 1 where the unit is none of
    /// time.
    #[must_use]
    #[inline]
    pub fn units(&self, length: Seconds) -> u32 {
        let Some(unit_millis) = self.unit_millis else {
            return 1;
        };
        let started = length.millis() % unit_millis != 0;
        // OK because a quotient above 0 that leaves a remainder is below `u32::MAX`.
        (length.millis() / unit_millis).wrapping_add(u32::from(started))
    }

    /// What is paid for.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.operation
    }

    /// The model the price is for; `None` where the operation has none.
    #[must_use]
    pub const fn model(&self) -> Option<Model> {
        self.model
    }

    /// The price of one started unit.
    #[must_use]
    pub const fn credits_per_unit(&self) -> Credits {
        self.credits_per_unit
    }

    /// What the price is charged per.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// Since when the price holds.
    #[must_use]
    pub const fn effective(&self) -> Effective {
        self.effective
    }

    /// The evidence for the price.
    #[must_use]
    pub const fn source(&self) -> Source {
        self.source
    }

    /// The price of a thing that the catalogue lists at `catalogue` credits, as a price of one
    /// call; every other price is as it was. A rest below a thousandth counts as one.
    pub(crate) fn at_catalogue(mut self, catalogue: Credits) -> Option<Rate> {
        if self.unit == Unit::CatalogueCredit {
            let price = u128::from(self.credits_per_unit.millicredits())
                .checked_mul(u128::from(catalogue.millicredits()))?
                .div_ceil(1_000);
            self.credits_per_unit = Credits::from_millicredits(u64::try_from(price).ok()?);
        }
        Some(self)
    }

    /// The first day on which the price may hold.
    pub(crate) const fn possible_from(&self) -> Day {
        self.possible_from
    }

    /// The first day on which the price may hold, and the first on which it does for certain.
    ///
    /// Two rows with the same pair begin together.
    #[cfg(feature = "alloc")]
    pub(crate) const fn beginning(&self) -> (Day, Day) {
        (self.possible_from, self.certain_from)
    }

    /// Whether a buyer pays the same by both rows on every day on which both hold.
    #[cfg(feature = "alloc")]
    pub(crate) fn is_same_price(&self, other: &Rate) -> bool {
        (self.operation, self.model, self.credits_per_unit, self.unit)
            == (
                other.operation,
                other.model,
                other.credits_per_unit,
                other.unit,
            )
            && self.beginning() == other.beginning()
    }

    /// Whether both rows stand beside each other: they began together, and both are published or
    /// both are agreed. An agreed price contradicts no published one, it replaces it.
    pub(crate) fn is_beside(&self, other: &Rate) -> bool {
        self.effective == other.effective && self.is_agreed() == other.is_agreed()
    }

    /// Whether the price was brought by the caller as an agreed one.
    pub(crate) fn is_agreed(&self) -> bool {
        self.source.grade == Grade::Agreed
    }

    /// Whether the price may hold on that day, as far as its own row says.
    #[inline]
    pub(crate) const fn is_possible_on(&self, day: Day) -> bool {
        self.possible_from.days_since_epoch() <= day.days_since_epoch()
    }

    /// Whether the price has come into force for certain by that day.
    #[inline]
    pub(crate) const fn is_certain_on(&self, day: Day) -> bool {
        self.certain_from.days_since_epoch() <= day.days_since_epoch()
    }

    /// Whether a started unit's full price is an observation: it is printed only for whole
    /// seconds.
    #[cfg(feature = "alloc")]
    pub(crate) const fn rounds_by_observation(&self) -> Option<u32> {
        match self.unit {
            Unit::Time { seconds } if seconds > 1 => Some(seconds),
            _ => None,
        }
    }
}

/// A row of the generated table or of a caller's own, as the price book writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) operation: Operation,
    pub(crate) model: Option<Model>,
    pub(crate) millicredits: u64,
    pub(crate) unit: Unit,
    pub(crate) effective: Effective,
    pub(crate) evidence_from: Option<Month>,
    pub(crate) grade: Grade,
    pub(crate) pages: &'static [&'static Page],
    pub(crate) read_on: Day,
}

impl Row {
    /// The rate, with everything worked out that a lookup compares.
    ///
    /// A block of zero seconds, or of more than a day, is taken for a unit that is none of time;
    /// the table's own test refuses such a row.
    pub(crate) const fn rate(self) -> Rate {
        let unit_millis = match self.unit {
            Unit::Time { seconds } => NonZeroU32::new(seconds.saturating_mul(1_000)),
            _ => None,
        };
        Rate {
            operation: self.operation,
            model: self.model,
            credits_per_unit: Credits::from_millicredits(self.millicredits),
            unit: self.unit,
            unit_millis,
            effective: self.effective,
            possible_from: self.effective.possible_from(),
            certain_from: self.effective.certain_from(),
            source: Source {
                pages: self.pages,
                grade: self.grade,
                read_on: self.read_on,
                evidence_from: self.evidence_from,
            },
        }
    }
}
