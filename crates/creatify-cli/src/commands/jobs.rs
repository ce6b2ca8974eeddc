//! `creatify jobs`: the paid calls of the ledger, and what a person decides about them.
//!
//! Looking needs no keys. Only `resend` sends something that costs, and it asks like every paid
//! command; what follows from a decision is the ledger's protocol.

mod calibration;
mod limits;
mod next;
mod shown;

use creatify::ledger::protocol::State;
use creatify::ledger::{
    Intent, IntentId, Ledger as _, LedgerError, News, Scope, SqliteLedger, salvage,
};
use creatify::{Budget, Credits, JobRef, Outcome};
use serde_json::Value;

pub(crate) use self::calibration::Calibrated;
pub(crate) use self::limits::Limited;
pub(crate) use self::shown::{Exported, Found, PaidCall, Shown};

use self::limits::Limit;
use crate::cli::Global;
use crate::confirm;
use crate::credentials::Session;
use crate::fail::{Exit, Fail};
use crate::ledger::{self, Shelf};
use crate::output;
use crate::paid::{self, Created};
use crate::request;
use crate::stop;

/// Every paid call that was made with this ledger, and what became of it.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// List the paid calls, the oldest first, with the next step of each.
    List {
        /// Only the calls in this state; may be repeated.
        #[arg(long = "state", value_name = "STATE", value_parser = state())]
        states: Vec<String>,
    },
    /// Show one paid call: attempts, reservations, job, history.
    Show {
        /// Intent, as `jobs list` prints it.
        intent: IntentId,
    },
    /// Look for the jobs of all calls whose outcome is unknown. Costs nothing.
    Reconcile,
    /// Stop looking for the job of a call whose outcome is unknown; a person will decide.
    Park(Decision),
    /// Take a job for the job of a call whose outcome is unknown, after reading it once.
    Adopt {
        #[command(flatten)]
        decision: Decision,
        /// Job, as a reference or a bare id.
        job: String,
    },
    /// Send a parked call again. Paid, and paid twice if the service has it after all.
    Resend(ResendArgs),
    /// Give up a call that is parked, or was never sent: nothing is sent for it any more.
    Withdraw(Decision),
    /// Hold every quote against its bill: whether the price table is still right.
    Calibration,
    /// List what accounts, days, campaigns and tags may spend, have reserved and have spent.
    Limits,
    /// Limit what an account, a day, a campaign or a tag may spend, and list the limits.
    Limit {
        /// account:NAME, campaign:NAME, tag:NAME, day:YYYY-MM-DD, or day for every day.
        scope: Scope,
        /// The most it may spend, or none.
        credits: Limit,
    },
    /// Print the whole ledger without request bodies; of a damaged file whatever can be read.
    Export,
}

/// A paid call, and who decides about it.
#[derive(Debug, clap::Args)]
pub(crate) struct Decision {
    /// Intent, as `jobs list` prints it.
    intent: IntentId,
    /// Who decides; by default the name of the user who is logged in.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

/// A parked call, and permission to pay for it once more.
#[derive(Debug, clap::Args)]
pub(crate) struct ResendArgs {
    #[command(flatten)]
    decision: Decision,
    /// Spend without asking.
    #[arg(long)]
    yes: bool,
    /// Never spend more than this, whatever else is said.
    #[arg(long, value_name = "CREDITS", allow_negative_numbers = true)]
    max_credits: Option<Credits>,
}

impl Decision {
    /// Who decides: a name that is written down with the decision.
    fn by(&self) -> Result<String, Fail> {
        let user = |name: &str| std::env::var(name).ok();
        let named = self
            .by
            .clone()
            .or_else(|| user("USER").or_else(|| user("USERNAME")))
            .filter(|name| !name.trim().is_empty());
        named.ok_or_else(|| {
            Fail::invalid("nobody is named who decides")
                .hint("give a name with --by; it is written into the ledger")
        })
    }
}

/// Names of states, as help and completions list them.
fn state() -> clap::builder::PossibleValuesParser {
    let names = State::ALL.iter().filter(|state| **state != State::Unknown);
    names.map(|state| state.as_str()).collect::<Vec<_>>().into()
}

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Fail> {
    let session = global.session()?;
    let shelf = session.shelf();
    match command {
        Command::List { states } => list(global, shelf, &states),
        Command::Show { intent } => {
            let shown = look(shelf, intent)?;
            global.output().data(&shown, || shown.in_words())
        }
        Command::Reconcile => reconcile(global, &session).await,
        Command::Park(decision) => decide(global, shelf, &decision, |by| News::PersonParks { by }),
        Command::Adopt { decision, job } => adopt(global, &session, &decision, &job).await,
        Command::Resend(args) => resend(global, &session, &args).await,
        Command::Withdraw(decision) => {
            decide(global, shelf, &decision, |by| News::PersonWithdraws { by })
        }
        Command::Calibration => calibration::run(global, shelf),
        Command::Limits => limits::list(global, shelf),
        Command::Limit { scope, credits } => limits::set(global, shelf, &scope, credits),
        Command::Export => export(global, shelf),
    }
}

/// Records a decision that needs no look at the service.
fn decide(
    global: &Global,
    shelf: &Shelf,
    decision: &Decision,
    news: impl FnOnce(String) -> News,
) -> Result<(), Fail> {
    let stored = known(shelf, decision.intent)?;
    let news = news(decision.by()?);
    let decided = shelf.record(stored.id, None, &news, ledger::now());
    decided.map_err(|error| with_next_step(error.into(), &stored))?;
    after(global, shelf, stored.id)
}

/// A refusal, and what can be done with the call as it stands.
fn with_next_step(fail: Fail, stored: &Intent) -> Fail {
    match next::next_step(stored, ledger::now()) {
        Some(next) => fail.hint(next),
        None => fail,
    }
}

fn list(global: &Global, shelf: &Shelf, states: &[String]) -> Result<(), Fail> {
    let export = shelf.look()?;
    let now = ledger::now();
    let calls: Vec<PaidCall> = export
        .iter()
        .flat_map(|export| &export.intents)
        .filter(|intent| {
            let state = intent.state.as_str();
            states.is_empty() || states.iter().any(|wanted| wanted == state)
        })
        .map(|intent| PaidCall::of(intent, now))
        .collect();
    global.output().data(&calls, || shown::table(&calls))
}

fn look(shelf: &Shelf, id: IntentId) -> Result<Shown, Fail> {
    let export = shelf.look()?;
    let shown = export.and_then(|export| Shown::of(&export, id, ledger::now()));
    shown.ok_or_else(|| LedgerError::UnknownIntent { intent: id }.into())
}

/// Prints a call as it stands after a decision.
fn after(global: &Global, shelf: &Shelf, id: IntentId) -> Result<(), Fail> {
    let shown = look(shelf, id)?;
    global.output().data(&shown, || shown.in_words())
}

fn known(shelf: &Shelf, id: IntentId) -> Result<Intent, Fail> {
    let stored = shelf.intent(id)?;
    stored.ok_or_else(|| LedgerError::UnknownIntent { intent: id }.into())
}

/// A call that these keys paid for; with others its job could not be read, or another account
/// would pay.
fn own(session: &Session, id: IntentId) -> Result<Intent, Fail> {
    let stored = known(session.shelf(), id)?;
    session.for_sending()?;
    if stored.account == session.account() {
        return Ok(stored);
    }
    let message = format!(
        "{id} was made by {}, and these keys are of another account",
        stored.account
    );
    Err(Fail::invalid(message).hint("set the keys of the account that made the call"))
}

async fn reconcile(global: &Global, session: &Session) -> Result<(), Fail> {
    let client = session.for_sending()?;
    let found = client.jobs()?.reconcile().await?;
    let now = ledger::now();
    let mut shown = Vec::with_capacity(found.len());
    for finding in &found {
        let stored = known(session.shelf(), finding.intent)?;
        shown.push(Found::of(finding, &stored, now));
    }
    global.output().data(&shown, || match shown.is_empty() {
        true => "no call of this account has an unknown outcome".to_owned(),
        false => shown.iter().map(Found::in_words).collect(),
    })
}

async fn adopt(
    global: &Global,
    session: &Session,
    decision: &Decision,
    job: &str,
) -> Result<(), Fail> {
    let stored = own(session, decision.intent)?;
    let by = decision.by()?;
    let job = request::job_id(job, stored.operation)?;
    let jobs = session.for_sending()?.jobs()?;
    jobs.adopt(stored.id, &job, &by).await?;
    after(global, session.shelf(), stored.id)
}

async fn resend(global: &Global, session: &Session, args: &ResendArgs) -> Result<(), Fail> {
    let stored = own(session, args.decision.intent)?;
    let by = args.decision.by()?;
    let id = stored.id;
    if stored.state != State::Parked {
        let message = format!(
            "{id} is {}, and only a parked call is sent again",
            stored.state
        );
        return Err(with_next_step(
            Fail::new(Exit::Other, "ledger", message),
            &stored,
        ));
    }
    let price = stored.price;
    output::note(&format!(
        "{} is sent again: up to {price} credits; attempt {} may have been received and keeps \
         its own charge, so that this pays twice if the service has it",
        stored.operation,
        stored.attempts.len(),
    ));
    let budget = Budget::new(args.max_credits.unwrap_or(price));
    if budget.available() < price {
        let message = format!("{price} credits exceed the limit of {}", budget.available());
        return Err(Fail::new(Exit::OverBudget, "over-budget", message)
            .hint("raise --max-credits; nothing was sent"));
    }
    confirm::spending(price, args.yes).map_err(|fail| {
        fail.hint(format!(
            "pass --yes to spend, --max-credits to limit it; `creatify jobs show {id}` only looks"
        ))
    })?;
    session.shelf().begin(session.account())?;
    let client = session.for_sending()?;
    let jobs = client.jobs()?;
    let (sent, _) = stop::heeded(client, jobs.resend(id, &by, &budget)).await?;
    match sent? {
        Outcome::Accepted(job) => Created::accepted(&job, None).print(global),
        Outcome::NotSent(error) | Outcome::Rejected(error) | Outcome::Unknown(error) => {
            Err(paid::unbought(session.shelf(), error, &budget))
        }
    }
}

fn export(global: &Global, shelf: &Shelf) -> Result<(), Fail> {
    let file = shelf.file()?;
    let exported = match SqliteLedger::read(file) {
        Ok(export) => Exported::whole(&export),
        Err(error) if error.is_unreadable() => {
            output::note(&format!("warning: {error}"));
            Exported::salvaged(&salvage(file)?)
        }
        Err(error) => return Err(error.into()),
    };
    global.output().data(&exported, || exported.in_words())
}

/// The reference of the job that a call made or goes on with.
pub(crate) fn job_of(intent: &Intent) -> Option<JobRef> {
    JobRef::new(intent.operation, intent.job_id()?).ok()
}

fn as_json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
