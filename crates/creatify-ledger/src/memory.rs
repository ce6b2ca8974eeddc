//! A ledger that lives as long as its process: for tests, for simulations, and for callers who
//! want the gate and the budgets without a file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use creatify_core::Credits;

use crate::engine::{self, Change, Rows};
use crate::error::LedgerError;
use crate::export::{Export, SCHEMA_VERSION};
use crate::id::{IntentId, UnixMillis};
use crate::intent::{Held, Intent, Plan};
use crate::ledger::{Class, Filter, Lane, ledger};
use crate::money::{Balance, Scope};
use crate::news::{Alarm, LogEntry, News, Pass, Transition};
use crate::protocol::State;
use crate::store::Store;

/// A ledger in memory. Nothing of it survives the process, so a crash forgets what was sent.
///
/// # Example
///
/// ```
/// use creatify_core::Operation;
/// use creatify_ledger::{IntentId, Ledger, MemoryLedger, News, Plan, UnixMillis};
///
/// let ledger = MemoryLedger::new();
/// let (id, now) = (IntentId::new(UnixMillis(1), 2), UnixMillis(1));
/// let plan = Plan::new(id, "main", Operation::LipsyncV2Generate, "{}", "5".parse()?);
/// ledger.plan(&plan, now)?;
/// let pass = ledger.gate(id, 1, now)?;
/// assert!(ledger.gate(id, 1, now).is_err());
/// ledger.record(pass.intent(), Some(pass.attempt()), &News::NotSent { note: None }, now)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Maps>);

impl MemoryLedger {
    /// An empty ledger.
    #[must_use]
    pub fn new() -> MemoryLedger {
        MemoryLedger::default()
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "other ledgers can fail to give their store"
    )]
    fn store(&self) -> Result<MutexGuard<'_, Maps>, LedgerError> {
        // Changes are made after every check, so a panic elsewhere leaves none half made.
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

ledger!(MemoryLedger);

#[derive(Debug, Default)]
struct Maps {
    intents: BTreeMap<IntentId, Intent>,
    owners: BTreeMap<(String, u32), IntentId>,
    continuing: BTreeMap<(String, u32), IntentId>,
    balances: BTreeMap<Scope, (Credits, Credits)>,
    limits: BTreeMap<Scope, Credits>,
    lanes: BTreeMap<String, Lane>,
    distrusted: BTreeSet<u16>,
    durations: BTreeMap<Class, Vec<u64>>,
    alarms: Vec<Alarm>,
    log: Vec<LogEntry>,
}

impl Rows for Maps {
    fn intent(&self, id: IntentId) -> Result<Option<Intent>, LedgerError> {
        Ok(self.intents.get(&id).cloned())
    }

    fn owner(&self, job: &str, step: u32) -> Result<Option<IntentId>, LedgerError> {
        Ok(self.owners.get(&(job.to_owned(), step)).copied())
    }

    fn continuing(&self, job: &str, step: u32) -> Result<Option<IntentId>, LedgerError> {
        Ok(self.continuing.get(&(job.to_owned(), step)).copied())
    }

    fn balance(&self, scope: &Scope) -> Result<Balance, LedgerError> {
        let mut balance = Balance::new(scope.clone());
        if let Some((reserved, spent)) = self.balances.get(scope) {
            (balance.reserved, balance.spent) = (*reserved, *spent);
        }
        let own = self.limits.get(scope);
        let general = matches!(scope, Scope::Day(_))
            .then(|| self.limits.get(&Scope::EveryDay))
            .flatten();
        balance.limit = own.or(general).copied();
        Ok(balance)
    }

    fn lane(&self, account: &str) -> Result<Option<Lane>, LedgerError> {
        Ok(self.lanes.get(account).cloned())
    }

    fn is_distrusted(&self, status: u16) -> Result<bool, LedgerError> {
        Ok(self.distrusted.contains(&status))
    }

    fn has_alarm(&self, alarm: &Alarm) -> Result<bool, LedgerError> {
        let key = |alarm: &Alarm| (alarm.intent, alarm.kind, alarm.detail.clone());
        Ok(self.alarms.iter().any(|known| key(known) == key(alarm)))
    }
}

impl Store for Maps {
    fn transact<T>(
        &mut self,
        decide: impl FnOnce(&Self) -> Result<(Vec<Change>, T), LedgerError>,
    ) -> Result<T, LedgerError> {
        let (changes, answer) = decide(self)?;
        for change in changes {
            self.apply(change);
        }
        Ok(answer)
    }

    fn set_limit(&mut self, scope: &Scope, limit: Option<Credits>) -> Result<(), LedgerError> {
        match limit {
            Some(limit) => self.limits.insert(scope.clone(), limit),
            None => self.limits.remove(scope),
        };
        Ok(())
    }

    fn clear_lane(&mut self, account: &str) -> Result<(), LedgerError> {
        self.lanes.remove(account);
        Ok(())
    }

    fn intents(&self, filter: &Filter) -> Result<Vec<Intent>, LedgerError> {
        let passing = self.intents.values().filter(|intent| filter.passes(intent));
        Ok(passing.cloned().collect())
    }

    fn by_job(&self, job: &str) -> Result<Vec<Intent>, LedgerError> {
        let is_of = |intent: &&Intent| {
            let continues = intent.continues.as_ref().map(|on| on.job.as_str());
            intent.job_id() == Some(job) || continues == Some(job)
        };
        Ok(self.intents.values().filter(is_of).cloned().collect())
    }

    fn durations(&self, class: &Class, limit: usize) -> Result<Vec<u64>, LedgerError> {
        let all = self.durations.get(class).map(Vec::as_slice);
        Ok(all
            .unwrap_or_default()
            .iter()
            .rev()
            .take(limit)
            .copied()
            .collect())
    }

    fn export(&self) -> Result<Export, LedgerError> {
        let scopes: BTreeSet<&Scope> = self.balances.keys().chain(self.limits.keys()).collect();
        Ok(Export {
            version: SCHEMA_VERSION,
            intents: self.intents.values().cloned().collect(),
            balances: scopes
                .into_iter()
                .map(|scope| self.balance(scope))
                .collect::<Result<_, _>>()?,
            lanes: self.lanes.values().cloned().collect(),
            distrusted: self.distrusted.iter().copied().collect(),
            alarms: self.alarms.clone(),
            log: self.log.clone(),
        })
    }
}

impl Maps {
    fn apply(&mut self, change: Change) {
        match change {
            Change::Intent(intent) => {
                let step = intent.job_step();
                if let Some(job) = &intent.job {
                    self.owners.insert((job.id.clone(), step), intent.id);
                }
                if let Some(on) = &intent.continues {
                    self.continuing.insert((on.job.clone(), step), intent.id);
                }
                self.intents.insert(intent.id, *intent);
            }
            Change::Balance(balance) => {
                let amounts = (balance.reserved, balance.spent);
                self.balances.insert(balance.scope, amounts);
            }
            Change::Stop(lane) => {
                self.lanes.insert(lane.account.clone(), lane);
            }
            Change::Distrust(status) => {
                self.distrusted.insert(status);
            }
            Change::Duration(duration) => {
                let class = Class::new(duration.operation, duration.model, duration.length);
                self.durations
                    .entry(class)
                    .or_default()
                    .push(duration.millis);
            }
            Change::Alarm(alarm) => self.alarms.push(alarm),
            Change::Log(line) => {
                let count = u64::try_from(self.log.len()).unwrap_or(u64::MAX);
                self.log.push(line.numbered(count.saturating_add(1)));
            }
        }
    }
}
