//! `cargo xtask bench`: measures what the README shows, and writes the measured tables into it.
//!
//! The bench prints the tables; here they are put between the README's two marks, below a line
//! that names the machine. That the README shows what the bench has is held by `tidy`.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::docs::day;
use crate::output::say;

/// What stands before and after the tables in the README.
pub(crate) const MARKS: [&str; 2] = ["<!-- bench: begin -->", "<!-- bench: end -->"];

/// Runs the bench and rewrites the README's tables.
///
/// # Errors
///
/// When the bench fails or prints no table, or the README lacks a mark.
pub fn run(root: &Path) -> Result<()> {
    let output = Command::new("cargo")
        .args(["bench", "-p", "benches", "--bench", "price"])
        .current_dir(root)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo did not start")?;
    if !output.status.success() {
        bail!("the bench ended with {}", output.status);
    }
    let printed = String::from_utf8(output.stdout)?;
    let Some(tables) = tables(&printed) else {
        bail!("the bench printed no table:\n{printed}");
    };
    let section = format!("{}, {}.\n\n{tables}", machine(), day::today());
    let file = root.join("README.md");
    let readme = std::fs::read_to_string(&file)?;
    std::fs::write(&file, with_section(&readme, &section)?)?;
    say(&section);
    Ok(())
}

/// The lines of every table, with an empty one between two tables.
fn tables(printed: &str) -> Option<String> {
    let is_row = |line: &&str| line.starts_with('|');
    let mut tables = Vec::new();
    for block in printed.split("\n\n") {
        let rows: Vec<&str> = block.lines().filter(is_row).collect();
        if !rows.is_empty() {
            tables.push(rows.join("\n"));
        }
    }
    (!tables.is_empty()).then(|| tables.join("\n\n"))
}

/// What is between the marks of a text; `None` where a mark is missing.
pub(crate) fn section(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(MARKS[0])?;
    rest.split_once(MARKS[1]).map(|(section, _)| section)
}

fn with_section(text: &str, new: &str) -> Result<String> {
    let old = section(text)
        .with_context(|| format!("README.md has no `{}` and `{}`", MARKS[0], MARKS[1]))?;
    let [begin, end] = MARKS;
    let (old, new) = (
        format!("{begin}{old}{end}"),
        format!("{begin}\n{new}\n{end}"),
    );
    Ok(text.replacen(&old, &new, 1))
}

/// The processor and the compiler, as they name themselves.
fn machine() -> String {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
        .map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    let compiler = Command::new("rustc").arg("--version").output();
    let compiler = compiler.map_or_else(
        |_| "an unknown compiler".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    );
    let compiler = compiler.split(" (").next().unwrap_or_default();
    format!("{name}, {compiler}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tables_are_taken_from_what_is_printed() {
        let printed = "price/floor time: 1 ns\n\n| a | b |\n| --- | --- |\n\nx\n| c |\n";
        assert_eq!(
            tables(printed).as_deref(),
            Some("| a | b |\n| --- | --- |\n\n| c |")
        );
        assert_eq!(tables("price/floor time: 1 ns\n"), None);
    }

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let [begin, end] = MARKS;
        let text = format!("# x\n{begin}\nold\n{end}\nrest | of it\n");
        let new = with_section(&text, "new").unwrap_or_default();
        assert_eq!(new, format!("# x\n{begin}\nnew\n{end}\nrest | of it\n"));
        assert!(with_section("no mark", "new").is_err());
        assert!(with_section(&format!("{end} before {begin}"), "new").is_err());
    }
}
