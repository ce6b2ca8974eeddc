//! The best mix of a workload's rows within a budget.

use creatify::core::Totals;
use creatify::core::pricing::{Mix, Prices, Wanted};
use creatify::{Credits, Day, Model, Operation, QuoteRequest};
use schemars::JsonSchema;
use serde::Serialize;

use crate::fail::Fail;

/// The mix of the highest value whose most stays within the budget; of several, the cheapest.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Mixed {
    pub(super) budget: Credits,
    /// What all of them are worth together.
    pub(super) value: u64,
    /// What all of them cost together.
    pub(super) credits: Totals,
    /// Every row of the file that has a price, those that are left out included.
    pub(super) rows: Vec<Taken>,
}

/// How many of a row are taken.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Taken {
    /// The line of the file, counted from 1.
    pub(super) line: u64,
    #[schemars(with = "String")]
    pub(super) operation: Operation,
    #[schemars(with = "Option<String>")]
    pub(super) model: Option<Model>,
    /// The most that is wanted.
    pub(super) most: u32,
    pub(super) count: u32,
}

/// The rows that are wanted.
pub(super) struct Basket {
    budget: Credits,
    on: Day,
    rows: Vec<(u64, QuoteRequest, Wanted)>,
}

impl Basket {
    pub(super) fn new(budget: Credits, on: Day) -> Self {
        Self {
            budget,
            on,
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// When its value is no whole number, or it is bought on another day than the others.
    pub(super) fn add(
        &mut self,
        line: u64,
        request: &QuoteRequest,
        day: Option<Day>,
        value: Option<&str>,
    ) -> Result<(), String> {
        if let Some(day) = day.filter(|day| *day != self.on) {
            return Err(format!(
                "the row is for {day} and the budget for {}; leave out the day, or name it by --on",
                self.on
            ));
        }
        let mut wanted = Wanted::new(*request).with_most(request.usage().count);
        if let Some(text) = value {
            let value = text.parse().map_err(|_| {
                let most = u64::MAX;
                format!("value `{text}` is no whole number; give one from 0 to {most}")
            })?;
            wanted = wanted.with_value(value);
        }
        self.rows.push((line, *request, wanted));
        Ok(())
    }

    /// The best mix at these prices.
    pub(super) fn best(self, prices: &impl Prices) -> Result<Mixed, Fail> {
        // A row without a price has been told.
        let mut rows = self.rows;
        rows.retain(|(_, request, _)| prices.totals(request).is_ok());
        let wanted: Vec<Wanted> = rows.iter().map(|(_, _, wanted)| *wanted).collect();
        let mix = Mix::best(prices, &wanted, self.budget);
        let mix = mix.map_err(|error| Fail::invalid(error.to_string()))?;
        let taken = rows.iter().zip(mix.counts());
        let taken = taken.map(|((line, request, _), count)| Taken {
            line: *line,
            operation: request.operation(),
            model: request.model(),
            most: request.usage().count,
            count: *count,
        });
        Ok(Mixed {
            budget: self.budget,
            value: mix.value(),
            credits: mix.totals(),
            rows: taken.collect(),
        })
    }
}
