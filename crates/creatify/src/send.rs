//! Sending a paid request: once, or with a ledger once per attempt that its gate lets out.
//!
//! Without a ledger a request is put on the wire once and never again. With one, an attempt that
//! provably was not carried out (no connection, or a 429) may be followed by the next, each through
//! a gate of its own; an attempt that may have been received is followed by nothing.

use std::time::Duration;

use creatify_core::job::VideoMark;
use creatify_core::{Credits, JobRef, Operation, Quote};
use creatify_ledger::{Intent, Marker, News};
use serde_json::Value;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::fleet::{Permit, Priority};
use crate::journal::{Entry, Journal};
use crate::paid::{PaidRequest, SendError};
use crate::telemetry::{Meter, Metric};
use crate::webhook::{Attempt, CallbackUrl};
use crate::{Client, Error, ErrorKind, JobState, failure};

/// How many attempts one call makes, when each is known not to have been carried out.
const ATTEMPTS: u32 = 4;

/// Back-off between attempts, in milliseconds: the shortest and the longest pause.
const BASE_PAUSE: u64 = 500;
const LONGEST_PAUSE: u64 = 30_000;

/// A pause that the service asks for and a call still sits through.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a request, before anybody looked for a job in it.
pub(crate) enum Sent {
    Unsent(Error),
    Refused(Error),
    InDoubt(Error),
    Answered(Value),
}

impl Sent {
    fn error(&self) -> Option<&Error> {
        match self {
            Self::Unsent(error) | Self::Refused(error) | Self::InDoubt(error) => Some(error),
            Self::Answered(_) => None,
        }
    }
}

/// What was approved.
#[derive(Debug)]
pub(crate) struct Purchase<'p> {
    pub(crate) request: &'p PaidRequest,
    pub(crate) quote: Option<&'p Quote>,
    /// What this call is tagged with, besides the client's own tags.
    pub(crate) tags: &'p [String],
    /// What is set aside for it.
    pub(crate) price: Credits,
    /// The video that the job to render has already.
    pub(crate) earlier_video: Option<VideoMark>,
}

/// The video that a job has before it is rendered, by its last reading or by one made now.
///
/// A job that cannot be read is no obstacle: the render itself will say what is wrong.
pub(crate) async fn earlier_video(
    client: &Client,
    request: &PaidRequest,
    before: Option<JobState>,
) -> Option<VideoMark> {
    let job = JobRef::new(request.operation(), request.job_id()?).ok()?;
    if let Some(before) = before {
        return before.video_mark();
    }
    tokio::select! {
        biased;
        () = client.stop().requested() => None,
        read = client.look_at(&job, Priority::Submit) => read.ok()?.video_mark(),
    }
}

/// Sends what was approved.
pub(crate) async fn send(client: &Client, purchase: &Purchase<'_>) -> Sent {
    let request = purchase.request;
    if client.stop().is_requested() {
        // Nothing to write down either.
        return Sent::Unsent(failure::stopped(request.operation()));
    }
    let Some(journal) = client.journal() else {
        return match turn(client, request).await {
            Ok(turn) => once(client, request, None, turn).await,
            Err(error) => Sent::Unsent(error),
        };
    };
    match journal.plan(purchase, client.timer()) {
        Ok(entry) => through_the_gate(client, request, entry).await,
        Err(error) => Sent::Unsent(error),
    }
}

/// Sends an intent of an earlier process again, after a person said that it may be sent.
pub(crate) async fn send_again(client: &Client, request: &PaidRequest, entry: Entry) -> Sent {
    through_the_gate(client, request, entry).await
}

/// Waits for the turn of a paid request, unless nothing more is to be sent.
async fn turn(client: &Client, request: &PaidRequest) -> Result<Option<Permit>, Error> {
    tokio::select! {
        biased;
        () = client.stop().requested() => Err(failure::stopped(request.operation())),
        turn = client.turn(Priority::Submit) => Ok(turn),
    }
}

/// Puts the request on the wire, in its turn. No other function does.
async fn once(
    client: &Client,
    request: &PaidRequest,
    marker: Option<Marker>,
    turn: Option<Permit>,
) -> Sent {
    let sent = put(client, request, marker).await;
    if let Some(turn) = turn {
        turn.ended(sent.error());
    }
    sent
}

async fn put(client: &Client, request: &PaidRequest, marker: Option<Marker>) -> Sent {
    let operation = request.operation();
    let span = tracing::info_span!(
        "attempt",
        %operation,
        number = marker.map_or(1, Marker::attempt),
        intent = marker.map(|marker| tracing::field::display(marker.intent())),
        outcome = Empty,
    );
    let tally = Tally::begin(client, operation);
    let answer = tokio::select! {
        biased;
        answer = request.send(client.api()).instrument(span.clone()) => Some(answer),
        () = client.stop().over(client.timer()) => None,
    };
    let sent = match answer {
        Some(Ok(answer)) => Sent::Answered(answer),
        Some(Err(SendError::Unfit(error))) => {
            tally.never_began();
            return Sent::Unsent(error);
        }
        Some(Err(SendError::Api(error))) => match failure::of_paid(error, operation) {
            failure::Paid::NotSent(error) => Sent::Unsent(error),
            failure::Paid::Rejected(error) => Sent::Refused(error),
            failure::Paid::Unknown(error) => Sent::InDoubt(error),
            failure::Paid::Answered(answer) => Sent::Answered(answer),
        },
        None => Sent::InDoubt(failure::unanswered(operation)),
    };
    span.record("outcome", tally.came_to(&sent, request));
    sent
}

/// Counts one attempt and what comes of it. Dropped without a word it counts as ambiguous: a future
/// that was dropped half-way may have been received.
struct Tally<'c> {
    meter: &'c Meter,
    operation: Operation,
    outcome: Option<Metric>,
}

impl<'c> Tally<'c> {
    fn begin(client: &'c Client, operation: Operation) -> Self {
        Self {
            meter: client.meter(),
            operation,
            outcome: Some(Metric::Ambiguous),
        }
    }

    fn never_began(mut self) {
        self.outcome = None;
    }

    /// Counts what came of it, and gives its name in a trace.
    fn came_to(mut self, sent: &Sent, request: &PaidRequest) -> &'static str {
        if let Sent::Refused(error) = sent
            && error.kind() == ErrorKind::RateLimited
        {
            self.meter.one(Metric::Throttled, Some(self.operation));
        }
        let (outcome, word) = match sent {
            Sent::Answered(answer) if request.id_in(answer).is_some() => {
                (Metric::Accepted, "accepted")
            }
            Sent::Answered(_) | Sent::InDoubt(_) => (Metric::Ambiguous, "unknown"),
            Sent::Refused(_) => (Metric::Rejected, "rejected"),
            Sent::Unsent(_) => (Metric::NotSent, "not_sent"),
        };
        self.outcome = Some(outcome);
        word
    }
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        if let Some(outcome) = self.outcome {
            self.meter.one(Metric::Attempts, Some(self.operation));
            self.meter.one(outcome, Some(self.operation));
        }
    }
}

async fn through_the_gate(client: &Client, request: &PaidRequest, mut entry: Entry) -> Sent {
    let timer = client.timer();
    let mut pause = BASE_PAUSE;
    for left in (0..ATTEMPTS).rev() {
        // Before the gate: an attempt counts as sent from there on, and nothing is waited for.
        let turn = match turn(client, request).await {
            Ok(turn) => turn,
            Err(error) => {
                entry.give_up(timer);
                return Sent::Unsent(error.with_intent(entry.intent()));
            }
        };
        let flight = match entry.gate(timer) {
            Ok(flight) => flight,
            Err(error) => return Sent::Unsent(error.with_intent(entry.intent())),
        };
        let marker = flight.marker();
        let callback = callback(client, marker);
        let marked = request.marked(marker, callback.as_ref());
        let sent = once(client, &marked, Some(marker), turn).await;
        let recorded = flight.record(&news_of(&sent, request));
        let (error, wait) = match sent {
            Sent::Answered(answer) => return Sent::Answered(answer),
            Sent::InDoubt(error) => {
                let error = error.with_intent(entry.intent());
                return called_back(client, recorded)
                    .await
                    .map_or(Sent::InDoubt(error), Sent::Answered);
            }
            Sent::Refused(error) if error.kind() != ErrorKind::RateLimited => {
                return Sent::Refused(error.with_intent(entry.intent()));
            }
            Sent::Refused(error) => {
                let asked = error.retry_after().unwrap_or_default();
                (Sent::Refused(error.with_intent(entry.intent())), asked)
            }
            Sent::Unsent(error) if error.kind() != ErrorKind::NotSent => {
                entry.give_up(timer);
                return Sent::Unsent(error.with_intent(entry.intent()));
            }
            Sent::Unsent(error) => (
                Sent::Unsent(error.with_intent(entry.intent())),
                Duration::ZERO,
            ),
        };
        if left == 0 || wait > PATIENCE {
            entry.give_up(timer);
            return error;
        }
        pause = next_pause(pause, entry.journal());
        tokio::select! {
            biased;
            () = client.stop().requested() => {
                entry.give_up(timer);
                return error;
            }
            () = timer.sleep(wait.max(Duration::from_millis(pause))) => entry.advance(),
        }
    }
    // The loop returns in its last turn; without a turn there is nothing to send.
    Sent::Unsent(Error::new(ErrorKind::NotSent, "no attempt was allowed"))
}

/// The address that the service is to call about this attempt, where somebody listens.
fn callback(client: &Client, marker: Marker) -> Option<CallbackUrl> {
    let attempt = Attempt::of(marker)?;
    match client.webhooks()?.capabilities().url(&attempt) {
        Ok(url) => Some(url),
        Err(error) => {
            tracing::warn!(%attempt, %error, "sent without an address to call back");
            None
        }
    }
}

/// The job of a call whose answer was lost, as it reads now, where a call-back came before the
/// answer would have and named it.
async fn called_back(client: &Client, recorded: Option<Intent>) -> Option<Value> {
    let intent = recorded?;
    let job = JobRef::new(intent.operation, intent.job_id()?).ok()?;
    client.meter().one(Metric::Adopted, Some(intent.operation));
    let read = client.read_job_answer(&job);
    tokio::select! {
        biased;
        read = client.in_turn(Priority::Reconcile, read) => read.ok(),
        () = client.stop().over(client.timer()) => None,
    }
}

/// Decorrelated jitter: between the shortest pause and three times the last one.
fn next_pause(last: u64, journal: &Journal) -> u64 {
    let span = last.saturating_mul(3).saturating_sub(BASE_PAUSE).max(1);
    let drawn = u64::try_from(journal.draw() % u128::from(span)).unwrap_or(0);
    BASE_PAUSE.saturating_add(drawn).min(LONGEST_PAUSE)
}

/// What the ledger is told. Messages of the low-level client hold no key and no call-back address.
fn news_of(sent: &Sent, request: &PaidRequest) -> News {
    match sent {
        Sent::Answered(answer) => match request.id_in(answer) {
            Some(job) => News::Answered { job },
            None => News::AnswerLost {
                note: Some("the answer names no job".to_owned()),
            },
        },
        Sent::InDoubt(error) => News::AnswerLost {
            note: Some(error.to_string()),
        },
        Sent::Unsent(error) => News::NotSent {
            note: Some(error.to_string()),
        },
        Sent::Refused(error) => {
            let note = Some(error.to_string());
            let status = error.status().unwrap_or_default();
            match error.kind() {
                ErrorKind::RateLimited => News::RateLimited { note },
                ErrorKind::OutOfCredits => News::OutOfCredits { status, note },
                ErrorKind::Credentials => News::KeyRefused { status, note },
                _ => News::Refused { status, note },
            }
        }
    }
}
