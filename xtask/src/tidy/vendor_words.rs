//! No sentence of the vendor's pages stands in this repository.
//!
//! Facts are free, wording is not: eleven words in a row shared with a page count as a copy. The
//! pages stand beside the repository where they are at hand; elsewhere the rule is skipped, and
//! says so.

use std::collections::HashSet;

use super::{Complaint, Tree};

const PAGES: &str = "../shared/docs-pages";
const WINDOW: usize = 11;

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let pages = tree.root.join(PAGES);
    let Ok(entries) = std::fs::read_dir(&pages) else {
        skip();
        return Vec::new();
    };
    let mut copies: HashSet<Vec<String>> = HashSet::new();
    for entry in entries.flatten() {
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        copies.extend(words(&text).windows(WINDOW).map(<[String]>::to_vec));
    }
    let mut complaints = Vec::new();
    for file in &tree.files {
        if file.ends_with("Cargo.lock") {
            continue;
        }
        if let Some(copy) = first_copy(&tree.text(file), &copies) {
            complaints.push(Complaint::new(
                file,
                format_args!("a vendor's words: \"{copy}\""),
            ));
        }
    }
    complaints
}

#[expect(clippy::print_stdout, reason = "a skipped rule is announced")]
fn skip() {
    println!("SKIPPED: vendor words ({PAGES} is not at hand)");
}

fn first_copy(text: &str, copies: &HashSet<Vec<String>>) -> Option<String> {
    words(text)
        .windows(WINDOW)
        .find(|window| copies.contains(*window))
        .map(|window| window.join(" "))
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_ascii_alphanumeric() || "_'’.".contains(c)))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eleven_words_in_a_row_are_a_copy_and_ten_are_not() {
        let page: Vec<String> = (0..20).map(|n| format!("w{n}")).collect();
        let copies = page.windows(WINDOW).map(<[String]>::to_vec).collect();
        assert!(first_copy(&page[3..14].join(" "), &copies).is_some());
        assert!(first_copy(&page[3..13].join(", "), &copies).is_none());
    }
}
