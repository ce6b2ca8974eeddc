//! A whole ledger as one value, for people, other programs and the audit.

use serde::Serialize;

use crate::intent::Intent;
use crate::ledger::Lane;
use crate::money::Balance;
use crate::news::{Alarm, LogEntry};

/// The version of the exported form and of the stored one.
pub const SCHEMA_VERSION: i64 = 2;

/// Everything a ledger holds, except the requests' bodies, of which only the hashes are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Export {
    /// The version of this form.
    pub version: i64,
    /// Every intent, oldest first.
    pub intents: Vec<Intent>,
    /// Every balance and every limit.
    pub balances: Vec<Balance>,
    /// The lanes that are stopped.
    pub lanes: Vec<Lane>,
    /// Statuses that are not taken for a proof of "unspent" any more.
    pub distrusted: Vec<u16>,
    /// What a person must hear of, oldest first.
    pub alarms: Vec<Alarm>,
    /// Every change, in the order of the commits.
    pub log: Vec<LogEntry>,
}

impl Export {
    /// The export as indented JSON.
    ///
    /// # Errors
    ///
    /// None that is known: every value in it has a JSON form.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}
