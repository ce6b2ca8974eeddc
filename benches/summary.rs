//! Prints one group's results as a table that a README can take over.
//!
//! It reads what criterion wrote and measures nothing itself; no table appears when nothing was
//! measured, as under `cargo test`.

use std::path::PathBuf;

/// Prints the median of each id, and how many times that of `base` it is.
pub(crate) fn print(group: &str, base: &str, ids: &[&str]) {
    print_each(group, base, ids, 1.0);
}

/// The same for ids that each go through so many rows: nanoseconds for one of them.
#[expect(clippy::print_stdout, reason = "the table is the bench's result")]
pub(crate) fn print_each(group: &str, base: &str, ids: &[&str], rows: f64) {
    let Some(unit) = median(group, base) else {
        return;
    };
    let a_row = if rows > 1.0 { " a row" } else { "" };
    println!("\n| {group} | ns{a_row} | times `{base}` |\n| --- | ---: | ---: |");
    for id in ids {
        if let Some(time) = median(group, id) {
            println!("| `{id}` | {:.2} | {:.2} |", time / rows, time / unit);
        }
    }
}

/// The median of an id in nanoseconds, as criterion last wrote it.
fn median(group: &str, id: &str) -> Option<f64> {
    let file = criterion_folder()
        .join(group)
        .join(id)
        .join("new/estimates.json");
    let text = std::fs::read_to_string(file).ok()?;
    let (_, median) = text.split_once("\"median\":")?;
    let (_, number) = median.split_once("\"point_estimate\":")?;
    number.split([',', '}']).next()?.trim().parse().ok()
}

/// Where criterion writes: beside the build, which the running program is a part of.
fn criterion_folder() -> PathBuf {
    if let Some(home) = std::env::var_os("CRITERION_HOME") {
        return home.into();
    }
    let program = std::env::current_exe().unwrap_or_default();
    let target = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").exists());
    target
        .map(|target| target.join("criterion"))
        .unwrap_or_default()
}
