//! `creatify credits`: the balance of the account.

use schemars::JsonSchema;
use serde::Serialize;

use creatify::Credits;

use crate::cli::Global;
use crate::fail::Fail;

/// The account's balance. Costs nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// The balance.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Balance {
    /// Credits left; may be fractional.
    credits: Credits,
}

pub(crate) async fn run(global: &Global, _: Args) -> Result<(), Fail> {
    let session = global.session()?;
    let credits = session.for_sending()?.credits().await?;
    global
        .output()
        .data(&Balance { credits }, || format!("{credits} credits"))
}
