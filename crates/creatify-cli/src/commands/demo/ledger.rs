//! What one story of the demo adds up to: quotes, states, bills, and whether they agree.
//!
//! It only counts. The money is counted three times, on purpose: by the bills, by the balance of
//! the emulator, and by the budget of the client.

use std::sync::{Arc, Mutex, PoisonError};

use creatify::{Budget, Credits, JobState, Quote, Totals};

use super::{Outcome, Stage, Story};
use crate::fail::{Exit, Fail};

/// A story and what is said about it in words.
pub(crate) struct Told {
    pub(super) title: &'static str,
    pub(super) story: Story,
    pub(super) quoted: Vec<(String, Quote)>,
    pub(super) sums: Vec<String>,
    pub(super) states: Vec<(&'static str, Vec<String>)>,
    pub(super) notes: Vec<String>,
    problems: Vec<String>,
}

impl Told {
    /// What does not add up, with the story's name.
    pub(super) fn problems(&self) -> impl Iterator<Item = String> {
        self.problems
            .iter()
            .map(|problem| format!("{}: {problem}", self.story.id))
    }
}

/// A story while it is going on.
pub(super) struct Ledger {
    id: &'static str,
    title: &'static str,
    balance_before: Credits,
    quoted: Vec<(String, Quote)>,
    sums: Vec<String>,
    states: Vec<(&'static str, Vec<String>)>,
    notes: Vec<String>,
    bill: Credits,
}

impl Ledger {
    pub(super) async fn open(
        stage: &Stage,
        id: &'static str,
        title: &'static str,
    ) -> Result<Self, Fail> {
        Ok(Self {
            id,
            title,
            balance_before: stage.client.credits().await?,
            quoted: Vec::new(),
            sums: Vec::new(),
            states: Vec::new(),
            notes: Vec::new(),
            bill: Credits::ZERO,
        })
    }

    pub(super) fn quote(&mut self, name: impl Into<String>, quote: Option<&Quote>) {
        self.quoted
            .extend(quote.map(|quote| (name.into(), quote.clone())));
    }

    pub(super) fn sum(&mut self, text: String) {
        self.sums.push(text);
    }

    pub(super) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    pub(super) fn states(&mut self, name: &'static str, seen: &Seen) {
        self.states.push((name, seen.statuses()));
    }

    pub(super) fn bill(&mut self, bill: Option<Credits>) -> Result<(), Fail> {
        let bill = bill.ok_or_else(|| broken("a finished job names no bill"))?;
        self.bill = sum([self.bill, bill])?;
        Ok(())
    }

    /// The sum of all quotes so far.
    pub(super) fn total(&self) -> Result<Totals, Fail> {
        totals(self.quoted.iter().map(|(_, quote)| quote))
    }

    pub(super) async fn close(
        self,
        stage: &Stage,
        budget: &Budget,
        outcome: Outcome,
    ) -> Result<Told, Fail> {
        let balance_after = stage.client.credits().await?;
        let matched = self.total()?.contains(self.bill);
        let mut problems = Vec::new();
        let mut expect = |holds: bool, otherwise: &str| {
            if !holds {
                problems.push(otherwise.to_owned());
            }
        };
        let spent = self.balance_before.checked_sub(balance_after);
        expect(
            matched == (outcome == Outcome::Done),
            "the bill does not match the quote",
        );
        expect(
            spent == Some(self.bill),
            "the balance went down by another amount than the bill",
        );
        expect(
            budget.spent() == self.bill,
            "the budget counts another amount than the bill",
        );
        expect(budget.reserved().is_zero(), "something is still reserved");
        let statuses = self
            .states
            .iter()
            .flat_map(|(_, states)| states.clone())
            .collect();
        let story = Story {
            id: self.id.to_owned(),
            quotes: self.quoted.iter().map(|(_, quote)| quote.clone()).collect(),
            balance_before: self.balance_before,
            balance_after,
            statuses,
            bill: self.bill,
            matched,
            outcome,
        };
        Ok(Told {
            title: self.title,
            story,
            quoted: self.quoted,
            sums: self.sums,
            states: self.states,
            notes: self.notes,
            problems,
        })
    }
}

/// The statuses of one job as they were seen, each change once.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    pub(super) fn note(&self, state: &JobState) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let status = state.status.to_string();
        if seen.last() != Some(&status) {
            seen.push(status);
        }
    }

    fn statuses(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The sum of some quotes.
pub(super) fn totals<'q>(quotes: impl IntoIterator<Item = &'q Quote>) -> Result<Totals, Fail> {
    Totals::checked_sum(quotes.into_iter().map(Quote::totals))
        .ok_or_else(|| broken("the quotes do not add up"))
}

fn sum(amounts: [Credits; 2]) -> Result<Credits, Fail> {
    Credits::checked_sum(amounts).ok_or_else(|| broken("the bills do not add up"))
}

/// Something that only a fault of this program or of its emulator can bring about.
pub(super) fn broken(message: &str) -> Fail {
    Fail::new(Exit::Other, "demo", message)
}
