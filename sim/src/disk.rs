//! The ledger as a process has it: on a disk that keeps what was stored when the process dies, and
//! takes nothing from a process that is dead.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use creatify::Credits;
use creatify::ledger::{
    Balance, Class, Export, Filter, Intent, IntentId, Ledger, LedgerError, MemoryLedger, News,
    Pass, Plan, Scope, Transition, UnixMillis,
};

use crate::world::World;

/// The disk as one process sees it.
pub(crate) struct Disk {
    world: Arc<World>,
    process: u64,
}

impl Disk {
    /// The disk for the process that runs now.
    pub(crate) fn new(world: &Arc<World>) -> Self {
        Self {
            world: Arc::clone(world),
            process: world.process(),
        }
    }

    /// A dead process writes nothing, not even while its futures are dropped.
    fn ledger(&self) -> Result<&MemoryLedger, LedgerError> {
        match self.world.process() == self.process {
            true => Ok(&self.world.ledger),
            false => Err(failed("for a process that is gone")),
        }
    }

    /// Records a transaction and holds the invariants against what it left.
    fn stored<T>(&self, what: &str, result: Result<T, LedgerError>) -> Result<T, LedgerError> {
        match &result {
            Ok(_) => self.world.note("ledger", what),
            Err(error) => self.world.note("ledger", &format!("{what}: {error}")),
        }
        match self.world.ledger.audit() {
            Ok(wrong) => wrong.into_iter().for_each(|what| self.world.complain(what)),
            Err(error) => self.world.complain(error.to_string()),
        }
        result
    }
}

fn failed(doing: &'static str) -> LedgerError {
    LedgerError::Storage {
        doing,
        source: "the simulated disk takes nothing".into(),
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Disk(process {})", self.process)
    }
}

impl Ledger for Disk {
    fn plan(&self, plan: &Plan, now: UnixMillis) -> Result<Intent, LedgerError> {
        let planned = self.ledger()?.plan(plan, now);
        let what = match &planned {
            Ok(intent) => format!("plan {} {}", intent.id, intent.operation),
            Err(_) => "plan".to_owned(),
        };
        self.stored(&what, planned)
    }

    fn gate(&self, intent: IntentId, attempt: u32, now: UnixMillis) -> Result<Pass, LedgerError> {
        let ledger = self.ledger()?;
        let gated = match self.world.is_disk_full.load(Ordering::Relaxed) {
            true => Err(failed("storing a gate")),
            false => ledger.gate(intent, attempt, now),
        };
        self.stored(&format!("gate {intent}.{attempt}"), gated)
    }

    fn record(
        &self,
        intent: IntentId,
        attempt: Option<u32>,
        news: &News,
        now: UnixMillis,
    ) -> Result<Transition, LedgerError> {
        let recorded = self.ledger()?.record(intent, attempt, news, now);
        let what = match &recorded {
            Ok(after) => format!("{:?} {intent} -> {}", news.event(), after.intent.state),
            Err(_) => format!("{:?} {intent}", news.event()),
        };
        self.stored(&what, recorded)
    }

    fn restarted(&self, now: UnixMillis) -> Result<Vec<Transition>, LedgerError> {
        let restarted = self.ledger()?.restarted(now);
        self.stored("restarted", restarted)
    }

    fn set_limit(&self, scope: &Scope, limit: Option<Credits>) -> Result<(), LedgerError> {
        self.ledger()?.set_limit(scope, limit)
    }

    fn resume_lane(&self, account: &str, now: UnixMillis) -> Result<Vec<IntentId>, LedgerError> {
        let resumed = self.ledger()?.resume_lane(account, now);
        self.stored("resume", resumed)
    }

    fn intent(&self, id: IntentId) -> Result<Option<Intent>, LedgerError> {
        self.ledger()?.intent(id)
    }

    fn intents(&self, filter: &Filter) -> Result<Vec<Intent>, LedgerError> {
        self.ledger()?.intents(filter)
    }

    fn by_job(&self, job: &str) -> Result<Vec<Intent>, LedgerError> {
        self.ledger()?.by_job(job)
    }

    fn balance(&self, scope: &Scope) -> Result<Balance, LedgerError> {
        self.ledger()?.balance(scope)
    }

    fn durations(&self, class: &Class, limit: usize) -> Result<Vec<u64>, LedgerError> {
        self.ledger()?.durations(class, limit)
    }

    fn is_distrusted(&self, status: u16) -> Result<bool, LedgerError> {
        self.ledger()?.is_distrusted(status)
    }

    fn export(&self) -> Result<Export, LedgerError> {
        self.ledger()?.export()
    }
}
