//! `creatify rates`: the price table, each row with the page that prints it.

use creatify::core::pricing::{Effective, Rate};
use creatify::{Credits, Day, RateCard};
use schemars::JsonSchema;
use serde::Serialize;

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
    /// `time`, `call`, `image` or `link`.
    unit: String,
    /// The length of a unit of time; null for the others.
    unit_seconds: Option<u32>,
    /// The first month, or the first possible day; null where none is printed.
    effective_from: Option<String>,
    /// The first day on which it certainly holds, for a change seen between two readings.
    effective_by: Option<String>,
    /// The month of the oldest dated copy, where one is known.
    evidence_from: Option<String>,
    /// `printed`, `observed` or `second-hand`.
    grade: String,
    /// The day the row was last read.
    read_on: String,
    /// Address of the first page that prints it.
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

impl From<&Rate> for Row {
    fn from(rate: &Rate) -> Self {
        let source = rate.source();
        let (effective_from, effective_by) = match rate.effective() {
            Effective::Month(month) => (Some(month.to_string()), None),
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
            source: source.page().map(|page| page.url.to_owned()),
            digest: source
                .page()
                .and_then(|page| page.digest)
                .map(str::to_owned),
            pages: pages.collect(),
        }
    }
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<(), Fail> {
    let rows: Vec<Row> = if args.history {
        let began = |rate: &&Rate| {
            args.on
                .is_none_or(|day| may_have_begun(rate.effective(), day))
        };
        RateCard::history()
            .iter()
            .filter(began)
            .map(Row::from)
            .collect()
    } else {
        let card = RateCard::on(args.on.unwrap_or_else(values::today));
        card.rates().map(Row::from).collect()
    };
    global.output().data(&rows, || table(&rows))
}

fn may_have_begun(effective: Effective, day: Day) -> bool {
    match effective {
        Effective::Month(month) => month.first_day() <= day,
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
                output::or_dash(row.pages.first().map(|page| &page.id)),
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
