//! The command line of `cargo xtask docs`: flags, exit codes, and what goes to which stream.
//!
//! It holds no logic of a task. Data goes to standard output, everything else to standard error.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use super::{
    Class, Copies, Decisions, Finding, Known, Report, accept, check, day, diff, drift,
    newcomer::SITE, pull, show, store, sync,
};
use crate::output::complain;

/// Where a pull puts pages when no folder is named; git ignores it.
const CACHE: &str = ".cache/docs";
/// Something was found.
const FOUND: u8 = 1;
/// Something could not be read.
const UNREAD: u8 = 2;

/// Compares `openapi/` with the documentation pages.
#[derive(Args)]
pub struct DocsArgs {
    #[command(subcommand)]
    task: DocsTask,
}

#[derive(Subcommand)]
enum DocsTask {
    /// Fetches the pages of the site into the cache, or takes them from a folder.
    Pull(PullArgs),
    /// Prints what the pages say now against `openapi/`; exits 1 where something is found.
    Diff(DiffArgs),
    /// Writes findings into `openapi/` and says what follows from them.
    Accept(AcceptArgs),
    /// Keeps a finding quiet from now on, with a reason.
    Ignore(IgnoreArgs),
    /// Proves that every fact which claims a page is still printed on it.
    Check(FromArgs),
    /// Holds recorded exchanges against the document; exits 1 where the service differs from it.
    Drift(DriftArgs),
    /// Pulls, takes over what is compatible, generates, and reports the rest.
    Sync(SyncArgs),
}

#[derive(Args)]
struct FromArgs {
    /// Folder of saved pages in place of the cache.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
}

#[derive(Args)]
struct PullArgs {
    /// Address of the site, or a folder of saved pages.
    #[arg(long, value_name = "URL|DIR", default_value = SITE)]
    from: String,
    /// Folder to put the pages in; a cache that git ignores when absent.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Args)]
struct DiffArgs {
    #[command(flatten)]
    from: FromArgs,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// What makes the command exit with 1.
    #[arg(long, value_enum, default_value = "any")]
    fail_on: FailOn,
}

#[derive(Args)]
struct DriftArgs {
    /// A recording, as `creatify emulate --record DIR` saves it.
    #[arg(value_name = "DIR")]
    recording: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value = "text")]
    format: DriftFormat,
}

#[derive(Clone, Copy, ValueEnum)]
enum DriftFormat {
    Text,
    Json,
}

#[derive(Args)]
struct AcceptArgs {
    /// Findings to take over, as `diff` names them.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    fingerprint: Vec<String>,
    /// Every finding that a machine can write.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    from: FromArgs,
    #[command(flatten)]
    day: DayArgs,
}

#[derive(Args)]
struct IgnoreArgs {
    /// The finding, as `diff` names it.
    fingerprint: String,
    /// Why it stays as it is.
    #[arg(long)]
    because: String,
    #[command(flatten)]
    from: FromArgs,
    #[command(flatten)]
    day: DayArgs,
}

#[derive(Args)]
struct SyncArgs {
    /// Address of a site to pull, or a folder of saved pages.
    #[arg(long, value_name = "URL|DIR", default_value = SITE)]
    from: String,
    /// Take over prices too.
    #[arg(long)]
    prices: bool,
    #[command(flatten)]
    day: DayArgs,
}

#[derive(Args)]
struct DayArgs {
    /// The day the pages were read, `YYYY-MM-DD`; today when absent.
    #[arg(long, value_name = "DAY")]
    today: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
    Markdown,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Breaking,
    Price,
    Any,
}

/// Runs the task. Exits 0 where nothing is to be told, 1 with findings, 2 where something could not be
/// read.
///
/// # Errors
///
/// When the folder is not in order or something cannot be written.
pub fn run(root: &Path, args: &DocsArgs) -> Result<ExitCode> {
    let outcome = match &args.task {
        DocsTask::Pull(args) => {
            run_pull(root, &args.from, args.out.as_deref()).map(|pulled| code_of(&pulled))
        }
        DocsTask::Diff(args) => run_diff(root, args),
        DocsTask::Accept(args) => run_accept(root, args),
        DocsTask::Ignore(args) => run_ignore(root, args),
        DocsTask::Check(args) => run_check(root, args),
        DocsTask::Drift(args) => run_drift(root, args),
        DocsTask::Sync(args) => run_sync(root, args),
    };
    outcome.or_else(|error| {
        complain(&format!("error: {error:#}"));
        Ok(ExitCode::from(UNREAD))
    })
}

fn code_of(pulled: &pull::Pulled) -> ExitCode {
    if pulled.failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(UNREAD)
    }
}

fn run_pull(root: &Path, from: &str, out: Option<&Path>) -> Result<pull::Pulled> {
    let cache = root.join(CACHE);
    let out = out.unwrap_or(&cache);
    let pulled = if from.contains("://") {
        let (known, _) = sync::read(root)?;
        pull::from_site(from, out, &known.source.pages, pull::Patience::default())?
    } else {
        pull::from_folder(Path::new(from), out)?
    };
    for (page, reason) in &pulled.failed {
        complain(&format!("not pulled: {page}: {reason}"));
    }
    for page in &pulled.dropped {
        complain(&format!("no longer listed: {page}"));
    }
    complain(&format!(
        "{} pages fetched, {} unchanged, {} failed, into {}",
        pulled.fetched,
        pulled.unchanged,
        pulled.failed.len(),
        out.display()
    ));
    Ok(pulled)
}

fn compare(root: &Path, from: Option<&Path>) -> Result<(Known, Copies, Decisions, Report)> {
    let (known, decisions) = sync::read(root)?;
    let cache = root.join(CACHE);
    let copies = Copies::read(from.unwrap_or(&cache))?;
    let report = diff(&known, &copies, &decisions);
    if !report.not_looked_at.is_empty() {
        complain(&format!(
            "{} known pages were not looked at",
            report.not_looked_at.len()
        ));
    }
    if report.ignored > 0 {
        complain(&format!(
            "{} finding(s) kept quiet by a decision",
            report.ignored
        ));
    }
    Ok((known, copies, decisions, report))
}

fn run_diff(root: &Path, args: &DiffArgs) -> Result<ExitCode> {
    let (_, _, _, report) = compare(root, args.from.from.as_deref())?;
    match args.format {
        Format::Json => say(&format!("{:#}\n", show::json(&report))),
        Format::Table => say(&show::table(&report)),
        Format::Markdown => say(&show::markdown(&report)),
    }
    Ok(exit(&report, args.fail_on))
}

fn exit(report: &Report, fail_on: FailOn) -> ExitCode {
    let fails = |finding: &Finding| match fail_on {
        FailOn::Any => true,
        FailOn::Breaking => finding.breaking == Some(true),
        FailOn::Price => finding.class == Class::Price,
    };
    if report
        .findings
        .iter()
        .any(|finding| finding.class == Class::Unreadable)
    {
        ExitCode::from(UNREAD)
    } else if report.findings.iter().any(fails) {
        ExitCode::from(FOUND)
    } else {
        ExitCode::SUCCESS
    }
}

fn run_accept(root: &Path, args: &AcceptArgs) -> Result<ExitCode> {
    let (known, copies, decisions, report) = compare(root, args.from.from.as_deref())?;
    for wanted in &args.fingerprint {
        if !report
            .findings
            .iter()
            .any(|finding| finding.fingerprint() == *wanted)
        {
            bail!("no finding is named {wanted}; `cargo xtask docs diff` names them");
        }
    }
    let wanted = |finding: &Finding| args.all || args.fingerprint.contains(&finding.fingerprint());
    let today = args.day.day();
    let accepted = accept::accept(&known, &copies, &decisions, &report, &wanted, &today)?;
    if !args.all
        && let Some((finding, reason)) = accepted.left.first()
    {
        bail!("{} cannot be taken over: {reason}", finding.fingerprint());
    }
    let files = accept::changed(&known.folder, &accepted, &decisions);
    let written = store::write(root, files, Vec::new())?;
    tell(&accepted, &written);
    if !accepted.taken.is_empty() {
        complain("run: cargo xtask generate");
    }
    Ok(if accepted.left.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FOUND)
    })
}

fn tell(accepted: &accept::Accepted, written: &[String]) {
    for (finding, reason) in &accepted.left {
        complain(&format!(
            "left: {} {}: {reason}",
            finding.fingerprint(),
            finding.place
        ));
    }
    for finding in &accepted.followed {
        complain(&format!(
            "noted: {} still prints what it printed ({})",
            finding.page, finding.place
        ));
    }
    for action in &accepted.retired {
        complain(&format!("overlay settled: {action}"));
    }
    for file in written {
        complain(&format!("wrote {file}"));
    }
    let lines = accepted.changelog();
    if !lines.is_empty() {
        say(&format!("CHANGELOG:\n{}\n", lines.join("\n")));
    }
    say(&format!("version bump: {}\n", accepted.bump().as_str()));
}

fn run_ignore(root: &Path, args: &IgnoreArgs) -> Result<ExitCode> {
    let (_, _, mut decisions, report) = compare(root, args.from.from.as_deref())?;
    if decisions.has(&args.fingerprint) {
        bail!("{} is decided already", args.fingerprint);
    }
    let finding = report
        .findings
        .iter()
        .find(|finding| finding.fingerprint() == args.fingerprint)
        .with_context(|| format!("no finding is named {}", args.fingerprint))?;
    decisions.add(finding, &args.because, &args.day.day())?;
    let file = (
        format!("openapi/{}", super::decisions::FILE),
        decisions.text().to_owned(),
    );
    for file in store::write(root, vec![file], Vec::new())? {
        complain(&format!("wrote {file}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn run_check(root: &Path, args: &FromArgs) -> Result<ExitCode> {
    let (known, _, _, report) = compare(root, args.from.as_deref())?;
    let checked = check::check(&known, &report);
    say(&check::text(&checked));
    Ok(
        if checked.missing.is_empty() && checked.unproved.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(FOUND)
        },
    )
}

fn run_drift(root: &Path, args: &DriftArgs) -> Result<ExitCode> {
    let report = drift::drift(root, &args.recording)?;
    match args.format {
        DriftFormat::Text => say(&report.text()),
        DriftFormat::Json => say(&format!("{}\n", serde_json::to_string_pretty(&report)?)),
    }
    Ok(if report.findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(FOUND)
    })
}

fn run_sync(root: &Path, args: &SyncArgs) -> Result<ExitCode> {
    let is_folder = !args.from.contains("://");
    let folder = if is_folder {
        PathBuf::from(&args.from)
    } else {
        run_pull(root, &args.from, None)?;
        root.join(CACHE)
    };
    let copies = Copies::read(&folder)?;
    let synced = sync::sync(root, &copies, args.prices, &args.day.day())?;
    tell(&synced.accepted, &synced.written);
    say(&show::markdown(&synced.report));
    Ok(exit(&synced.report, FailOn::Any))
}

impl DayArgs {
    fn day(&self) -> String {
        self.today.clone().unwrap_or_else(day::today)
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the data of a task goes to standard output"
)]
fn say(text: &str) {
    print!("{text}");
}
