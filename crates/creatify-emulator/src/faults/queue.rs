//! The faults still to come, and which of them strikes a request, a job or a call-back. Must not know
//! what a fault does.

use super::{Fault, FaultTarget, Injection};
use crate::clock::Millis;
use crate::document::{Action, Operation};

/// What a request is, as far as faults are concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) operation: &'a str,
    pub(crate) reads: bool,
    pub(crate) lists_jobs: bool,
    pub(crate) reads_jobs: bool,
    pub(crate) paid: bool,
    pub(crate) job: bool,
}

impl<'a> Subject<'a> {
    pub(crate) fn of(operation: &'a Operation) -> Self {
        Self {
            operation: &operation.id,
            reads: operation.method == axum::http::Method::GET,
            lists_jobs: matches!(operation.action, Action::ListJobs(_)),
            reads_jobs: matches!(operation.action, Action::ListJobs(_) | Action::ReadJob(_)),
            paid: operation.billable,
            job: operation.job.is_some(),
        }
    }
}

/// The faults of one class take each other's place; those of different classes strike together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Changes a job's course.
    Job,
    /// Takes the place of an answer, or of its effect.
    Answer,
    /// Changes what a read of jobs shows.
    Read,
    /// Something happens beside the request.
    Aside,
    /// Holds for every request while it lasts.
    Limit,
    /// Changes the delivery of a call-back.
    Delivery,
    /// Adds a call-back to a job.
    Addition,
}

impl Fault {
    fn class(&self) -> Class {
        match self {
            Self::JobFails { .. }
            | Self::JobRejected
            | Self::UnknownStatus(_)
            | Self::JobNeverEnds
            | Self::DoneWithoutOutput { .. }
            | Self::FailsThenDone { .. }
            | Self::ExtraCharge { .. }
            | Self::MarkerAltered { .. } => Class::Job,
            Self::ListLag { .. } | Self::ListCut { .. } | Self::StaleRead { .. } => Class::Read,
            Self::BalanceMoved { .. } => Class::Aside,
            Self::RateLimit { .. } => Class::Limit,
            Self::WebhookLost | Self::WebhookRepeated { .. } | Self::WebhookLate { .. } => {
                Class::Delivery
            }
            Self::WebhookEarly | Self::WebhookForged { .. } => Class::Addition,
            _ => Class::Answer,
        }
    }
}

/// An injection with its times in the clock's terms.
#[derive(Debug)]
struct Pending {
    injection: Injection,
    from: Millis,
    until: Option<Millis>,
    left: Option<u32>,
}

/// The faults still to come, in the order they were injected.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pending: Vec<Pending>,
}

impl Faults {
    pub(crate) fn push(&mut self, injection: Injection, now: Millis) {
        let seconds = |seconds: u32| i64::from(seconds) * 1_000;
        let left = injection.left();
        if left == Some(0) {
            return;
        }
        let from = now.saturating_add(seconds(injection.after_seconds));
        let until = injection.for_seconds;
        self.pending.push(Pending {
            until: until.map(|lasts| from.saturating_add(seconds(lasts))),
            from,
            left,
            injection,
        });
    }

    /// What is still to come, with the strikes that are left.
    pub(crate) fn pending(&self) -> Vec<Injection> {
        let left = |pending: &Pending| Injection {
            times: pending.left.or(pending.injection.times),
            ..pending.injection.clone()
        };
        self.pending.iter().map(left).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.pending.clear();
    }

    /// Takes the first fault of a class that strikes this request now.
    pub(crate) fn take(
        &mut self,
        class: Class,
        subject: Subject<'_>,
        now: Millis,
    ) -> Option<Fault> {
        if self.pending.is_empty() {
            return None;
        }
        self.pending
            .retain(|pending| pending.until.is_none_or(|until| now < until));
        let found = self.pending.iter().position(|pending| {
            pending.from <= now
                && pending.injection.fault.class() == class
                && pending.injection.strikes(class, subject)
        })?;
        let pending = self.pending.get_mut(found)?;
        if let Some(left) = &mut pending.left {
            *left -= 1;
            if *left == 0 {
                return Some(self.pending.remove(found).injection.fault);
            }
        }
        Some(pending.injection.fault.clone())
    }
}

impl Injection {
    fn strikes(&self, class: Class, subject: Subject<'_>) -> bool {
        match &self.target {
            // A call-back is not a request: only the operation behind it can be aimed at.
            Some(FaultTarget::Operation(id)) => id == subject.operation,
            _ if class == Class::Delivery => true,
            Some(FaultTarget::NextPost) => subject.paid,
            Some(FaultTarget::NextJob) => subject.job,
            Some(FaultTarget::NextRead) => subject.reads,
            Some(FaultTarget::NextList) => subject.lists_jobs,
            Some(FaultTarget::NextRequest) => true,
            None => match class {
                Class::Job | Class::Addition => subject.job,
                Class::Answer => subject.paid,
                Class::Read if matches!(self.fault, Fault::StaleRead { .. }) => subject.reads_jobs,
                Class::Read => subject.lists_jobs,
                Class::Aside | Class::Limit | Class::Delivery => true,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Subject<'static> = Subject {
        operation: "links_retrieve",
        reads: true,
        lists_jobs: false,
        reads_jobs: false,
        paid: false,
        job: false,
    };
    const JOB: Subject<'static> = Subject {
        operation: "lipsyncs_v2_create",
        reads: false,
        lists_jobs: false,
        reads_jobs: false,
        paid: true,
        job: true,
    };

    #[test]
    fn a_fault_strikes_what_it_is_aimed_at_as_often_as_it_says() {
        let mut faults = Faults::default();
        faults.push(Fault::Html.on(FaultTarget::NextRead).times(2), 0);
        assert_eq!(faults.take(Class::Answer, JOB, 0), None);
        assert_eq!(faults.take(Class::Answer, READ, 0), Some(Fault::Html));
        assert_eq!(faults.take(Class::Answer, READ, 0), Some(Fault::Html));
        assert_eq!(faults.take(Class::Answer, READ, 0), None);
    }

    #[test]
    fn faults_of_jobs_and_of_answers_do_not_take_each_others_place() {
        let mut faults = Faults::default();
        faults.push(Fault::JobRejected.into(), 0);
        assert_eq!(faults.take(Class::Answer, JOB, 0), None);
        assert_eq!(faults.take(Class::Job, READ, 0), None);
        assert_eq!(faults.take(Class::Job, JOB, 0), Some(Fault::JobRejected));
    }

    #[test]
    fn a_window_opens_and_closes_on_the_clock() {
        let mut faults = Faults::default();
        faults.push(Fault::Html.for_seconds(10).after_seconds(5), 1_000);
        let mut at = |now| faults.take(Class::Answer, JOB, now).is_some();
        assert!(!at(5_999));
        assert!(at(6_000) && at(6_000) && at(15_999));
        assert!(!at(16_000));
        assert!(!at(6_000), "a window that has closed does not open again");
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
        assert!(serde_json::from_str::<Injection>(r#"{"kind":"html","tmies":2}"#).is_err());
        let unknown = Fault::UnknownStatus("thinking".into()).times(1);
        let text = serde_json::to_string(&unknown).unwrap();
        assert_eq!(
            text,
            r#"{"kind":"unknown_status","status":"thinking","times":1}"#
        );
        assert_eq!(serde_json::from_str::<Injection>(&text).unwrap(), unknown);
    }

    #[test]
    fn the_toml_form_is_the_same() {
        let text = "kind = \"rate_limited\"\nretry_after = { seconds = 30 }\nalways = true\n";
        let read: Injection = toml::from_str(text).unwrap();
        let retry_after = Some(super::super::RetryAfter::Seconds(30));
        assert_eq!(read, Fault::RateLimited { retry_after }.always());
        let text = "kind = \"accepted_late\"\ndelay_seconds = 40\nafter_seconds = 5\n";
        let delay_seconds = 40;
        let late = Fault::AcceptedLate {
            delay_seconds,
            hang: false,
        };
        let read: Injection = toml::from_str(text).unwrap();
        assert_eq!(read, Injection::from(late).after_seconds(5));
    }
}
