//! What changed between two tables of prices, row by row.
//!
//! Only what a buyer pays by is compared: the credits, the unit and the beginning of a row. Who
//! says so, and when it was last read, is evidence and no change of a price.

use alloc::vec::Vec;
use core::fmt;

use super::book::every_cell;
use super::{Amount, Effective, Model, Operation, Prices, Rate};
use crate::calendar::Day;

/// What changed from one table of prices to another.
///
/// Prints one line a change.
///
/// # Example
///
/// ```
/// use creatify_core::RateCard;
/// use creatify_core::pricing::CardDiff;
///
/// let (april, june) = (RateCard::on("2026-04-30".parse()?), RateCard::on("2026-06-01".parse()?));
/// let diff = CardDiff::between(&april, &june);
/// let first = diff.changes()[0];
/// assert_eq!(
///     first.to_string(),
///     "aurora.generate, aurora_v1: 20 credits per started 15 s becomes 1 credit per started 1 s, \
///      from 2026-05",
/// );
/// assert!(CardDiff::between(&june, &june).is_empty());
/// # Ok::<(), creatify_core::CalendarError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardDiff {
    from: Day,
    to: Day,
    changes: Vec<CardChange>,
}

impl CardDiff {
    /// What changed of the prices in force, each table on its own day.
    #[must_use]
    pub fn between(old: &(impl Prices + ?Sized), new: &(impl Prices + ?Sized)) -> CardDiff {
        CardDiff {
            from: old.day(),
            to: new.day(),
            changes: compare(
                |operation, model| old.in_force(operation, model),
                |operation, model| new.in_force(operation, model),
            ),
        }
    }

    /// What changed of all prices there ever were, whatever the day.
    #[must_use]
    pub fn of_history(old: &(impl Prices + ?Sized), new: &(impl Prices + ?Sized)) -> CardDiff {
        CardDiff {
            from: old.day(),
            to: new.day(),
            changes: compare(
                |operation, model| old.history(operation, model),
                |operation, model| new.history(operation, model),
            ),
        }
    }

    /// The day of the old prices.
    #[must_use]
    pub const fn from(&self) -> Day {
        self.from
    }

    /// The day of the new prices.
    #[must_use]
    pub const fn to(&self) -> Day {
        self.to
    }

    /// The changes, by operation and model.
    #[must_use]
    pub fn changes(&self) -> &[CardChange] {
        &self.changes
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl fmt::Display for CardDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.changes.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            change.fmt(f)?;
        }
        Ok(())
    }
}

/// One row that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CardChange {
    /// A row that was not there.
    Added {
        /// The row.
        new: Rate,
    },
    /// A row that is no longer there.
    Removed {
        /// The row.
        old: Rate,
    },
    /// Other credits for the same unit.
    Price {
        /// The row as it was.
        old: Rate,
        /// The row as it is.
        new: Rate,
    },
    /// Another unit, whatever the credits.
    Unit {
        /// The row as it was.
        old: Rate,
        /// The row as it is.
        new: Rate,
    },
    /// The same credits and unit from another day on.
    Beginning {
        /// The row as it was.
        old: Rate,
        /// The row as it is.
        new: Rate,
    },
}

impl CardChange {
    /// The change's name: `added`, `removed`, `price`, `unit` or `beginning`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            CardChange::Added { .. } => "added",
            CardChange::Removed { .. } => "removed",
            CardChange::Price { .. } => "price",
            CardChange::Unit { .. } => "unit",
            CardChange::Beginning { .. } => "beginning",
        }
    }

    /// The row as it was; `None` for one that was not there.
    #[must_use]
    pub const fn before(&self) -> Option<&Rate> {
        match self {
            CardChange::Added { .. } => None,
            CardChange::Removed { old }
            | CardChange::Price { old, .. }
            | CardChange::Unit { old, .. }
            | CardChange::Beginning { old, .. } => Some(old),
        }
    }

    /// The row as it is; `None` for one that is no longer there.
    #[must_use]
    pub const fn after(&self) -> Option<&Rate> {
        match self {
            CardChange::Removed { .. } => None,
            CardChange::Added { new }
            | CardChange::Price { new, .. }
            | CardChange::Unit { new, .. }
            | CardChange::Beginning { new, .. } => Some(new),
        }
    }

    const fn row(&self) -> &Rate {
        match self {
            CardChange::Removed { old } => old,
            CardChange::Added { new }
            | CardChange::Price { new, .. }
            | CardChange::Unit { new, .. }
            | CardChange::Beginning { new, .. } => new,
        }
    }

    /// What is paid for.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        self.row().operation()
    }

    /// The model; `None` where the operation has none.
    #[must_use]
    pub const fn model(&self) -> Option<Model> {
        self.row().model()
    }

    /// Two rows of one operation and model that are not the same.
    fn of(old: Rate, new: Rate) -> CardChange {
        if old.unit() != new.unit() {
            CardChange::Unit { old, new }
        } else if old.credits_per_unit() != new.credits_per_unit() {
            CardChange::Price { old, new }
        } else {
            CardChange::Beginning { old, new }
        }
    }
}

impl fmt::Display for CardChange {
    /// `link.create: 1 credit per link becomes 0.5 credits per link, from 2026-12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operation())?;
        if let Some(model) = self.model() {
            write!(f, ", {model}")?;
        }
        f.write_str(": ")?;
        match self {
            CardChange::Added { new } => write!(f, "new, {}{}", Price(new), Since(new)),
            CardChange::Removed { old } => write!(f, "gone, was {}{}", Price(old), Since(old)),
            CardChange::Price { old, new } | CardChange::Unit { old, new } => {
                write!(f, "{} becomes {}{}", Price(old), Price(new), Since(new))
            }
            CardChange::Beginning { old, new } => write!(
                f,
                "{}, from {} instead of {}",
                Price(new),
                new.effective(),
                old.effective()
            ),
        }
    }
}

/// `1 credit per started 1 s`.
struct Price<'a>(&'a Rate);

impl fmt::Display for Price<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Price(rate) = self;
        write!(f, "{} per {}", Amount(rate.credits_per_unit()), rate.unit())
    }
}

/// `, from 2026-05`, or nothing where no first day is known.
struct Since<'a>(&'a Rate);

impl fmt::Display for Since<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.effective() {
            Effective::Unprinted => Ok(()),
            effective => write!(f, ", from {effective}"),
        }
    }
}

/// What tells that a new row is an old one changed, the surest sign first.
const SIGNS: [fn(&Rate, &Rate) -> bool; 5] = [
    |old, new| old.beginning() == new.beginning() && old.unit() == new.unit(),
    |old, new| old.beginning() == new.beginning(),
    |old, new| old.unit() == new.unit() && old.credits_per_unit() == new.credits_per_unit(),
    |old, new| old.unit() == new.unit(),
    |_, _| true,
];

fn compare<'a>(
    old_rows: impl Fn(Operation, Option<Model>) -> &'a [Rate],
    new_rows: impl Fn(Operation, Option<Model>) -> &'a [Rate],
) -> Vec<CardChange> {
    let mut changes = Vec::new();
    for (operation, model) in every_cell() {
        let mut old: Vec<Rate> = old_rows(operation, model).to_vec();
        let mut new: Vec<Rate> = new_rows(operation, model).to_vec();
        // Rows that stayed are no sign of anything.
        let _ = pairs(&mut old, &mut new, Rate::is_same_price);
        for sign in SIGNS {
            let changed = pairs(&mut old, &mut new, sign);
            changes.extend(changed.map(|(old, new)| CardChange::of(old, new)));
        }
        changes.extend(old.into_iter().map(|old| CardChange::Removed { old }));
        changes.extend(new.into_iter().map(|new| CardChange::Added { new }));
    }
    changes
}

/// Takes out of both lists what belongs together.
fn pairs(
    old: &mut Vec<Rate>,
    new: &mut Vec<Rate>,
    belongs: impl Fn(&Rate, &Rate) -> bool,
) -> impl Iterator<Item = (Rate, Rate)> {
    let mut found = Vec::new();
    old.retain(|row| {
        let Some(place) = new.iter().position(|other| belongs(row, other)) else {
            return true;
        };
        found.push((*row, new.remove(place)));
        false
    });
    found.into_iter()
}
