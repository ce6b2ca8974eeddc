//! What the tests share: ledgers of each kind, and short ways to say common things.

use std::sync::Arc;

use creatify_core::{Credits, Operation};
use creatify_ledger::{
    IntentId, Ledger, LedgerError, MemoryLedger, News, Plan, SqliteLedger, Transition, UnixMillis,
};
use tempfile::TempDir;

pub(crate) const NOW: UnixMillis = UnixMillis(1_795_132_800_000);

/// A ledger under test, with the folder that it may stand in.
pub(crate) struct World {
    pub(crate) ledger: Arc<dyn Ledger>,
    _folder: Option<TempDir>,
}

/// Does the same with a fresh ledger of each kind.
pub(crate) fn on_each(test: impl Fn(&dyn Ledger)) {
    for world in [memory(), sqlite()] {
        test(&*world.ledger);
        assert_eq!(world.ledger.audit().ok(), Some(Vec::new()));
    }
}

pub(crate) fn memory() -> World {
    World {
        ledger: Arc::new(MemoryLedger::new()),
        _folder: None,
    }
}

pub(crate) fn sqlite() -> World {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("ledger.db");
    let ledger = SqliteLedger::open(path, NOW).expect("a new ledger opens");
    World {
        ledger: Arc::new(ledger),
        _folder: Some(folder),
    }
}

pub(crate) fn credits(whole: u64) -> Credits {
    Credits::from_whole(whole).expect("the tests' amounts are small")
}

pub(crate) fn id(number: u8) -> IntentId {
    IntentId::new(NOW, number.into())
}

/// A plan for 5 credits on the account `main`, in the campaign `spring`.
pub(crate) fn plan(number: u8) -> Plan {
    let operation = Operation::LipsyncV2Generate;
    let body = format!("{{\"number\":{number}}}");
    Plan::new(id(number), "main", operation, body, credits(5)).with_campaign("spring")
}

/// Plans an intent and lets its first attempt out.
pub(crate) fn send(ledger: &dyn Ledger, number: u8) {
    ledger.plan(&plan(number), NOW).expect("it is planned");
    let _ = ledger.gate(id(number), 1, NOW).expect("the gate opens");
}

pub(crate) fn record(ledger: &dyn Ledger, number: u8, news: News) -> Transition {
    ledger
        .record(id(number), None, &news, NOW)
        .expect("the protocol knows it")
}

pub(crate) fn lost() -> News {
    News::AnswerLost { note: None }
}

pub(crate) fn answered(job: &str) -> News {
    News::Answered { job: job.into() }
}

pub(crate) fn listed(jobs: &[&str]) -> News {
    News::Listed {
        jobs: jobs.iter().map(|job| (*job).to_owned()).collect(),
        do_credits_agree: true,
    }
}

pub(crate) fn is_closed<T>(result: Result<T, LedgerError>) -> bool {
    matches!(result, Err(LedgerError::GateClosed { .. }))
}
