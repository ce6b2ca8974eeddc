//! `creatify plan`: which plan a month needs, until when it lasts, and what its credits buy.
//!
//! Everything is worked out offline from the price table. A month is a number of credits, or a
//! workload in a file; the rules are those of `creatify_core::pricing`.

use std::path::{Path, PathBuf};

use creatify::core::Totals;
use creatify::core::pricing::{AssumptionKind, Prices, RateBook, Ratio};
use creatify::{Credits, Day, Seconds};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::commands::quote::file::{Summary, Tally};
use crate::commands::quote::rows;
use crate::fail::Fail;
use crate::values;

mod bought;
mod mixed;
mod month;
mod previews;
mod text;

use self::bought::Bought;
use self::mixed::{Basket, Mixed};
use self::month::{Cheapest, PlanRow};
use self::previews::Previews;

/// Cheapest plan for a month, until when its credits last, and what they buy; offline.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("month").required(true).args(["file", "credits"])))]
pub(crate) struct Args {
    /// The calls of a month, as `quote --file` takes them: CSV or JSON lines, `-` for standard
    /// input. Columns: operation, model, seconds, count, previews, on, catalogue_credits.
    file: Option<PathBuf>,
    /// The credits that a month needs, in place of a file.
    #[arg(long, value_name = "CREDITS", allow_negative_numbers = true)]
    credits: Option<Credits>,
    /// With --credits: the length of the videos that are counted, from 0 to 86400.
    #[arg(
        long,
        default_value = "30",
        conflicts_with = "file",
        allow_negative_numbers = true
    )]
    seconds: Seconds,
    /// With a file: the share of previews that are rendered, such as 1/9, 0.125 or 12.5%.
    #[arg(long, value_name = "SHARE", conflicts_with = "credits", value_parser = share)]
    keep: Option<Ratio>,
    /// With a file: the best mix of its rows that these credits pay for. A row's count is the most
    /// that is wanted; a column `value` says what one is worth beside the others, 1 unless given.
    #[arg(
        long,
        value_name = "CREDITS",
        conflicts_with = "credits",
        allow_negative_numbers = true
    )]
    budget: Option<Credits>,
    /// Day of the prices and first day of the month, YYYY-MM-DD; today in UTC unless given.
    #[arg(long, value_name = "DAY")]
    on: Option<Day>,
    /// With a file: let the first row without a price end it all.
    #[arg(long, conflicts_with = "credits")]
    strict: bool,
}

/// A share from 0 to 1.
fn share(text: &str) -> Result<Ratio, String> {
    let share: Ratio = text.parse().map_err(|error| format!("{error}"))?;
    if share > Ratio::ONE {
        return Err(format!("{share} is more than all previews; give 0 to 1"));
    }
    Ok(share)
}

/// A month: what it needs, which plan is enough, and what there is to choose.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Month {
    /// The day of the prices, and the first one on which credits are used.
    on: Day,
    /// What the month needs.
    credits: Totals,
    /// The rows of the file; null with --credits.
    workload: Option<Summary>,
    /// The cheapest plan whose credits are enough; null where no published plan's are.
    cheapest: Cheapest,
    plans: Vec<PlanRow>,
    /// What the credits buy of each thing alone; empty for a file.
    buys: Vec<Bought>,
    /// Previews first against the direct way; null with --credits.
    previews: Option<Previews>,
    /// The best mix within --budget; null without one.
    mix: Option<Mixed>,
    assumptions: Vec<Assumed>,
}

/// Something that is taken for granted.
#[derive(Debug, Serialize, JsonSchema)]
struct Assumed {
    /// Lasting id, as in a quote.
    id: &'static str,
    text: String,
    /// The rows that assume it; null where it is about the month.
    rows: Option<u64>,
    /// By how much this doubt alone widens the range of the rows; null where it is about the
    /// month.
    spread: Option<Credits>,
}

impl Assumed {
    fn of_month(kind: AssumptionKind) -> Self {
        Self {
            id: kind.id(),
            text: kind.to_string(),
            rows: None,
            spread: None,
        }
    }
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<(), Fail> {
    let on = args.on.unwrap_or_else(values::today);
    let book = global.book()?;
    let month = match (&args.file, args.credits) {
        (Some(path), _) => of_file(path, &book, on, args)?,
        (None, credits) => of_credits(&book.on(on), credits.unwrap_or_default(), args)?,
    };
    global.output().data(&month, || text::month(&month))
}

fn of_credits(prices: &impl Prices, credits: Credits, args: &Args) -> Result<Month, Fail> {
    let mut month = Month::of(prices.day(), Totals::from(credits));
    month.buys = bought::with(prices, credits, args.seconds)?;
    Ok(month)
}

fn of_file(path: &Path, book: &RateBook, on: Day, args: &Args) -> Result<Month, Fail> {
    let mut tally = Tally::new(args.strict);
    let mut previews = Previews::new(args.keep);
    let mut basket = args.budget.map(|budget| Basket::new(budget, on));
    rows::each_valued(path, |line, row, value| {
        let priced = row.and_then(|(request, day)| {
            if let Some(basket) = &mut basket {
                basket.add(line, &request, day, value.as_deref())?;
            }
            let card = book.on(day.unwrap_or(on));
            let quote = tally.workload.add_quoted(&card, &request);
            quote.map_err(|error| error.cause.to_string())?;
            previews.compare(line, &card, &request);
            Ok(())
        });
        tally.count(line, priced)
    })?;
    let rows: Vec<Assumed> = tally
        .workload
        .reasons()
        .iter()
        .map(|reason| Assumed {
            id: reason.kind.id(),
            text: reason.kind.to_string(),
            rows: Some(reason.rows),
            spread: Some(reason.spread),
        })
        .collect();
    let mut month = Month::of(on, tally.workload.totals());
    month.assumptions.splice(0..0, rows);
    month.workload = Some(tally.summary());
    month.previews = Some(previews);
    month.mix = match basket {
        Some(basket) => Some(basket.best(&book.on(on))?),
        None => None,
    };
    Ok(month)
}

impl Month {
    /// The month held against every plan.
    fn of(on: Day, credits: Totals) -> Self {
        let (plans, kinds) = month::plans(on, credits);
        Self {
            on,
            credits,
            workload: None,
            cheapest: Cheapest::of(credits),
            plans,
            buys: Vec::new(),
            previews: None,
            mix: None,
            assumptions: kinds.into_iter().map(Assumed::of_month).collect(),
        }
    }
}
