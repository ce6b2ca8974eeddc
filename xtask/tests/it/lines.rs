//! Sets of line numbers, written as `"1, 4-6"`. Line 1 is the first.

use std::collections::BTreeSet;

/// Reads a set of line numbers; the empty text is the empty set.
///
/// # Panics
///
/// When a part is neither a number nor a rising range of two.
pub(crate) fn parse(text: &str) -> BTreeSet<usize> {
    let mut lines = BTreeSet::new();
    for part in text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        let number = |text: &str| {
            text.parse::<usize>()
                .unwrap_or_else(|_| panic!("no line: {part}"))
        };
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first), number(last));
        assert!(0 < first && first <= last, "no range of lines: {part}");
        lines.extend(first..=last);
    }
    lines
}

#[test]
fn ranges_and_single_lines_are_read() {
    assert_eq!(parse("1, 4-6"), BTreeSet::from([1, 4, 5, 6]));
    assert!(parse("").is_empty());
}

#[test]
#[should_panic(expected = "no range of lines: 6-4")]
fn a_falling_range_is_refused() {
    parse("6-4");
}
