//! The body of a call-back: held against its limits, and read for one thing only.
//!
//! Nothing in a body is believed. Its id is a hint for an intent whose job is not known yet, and
//! even then only a read decides.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// Objects and arrays within each other; documented bodies have at most three.
const MAX_DEPTH: usize = 16;

/// Ids are UUIDs; a longer one is no id.
const MAX_ID: usize = 64;

#[derive(Deserialize)]
struct Claim<'b> {
    #[serde(borrow)]
    id: Option<Cow<'b, str>>,
}

/// Whether the body is JSON within the depth limit.
pub(crate) fn is_fit(body: &[u8]) -> bool {
    is_shallow(body) && serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// The job id that a fit body claims, if it has the form of one.
pub(crate) fn claimed_id(body: &[u8]) -> Option<String> {
    // An array would pass for the fields in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let claim: Claim<'_> = serde_json::from_slice(body).ok()?;
    let id = claim.id?;
    let is_id = (1..=MAX_ID).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_id.then(|| id.into_owned())
}

/// Counts brackets outside of strings; needs no memory, however deep the body is.
fn is_shallow(body: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut is_escaped = false;
    for byte in body {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return false;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_of_strings() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(is_fit(nested(MAX_DEPTH).as_bytes()));
        assert!(!is_fit(nested(MAX_DEPTH + 1).as_bytes()));
        let text = format!(r#"{{"a": "\"{}"}}"#, "[".repeat(100));
        assert!(is_fit(text.as_bytes()));
        let hidden = format!(r#"{{"a": "\\", "b": {}}}"#, nested(MAX_DEPTH));
        assert!(!is_fit(hidden.as_bytes()));
        assert!(!is_fit(b"no json"));
    }

    #[test]
    fn a_claim_is_an_id_or_nothing() {
        let id = "0c0ffee0-0000-4000-8000-000000000000";
        let body = format!(r#"{{"id": "{id}", "status": "done"}}"#);
        assert_eq!(claimed_id(body.as_bytes()).as_deref(), Some(id));
        for body in [
            r#"{"id": "../../secrets"}"#,
            r#"{"id": 7}"#,
            r#"{"id": "a", "id": "b"}"#,
            r#"["a"]"#,
            r#"{"id": ""}"#,
        ] {
            assert_eq!(claimed_id(body.as_bytes()), None, "{body}");
        }
    }
}
