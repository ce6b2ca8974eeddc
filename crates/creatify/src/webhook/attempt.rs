//! Which paid request a call-back belongs to: one attempt of one intent, as its address names it.
//!
//! An attempt is a name, not a secret. Who may use it is for the capability to say.

use std::fmt;
use std::str::FromStr;

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::{Error, ErrorKind};

/// Characters of an intent: a ULID.
const INTENT_LENGTH: usize = 26;

/// Crockford's base 32.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// One attempt to send one intent, written `<26 characters of a ULID>.<attempt>`.
///
/// ```
/// use creatify::webhook::Attempt;
///
/// let attempt: Attempt = "01JD3ZK8V5W2N4Q6R8T0XYZABC.1".parse()?;
/// assert_eq!((attempt.intent(), attempt.number()), ("01JD3ZK8V5W2N4Q6R8T0XYZABC", 1));
/// assert!("01jd3zk8v5w2n4q6r8t0xyzabc.1".parse::<Attempt>().is_err()); // one spelling only
/// # Ok::<(), creatify::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt {
    intent: [u8; INTENT_LENGTH],
    number: u32,
}

impl Attempt {
    /// Names an attempt; attempts count from 1.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when `intent` is no ULID in upper case, or `number` is 0.
    pub fn new(intent: &str, number: u32) -> Result<Self, Error> {
        let bytes: Option<[u8; INTENT_LENGTH]> = intent.as_bytes().try_into().ok();
        match bytes {
            // A ULID has 128 bits, so its first character carries three.
            Some(intent)
                if number > 0
                    && intent[0] <= b'7'
                    && intent.iter().all(|byte| ALPHABET.contains(byte)) =>
            {
                Ok(Self { intent, number })
            }
            _ => Err(Error::new(
                ErrorKind::Invalid,
                "an attempt is named by a ULID in upper case (26 characters) and a number from 1",
            )),
        }
    }

    /// The first attempt of a new intent, named by 128 random bits.
    ///
    /// Where a ledger names the intents, use its names; this is for receivers without one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] when the system has no random numbers.
    pub fn random() -> Result<Self, Error> {
        let mut bits = [0; 16];
        SystemRandom::new()
            .fill(&mut bits)
            .map_err(|_| Error::new(ErrorKind::Invalid, "the system gives no random numbers"))?;
        let bits = u128::from_be_bytes(bits);
        let mut intent = [0; INTENT_LENGTH];
        for (place, character) in intent.iter_mut().rev().enumerate() {
            *character = ALPHABET[(bits >> (5 * place) & 31) as usize];
        }
        Ok(Self { intent, number: 1 })
    }

    /// The intent: 26 characters.
    #[must_use]
    pub fn intent(&self) -> &str {
        // The bytes were checked to be ASCII when the attempt was made.
        std::str::from_utf8(&self.intent).unwrap_or_default()
    }

    /// Which attempt of the intent, from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// An attempt that nobody can have: what is worked on in place of one that cannot be read.
    pub(crate) fn decoy() -> Self {
        Self {
            intent: [b'0'; INTENT_LENGTH],
            number: 0,
        }
    }

    pub(crate) fn intent_bytes(&self) -> [u8; INTENT_LENGTH] {
        self.intent
    }
}

impl FromStr for Attempt {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (intent, number) = text.split_once('.').unwrap_or((text, ""));
        let attempt = Self::new(intent, number.parse().unwrap_or(0))?;
        // `+1` and `01` are numbers too; one attempt has one spelling.
        if attempt.number.to_string() != number {
            return Self::new("", 0);
        }
        Ok(attempt)
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.intent(), self.number)
    }
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attempt({self})")
    }
}
