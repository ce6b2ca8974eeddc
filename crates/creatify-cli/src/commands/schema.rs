//! `creatify schema`: the JSON Schema of everything that `--json` prints.

use creatify::spend::FocusRow;
use creatify::{CardFile, JobState, Link, Persona, Quote, Template, Voice};
use schemars::{Schema, schema_for};

use crate::cli::Global;
use crate::commands::credits::Balance;
use crate::commands::demo::Demo;
use crate::commands::download::DownloadedVideo;
use crate::commands::jobs::{Calibrated, Exported, Found, Limited, PaidCall, Shown};
use crate::commands::link::CreatedLink;
use crate::commands::plan::Month;
use crate::commands::quote::file::{Comparison, Summary};
use crate::commands::rates::{Changed, Row};
use crate::commands::wait::Waited;
use crate::commands::webhook::CalledBack;
use crate::fail::{ErrorDocument, Fail};
use crate::output;
use crate::paid::{Created, DryRun};

/// JSON Schemas of what --json prints; without a name, the names.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which one.
    name: Option<String>,
}

/// One shape of JSON.
struct Shape {
    name: &'static str,
    printed_by: &'static str,
    schema: fn() -> Schema,
}

const fn shape(name: &'static str, printed_by: &'static str, schema: fn() -> Schema) -> Shape {
    Shape {
        name,
        printed_by,
        schema,
    }
}

const SHAPES: &[Shape] = &[
    shape(
        "created",
        "every paid command but link create, and jobs resend",
        || schema_for!(Created),
    ),
    shape("created-link", "link create", || schema_for!(CreatedLink)),
    shape("credits", "credits", || schema_for!(Balance)),
    shape("demo", "demo", || schema_for!(Demo)),
    shape("dry-run", "every paid command with --dry-run", || {
        schema_for!(DryRun)
    }),
    shape("download", "download", || schema_for!(DownloadedVideo)),
    shape("error", "every command that fails", || {
        schema_for!(ErrorDocument)
    }),
    shape("export", "export --json", || schema_for!(Vec<FocusRow>)),
    shape("job", "template get, link-video get, avatar get", || {
        schema_for!(JobState)
    }),
    shape("jobs", "jobs list", || schema_for!(Vec<PaidCall>)),
    shape("jobs-calibration", "jobs calibration", || {
        schema_for!(Vec<Calibrated>)
    }),
    shape("jobs-export", "jobs export", || schema_for!(Exported)),
    shape("jobs-found", "jobs reconcile", || schema_for!(Vec<Found>)),
    shape("jobs-limits", "jobs limits, jobs limit", || {
        schema_for!(Vec<Limited>)
    }),
    shape(
        "jobs-show",
        "jobs show, jobs park, jobs adopt, jobs withdraw",
        || schema_for!(Shown),
    ),
    shape("link", "link get", || schema_for!(Link)),
    shape("personas", "personas list", || schema_for!(Vec<Persona>)),
    shape("plan", "plan", || schema_for!(Month)),
    shape("quote", "quote", || schema_for!(Quote)),
    shape("quote-diff", "quote --diff", || schema_for!(Comparison)),
    shape("quote-file", "quote --file", || schema_for!(Summary)),
    shape("rate-card", "nothing: what --card reads", || {
        schema_for!(CardFile)
    }),
    shape("rates", "rates", || schema_for!(Vec<Row>)),
    shape("rates-diff", "rates --diff", || schema_for!(Vec<Changed>)),
    shape("schemas", "schema without a name", || {
        schema_for!(Vec<String>)
    }),
    shape("templates", "templates list", || schema_for!(Vec<Template>)),
    shape("voices", "voices list", || schema_for!(Vec<Voice>)),
    shape("wait", "wait", || schema_for!(Vec<Waited>)),
    shape("webhook-calls", "webhook listen", || {
        schema_for!(Vec<CalledBack>)
    }),
];

pub(crate) fn run(global: &Global, args: &Args) -> Result<(), Fail> {
    let names: Vec<&str> = SHAPES.iter().map(|shape| shape.name).collect();
    let Some(name) = &args.name else {
        return global.output().data(&names, || {
            let rows: Vec<[String; 2]> = SHAPES
                .iter()
                .map(|shape| [shape.name.to_owned(), shape.printed_by.to_owned()])
                .collect();
            output::table(["NAME", "PRINTED BY"], &rows)
        });
    };
    match SHAPES.iter().find(|shape| shape.name == name) {
        Some(shape) => output::json(&(shape.schema)()),
        None => {
            let message = format!("unknown schema `{name}`; use one of {}", names.join(", "));
            Err(Fail::invalid(message))
        }
    }
}
