//! `creatify download`: the video of a finished job, fetched safely, under a name of one's own.
//!
//! What may be fetched from where is the facade's decision; this adds the emulator's own origin when
//! the emulator is the service that was asked.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use creatify::download::{Downloaded, Downloader, MAX_BYTES, video_file_name};
use creatify::{Client, JobRef, JobState, Status};
use indicatif::{ProgressBar, ProgressStyle};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::Global;
use crate::fail::{Exit, Fail};
use crate::output;

/// Download the video of a finished job. Costs nothing.
///
/// An interrupted download goes on where it ended when the command is run again. Only https is
/// spoken, only to the service's own hosts at public addresses, without keys and redirects.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Job, as the paid command printed it: <operation>:<id>.
    #[arg(value_name = "JOBREF")]
    job: JobRef,
    /// File to write; by default the job's id with `.mp4`, in the current folder.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if it is there already.
    #[arg(long)]
    replace: bool,
    /// Also download from this host; only for one that you know to be the service's.
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<String>,
    /// Refuse a larger file.
    #[arg(long, value_name = "BYTES", default_value_t = MAX_BYTES)]
    max_bytes: u64,
}

/// A file that is complete.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DownloadedVideo {
    /// The job, as it was given.
    #[schemars(with = "String")]
    job: JobRef,
    /// Where the file is.
    file: PathBuf,
    /// Its length.
    bytes: u64,
    /// Its SHA-256, in lower-case hexadecimal.
    sha256: String,
    /// Bytes that an earlier run had left behind.
    resumed_at: u64,
}

pub(crate) async fn run(global: &Global, args: Args) -> Result<(), Fail> {
    let session = global.session()?;
    let client = session.for_sending()?;
    let downloader = downloader(client, &args)?;
    let mut job = client.job(args.job.clone())?;
    let url = video_of(&args.job, job.refresh().await?)?;
    let file = args
        .output
        .unwrap_or_else(|| PathBuf::from(video_file_name(&args.job)));
    let mut download = downloader.save(url, file);
    if args.replace {
        download = download.replacing();
    }
    let bar = bar();
    let shown = bar.clone();
    let result = download
        .progress(move |progress| {
            if let Some(bar) = &shown {
                if let Some(total) = progress.total {
                    bar.set_length(total);
                }
                bar.set_position(progress.received);
            }
        })
        .await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let Downloaded {
        path,
        bytes,
        sha256,
        resumed_at,
        ..
    } = result.map_err(|error| with_job(error, &args.job))?;
    let downloaded = DownloadedVideo {
        job: args.job,
        file: path,
        bytes,
        sha256,
        resumed_at,
    };
    global.output().data(&downloaded, || {
        output::facts(&[
            ("file", Some(downloaded.file.display().to_string())),
            ("bytes", Some(downloaded.bytes.to_string())),
            ("sha256", Some(downloaded.sha256.clone())),
        ])
    })
}

fn downloader(client: &Client, args: &Args) -> Result<Downloader, Fail> {
    let mut downloader = Downloader::new().max_bytes(args.max_bytes);
    for host in &args.allow_host {
        downloader = downloader.allow_host(host)?;
    }
    // Whoever asked an emulator gets its files; no other address leads to this machine.
    Ok(match downloader.clone().allow_loopback(client.base_url()) {
        Ok(with_emulator) => with_emulator,
        Err(_) => downloader,
    })
}

/// The address of the video, or why there is none.
fn video_of(job: &JobRef, state: &JobState) -> Result<String, Fail> {
    if let Some(url) = &state.video_url {
        return Ok(url.clone());
    }
    let (exit, kind) = match state.status {
        Status::Failed | Status::Rejected => (Exit::JobFailed, "job-failed"),
        _ => (Exit::Other, "no-video"),
    };
    let message = format!("{job} has no video; its status is `{}`", state.status);
    let fail = Fail::new(exit, kind, message);
    Err(match exit {
        Exit::JobFailed => fail,
        _ => fail.hint(format!(
            "wait for it with `creatify wait {job}`; a preview has no video before it is rendered"
        )),
    })
}

/// A failure, and how to go on.
fn with_job(error: creatify::Error, job: &JobRef) -> Fail {
    let may_go_on = error.kind() == creatify::ErrorKind::Unreachable;
    let fail = Fail::from(error);
    if may_go_on {
        fail.also(&format!("run `creatify download {job}` again"))
    } else {
        fail
    }
}

/// The bar, on a terminal only.
fn bar() -> Option<ProgressBar> {
    let bar = std::io::stderr()
        .is_terminal()
        .then(ProgressBar::no_length)?;
    let style = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    Some(bar)
}
