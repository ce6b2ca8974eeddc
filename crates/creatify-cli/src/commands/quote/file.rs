//! What a whole workload costs, and what it costs more than another.
//!
//! Rows are added up as they are read. A row that has no price is told with its line and leaves
//! the others alone, unless the caller is strict.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use creatify::core::Totals;
use creatify::{Credits, Day, Operation, RateCard};
use schemars::JsonSchema;
use serde::Serialize;

use super::rows;
use crate::fail::{Exit, Fail};
use crate::output::{self, Output};

/// Bad rows that are told one by one; the others are counted.
const TOLD: usize = 100;
/// Text that is written at once.
const CHUNK: usize = 1 << 16;

/// How a workload is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// The day of rows that name none.
    pub(super) on: Day,
    /// Whether the first bad row ends it all.
    pub(super) is_strict: bool,
    /// Whether each row is printed.
    pub(super) is_each: bool,
}

/// What a workload comes to.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Summary {
    /// The rows read, bad ones among them.
    rows: u64,
    credits: Totals,
    /// The first hundred rows without a price.
    bad: Vec<BadRow>,
    /// All rows without a price.
    bad_count: u64,
    /// The same by operation, of those that have a price.
    by_operation: BTreeMap<String, Part>,
}

/// A row without a price.
#[derive(Debug, Serialize, JsonSchema)]
struct BadRow {
    /// The line of the file, counted from 1.
    line: u64,
    message: String,
}

/// The rows of one operation.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
struct Part {
    rows: u64,
    credits: Totals,
}

/// What two workloads come to, and the difference.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Comparison {
    old: Summary,
    new: Summary,
    /// The new one less the old one.
    change: Change,
}

/// A difference of two ranges, end by end, in credits; below 0 where it became cheaper.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
struct Change {
    min: f64,
    likely: f64,
    max: f64,
}

/// Prints what the file comes to.
pub(super) fn run(output: Output, path: &Path, reading: Reading) -> Result<(), Fail> {
    let summary = summary(path, reading)?;
    output.data(&summary, || summary.text())
}

/// Prints what the change from one file to the other costs.
pub(super) fn diff(
    output: Output,
    [old, new]: [&Path; 2],
    reading: Reading,
    max_increase: Option<Credits>,
) -> Result<(), Fail> {
    let (old, new) = (summary(old, reading)?, summary(new, reading)?);
    let comparison = Comparison {
        change: Change::between(old.credits, new.credits),
        old,
        new,
    };
    output.data(&comparison, || comparison.text())?;
    let Some(limit) = max_increase else {
        return Ok(());
    };
    let (old, new) = (comparison.old.credits, comparison.new.credits);
    let ends = [
        (old.min(), new.min()),
        (old.likely(), new.likely()),
        (old.max(), new.max()),
    ];
    let exceeds = |(old, new): (Credits, Credits)| {
        new.checked_sub(old)
            .is_some_and(|increase| increase > limit)
    };
    if ends.into_iter().any(exceeds) {
        let message = format!("the change costs more than {limit} credits");
        output::note(&format!("error: {message}"));
        return Err(Fail::new(Exit::OverBudget, "over-budget", message).already_told());
    }
    Ok(())
}

fn summary(path: &Path, reading: Reading) -> Result<Summary, Fail> {
    let today = RateCard::on(reading.on);
    let mut summary = Summary::default();
    let mut parts = vec![Part::default(); Operation::ALL.len()];
    let mut text = String::new();
    rows::each(path, |line, row| {
        summary.rows += 1;
        let priced = row.and_then(|(request, on)| {
            let card = on.map_or(today, RateCard::on);
            let totals = card.totals(&request).map_err(|error| error.to_string())?;
            let sum = summary.credits.checked_add(totals);
            let sum = sum.ok_or("the credits of all rows together do not fit")?;
            Ok((request.operation(), totals, sum))
        });
        match priced {
            Ok((operation, totals, sum)) => {
                summary.credits = sum;
                let place = Operation::ALL.iter().position(|other| *other == operation);
                if let Some(part) = place.and_then(|place| parts.get_mut(place)) {
                    part.rows += 1;
                    // A part is never above the sum, which fits.
                    part.credits = part.credits.checked_add(totals).unwrap_or(part.credits);
                }
                if reading.is_each {
                    let _ = writeln!(text, "line {line}: {operation}: {totals}");
                }
            }
            Err(message) if reading.is_strict => {
                return Err(Fail::invalid(format!("line {line}: {message}"))
                    .hint("correct the row, or leave out --strict to price the others"));
            }
            Err(message) => {
                if reading.is_each {
                    let _ = writeln!(text, "line {line}: no price: {message}");
                }
                summary.bad_count += 1;
                if summary.bad.len() < TOLD {
                    summary.bad.push(BadRow { line, message });
                }
            }
        }
        if text.len() >= CHUNK {
            output::line(&text)?;
            text.clear();
        }
        Ok(())
    })?;
    if !text.is_empty() {
        output::line(&text)?;
    }
    let named = Operation::ALL.iter().zip(parts);
    summary.by_operation = named
        .filter(|(_, part)| part.rows > 0)
        .map(|(operation, part)| (operation.to_string(), part))
        .collect();
    Ok(summary)
}

impl Summary {
    fn text(&self) -> String {
        let mut text = String::new();
        for (operation, part) in &self.by_operation {
            let _ = writeln!(text, "{operation}: {} rows, {}", part.rows, part.credits);
        }
        for bad in &self.bad {
            let _ = writeln!(text, "line {}: {}", bad.line, bad.message);
        }
        if self.bad_count > 0 {
            let _ = writeln!(text, "rows without a price: {}", self.bad_count);
        }
        let _ = write!(text, "{} rows: {}", self.rows, self.credits);
        text
    }
}

impl Comparison {
    fn text(&self) -> String {
        let Change { min, likely, max } = self.change;
        format!(
            "old: {} rows, {}\nnew: {} rows, {}\nchange: {min:+} to {max:+} credits, likely \
             {likely:+}",
            self.old.rows, self.old.credits, self.new.rows, self.new.credits,
        )
    }
}

impl Change {
    fn between(old: Totals, new: Totals) -> Self {
        Self {
            min: signed(old.min(), new.min()),
            likely: signed(old.likely(), new.likely()),
            max: signed(old.max(), new.max()),
        }
    }
}

/// The new amount less the old one, as the number nearest to the exact decimal.
fn signed(old: Credits, new: Credits) -> f64 {
    let nearest = |amount: Credits| amount.to_string().parse::<f64>().unwrap_or(f64::INFINITY);
    match (new.checked_sub(old), old.checked_sub(new)) {
        (Some(more), _) => nearest(more),
        (None, less) => -nearest(less.unwrap_or(Credits::ZERO)),
    }
}
