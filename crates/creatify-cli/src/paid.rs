//! Every paid command: quote, hard limit, approval, one send, and the wait where it is asked for.
//!
//! There is no other way from a command to a paid request. The order is fixed: the quote is
//! printed, the limit is held, the keys are there, a person or `--yes` agrees; only then is the
//! request written into the ledger, and sent once.

use creatify::core::pricing::Settlement;
use creatify::ledger::protocol::State;
use creatify::ledger::{Ledger as _, News};
use creatify::{
    Answer, Budget, Call, Credits, Job, JobRef, JobState, Length, Quote, RequestPreview, Seconds,
};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::confirm;
use crate::credentials::Session;
use crate::fail::{Exit, Fail};
use crate::ledger::{self, Shelf};
use crate::output;
use crate::stop;
use crate::text;
use crate::waiting::{self, Spinners, Timing};

/// How long the video is, where the request does not say. It is quoted and never sent.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LengthArgs {
    /// Length of the video, from 0 to 86400; fractions may be given.
    #[arg(long, allow_negative_numbers = true, conflicts_with_all = ["min_seconds", "max_seconds"])]
    seconds: Option<Seconds>,
    /// The shortest the video can be, where its length is not known.
    #[arg(
        long,
        value_name = "SECONDS",
        allow_negative_numbers = true,
        requires = "max_seconds"
    )]
    min_seconds: Option<Seconds>,
    /// The longest the video can be, where its length is not known.
    #[arg(
        long,
        value_name = "SECONDS",
        allow_negative_numbers = true,
        requires = "min_seconds"
    )]
    max_seconds: Option<Seconds>,
}

impl LengthArgs {
    pub(crate) fn length(&self) -> Option<Length> {
        match (self.seconds, self.min_seconds, self.max_seconds) {
            (Some(seconds), _, _) => Some(Length::Known(seconds)),
            (None, Some(min), Some(max)) => Some(Length::Between { min, max }),
            _ => None,
        }
    }
}

/// Permission to spend.
#[derive(Debug, clap::Args)]
pub(crate) struct ApprovalArgs {
    /// Spend without asking.
    #[arg(long)]
    yes: bool,
    /// Never spend more than this, whatever else is said.
    #[arg(long, value_name = "CREDITS", allow_negative_numbers = true)]
    max_credits: Option<Credits>,
    /// Print the quote and the exact request with the keys masked, and send nothing. When it is
    /// sent, the ledger adds its mark to the name, and --webhook-base an address to call back.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Count it against this tag's limit in the ledger; may be repeated.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
}

/// The flags of a command that starts a job.
#[derive(Debug, clap::Args)]
pub(crate) struct JobArgs {
    #[command(flatten)]
    length: LengthArgs,
    #[command(flatten)]
    approval: ApprovalArgs,
    /// Wait until the job is finished.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    timing: Timing,
}

/// What a paid command prints once the service has the job.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Created {
    /// The job, as `creatify wait` takes it.
    #[schemars(with = "String")]
    job: JobRef,
    /// The last state that was read.
    state: Option<JobState>,
    quote: Option<Quote>,
    /// The bill against the quote, after `--wait`.
    settlement: Option<Settlement>,
}

impl Created {
    /// A job as it was accepted.
    pub(crate) fn accepted(job: &Job, quote: Option<Quote>) -> Self {
        Self {
            job: job.job_ref().clone(),
            state: job.state().cloned(),
            quote,
            settlement: None,
        }
    }

    /// Prints it. The job is paid for: its reference must not be lost with standard output.
    pub(crate) fn print(&self, global: &Global) -> Result<(), Fail> {
        let printed = global.output().data(self, || self.job.to_string());
        printed.inspect_err(|_| output::note(&format!("job: {}", self.job)))
    }
}

/// What `--dry-run` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DryRun {
    quote: Option<Quote>,
    /// The request as it would be sent, with the keys masked.
    request: RequestPreview,
}

/// An accepted call and what it was expected to cost.
#[derive(Debug)]
pub(crate) struct Bought<A> {
    pub(crate) answer: A,
    pub(crate) quote: Option<Quote>,
    /// Whether the process was told to end while the answer was on its way.
    pub(crate) is_told_to_end: bool,
}

/// Quotes, asks, and sends once; `None` after a dry run, which has printed all there is.
pub(crate) async fn buy<A: Answer>(
    global: &Global,
    session: &Session,
    call: Call<A>,
    args: &ApprovalArgs,
) -> Result<Option<Bought<A>>, Fail> {
    let call = args.tags.iter().cloned().fold(call, Call::tag);
    let quoted = call.quote()?;
    let quote = quoted.quote().cloned();
    let max = quoted.max();
    let request = quoted.request();
    let words = quote.as_ref().map(text::quote).unwrap_or_default();
    if !args.dry_run || global.json {
        output::note(words.trim_end());
    }
    let budget = Budget::new(args.max_credits.unwrap_or(max));
    let approved = quoted.approve(&budget)?;
    if args.dry_run {
        let shown = DryRun { quote, request };
        global
            .output()
            .data(&shown, || format!("{words}\n{}", in_words(&shown.request)))?;
        return Ok(None);
    }
    let client = session.for_sending()?;
    confirm::spending(max, args.yes)?;
    session.shelf().begin(session.account())?;
    let (sent, is_told_to_end) = stop::heeded(client, approved.send()).await?;
    match sent {
        Ok(answer) => Ok(Some(Bought {
            answer,
            quote,
            is_told_to_end,
        })),
        Err(error) => Err(unbought(session.shelf(), error, &budget)),
    }
}

/// The failure of a paid request; one that was not carried out is closed in the ledger, because
/// nobody comes back to it: the person who wants it runs the command again.
pub(crate) fn unbought(shelf: &Shelf, error: creatify::Error, budget: &Budget) -> Fail {
    let intent = error.intent();
    let fail = Fail::from(error);
    if fail.exit() == Exit::OutcomeUnknown {
        let kept = budget.reserved();
        return fail.also(&format!("{kept} credits stay reserved for it"));
    }
    let stored = intent.and_then(|intent| shelf.intent(intent).ok().flatten());
    if let Some(stored) = stored
        && matches!(stored.state, State::Planned | State::Held)
    {
        let by = "the command that failed".to_owned();
        let news = News::PersonWithdraws { by };
        if let Err(error) = shelf.record(stored.id, None, &news, ledger::now()) {
            output::note(&format!("warning: {} stays open: {error}", stored.id));
        }
    }
    fail
}

/// Buys a job, prints its reference, and waits for it where that is asked for.
pub(crate) async fn run_job(
    global: &Global,
    session: &Session,
    call: Call<Job>,
    args: &JobArgs,
) -> Result<(), Fail> {
    let call = match args.length.length() {
        Some(length) => call.length(length),
        None => call,
    };
    let bought = buy(global, session, call, &args.approval).await?;
    let Some(Bought {
        answer: job,
        quote,
        is_told_to_end,
    }) = bought
    else {
        return Ok(());
    };
    if !args.wait {
        return Created::accepted(&job, quote).print(global);
    }
    let reference = job.job_ref().clone();
    output::note(&format!("job: {reference}"));
    if is_told_to_end {
        let fail = Fail::new(Exit::Deadline, "stopped", "told to end before the job did");
        return Err(fail.resumable(&reference));
    }
    let finished = waiting::finish(job, &args.timing, &Spinners::new()).await?;
    let created = Created {
        job: reference,
        state: Some(finished.state().clone()),
        quote,
        settlement: finished.settlement().copied(),
    };
    let words = || format!("{}\n{}", created.job, text::job(finished.state()));
    global.output().data(&created, words)
}

/// Sets up a render: it learns length and earlier bill of the job, which costs nothing.
///
/// A dry run reads nothing, and so needs the length from the flags. Where the flags state it, a
/// job that cannot be read is no obstacle: the render itself will say so.
pub(crate) async fn prepare_render(
    session: &Session,
    call: Call<Job>,
    job: impl Future<Output = Result<JobState, creatify::Error>>,
    media_job: Option<&str>,
    args: &JobArgs,
) -> Result<Call<Job>, Fail> {
    let length = args.length.length();
    if args.approval.dry_run || (length.is_some() && !args.wait) {
        return Ok(call);
    }
    session.for_sending()?;
    let state = match (job.await, length) {
        (Ok(state), _) => state,
        (Err(_), Some(_)) => return Ok(call),
        (Err(error), None) => {
            return Err(Fail::from(error).also("or state the length with --seconds"));
        }
    };
    let call = match state.credits_used {
        Some(bill) => call.after_bill(bill),
        None => call,
    };
    match length.or_else(|| measured(&state, media_job)) {
        Some(length) => Ok(call.length(length)),
        None => Ok(call),
    }
}

/// The length that the service reports; 0 means that it does not know yet.
fn measured(state: &JobState, media_job: Option<&str>) -> Option<Length> {
    let picked = state
        .previews
        .iter()
        .find(|preview| Some(preview.media_job.as_str()) == media_job);
    let seconds = picked
        .and_then(|preview| preview.duration)
        .or(state.duration)?;
    (seconds != Seconds::ZERO).then_some(Length::Known(seconds))
}

fn in_words(request: &RequestPreview) -> String {
    let mut text = format!("{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if let Some(body) = &request.body {
        text.push_str(&format!("\n{body:#}\n"));
    }
    text
}
