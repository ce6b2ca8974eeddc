//! What a place to keep a ledger in must offer; the rules stand in the engine.

use creatify_core::Credits;

use crate::engine::{Change, Rows};
use crate::error::LedgerError;
use crate::export::Export;
use crate::intent::Intent;
use crate::ledger::{Class, Filter};
use crate::money::Scope;

pub(crate) trait Store: Rows {
    /// Writes the changes that `decide` makes of the present rows: all of them, durably, or none.
    fn transact<T>(
        &mut self,
        decide: impl FnOnce(&Self) -> Result<(Vec<Change>, T), LedgerError>,
    ) -> Result<T, LedgerError>;
    fn set_limit(&mut self, scope: &Scope, limit: Option<Credits>) -> Result<(), LedgerError>;
    fn clear_lane(&mut self, account: &str) -> Result<(), LedgerError>;
    fn intents(&self, filter: &Filter) -> Result<Vec<Intent>, LedgerError>;
    fn by_job(&self, job: &str) -> Result<Vec<Intent>, LedgerError>;
    fn durations(&self, class: &Class, limit: usize) -> Result<Vec<u64>, LedgerError>;
    fn export(&self) -> Result<Export, LedgerError>;
}
