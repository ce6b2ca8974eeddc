//! `creatify export`: what was spent, as a table for accountants.
//!
//! What stands in the table is the facade's `spend`; here it is read from the ledger and printed.

use creatify::Day;
use creatify::core::pricing::Plan;
use creatify::ledger::{Ledger as _, MemoryLedger};
use creatify::spend::{Focus, Period};

use crate::cli::Global;
use crate::fail::{Exit, Fail};
use crate::output;
use crate::values;

/// Every bill in the ledger, in the columns of FOCUS 1.2, with credits as the pricing currency.
///
/// Calls that are not billed yet have no row; how many there are, and what is reserved for them, is
/// told on standard error. `creatify jobs export` prints the ledger itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How the table is written; csv unless --json is given.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The first day, YYYY-MM-DD in UTC, by the time the call was sent.
    #[arg(long, value_name = "DAY")]
    from: Option<Day>,
    /// The last day, YYYY-MM-DD in UTC.
    #[arg(long, value_name = "DAY")]
    to: Option<Day>,
    /// Give the costs in USD at this plan's average; without it they are empty, and the table is
    /// not complete FOCUS.
    #[arg(long, value_parser = values::by_name::<Plan>())]
    plan: Option<Plan>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Csv,
    Json,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<(), Fail> {
    if global.json && args.format == Some(Format::Csv) {
        return Err(Fail::invalid("--json and --format csv exclude each other"));
    }
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        let message = format!("--from {from} comes after --to {to}");
        return Err(Fail::invalid(message).hint("both days belong to the period"));
    }
    let export = match global.session()?.shelf().look()? {
        Some(export) => export,
        None => MemoryLedger::new().export()?,
    };
    let period = Period {
        from: args.from,
        to: args.to,
    };
    let table = Focus::of(&export, period, args.plan);
    if args.plan.is_none() {
        output::note("note: costs in USD are empty without --plan");
    }
    if table.open > 0 {
        output::note(&format!(
            "note: {} not billed yet and left out; up to {} credits are reserved for that",
            match table.open {
                1 => "1 call is".to_owned(),
                open => format!("{open} calls are"),
            },
            table.reserved
        ));
    }
    if global.json || args.format == Some(Format::Json) {
        return output::json(&table.rows);
    }
    let csv = table.to_csv().map_err(|error| {
        Fail::new(Exit::Other, "output", "the table has no CSV form").because(&error)
    })?;
    output::line(&csv)
}
