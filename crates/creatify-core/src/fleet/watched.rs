//! One job of the fleet: what was said of it so far, what follows, and when it was looked at.
//!
//! What follows is decided by the same evidence as in [`crate::job::Machine`]; nothing is decided
//! here that the machine decides otherwise.

use super::durations::SHORTEST_INTERVAL;
use super::output::ReadId;
use super::submission::Submission;
use crate::job::{Baseline, Evidence, LifeCycle, Phase, Snapshot, Stage, VideoMark};
use crate::schedule::{Millis, Moment};

/// How long a doubtful end waits before it is looked at once more, in milliseconds.
const SECOND_LOOK: u64 = 2_000;

/// A job that is watched.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) cycle: &'static LifeCycle,
    pub(super) class: u32,
    pub(super) looks: u32,
    /// Reads in a row that said nothing.
    pub(super) failures: u32,
    pub(super) has_webhook: bool,
    /// Whether it is read by itself, because a list did not show it.
    pub(super) is_single: bool,
    /// The read under way that asks for it.
    pub(super) in_read: Option<ReadId>,
    pub(super) was_seen: bool,
    /// Since when the service says that it does not know the job.
    pub(super) missing: Moment,
    is_confirmed: bool,
    /// When it began, where that is known.
    began: Moment,
    pub(super) deadline: Millis,
    pub(super) next_look: Millis,
    /// When the newest answer was asked for.
    last_look: Moment,
    /// When a webhook last asked for a look.
    pub(super) woken: Moment,
    /// Since when its end is in doubt.
    doubted: Moment,
    /// The video that it had before it was rendered.
    earlier_video: Option<VideoMark>,
    evidence: Evidence,
}

impl Watched {
    pub(super) fn new(submission: &Submission, class: u32, now: Millis) -> Watched {
        let began = match submission.age {
            Some(age) => Moment::at(Millis(now.0.saturating_sub(age))),
            None => Moment::NONE,
        };
        let deadline = submission
            .patience
            .map_or(Millis(u64::MAX), |patience| now.after(patience));
        Watched {
            cycle: submission.cycle,
            class,
            looks: 0,
            failures: 0,
            has_webhook: submission.has_webhook,
            is_single: false,
            in_read: None,
            was_seen: false,
            missing: Moment::NONE,
            is_confirmed: false,
            began,
            deadline,
            next_look: now,
            last_look: Moment::NONE,
            woken: Moment::NONE,
            doubted: Moment::NONE,
            earlier_video: submission.earlier_video,
            evidence: Evidence::default(),
        }
    }

    /// The server said this, to a request sent at `sent_at`.
    pub(super) fn take_in(&mut self, snapshot: &Snapshot, sent_at: Millis) {
        let baseline = (self.cycle.phase == Phase::Render)
            .then(|| Baseline::new(self.cycle, None).with_video(self.earlier_video));
        let evidence = Evidence::of(self.cycle, baseline.as_ref(), snapshot, sent_at);
        self.evidence = core::mem::take(&mut self.evidence).join(evidence);
        self.was_seen = true;
        self.failures = 0;
        self.missing = Moment::NONE;
        self.last_look = self.last_look.max(Moment::at(sent_at));
        if !self.stage().is_doubtful() {
            self.doubted = Moment::NONE;
            self.is_confirmed = false;
        } else if let Some(since) = self.doubted.get() {
            self.is_confirmed |= sent_at > since;
        } else {
            self.doubted = Moment::at(sent_at);
        }
    }

    pub(super) fn stage(&self) -> Stage {
        self.evidence.stage(self.cycle)
    }

    /// The end, once it is believed.
    pub(super) fn end(&self) -> Option<Stage> {
        let stage = self.stage();
        let is_believed = !stage.is_doubtful() || self.is_confirmed;
        (stage.is_final() && is_believed).then_some(stage)
    }

    /// When a doubtful end is to be looked at once more.
    pub(super) fn second_look(&self) -> Option<Millis> {
        let doubted = self.doubted.get().filter(|_| !self.is_confirmed);
        doubted.map(|since| since.after(SECOND_LOOK))
    }

    /// The age at a time, in milliseconds; none where nobody knows when the job began.
    pub(super) fn age(&self, at: Millis) -> Option<u64> {
        self.began.get().map(|began| at.since(began))
    }

    /// The age at the newest answer.
    pub(super) fn looked_age(&self) -> Option<u64> {
        self.last_look.get().and_then(|at| self.age(at))
    }

    /// When a webhook that comes now leads to a look: at once, but for the distance to the last.
    pub(super) fn soonest_wake(&self, now: Millis) -> Millis {
        let last_look = self.last_look.get().filter(|_| self.looks > 0);
        last_look.map_or(now, |last| now.max(last.after(SHORTEST_INTERVAL)))
    }

    /// Whether half of the time between the last look and the next has passed; never before the
    /// first look, which waits for the earliest finish.
    pub(super) fn is_half_due(&self, now: Millis) -> bool {
        self.looks > 0
            && self
                .last_look
                .get()
                .is_some_and(|last| now.since(last) >= self.next_look.since(last) / 2)
    }
}
