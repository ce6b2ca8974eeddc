//! The two keys of an account: held so that they cannot be printed, checked so that they can be sent.
//!
//! Where the keys come from is the caller's business; nothing here reads the environment or a file.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::masking;

/// The longest key that is taken; real ones have about forty characters.
const MAX_LENGTH: usize = 256;
/// A shorter key could not be blanked out in answers without blanking out ordinary text as well.
const MIN_LENGTH: usize = masking::SHORTEST;

/// The id and the key of an API account.
///
/// Their `Debug` form shows neither, and they are wiped from memory when dropped.
#[derive(Clone)]
pub struct Credentials {
    id: SecretString,
    key: SecretString,
}

/// Why a key cannot be used; never repeats the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialError {
    name: &'static str,
    why: &'static str,
}

impl Credentials {
    /// Takes the id and the key of an account, as its settings page shows them.
    ///
    /// Each has 8 to 256 characters, all of them visible ASCII. Real ones have about forty; what is
    /// shorter than 8 could not be told from ordinary text where a server repeats it.
    ///
    /// # Errors
    ///
    /// When one of them is empty, too short, too long, or holds a blank, a line end or another character that
    /// no header can carry.
    pub fn new(id: &str, key: &str) -> Result<Self, CredentialError> {
        check("API id", id)?;
        check("API key", key)?;
        Ok(Self {
            id: id.into(),
            key: key.into(),
        })
    }

    /// The two header values, marked sensitive.
    pub(crate) fn headers(&self) -> Result<(HeaderValue, HeaderValue), CredentialError> {
        let header = |name, secret: &SecretString| {
            let mut value =
                HeaderValue::from_str(secret.expose_secret()).map_err(|_| CredentialError {
                    name,
                    why: "cannot be sent in a header",
                })?;
            value.set_sensitive(true);
            Ok(value)
        };
        Ok((header("API id", &self.id)?, header("API key", &self.key)?))
    }

    /// Overwrites each occurrence of a key in what a server answered.
    pub(crate) fn mask(&self, text: &mut [u8]) {
        for secret in [&self.id, &self.key] {
            masking::overwrite(text, secret.expose_secret());
        }
    }
}

fn check(name: &'static str, text: &str) -> Result<(), CredentialError> {
    let refuse = |why| Err(CredentialError { name, why });
    if text.is_empty() {
        return refuse("is empty");
    }
    if text.len() < MIN_LENGTH {
        return refuse("is shorter than 8 characters");
    }
    if text.len() > MAX_LENGTH {
        return refuse("is longer than 256 characters");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return refuse("holds a blank, a line end or a character that is not visible ASCII");
    }
    Ok(())
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(masked)")
    }
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}", self.name, self.why)
    }
}

impl std::error::Error for CredentialError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_cannot_be_sent_are_refused_without_being_repeated() {
        let long = "x".repeat(257);
        for bad in [
            "",
            "cret",
            "secret7",
            "se cret",
            "secret\r\nx-evil: 1",
            "secret\n",
            "sécret",
            long.as_str(),
        ] {
            for (id, key) in [(bad, "good-key"), ("good-key", bad)] {
                let error = Credentials::new(id, key).unwrap_err();
                assert!(!format!("{error} {error:?}").contains("cret"), "{error}");
            }
        }
        for good in [
            "unset-00",
            "00000000-0000-0000-0000-000000000000",
            &"x".repeat(256),
        ] {
            assert!(Credentials::new(good, good).is_ok());
        }
    }

    #[test]
    fn keys_show_in_no_debug_output() {
        let credentials = Credentials::new("planted-id", "planted-key").unwrap();
        let (id, key) = credentials.headers().unwrap();
        let text = format!("{credentials:?} {credentials:#?} {id:?} {key:?}");
        assert!(!text.contains("planted"), "{text}");
    }

    #[test]
    fn keys_are_overwritten_in_text_also_the_shortest() {
        let mut text = b"no planted-key, twice planted-keyplanted-id".to_vec();
        Credentials::new("planted-id", "planted-key")
            .unwrap()
            .mask(&mut text);
        let masked = format!("no {0}, twice {0}{1}", "*".repeat(11), "*".repeat(10));
        assert_eq!(String::from_utf8(text).unwrap(), masked);
        let mut text = b"no 8-letter".to_vec();
        Credentials::new("8-letter", "8-others")
            .unwrap()
            .mask(&mut text);
        assert_eq!(text, b"no ********");
    }
}
