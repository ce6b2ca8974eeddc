//! `creatify webhook listen`: receives call-backs for local development, and reads what they are
//! about.
//!
//! The addresses die with the process: their secret is drawn at the start and kept nowhere.

use std::pin::pin;

use creatify::webhook::{Attempt, Capabilities, MemoryIntents, Receiver, Secret, Wakeup, serve};
use creatify::{Client, ErrorKind, JobRef, JobState, Operation};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::commands::emulate::Stop;
use crate::fail::{Exit, Fail};
use crate::output;
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
#[derive(Debug, clap::Args)]
pub(crate) struct ListenArgs {
    /// Port; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Address under which a tunnel or proxy makes this port reachable; https.
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
    let session = global.session()?;
    let client = session.for_sending()?;
    let stop = Stop::listen()?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", args.port))
        .await
        .map_err(|error| cannot_listen(&error))?;
    let here = listener
        .local_addr()
        .map_err(|error| cannot_listen(&error))?;
    let here = format!("http://{here}");
    let base = args.public_url.as_deref().unwrap_or(&here);
    let capabilities = Capabilities::new(base, Secret::random("k1")?)?;
    let intents = MemoryIntents::new();
    let mut told = format!("listening on {here}");
    let mut kinds = Vec::new();
    for operation in KINDS {
        let attempt = Attempt::random()?;
        intents.open(attempt);
        let url = capabilities.url(&attempt)?;
        told.push_str(&format!("\n{operation} {}", url.expose()));
        kinds.push((attempt, operation));
    }
    let receiver = Receiver::new(capabilities, intents);
    if global.json {
        output::note(&told);
    } else {
        output::line(&told)?;
    }
    let mut listening = Listening {
        client,
        receiver: receiver.clone(),
        kinds,
        json: global.json,
        confirmed: Vec::new(),
    };
    tokio::select! {
        served = serve(receiver, listener) => served.map_err(|error| cannot_listen(&error))?,
        stopped = pin!(stop.asked()) => stopped?,
        ended = listening.run(args.count) => ended?,
    }
    match global.json {
        true => output::json(&listening.confirmed),
        false => Ok(()),
    }
}

struct Listening<'c> {
    client: &'c Client,
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
        let kind = self.kinds.iter().find(|(one, _)| *one == wakeup.attempt);
        let Some((_, operation)) = kind else {
            return Ok(None);
        };
        let confirmed = self.receiver.confirm(self.client, *operation, wakeup).await;
        match confirmed {
            Ok(Some(confirmed)) => Ok(Some(CalledBack {
                job: confirmed.job,
                state: confirmed.state,
            })),
            Ok(None) => {
                output::note(&format!(
                    "warning: a call-back for {operation} leads to no job that was made with its \
                     address"
                ));
                Ok(None)
            }
            Err(error) if error.kind() == ErrorKind::Credentials => Err(error.into()),
            Err(error) => {
                output::note(&format!("warning: a call-back was not confirmed: {error}"));
                Ok(None)
            }
        }
    }
}

fn cannot_listen(error: &(dyn std::error::Error + 'static)) -> Fail {
    Fail::new(Exit::Other, "webhook", "cannot listen for call-backs").because(error)
}
