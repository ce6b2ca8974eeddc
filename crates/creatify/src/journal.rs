//! The client's side of a ledger: what is written down before, while and after a paid call is made.
//!
//! The protocol (which state follows on what) is `creatify_ledger::protocol`'s; this module turns
//! calls into intents and answers into news. It sends nothing.
//!
//! A ledger stores durably within a few milliseconds and blocks meanwhile. It is called directly,
//! without leaving the task: between the gate and the send there is no point at which a dropped
//! future could lose the pass.

mod bill;

use std::fmt;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use creatify_core::job::VideoMark;
use creatify_core::{JobRef, Length, Model, Quote, Seconds};
use creatify_ledger::protocol::{Policy, State};
use creatify_ledger::{
    HORIZON, HORIZON_BLOCKING, Intent, IntentId, Ledger, LedgerError, Marker, News, Pass, Plan,
    Quoted, UnixMillis,
};

use crate::paid;
use crate::send::Purchase;
use crate::timer::Timer;
use crate::{Error, ErrorKind};

/// Settings of a client that keeps a ledger.
///
/// ```
/// use std::sync::Arc;
/// use creatify::Journal;
/// use creatify::ledger::MemoryLedger;
///
/// let journal = Journal::new(Arc::new(MemoryLedger::new()), "main").campaign("spring");
/// ```
#[derive(Clone)]
#[must_use = "a journal does nothing until a client's builder takes it"]
pub struct Journal {
    ledger: Arc<dyn Ledger>,
    account: String,
    campaign: Option<String>,
    tags: Vec<String>,
    policy: Policy,
    random: Arc<dyn Fn() -> u128 + Send + Sync>,
}

impl Journal {
    /// Writes into `ledger`, as `account`: a name of your own for who pays, never a key.
    pub fn new(ledger: Arc<dyn Ledger>, account: impl Into<String>) -> Self {
        Self {
            ledger,
            account: account.into(),
            campaign: None,
            tags: Vec::new(),
            policy: Policy::default(),
            random: Arc::new(|| uuid::Uuid::new_v4().as_u128()),
        }
    }

    /// Counts every call against this campaign's budget as well.
    pub fn campaign(mut self, campaign: impl Into<String>) -> Self {
        self.campaign = Some(campaign.into());
        self
    }

    /// Counts every call against this tag's budget as well; may be called for several.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// What to do when a call's outcome stays unknown; by default a person decides.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Another source of randomness for the names of intents, for a simulation that must repeat.
    ///
    /// It must be unpredictable where an id ends up in a call-back's address.
    pub fn random(mut self, random: impl Fn() -> u128 + Send + Sync + 'static) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> &dyn Ledger {
        &*self.ledger
    }

    /// What every call of this client is tagged with.
    pub(crate) fn tags(&self) -> &[String] {
        &self.tags
    }

    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// 80 random bits and more.
    pub(crate) fn draw(&self) -> u128 {
        (self.random)()
    }

    /// Writes down what is about to be paid.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Ledger`] when it cannot be stored, and when this render of the job is already
    /// under way.
    pub(crate) fn plan(&self, purchase: &Purchase<'_>, timer: &dyn Timer) -> Result<Entry, Error> {
        let request = purchase.request;
        let now = wall(timer);
        let id = IntentId::new(now, self.draw());
        let stored = request.to_stored(purchase.earlier_video).to_string();
        let horizon = if request.is_blocking() {
            HORIZON_BLOCKING
        } else {
            HORIZON
        };
        let (model, length) = class_of(purchase.quote);
        let mut plan = Plan::new(
            id,
            self.account.as_str(),
            request.operation(),
            stored,
            purchase.price,
        )
        .with_class(model, length)
        .with_policy(self.policy)
        .with_horizon(horizon);
        if let Some(quote) = purchase.quote {
            plan = plan.with_quote(Quoted::from(quote));
        }
        if let Some(campaign) = &self.campaign {
            plan = plan.with_campaign(campaign.as_str());
        }
        for tag in self.tags.iter().chain(purchase.tags) {
            plan = plan.with_tag(tag.as_str());
        }
        if let Some(job) = request.job_id() {
            let step = self.ledger.next_step(job).map_err(refused)?;
            plan = plan.with_continued_job(job, step);
        }
        self.ledger.plan(&plan, now).map_err(refused)?;
        Ok(Entry {
            journal: self.clone(),
            id,
            attempt: 1,
        })
    }

    /// Takes up an intent of an earlier process that may be sent now.
    pub(crate) fn resume(&self, intent: &Intent) -> Entry {
        Entry {
            journal: self.clone(),
            id: intent.id,
            attempt: intent.next_attempt(),
        }
    }

    /// The video that a job had before its newest render of that kind, as the ledger knows it.
    pub(crate) fn earlier_video(&self, job: &JobRef) -> Option<VideoMark> {
        let intents = match self.ledger.by_job(job.id()) {
            Ok(intents) => intents,
            Err(error) => {
                tracing::error!(%job, %error, "the ledger cannot be read");
                return None;
            }
        };
        let newest = intents
            .iter()
            .rev()
            .find(|intent| intent.operation == job.operation());
        paid::earlier_video(&newest?.body)
    }

    /// Records how the newest call on a job ended, and says whether it did; nothing when the ledger
    /// does not know the job, or knows its end.
    pub(crate) fn job_ended(&self, job: &JobRef, news: &News, timer: &dyn Timer) -> bool {
        let intents = match self.ledger.by_job(job.id()) {
            Ok(intents) => intents,
            Err(error) => {
                tracing::error!(%job, %error, "the ledger cannot be read");
                return false;
            }
        };
        let open = intents
            .iter()
            .rev()
            .find(|intent| intent.state == State::Accepted && intent.operation == job.operation());
        let Some(intent) = open else {
            return false;
        };
        let news = &bill::own_share(intent, &intents, news);
        match self.ledger.record(intent.id, None, news, wall(timer)) {
            Ok(_) => true,
            Err(error) => {
                // The bill stays open: the next reading of the job in any process settles it.
                tracing::error!(%job, %error, "the end of a job is not recorded");
                false
            }
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal")
            .field("account", &self.account)
            .field("campaign", &self.campaign)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// One intent while it is being sent.
#[derive(Debug)]
pub(crate) struct Entry {
    journal: Journal,
    id: IntentId,
    attempt: u32,
}

impl Entry {
    pub(crate) fn intent(&self) -> IntentId {
        self.id
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Opens the gate for the attempt that is due: durable when it returns.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::OverBudget`] and [`ErrorKind::Ledger`]; nothing may be sent then.
    pub(crate) fn gate<'e>(&'e self, timer: &'e dyn Timer) -> Result<InFlight<'e>, Error> {
        let pass = self
            .journal
            .ledger
            .gate(self.id, self.attempt, wall(timer))
            .map_err(refused)?;
        Ok(InFlight {
            entry: self,
            pass: Some(pass),
            timer,
        })
    }

    /// The next attempt, after one that provably was not carried out.
    pub(crate) fn advance(&mut self) {
        self.attempt = self.attempt.saturating_add(1);
    }

    /// The caller sends it no more.
    pub(crate) fn give_up(&self, timer: &dyn Timer) {
        let news = News::PersonWithdraws {
            by: "the caller".to_owned(),
        };
        if let Err(error) = self
            .journal
            .ledger
            .record(self.id, None, &news, wall(timer))
        {
            tracing::error!(intent = %self.id, %error, "an intent is not withdrawn");
        }
    }
}

/// An attempt that counts as sent. Dropped without news, it is recorded as an answer lost: a future
/// that was dropped half-way may have been received.
pub(crate) struct InFlight<'e> {
    entry: &'e Entry,
    pass: Option<Pass>,
    timer: &'e dyn Timer,
}

impl InFlight<'_> {
    /// The mark to send along.
    pub(crate) fn marker(&self) -> Marker {
        Marker::new(self.entry.id, self.entry.attempt)
    }

    /// Records what came of the attempt, and gives the intent as it stands then, if it is stored.
    pub(crate) fn record(mut self, news: &News) -> Option<Intent> {
        self.write(news)
    }

    fn write(&mut self, news: &News) -> Option<Intent> {
        let pass = self.pass.take()?;
        let ledger = &self.entry.journal.ledger;
        match ledger.record(pass.intent(), Some(pass.attempt()), news, wall(self.timer)) {
            Ok(transition) => {
                for alarm in &transition.alarms {
                    tracing::error!(intent = %alarm.intent, kind = alarm.kind.as_str(), detail = %alarm.detail, "ledger alarm");
                }
                Some(transition.intent)
            }
            // The row stays in flight, which the next start takes for an answer lost.
            Err(error) => {
                tracing::error!(intent = %pass.intent(), %error, "an answer is not recorded");
                None
            }
        }
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.write(&News::AnswerLost {
            note: Some("the call was dropped".to_owned()),
        });
    }
}

/// The wall clock as ledgers take it.
pub(crate) fn wall(timer: &dyn Timer) -> UnixMillis {
    let since = timer.wall().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A ledger's refusal: whatever the reason, nothing was sent.
pub(crate) fn refused(error: LedgerError) -> Error {
    let (kind, hint) = match &error {
        LedgerError::OverBudget { .. } => (
            ErrorKind::OverBudget,
            "raise the ledger's limit, or ask for less",
        ),
        LedgerError::LaneStopped { .. } => (
            ErrorKind::Ledger,
            "mend what stopped the account, then let its lane run again",
        ),
        LedgerError::StepTaken { .. } => (
            ErrorKind::Ledger,
            "this job is being rendered; wait for that render",
        ),
        _ => (
            ErrorKind::Ledger,
            "nothing was sent; the ledger must be in order first",
        ),
    };
    Error::new(kind, error.to_string())
        .hint(hint)
        .because(error)
}

fn class_of(quote: Option<&Quote>) -> (Option<Model>, Option<Seconds>) {
    let Some(quote) = quote else {
        return (None, None);
    };
    (quote.model(), quote.usage().length.map(Length::max))
}
