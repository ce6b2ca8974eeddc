//! The two streams: data on standard output, everything else on standard error.
//!
//! Every byte the command writes passes through here, so that the keys can be masked in one
//! place, and so that a reader who goes away is no panic.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};

use comfy_table::{Cell, Table, presets};
use serde::Serialize;

use crate::credentials;
use crate::fail::{Exit, Fail};

/// How data is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Writes data: as one JSON document, or as the text that `text` makes.
    pub(crate) fn data<T: Serialize + ?Sized>(
        self,
        value: &T,
        text: impl FnOnce() -> String,
    ) -> Result<(), Fail> {
        if self.json {
            json(value)
        } else {
            line(&text())
        }
    }
}

/// Writes one JSON document to standard output.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<(), Fail> {
    let text = serde_json::to_string_pretty(value).map_err(|error| {
        Fail::new(Exit::Other, "output", "the answer has no JSON form").because(&error)
    })?;
    line(&text)
}

/// Writes text and a line end to standard output.
pub(crate) fn line(text: &str) -> Result<(), Fail> {
    let text = credentials::masked(text);
    let mut stdout = std::io::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| {
        if !text.ends_with('\n') {
            stdout.write_all(b"\n")?;
        }
        stdout.flush()
    });
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Fail::closed_output(),
        _ => Fail::new(Exit::Other, "output", "cannot write to standard output").because(&error),
    })
}

/// Writes text and a line end to standard error. Nobody may be listening, and that is no failure.
pub(crate) fn note(text: &str) {
    let text = credentials::masked(text);
    let mut stderr = std::io::stderr().lock();
    let _ = writeln!(stderr, "{text}").and_then(|()| stderr.flush());
}

/// A table that reads well without colour and without lines.
pub(crate) fn table<const N: usize>(head: [&str; N], rows: &[[String; N]]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(head.map(Cell::new));
    for row in rows {
        table.add_row(row.each_ref().map(Cell::new));
    }
    let mut text = String::new();
    for line in table.lines() {
        // Each cell has a blank on both sides; the first one would indent the whole table.
        let line = line.strip_prefix(' ').unwrap_or(&line).trim_end();
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Lines of `name: value`, without those that have no value.
pub(crate) fn facts(facts: &[(&str, Option<String>)]) -> String {
    let mut text = String::new();
    for (name, value) in facts {
        if let Some(value) = value {
            let _ = writeln!(text, "{name}: {value}");
        }
    }
    text
}

/// An absent value in a table.
pub(crate) fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
