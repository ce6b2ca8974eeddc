//! From a wake-up to a fact: the job is read, and only the reading counts.
//!
//! A claimed id is read here and nowhere else, and believed only if the service shows a job that
//! was made with this very attempt's address.

use creatify_core::{JobRef, Operation};
use serde_json::Value;
use url::Url;

use super::{Attempt, Receiver, Wakeup};
use crate::fleet::Priority;
use crate::{Client, Error, ErrorKind, JobState};

/// What the service itself says about a job that called back.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Confirmed {
    /// The job.
    pub job: JobRef,
    /// Its state as it was read.
    pub state: JobState,
}

impl Receiver {
    /// Reads the job of a wake-up. Costs nothing.
    ///
    /// Where the job is not known yet, `operation` says which kind of job the attempt asked for, and
    /// the claimed id is looked up: its job is taken only if its `webhook_url` is this attempt's.
    /// `None` means that the wake-up leads to no job of this attempt; nothing follows from that.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unreachable`], and the refusals of a read other than 404.
    pub async fn confirm(
        &self,
        client: &Client,
        operation: Operation,
        wakeup: &Wakeup,
    ) -> Result<Option<Confirmed>, Error> {
        if let Some(job) = &wakeup.job {
            let state = client.look_at(job, Priority::Reconcile).await?;
            let job = job.clone();
            return Ok(Some(Confirmed { job, state }));
        }
        let claimed = wakeup.claimed_id.as_deref();
        let Some(job) = claimed.and_then(|id| JobRef::new(operation, id).ok()) else {
            return Ok(None);
        };
        let request = client.read_job_answer(&job);
        let answer = match client.in_turn(Priority::Reconcile, request).await {
            Ok(answer) => answer,
            Err(error) if error.status() == Some(404) => return Ok(None),
            Err(error) => return Err(error.with_job(job)),
        };
        if !self.is_marked(&answer, wakeup) {
            return Ok(None);
        }
        match JobState::read(&answer) {
            Some(state) if state.id == job.id() => {
                tracing::debug!(attempt = %wakeup.attempt, %job, "a call-back was confirmed");
                Ok(Some(Confirmed { job, state }))
            }
            _ => Err(Error::new(
                ErrorKind::Unreachable,
                "the answer is another job than the one asked for",
            )
            .with_job(job)),
        }
    }

    /// Whether the job that was read was made with the address of this attempt.
    fn is_marked(&self, answer: &Value, wakeup: &Wakeup) -> bool {
        let url = answer.get("webhook_url").and_then(Value::as_str);
        url.and_then(|url| self.attempt_in(url)) == Some(wakeup.attempt)
    }

    /// Whether this is an address that this receiver has made.
    pub(crate) fn knows(&self, url: &str) -> bool {
        self.attempt_in(url).is_some()
    }

    fn attempt_in(&self, url: &str) -> Option<Attempt> {
        self.capabilities().check(Url::parse(url).ok()?.path())
    }
}
