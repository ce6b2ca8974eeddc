//! `creatify quote`: what a request or a whole file of them costs, worked out offline.

use std::path::PathBuf;

use creatify::core::pricing::{Plan, Prices as _};
use creatify::{Credits, Day, Model, Operation, QuoteRequest};

use crate::cli::Global;
use crate::fail::Fail;
use crate::paid::LengthArgs;
use crate::script::ScriptArgs;
use crate::text;
use crate::values;

pub(crate) mod file;
pub(crate) mod rows;

/// Price of a request, offline: a range with the prices, pages and doubts behind it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What is paid for.
    #[arg(
        value_parser = values::by_name::<Operation>(),
        required_unless_present_any = ["file", "diff"]
    )]
    operation: Option<Operation>,
    #[command(flatten)]
    length: LengthArgs,
    #[command(flatten)]
    script: ScriptArgs,
    /// Avatar model; without it the operation's default.
    #[arg(long, value_parser = values::by_name::<Model>())]
    model: Option<Model>,
    /// How many such calls.
    #[arg(long, default_value_t = 1)]
    count: u32,
    /// What the service's catalogue lists as the cost; inspiration.generate only.
    #[arg(long, value_name = "CREDITS")]
    catalogue_credits: Option<Credits>,
    /// How many previews each call makes; link-to-video.preview-list only.
    #[arg(long)]
    previews: Option<u32>,
    /// Day of the prices, YYYY-MM-DD; today in UTC unless given.
    #[arg(long, value_name = "DAY")]
    on: Option<Day>,
    /// Add the price in USD at this plan's average.
    #[arg(long, value_parser = values::by_name::<Plan>())]
    plan: Option<Plan>,
    /// Price every row of this CSV or JSON lines file, `-` for standard input. Columns:
    /// operation, model, seconds, count, previews, on, catalogue_credits.
    #[arg(long, value_name = "FILE", conflicts_with_all = ONE_REQUEST)]
    file: Option<PathBuf>,
    /// With --file or --diff: let the first row without a price end it all.
    #[arg(long)]
    strict: bool,
    /// With --file: print each row.
    #[arg(long, requires = "file", conflicts_with = "json")]
    each: bool,
    /// Print what the change from one workload to another costs.
    #[arg(
        long,
        num_args = 2,
        value_names = ["OLD", "NEW"],
        conflicts_with = "file",
        conflicts_with_all = ONE_REQUEST
    )]
    diff: Option<Vec<PathBuf>>,
    /// With --diff: exit 6 where any end of the range grows by more than this.
    #[arg(long, value_name = "CREDITS", requires = "diff")]
    max_increase: Option<Credits>,
}

/// The arguments that speak of one request.
const ONE_REQUEST: [&str; 11] = [
    "operation",
    "script",
    "script_file",
    "seconds",
    "min_seconds",
    "max_seconds",
    "model",
    "count",
    "previews",
    "catalogue_credits",
    "plan",
];

pub(crate) fn run(global: &Global, args: &Args) -> Result<(), Fail> {
    let on = args.on.unwrap_or_else(values::today);
    let book = global.book()?;
    let reading = file::Reading {
        book: &book,
        on,
        is_strict: args.strict,
        is_each: args.each,
    };
    if let Some(path) = &args.file {
        return file::run(global.output(), path, reading);
    }
    if let Some([old, new]) = args.diff.as_deref() {
        return file::diff(global.output(), [old, new], reading, args.max_increase);
    }
    let Some(operation) = args.operation else {
        return Err(Fail::invalid("no operation is named"));
    };
    let mut request = QuoteRequest::new(operation).with_count(args.count);
    if let Some(credits) = args.catalogue_credits {
        request = request.with_catalogue_credits(credits);
    }
    if let Some(model) = args.model {
        request = request.with_model(model);
    }
    if let Some(length) = args.length.length() {
        request = request.with_length(length);
    }
    if let Some(script) = args.script.length()? {
        request = request.with_script(script);
    }
    if let Some(previews) = args.previews {
        request = request.with_previews(previews);
    }
    let mut quote = book.on(on).quote(&request)?;
    if let Some(plan) = args.plan {
        quote = quote.with_plan(plan)?;
    }
    global.output().data(&quote, || text::quote(&quote))
}
