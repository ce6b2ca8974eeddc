//! Blanks out in an error answer what must not be printed: a server may repeat what it was sent.
//!
//! The keys are one such thing, the request's call-back address another: whoever has it can call
//! back in the service's name, and the service has no other proof of itself.

use reqwest::Request;
use serde_json::Value;
use url::{Url, form_urlencoded};

/// Shorter text is not looked for, because it would be found in ordinary text.
pub(crate) const SHORTEST: usize = 8;

/// Overwrites each occurrence of `secret` with asterisks: as it is, and as JSON or an address would
/// write it.
pub(crate) fn overwrite(text: &mut [u8], secret: &str) {
    if secret.len() < SHORTEST {
        return;
    }
    let quoted = Value::from(secret).to_string();
    let escaped = quoted
        .get(1..quoted.len() - 1)
        .unwrap_or_default()
        .to_owned();
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    for form in [&escaped.replace('/', "\\/"), &escaped, &encoded, secret] {
        overwrite_bytes(text, form.as_bytes());
    }
}

fn overwrite_bytes(text: &mut [u8], part: &[u8]) {
    let mut at = 0;
    while at + part.len() <= text.len() {
        if text[at..].starts_with(part) {
            text[at..at + part.len()].fill(b'*');
            at += part.len();
        } else {
            at += 1;
        }
    }
}

/// What follows the host in the request's `webhook_url`; none where it has no such field.
///
/// The host stays legible: it is no secret, and a message about it should be understood.
pub(crate) fn callback_path(request: &Request) -> Option<String> {
    let body: Value = serde_json::from_slice(request.body()?.as_bytes()?).ok()?;
    let url = Url::parse(body.get("webhook_url")?.as_str()?).ok()?;
    Some(url[url::Position::BeforePath..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_blanked_out_as_json_writes_it() {
        let key = r#"k3y/with"quote\and=more"#;
        let answer = serde_json::json!({ "detail": format!("bad key {key}") });
        let mut text = answer.to_string().into_bytes();
        overwrite(&mut text, key);
        let answer: Value = serde_json::from_slice(&text).unwrap();
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.starts_with("bad key ****"), "{detail}");
        assert_eq!(detail.trim_end_matches('*'), "bad key ");
    }

    #[test]
    fn a_callback_is_blanked_out_in_each_form_and_its_host_stays() {
        let path = "/w/k1/01JD0000000000000000000000.1/AAAAAAAAAAAAAAAAAAAAAA";
        for form in [
            path.to_owned(),
            path.replace('/', "\\/"),
            path.replace('/', "%2F"),
        ] {
            let mut text = format!("https://h.example{form} is not reachable").into_bytes();
            overwrite(&mut text, path);
            let text = String::from_utf8(text).unwrap();
            assert!(text.starts_with("https://h.example***"), "{text}");
            assert!(text.ends_with("*** is not reachable"), "{text}");
            assert!(!text.contains("AAAA") && !text.contains("01JD"), "{text}");
        }
    }

    #[test]
    fn a_short_path_is_not_looked_for() {
        let mut text = b"and/or".to_vec();
        overwrite(&mut text, "/");
        assert_eq!(text, b"and/or");
    }
}
