//! All prices as they stood on one day, and the history they come from.
//!
//! A card finds the rows that hold, or may hold, for an operation and a model; it adds nothing
//! up. Rows come sorted from the generated table and are never edited, only appended to.

use super::generated::RATES;
use super::{Model, Operation, Rate};
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
        self.rates().map(|rate| rate.source().read_on()).min()
    }

    /// The newest price in force, without the doubts that a quote names; `None` when there is
    /// none on that day.
    ///
    /// `model` is `None` for an operation that has no models, see [`Operation::default_model`].
    #[must_use]
    #[inline]
    pub fn rate(&self, operation: Operation, model: Option<Model>) -> Option<&'static Rate> {
        rows(operation, model)
            .iter()
            .rev()
            .find(|rate| rate.is_possible_on(self.day))
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
    pub fn default_model(self) -> Option<Model> {
        self.models().next()
    }

    /// Whether any price of the operation was ever charged by length.
    #[must_use]
    pub fn takes_length(self) -> bool {
        slots()
            .flat_map(|model| rows(self, model))
            .any(|rate| rate.unit().seconds().is_some())
    }
}

/// Every price of an operation and model, oldest first.
#[inline]
pub(crate) fn rows(operation: Operation, model: Option<Model>) -> &'static [Rate] {
    INDEX
        .get(operation as usize)
        .and_then(|spans| spans.get(slot(model)))
        .and_then(|&(start, end)| RATES.get(start as usize..end as usize))
        .unwrap_or_default()
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
    let start = in_force
        .iter()
        .position(|rate| rate.effective() == last.effective());
    in_force.get(start.unwrap_or(0)..).unwrap_or_default()
}

/// No model, then each of them: the order in which the table is sorted.
fn slots() -> impl Iterator<Item = Option<Model>> + Clone {
    core::iter::once(None).chain(Model::ALL.iter().copied().map(Some))
}

#[inline]
const fn slot(model: Option<Model>) -> usize {
    match model {
        None => 0,
        // OK because a model's discriminant is its place in the list of a few.
        Some(model) => (model as usize).saturating_add(1),
    }
}

const SLOTS: usize = Model::ALL.len().saturating_add(1);

/// Where in the table the rows of each operation and model stand.
static INDEX: [[(u16, u16); SLOTS]; Operation::ALL.len()] = index();

/// Finds the runs of equal operation and model; the table is sorted, so each is one run.
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "evaluated at compile time only, where a wrong index stops the build"
)]
const fn index() -> [[(u16, u16); SLOTS]; Operation::ALL.len()] {
    let mut spans = [[(0, 0); SLOTS]; Operation::ALL.len()];
    let mut at = 0;
    while at < RATES.len() {
        let rate = &RATES[at];
        let span = &mut spans[rate.operation() as usize][slot(rate.model())];
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
