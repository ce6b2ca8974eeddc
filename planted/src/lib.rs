//! Secrets to plant in tests, and the search for them in everything that comes out.
//!
//! Every test binary of the client plants the same values: as keys, as the webhook's secret, in
//! call-back addresses. What comes out is searched where it comes out: [`watch`] searches each span
//! and event of `tracing` at every level and each panic, [`Folder`] every file that is left in a
//! folder, [`refuse`] any text a test gets hold of; `cargo xtask ci` searches all that the test
//! binaries print. A find ends the process at once and names the place, so that no test can pass
//! over it, whatever thread it happens on.
//!
//! A call-back address differs for each call, so it is known by its shape and not by its value.

mod folder;
mod forms;
mod watch;

use std::fmt;
use std::io::Write as _;

pub use crate::folder::Folder;
pub use crate::watch::watch;

/// An API id to plant.
pub const API_ID: &str = "5ec2e700-aaaa-4bbb-8ccc-1234567890ab";

/// An API key to plant. Its punctuation looks different in each escaped form.
pub const API_KEY: &str = "k3y/that+must=not\"show\\anywhere&0123456789";

/// A webhook secret to plant; as long as such a secret has to be.
pub const WEBHOOK_SECRET: &[u8; 32] = b"h00k-s3cret/that+must=not&show!!";

/// The keys every emulator starts with. They open nothing, and stand for real ones in tests.
const EMULATOR_KEYS: [&str; 2] = ["e0000000-0000-4000-8000-000000000001", "emulator-key"];

/// A secret that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which one, and in which form.
    pub what: String,
    /// Where in the text it begins, in bytes.
    pub at: usize,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

/// Looks for a planted key or secret, in every form that [`find`] knows, but for no call-back
/// address: for files that are made to hold one.
#[must_use]
pub fn find_key(text: &[u8]) -> Option<Found> {
    forms::all().iter().find_map(|form| {
        let at = position(text, &form.bytes)?;
        let what = form.name.clone();
        Some(Found { what, at })
    })
}

/// Looks for a planted key or secret: as it is, cut, escaped, percent-encoded, in hexadecimal or in
/// base64. Also looks for anything of the shape of a call-back address.
#[must_use]
pub fn find(text: &[u8]) -> Option<Found> {
    find_key(text).or_else(|| forms::callback(text))
}

/// Ends the process if `text` holds a secret; `place` says where it came from.
///
/// The text itself is not repeated.
pub fn refuse(place: &str, text: impl AsRef<[u8]>) {
    if let Some(found) = find(text.as_ref()) {
        end(place, &found);
    }
}

/// Ends the process: a panic would end one thread, and might be caught.
///
/// It writes past the test harness, which keeps what a test prints until that test is over.
fn end(place: &str, found: &Found) -> ! {
    let words = format!("a planted secret came out: {found}, in {place}\n");
    let _ = std::io::stderr().write_all(words.as_bytes());
    std::process::abort()
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_key_is_found() {
        let percent: String = API_KEY.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for text in [
            API_KEY.to_owned(),
            format!("{API_KEY:?}"),
            format!("{:?}", format!("{API_KEY:?}")),
            format!("cut off: {}", &API_KEY[..12]),
            format!("the end: {}", &API_KEY[API_KEY.len() - 12..]),
            "k3y%2Fthat%2Bmust%3Dnot%22show%5Canywhere%260123456789".to_owned(),
            "k3y%2fthat%2bmust%3dnot%22show%5canywhere%260123456789".to_owned(),
            percent,
            API_KEY.bytes().map(|byte| format!("{byte:02x}")).collect(),
            format!("{:?}", API_KEY.as_bytes()),
            format!("x-api-id: {API_ID}"),
            "emulator-key".to_owned(),
        ] {
            assert!(find(text.as_bytes()).is_some(), "not found in {text}");
        }
    }

    #[test]
    fn base64_is_found_wherever_the_key_stands_in_what_was_encoded() {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        for front in ["", "a", "ab", "abc"] {
            let text = format!("{front}{API_KEY} and more");
            for encoded in [STANDARD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                assert!(find(encoded.as_bytes()).is_some(), "{front:?}: {encoded}");
            }
        }
    }

    #[test]
    fn a_call_back_address_is_known_by_its_shape() {
        let path = "/w/k1/01JD0000000000000000000000.1/AAAAAAAAAAAAAAAAAAAAAA";
        for text in [
            format!("https://h.example{path}"),
            path.replace('/', "%2F"),
            path.replace('/', "\\/"),
        ] {
            assert!(find(text.as_bytes()).is_some(), "{text}");
            assert!(find_key(text.as_bytes()).is_none(), "{text}");
        }
        for text in [
            "/w/k1/01JD0000000000000000000000.1/***",
            "POST /w/{key}/{attempt}/{token}",
            "01JD0000000000000000000000.1",
            "/w/k1/nonsense/nonsense",
        ] {
            assert_eq!(find(text.as_bytes()), None, "{text}");
        }
    }
}
