//! Addresses that only the holder of a secret can make, and the check of one that was called.
//!
//! `https://host/w/<key id>/<intent>.<attempt>/<token>`: the token is the first half of an
//! HMAC-SHA256 over key id and intent. The check needs no list of what was issued, takes the same
//! work for any path, and leaks nothing by its time. It must not say why it refused.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use subtle::{Choice, ConstantTimeEq as _};
use url::{Host, Url};

use super::Attempt;
use crate::{Error, ErrorKind};

/// The longest `webhook_url` the service takes, in characters.
///
/// Source: <https://docs.creatify.ai/api-reference/custom-template-jobs/post-custom-template-job>.
pub const MAX_URL: usize = 200;

/// Bytes of the MAC that become the token: 128 bits.
const TOKEN_BYTES: usize = 16;

/// Characters of a token in base64url without padding.
const TOKEN_LENGTH: usize = 22;

/// Bytes of a secret: at least as many as the MAC's, at most a page.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 32..=4096;

/// Characters of a key id.
const KEY_ID_LENGTH: std::ops::RangeInclusive<usize> = 1..=8;

/// Keeps these MACs apart from any others made with the same secret.
const PURPOSE: &[u8] = b"creatify webhook 1\0";

/// A secret that addresses are made with, and the name it has in them.
///
/// Its `Debug` form shows the name only; it is wiped from memory when dropped.
pub struct Secret {
    key_id: String,
    bytes: SecretSlice<u8>,
}

impl Secret {
    /// Takes a secret of 32 to 4,096 random bytes under a name of 1 to 8 letters, digits, `-`, `_`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when one of them is out of range.
    pub fn new(key_id: &str, secret: &[u8]) -> Result<Self, Error> {
        let is_name = KEY_ID_LENGTH.contains(&key_id.len())
            && key_id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !is_name {
            let message = "a key id has 1 to 8 characters of A-Z, a-z, 0-9, `-` and `_`";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        if !SECRET_BYTES.contains(&secret.len()) {
            let message = format!(
                "a webhook secret has 32 to 4096 bytes, not {}",
                secret.len()
            );
            return Err(Error::new(ErrorKind::Invalid, message)
                .hint("make one with `openssl rand -hex 32`"));
        }
        Ok(Self {
            key_id: key_id.to_owned(),
            bytes: secret.to_vec().into(),
        })
    }

    /// A new secret of 32 random bytes; addresses made with it die with the process.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the name is no key id or the system has no random numbers.
    pub fn random(key_id: &str) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| Error::new(ErrorKind::Invalid, "the system gives no random numbers"))?;
        Self::new(key_id, &bytes)
    }

    /// The token of an intent: 22 characters.
    fn token(&self, attempt: &Attempt) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.bytes.expose_secret());
        let mut context = hmac::Context::with_key(&key);
        context.update(PURPOSE);
        context.update(self.key_id.as_bytes());
        // A key id holds no zero byte and an intent has a fixed length: one reading only.
        context.update(&[0]);
        context.update(&attempt.intent_bytes());
        URL_SAFE_NO_PAD.encode(&context.sign().as_ref()[..TOKEN_BYTES])
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

/// An address for a job's `webhook_url`. Whoever has it can wake the job's reader, so it is not
/// printed by accident: [`expose`](Self::expose) gives the text.
#[derive(Clone)]
pub struct CallbackUrl(SecretString);

impl CallbackUrl {
    /// The address as text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for CallbackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackUrl(***)")
    }
}

/// Makes addresses, and knows its own again.
///
/// Two secrets can be valid at a time: addresses are made with the current one, and those made with
/// the previous one are still known. Drop the previous one when its jobs are over.
pub struct Capabilities {
    base: String,
    base_path: String,
    current: Secret,
    previous: Option<Secret>,
    decoy: Secret,
}

impl Capabilities {
    /// Makes addresses below `base_url`: https, or http on this machine (for the emulator).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the address has another scheme, a user name, a query or a
    /// fragment, or is so long that no call-back address below it fits in [`MAX_URL`] characters.
    pub fn new(base_url: &str, secret: Secret) -> Result<Self, Error> {
        let base = check_base(base_url)?;
        let capabilities = Self {
            base_path: base.path().trim_end_matches('/').to_owned(),
            base: base.as_str().trim_end_matches('/').to_owned(),
            decoy: Secret::random(&secret.key_id)?,
            current: secret,
            previous: None,
        };
        capabilities.url(&Attempt::decoy())?;
        Ok(capabilities)
    }

    /// Also knows addresses made with an earlier secret.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when both secrets have the same key id.
    pub fn with_previous(mut self, secret: Secret) -> Result<Self, Error> {
        if secret.key_id == self.current.key_id {
            let message = format!("both webhook secrets have the key id `{}`", secret.key_id);
            return Err(
                Error::new(ErrorKind::Invalid, message).hint("give the new secret a new key id")
            );
        }
        self.previous = Some(secret);
        Ok(self)
    }

    /// The address of an attempt, at most [`MAX_URL`] characters.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when it would be longer.
    pub fn url(&self, attempt: &Attempt) -> Result<CallbackUrl, Error> {
        let url = format!(
            "{}/w/{}/{attempt}/{}",
            self.base,
            self.current.key_id,
            self.current.token(attempt)
        );
        if url.len() > MAX_URL {
            let message = format!(
                "the webhook address has {} characters; the service takes {MAX_URL}",
                url.len()
            );
            return Err(
                Error::new(ErrorKind::Invalid, message).hint("use a shorter address or path")
            );
        }
        Ok(CallbackUrl(url.into()))
    }

    /// The attempt whose address has this path; `None` for every other path, after the same work.
    pub(crate) fn check(&self, path: &str) -> Option<Attempt> {
        let parts = self.split(path);
        let (key_id, attempt, token) = parts.unwrap_or(("", Attempt::decoy(), ""));
        let known = [Some(&self.current), self.previous.as_ref()];
        let secret = known
            .into_iter()
            .flatten()
            .find(|secret| secret.key_id == key_id);
        let expected = secret.unwrap_or(&self.decoy).token(&attempt);
        let mut given = [0; TOKEN_LENGTH];
        let has_length = token.len() == TOKEN_LENGTH;
        if has_length {
            given.copy_from_slice(token.as_bytes());
        }
        let is_real = Choice::from(u8::from(parts.is_some() && secret.is_some() && has_length));
        let is_valid = expected.as_bytes().ct_eq(&given) & is_real;
        bool::from(is_valid).then_some(attempt)
    }

    /// Key id, attempt and token of a path that has the form of one.
    fn split<'p>(&self, path: &'p str) -> Option<(&'p str, Attempt, &'p str)> {
        // A proxy may have taken the base path off.
        let path = path.strip_prefix(&self.base_path).unwrap_or(path);
        let mut parts = path.strip_prefix("/w/")?.split('/');
        let (key_id, attempt, token) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some((key_id, attempt.parse().ok()?, token))
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capabilities")
            .field("base", &self.base)
            .field("current", &self.current)
            .field("previous", &self.previous)
            .finish_non_exhaustive()
    }
}

fn check_base(text: &str) -> Result<Url, Error> {
    let refuse = |why: &str| {
        let message = format!("the webhook's base address {why}");
        Error::new(ErrorKind::Invalid, message).hint("give it as `https://hooks.example.com`")
    };
    // The parser drops line ends and tabs without a word.
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refuse(
            "holds a blank, a line end or a character beyond ASCII",
        ));
    }
    let url = Url::parse(text).map_err(|error| refuse("is no URL").because(error))?;
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback => {}
        _ => return Err(refuse("is neither https nor http on this machine")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("holds a user name"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("has a query or a fragment"));
    }
    Ok(url)
}
