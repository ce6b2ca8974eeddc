//! Rules for the papers: they exist, they name every crate, their links lead somewhere, and no
//! file carries a path of one machine.

use std::path::Path;

use super::{Complaint, Tree};

const PAPERS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
];

/// The first two commands of the README: the main job, and every test.
const FIRST_COMMANDS: [&str; 2] = ["cargo run -p creatify-cli -- demo", "cargo xtask ci"];

/// Prefixes that only exist on somebody's machine; split so that this file does not find itself.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/ro", "ot/"),
];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for paper in PAPERS {
        if !tree.has(paper) {
            complaints.push(Complaint::new(Path::new(paper), "missing"));
        }
    }
    complaints.extend(first_commands(&tree.text(Path::new("README.md"))));
    complaints.extend(crates_are_described(tree));
    for file in tree.ending(".md") {
        complaints.extend(links(tree, file));
    }
    for file in &tree.files {
        let text = tree.text(file);
        if let Some(prefix) = MACHINE_PATHS.iter().find(|prefix| text.contains(**prefix)) {
            complaints.push(Complaint::new(
                file,
                format_args!("`{prefix}` is a path of one machine"),
            ));
        }
    }
    complaints
}

fn first_commands(readme: &str) -> Option<Complaint> {
    let commands: Vec<&str> = readme
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("cargo "))
        .take(2)
        .collect();
    (commands != FIRST_COMMANDS).then(|| {
        let what = format!("its first two commands are {commands:?}, expected {FIRST_COMMANDS:?}");
        Complaint::new(Path::new("README.md"), what)
    })
}

fn crates_are_described(tree: &Tree) -> Vec<Complaint> {
    let architecture = tree.text(Path::new("ARCHITECTURE.md"));
    let mut complaints = Vec::new();
    for manifest in tree.ending("Cargo.toml") {
        let Some(folder) = manifest
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        else {
            continue;
        };
        if !architecture.contains(&format!("`{}`", folder.display())) {
            complaints.push(Complaint::new(folder, "name it in ARCHITECTURE.md"));
        }
        if folder.starts_with("crates") && !tree.has(&folder.join("README.md").to_string_lossy()) {
            complaints.push(Complaint::new(
                folder,
                "a crate has a README.md, its crate documentation",
            ));
        }
    }
    complaints
}

/// Relative links must lead to a file.
fn links(tree: &Tree, file: &Path) -> Vec<Complaint> {
    let text = tree.text(file);
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut complaints = Vec::new();
    for rest in text.split("](").skip(1) {
        let target = rest.split([')', '#', ' ']).next().unwrap_or_default();
        let outside = target.is_empty() || target.contains("://") || target.contains("::");
        if !outside && !tree.root.join(folder).join(target).exists() {
            complaints.push(Complaint::new(
                file,
                format_args!("the link to `{target}` leads nowhere"),
            ));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_two_commands_are_held() {
        let good = "# x\n```sh\ncargo run -p creatify-cli -- demo\ncargo xtask ci\n```\n";
        assert!(first_commands(good).is_none());
        assert!(first_commands("cargo xtask ci\ncargo run -p creatify-cli -- demo\n").is_some());
    }
}
