//! What a server's answer means for a download: begin, go on, begin again, or stop.
//!
//! Only the head of the answer is looked at, and nothing here does I/O.

use reqwest::Response;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, TRANSFER_ENCODING,
};

use super::address::refused;
use crate::{Error, ErrorKind};

/// The part of an answer's head that matters.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) length: Option<u64>,
    pub(super) is_chunked: bool,
    pub(super) range: Option<String>,
    pub(super) etag: Option<String>,
    pub(super) encoding: Option<String>,
    pub(super) media_type: Option<String>,
}

/// What is here already.
#[derive(Debug, Clone, Copy)]
pub(super) struct Have<'p> {
    pub(super) bytes: u64,
    /// The validator of what is here; with it the rest alone was asked for.
    pub(super) validator: Option<&'p str>,
}

/// What to do with the body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// It is the whole file.
    Whole { total: Option<u64> },
    /// It is the rest of what is here.
    Rest { total: Option<u64> },
    /// There is none: what is here is the whole file.
    Complete,
}

/// Why a transfer does not go on as it is.
#[derive(Debug)]
pub(super) enum Stop {
    /// Nothing will change it.
    Final(Error),
    /// What is here cannot be continued: throw it away and ask for the whole file.
    StartOver,
    /// Another request may go on from here.
    Broken(Error),
}

impl Head {
    pub(super) fn of(response: &Response) -> Self {
        let text = |name: HeaderName| {
            let value = response.headers().get(name)?;
            Some(value.to_str().ok()?.trim().to_owned())
        };
        Self {
            status: response.status().as_u16(),
            length: response.content_length(),
            is_chunked: text(TRANSFER_ENCODING)
                .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")),
            range: text(CONTENT_RANGE),
            etag: text(ETAG).filter(|etag| is_strong(etag)),
            encoding: text(CONTENT_ENCODING),
            media_type: text(CONTENT_TYPE),
        }
    }

    /// What this answer means, given what is here and how much there may be.
    pub(super) fn plan(&self, have: Have<'_>, host: &str, max_bytes: u64) -> Result<Plan, Stop> {
        let plan = match self.status {
            200 => Plan::Whole { total: self.length },
            206 => self.rest(have, host)?,
            // Past the end: either everything is here, or it is another file by now.
            416 if have.validator.is_some() => {
                let whole = format!("bytes */{}", have.bytes);
                return match self.range.as_deref() == Some(whole.as_str()) {
                    true => Ok(Plan::Complete),
                    false => Err(Stop::StartOver),
                };
            }
            _ => return Err(self.failure(host)),
        };
        if let Some(encoding) = &self.encoding
            && !encoding.eq_ignore_ascii_case("identity")
        {
            let message = format!("{host} sends the file in the encoding `{encoding}`");
            return Err(Stop::Final(refused(message)));
        }
        if self.is_page() {
            let message = format!("{host} sends a web page in place of the file");
            return Err(Stop::Final(refused(message).hint(GONE)));
        }
        // Without either, a connection that breaks looks like the end of the file.
        if self.length.is_none() && !self.is_chunked {
            let message = format!("{host} does not say where the file ends");
            return Err(Stop::Final(refused(message)));
        }
        let total = match plan {
            Plan::Whole { total } | Plan::Rest { total } => total,
            Plan::Complete => None,
        };
        if total.is_some_and(|total| total > max_bytes) {
            return Err(Stop::Final(too_large(host, max_bytes)));
        }
        Ok(plan)
    }

    fn rest(&self, have: Have<'_>, host: &str) -> Result<Plan, Stop> {
        if have.validator.is_none() {
            let message = format!("{host} sends a part of the file where the whole was asked for");
            return Err(Stop::Final(refused(message)));
        }
        let Some((start, end, total)) = self.range.as_deref().and_then(parse_range) else {
            return Err(Stop::StartOver);
        };
        let is_the_rest = start == have.bytes
            && self
                .length
                .is_none_or(|length| end.checked_sub(start) == length.checked_sub(1))
            && total.is_none_or(|total| end.checked_add(1) == Some(total));
        // A server that repeats another tag, or none, has not looked at the condition.
        if !is_the_rest || self.etag.as_deref() != have.validator {
            return Err(Stop::StartOver);
        }
        let total = total.or_else(|| end.checked_add(1));
        Ok(Plan::Rest { total })
    }

    fn is_page(&self) -> bool {
        let media_type = self.media_type.as_deref().unwrap_or_default();
        let kind = media_type.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("text/html")
    }

    fn failure(&self, host: &str) -> Stop {
        let status = self.status;
        let unreachable =
            |message: String| Error::new(ErrorKind::Unreachable, message).with_status(Some(status));
        match status {
            300..=399 => Stop::Final(
                refused(format!(
                    "{host} redirects ({status}), which is not followed"
                ))
                .with_status(Some(status)),
            ),
            401 | 403 | 404 | 410 => {
                let message = format!("{host} does not have the file any more ({status})");
                Stop::Final(unreachable(message).hint(GONE))
            }
            408 | 429 | 500..=599 => Stop::Broken(
                unreachable(format!("{host} answers {status}")).hint("try again later"),
            ),
            _ => Stop::Final(unreachable(format!("{host} answers {status}"))),
        }
    }
}

const GONE: &str = "read the job again for a fresh address; the service prints a retention of at \
    least seven days for Aurora and none for other jobs";

pub(super) fn too_large(host: &str, max_bytes: u64) -> Error {
    refused(format!(
        "the file on {host} is larger than {max_bytes} bytes"
    ))
    .hint("raise the limit if the video is really that large")
}

/// Whether the tag stands for the very same bytes; a weak one does not.
fn is_strong(etag: &str) -> bool {
    etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"')
}

/// `bytes 0-99/100`, where the total may be `*`.
fn parse_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let total = match total {
        "*" => None,
        total => Some(total.parse().ok()?),
    };
    let (start, end) = (start.parse().ok()?, end.parse().ok()?);
    (start <= end).then_some((start, end, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HAVE: Have<'_> = Have {
        bytes: 40,
        validator: Some("\"v1\""),
    };

    fn rest(range: &str) -> Head {
        Head {
            status: 206,
            length: Some(60),
            range: Some(range.to_owned()),
            etag: Some("\"v1\"".to_owned()),
            ..Head::default()
        }
    }

    fn plan(head: &Head) -> Result<Plan, Stop> {
        head.plan(HAVE, "host", 1_000)
    }

    #[test]
    fn the_rest_fits_byte_for_byte_or_everything_is_fetched_again() {
        let good = plan(&rest("bytes 40-99/100")).expect("it is the rest");
        assert_eq!(good, Plan::Rest { total: Some(100) });
        assert!(plan(&rest("bytes 40-99/*")).is_ok());
        for range in [
            "bytes 39-98/100",
            "bytes 41-100/101",
            "bytes 40-98/100",
            "bytes 40-99/101",
            "bytes 99-40/100",
            "bytes 40-18446744073709551615/*",
            "bytes */100",
            "40-99/100",
            "",
        ] {
            assert!(
                matches!(plan(&rest(range)), Err(Stop::StartOver)),
                "{range}"
            );
        }
        let other = Head {
            etag: Some("\"v2\"".to_owned()),
            ..rest("bytes 40-99/100")
        };
        assert!(matches!(plan(&other), Err(Stop::StartOver)));
        let untagged = Head {
            etag: None,
            ..rest("bytes 40-99/100")
        };
        assert!(matches!(plan(&untagged), Err(Stop::StartOver)));
    }

    #[test]
    fn past_the_end_is_complete_only_at_the_very_length() {
        let past = |range: &str| Head {
            status: 416,
            length: Some(0),
            range: Some(range.to_owned()),
            ..Head::default()
        };
        assert_eq!(
            plan(&past("bytes */40")).expect("all is here"),
            Plan::Complete
        );
        assert!(matches!(plan(&past("bytes */41")), Err(Stop::StartOver)));
        assert!(matches!(plan(&past("bytes */*")), Err(Stop::StartOver)));
    }

    #[test]
    fn a_weak_tag_resumes_nothing() {
        assert!(is_strong("\"v1\""));
        assert!(!is_strong("W/\"v1\"") && !is_strong("v1") && !is_strong("\""));
    }
}
