//! `creatify demo`: the documented flows, end to end, on an embedded emulator.
//!
//! It needs no key and no network, reads no `CREATIFY_*` variable, and never leaves loopback. The
//! flows themselves are in [`stories`]; here they are run one after another and told.

mod ledger;
mod stories;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use creatify::emulator::{self, Emulator};
use creatify::{Client, Credits, Quote};
use indicatif::{ProgressBar, ProgressStyle};
use schemars::JsonSchema;
use serde::Serialize;

use self::ledger::Told;
use crate::cli::Global;
use crate::fail::{Exit, Fail};

/// The documented flows, end to end, on an embedded emulator: no key, no network, no waiting.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// What `demo --json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Demo {
    stories: Vec<Story>,
}

/// One flow from its quotes to its bill.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Story {
    id: String,
    /// The quotes of its paid calls, in the order of the calls.
    quotes: Vec<Quote>,
    balance_before: Credits,
    balance_after: Credits,
    /// The statuses as seen, of all its jobs in order.
    statuses: Vec<String>,
    /// What all its calls were billed.
    bill: Credits,
    /// Whether the bill lies within the sum of the quotes.
    matched: bool,
    outcome: Outcome,
}

/// How a story ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// Its last job was finished.
    Done,
    /// Its job failed.
    Failed,
}

/// What the stories run on.
pub(crate) struct Stage {
    emulator: Arc<Emulator>,
    client: Client,
    bar: ProgressBar,
}

impl Stage {
    async fn build() -> Result<Self, Fail> {
        let emulator = Emulator::start().await.map_err(|error| {
            Fail::new(Exit::Other, "emulator", "the emulator does not start").because(&error)
        })?;
        let emulator = Arc::new(emulator);
        let client = emulator::client(&emulator)?;
        // Hidden by itself where standard error is no terminal.
        let bar = ProgressBar::new(stories::STEPS);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Ok(Self {
            emulator,
            client,
            bar,
        })
    }

    /// Moves the progress bar on.
    fn step(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        self.bar.inc(1);
    }
}

pub(crate) async fn run(global: &Global, _: Args) -> Result<(), Fail> {
    let stage = Stage::build().await?;
    let told = [
        stories::link_previews(&stage).await?,
        stories::template(&stage).await?,
        stories::avatar(&stage).await?,
        stories::failure(&stage).await?,
    ];
    stage.bar.finish_and_clear();
    let problems: Vec<String> = told.iter().flat_map(Told::problems).collect();
    let words: String = told.iter().map(in_words).collect::<Vec<_>>().join("\n");
    let demo = Demo {
        stories: told.into_iter().map(|told| told.story).collect(),
    };
    global.output().data(&demo, || words)?;
    if problems.is_empty() {
        return Ok(());
    }
    let message = format!("the demo does not add up: {}", problems.join("; "));
    let fail = Fail::new(Exit::Other, "demo", message);
    // The stories are the one document on standard output, also when they do not add up.
    fail.report();
    Err(fail.already_told())
}

fn in_words(told: &Told) -> String {
    let Told {
        title,
        story,
        quoted,
        sums,
        states,
        ..
    } = told;
    let mut text = format!("{title}\n");
    for (name, quote) in quoted {
        let _ = writeln!(text, "  quote    {name}: {}", quote.totals());
    }
    for sum in sums {
        let _ = writeln!(text, "  sum      {sum}");
    }
    let (before, after) = (story.balance_before, story.balance_after);
    let _ = writeln!(text, "  balance  {before} before, {after} after");
    for (name, states) in states {
        let _ = writeln!(text, "  states   {name}: {}", states.join(", "));
    }
    for note in &told.notes {
        let _ = writeln!(text, "  note     {note}");
    }
    let bill = story.bill;
    let verdict = match (story.outcome, story.matched) {
        (Outcome::Done, true) => "matched, it lies within the quote",
        (Outcome::Done, false) => "NOT MATCHED, it lies outside the quote",
        (Outcome::Failed, _) => "the job failed and cost nothing",
    };
    let _ = writeln!(text, "  bill     {bill} credits: {verdict}");
    text
}
