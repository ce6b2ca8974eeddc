//! `creatify completions`: a completion script for a shell. It is a script, so `--json` changes
//! nothing.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::fail::Fail;
use crate::output;

/// Completion script for a shell.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> Result<(), Fail> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "creatify", &mut script);
    output::line(&String::from_utf8_lossy(&script))
}
