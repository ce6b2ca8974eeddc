#![doc = include_str!("../README.md")]

mod audit;
mod engine;
mod error;
mod export;
mod id;
mod intent;
mod ledger;
mod marker;
mod memory;
mod money;
mod news;
pub mod protocol;
mod quoted;
mod sqlite;
mod store;

pub use crate::audit::audit;
pub use crate::error::LedgerError;
pub use crate::export::{Export, SCHEMA_VERSION};
pub use crate::id::{IntentId, IntentIdError, UnixMillis};
pub use crate::intent::{
    Attempt, Continues, HORIZON, HORIZON_BLOCKING, Held, Intent, LengthClass, Money, OwnedJob, Plan,
};
pub use crate::ledger::{Class, Filter, Lane, Ledger};
pub use crate::marker::{Marker, MarkerError};
pub use crate::memory::MemoryLedger;
pub use crate::money::{Balance, Scope, ScopeError};
pub use crate::news::{Alarm, AlarmKind, LogEntry, NOTE_LIMIT, News, Pass, Transition};
pub use crate::quoted::Quoted;
pub use crate::sqlite::{Salvage, SqliteLedger, salvage};
