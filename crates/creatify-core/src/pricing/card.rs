//! All prices as they stood on one day, and the history they come from.
//!
//! A card finds the rows that hold, or may hold, for an operation and a model; it adds nothing
//! up. Rows come sorted from the generated table and are never edited, only appended to; where
//! they stand is worked out at compile time.

use super::generated::RATES;
use super::{Model, Operation, Prices, Rate};
use crate::calendar::Day;

/// The price table as of one day.
///
/// # Example
///
/// ```
/// use creatify_core::{Day, Model, Operation, RateCard};
///
/// let generate = Operation::LipsyncV2Generate;
/// let then = RateCard::on("2025-12-01".parse::<Day>()?);
/// let now = RateCard::latest();
/// let price = |card: RateCard| card.rate(generate, Some(Model::AuroraV1)).map(|rate| {
///     (rate.credits_per_unit().to_string(), rate.unit().to_string())
/// });
/// assert_eq!(price(then), Some(("20".into(), "started 15 s".into())));
/// assert_eq!(price(now), Some(("1".into(), "started 1 s".into())));
/// # Ok::<(), creatify_core::CalendarError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateCard {
    day: Day,
}

impl RateCard {
    /// The prices on that day, before and after the days that anything is known of included;
    /// quotes on such days say so.
    #[must_use]
    #[inline]
    pub const fn on(day: Day) -> RateCard {
        RateCard { day }
    }

    /// The prices on the day the table was last read.
    #[must_use]
    pub fn latest() -> RateCard {
        let newest = RATES.iter().map(|rate| rate.source().read_on()).max();
        RateCard {
            day: newest.unwrap_or(Day::MIN),
        }
    }

    /// The day the card is for.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// The day by which every row in force on this card had been read; `None` when none is in
    /// force.
    #[must_use]
    pub fn checked_on(&self) -> Option<Day> {
        Prices::checked_on(self)
    }

    /// The newest price in force, without the doubts that a quote names; `None` when there is
    /// none on that day.
    ///
    /// `model` is `None` for an operation that has no models, see [`Operation::default_model`].
    #[must_use]
    #[inline]
    pub fn rate(&self, operation: Operation, model: Option<Model>) -> Option<&'static Rate> {
        let newest = NEWEST.get(cell(operation, model))?;
        if newest.from <= self.day.days_since_epoch() {
            return newest.rate;
        }
        earlier(operation, model, self.day)
    }

    /// Every price that holds, or may hold, on the day, by operation and model.
    pub fn rates(&self) -> impl Iterator<Item = &'static Rate> + use<> {
        let day = self.day;
        Operation::ALL.iter().flat_map(move |&operation| {
            slots().flat_map(move |model| in_force(rows(operation, model), day))
        })
    }

    /// Every price there ever was, by operation, then model, then first day.
    #[must_use]
    pub fn history() -> &'static [Rate] {
        RATES
    }
}

impl Operation {
    /// The models the operation has ever been offered with; none where it takes no model.
    pub fn models(self) -> impl Iterator<Item = Model> + Clone + use<> {
        Model::ALL
            .iter()
            .copied()
            .filter(move |&model| !rows(self, Some(model)).is_empty())
    }

    /// The model used when a request names none; `None` where the operation takes none.
    ///
    /// The documentation's default is the first model of its own list that the operation offers.
    #[must_use]
    #[inline]
    pub fn default_model(self) -> Option<Model> {
        DEFAULT_MODELS.get(self as usize).copied().flatten()
    }

    /// Whether any price of the operation was ever charged by length.
    #[must_use]
    pub fn takes_length(self) -> bool {
        slots()
            .flat_map(|model| rows(self, model))
            .any(|rate| rate.unit().seconds().is_some())
    }
}

/// Every built-in price of an operation and model, oldest first.
#[inline]
pub(crate) fn rows(operation: Operation, model: Option<Model>) -> &'static [Rate] {
    INDEX
        .get(cell(operation, model))
        .and_then(|&(start, end)| RATES.get(start as usize..end as usize))
        .unwrap_or_default()
}

/// The newest row of a day before the newest row of all.
#[cold]
fn earlier(operation: Operation, model: Option<Model>, day: Day) -> Option<&'static Rate> {
    rows(operation, model)
        .iter()
        .rev()
        .find(|rate| rate.is_possible_on(day))
}

/// The rows that hold, or may hold, on the day; oldest first, empty before the first offer.
///
/// Rows with the same beginning contradict each other and stay together.
pub(crate) fn in_force(rows: &[Rate], day: Day) -> &[Rate] {
    let end = rows
        .iter()
        .take_while(|rate| rate.is_possible_on(day))
        .count();
    let known = rows.get(..end).unwrap_or_default();
    let certain = known.iter().rfind(|rate| rate.is_certain_on(day));
    let start = certain.and_then(|certain| {
        known
            .iter()
            .position(|rate| rate.effective() == certain.effective())
    });
    known.get(start.unwrap_or(0)..).unwrap_or_default()
}

/// The rows at the end that began together: one, or several that contradict each other.
pub(crate) fn newest(in_force: &[Rate]) -> &[Rate] {
    let Some(last) = in_force.last() else {
        return in_force;
    };
    let start = in_force.iter().position(|rate| rate.is_beside(last));
    in_force.get(start.unwrap_or(0)..).unwrap_or_default()
}

/// No model, then each of them: the order in which the table is sorted.
pub(crate) fn slots() -> impl Iterator<Item = Option<Model>> + Clone {
    core::iter::once(None).chain(Model::ALL.iter().copied().map(Some))
}

/// The place of an operation and model in the indexes: a row of slots for each operation.
///
/// The slot of no model is the last one, which is how the type is laid out anyway.
#[inline]
pub(crate) const fn cell(operation: Operation, model: Option<Model>) -> usize {
    let slot = match model {
        Some(model) => model as usize,
        None => Model::ALL.len(),
    };
    // OK because a discriminant is its place in a list of a few.
    (operation as usize).wrapping_mul(SLOTS).wrapping_add(slot)
}

const SLOTS: usize = Model::ALL.len().saturating_add(1);

/// The number of pairs of an operation and a model, or of none.
pub(crate) const CELLS: usize = SLOTS.saturating_mul(Operation::ALL.len());

/// Where in the table the rows of each operation and model stand.
static INDEX: [(u16, u16); CELLS] = index();

/// Finds the runs of equal operation and model; the table is sorted, so each is one run.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated at compile time only, where a wrong index stops the build"
)]
const fn index() -> [(u16, u16); CELLS] {
    let mut spans = [(0, 0); CELLS];
    let mut at = 0;
    while at < RATES.len() {
        let rate = &RATES[at];
        let span = &mut spans[cell(rate.operation(), rate.model())];
        if span.1 == 0 {
            *span = (at as u16, at as u16 + 1);
        } else {
            assert!(span.1 as usize == at, "the rate table is not sorted");
            span.1 += 1;
        }
        at += 1;
    }
    spans
}

/// The row to take on `from` and every later day: what nearly every lookup asks for.
#[derive(Clone, Copy)]
struct Newest {
    rate: Option<&'static Rate>,
    /// Days since the epoch.
    from: i32,
}

/// The newest row of each operation and model.
static NEWEST: [Newest; CELLS] = newest_of_all();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated at compile time only, where a wrong index stops the build"
)]
const fn newest_of_all() -> [Newest; CELLS] {
    let absent = Newest {
        rate: None,
        from: i32::MIN,
    };
    let (mut found, spans, mut at) = ([absent; CELLS], index(), 0);
    while at < CELLS {
        let end = spans[at].1 as usize;
        if end > 0 {
            let rate = &RATES[end - 1];
            found[at] = Newest {
                rate: Some(rate),
                from: rate.possible_from().days_since_epoch(),
            };
        }
        at += 1;
    }
    found
}

/// The first model of each operation, in the order of the documentation's own list.
static DEFAULT_MODELS: [Option<Model>; Operation::ALL.len()] = default_models();

#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated at compile time only, where a wrong index stops the build"
)]
const fn default_models() -> [Option<Model>; Operation::ALL.len()] {
    let mut found = [None; Operation::ALL.len()];
    let mut at = 0;
    while at < RATES.len() {
        let rate = &RATES[at];
        let place = &mut found[rate.operation() as usize];
        // Rows are sorted by model, so that the first one of an operation names its first model.
        if place.is_none() {
            *place = rate.model();
        }
        at += 1;
    }
    found
}
