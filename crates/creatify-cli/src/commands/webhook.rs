//! `creatify webhook listen`: receives call-backs for local development, and reads what they are
//! about.
//!
//! The addresses that it prints die with the process. Those of paid calls are known again by their
//! secret, where that is set, and by the ledger.

use creatify::ledger::Ledger as _;
use creatify::webhook::{
    Attempt, Capabilities, Confirmed, Intents, MemoryIntents, Receiver, Secret, Standing, Wakeup,
    serve,
};
use creatify::{Client, Error, ErrorKind, JobRef, JobState, Journal, Operation};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::commands::jobs::job_of;
use crate::fail::{Exit, Fail};
use crate::ledger::Shelf;
use crate::output;
use crate::stop::Stop;
use crate::text;

/// Receive call-backs.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Listen(ListenArgs),
}

/// Receive call-backs on this machine until Ctrl-C, and confirm each by reading its job. Costs
/// nothing.
///
/// Prints one address for each kind of job, to be given as --webhook-url: whoever has it can make
/// this command read a job, and nothing more. Call-backs are unsigned and prove nothing; what is
/// shown comes from the service, and only for jobs that were made with the address. The emulator
/// calls loopback; the service needs a tunnel, named by --public-url.
///
/// With CREATIFY_WEBHOOK_SECRET it also knows the addresses that paid commands make below
/// --webhook-base. A call of the ledger whose answer was lost is then found by its call-back.
#[derive(Debug, clap::Args)]
pub(crate) struct ListenArgs {
    /// Port; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Address under which a tunnel or proxy makes this port reachable; https. By default that of
    /// --webhook-base.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Stop after so many confirmed call-backs; with --json they are printed at the end.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,
}

/// A call-back whose job was read.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CalledBack {
    /// The job, as `creatify wait` takes it.
    #[schemars(with = "String")]
    job: JobRef,
    state: JobState,
}

/// Which job an address is for is part of the address; each kind is read in its own way.
const KINDS: [Operation; 3] = [
    Operation::CustomTemplateGenerate,
    Operation::LinkToVideoPreviewList,
    Operation::LipsyncV2Generate,
];

pub(crate) async fn run(global: &Global, command: Command) -> Result<(), Fail> {
    let Command::Listen(args) = command;
    let session = global.session_called_back_at(None)?;
    let mut stop = Stop::listen()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", args.port))
        .await
        .map_err(|error| cannot_listen(&error))?;
    let here = listener
        .local_addr()
        .map_err(|error| cannot_listen(&error))?;
    let here = format!("http://{here}");
    let public = args
        .public_url
        .as_deref()
        .or(global.webhook_base.as_deref());
    let base = public.unwrap_or(&here);
    let secret = session.webhook_secret()?;
    let session = match &secret {
        Some(_) => global.session_called_back_at(Some(base))?,
        None => session,
    };
    let client = session.for_sending()?;
    let known = Known {
        printed: MemoryIntents::new(),
        calls: client.journal().filter(|_| secret.is_some()).cloned(),
    };
    let secret = match secret {
        Some(secret) => secret,
        None => Secret::random("k1")?,
    };
    let capabilities = Capabilities::new(base, secret)?;
    let mut told = format!("listening on {here}");
    let mut kinds = Vec::new();
    for operation in KINDS {
        let attempt = Attempt::random()?;
        known.printed.open(attempt);
        let url = capabilities.url(&attempt)?;
        told.push_str(&format!("\n{operation} {}", url.expose()));
        kinds.push((attempt, operation));
    }
    let receiver = Receiver::new(capabilities, known);
    if global.json {
        output::note(&told);
    } else {
        output::line(&told)?;
    }
    let mut listening = Listening {
        client,
        shelf: session.shelf(),
        receiver: receiver.clone(),
        kinds,
        json: global.json,
        confirmed: Vec::new(),
    };
    tokio::select! {
        served = serve(receiver, listener) => served.map_err(|error| cannot_listen(&error))?,
        _ = stop.asked() => {}
        ended = listening.run(args.count) => ended?,
    }
    match global.json {
        true => output::json(&listening.confirmed),
        false => Ok(()),
    }
}

/// The attempts whose addresses were printed, and those of the ledger.
struct Known {
    printed: MemoryIntents,
    calls: Option<Journal>,
}

impl Intents for Known {
    fn standing(&self, attempt: &Attempt) -> Standing {
        match (self.printed.standing(attempt), &self.calls) {
            (Standing::Unknown, Some(calls)) => calls.standing(attempt),
            (standing, _) => standing,
        }
    }
}

struct Listening<'c> {
    client: &'c Client,
    shelf: &'c Shelf,
    receiver: Receiver,
    kinds: Vec<(Attempt, Operation)>,
    json: bool,
    confirmed: Vec<CalledBack>,
}

impl Listening<'_> {
    /// Confirms call-backs until there are enough of them.
    async fn run(&mut self, enough: Option<u32>) -> Result<(), Fail> {
        let wakeups = self.receiver.wakeups();
        let mut count = 0;
        while enough.is_none_or(|enough| count < enough) {
            let wakeup = wakeups.next().await;
            if let Some(called) = self.confirm(&wakeup).await? {
                count += 1;
                if self.json {
                    self.confirmed.push(called);
                } else {
                    let job = text::job(&called.state);
                    output::line(&format!("{}\n{job}", called.job))?;
                }
            }
        }
        Ok(())
    }

    async fn confirm(&self, wakeup: &Wakeup) -> Result<Option<CalledBack>, Fail> {
        let printed = self.kinds.iter().find(|(one, _)| *one == wakeup.attempt);
        let confirmed = match printed {
            Some((_, operation)) => self.receiver.confirm(self.client, *operation, wakeup).await,
            None => self.confirm_call(wakeup.clone()).await,
        };
        match confirmed {
            Ok(Some(confirmed)) => Ok(Some(CalledBack {
                job: confirmed.job,
                state: confirmed.state,
            })),
            Ok(None) => {
                output::note("warning: a call-back leads to no job that was made with its address");
                Ok(None)
            }
            Err(error) if error.kind() == ErrorKind::Credentials => Err(error.into()),
            Err(error) => {
                output::note(&format!("warning: a call-back was not confirmed: {error}"));
                Ok(None)
            }
        }
    }

    /// Reads the job of a paid call, and writes it down where it was missing.
    async fn confirm_call(&self, mut wakeup: Wakeup) -> Result<Option<Confirmed>, Error> {
        if wakeup.job.is_none()
            && let Some(found) = self.client.jobs()?.called_back(&wakeup).await?
        {
            let stored = self.shelf.intent(found.intent).ok().flatten();
            wakeup.job = stored.as_ref().and_then(job_of);
        }
        match wakeup.job.as_ref().map(JobRef::operation) {
            Some(operation) => self.receiver.confirm(self.client, operation, &wakeup).await,
            None => Ok(None),
        }
    }
}

fn cannot_listen(error: &(dyn std::error::Error + 'static)) -> Fail {
    Fail::new(Exit::Other, "webhook", "cannot listen for call-backs").because(error)
}
