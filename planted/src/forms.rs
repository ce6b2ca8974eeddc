//! The forms a secret may come out in.

use std::fmt::Write as _;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::{API_ID, API_KEY, EMULATOR_KEYS, Found, WEBHOOK_SECRET};

/// A longer cut of a planted secret counts as the secret.
const CUT: usize = 12;

/// One form of one secret.
pub(crate) struct Form {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Every form of every secret; the same for the whole process.
pub(crate) fn all() -> &'static [Form] {
    static FORMS: OnceLock<Vec<Form>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let mut forms = Vec::new();
        for (name, secret) in [
            ("the API id", API_ID.as_bytes()),
            ("the API key", API_KEY.as_bytes()),
            ("the webhook secret", WEBHOOK_SECRET),
        ] {
            of(name, secret, &mut forms);
            let mut add = |form: &str, bytes: &[u8]| {
                forms.push(Form {
                    name: format!("{name}, {form}"),
                    bytes: bytes.to_vec(),
                });
            };
            add("its beginning", &secret[..CUT]);
            add("its end", &secret[secret.len() - CUT..]);
        }
        for key in EMULATOR_KEYS {
            of("a key of the emulator's", key.as_bytes(), &mut forms);
        }
        forms
    })
}

fn of(name: &str, secret: &[u8], forms: &mut Vec<Form>) {
    let mut add = |form: &str, bytes: Vec<u8>| {
        let is_new = forms.iter().all(|known| known.bytes != bytes);
        if is_new {
            let name = format!("{name}, {form}");
            forms.push(Form { name, bytes });
        }
    };
    let text = String::from_utf8_lossy(secret);
    add("as it is", secret.to_vec());
    let escaped = text.escape_debug().to_string();
    add("escaped twice", escaped.escape_debug().to_string().into());
    add("escaped", escaped.into());
    add("as a list of bytes", list(secret).into());
    for (hexadecimal, form) in [
        (hex(secret), "in hexadecimal"),
        (percent(secret, |_| true), "all of it percent-encoded"),
        (
            percent(secret, |byte| {
                !byte.is_ascii_alphanumeric() && !b"-._~".contains(&byte)
            }),
            "percent-encoded",
        ),
    ] {
        add(form, hexadecimal.to_ascii_uppercase().into());
        add(form, hexadecimal.to_ascii_lowercase().into());
        add(form, hexadecimal.into());
    }
    for offset in 0..3 {
        // What stands before and after changes the characters at both ends.
        let mut padded = vec![0; offset];
        padded.extend_from_slice(secret);
        let skipped = [0, 2, 3][offset];
        for (form, encoded) in [
            ("in base64", STANDARD_NO_PAD.encode(&padded)),
            ("in base64 for addresses", URL_SAFE_NO_PAD.encode(&padded)),
        ] {
            let whole = padded.len() / 3 * 4;
            add(form, encoded.as_bytes()[skipped..whole].to_vec());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// As `Debug` prints a slice, without its brackets.
fn list(bytes: &[u8]) -> String {
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    numbers.join(", ")
}

fn percent(bytes: &[u8], is_encoded: impl Fn(u8) -> bool) -> String {
    let mut text = String::new();
    for &byte in bytes {
        if is_encoded(byte) {
            let _ = write!(text, "%{byte:02X}");
        } else {
            text.push(char::from(byte));
        }
    }
    text
}

/// Anything that looks like the path of a call-back: `/w/<key id>/<attempt>/<token>`, with its
/// slashes as they are or escaped.
pub(crate) fn callback(text: &[u8]) -> Option<Found> {
    let text = &String::from_utf8_lossy(text);
    ["/", "%2F", "%2f", "\\/"].into_iter().find_map(|slash| {
        let start = format!("{slash}w{slash}");
        text.match_indices(&start).find_map(|(at, _)| {
            let mut parts = text[at + start.len()..].splitn(3, slash);
            let (key, attempt, rest) = (parts.next()?, parts.next()?, parts.next()?);
            let (intent, number) = attempt.split_once('.')?;
            let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
            let token = rest.bytes().take_while(|byte| is_letter(byte)).count();
            let is_one = (1..=8).contains(&key.len())
                && intent.len() == 26
                && intent.bytes().all(|byte| byte.is_ascii_alphanumeric())
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
                && token >= 22;
            let what = "a call-back address".to_owned();
            is_one.then_some(Found { what, at })
        })
    })
}
