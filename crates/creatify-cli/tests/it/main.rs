//! The built command, run as a user runs it: against an emulator in this process, or against a
//! raw server that answers nonsense. Nothing leaves loopback.

mod approval;
mod card;
mod demo;
mod download;
mod emulate;
mod export;
mod flows;
mod input;
mod jobs;
mod ledger_file;
mod ledger_processes;
mod plan;
mod quote;
mod quote_file;
mod schema;
mod secrets;
#[cfg(unix)]
mod stopping;
mod support;
mod trouble;
mod webhook;
