//! The one command: what the pages say now is taken over where that is compatible, everything is
//! generated anew, and the rest is reported. On disk all of it or nothing.

use std::path::Path;

use anyhow::Result;

use super::{
    Copies, Decisions, Known, Report,
    accept::{self, Accepted},
    diff,
    difference::Class,
    finding::Finding,
    store,
};
use crate::generate::{self, Folder};

/// What a run did.
#[derive(Debug)]
pub struct Synced {
    /// What was taken over, left and noted.
    pub accepted: Accepted,
    /// What is left for a person.
    pub report: Report,
    /// The files that were written.
    pub written: Vec<String>,
}

/// Takes over what is compatible from `copies`; prices too with `with_prices`.
///
/// # Errors
///
/// When the folder is not in order, or something cannot be generated or written. Nothing is written
/// then.
pub fn sync(root: &Path, copies: &Copies, with_prices: bool, today: &str) -> Result<Synced> {
    let (known, decisions) = read(root)?;
    let report = diff::diff(&known, copies, &decisions);
    let wanted = |finding: &Finding| is_compatible(finding, with_prices);
    let accepted = accept::accept(&known, copies, &decisions, &report, &wanted, today)?;
    let after = diff::diff(&Known::read(&accepted.folder)?, copies, &accepted.decisions);
    let files = accept::changed(&known.folder, &accepted, &decisions);
    let generated = generate::render_folder(root, &accepted.folder)?;
    let written = store::write(root, files, generated)?;
    Ok(Synced {
        accepted,
        report: after,
        written,
    })
}

/// Whether a machine may take a finding over unasked.
pub fn is_compatible(finding: &Finding, with_prices: bool) -> bool {
    match finding.class {
        Class::Price => with_prices,
        Class::Unreadable | Class::PageGone => false,
        _ => finding.breaking == Some(false),
    }
}

/// Reads what the folder of the workspace holds.
///
/// # Errors
///
/// When it is not in order.
pub fn read(root: &Path) -> Result<(Known, Decisions)> {
    let openapi = root.join("openapi");
    let known = Known::read(&Folder::read(&openapi)?)?;
    let path = openapi.join(super::decisions::FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    Ok((known, Decisions::parse(text.as_deref())?))
}
