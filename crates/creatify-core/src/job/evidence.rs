//! What all answers about one phase of a job say together, whatever order they came in.
//!
//! Answers are delayed, repeated and overtaken. Each becomes an [`Evidence`], and evidence is
//! merged by [`Evidence::join`], which does not care for order or repetition. Which phase an
//! answer belongs to is decided by the machine, not here.

use super::life_cycle::{LifeCycle, When};
use super::snapshot::{Outputs, Snapshot};
use super::stage::Stage;
use super::status::Status;
use super::video::VideoMark;
use crate::pricing::Phase;
use crate::schedule::{Millis, Moment};

/// How long the old `done` must go on before it is believed to be the render's own: since the render
/// was seen to start, or, with the old video, since it was first seen. A guess: nothing is published on how far a read can lag.
const LAG: u64 = 60_000;

/// How far a phase has come: a lattice of eight states.
///
/// `Unseen < Pending < InQueue < Running < {Done, Failed, Rejected} < Conflict`; the three ends
/// are not comparable, and two different ends together are a [`Progress::Conflict`].
///
/// # Example: an end is never left, and two ends are never a success
///
/// ```
/// use creatify_core::job::Progress;
///
/// assert_eq!(Progress::Failed.join(Progress::Running), Progress::Failed);
/// assert_eq!(Progress::Failed.join(Progress::Done), Progress::Conflict);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Progress {
    /// Nothing has been said yet.
    #[default]
    Unseen,
    /// Created.
    Pending,
    /// Waiting.
    InQueue,
    /// Being worked on; also under any status that is not known.
    Running,
    /// Over, with a result if its output is there.
    Done,
    /// Over without a result.
    Failed,
    /// Over without a result.
    Rejected,
    /// Said to be over in two different ways.
    Conflict,
}

impl Progress {
    /// Every state, in an order that agrees with the lattice.
    pub const ALL: &'static [Progress] = &[
        Progress::Unseen,
        Progress::Pending,
        Progress::InQueue,
        Progress::Running,
        Progress::Done,
        Progress::Failed,
        Progress::Rejected,
        Progress::Conflict,
    ];

    /// The least state that is not below either.
    #[must_use]
    pub const fn join(self, other: Progress) -> Progress {
        if self.rank() > other.rank() {
            self
        } else if self.rank() < other.rank() || self as u8 == other as u8 {
            other
        } else {
            Progress::Conflict
        }
    }

    /// Whether the phase is over, in whatever way.
    #[must_use]
    pub const fn is_end(self) -> bool {
        self.rank() >= Progress::Done.rank()
    }

    const fn rank(self) -> u8 {
        match self {
            Progress::Unseen => 0,
            Progress::Pending => 1,
            Progress::InQueue => 2,
            Progress::Running => 3,
            Progress::Done | Progress::Failed | Progress::Rejected => 4,
            Progress::Conflict => 5,
        }
    }

    /// What one answer says of a phase.
    fn of(cycle: &LifeCycle, snapshot: &Snapshot) -> Progress {
        if cycle.is_finished_by(snapshot) {
            return Progress::Done;
        }
        match snapshot.status() {
            Status::Rejected => Progress::Rejected,
            status if cycle.is_failure(status) => Progress::Failed,
            Status::Pending => Progress::Pending,
            Status::InQueue => Progress::InQueue,
            Status::Done => Progress::Done,
            _ => Progress::Running,
        }
    }
}

/// What a job looked like before a render of it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Baseline {
    /// The newest answer from before, if there was any.
    last: Option<Snapshot>,
    /// Whether `done` may still be the word on the preview, or on an earlier render.
    is_done_old: bool,
    /// The video that it had already.
    video: Option<VideoMark>,
}

impl Baseline {
    /// The job as last seen, before a phase of that life cycle.
    pub(crate) fn new(cycle: &LifeCycle, last: Option<&Snapshot>) -> Baseline {
        let ends_done = LifeCycle::all()
            .iter()
            .find(|other| other.resource == cycle.resource && other.phase == Phase::Preview)
            .is_none_or(|preview| preview.finished.when == When::Done);
        let was_done = last.is_some_and(|last| *last.status() == Status::Done);
        Baseline {
            last: last.cloned(),
            is_done_old: ends_done || was_done,
            video: last.and_then(Snapshot::video),
        }
    }

    /// The same for a job that is known to have had that video, as when it is resumed.
    pub(crate) fn with_video(mut self, video: Option<VideoMark>) -> Baseline {
        self.is_done_old |= video.is_some();
        self.video = video.or(self.video);
        self
    }

    /// Whether an answer shows the video that was there before.
    fn has_old_video(&self, snapshot: &Snapshot) -> bool {
        self.video.is_some() && snapshot.video() == self.video
    }

    /// Whether an answer can only have been given once the render had begun.
    ///
    /// A bill that grows from 0 proves nothing: the preview's own is filled in late.
    pub(crate) fn is_left_by(&self, cycle: &LifeCycle, snapshot: &Snapshot) -> bool {
        let field = cycle.finished.field;
        let is_status_new = match (snapshot.status(), &self.last) {
            (Status::Done, _) => !self.is_done_old,
            (status, Some(last)) => status != last.status(),
            (status, None) => *status != Status::Pending,
        };
        // None at all may be a word from before the earlier render.
        let other = |video| self.video.is_some_and(|old| old != video);
        let is_video_new = snapshot.video().is_some_and(other);
        let Some(last) = &self.last else {
            let is_first = self.video.is_none() && snapshot.outputs().has(field);
            return is_status_new || is_video_new || is_first;
        };
        let differs = |(old, new): (&str, &str)| old != new;
        let grew = match (last.credits_used(), snapshot.credits_used()) {
            (Some(old), Some(new)) => !old.is_zero() && new > old,
            _ => false,
        };
        is_status_new
            || is_video_new
            || snapshot.outputs().has(field) && !last.outputs().has(field)
            || last
                .media_job()
                .zip(snapshot.media_job())
                .is_some_and(differs)
            || grew
    }
}

/// What all answers about one phase say together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    progress: Progress,
    outputs: Outputs,
    /// When the newest answer that shows this phase at work, or over, was asked for.
    left_at: Moment,
    /// When the newest answer that looks as the job did before this phase was asked for.
    unchanged_at: Moment,
    /// When the oldest answer that shows the video from before this phase was asked for.
    unchanged_from: Moment,
    /// The newest answer, by when it was asked for.
    latest: Option<(Millis, Snapshot)>,
}

impl Evidence {
    /// What one answer says; `baseline` is how the job looked before, for a render.
    pub(crate) fn of(
        cycle: &LifeCycle,
        baseline: Option<&Baseline>,
        snapshot: &Snapshot,
        sent_at: Millis,
    ) -> Evidence {
        let latest = Some((sent_at, snapshot.clone()));
        let progress = Progress::of(cycle, snapshot);
        let sent_at = Moment::at(sent_at);
        let has_old_video = baseline.is_some_and(|baseline| baseline.has_old_video(snapshot));
        if baseline.is_none_or(|baseline| baseline.is_left_by(cycle, snapshot)) {
            let outputs = match has_old_video {
                true => snapshot.outputs().without(cycle.finished.field),
                false => snapshot.outputs(),
            };
            return Evidence {
                progress,
                outputs,
                left_at: sent_at,
                latest,
                ..Evidence::default()
            };
        }
        if progress.is_end() {
            // The end of the phase before says nothing on this one.
            return Evidence {
                unchanged_at: sent_at,
                unchanged_from: if has_old_video { sent_at } else { Moment::NONE },
                latest,
                ..Evidence::default()
            };
        }
        Evidence {
            progress,
            latest,
            ..Evidence::default()
        }
    }

    /// Everything that either says.
    ///
    /// Idempotent, commutative and associative; the default evidence changes nothing.
    pub(crate) fn join(self, other: Evidence) -> Evidence {
        Evidence {
            progress: self.progress.join(other.progress),
            outputs: self.outputs.union(other.outputs),
            left_at: self.left_at.max(other.left_at),
            unchanged_at: self.unchanged_at.max(other.unchanged_at),
            unchanged_from: self.unchanged_from.first(other.unchanged_from),
            latest: self.latest.max(other.latest),
        }
    }

    /// What follows from it for the phase.
    pub(crate) fn stage(&self, cycle: &LifeCycle) -> Stage {
        let since = self.left_at.get().or(self.unchanged_from.get());
        let went_on_unchanged = match (since, self.unchanged_at.get()) {
            (Some(since), Some(unchanged)) => unchanged >= since.after(LAG),
            _ => false,
        };
        match self.progress {
            // The old `done` went on for too long to be old, and so did its video, if it has one.
            progress if went_on_unchanged && !progress.is_end() => {
                let field = cycle.finished.field;
                match self.latest().is_some_and(|last| last.outputs().has(field)) {
                    true => Stage::Succeeded,
                    false => Stage::WithoutOutput,
                }
            }
            Progress::Unseen => Stage::Waiting,
            Progress::Pending | Progress::InQueue => Stage::Queued,
            Progress::Running => Stage::Running,
            Progress::Done if self.outputs.has(cycle.finished.field) => Stage::Succeeded,
            Progress::Done => Stage::WithoutOutput,
            Progress::Failed => Stage::Failed,
            Progress::Rejected => Stage::Rejected,
            Progress::Conflict => Stage::Conflict,
        }
    }

    /// The newest answer, by when it was asked for.
    pub(crate) fn latest(&self) -> Option<&Snapshot> {
        self.latest.as_ref().map(|(_, snapshot)| snapshot)
    }

    /// Whether nothing has been said yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.latest.is_none()
    }
}
