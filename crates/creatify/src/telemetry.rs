//! What can be watched from outside: counts, and the spans and events of `tracing`.
//!
//! # Counts
//!
//! [`Metrics`] is told of each of them where it happens; [`Counters`] adds them up. Every [`Metric`]
//! has a fixed name and at most one label, the operation, of which there are a few. No job, key or
//! address is ever a label: those are what traces are for.
//!
//! # Spans and events
//!
//! They say what happens to which job, and never hold a key, a call-back address or the address of
//! an output: requests are named by their route, downloads by their host.
//!
//! | span | level | fields | around |
//! | --- | --- | --- | --- |
//! | `paid_call` | info | `operation`, `reserved`, `outcome` | a paid call with all its attempts |
//! | `attempt` | info | `operation`, `number`, `intent`, `outcome` | one attempt of it |
//! | `wait` | info | `job`, `deadline_s` | waiting for one job |
//! | `reconcile` | info | none | looking for the jobs of calls whose outcome is unknown |
//! | `download` | info | `host` | fetching one output |
//! | `http_request` | debug | `operation`, `http.request.method`, `url.template`, `http.response.status_code`, `error.type`, `otel.kind` | one request of the generated client, in every other span |
//!
//! `outcome` is `accepted`, `rejected`, `not_sent` or `unknown`, and empty when the future was
//! dropped. `reserved` is in credits, `intent` names the call in the ledger. Fields that are empty
//! are not shown.
//!
//! | event | level | fields |
//! | --- | --- | --- |
//! | `sending a paid request` | info | `operation`, `reserved` |
//! | `a paid call without a quote` | warn | `operation`, `cap` |
//! | `the outcome of a paid request is unknown` | warn | `operation`, `error` |
//! | `a job was read` | debug | `job`, `status` |
//! | `reading jobs` | debug | `resource`, `jobs` |
//! | `a read failed`, `a read failed; it is repeated` | debug | `error`, `job` or `jobs` |
//! | `unknown status; waiting on` | warn | `job` or `resource`, `status` |
//! | `a job is over` | info | `job`, `stage`, `polls`, `bill` |
//! | `the price table may be out of date` | warn | `job`, `drift` |
//! | `an unknown outcome was looked into` | info | `intent`, `state`, `job` |
//! | `a person decided` | info | `intent`, `state` |
//! | `webhook received`, `webhook refused` | debug | `attempt` and `admission`, or `status` |
//! | `a call-back was confirmed` | debug | `attempt`, `job` |
//! | `a download broke off` | debug | `host`, `error` |
//! | `downloaded` | info | `host`, `bytes`, `resumed_at` |
//! | `ledger alarm`, and failures to write to a ledger | error | `intent` or `job`, `kind`, `detail` or `error` |
//!
//! How to send all of this to an OpenTelemetry collector is shown by the example `telemetry`, whose
//! exporter uses the HTTP library that the client uses already.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use creatify_core::{Credits, Operation};

/// Takes what a client counts; given to [`ClientBuilder::metrics`](crate::ClientBuilder::metrics).
///
/// It is called where the thing happens, some of it while a paid call is under way: it must be
/// quick, and must neither block nor panic.
///
/// ```
/// use creatify::telemetry::{Measurement, Metrics};
///
/// /// Prints what happens, as a line protocol of one's own would.
/// struct Lines;
///
/// impl Metrics for Lines {
///     fn add(&self, one: Measurement) {
///         let operation = one.operation.map_or("-", |operation| operation.as_str());
///         println!("{} {operation} {}", one.metric.name(), one.amount);
///     }
/// }
/// ```
pub trait Metrics: Send + Sync + 'static {
    /// Adds one measurement to its count.
    fn add(&self, measurement: Measurement);
}

impl<M: Metrics + ?Sized> Metrics for Arc<M> {
    fn add(&self, measurement: Measurement) {
        (**self).add(measurement);
    }
}

/// What is counted. Each only ever grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Metric {
    /// Paid requests that were handed to the network. Each of them is also counted as one of the
    /// four that follow.
    Attempts,
    /// Attempts that the service answered with an id.
    Accepted,
    /// Attempts that the service refused, those for their number included.
    Rejected,
    /// Attempts that provably never left this machine.
    NotSent,
    /// Attempts whose outcome is unknown, those included whose future was dropped half-way.
    Ambiguous,
    /// Calls whose outcome was unknown, and whose job was found.
    Adopted,
    /// Requests that read jobs, one however many jobs it asks about.
    Polls,
    /// Answers 429, to paid requests and to reads of every kind.
    Throttled,
    /// Jobs that were to call back, and were found to be over without a call.
    MissedWebhooks,
    /// Credits set aside for paid calls that were sent, in thousandths.
    Reserved,
    /// Credits whose reservation ended, by a bill or because nothing was spent, in thousandths.
    /// What was reserved less what was freed is what is set aside now.
    Freed,
    /// Credits billed, in thousandths, each bill when it enters this client's budget or ledger.
    Spent,
}

impl Metric {
    /// Every metric, to register instruments beforehand.
    pub const ALL: [Self; 12] = [
        Self::Attempts,
        Self::Accepted,
        Self::Rejected,
        Self::NotSent,
        Self::Ambiguous,
        Self::Adopted,
        Self::Polls,
        Self::Throttled,
        Self::MissedWebhooks,
        Self::Reserved,
        Self::Freed,
        Self::Spent,
    ];

    /// Its name in a metrics system.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Attempts => "creatify.attempts",
            Self::Accepted => "creatify.attempts.accepted",
            Self::Rejected => "creatify.attempts.rejected",
            Self::NotSent => "creatify.attempts.not_sent",
            Self::Ambiguous => "creatify.attempts.ambiguous",
            Self::Adopted => "creatify.calls.adopted",
            Self::Polls => "creatify.polls",
            Self::Throttled => "creatify.throttled",
            Self::MissedWebhooks => "creatify.webhooks.missed",
            Self::Reserved => "creatify.credits.reserved",
            Self::Freed => "creatify.credits.freed",
            Self::Spent => "creatify.credits.spent",
        }
    }

    /// Its unit, as UCUM writes it: thousandths of a credit, or a number of things.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Attempts
            | Self::Accepted
            | Self::Rejected
            | Self::NotSent
            | Self::Ambiguous
            | Self::Polls
            | Self::Throttled => "{request}",
            Self::Adopted => "{call}",
            Self::MissedWebhooks => "{job}",
            Self::Reserved | Self::Freed | Self::Spent => "m{credit}",
        }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One addition to one count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Measurement {
    /// What is counted.
    pub metric: Metric,
    /// What it was done for; none for a read that is about no operation, or about several.
    pub operation: Option<Operation>,
    /// How many, in the metric's unit.
    pub amount: u64,
}

/// Adds up what clients count, for tests and for programs that print it themselves; cheap to clone.
///
/// ```
/// use creatify::Client;
/// use creatify::telemetry::{Counters, Metric};
///
/// # fn main() -> Result<(), creatify::Error> {
/// let counters = Counters::new();
/// let client = Client::builder()
///     .credentials("an-api-id", "an-api-key")
///     .metrics(counters.clone())
///     .build()?;
/// # let _ = client;
/// assert_eq!(counters.total(Metric::Polls), 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct Counters(Arc<Mutex<Sums>>);

type Sums = BTreeMap<(Metric, Option<Operation>), u64>;

impl Counters {
    /// Counts that are all 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One count, over all operations.
    #[must_use]
    pub fn total(&self, metric: Metric) -> u64 {
        let sums = self.sums();
        let of_metric = sums.iter().filter(|((one, _), _)| *one == metric);
        of_metric.fold(0, |total, (_, amount)| total.saturating_add(*amount))
    }

    /// One count, for one operation.
    #[must_use]
    pub fn of(&self, metric: Metric, operation: Operation) -> u64 {
        let key = (metric, Some(operation));
        self.sums().get(&key).copied().unwrap_or(0)
    }

    /// Everything that is not 0, by metric and then by operation.
    #[must_use]
    pub fn snapshot(&self) -> Vec<Measurement> {
        let sums = self.sums();
        let one =
            |(&(metric, operation), &amount): (&(Metric, Option<Operation>), &u64)| Measurement {
                metric,
                operation,
                amount,
            };
        sums.iter().map(one).collect()
    }

    /// The lock is held for one addition; a panic elsewhere cannot leave a sum half-changed.
    fn sums(&self) -> MutexGuard<'_, Sums> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Metrics for Counters {
    fn add(&self, measurement: Measurement) {
        let mut sums = self.sums();
        let key = (measurement.metric, measurement.operation);
        let sum = sums.entry(key).or_default();
        *sum = sum.saturating_add(measurement.amount);
    }
}

impl fmt::Debug for Counters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.snapshot()).finish()
    }
}

/// Where a client's parts count; nowhere, unless its builder was told.
#[derive(Clone, Default)]
pub(crate) struct Meter(Option<Arc<dyn Metrics>>);

impl Meter {
    pub(crate) fn new(metrics: impl Metrics) -> Self {
        Self(Some(Arc::new(metrics)))
    }

    pub(crate) fn one(&self, metric: Metric, operation: Option<Operation>) {
        self.add(metric, operation, 1);
    }

    pub(crate) fn credits(&self, metric: Metric, operation: Operation, amount: Credits) {
        if !amount.is_zero() {
            self.add(metric, Some(operation), amount.millicredits());
        }
    }

    fn add(&self, metric: Metric, operation: Option<Operation>, amount: u64) {
        if let Some(metrics) = &self.0 {
            metrics.add(Measurement {
                metric,
                operation,
                amount,
            });
        }
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.0.is_some() { "on" } else { "off" };
        write!(f, "Meter({state})")
    }
}
