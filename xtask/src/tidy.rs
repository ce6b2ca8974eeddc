//! `cargo xtask tidy`: holds the tree against what the house rules promise in prose.
//!
//! It reads files and changes none. Each rule is a function from the tree to its complaints, so a
//! run names every violation at once, with the file and the way out.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

mod bench_table;
mod manifests;
mod papers;
mod sources;
mod vendor_words;

/// One violation: the file, and what to do about it.
pub(crate) struct Complaint(String);

impl Complaint {
    fn new(path: &Path, what: impl std::fmt::Display) -> Self {
        Self(format!("{}: {what}", path.display()))
    }
}

/// The tree as the rules see it: its root and every file that git knows or would add.
pub(crate) struct Tree {
    root: PathBuf,
    files: Vec<PathBuf>,
}

impl Tree {
    fn read(root: &Path) -> Result<Self> {
        let out = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .context("git did not start; tidy reads the list of files from it")?;
        if !out.status.success() {
            bail!(
                "git ls-files: {}",
                String::from_utf8_lossy(&out.stderr).trim()
            );
        }
        let mut files: Vec<PathBuf> = String::from_utf8(out.stdout)?
            .lines()
            .map(PathBuf::from)
            .collect();
        files.retain(|file| root.join(file).is_file());
        files.sort();
        files.dedup();
        Ok(Self {
            root: root.to_owned(),
            files,
        })
    }

    /// The files whose name ends with `suffix`, below the root.
    fn ending<'a>(&'a self, suffix: &'a str) -> impl Iterator<Item = &'a Path> {
        self.files
            .iter()
            .map(PathBuf::as_path)
            .filter(move |f| f.to_string_lossy().ends_with(suffix))
    }

    /// The text of a file below the root; binary files read as nothing.
    fn text(&self, file: &Path) -> String {
        std::fs::read_to_string(self.root.join(file)).unwrap_or_default()
    }

    fn has(&self, file: &str) -> bool {
        self.root.join(file).is_file()
    }
}

/// Whether an attribute has a test left out of a plain run, with a reason or without.
pub(crate) fn leaves_out(attribute: &str) -> bool {
    let attribute = attribute.trim_start();
    attribute.starts_with("#[ignore")
        || attribute.starts_with("#[cfg_attr(") && attribute.contains(", ignore")
}

/// Runs every rule.
///
/// # Errors
///
/// When a rule has a complaint, with all of them in the message, or the tree cannot be read.
pub fn run(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    let mut complaints = Vec::new();
    complaints.extend(sources::check(&tree));
    complaints.extend(manifests::check(&tree)?);
    complaints.extend(papers::check(&tree));
    complaints.extend(bench_table::check(&tree));
    complaints.extend(vendor_words::check(&tree));
    if complaints.is_empty() {
        return Ok(());
    }
    let lines: Vec<&str> = complaints
        .iter()
        .map(|complaint| complaint.0.as_str())
        .collect();
    bail!("{} complaints\n{}", lines.len(), lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_tree_is_tidy() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("xtask has a parent");
        if let Err(error) = run(root) {
            panic!("{error}");
        }
    }
}
