//! `creatify wait`: waits for jobs of this or an earlier process, several at once.

use creatify::{Client, JobRef, JobState};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::fail::{ErrorDocument, Exit, Fail};
use crate::text;
use crate::waiting::{self, Spinners, Timing};

/// Wait for jobs, in this or a later process. Costs nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Job, as the paid command printed it: `<operation>:<id>`.
    #[arg(required = true, value_name = "JOBREF")]
    jobs: Vec<JobRef>,
    #[command(flatten)]
    timing: Timing,
}

/// One job of `wait`, in the order of the arguments.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Waited {
    /// It ended well.
    Finished(Box<FinishedJob>),
    /// It did not, or could not be followed to its end.
    Failed(ErrorDocument),
}

/// A job that ended well.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FinishedJob {
    /// The job, as it was given.
    #[schemars(with = "String")]
    job: JobRef,
    state: JobState,
}

pub(crate) async fn run(global: &Global, args: Args) -> Result<(), Fail> {
    let session = global.session()?;
    let client = session.for_sending()?;
    let spinners = Spinners::new();
    let timing = std::sync::Arc::new(args.timing);
    let tasks: Vec<_> = args
        .jobs
        .into_iter()
        .map(|job| {
            let (client, spinners, timing) = (client.clone(), spinners.clone(), timing.clone());
            tokio::spawn(async move { one(&client, job, &timing, &spinners).await })
        })
        .collect();
    let mut results = Vec::with_capacity(tasks.len());
    for task in tasks {
        results.push(task.await.unwrap_or_else(|error| {
            Err(Fail::new(Exit::Other, "internal", "a wait broke off").because(&error))
        }));
    }
    // A single failure is reported the way every command reports its failure.
    if let [Err(fail)] = results.as_slice() {
        return Err(fail.clone());
    }
    print(global, results)
}

async fn one(
    client: &Client,
    job: JobRef,
    timing: &Timing,
    spinners: &Spinners,
) -> Result<FinishedJob, Fail> {
    let finished = waiting::finish(client.job(job.clone())?, timing, spinners).await?;
    Ok(FinishedJob {
        job,
        state: finished.state().clone(),
    })
}

/// Prints every job, then ends with the failure that matters most, if there is one.
fn print(global: &Global, results: Vec<Result<FinishedJob, Fail>>) -> Result<(), Fail> {
    let mut failures = Vec::new();
    let mut waited = Vec::with_capacity(results.len());
    for result in results {
        waited.push(match result {
            Ok(finished) => Waited::Finished(Box::new(finished)),
            Err(fail) => {
                let document = fail.document();
                failures.push(fail);
                Waited::Failed(document)
            }
        });
    }
    let words = || {
        let finished = waited.iter().filter_map(|one| match one {
            Waited::Finished(one) => Some(format!("{}\n{}", one.job, text::job(&one.state))),
            Waited::Failed(_) => None,
        });
        finished.collect::<Vec<_>>().join("\n")
    };
    global.output().data(&waited, words)?;
    failures.sort_by_key(|fail| rank(fail.exit()));
    let mut failures = failures.into_iter();
    let Some(worst) = failures.next() else {
        return Ok(());
    };
    worst.report();
    failures.for_each(|fail| fail.report());
    Err(worst.already_told())
}

/// Keys first, because nothing works without them; then the jobs that are lost, then the ones
/// that run on.
fn rank(exit: Exit) -> u8 {
    match exit {
        Exit::Credentials => 0,
        Exit::JobFailed => 1,
        Exit::Deadline => 2,
        _ => 3,
    }
}
