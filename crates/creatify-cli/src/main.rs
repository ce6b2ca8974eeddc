#![doc = include_str!("../README.md")]
//!
//! This file reads the command line, runs one command, and ends with its exit code. What the
//! commands do goes through the facade crate `creatify` alone.

mod card;
mod cli;
mod commands;
mod confirm;
mod credentials;
mod fail;
mod ledger;
mod output;
mod paid;
mod request;
mod script;
mod stop;
mod text;
mod values;
mod waiting;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::fail::{Exit, Fail};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return refuse(error, asks_for_json(&arguments)),
    };
    let json = cli.global.json;
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Fail::new(Exit::Other, "runtime", "cannot start the runtime").because(&error)
        })
        .and_then(|runtime| runtime.block_on(cli.command.run(&cli.global)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fail) => fail.finish(json),
    }
}

/// Ends with help, version, or a usage error.
fn refuse(error: clap::Error, json: bool) -> ExitCode {
    if error.use_stderr() {
        return Fail::from(error).finish(json);
    }
    match output::line(&error.render().to_string()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fail) => fail.finish(false),
    }
}

/// Whether a command line that cannot be read asks for JSON; it is looked at only to report that.
fn asks_for_json(arguments: &[OsString]) -> bool {
    arguments
        .iter()
        .skip(1)
        .take_while(|argument| *argument != "--")
        .any(|a| a == "--json")
}
