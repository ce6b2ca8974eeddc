//! What goes wrong on purpose: a queue of faults, each aimed at the next matching request or job.
//! Must not act them out: the request pipeline and the job plans do.

use serde::{Deserialize, Serialize};

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The job is accepted, runs and ends `failed`, with this reason; its credits come back.
    JobFails {
        /// What `failed_reason` says.
        reason: String,
    },
    /// The job is accepted and ends `rejected`; its credits come back.
    JobRejected,
    /// The job takes this status where it would have been `running`, and keeps it for ever.
    ///
    /// As JSON: `{"kind": "unknown_status", "status": "thinking"}`.
    UnknownStatus(#[serde(with = "status_field")] String),
    /// The job runs and never ends.
    JobNeverEnds,
    /// Answers 502 with an HTML page, as a proxy does; the request has no effect.
    Html,
    /// Takes the request and never answers; it has no effect.
    Hang,
    /// The request takes effect, then the connection closes without an answer.
    AnswerLost,
    /// Answers this code and text; the request has no effect.
    Status {
        /// From 200 to 599; anything else answers 500.
        code: u16,
        /// Sent as it is: as `application/json` when it parses as JSON, else as `text/plain`.
        #[serde(default)]
        body: String,
    },
    /// Answers 401, as if the key had been revoked.
    RefuseCredentials,
}

impl Fault {
    /// Aims the fault; without an aim, faults of a job strike the next job and the others the next
    /// paid `POST`.
    pub fn on(self, target: FaultTarget) -> Injection {
        Injection {
            fault: self,
            target: Some(target),
            times: 1,
        }
    }

    /// Strikes `times` times in a row, where it strikes without an aim.
    pub fn times(self, times: u32) -> Injection {
        Injection::from(self).times(times)
    }

    /// Whether the fault changes a job's course and not an answer.
    fn is_of_a_job(&self) -> bool {
        matches!(
            self,
            Self::JobFails { .. } | Self::JobRejected | Self::UnknownStatus(_) | Self::JobNeverEnds
        )
    }
}

/// Where a fault strikes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FaultTarget {
    /// The next request that starts a job or its next phase.
    NextJob,
    /// The next `GET` of the API.
    NextRead,
    /// The next paid `POST`: jobs, renders and links.
    NextPost,
    /// The next call of the operation with this id in the document, such as `links_create`.
    Operation(String),
}

/// A fault, where it strikes and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Injection {
    #[serde(flatten)]
    fault: Fault,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<FaultTarget>,
    #[serde(default = "once")]
    times: u32,
}

/// A bare text cannot carry the `kind` beside it, so it travels in a field.
mod status_field {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Field {
        status: String,
    }

    pub(super) fn serialize<S: Serializer>(status: &str, to: S) -> Result<S::Ok, S::Error> {
        let status = status.to_owned();
        Field { status }.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        Field::deserialize(from).map(|field| field.status)
    }
}

fn once() -> u32 {
    1
}

impl Injection {
    /// Strikes this many times in a row; 0 never.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }
}

impl From<Fault> for Injection {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            target: None,
            times: 1,
        }
    }
}

/// What a request is, as far as faults are concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) operation: &'a str,
    pub(crate) reads: bool,
    pub(crate) paid: bool,
    pub(crate) job: bool,
}

/// The faults still to come, in the order they were injected.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pending: Vec<Injection>,
}

impl Faults {
    pub(crate) fn push(&mut self, injection: Injection) {
        if injection.times > 0 {
            self.pending.push(injection);
        }
    }

    pub(crate) fn pending(&self) -> &[Injection] {
        &self.pending
    }

    /// Takes the first fault of an answer that strikes this request.
    pub(crate) fn take_for_answer(&mut self, subject: Subject<'_>) -> Option<Fault> {
        self.take(subject, false)
    }

    /// Takes the first fault of a job that strikes the job this request starts or goes on with.
    pub(crate) fn take_for_job(&mut self, subject: Subject<'_>) -> Option<Fault> {
        self.take(subject, true)
    }

    fn take(&mut self, subject: Subject<'_>, of_a_job: bool) -> Option<Fault> {
        let found = self.pending.iter().position(|injection| {
            injection.fault.is_of_a_job() == of_a_job && injection.strikes(subject)
        })?;
        let injection = self.pending.get_mut(found)?;
        injection.times -= 1;
        if injection.times == 0 {
            return Some(self.pending.remove(found).fault);
        }
        Some(injection.fault.clone())
    }
}

impl Injection {
    fn strikes(&self, subject: Subject<'_>) -> bool {
        match &self.target {
            None if self.fault.is_of_a_job() => subject.job,
            None | Some(FaultTarget::NextPost) => subject.paid,
            Some(FaultTarget::NextJob) => subject.job,
            Some(FaultTarget::NextRead) => subject.reads,
            Some(FaultTarget::Operation(id)) => id == subject.operation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Subject<'static> = Subject {
        operation: "links_retrieve",
        reads: true,
        paid: false,
        job: false,
    };
    const JOB: Subject<'static> = Subject {
        operation: "lipsyncs_v2_create",
        reads: false,
        paid: true,
        job: true,
    };

    #[test]
    fn a_fault_strikes_what_it_is_aimed_at_as_often_as_it_says() {
        let mut faults = Faults::default();
        faults.push(Fault::Html.on(FaultTarget::NextRead).times(2));
        assert_eq!(faults.take_for_answer(JOB), None);
        assert_eq!(faults.take_for_answer(READ), Some(Fault::Html));
        assert_eq!(faults.take_for_answer(READ), Some(Fault::Html));
        assert_eq!(faults.take_for_answer(READ), None);
    }

    #[test]
    fn faults_of_jobs_and_of_answers_do_not_take_each_others_place() {
        let mut faults = Faults::default();
        faults.push(Fault::JobRejected.into());
        assert_eq!(faults.take_for_answer(JOB), None);
        assert_eq!(faults.take_for_job(READ), None);
        assert_eq!(faults.take_for_job(JOB), Some(Fault::JobRejected));
    }

    #[test]
    fn the_json_form_reads_back() {
        let text = r#"{"kind":"status","code":503,"target":{"operation":"links_create"}}"#;
        let read: Injection = serde_json::from_str(text).unwrap();
        let aimed = FaultTarget::Operation("links_create".into());
        let fault = Fault::Status {
            code: 503,
            body: String::new(),
        };
        assert_eq!(read, fault.on(aimed));
        let plain: Injection =
            serde_json::from_str(r#"{"kind":"hang","target":"next_read"}"#).unwrap();
        assert_eq!(plain, Fault::Hang.on(FaultTarget::NextRead));
        assert!(serde_json::from_str::<Injection>(r#"{"kind":"nonsense"}"#).is_err());
        let unknown = Injection::from(Fault::UnknownStatus("thinking".into()));
        let text = serde_json::to_string(&unknown).unwrap();
        assert_eq!(
            text,
            r#"{"kind":"unknown_status","status":"thinking","times":1}"#
        );
        assert_eq!(serde_json::from_str::<Injection>(&text).unwrap(), unknown);
    }
}
