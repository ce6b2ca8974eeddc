//! Prints the bills of a small ledger as CSV in the columns of FOCUS 1.2.
//!
//! `cargo run -p creatify --example focus_export`. The ledger is in memory and everything in it is
//! made up; a real one is read with `SqliteLedger::read`.

use std::error::Error;

use creatify::core::pricing::Plan;
use creatify::ledger::{IntentId, Ledger, MemoryLedger, News, Plan as Call, Quoted, UnixMillis};
use creatify::spend::{Focus, Period};
use creatify::{Credits, Length, Model, Operation, QuoteRequest, RateCard, Seconds};

/// 2026-11-20, and 2026-10-31 just before midnight.
const NOVEMBER: u64 = 1_795_132_800_000;
const OCTOBER: u64 = 1_793_491_199_500;

fn main() -> Result<(), Box<dyn Error>> {
    let ledger = MemoryLedger::new();
    let seconds = |length| Seconds::from_whole(length);
    let between = Length::Between {
        min: seconds(20)?,
        max: seconds(40)?,
    };
    let preview_list = QuoteRequest::new(Operation::LinkToVideoPreviewList);
    let avatar = QuoteRequest::new(Operation::LipsyncV2Generate);
    let calls = [
        // As quoted.
        (avatar.with_length(seconds(45)?), "10", OCTOBER),
        (
            avatar
                .with_model(Model::AuroraV1Fast)
                .with_length(seconds(11)?),
            "5.5",
            NOVEMBER,
        ),
        (QuoteRequest::new(Operation::LinkCreate), "1", NOVEMBER),
        // Within the quote, by another reading of the prices.
        (
            preview_list.with_length(seconds(30)?).with_previews(9),
            "1",
            NOVEMBER,
        ),
        // Estimated, and outside the quote.
        (avatar.with_length(between), "5", NOVEMBER),
        (avatar.with_length(seconds(20)?), "6.25", NOVEMBER),
        // Not charged.
        (avatar.with_length(seconds(15)?), "0", NOVEMBER),
    ];
    for (number, (request, bill, at)) in (1_u64..).zip(calls) {
        buy(
            &ledger,
            number,
            &request,
            bill.parse()?,
            UnixMillis(at + number),
        )?;
    }
    let plan: Plan = "starter".parse()?;
    let table = Focus::of(&ledger.export()?, Period::default(), Some(plan));
    print(&table.to_csv()?);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the table is what this is for")]
fn print(table: &str) {
    print!("{table}");
}

/// Takes one call through the ledger, from its quote to its bill.
fn buy(
    ledger: &MemoryLedger,
    number: u64,
    request: &QuoteRequest,
    bill: Credits,
    at: UnixMillis,
) -> Result<(), Box<dyn Error>> {
    let today = at.day().ok_or("no day")?;
    let quote = RateCard::on(today).quote(request)?;
    let length = request.usage().length.map(Length::max);
    let id = IntentId::new(at, number.into());
    let call = Call::new(id, "main", request.operation(), "{}", quote.max())
        .with_class(quote.model(), length)
        .with_quote(Quoted::from(&quote))
        .with_campaign("spring")
        .with_tag("drafts");
    ledger.plan(&call, at)?;
    let pass = ledger.gate(id, 1, at)?;
    let job = format!("{number:08}-30b1-4d0c-9a3e-000000000001");
    ledger.record(id, Some(pass.attempt()), &News::Answered { job }, at)?;
    let news = News::Finished {
        bill,
        ran_for: Some(90_000),
    };
    ledger.record(id, None, &news, at.after(90_000))?;
    Ok(())
}
