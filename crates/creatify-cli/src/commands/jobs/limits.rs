//! What the ledger's accounts, days, campaigns and tags may spend, and what they have.

use creatify::Credits;
use creatify::ledger::{Balance, Ledger as _, Scope};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::fail::Fail;
use crate::ledger::Shelf;
use crate::output;

/// One scope's balance, as `jobs limits` prints it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Limited {
    /// Such as `tag:drafts`, `day:2026-11-20`; `day` is any day without a limit of its own.
    scope: String,
    /// The most it may spend; null for no limit.
    limit: Option<Credits>,
    reserved: Credits,
    spent: Credits,
    /// What can still be reserved; null where there is no limit.
    available: Option<Credits>,
}

impl Limited {
    fn of(balance: &Balance) -> Self {
        Self {
            scope: balance.scope.to_string(),
            limit: balance.limit,
            reserved: balance.reserved,
            spent: balance.spent,
            available: balance.available(),
        }
    }

    fn cells(&self) -> [String; 5] {
        [
            self.scope.clone(),
            output::or_dash(self.limit),
            self.reserved.to_string(),
            self.spent.to_string(),
            output::or_dash(self.available),
        ]
    }
}

/// A limit, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit(Option<Credits>);

impl std::str::FromStr for Limit {
    type Err = creatify::core::CreditsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self(None)),
            credits => credits.parse().map(|credits| Self(Some(credits))),
        }
    }
}

pub(super) fn list(global: &Global, shelf: &Shelf) -> Result<(), Fail> {
    let export = shelf.look()?;
    let balances = export.iter().flat_map(|export| &export.balances);
    let shown: Vec<Limited> = balances.map(Limited::of).collect();
    global.output().data(&shown, || table(&shown))
}

pub(super) fn set(global: &Global, shelf: &Shelf, scope: &Scope, limit: Limit) -> Result<(), Fail> {
    shelf.set_limit(scope, limit.0)?;
    list(global, shelf)
}

fn table(shown: &[Limited]) -> String {
    if shown.is_empty() {
        return "nothing was spent with this ledger, and it has no limit".to_owned();
    }
    let rows: Vec<_> = shown.iter().map(Limited::cells).collect();
    output::table(["SCOPE", "LIMIT", "RESERVED", "SPENT", "AVAILABLE"], &rows)
}
