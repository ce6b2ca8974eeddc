//! The command line as a type: its doc comments are the help.
//!
//! Only the shape stands here and in the arguments of each command; what a command does is in
//! its own file under `commands`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use creatify::core::pricing::RateBook;

use crate::card;
use crate::commands::{
    avatar, completions, credits, demo, download, emulate, export, jobs, link, link_video, man,
    personas, plan, quote, rates, schema, template, templates, voices, wait, webhook,
};
use crate::credentials::Session;
use crate::fail::Fail;
use crate::ledger::{self, Shelf};
use crate::output::Output;
use crate::values;

/// Videos from the Creatify API: priced before they are paid, paid once, waited for.
///
/// Data goes to standard output, everything else to standard error. The keys come from
/// CREATIFY_API_ID and CREATIFY_API_KEY, the address from CREATIFY_BASE_URL; `creatify demo`
/// needs none of them.
///
/// Exit codes: 0 done; 1 other failure; 2 wrong usage, or input refused before anything was sent;
/// 3 keys missing or refused; 4 the job failed; 5 the deadline passed, or the command was told to
/// end, and the job runs on;
/// 6 over budget or not enough credits; 7 the paid request may have been received.
#[derive(Debug, Parser)]
#[command(name = "creatify", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const GLOBAL: &str = "Global options";

/// What every command takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Print exactly one JSON document on standard output.
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) json: bool,
    /// Take the keys from this file of NAME=value lines instead of the environment.
    #[arg(long, global = true, value_name = "FILE", help_heading = GLOBAL)]
    pub(crate) credentials: Option<PathBuf>,
    /// How long one request may take, in seconds.
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        value_parser = values::duration_above_zero,
        help_heading = GLOBAL
    )]
    pub(crate) request_timeout: Option<Duration>,
    /// Keep the ledger of paid calls in this file; by default CREATIFY_LEDGER names it, or it
    /// stands in the user's state directory.
    #[arg(long, global = true, value_name = "FILE", help_heading = GLOBAL)]
    pub(crate) ledger: Option<PathBuf>,
    /// How long to wait for another process that has the ledger, in seconds; 10 by default.
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        value_parser = values::duration,
        help_heading = GLOBAL
    )]
    pub(crate) ledger_timeout: Option<Duration>,
    /// Have the service call back below this address about each job that is paid for, at an address
    /// of its own; made with CREATIFY_WEBHOOK_SECRET. `creatify webhook listen` receives the calls.
    #[arg(long, global = true, value_name = "URL", help_heading = GLOBAL)]
    pub(crate) webhook_base: Option<String>,
    /// Quote by the prices of this TOML or JSON file too: agreed ones, or a newer reading of the
    /// published ones; may be given several times.
    #[arg(long, global = true, value_name = "FILE", help_heading = GLOBAL)]
    pub(crate) card: Vec<PathBuf>,
}

impl Global {
    pub(crate) fn output(&self) -> Output {
        Output { json: self.json }
    }

    /// The prices to quote by: the built-in ones, and those of `--card`.
    pub(crate) fn book(&self) -> Result<RateBook, Fail> {
        card::book(&self.card)
    }

    /// The service; see [`Session`].
    pub(crate) fn session(&self) -> Result<Session, Fail> {
        self.session_called_back_at(self.webhook_base.as_deref())
    }

    /// The service, which calls back below this address.
    pub(crate) fn session_called_back_at(&self, base: Option<&str>) -> Result<Session, Fail> {
        Session::open(
            self.credentials.as_deref(),
            self.request_timeout,
            self.book()?,
            base,
            |base_url| {
                let patience = self.ledger_timeout.unwrap_or(ledger::PATIENCE);
                Shelf::new(self.ledger.as_deref(), base_url, patience)
            },
        )
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(demo::Args),
    Quote(quote::Args),
    Rates(rates::Args),
    Plan(plan::Args),
    Credits(credits::Args),
    #[command(subcommand)]
    Link(link::Command),
    #[command(subcommand)]
    Personas(personas::Command),
    #[command(subcommand)]
    Voices(voices::Command),
    #[command(subcommand)]
    Templates(templates::Command),
    #[command(subcommand)]
    Template(template::Command),
    #[command(subcommand)]
    LinkVideo(link_video::Command),
    #[command(subcommand)]
    Avatar(avatar::Command),
    Wait(wait::Args),
    Download(download::Args),
    #[command(subcommand)]
    Webhook(webhook::Command),
    #[command(subcommand)]
    Jobs(jobs::Command),
    Export(export::Args),
    Emulate(emulate::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Runs the command.
    pub(crate) async fn run(self, global: &Global) -> Result<(), Fail> {
        match self {
            Self::Demo(args) => demo::run(global, args).await,
            Self::Quote(args) => quote::run(global, &args),
            Self::Rates(args) => rates::run(global, &args),
            Self::Plan(args) => plan::run(global, &args),
            Self::Credits(args) => credits::run(global, args).await,
            Self::Link(command) => link::run(global, command).await,
            Self::Personas(command) => personas::run(global, command).await,
            Self::Voices(command) => voices::run(global, command).await,
            Self::Templates(command) => templates::run(global, command).await,
            Self::Template(command) => template::run(global, command).await,
            Self::LinkVideo(command) => link_video::run(global, command).await,
            Self::Avatar(command) => avatar::run(global, command).await,
            Self::Wait(args) => wait::run(global, args).await,
            Self::Download(args) => download::run(global, args).await,
            Self::Webhook(command) => webhook::run(global, command).await,
            Self::Jobs(command) => jobs::run(global, command).await,
            Self::Export(args) => export::run(global, &args),
            Self::Emulate(args) => emulate::run(args).await,
            Self::Schema(args) => schema::run(global, &args),
            Self::Completions(args) => completions::run(&args),
            Self::Man(args) => man::run(args),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAPERS: [&str; 2] = [
        include_str!("../README.md"),
        include_str!("../../../README.md"),
    ];

    /// The arguments of a line as a shell would give them, without its comment.
    fn words(line: &str) -> Vec<String> {
        let mut words = vec![String::new()];
        let mut is_quoted = false;
        for one in line.chars() {
            let word = words.last_mut().expect("there is always one");
            match one {
                '"' => is_quoted = !is_quoted,
                '#' if word.is_empty() => break,
                ' ' if !is_quoted && word.is_empty() => {}
                ' ' if !is_quoted => words.push(String::new()),
                one => word.push(one),
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn every_command_line_of_the_papers_is_one() {
        let lines = PAPERS.into_iter().flat_map(str::lines);
        let lines: Vec<_> = lines.filter(|line| line.starts_with("creatify ")).collect();
        assert!(lines.len() > 30, "{lines:?}");
        let refused = lines.into_iter().filter_map(|line| {
            // What the reader puts there has a form.
            let line = line
                .replace("JOBREF", "lipsync-v2.generate:1a2b")
                .replace("INTENT", "01JD0000000000000000000000");
            let error = Cli::try_parse_from(words(&line)).err()?;
            Some(format!("{line}\n{error}"))
        });
        assert_eq!(refused.collect::<Vec<_>>(), [""; 0]);
    }
}
