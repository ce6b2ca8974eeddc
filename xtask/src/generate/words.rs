//! Small pieces of Rust text that the tables of the core share.

use std::fmt::Write as _;

/// The name of a variant: `lipsync-v2.generate` is `LipsyncV2Generate`.
pub fn pascal(id: &str) -> String {
    id.split(|c: char| !c.is_ascii_alphanumeric())
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_ascii_uppercase() + rest
        })
        .collect()
}

/// An enum with one variant an id, each with the id as its comment.
pub fn enum_source(name: &str, ids: &[&str]) -> String {
    let mut text = format!("pub enum {name} {{\n");
    for id in ids {
        let _ = writeln!(text, "/// `{id}`\n{},", pascal(id));
    }
    text.push_str("}\n");
    text
}

/// A number with its thousands apart: `20_000`.
pub fn group_digits(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_names_and_numbers_get_their_thousands_apart() {
        assert_eq!(
            pascal("link-to-video.preview-list"),
            "LinkToVideoPreviewList"
        );
        assert_eq!(pascal("aurora_v1_fast"), "AuroraV1Fast");
        for (number, text) in [(500, "500"), (1_000, "1_000"), (1_234_567, "1_234_567")] {
            assert_eq!(group_digits(number), text);
        }
    }
}
