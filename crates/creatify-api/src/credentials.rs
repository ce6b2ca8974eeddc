//! The two keys of an account: held so that they cannot be printed, checked so that they can be sent.
//!
//! Where the keys come from is the caller's business; nothing here reads the environment or a file.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

/// The longest key that is taken; real ones have about forty characters.
const MAX_LENGTH: usize = 256;
/// A shorter key is not looked for in answers, because it would be found in ordinary text.
const MIN_MASKED: usize = 8;

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
    /// Each has 1 to 256 characters, all of them visible ASCII.
    ///
    /// # Errors
    ///
    /// When one of them is empty, too long, or holds a blank, a line end or another character that
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
            let secret = secret.expose_secret().as_bytes();
            if secret.len() < MIN_MASKED {
                continue;
            }
            let mut at = 0;
            while at + secret.len() <= text.len() {
                if text[at..].starts_with(secret) {
                    text[at..at + secret.len()].fill(b'*');
                    at += secret.len();
                } else {
                    at += 1;
                }
            }
        }
    }
}

fn check(name: &'static str, text: &str) -> Result<(), CredentialError> {
    let refuse = |why| Err(CredentialError { name, why });
    if text.is_empty() {
        return refuse("is empty");
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
            "se cret",
            "secret\r\nx-evil: 1",
            "secret\n",
            "sécret",
            long.as_str(),
        ] {
            for (id, key) in [(bad, "good"), ("good", bad)] {
                let error = Credentials::new(id, key).unwrap_err();
                assert!(!format!("{error} {error:?}").contains("cret"), "{error}");
            }
        }
        for good in [
            "unset",
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
    fn keys_are_overwritten_in_text_and_short_ones_are_not_looked_for() {
        let mut text = b"no planted-key, twice planted-keyplanted-id".to_vec();
        Credentials::new("planted-id", "planted-key")
            .unwrap()
            .mask(&mut text);
        let masked = format!("no {0}, twice {0}{1}", "*".repeat(11), "*".repeat(10));
        assert_eq!(String::from_utf8(text).unwrap(), masked);
        let mut text = b"unset".to_vec();
        Credentials::new("unset", "unset").unwrap().mask(&mut text);
        assert_eq!(text, b"unset");
    }
}
