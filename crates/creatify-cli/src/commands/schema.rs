//! `creatify schema`: the JSON Schema of everything that `--json` prints.

use creatify::{JobState, Link, Persona, Quote, Template, Voice};
use schemars::{Schema, schema_for};

use crate::cli::Global;
use crate::commands::credits::Balance;
use crate::commands::demo::Demo;
use crate::commands::link::CreatedLink;
use crate::commands::rates::Row;
use crate::commands::wait::Waited;
use crate::fail::{ErrorDocument, Fail};
use crate::output;
use crate::paid::{Created, DryRun};

/// JSON Schemas of what --json prints; without a name, the names.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which one.
    name: Option<String>,
}

/// Each shape: its name, what prints it, how its schema is made.
const SHAPES: &[(&str, &str, fn() -> Schema)] = &[
    (
        "created",
        "template create, preview, render; link-video; avatar create",
        || schema_for!(Created),
    ),
    ("created-link", "link create", || schema_for!(CreatedLink)),
    ("credits", "credits", || schema_for!(Balance)),
    ("demo", "demo", || schema_for!(Demo)),
    ("dry-run", "every paid command with --dry-run", || {
        schema_for!(DryRun)
    }),
    ("error", "every command that fails", || {
        schema_for!(ErrorDocument)
    }),
    ("job", "template get, link-video get, avatar get", || {
        schema_for!(JobState)
    }),
    ("link", "link get", || schema_for!(Link)),
    ("personas", "personas list", || schema_for!(Vec<Persona>)),
    ("quote", "quote", || schema_for!(Quote)),
    ("rates", "rates", || schema_for!(Vec<Row>)),
    ("schemas", "schema without a name", || {
        schema_for!(Vec<String>)
    }),
    ("templates", "templates list", || schema_for!(Vec<Template>)),
    ("voices", "voices list", || schema_for!(Vec<Voice>)),
    ("wait", "wait", || schema_for!(Vec<Waited>)),
];

pub(crate) fn run(global: &Global, args: &Args) -> Result<(), Fail> {
    let Some(name) = &args.name else {
        let names: Vec<&str> = SHAPES.iter().map(|(name, _, _)| *name).collect();
        return global.output().data(&names, || {
            let rows: Vec<[String; 2]> = SHAPES
                .iter()
                .map(|(name, of, _)| [(*name).to_owned(), (*of).to_owned()])
                .collect();
            output::table(["NAME", "PRINTED BY"], &rows)
        });
    };
    match SHAPES.iter().find(|(known, _, _)| known == name) {
        Some((_, _, schema)) => output::json(&schema()),
        None => {
            let names: Vec<&str> = SHAPES.iter().map(|(name, _, _)| *name).collect();
            let message = format!("unknown schema `{name}`; use one of {}", names.join(", "));
            Err(Fail::invalid(message))
        }
    }
}
