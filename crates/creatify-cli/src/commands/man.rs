//! `creatify man`: the manual, one page a command, in roff. It is a document of its own kind, so
//! `--json` changes nothing.

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use crate::cli::Cli;
use crate::fail::{Exit, Fail};
use crate::output;

/// Manual in roff: the page of the command, then those of its subcommands.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: Args) -> Result<(), Fail> {
    let mut command = Cli::command();
    command.build();
    let mut pages = Vec::new();
    render(&command, &mut pages).map_err(|error| {
        Fail::new(Exit::Other, "output", "the manual cannot be written").because(&error)
    })?;
    output::line(&String::from_utf8_lossy(&pages))
}

fn render(command: &Command, pages: &mut Vec<u8>) -> std::io::Result<()> {
    Man::new(command.clone()).render(pages)?;
    let shown = |child: &&Command| !child.is_hide_set() && child.get_name() != "help";
    command
        .get_subcommands()
        .filter(shown)
        .try_for_each(|child| render(child, pages))
}
