//! Waits for jobs: deadline, spinner, and one warning for a status this version does not know.
//!
//! When to look and when a job is finished is the facade's decision. Nothing here spends.

use std::io::IsTerminal as _;
use std::time::Duration;

use creatify::{Finished, Job, JobState, Status};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::fail::Fail;
use crate::output;
use crate::values;

/// How long to wait, and how often to look.
#[derive(Debug, clap::Args)]
pub(crate) struct Timing {
    /// Give up after so many seconds; the job runs on.
    #[arg(long, value_name = "SECONDS", default_value = "1800", value_parser = values::duration)]
    deadline: Duration,
    /// Look every so many seconds instead of by the client's schedule.
    #[arg(long, value_name = "SECONDS", value_parser = values::duration_above_zero)]
    poll_every: Option<Duration>,
}

/// The spinners of several waits, on a terminal only.
#[derive(Debug, Clone)]
pub(crate) struct Spinners {
    bars: Option<MultiProgress>,
}

impl Spinners {
    pub(crate) fn new() -> Self {
        Self {
            bars: std::io::stderr().is_terminal().then(MultiProgress::new),
        }
    }

    pub(crate) fn start(&self, name: String) -> Spinner {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar.set_prefix(name.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Spinner {
            name,
            bar,
            warned_of: None,
        }
    }
}

/// One job's line on the terminal.
#[derive(Debug)]
pub(crate) struct Spinner {
    name: String,
    bar: Option<ProgressBar>,
    warned_of: Option<String>,
}

impl Spinner {
    /// Shows the status, and warns of each unknown one once.
    pub(crate) fn show(&mut self, state: &JobState) {
        if let Some(bar) = &self.bar {
            bar.set_message(state.status.to_string());
        }
        if let Status::Unknown(status) = &state.status
            && self.warned_of.as_ref() != Some(status)
        {
            let name = &self.name;
            self.print(&format!(
                "warning: {name} has the unknown status `{status}`; it is taken for running"
            ));
            self.warned_of = Some(status.clone());
        }
    }

    fn print(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| output::note(text)),
            None => output::note(text),
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Waits until the job is finished.
pub(crate) async fn finish(
    job: Job,
    timing: &Timing,
    spinners: &Spinners,
) -> Result<Finished, Fail> {
    let mut spinner = spinners.start(job.job_ref().to_string());
    let mut wait = job.wait().deadline(timing.deadline);
    if let Some(interval) = timing.poll_every {
        wait = wait.poll_every(interval);
    }
    let finished = wait.observe(move |state| spinner.show(state)).await?;
    if let Some(drift) = finished
        .settlement()
        .and_then(|settlement| settlement.drift())
    {
        output::note(&format!("warning: {drift}"));
    }
    Ok(finished)
}
