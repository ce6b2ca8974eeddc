//! What a whole workload costs, and what it costs more than another.
//!
//! Rows are added up as they are read. A row that has no price is told with its line and leaves
//! the others alone, unless the caller is strict.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use creatify::core::Totals;
use creatify::core::pricing::{Part, RateBook, Workload};
use creatify::{Credits, Day};
use schemars::JsonSchema;
use serde::Serialize;

use super::rows;
use crate::fail::{Exit, Fail};
use crate::output::{self, Output};

/// Bad rows that are told one by one; the others are counted.
pub(crate) const TOLD: usize = 100;
/// Text that is written at once.
const CHUNK: usize = 1 << 16;

/// How a workload is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'b> {
    /// The prices.
    pub(super) book: &'b RateBook,
    /// The day of rows that name none.
    pub(super) on: Day,
    /// Whether the first bad row ends it all.
    pub(super) is_strict: bool,
    /// Whether each row is printed.
    pub(super) is_each: bool,
}

/// What a workload comes to.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Summary {
    /// The rows read, bad ones among them.
    rows: u64,
    credits: Totals,
    /// The first hundred rows without a price.
    bad: Vec<BadRow>,
    /// All rows without a price.
    bad_count: u64,
    /// The same by operation, of those that have a price.
    by_operation: BTreeMap<String, OfOperation>,
}

/// A row without a price.
#[derive(Debug, Serialize, JsonSchema)]
struct BadRow {
    /// The line of the file, counted from 1.
    line: u64,
    message: String,
}

/// The rows of one operation.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
struct OfOperation {
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
pub(super) fn run(output: Output, path: &Path, reading: Reading<'_>) -> Result<(), Fail> {
    let summary = summary(path, reading)?;
    output.data(&summary, || summary.text())
}

/// Prints what the change from one file to the other costs.
pub(super) fn diff(
    output: Output,
    [old, new]: [&Path; 2],
    reading: Reading<'_>,
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

fn summary(path: &Path, reading: Reading<'_>) -> Result<Summary, Fail> {
    let mut tally = Tally::new(reading.is_strict);
    let mut text = String::new();
    rows::each(path, |line, row| {
        let priced = row.and_then(|(request, on)| {
            let card = reading.book.on(on.unwrap_or(reading.on));
            let totals = tally.workload.add(&card, &request);
            let totals = totals.map_err(|error| error.cause.to_string())?;
            Ok((request.operation(), totals))
        });
        if reading.is_each {
            let _ = match &priced {
                Ok((operation, totals)) => writeln!(text, "line {line}: {operation}: {totals}"),
                Err(message) => writeln!(text, "line {line}: no price: {message}"),
            };
        }
        if text.len() >= CHUNK {
            output::line(&text)?;
            text.clear();
        }
        tally.count(line, priced.map(drop))
    })?;
    if !text.is_empty() {
        output::line(&text)?;
    }
    Ok(tally.summary())
}

/// A workload in the making, and the rows of its file that have no price.
pub(crate) struct Tally {
    pub(crate) workload: Workload,
    is_strict: bool,
    bad: Vec<BadRow>,
    bad_count: u64,
}

impl Tally {
    pub(crate) fn new(is_strict: bool) -> Self {
        Self {
            workload: Workload::new(),
            is_strict,
            bad: Vec::new(),
            bad_count: 0,
        }
    }

    /// Notes a row that has no price.
    ///
    /// # Errors
    ///
    /// When the first such row is to end it all.
    pub(crate) fn count(&mut self, line: u64, row: Result<(), String>) -> Result<(), Fail> {
        let Err(message) = row else {
            return Ok(());
        };
        if self.is_strict {
            return Err(Fail::invalid(format!("line {line}: {message}"))
                .hint("correct the row, or leave out --strict to price the others"));
        }
        self.bad_count += 1;
        if self.bad.len() < TOLD {
            self.bad.push(BadRow { line, message });
        }
        Ok(())
    }

    pub(crate) fn summary(self) -> Summary {
        let parts = self.workload.by_operation().map(|(operation, part)| {
            let Part { rows, totals, .. } = part;
            let credits = totals;
            (operation.to_string(), OfOperation { rows, credits })
        });
        Summary {
            rows: self.workload.rows() + self.bad_count,
            credits: self.workload.totals(),
            by_operation: parts.collect(),
            bad: self.bad,
            bad_count: self.bad_count,
        }
    }
}

impl Summary {
    pub(crate) fn text(&self) -> String {
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
