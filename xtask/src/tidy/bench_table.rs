//! The README's table of the bench has the groups and rows that the bench has.
//!
//! Its figures are nobody's business here: `cargo xtask bench` measures and writes them.

use std::path::Path;

use super::{Complaint, Tree};
use crate::bench;

/// The sources that each name a group and its rows.
const SOURCES: [&str; 2] = ["benches/price.rs", "benches/batch.rs"];

pub(super) fn check(tree: &Tree) -> Option<Complaint> {
    let readme = Path::new("README.md");
    let Some(section) = bench::section(&tree.text(readme)).map(str::to_owned) else {
        let [begin, end] = bench::MARKS;
        let what = format_args!("has no table of the bench between `{begin}` and `{end}`");
        return Some(Complaint::new(readme, what));
    };
    let sources = SOURCES.map(|file| tree.text(Path::new(file)));
    let wanted: Vec<&str> = sources.iter().flat_map(|source| names(source)).collect();
    let shown = shown(&section);
    (shown != wanted || wanted.is_empty()).then(|| {
        let what = format!(
            "its table shows {shown:?} where the bench has {wanted:?}; run `cargo xtask bench`"
        );
        Complaint::new(readme, what)
    })
}

/// The name of the group and those of its rows, as the source's constants list them.
fn names(source: &str) -> Vec<&str> {
    let strings = |constant: &str| {
        let value = source
            .split_once(constant)
            .and_then(|(_, rest)| rest.split_once("= "))
            .and_then(|(_, rest)| rest.split_once(';'));
        let value = value.map_or("", |(value, _)| value);
        value.split('"').skip(1).step_by(2)
    };
    strings("const GROUP:")
        .chain(strings("const IDS:"))
        .collect()
}

/// The first cell of every row but the rulers.
fn shown(section: &str) -> Vec<&str> {
    section
        .lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("| ---"))
        .filter_map(|line| line.split('|').nth(1))
        .map(|cell| cell.trim().trim_matches('`'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_rows_are_read_from_source_and_table() {
        let source = "const GROUP: &str = \"g\";\n/// x; y\nconst IDS: [&str; 2] = [\n    \"a\",\n    \
                      \"b\",\n];\nfn f() { g(\"c\"); }";
        assert_eq!(names(source), ["g", "a", "b"]);
        let table = "CPU, 2026.\n\n| g | ns |\n| --- | ---: |\n| `a` | 1.00 |\n| `b` | 2.00 |\n";
        assert_eq!(shown(table), ["g", "a", "b"]);
    }
}
