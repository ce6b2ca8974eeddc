//! A job and its life cycle: the steps planned when a phase is accepted, and what each does to the
//! job. Must not know the clock, the balance or the call-backs: the world moves jobs and pays.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::billing::Milli;
use crate::clock::Millis;
use crate::document::{JobRule, Operation, Phase, Resource};
use crate::faults::Fault;
use crate::ids::Ids;

pub(crate) const PENDING: &str = "pending";
pub(crate) const IN_QUEUE: &str = "in_queue";
pub(crate) const RUNNING: &str = "running";
pub(crate) const DONE: &str = "done";
pub(crate) const FAILED: &str = "failed";
pub(crate) const REJECTED: &str = "rejected";

/// What a request for a job comes down to, once it is found good.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// The body as sent, with nothing filled in.
    pub(crate) request: Map<String, Value>,
    pub(crate) model: String,
    pub(crate) length_ms: i64,
    pub(crate) aspect_ratio: String,
    pub(crate) webhook_url: Option<String>,
    /// The styles of a list of previews; empty for everything else.
    pub(crate) styles: Vec<String>,
}

/// A job of any resource.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) created: Millis,
    pub(crate) updated: Millis,
    pub(crate) draft: Draft,
    /// The operation that started the present phase.
    pub(crate) operation: &'static Operation,
    /// How many phases were started, the present one included.
    pub(crate) phases: u32,
    pub(crate) rule: &'static JobRule,
    pub(crate) status: Cow<'static, str>,
    pub(crate) failed_reason: Option<String>,
    /// In percent.
    pub(crate) progress: u8,
    pub(crate) media_job: Uuid,
    pub(crate) preview: Option<String>,
    pub(crate) previews: Vec<Preview>,
    /// The preview that is rendered, when one was picked.
    pub(crate) picked: Option<Uuid>,
    pub(crate) video: Option<Video>,
    /// What the present phase was charged.
    pub(crate) charged: Milli,
    /// What `credits_used` says of the present phase by now.
    pub(crate) billed: Milli,
    /// What it says of the phases before, where phases are summed.
    pub(crate) billed_before: Milli,
    /// How much of its name a job keeps whose marker the service changed.
    pub(crate) altered: Option<usize>,
    /// The kinds of the faults that struck it or its call-backs.
    pub(crate) faults: Vec<String>,
    pub(crate) steps: VecDeque<Planned>,
    /// What could be read of the job since when, the oldest first.
    pub(crate) history: Vec<Moment>,
}

/// A job as the emulator knows it, whatever its clients were told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobRecord {
    /// Its id.
    pub id: String,
    /// The operation that started its present phase.
    pub operation: String,
    /// Its present status.
    pub status: String,
    /// The `name` it was made with; empty without one.
    pub name: String,
    /// How often it was paid for: once when it was made, and once for each phase after that.
    pub phases: u32,
    /// What its present phase was charged, in thousandths of a credit; 0 once it was given back.
    pub charged_millicredits: i64,
    /// The kinds of the faults that struck it or its call-backs, such as `job_fails`, each once.
    pub faults: Vec<String>,
}

impl From<&Job> for JobRecord {
    fn from(job: &Job) -> Self {
        let name = job.draft.request.get("name").and_then(Value::as_str);
        Self {
            id: job.id.to_string(),
            operation: job.operation.id.clone(),
            status: job.status.to_string(),
            name: name.unwrap_or_default().to_owned(),
            phases: job.phases,
            charged_millicredits: job.charged,
            faults: job.faults.clone(),
        }
    }
}

/// What could be read of a job from some moment on.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) at: Millis,
    pub(crate) status: Cow<'static, str>,
    pub(crate) progress: u8,
    pub(crate) billed: Milli,
    failed: bool,
    previewed: bool,
    rendered: bool,
}

impl Moment {
    /// Whether the previews were there for the picking, which the status does not tell.
    pub(crate) fn is_for_picking(&self) -> bool {
        self.status == PENDING && self.previewed && self.progress == 100
    }
}

/// One of several previews.
#[derive(Debug, Clone)]
pub(crate) struct Preview {
    pub(crate) media_job: Uuid,
    pub(crate) style: String,
    pub(crate) url: String,
}

/// A finished video.
#[derive(Debug, Clone)]
pub(crate) struct Video {
    pub(crate) url: String,
    pub(crate) thumbnail: String,
}

/// A step and when it is due.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) at: Millis,
    pub(crate) step: Step,
}

/// What happens to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The job waits its turn.
    Queue,
    /// The job runs, and `credits_used` is filled in.
    Run,
    /// The status is none that the document knows.
    Odd(String),
    /// `credits_used` is filled in while the status stays.
    Bill,
    /// The status says that the phase ended well, and nothing is there to show.
    Claim,
    /// The phase ends well.
    Finish,
    Fail(String),
    Reject,
}

impl Job {
    pub(crate) fn resource(&self) -> Resource {
        self.rule.resource
    }

    /// Whether a phase runs, so that another cannot begin. A job that never ends stays busy.
    pub(crate) fn is_busy(&self) -> bool {
        let finished = match (self.rule.phase, self.rule.previews) {
            (Phase::Preview, true) => !self.previews.is_empty(),
            (Phase::Preview, false) => self.preview.is_some(),
            _ => self.video.is_some(),
        };
        !finished && !self.has_failed()
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.status == FAILED || self.status == REJECTED
    }

    /// Whether there is something to render.
    pub(crate) fn has_preview(&self) -> bool {
        self.preview.is_some() || !self.previews.is_empty()
    }

    pub(crate) fn next_at(&self) -> Option<Millis> {
        self.steps.front().map(|planned| planned.at)
    }

    /// Notes what can be read of the job from now on.
    pub(crate) fn note(&mut self, at: Millis) {
        self.updated = at;
        self.history.push(Moment {
            at,
            status: self.status.clone(),
            progress: self.progress,
            billed: self.billed,
            failed: self.failed_reason.is_some(),
            previewed: self.has_preview(),
            rendered: self.video.is_some(),
        });
    }

    /// The job as it could be read at a time; `None` before it was created.
    pub(crate) fn as_of(&self, at: Millis) -> Option<Self> {
        let moment = self.history.iter().rfind(|moment| moment.at <= at)?;
        let mut job = self.clone();
        job.updated = moment.at;
        job.status = moment.status.clone();
        job.progress = moment.progress;
        job.billed = moment.billed;
        if !moment.failed {
            job.failed_reason = None;
        }
        if !moment.previewed {
            job.preview = None;
            job.previews.clear();
        }
        if !moment.rendered {
            job.video = None;
        }
        Some(job)
    }

    /// The length as `duration` says it: whole seconds, rounded up.
    pub(crate) fn seconds(&self) -> i64 {
        self.draft.length_ms.saturating_add(999) / 1_000
    }
}

/// What a phase is planned from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) rule: &'a JobRule,
    pub(crate) start: Millis,
    pub(crate) length_ms: i64,
    /// Whether the job may be read as `in_queue` or `running` never at all.
    pub(crate) skips: bool,
}

/// The steps of one phase, from its acceptance on. Times are made up, in the proportions people
/// report: avatars take about ten times their length, link videos some minutes.
pub(crate) fn plan(plan: Plan<'_>, fault: Option<&Fault>, ids: &mut Ids) -> VecDeque<Planned> {
    let (rule, length_ms) = (plan.rule, plan.length_ms);
    let work = match (rule.resource, rule.phase) {
        (Resource::LinkToVideo, Phase::Preview) => 60_000,
        (Resource::LinkToVideo, _) => length_ms.saturating_add(240_000),
        (_, Phase::Preview) => length_ms.saturating_add(10_000),
        (Resource::CustomTemplate, _) => length_ms.saturating_mul(4).saturating_add(20_000),
        (Resource::LipsyncV2, _) => length_ms.saturating_mul(10),
    };
    let spread = ids.below((work / 5).unsigned_abs()).cast_signed();
    let skipped = if plan.skips { ids.below(4) } else { 0 };
    let queued = plan.start.saturating_add(2_000);
    let running = plan.start.saturating_add(5_000);
    let end = running.saturating_add(work).saturating_add(spread);
    let later = |seconds: u32| end.saturating_add(i64::from(seconds) * 1_000);

    let mut steps = VecDeque::new();
    let mut push = |at, step| steps.push_back(Planned { at, step });
    // A list of previews stays `pending` from beginning to end.
    if !rule.previews && skipped & 1 == 0 {
        push(queued, Step::Queue);
    }
    match fault {
        Some(Fault::JobRejected) => {
            push(running, Step::Reject);
            return steps;
        }
        Some(Fault::UnknownStatus(status)) => {
            push(running, Step::Odd(status.clone()));
            return steps;
        }
        _ if rule.previews => push(running, Step::Bill),
        _ if skipped & 2 == 0 => push(running, Step::Run),
        _ => {}
    }
    match fault {
        Some(Fault::JobNeverEnds) => {}
        Some(Fault::JobFails { reason }) => push(end, Step::Fail(reason.clone())),
        Some(Fault::DoneWithoutOutput {
            output_after_seconds,
        }) => {
            push(end, Step::Claim);
            if let Some(seconds) = output_after_seconds {
                push(later(*seconds), Step::Finish);
            }
        }
        Some(Fault::FailsThenDone { delay_seconds }) => {
            push(end, Step::Fail("a worker was lost".to_owned()));
            push(later(*delay_seconds), Step::Finish);
        }
        _ => push(end, Step::Finish),
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(phase: Phase, previews: bool, fault: Option<Fault>) -> Vec<Step> {
        let rule = JobRule {
            resource: Resource::LinkToVideo,
            phase,
            previews,
        };
        let planned = plan(of(&rule), fault.as_ref(), &mut Ids::new(0));
        assert!(planned.iter().map(|planned| planned.at).is_sorted());
        planned.into_iter().map(|planned| planned.step).collect()
    }

    fn of(rule: &JobRule) -> Plan<'_> {
        Plan {
            rule,
            start: 0,
            length_ms: 30_000,
            skips: false,
        }
    }

    #[test]
    fn a_phase_goes_through_the_queue_and_a_list_of_previews_stays_pending() {
        let render = steps(Phase::Render, false, None);
        assert_eq!(render, [Step::Queue, Step::Run, Step::Finish]);
        let list = steps(Phase::Preview, true, None);
        assert_eq!(list, [Step::Bill, Step::Finish]);
    }

    #[test]
    fn faults_change_how_it_ends() {
        let render = |fault| steps(Phase::Render, false, Some(fault));
        let unknown = render(Fault::UnknownStatus("odd".to_owned()));
        assert_eq!(unknown, [Step::Queue, Step::Odd("odd".to_owned())]);
        let endless = render(Fault::JobNeverEnds);
        assert_eq!(endless, [Step::Queue, Step::Run]);
        let rejected = render(Fault::JobRejected);
        assert_eq!(rejected, [Step::Queue, Step::Reject]);
        let claimed = render(Fault::DoneWithoutOutput {
            output_after_seconds: Some(2),
        });
        assert_eq!(claimed[2..], [Step::Claim, Step::Finish]);
    }

    #[test]
    fn statuses_are_skipped_where_that_is_asked_for_and_every_phase_still_ends() {
        let rule = JobRule {
            resource: Resource::LipsyncV2,
            phase: Phase::Generate,
            previews: false,
        };
        let skipping = Plan {
            skips: true,
            ..of(&rule)
        };
        let mut lengths = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let planned = plan(skipping, None, &mut Ids::new(seed));
            assert_eq!(planned.back().unwrap().step, Step::Finish);
            lengths.insert(planned.len());
        }
        assert!(lengths.iter().eq(&[1, 2, 3]), "{lengths:?}");
    }

    #[test]
    fn absurd_lengths_do_not_overflow_the_plan() {
        let rule = JobRule {
            resource: Resource::LipsyncV2,
            phase: Phase::Generate,
            previews: false,
        };
        let absurd = Plan {
            start: i64::MAX - 10,
            length_ms: i64::MAX,
            ..of(&rule)
        };
        assert_eq!(plan(absurd, None, &mut Ids::new(0)).len(), 3);
    }
}
