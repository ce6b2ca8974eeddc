//! Call-backs on a ledger: its attempts are what the addresses name, its jobs are what they wake.
//!
//! Looks only. What a call-back leads to is written down by [`crate::Jobs`], after a read.

use creatify_core::JobRef;
use creatify_ledger::{Intent, Marker};
use url::Url;

use super::{Attempt, Intents, Standing};
use crate::Journal;

impl Intents for Journal {
    /// Knows the attempts of this journal's account, as its ledger has them.
    fn standing(&self, attempt: &Attempt) -> Standing {
        let Some(marker) = attempt.marker() else {
            return Standing::Unknown;
        };
        match self.ledger().by_marker(marker) {
            Ok(Some(intent)) if intent.account == self.account() => standing(&intent, marker),
            Ok(_) => Standing::Unknown,
            Err(error) => {
                // The wait's own schedule finds what this call-back was about.
                tracing::error!(%attempt, %error, "the ledger cannot be read");
                Standing::Unknown
            }
        }
    }
}

fn standing(intent: &Intent, marker: Marker) -> Standing {
    let owned = intent.job.as_ref();
    let made = owned.filter(|job| job.attempt == marker.attempt());
    match made.map(|job| JobRef::new(intent.operation, job.id.as_str())) {
        Some(Ok(job)) => Standing::Owns(job),
        _ => Standing::Open,
    }
}

impl Attempt {
    /// The attempt that a ledger's mark is of.
    pub(crate) fn of(marker: Marker) -> Option<Self> {
        Self::new(&marker.intent().to_string(), marker.attempt()).ok()
    }

    /// The ledger's mark of this attempt.
    pub(crate) fn marker(&self) -> Option<Marker> {
        Some(Marker::new(self.intent().parse().ok()?, self.number()))
    }

    /// The attempt that an address in the service's own answer names, by the address's form.
    ///
    /// The token is not looked at: who can make a job with a chosen address has the account's keys,
    /// and could as well copy a whole one from a list. Unlike the token, the form outlives the
    /// secret that the address was made with.
    pub(crate) fn in_url(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let path = url.path().trim_end_matches('/');
        let mut parts = path.rsplit('/');
        let (_token, attempt, _key_id) = (parts.next()?, parts.next()?, parts.next()?);
        let attempt = attempt.parse().ok()?;
        (parts.next()? == "w").then_some(attempt)
    }
}

#[cfg(test)]
mod tests {
    use creatify_ledger::{IntentId, UnixMillis};

    use super::*;
    use crate::webhook::{Capabilities, Secret};

    #[test]
    fn an_address_names_the_attempt_of_the_ledger() {
        let marker = Marker::new(IntentId::new(UnixMillis(1_795_132_800_000), u128::MAX), 7);
        let attempt = Attempt::of(marker).expect("a ULID is one");
        assert_eq!(attempt.marker(), Some(marker));
        let secret = Secret::random("k1").expect("random numbers");
        let base = "https://hooks.example.com/a/w/b";
        let capabilities = Capabilities::new(base, secret).expect("a good base");
        let url = capabilities
            .url(&attempt)
            .expect("short")
            .expose()
            .to_owned();
        assert_eq!(Attempt::in_url(&url), Some(attempt));
        assert_eq!(Attempt::in_url(&format!("{url}/?a=b")), Some(attempt));
        assert_eq!(Attempt::in_url(&url.replace("/w/k1/", "/v/k1/")), None);
        assert_eq!(Attempt::in_url("https://hooks.example.com/"), None);
    }
}
