//! A caller's own prices over the built-in ones, by a rule that is never silent.
//!
//! Published and agreed rows are kept apart and joined day by day. On a day on which an agreed
//! price holds for certain it is the only one; on a day on which it may hold, the published ones
//! stand before it; on every other day it is not there. Which rows those are changes on few days
//! only, so that it is worked out once, when rows are layered.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::card::{self, RateCard};
use super::own::{BookError, CardMode, OwnRate, OwnRateProblem};
use super::{Model, Operation, Prices, Rate};
use crate::calendar::Day;

/// The built-in prices with a caller's own layered over them.
///
/// Layering never edits the built-in table; a book keeps rows of its own for the operations and
/// models it was given prices for, and reads all others from there. Quotes are made by
/// [`RateBook::on`].
///
/// # Example: a negotiated price
///
/// ```
/// use creatify_core::pricing::{CardMode, Effective, OwnRate, Prices, RateBook, Unit};
/// use creatify_core::{Credits, Model, Operation, QuoteRequest, Seconds};
///
/// let agreed = OwnRate::new(
///     Operation::CustomTemplateRender,
///     "3".parse::<Credits>()?,
///     Unit::Time { seconds: 30 },
///     "2026-11-20".parse()?,
///     "order form 2026-117",
/// )
/// .with_model(Model::Standard)
/// .with_effective(Effective::Day("2026-12-01".parse()?));
/// let book = RateBook::built_in().layered(CardMode::Override, &[agreed])?;
///
/// let render = QuoteRequest::new(Operation::CustomTemplateRender)
///     .with_length(Seconds::from_whole(45)?);
/// let before = book.on("2026-11-30".parse()?).quote(&render)?;
/// assert_eq!(before.totals().to_string(), "8 credits"); // ceil(45 / 30) x 4
/// let after = book.on("2026-12-01".parse()?).quote(&render)?;
/// assert_eq!(after.totals().to_string(), "6 credits"); // ceil(45 / 30) x 3
/// assert_eq!(after.lines()[0].source_text(), Some("order form 2026-117"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateBook {
    /// What the caller touched, by [`card::cell`].
    shelves: BTreeMap<usize, Shelf>,
}

impl RateBook {
    /// The built-in prices and nothing else.
    #[must_use]
    pub const fn built_in() -> RateBook {
        RateBook {
            shelves: BTreeMap::new(),
        }
    }

    /// The book with these rows layered over it: all of them, or none.
    ///
    /// [`CardMode::Override`]: from its first day on an agreed price holds instead of everything
    /// published. [`CardMode::Update`]: a published row takes the place of all published rows of
    /// the same operation and model that begin together with it; without any it is appended, and
    /// holds from its own first day until the next row's. In both, rows that were read before those
    /// whose place they take, or whose days they take over, are refused; rows read on the same day
    /// are not. Layering the same rows again changes nothing.
    ///
    /// # Errors
    ///
    /// For the first row that is refused; [`OwnRateProblem`] lists why.
    pub fn layered(mut self, mode: CardMode, rows: &[OwnRate]) -> Result<RateBook, BookError> {
        let mut groups: BTreeMap<(usize, (Day, Day)), Vec<usize>> = BTreeMap::new();
        for (index, own) in rows.iter().enumerate() {
            let rate = own.rate();
            let refused = refusal(index, &rate);
            own.check(mode).map_err(&refused)?;
            let cell = card::cell(rate.operation(), rate.model());
            let group = groups.entry((cell, rate.beginning())).or_default();
            for &first in group.iter() {
                let Some(other) = rows.get(first).map(OwnRate::rate) else {
                    continue;
                };
                if other.is_same_price(&rate) {
                    return Err(refused(OwnRateProblem::Twice { first }));
                }
                if mode == CardMode::Override {
                    return Err(refused(OwnRateProblem::Contradicts { first }));
                }
            }
            group.push(index);
        }
        for (&(cell, beginning), group) in &groups {
            let group: Vec<(usize, Rate)> = group
                .iter()
                .filter_map(|&index| Some((index, rows.get(index)?.rate())))
                .collect();
            let Some((_, first)) = group.first() else {
                continue;
            };
            let there = self.layer(cell, first, mode);
            if let Some((index, rate, replaced)) = read_earlier(&group, replaced(&there, beginning))
            {
                return Err(refusal(index, &rate)(OwnRateProblem::ReadEarlier {
                    read_on: rate.source().read_on(),
                    replaced_read_on: replaced.source().read_on(),
                    replaced_effective: replaced.effective(),
                }));
            }
        }
        for ((cell, beginning), group) in groups {
            let new: Vec<Noted> = group
                .iter()
                .filter_map(|&index| rows.get(index))
                .map(Noted::from)
                .collect();
            let Some(first) = new.first().map(|noted| noted.rate) else {
                continue;
            };
            let shelf = self
                .shelves
                .entry(cell)
                .or_insert_with(|| Shelf::built_in(first.operation(), first.model()));
            let layer = match mode {
                CardMode::Override => &mut shelf.agreed,
                CardMode::Update => &mut shelf.published,
            };
            layer.retain(|noted| noted.rate.beginning() != beginning);
            layer.extend(new);
            layer.sort_by_key(|noted| noted.rate.beginning());
            shelf.lay_out();
        }
        Ok(self)
    }

    /// The prices as of one day.
    #[must_use]
    pub const fn on(&self, day: Day) -> LayeredCard<'_> {
        LayeredCard { book: self, day }
    }

    /// The prices on the latest day on which any of them was read.
    #[must_use]
    pub fn latest(&self) -> LayeredCard<'_> {
        let days = self.history().map(|rate| rate.source().read_on());
        self.on(days.max().unwrap_or(RateCard::latest().day()))
    }

    /// Every price there ever was, by operation and model; of each the published ones by first
    /// day, then the agreed ones by first day.
    pub fn history(&self) -> impl Iterator<Item = &Rate> {
        every_cell().flat_map(|(operation, model)| self.rows(operation, model))
    }

    fn rows(&self, operation: Operation, model: Option<Model>) -> &[Rate] {
        match self.shelves.get(&card::cell(operation, model)) {
            Some(shelf) => &shelf.history,
            None => card::rows(operation, model),
        }
    }

    /// The rows that rows of this mode stand against.
    fn layer(&self, cell: usize, rate: &Rate, mode: CardMode) -> Vec<Rate> {
        let shelf = self.shelves.get(&cell);
        match (mode, shelf) {
            (CardMode::Override, None) => Vec::new(),
            (CardMode::Override, Some(shelf)) => rates(&shelf.agreed).copied().collect(),
            (CardMode::Update, None) => card::rows(rate.operation(), rate.model()).to_vec(),
            (CardMode::Update, Some(shelf)) => rates(&shelf.published).copied().collect(),
        }
    }
}

/// The rows whose place a row with that beginning takes, or whose days it takes over.
fn replaced(there: &[Rate], beginning: (Day, Day)) -> &[Rate] {
    let end = there.partition_point(|rate| rate.beginning() <= beginning);
    let until_then = there.get(..end).unwrap_or_default();
    let Some(last) = until_then.last().map(Rate::beginning) else {
        return until_then;
    };
    let start = until_then.partition_point(|rate| rate.beginning() < last);
    until_then.get(start..).unwrap_or_default()
}

/// The first of some rows that begin together which was read before what it replaces, with that
/// row and its place.
///
/// A row is held against the same price where that is among the replaced ones, else against the
/// newest read of them; and of all rows together, at least one must be as new as that.
fn read_earlier(group: &[(usize, Rate)], replaced: &[Rate]) -> Option<(usize, Rate, Rate)> {
    let read_on = |rate: &Rate| rate.source().read_on();
    let newest = replaced.iter().max_by_key(|rate| read_on(rate))?;
    let held_against = |rate: &Rate| {
        let same = replaced.iter().find(|other| other.is_same_price(rate));
        *same.unwrap_or(newest)
    };
    let single = group
        .iter()
        .map(|&(index, rate)| (index, rate, held_against(&rate)))
        .find(|(_, rate, other)| read_on(rate) < read_on(other));
    let together = || {
        let &(index, rate) = group.iter().max_by_key(|(_, rate)| read_on(rate))?;
        (read_on(&rate) < read_on(newest)).then_some((index, rate, *newest))
    };
    single.or_else(together)
}

fn refusal(row: usize, rate: &Rate) -> impl Fn(OwnRateProblem) -> BookError + use<> {
    let (operation, model) = (rate.operation(), rate.model());
    move |problem| BookError {
        row,
        operation,
        model,
        problem,
    }
}

/// Every pair of an operation and a model, or of none, in the order of the table.
pub(crate) fn every_cell() -> impl Iterator<Item = (Operation, Option<Model>)> {
    Operation::ALL
        .iter()
        .flat_map(|&operation| card::slots().map(move |model| (operation, model)))
}

/// A row, and what the caller says of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Noted {
    rate: Rate,
    source_text: Option<String>,
}

impl From<&OwnRate> for Noted {
    fn from(own: &OwnRate) -> Noted {
        Noted {
            rate: own.rate(),
            source_text: Some(own.source_text().into()),
        }
    }
}

fn rates(noted: &[Noted]) -> impl Iterator<Item = &Rate> {
    noted.iter().map(|noted| &noted.rate)
}

/// The rows of one operation and model.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shelf {
    published: Vec<Noted>,
    agreed: Vec<Noted>,
    /// Both, one after the other.
    history: Vec<Rate>,
    /// What is in force from a day on, by that day; the first is in force from the first day.
    spans: Vec<(Day, Vec<Rate>)>,
}

impl Shelf {
    fn built_in(operation: Operation, model: Option<Model>) -> Shelf {
        let published = card::rows(operation, model).iter().map(|&rate| Noted {
            rate,
            source_text: None,
        });
        Shelf {
            published: published.collect(),
            agreed: Vec::new(),
            history: Vec::new(),
            spans: Vec::new(),
        }
    }

    /// Works out what is in force when.
    fn lay_out(&mut self) {
        let published: Vec<Rate> = rates(&self.published).copied().collect();
        let agreed: Vec<Rate> = rates(&self.agreed).copied().collect();
        let mut days = alloc::vec![Day::MIN];
        for rate in published.iter().chain(&agreed) {
            let (possible, certain) = rate.beginning();
            days.extend([possible, certain]);
        }
        days.sort_unstable();
        days.dedup();
        let spans = days.into_iter().map(|day| {
            let own = card::in_force(&agreed, day);
            let is_certain = own.iter().any(|rate| rate.is_certain_on(day));
            let mut rates = Vec::new();
            if !is_certain {
                rates.extend_from_slice(card::in_force(&published, day));
            }
            rates.extend_from_slice(own);
            (day, rates)
        });
        self.spans = spans.collect();
        self.history = published;
        self.history.extend(agreed);
    }

    fn in_force(&self, day: Day) -> &[Rate] {
        let after = self.spans.partition_point(|(from, _)| *from <= day);
        after
            .checked_sub(1)
            .and_then(|place| self.spans.get(place))
            .map_or(&[], |(_, rates)| rates)
    }
}

/// A [`RateBook`] as of one day; quotes are made through [`Prices`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayeredCard<'b> {
    book: &'b RateBook,
    day: Day,
}

impl<'b> LayeredCard<'b> {
    /// The book that the prices come from.
    #[must_use]
    pub const fn book(&self) -> &'b RateBook {
        self.book
    }

    /// Every price that holds, or may hold, on the day, by operation and model.
    pub fn rates(&self) -> impl Iterator<Item = &'b Rate> + use<'b> {
        let LayeredCard { book, day } = *self;
        every_cell().flat_map(move |(operation, model)| in_force(book, operation, model, day))
    }
}

fn in_force(book: &RateBook, operation: Operation, model: Option<Model>, day: Day) -> &[Rate] {
    match book.shelves.get(&card::cell(operation, model)) {
        Some(shelf) => shelf.in_force(day),
        None => card::in_force(card::rows(operation, model), day),
    }
}

impl Prices for LayeredCard<'_> {
    fn history(&self, operation: Operation, model: Option<Model>) -> &[Rate] {
        self.book.rows(operation, model)
    }

    fn day(&self) -> Day {
        self.day
    }

    fn in_force(&self, operation: Operation, model: Option<Model>) -> &[Rate] {
        in_force(self.book, operation, model, self.day)
    }

    fn source_text(&self, rate: &Rate) -> Option<&str> {
        let cell = card::cell(rate.operation(), rate.model());
        let shelf = self.book.shelves.get(&cell)?;
        let mut noted = shelf.agreed.iter().chain(&shelf.published);
        noted
            .find(|noted| noted.rate == *rate)?
            .source_text
            .as_deref()
    }
}
