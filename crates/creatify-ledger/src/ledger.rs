//! The ledger as its users see it, whatever it is kept in.

use std::fmt;

use creatify_core::{Credits, Model, Operation};
use serde::Serialize;

use crate::error::LedgerError;
use crate::export::Export;
use crate::id::{IntentId, UnixMillis};
use crate::intent::{Intent, LengthClass, Plan};
use crate::marker::Marker;
use crate::money::{Balance, Scope};
use crate::news::{News, Pass, Transition};
use crate::protocol::{Event, State};

/// Write-ahead intents: what is about to be paid, what was sent, and what came of it.
///
/// Every method is one transaction: it is stored when it returns, or nothing happened. Calls block
/// for as long as storing takes, a few milliseconds on a disk; async code makes them where it may
/// block. `now` is the caller's wall clock.
///
/// The order of a paid call:
///
/// 1. [`plan`](Ledger::plan) the intent;
/// 2. [`gate`](Ledger::gate) the attempt; without a [`Pass`] nothing is sent;
/// 3. send once, with [`Pass::marker`] in it;
/// 4. [`record`](Ledger::record) what came of it, also when the call was given up;
/// 5. find out about ambiguous attempts, and record that;
/// 6. record the end of the job with its bill.
pub trait Ledger: fmt::Debug + Send + Sync {
    /// Stores a plan. The same plan again gives the intent as it stands by now.
    ///
    /// # Errors
    ///
    /// [`PlanChanged`](LedgerError::PlanChanged) when the id is stored with another purchase,
    /// [`StepTaken`](LedgerError::StepTaken) when another intent has this step of this job, and
    /// [`Storage`](LedgerError::Storage).
    fn plan(&self, plan: &Plan, now: UnixMillis) -> Result<Intent, LedgerError>;

    /// Lets attempt number `attempt` (from 1) out, once: reserves its price and stores it as sent,
    /// durably, before this returns.
    ///
    /// # Errors
    ///
    /// [`GateClosed`](LedgerError::GateClosed) when this attempt is not the one due,
    /// [`OverBudget`](LedgerError::OverBudget) and [`LaneStopped`](LedgerError::LaneStopped), which
    /// leave the intent held, [`UnknownIntent`](LedgerError::UnknownIntent) and
    /// [`Storage`](LedgerError::Storage). After any of them nothing may be sent.
    fn gate(&self, intent: IntentId, attempt: u32, now: UnixMillis) -> Result<Pass, LedgerError>;

    /// Stores what happened to an attempt (`None`: the newest one) and what follows from it.
    ///
    /// # Errors
    ///
    /// [`NoRow`](LedgerError::NoRow) when the protocol knows no such event in that state,
    /// [`UnknownIntent`](LedgerError::UnknownIntent),
    /// [`UnknownAttempt`](LedgerError::UnknownAttempt), [`JobTaken`](LedgerError::JobTaken) when the
    /// job belongs to another intent, and [`Storage`](LedgerError::Storage).
    fn record(
        &self,
        intent: IntentId,
        attempt: Option<u32>,
        news: &News,
        now: UnixMillis,
    ) -> Result<Transition, LedgerError>;

    /// Takes every attempt in flight for ambiguous: a process that sent it is gone.
    ///
    /// Called once when a process starts, never while a call is in flight; `SqliteLedger::open`
    /// does it.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn restarted(&self, now: UnixMillis) -> Result<Vec<Transition>, LedgerError>;

    /// Sets the most that a scope may spend; `None` for no limit. Held intents stay held.
    ///
    /// A limit below what is used already lets nothing more through.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn set_limit(&self, scope: &Scope, limit: Option<Credits>) -> Result<(), LedgerError>;

    /// Lets an account's lane run again and plans what it held; gives those intents.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn resume_lane(&self, account: &str, now: UnixMillis) -> Result<Vec<IntentId>, LedgerError>;

    /// One intent.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn intent(&self, id: IntentId) -> Result<Option<Intent>, LedgerError>;

    /// All intents that pass the filter, oldest first.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn intents(&self, filter: &Filter) -> Result<Vec<Intent>, LedgerError>;

    /// Every intent that owns this job or goes on with it, oldest first.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn by_job(&self, job: &str) -> Result<Vec<Intent>, LedgerError>;

    /// The intent of a marker, if it has such an attempt.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn by_marker(&self, marker: Marker) -> Result<Option<Intent>, LedgerError> {
        let intent = self.intent(marker.intent())?;
        Ok(intent.filter(|intent| intent.attempt(marker.attempt()).is_some()))
    }

    /// The number for the next call that goes on with a job: that of the last such call while it is
    /// not over, so that planning a second one is refused, and one more when it is.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn next_step(&self, job: &str) -> Result<u32, LedgerError> {
        let intents = self.by_job(job)?;
        let last = intents
            .iter()
            .filter_map(|intent| Some((intent.continues.as_ref()?.step, intent.state)))
            .max_by_key(|(step, _)| *step);
        Ok(match last {
            None => 1,
            Some((step, state)) if state.is_final() => step.saturating_add(1),
            Some((step, _)) => step,
        })
    }

    /// What a scope may spend, has reserved and has spent.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn balance(&self, scope: &Scope) -> Result<Balance, LedgerError>;

    /// How long jobs of this class ran, in milliseconds, the newest first, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn durations(&self, class: &Class, limit: usize) -> Result<Vec<u64>, LedgerError>;

    /// Whether a refusal with that status is not taken for "nothing was spent" any more.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn is_distrusted(&self, status: u16) -> Result<bool, LedgerError>;

    /// Everything it holds, bodies excepted.
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn export(&self) -> Result<Export, LedgerError>;

    /// Everything that is wrong with it; empty when it is sound. See [`audit`](crate::audit()).
    ///
    /// # Errors
    ///
    /// [`Storage`](LedgerError::Storage).
    fn audit(&self) -> Result<Vec<String>, LedgerError> {
        Ok(crate::audit(&self.export()?))
    }
}

/// Which intents to list. The default lists all.
///
/// # Example
///
/// ```
/// use creatify_ledger::Filter;
/// use creatify_ledger::protocol::State;
///
/// let open = Filter::default().with_state(State::Ambiguous).with_state(State::Parked);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Filter {
    states: Vec<State>,
    account: Option<String>,
    campaign: Option<String>,
    tag: Option<String>,
}

impl Filter {
    /// Lists only what is in this state, or in another one named so.
    pub fn with_state(mut self, state: State) -> Filter {
        self.states.push(state);
        self
    }

    /// Lists only what is not over.
    pub fn open(mut self) -> Filter {
        let open = State::ALL.iter().filter(|state| !state.is_final());
        self.states.extend(open);
        self
    }

    /// Lists only what that account pays.
    pub fn with_account(mut self, account: impl Into<String>) -> Filter {
        self.account = Some(account.into());
        self
    }

    /// Lists only that campaign.
    pub fn with_campaign(mut self, campaign: impl Into<String>) -> Filter {
        self.campaign = Some(campaign.into());
        self
    }

    /// Lists only what has that tag.
    pub fn with_tag(mut self, tag: impl Into<String>) -> Filter {
        self.tag = Some(tag.into());
        self
    }

    pub(crate) fn states(&self) -> &[State] {
        &self.states
    }

    pub(crate) fn passes(&self, intent: &Intent) -> bool {
        let is = |wanted: &Option<String>, found: Option<&String>| {
            wanted.is_none() || wanted.as_ref() == found
        };
        (self.states.is_empty() || self.states.contains(&intent.state))
            && is(&self.account, Some(&intent.account))
            && is(&self.campaign, intent.campaign.as_ref())
            && self
                .tag
                .as_ref()
                .is_none_or(|tag| intent.tags.contains(tag))
    }
}

/// A lane that is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Lane {
    /// The account whose lane it is.
    pub account: String,
    /// What stopped it.
    pub stopped_by: Event,
    /// When.
    pub since: UnixMillis,
}

/// Jobs that can be expected to run for equally long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Class {
    /// What is called: the resource and its phase.
    pub operation: Operation,
    /// The model.
    pub model: Option<Model>,
    /// The class of the video's length.
    pub length: LengthClass,
}

impl Class {
    /// The class of such calls.
    #[must_use]
    pub const fn new(operation: Operation, model: Option<Model>, length: LengthClass) -> Class {
        Class {
            operation,
            model,
            length,
        }
    }
}

/// Writes the trait for a type whose `store()` locks a [`Store`](crate::store::Store).
macro_rules! ledger {
    ($ledger:ty) => {
        impl $crate::Ledger for $ledger {
            fn plan(&self, plan: &Plan, now: UnixMillis) -> Result<Intent, LedgerError> {
                self.store()?.transact(|rows| engine::plan(rows, plan, now))
            }

            fn gate(
                &self,
                intent: IntentId,
                attempt: u32,
                now: UnixMillis,
            ) -> Result<Pass, LedgerError> {
                self.store()?
                    .transact(|rows| engine::gate(rows, intent, attempt, now))?
            }

            fn record(
                &self,
                intent: IntentId,
                attempt: Option<u32>,
                news: &News,
                now: UnixMillis,
            ) -> Result<Transition, LedgerError> {
                self.store()?
                    .transact(|rows| engine::record(rows, intent, attempt, news, now))
            }

            fn restarted(&self, now: UnixMillis) -> Result<Vec<Transition>, LedgerError> {
                let mut store = self.store()?;
                let in_flight = store.intents(&Filter::default().with_state(State::Sent))?;
                in_flight
                    .iter()
                    .map(|intent| store.transact(|rows| engine::restarted(rows, intent.id, now)))
                    .collect()
            }

            fn set_limit(&self, scope: &Scope, limit: Option<Credits>) -> Result<(), LedgerError> {
                self.store()?.set_limit(scope, limit)
            }

            fn resume_lane(
                &self,
                account: &str,
                now: UnixMillis,
            ) -> Result<Vec<IntentId>, LedgerError> {
                let mut store = self.store()?;
                store.clear_lane(account)?;
                let filter = Filter::default()
                    .with_state(State::Held)
                    .with_account(account);
                let mut resumed = Vec::new();
                for intent in store.intents(&filter)? {
                    if intent.held == Some(Held::Account) {
                        store.transact(|rows| {
                            engine::record(rows, intent.id, None, &News::Resumed, now)
                        })?;
                        resumed.push(intent.id);
                    }
                }
                Ok(resumed)
            }

            fn intent(&self, id: IntentId) -> Result<Option<Intent>, LedgerError> {
                Rows::intent(&*self.store()?, id)
            }

            fn intents(&self, filter: &Filter) -> Result<Vec<Intent>, LedgerError> {
                self.store()?.intents(filter)
            }

            fn by_job(&self, job: &str) -> Result<Vec<Intent>, LedgerError> {
                self.store()?.by_job(job)
            }

            fn balance(&self, scope: &Scope) -> Result<Balance, LedgerError> {
                Rows::balance(&*self.store()?, scope)
            }

            fn durations(&self, class: &Class, limit: usize) -> Result<Vec<u64>, LedgerError> {
                self.store()?.durations(class, limit)
            }

            fn is_distrusted(&self, status: u16) -> Result<bool, LedgerError> {
                Rows::is_distrusted(&*self.store()?, status)
            }

            fn export(&self) -> Result<Export, LedgerError> {
                self.store()?.export()
            }
        }
    };
}

pub(crate) use ledger;
