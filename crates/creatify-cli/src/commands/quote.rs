//! `creatify quote`: what a request costs, worked out offline.

use creatify::core::pricing::Plan;
use creatify::{Day, Model, Operation, QuoteRequest, RateCard};

use crate::cli::Global;
use crate::fail::Fail;
use crate::paid::LengthArgs;
use crate::text;
use crate::values;

/// Price of a request, offline: a range with the prices, pages and doubts behind it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What is paid for.
    #[arg(value_parser = values::by_name::<Operation>())]
    operation: Operation,
    #[command(flatten)]
    length: LengthArgs,
    /// Avatar model; without it the operation's default.
    #[arg(long, value_parser = values::by_name::<Model>())]
    model: Option<Model>,
    /// How many such calls.
    #[arg(long, default_value_t = 1)]
    count: u32,
    /// How many previews each call makes; link-to-video.preview-list only.
    #[arg(long)]
    previews: Option<u32>,
    /// Day of the prices, YYYY-MM-DD; today in UTC unless given.
    #[arg(long, value_name = "DAY")]
    on: Option<Day>,
    /// Add the price in USD at this plan's average.
    #[arg(long, value_parser = values::by_name::<Plan>())]
    plan: Option<Plan>,
}

pub(crate) fn run(global: &Global, args: &Args) -> Result<(), Fail> {
    let mut request = QuoteRequest::new(args.operation).with_count(args.count);
    if let Some(model) = args.model {
        request = request.with_model(model);
    }
    if let Some(length) = args.length.length() {
        request = request.with_length(length);
    }
    if let Some(previews) = args.previews {
        request = request.with_previews(previews);
    }
    let card = RateCard::on(args.on.unwrap_or_else(values::today));
    let mut quote = card.quote(&request)?;
    if let Some(plan) = args.plan {
        quote = quote.with_plan(plan)?;
    }
    global.output().data(&quote, || text::quote(&quote))
}
