//! A job and its life cycle: the steps planned when a phase is accepted, and what each does to the
//! job. Must not know the clock, the balance or the call-backs: the world moves jobs and pays.

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
#[derive(Debug)]
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
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) created: Millis,
    pub(crate) updated: Millis,
    pub(crate) draft: Draft,
    /// The operation that started the present phase.
    pub(crate) operation: &'static Operation,
    pub(crate) rule: &'static JobRule,
    pub(crate) status: String,
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
    /// What `credits_used` says by now.
    pub(crate) billed: Milli,
    pub(crate) steps: VecDeque<Planned>,
}

/// One of several previews.
#[derive(Debug)]
pub(crate) struct Preview {
    pub(crate) media_job: Uuid,
    pub(crate) style: String,
    pub(crate) url: String,
}

/// A finished video.
#[derive(Debug)]
pub(crate) struct Video {
    pub(crate) url: String,
    pub(crate) thumbnail: String,
}

/// A step and when it is due.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) at: Millis,
    pub(crate) step: Step,
}

/// What happens to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The status changes, and nothing else.
    Status(String),
    /// `credits_used` is filled in while the status stays.
    Bill,
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

    /// The length as `duration` says it: whole seconds, rounded up.
    pub(crate) fn seconds(&self) -> i64 {
        self.draft.length_ms.saturating_add(999) / 1_000
    }
}

/// The steps of one phase, from its acceptance on. Times are made up, in the proportions people
/// report: avatars take about ten times their length, link videos some minutes.
pub(crate) fn plan(
    rule: &JobRule,
    start: Millis,
    length_ms: i64,
    fault: Option<Fault>,
    ids: &mut Ids,
) -> VecDeque<Planned> {
    let work = match (rule.resource, rule.phase) {
        (Resource::LinkToVideo, Phase::Preview) => 60_000,
        (Resource::LinkToVideo, _) => length_ms.saturating_add(240_000),
        (_, Phase::Preview) => length_ms.saturating_add(10_000),
        (Resource::CustomTemplate, _) => length_ms.saturating_mul(4).saturating_add(20_000),
        (Resource::LipsyncV2, _) => length_ms.saturating_mul(10),
    };
    let spread = ids.below((work / 5).unsigned_abs()).cast_signed();
    let queued = start.saturating_add(2_000);
    let running = start.saturating_add(5_000);
    let end = running.saturating_add(work).saturating_add(spread);

    let mut steps = VecDeque::new();
    let mut push = |at, step| steps.push_back(Planned { at, step });
    // A list of previews stays `pending` from beginning to end.
    if !rule.previews {
        push(queued, Step::Status(IN_QUEUE.to_owned()));
    }
    let run = if rule.previews {
        Step::Bill
    } else {
        Step::Status(RUNNING.to_owned())
    };
    match fault {
        Some(Fault::JobRejected) => push(running, Step::Reject),
        Some(Fault::UnknownStatus(status)) => push(running, Step::Status(status)),
        Some(Fault::JobNeverEnds) => push(running, run),
        Some(Fault::JobFails { reason }) => {
            push(running, run);
            push(end, Step::Fail(reason));
        }
        _ => {
            push(running, run);
            push(end, Step::Finish);
        }
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
        let planned = plan(&rule, 0, 30_000, fault, &mut Ids::new(0));
        assert!(planned.iter().map(|planned| planned.at).is_sorted());
        planned.into_iter().map(|planned| planned.step).collect()
    }

    fn status(text: &str) -> Step {
        Step::Status(text.to_owned())
    }

    #[test]
    fn a_phase_goes_through_the_queue_and_a_list_of_previews_stays_pending() {
        let render = steps(Phase::Render, false, None);
        assert_eq!(render, [status(IN_QUEUE), status(RUNNING), Step::Finish]);
        let list = steps(Phase::Preview, true, None);
        assert_eq!(list, [Step::Bill, Step::Finish]);
    }

    #[test]
    fn faults_change_how_it_ends() {
        let render = |fault| steps(Phase::Render, false, Some(fault));
        let unknown = render(Fault::UnknownStatus("odd".to_owned()));
        assert_eq!(unknown, [status(IN_QUEUE), status("odd")]);
        let endless = render(Fault::JobNeverEnds);
        assert_eq!(endless, [status(IN_QUEUE), status(RUNNING)]);
        let rejected = render(Fault::JobRejected);
        assert_eq!(rejected, [status(IN_QUEUE), Step::Reject]);
    }

    #[test]
    fn absurd_lengths_do_not_overflow_the_plan() {
        let rule = JobRule {
            resource: Resource::LipsyncV2,
            phase: Phase::Generate,
            previews: false,
        };
        let planned = plan(&rule, i64::MAX - 10, i64::MAX, None, &mut Ids::new(0));
        assert_eq!(planned.len(), 3);
    }
}
