//! `creatify rates`: the price table, each row with the page that prints it.

use std::path::{Path, PathBuf};

use creatify::core::pricing::{CardDiff, Effective, LayeredCard, Prices as _, Rate};
use creatify::{Credits, Day};
use schemars::JsonSchema;
use serde::Serialize;

use crate::card;
use crate::cli::Global;
use crate::fail::Fail;
use crate::output;
use crate::values;

/// The price table: unit, first day, source page and its digest.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Day of the prices, YYYY-MM-DD; today in UTC unless given.
    #[arg(long, value_name = "DAY")]
    on: Option<Day>,
    /// Every row there ever was; with --on, those up to that day.
    #[arg(long)]
    history: bool,
    /// Print what this card changes, of the prices on the day; with --history, of all there ever
    /// were.
    #[arg(long, value_name = "FILE")]
    diff: Option<PathBuf>,
}

/// One row of the price table.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Row {
    /// What is paid for.
    operation: String,
    /// The model; null where the operation has none.
    model: Option<String>,
    /// The price of one started unit.
    credits_per_unit: Credits,
    /// `time`, `call`, `image`, `link` or `catalogue-credit`.
    unit: String,
    /// The length of a unit of time; null for the others.
    unit_seconds: Option<u32>,
    /// The first month, the first day, or the first possible one; null where none is known.
    effective_from: Option<String>,
    /// The first day on which it certainly holds, for a change seen between two readings.
    effective_by: Option<String>,
    /// The month of the oldest dated copy, where one is known.
    evidence_from: Option<String>,
    /// `printed`, `observed` or `second-hand`; `agreed` for a price of one's own.
    grade: String,
    /// The day the row was last read.
    read_on: String,
    /// Address of the first page that prints it; for a price of --card, what that says.
    source: Option<String>,
    /// Digest of that page; null where no copy was at hand.
    digest: Option<String>,
    /// Every page that prints it.
    pages: Vec<PageRow>,
}

/// One page.
#[derive(Debug, Serialize, JsonSchema)]
struct PageRow {
    id: String,
    url: String,
    digest: Option<String>,
    read_on: String,
}

/// One row that a card changes.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Changed {
    /// `added`, `removed`, `price`, `unit` or `beginning`.
    change: String,
    /// The row as it was; null for one that was not there.
    old: Option<Row>,
    /// The row as it is; null for one that is no longer there.
    new: Option<Row>,
}

impl Row {
    fn of(card: &LayeredCard<'_>, rate: &Rate) -> Self {
        let source = rate.source();
        let (effective_from, effective_by) = match rate.effective() {
            Effective::Month(month) => (Some(month.to_string()), None),
            Effective::Day(day) => (Some(day.to_string()), None),
            Effective::Between { first, last } => (Some(first.to_string()), Some(last.to_string())),
            _ => (None, None),
        };
        let pages = source.pages().iter().map(|page| PageRow {
            id: page.id.to_owned(),
            url: page.url.to_owned(),
            digest: page.digest.map(str::to_owned),
            read_on: page.read_on.to_string(),
        });
        Self {
            operation: rate.operation().to_string(),
            model: rate.model().map(|model| model.to_string()),
            credits_per_unit: rate.credits_per_unit(),
            unit: rate.unit().as_str().to_owned(),
            unit_seconds: rate.unit().seconds(),
            effective_from,
            effective_by,
            evidence_from: source.evidence_from().map(|month| month.to_string()),
            grade: source.grade().to_string(),
            read_on: source.read_on().to_string(),
            source: card
                .source_text(rate)
                .or_else(|| source.page().map(|page| page.url))
                .map(str::to_owned),
            digest: source
                .page()
                .and_then(|page| page.digest)
                .map(str::to_owned),
            pages: pages.collect(),
        }
    }
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<(), Fail> {
    let book = global.book()?;
    let card = book.on(args.on.unwrap_or_else(values::today));
    if let Some(path) = &args.diff {
        return diff(global, args, card, path);
    }
    let rows: Vec<Row> = if args.history {
        let began = |rate: &&Rate| {
            args.on
                .is_none_or(|day| may_have_begun(rate.effective(), day))
        };
        let history = book.history().filter(began);
        history.map(|rate| Row::of(&card, rate)).collect()
    } else {
        card.rates().map(|rate| Row::of(&card, rate)).collect()
    };
    global.output().data(&rows, || table(&rows))
}

/// Prints what the card of that file changes.
fn diff(global: &Global, args: &Args, old: LayeredCard<'_>, path: &Path) -> Result<(), Fail> {
    let book = card::over(old.book().clone(), path)?;
    let new = book.on(old.day());
    let diff = if args.history {
        CardDiff::of_history(&old, &new)
    } else {
        CardDiff::between(&old, &new)
    };
    let changes: Vec<Changed> = diff
        .changes()
        .iter()
        .map(|change| Changed {
            change: change.as_str().to_owned(),
            old: change.before().map(|rate| Row::of(&old, rate)),
            new: change.after().map(|rate| Row::of(&new, rate)),
        })
        .collect();
    global.output().data(&changes, || {
        if diff.is_empty() {
            format!("no price changes on {}", old.day())
        } else {
            diff.to_string()
        }
    })
}

fn may_have_begun(effective: Effective, day: Day) -> bool {
    match effective {
        Effective::Month(month) => month.first_day() <= day,
        Effective::Day(first) => first <= day,
        Effective::Between { first, .. } => first <= day,
        _ => true,
    }
}

/// The rows, then the addresses of the pages that they name.
fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 8]> = rows
        .iter()
        .map(|row| {
            let unit = match row.unit_seconds {
                Some(seconds) => format!("started {seconds} s"),
                None => row.unit.clone(),
            };
            [
                row.operation.clone(),
                output::or_dash(row.model.as_ref()),
                row.credits_per_unit.to_string(),
                unit,
                output::or_dash(row.effective_from.as_ref()),
                row.grade.clone(),
                output::or_dash(
                    row.pages
                        .first()
                        .map(|page| &page.id)
                        .or(row.source.as_ref()),
                ),
                output::or_dash(row.digest.as_deref().map(short)),
            ]
        })
        .collect();
    let head = [
        "OPERATION",
        "MODEL",
        "CREDITS",
        "PER",
        "SINCE",
        "GRADE",
        "SOURCE",
        "DIGEST",
    ];
    output::table(head, &cells)
}

/// As much of a digest as tells two pages apart; the JSON form has all of it.
fn short(digest: &str) -> &str {
    const ALGORITHM_AND_TWELVE_DIGITS: usize = "sha256:".len() + 12;
    digest.get(..ALGORITHM_AND_TWELVE_DIGITS).unwrap_or(digest)
}
