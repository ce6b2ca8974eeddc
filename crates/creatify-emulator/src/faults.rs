//! What can go wrong on purpose, and where it strikes: the vocabulary of scripts, of the admin route
//! and of the Rust API. Must not act anything out: the request pipeline, the job plans and the
//! call-backs do.

mod aim;
mod queue;

use serde::{Deserialize, Serialize};

pub use self::aim::{FaultTarget, Injection};
pub(crate) use self::queue::{Class, Faults, Subject};

/// One thing that goes wrong.
///
/// Every kind has a form in JSON and TOML: an object with `kind`, the name in lower case with
/// underscores, and its fields, such as `{"kind": "job_fails", "reason": "no face found"}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    // Of a job.
    /// The job is accepted, runs and ends `failed`, with this reason; its credits come back.
    JobFails {
        /// What `failed_reason` says.
        reason: String,
    },
    /// The job is accepted and ends `rejected`; its credits come back.
    JobRejected,
    /// The job takes this status where it would have been `running`, and keeps it for ever.
    ///
    /// As JSON: `{"kind": "unknown_status", "status": "thinking"}`.
    UnknownStatus(#[serde(with = "status_field")] String),
    /// The job runs and never ends.
    JobNeverEnds,
    /// The job ends `done`, and its output is missing.
    DoneWithoutOutput {
        /// After so many seconds on the clock the output is there; never when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        output_after_seconds: Option<u32>,
    },
    /// The job ends `failed`, its credits come back, and later it is `done` all the same.
    FailsThenDone {
        /// Seconds on the clock from `failed` to `done`.
        delay_seconds: u32,
    },
    /// The job costs so much more than its price; a cheaper one has a negative amount.
    ExtraCharge {
        /// Thousandths of a credit.
        millicredits: i64,
    },
    /// The job answers with another `name` and `webhook_url` than were sent: the name trimmed, its
    /// blanks folded and cut to `name_limit` characters, the address without its query and its last
    /// slash. Call-backs go to the address that was sent.
    MarkerAltered {
        /// Characters of `name` that are kept; all when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name_limit: Option<usize>,
    },

    // Of an answer: the request has no effect.
    /// Answers 502 with an HTML page, as a proxy does; the request has no effect.
    Html,
    /// Takes the request and never answers; it has no effect.
    Hang,
    /// Closes the connection without reading the body; the request has no effect.
    ClosedUnread,
    /// Answers this code and text; the request has no effect.
    Status {
        /// From 200 to 599; anything else answers 500.
        code: u16,
        /// Sent as it is: as `application/json` when it parses as JSON, as `text/html` when it
        /// begins with `<`, else as `text/plain`.
        #[serde(default)]
        body: String,
    },
    /// Answers 401, as if the key had been revoked.
    RefuseCredentials,
    /// Answers 429; the request has no effect.
    RateLimited {
        /// The header `Retry-After`; absent when `None`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<RetryAfter>,
    },
    /// Answers 429 to every request beyond this rate on the emulator's clock, while it lasts. Use it
    /// with [`Injection::for_seconds`] or [`Injection::always`].
    RateLimit {
        /// Requests a second, from 1 on; as many may come at once.
        per_second: u32,
    },

    // Of an answer: the request takes effect.
    /// The request takes effect, then the connection closes without an answer.
    AnswerLost,
    /// The request takes effect, then the connection is reset without an answer.
    AnswerReset,
    /// The request takes effect; the connection is reset in the middle of the answer's body.
    ResetMidBody,
    /// The request takes effect; the connection closes in the middle of the answer's body.
    ClosedMidBody,
    /// The request takes effect; the answer is whole for HTTP, and its JSON is cut in half.
    TruncatedJson,
    /// The request takes effect; the answer has its code, and its JSON arrives slowly.
    SlowDrip {
        /// Bytes at a time, from 1 on.
        bytes: usize,
        /// Milliseconds between them, in real time whatever the clock.
        every_ms: u64,
    },
    /// The request takes effect and answers this code and text instead of its own.
    StatusAfterAccept {
        /// As in [`Status`](Fault::Status).
        code: u16,
        /// As in [`Status`](Fault::Status).
        #[serde(default)]
        body: String,
    },
    /// The request is answered by nothing and takes effect later.
    AcceptedLate {
        /// Seconds on the clock until it takes effect.
        delay_seconds: u32,
        /// Whether the connection stays open without an answer; else it closes at once.
        #[serde(default)]
        hang: bool,
    },
    /// The request takes effect; its answer has no `id`.
    IdMissing,
    /// The request takes effect; the `id` of its answer is no UUID.
    IdMalformed,
    /// The request takes effect; its answer has the `id` of the first job of the same kind.
    IdDuplicate,

    // Of reads.
    /// Lists leave out the jobs created within the last `seconds`.
    ListLag {
        /// Seconds on the clock.
        seconds: u32,
    },
    /// Lists end after the newest `items` jobs, and do not say so.
    ListCut {
        /// How many jobs are left.
        items: usize,
    },
    /// Reads and lists of jobs answer as they would have `seconds` ago: a job younger than that is
    /// not found.
    StaleRead {
        /// Seconds on the clock.
        seconds: u32,
    },
    /// Just before the request is served, someone else uses the account: the balance changes.
    BalanceMoved {
        /// Thousandths of a credit; negative when they were spent.
        millicredits: i64,
    },

    // Of call-backs.
    /// The call-back is not sent.
    WebhookLost,
    /// The call-back is sent so many times in a row.
    WebhookRepeated {
        /// From 1 on; more than 10,000 are 10,000.
        copies: u32,
    },
    /// The call-back is sent later than it should be, with the body it would have had.
    WebhookLate {
        /// Seconds on the clock.
        seconds: u32,
    },
    /// The job's first call-back, with its status at the start, arrives before the answer of the
    /// request that starts it.
    WebhookEarly,
    /// Someone who knows the job's address posts a call-back there: `done`, with an id and an output
    /// that the account does not own.
    WebhookForged {
        /// Seconds on the clock after the job is accepted.
        #[serde(default)]
        delay_seconds: u32,
    },
}

/// What a `Retry-After` header says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryAfter {
    /// A number of seconds.
    Seconds(u64),
    /// The date that is so many seconds ahead on the emulator's clock.
    DateInSeconds(u32),
    /// This text, sense or not; visible ASCII, else the header is left out.
    Text(String),
}

impl Fault {
    /// The kind by its name in scripts, such as `answer_lost`.
    pub fn kind(&self) -> String {
        // The form in JSON is the one place where the names stand.
        let form = serde_json::to_value(self).unwrap_or_default();
        form["kind"].as_str().unwrap_or_default().to_owned()
    }

    /// Aims the fault; each kind says in [`Injection`] where it strikes without an aim.
    pub fn on(self, target: FaultTarget) -> Injection {
        Injection::from(self).on(target)
    }

    /// Strikes `times` times in a row, where it strikes without an aim.
    pub fn times(self, times: u32) -> Injection {
        Injection::from(self).times(times)
    }

    /// Strikes for so many seconds on the clock, where it strikes without an aim.
    pub fn for_seconds(self, seconds: u32) -> Injection {
        Injection::from(self).for_seconds(seconds)
    }

    /// Strikes for ever, where it strikes without an aim.
    pub fn always(self) -> Injection {
        Injection::from(self).always()
    }
}

/// A bare text cannot carry the `kind` beside it, so it travels in a field.
mod status_field {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Field {
        status: String,
    }

    pub(super) fn serialize<S: Serializer>(status: &str, to: S) -> Result<S::Ok, S::Error> {
        let status = status.to_owned();
        Field { status }.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        Field::deserialize(from).map(|field| field.status)
    }
}
