//! From what the low-level client reports to what the caller can act on.
//!
//! One table decides whether a paid request was spent. It is deliberately narrow: only a failed
//! connection proves that nothing was sent, and only the refusals listed in [`REFUSALS`] are taken
//! to mean that nothing was charged. Everything else is *unknown*.

use creatify_api::{ApiError, Phase};
use creatify_core::Operation;
use creatify_core::pricing::QuoteError;
use serde_json::Value;

use crate::{Error, ErrorKind};

/// Statuses that mean the service refused the request before doing anything.
///
/// That a refusal costs nothing was observed for 400 and is an assumption for the others.
const REFUSALS: &[u16] = &[400, 401, 402, 403, 404, 413, 415, 422, 429];

/// What became of a paid request that has no decoded answer.
pub(crate) enum Paid {
    NotSent(Error),
    Rejected(Error),
    Unknown(Error),
    /// It was accepted after all: the answer is JSON that merely does not fit the typed form.
    Answered(Value),
}

/// Sorts the failure of a paid request.
pub(crate) fn of_paid(error: ApiError, operation: Operation) -> Paid {
    if let Some(answer) = error.undecodable_body().and_then(json_object) {
        return Paid::Answered(answer);
    }
    match (error.phase(), error.status()) {
        (Phase::NotSent, _) if error.is_certificate() => Paid::NotSent(untrusted(error)),
        (Phase::NotSent, _) => Paid::NotSent(
            Error::new(
                ErrorKind::NotSent,
                format!("{operation} was not sent: {error}"),
            )
            .hint("nothing was spent; check the address and the network, then send again")
            .because(error),
        ),
        (Phase::Answered, Some(status)) if REFUSALS.contains(&status) => {
            Paid::Rejected(refused(error, status))
        }
        (_, status) => Paid::Unknown(
            Error::new(
                ErrorKind::OutcomeUnknown,
                format!("{operation} may have been received: {error}"),
            )
            .hint(match status {
                Some(300..400) => ELSEWHERE,
                _ => FIND_OUT,
            })
            .with_status(status)
            .because(error),
        ),
    }
}

/// The service accepted a paid request and its answer names no job.
pub(crate) fn no_id(operation: Operation) -> Error {
    let message = format!("{operation} was accepted, but the answer holds no job id");
    Error::new(ErrorKind::OutcomeUnknown, message).hint(FIND_OUT)
}

/// The client was stopped before a paid request was sent.
pub(crate) fn stopped(operation: Operation) -> Error {
    let message = format!("{operation} was not sent: this client sends nothing more");
    Error::new(ErrorKind::NotSent, message).hint("nothing was spent; send it with a new client")
}

/// The client was stopped, and waits no longer for the answer of a paid request.
pub(crate) fn unanswered(operation: Operation) -> Error {
    let message = format!("{operation} may have been received: the client was stopped first");
    Error::new(ErrorKind::OutcomeUnknown, message).hint(FIND_OUT)
}

const FIND_OUT: &str = "nothing was sent again; look for the job in the dashboard or by its \
    webhook, and compare `creatify credits` with the balance before, then decide";

/// A redirect is not followed: that would send the request, and the keys, a second time.
const ELSEWHERE: &str = "the address is probably wrong, as without its last slash or with http for \
    https: mend the base URL; nothing was sent again, so look for the job before sending it anew";

/// Sorts the failure of a read, which costs nothing and may be repeated.
pub(crate) fn of_read(error: ApiError) -> Error {
    match error.status() {
        Some(status) if REFUSALS.contains(&status) => refused(error, status),
        _ if error.is_certificate() => untrusted(error),
        status => Error::new(ErrorKind::Unreachable, error.to_string())
            .hint("a read costs nothing; try again")
            .with_status(status)
            .because(error),
    }
}

/// A server that cannot prove to be the service: nothing was told to it, and it is not tried again.
fn untrusted(error: ApiError) -> Error {
    Error::new(ErrorKind::Untrusted, error.to_string())
        .hint(
            "neither keys nor request were sent; check the address, this machine's clock, and what \
             stands between it and the service",
        )
        .because(error)
}

fn refused(error: ApiError, status: u16) -> Error {
    let said = error.to_string();
    let (kind, hint) = match status {
        401 | 403 => (
            ErrorKind::Credentials,
            "check CREATIFY_API_ID and CREATIFY_API_KEY; both come from the settings page",
        ),
        402 => (
            ErrorKind::OutOfCredits,
            "top up the account or ask for less; nothing was spent",
        ),
        429 => (
            ErrorKind::RateLimited,
            "nothing was done; wait, then send again",
        ),
        _ if speaks_of_credits(&said) => (
            ErrorKind::OutOfCredits,
            "top up the account or ask for less; nothing was spent",
        ),
        _ => (ErrorKind::Rejected, "mend the request; nothing was spent"),
    };
    let retry_after = error.retry_after();
    Error::new(kind, said)
        .hint(hint)
        .with_status(Some(status))
        .with_retry_after(retry_after)
        .because(error)
}

/// The FAQ speaks of an error for insufficient credits and prints neither its status nor its
/// body; this is a guess at the words.
fn speaks_of_credits(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("credit")
        && ["insufficient", "not enough"]
            .iter()
            .any(|w| message.contains(w))
}

/// Sorts the core's refusal to price a request.
pub(crate) fn of_price(error: QuoteError) -> Error {
    Error::new(ErrorKind::PriceUnknown, error.to_string()).because(error)
}

fn json_object(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok().filter(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_about_missing_credits_count_as_out_of_credits() {
        assert!(speaks_of_credits("400: Insufficient credits."));
        assert!(!speaks_of_credits("400: credits_used is read only"));
    }
}
