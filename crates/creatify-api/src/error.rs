//! What a failed call comes to: how far the request got, and what the service said.
//!
//! This is the only place that looks into the generator's error type. Nothing printed here holds a
//! key, or an address with its query.

use std::{
    borrow::Cow,
    error::Error as StdError,
    fmt, io,
    time::{Duration, SystemTime},
};

use chrono::DateTime;
use progenitor_client::Error;

use crate::ErrorBody;

/// Characters of the service's messages that are printed; all of them are kept.
const MAX_PRINTED: usize = 400;
/// A longer `Retry-After` is taken for this long.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// A call that did not end with a typed answer.
pub struct ApiError(Kind);

/// How far a request got before its call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It never left: no connection was made, or it was refused before one was tried. A paid
    /// request has cost nothing.
    NotSent,
    /// Nobody can tell. A paid request may have been received and charged.
    MaybeSent,
    /// The service answered; what that means is for the status and the body to say.
    Answered,
}

enum Kind {
    /// Refused on our side.
    Refused(String),
    Transport(reqwest::Error),
    Answered {
        status: u16,
        answer: Answer,
        body: ErrorBody,
    },
    /// A 2xx answer that is not of the documented form.
    Undecodable {
        body: Vec<u8>,
        why: String,
    },
}

/// An error answer, read whole.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
    pub(crate) is_complete: bool,
}

impl ApiError {
    /// How far the request got.
    ///
    /// Only a connection that could not be made proves that nothing was sent. Errors on an open
    /// connection look the same whether or not the service had read the whole request.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match &self.0 {
            Kind::Refused(_) => Phase::NotSent,
            // A request that cannot be built was never handed to a connection.
            Kind::Transport(error) if error.is_connect() || error.is_builder() => Phase::NotSent,
            Kind::Transport(_) => Phase::MaybeSent,
            Kind::Answered { .. } | Kind::Undecodable { .. } => Phase::Answered,
        }
    }

    /// The HTTP status, where the service answered with anything but 2xx.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match &self.0 {
            Kind::Answered { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// How long the service asks to wait before the next call, at most a day.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.0 {
            Kind::Answered { answer, .. } => answer.retry_after,
            _ => None,
        }
    }

    /// What the service said, where it answered with anything but 2xx.
    #[must_use]
    pub fn body(&self) -> Option<&ErrorBody> {
        match &self.0 {
            Kind::Answered { body, .. } => Some(body),
            _ => None,
        }
    }

    /// The text of an error answer as it came, at most its first 64 KiB.
    #[must_use]
    pub fn body_text(&self) -> Option<Cow<'_, str>> {
        match &self.0 {
            Kind::Answered { answer, .. } => Some(String::from_utf8_lossy(&answer.body)),
            _ => None,
        }
    }

    /// The bytes of a 2xx answer that is not of the documented form.
    ///
    /// The request was accepted: whoever paid for it looks for the id of the job in here.
    #[must_use]
    pub fn undecodable_body(&self) -> Option<&[u8]> {
        match &self.0 {
            Kind::Undecodable { body, .. } => Some(body),
            _ => None,
        }
    }

    /// Whether the call's time limit was reached.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(&self.0, Kind::Transport(error) if error.is_timeout())
    }

    /// Whether no connection could be made.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(&self.0, Kind::Transport(error) if error.is_connect())
    }

    /// Whether the server's certificate was refused: it is somebody else's, expired, or of an
    /// authority that this machine does not know. No key was sent, and trying again will not help.
    #[must_use]
    pub fn is_certificate(&self) -> bool {
        matches!(&self.0, Kind::Transport(error) if refuses_certificate(error))
    }
}

impl<E> From<Error<E>> for ApiError {
    fn from(error: Error<E>) -> Self {
        Self(match error {
            Error::InvalidRequest(message) | Error::Custom(message) => Kind::Refused(message),
            // The address may hold ids in its query.
            Error::CommunicationError(error)
            | Error::InvalidUpgrade(error)
            | Error::ResponseBodyError(error) => Kind::Transport(error.without_url()),
            Error::ErrorResponse(response) => answered(response.status().as_u16(), None),
            Error::UnexpectedResponse(mut response) => {
                let status = response.status().as_u16();
                answered(status, response.extensions_mut().remove())
            }
            Error::InvalidResponsePayload(bytes, error) => {
                // Only the place is told: serde's text may quote what it met.
                let why = format!("line {}, column {}", error.line(), error.column());
                Kind::Undecodable {
                    body: bytes.to_vec(),
                    why,
                }
            }
        })
    }
}

fn answered(status: u16, answer: Option<Answer>) -> Kind {
    let answer = answer.unwrap_or(Answer {
        retry_after: None,
        body: Vec::new(),
        is_complete: false,
    });
    let body = ErrorBody::parse(&answer.body);
    Kind::Answered {
        status,
        answer,
        body,
    }
}

/// Reads a `Retry-After`: seconds, or a day and time counted from the answer's own `Date`.
pub(crate) fn retry_after(text: &str, date: Option<&str>) -> Option<Duration> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        // More digits than fit mean longer than any limit.
        return Some(
            text.parse()
                .map_or(MAX_WAIT, Duration::from_secs)
                .min(MAX_WAIT),
        );
    }
    let time = |text: &str| {
        DateTime::parse_from_rfc2822(text)
            .ok()
            .map(SystemTime::from)
    };
    let now = date.and_then(time).unwrap_or_else(SystemTime::now);
    Some(
        time(text)?
            .duration_since(now)
            .unwrap_or_default()
            .min(MAX_WAIT),
    )
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Refused(message) => write!(f, "the request was not sent: {message}"),
            Kind::Transport(error) if error.is_connect() && error.is_timeout() => {
                f.write_str("no connection within the time limit")
            }
            Kind::Transport(error) if error.is_connect() => {
                write!(f, "no connection could be made: {}", root(error))
            }
            Kind::Transport(error) if error.is_timeout() => {
                f.write_str("no answer within the time limit")
            }
            Kind::Transport(error) => write!(f, "the connection broke: {}", root(error)),
            Kind::Answered {
                status,
                answer,
                body,
            } => {
                write!(f, "the service answered {status}")?;
                let line = body.line();
                match body {
                    _ if !line.is_empty() => write!(f, ": {}", shortened(&line)),
                    ErrorBody::Empty => f.write_str(" without a body"),
                    _ => {
                        let size = answer.body.len();
                        let cut = if answer.is_complete { "" } else { " or more" };
                        write!(f, " with {size}{cut} bytes that are no error message")
                    }
                }
            }
            Kind::Undecodable { body, why } => write!(
                f,
                "the service accepted the request, and its answer of {} bytes is not of the \
                 documented form ({why})",
                body.len()
            ),
        }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("phase", &self.phase())
            .field("status", &self.status())
            .field("message", &self.to_string())
            .finish_non_exhaustive()
    }
}

impl StdError for ApiError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0 {
            Kind::Transport(error) => Some(error),
            _ => None,
        }
    }
}

/// The innermost cause, which says what the outer ones only pass on.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn StdError = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Whether a refused certificate is among the causes.
fn refuses_certificate(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return matches!(
                tls,
                rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented
            );
        }
        // An I/O error passes over what it wraps when it is asked for its source.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}

/// One line of printable characters, cut at a sane length.
fn shortened(line: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut text: String = line.chars().take(MAX_PRINTED).map(clean).collect();
    if line.chars().nth(MAX_PRINTED).is_some() {
        text.push_str(" ...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms_and_never_more_than_a_day() {
        let date = Some("Fri, 20 Nov 2026 10:00:00 GMT");
        for (text, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Fri, 20 Nov 2026 10:01:30 GMT", Some(90)),
            ("Fri, 20 Nov 2026 09:00:00 GMT", Some(0)),
            ("99999999999999999999999", Some(86_400)),
            ("Sat, 20 Nov 2027 10:00:00 GMT", Some(86_400)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ] {
            assert_eq!(
                retry_after(text, date),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn a_refused_certificate_is_found_beneath_what_wraps_it() {
        use rustls::{AlertDescription, CertificateError};
        let wrapped = |tls: rustls::Error| {
            let inner = io::Error::new(io::ErrorKind::InvalidData, tls);
            io::Error::other(inner)
        };
        let refused = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        assert!(refuses_certificate(&wrapped(refused)));
        let other = rustls::Error::AlertReceived(AlertDescription::InternalError);
        assert!(!refuses_certificate(&wrapped(other)));
        assert!(!refuses_certificate(&io::Error::other("no route")));
    }

    #[test]
    fn a_long_message_is_printed_in_part_and_on_one_line() {
        let body = format!("[\"{}\"]", "x\\ny".repeat(1_000));
        let answer = Answer {
            retry_after: None,
            body: body.into_bytes(),
            is_complete: true,
        };
        let text = ApiError(answered(400, Some(answer))).to_string();
        assert!(text.starts_with("the service answered 400: x y"));
        assert!(text.len() < 450 && text.ends_with(" ..."), "{text}");
    }
}
