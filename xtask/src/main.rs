//! The binary behind `cargo xtask`: reads the command line and calls one task of the library.
//!
//! It holds no logic of a task: what to do stands in the module of that task.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use xtask::output::complain;
use xtask::{bench, ci, docs, fuzz, generate, judge, kill, load, sim, tidy};

/// The workspace's own tasks.
#[derive(Parser)]
#[command(name = "xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Writes everything that is generated: the document, the client, the tables.
    Generate(GenerateArgs),
    /// Compares `openapi/` with the documentation pages, and takes over what changed.
    Docs(DocsTaskArgs),
    /// Measures what a price costs, and writes the tables into the README.
    Bench(RootArgs),
    /// Runs every gate that a change must pass; CI runs this and nothing else.
    Ci(RootArgs),
    /// Lets outsiders judge the emulator and the client: schemathesis, and Prism as a proxy.
    Judge(RootArgs),
    /// Kills a process that pays through the ledger, and counts what was paid twice.
    Kill(KillTaskArgs),
    /// Runs the fuzz targets: pages, prices, answers, call-backs, addresses, damaged ledgers.
    Fuzz(FuzzTaskArgs),
    /// Measures the emulator under load beside Prism's mock, and prints a table.
    Load(LoadArgs),
    /// Simulates the client, its ledger and the service with faults drawn from seeds.
    Sim(SimTaskArgs),
    /// Checks what the house rules promise and no compiler proves.
    Tidy(RootArgs),
}

#[derive(clap::Args)]
struct RootArgs {
    /// The workspace to work on; the one this binary was built from when absent.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

#[derive(clap::Args)]
struct DocsTaskArgs {
    #[command(flatten)]
    docs: docs::cli::DocsArgs,
    #[command(flatten)]
    workspace: RootArgs,
}

#[derive(clap::Args)]
struct KillTaskArgs {
    #[command(flatten)]
    kill: kill::KillArgs,
    #[command(flatten)]
    workspace: RootArgs,
}

#[derive(clap::Args)]
struct SimTaskArgs {
    #[command(flatten)]
    sim: sim::SimArgs,
    #[command(flatten)]
    workspace: RootArgs,
}

#[derive(clap::Args)]
struct FuzzTaskArgs {
    #[command(flatten)]
    fuzz: fuzz::FuzzArgs,
    #[command(flatten)]
    workspace: RootArgs,
}

#[derive(clap::Args)]
struct LoadArgs {
    /// Jobs the emulator holds while reads are counted.
    #[arg(long, default_value_t = 10_000)]
    jobs: u64,
    /// Requests over which its memory is watched.
    #[arg(long, default_value_t = 1_000_000)]
    requests: u64,
    #[command(flatten)]
    workspace: RootArgs,
}

#[derive(clap::Args)]
struct GenerateArgs {
    /// Write nothing; print what is stale and exit with 1.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    workspace: RootArgs,
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Generate(args) => args
            .workspace
            .root()
            .and_then(|root| generate::run(&root, args.check))
            .map(|()| ExitCode::SUCCESS),
        Task::Docs(args) => args
            .workspace
            .root()
            .and_then(|root| docs::cli::run(&root, &args.docs)),
        Task::Bench(args) => args
            .root()
            .and_then(|root| bench::run(&root))
            .map(|()| ExitCode::SUCCESS),
        Task::Ci(args) => args
            .root()
            .and_then(|root| ci::run(&root))
            .map(|()| ExitCode::SUCCESS),
        Task::Judge(args) => args
            .root()
            .and_then(|root| judge::run(&root))
            .map(|_| ExitCode::SUCCESS),
        Task::Kill(args) => args
            .workspace
            .root()
            .and_then(|root| kill::run(&root, args.kill)),
        Task::Fuzz(args) => args
            .workspace
            .root()
            .and_then(|root| fuzz::run(&root, &args.fuzz)),
        Task::Load(args) => args.workspace.root().and_then(|root| {
            let (jobs, requests) = (args.jobs, args.requests);
            load::run(&root, load::Load { jobs, requests }).map(|()| ExitCode::SUCCESS)
        }),
        Task::Sim(args) => args
            .workspace
            .root()
            .and_then(|root| sim::run(&root, args.sim))
            .map(|clean| match clean {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            }),
        Task::Tidy(args) => args
            .root()
            .and_then(|root| tidy::run(&root))
            .map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        complain(&format!("error: {error:#}"));
        ExitCode::FAILURE
    })
}

impl RootArgs {
    /// Returns the folder that holds the workspace's `Cargo.toml`.
    fn root(&self) -> anyhow::Result<PathBuf> {
        if let Some(root) = &self.root {
            return Ok(root.clone());
        }
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .context("run this as `cargo xtask`, or name the workspace with --root")?;
        here.parent()
            .map(PathBuf::from)
            .with_context(|| format!("{} has no parent folder", here.display()))
    }
}
