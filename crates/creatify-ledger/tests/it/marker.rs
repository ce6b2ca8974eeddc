//! Markers survive what people and servers do to names, and show when they did not.

use creatify_ledger::{IntentId, Marker, MarkerError, UnixMillis};
use proptest::prelude::*;

fn marker() -> Marker {
    Marker::new(IntentId::new(UnixMillis(1_795_132_800_000), 99), 3)
}

#[test]
fn a_marker_has_its_published_form() {
    let text = marker().to_string();
    let parts: Vec<&str> = text.split('.').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    assert_eq!(lengths, [2, 26, 1, 8], "{text}");
    assert_eq!(text.parse(), Ok(marker()));
}

#[test]
fn an_altered_marker_is_told_from_none() {
    let text = marker().to_string();
    assert_eq!(
        text.to_lowercase().parse::<Marker>(),
        Err(MarkerError::NoMarker)
    );
    let other_attempt = text.replace(".3.", ".4.");
    assert_eq!(other_attempt.parse::<Marker>(), Err(MarkerError::Altered));
    let cut = &text[..text.len() - 1];
    assert_eq!(cut.parse::<Marker>(), Err(MarkerError::Altered));
    assert_eq!("w1.".parse::<Marker>(), Err(MarkerError::NoMarker));
    assert_eq!(Marker::find("the sale of w1. and w1.2.3.4"), None);
}

#[test]
fn the_users_name_is_cut_and_the_marker_is_not() {
    let long = "ä".repeat(300);
    let name = marker().in_name(&long, 255);
    assert_eq!(name.chars().count(), 255);
    assert_eq!(Marker::find(&name), Some(marker()));
    assert_eq!(marker().in_name("", 255), marker().to_string());
}

proptest! {
    #[test]
    fn every_marker_is_found_in_any_surroundings(
        at in 0_u64..1 << 48,
        random: u128,
        attempt in 1_u32..,
        before in "\\PC{0,20}",
        after in "[ /?&\".]?[ ,]\\PC{0,20}",
    ) {
        let marker = Marker::new(IntentId::new(UnixMillis(at), random), attempt);
        let text = format!("{before} {marker}{after}");
        prop_assert_eq!(Marker::find(&text), Some(marker));
    }

    #[test]
    fn no_text_breaks_the_parser(text in "\\PC{0,80}", tail in "[0-9A-Zw.]{0,60}") {
        let _ = text.parse::<Marker>();
        let _ = Marker::find(&format!("w1.{tail}"));
        let _ = tail.parse::<IntentId>();
    }
}
