//! The mark that lets a lost job be found again: it travels in the request and comes back in lists
//! and webhooks.
//!
//! A marker is a name and no secret: its check part recognises damage, not forgery.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::id::IntentId;

/// Crockford's base 32, as in the intent id.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The characters of the check part: 40 bits.
const CHECK_LENGTH: usize = 8;

/// The version of the form, in front of every marker.
const PREFIX: &str = "w1.";

/// One attempt of one intent, written `w1.<26 characters of the id>.<attempt>.<8 of a check>`.
///
/// # Example
///
/// ```
/// use creatify_ledger::{IntentId, Marker, UnixMillis};
///
/// let marker = Marker::new(IntentId::new(UnixMillis(1), 2), 1);
/// let name = marker.in_name("spring sale", 255);
/// assert!(name.starts_with("spring sale w1."));
/// assert_eq!(Marker::find(&name), Some(marker));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Marker {
    intent: IntentId,
    attempt: u32,
}

impl Marker {
    /// The mark of that attempt; attempts count from 1.
    #[must_use]
    pub const fn new(intent: IntentId, attempt: u32) -> Marker {
        Marker { intent, attempt }
    }

    /// The intent it belongs to.
    #[must_use]
    pub const fn intent(self) -> IntentId {
        self.intent
    }

    /// Its attempt, from 1.
    #[must_use]
    pub const fn attempt(self) -> u32 {
        self.attempt
    }

    /// The user's own name with the marker behind it, cut to `limit` characters.
    ///
    /// The user's part is cut, never the marker; a limit below the marker's own length (40 to 49
    /// characters) is exceeded.
    #[must_use]
    pub fn in_name(self, name: &str, limit: usize) -> String {
        let marker = self.to_string();
        let room = limit.saturating_sub(marker.len() + 1);
        let kept: String = name.trim_end().chars().take(room).collect();
        if kept.is_empty() {
            marker
        } else {
            format!("{kept} {marker}")
        }
    }

    /// The first whole marker in a text; whatever surrounds it is passed over.
    #[must_use]
    pub fn find(text: &str) -> Option<Marker> {
        text.match_indices(PREFIX).find_map(|(at, _)| {
            let rest = &text[at..];
            let end = rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
                .unwrap_or(rest.len());
            rest[..end].trim_end_matches('.').parse().ok()
        })
    }

    fn check(self) -> [u8; CHECK_LENGTH] {
        let body = format!("{PREFIX}{}.{}", self.intent, self.attempt);
        let hash = Sha256::digest(body.as_bytes());
        let bits = hash
            .iter()
            .take(5)
            .fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let mut check = [0; CHECK_LENGTH];
        for (place, character) in check.iter_mut().enumerate() {
            let shift = 5 * (CHECK_LENGTH - 1 - place);
            *character = ALPHABET[(bits >> shift & 31) as usize];
        }
        check
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let check = self.check();
        let check = std::str::from_utf8(&check).map_err(|_| fmt::Error)?;
        write!(f, "{PREFIX}{}.{}.{check}", self.intent, self.attempt)
    }
}

impl FromStr for Marker {
    type Err = MarkerError;

    fn from_str(text: &str) -> Result<Marker, MarkerError> {
        let mut parts = text
            .strip_prefix(PREFIX)
            .ok_or(MarkerError::NoMarker)?
            .splitn(3, '.');
        let mut part = || parts.next().ok_or(MarkerError::NoMarker);
        let intent = part()?.parse().map_err(|_| MarkerError::NoMarker)?;
        let attempt = part()?.parse().map_err(|_| MarkerError::NoMarker)?;
        let marker = Marker { intent, attempt };
        part()?;
        if attempt == 0 || marker.to_string() != text {
            return Err(MarkerError::Altered);
        }
        Ok(marker)
    }
}

/// Why a text is no marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MarkerError {
    /// It does not have the form of one.
    NoMarker,
    /// It has the form, and its check does not agree: something changed it on the way.
    Altered,
}

impl fmt::Display for MarkerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MarkerError::NoMarker => "not a marker of the form w1.<intent>.<attempt>.<check>",
            MarkerError::Altered => {
                "a marker that was altered on the way; look for the job by other means"
            }
        })
    }
}

impl std::error::Error for MarkerError {}
