//! The table as Markdown, for the crate's README.

use std::fmt::Write as _;

use super::{Next, TABLE};

/// The protocol's table as a Markdown table, one row a row.
#[must_use]
pub fn to_markdown() -> String {
    let mut text = String::from(
        "| state | event | only | next | what is done |\n| --- | --- | --- | --- | --- |\n",
    );
    for row in TABLE {
        let from = joined(row.from.iter().map(|state| format!("`{state}`")));
        let on = joined(row.on.iter().map(|event| event.meaning().to_owned()));
        let next = match row.next {
            Next::To(state) => format!("`{state}`"),
            Next::Stay => "stays".to_owned(),
        };
        let actions = joined(row.actions.iter().map(|action| action.meaning().to_owned()));
        let only = row.when.meaning();
        // Writing into a string does not fail.
        let _ = writeln!(text, "| {from} | {on} | {only} | {next} | {actions} |");
    }
    text
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join("; ")
}
