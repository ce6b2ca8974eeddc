//! The job machine: takes in what happened, says what to do next, and does nothing itself.
//!
//! It neither sends requests nor sleeps nor reads a clock; the caller does, and tells it. Prices
//! and budgets are no concern of it.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::evidence::{Baseline, Evidence};
use super::life_cycle::LifeCycle;
use super::snapshot::Snapshot;
use super::stage::Stage;
use super::status::Status;
use super::video::VideoMark;
use crate::pricing::{Operation, Phase};
use crate::schedule::{Millis, Schedule};

/// How long a doubtful end waits before it is looked at once more, in milliseconds.
const SECOND_LOOK: u64 = 2_000;

/// After how many milliseconds an unanswered request is taken for lost.
const LOST_REQUEST: u64 = 60_000;

/// How many different unknown statuses are reported; more are kept without a word.
const UNKNOWN_STATUSES: usize = 8;

/// One job, from its submission to its end, through one phase or several.
///
/// # The contract: inputs in, outputs out
///
/// Call `handle_*` for what happened. Then call [`Machine::poll_output`] until it says
/// [`Output::WaitUntil`], [`Output::Finished`] or [`Output::DeadlinePassed`]; for each
/// [`Output::Request`] read the job and hand in the answer, or [`Machine::handle_read_failed`].
///
/// Every input has a defined effect, at any time: answers may come twice, late, out of order, or
/// after the end. An answer belongs to the phase that was open when its request **was sent**.
/// An end is never left again, except that two different ends become [`Stage::Conflict`].
///
/// # Example
///
/// ```
/// use creatify_core::Operation;
/// use creatify_core::job::{Field, Machine, Output, Outputs, Snapshot, Stage, Status};
/// use creatify_core::schedule::{Millis, Schedule};
///
/// let mut machine = Machine::new(Operation::CustomTemplateGenerate, Schedule::default())?;
/// machine.handle_submitted(Millis(0));
/// assert_eq!(machine.poll_output(Millis(0)), Output::WaitUntil(Millis(1_000)));
/// assert_eq!(machine.poll_output(Millis(1_000)), Output::Request);
///
/// // Done, but the video is not there: the job is looked at once more.
/// machine.handle_snapshot(&Snapshot::new(Status::Done), Millis(1_000));
/// assert_eq!(machine.poll_output(Millis(1_500)), Output::WaitUntil(Millis(3_000)));
/// assert_eq!(machine.poll_output(Millis(3_000)), Output::Request);
///
/// let video = Outputs::NONE.with(Field::VideoOutput);
/// machine.handle_snapshot(&Snapshot::new(Status::Done).with_outputs(video), Millis(3_000));
/// assert_eq!(machine.poll_output(Millis(3_100)), Output::Finished(Stage::Succeeded));
/// # Ok::<(), creatify_core::job::MachineError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    schedule: Schedule,
    /// The first phase and each accepted render, oldest first; never empty.
    phases: Vec<PhaseView>,
    render: Option<RenderInFlight>,
    clock: Option<Clock>,
    doubt: Option<Doubt>,
    unknown: Vec<String>,
    unreported: VecDeque<String>,
}

/// What is known of one phase.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PhaseView {
    cycle: &'static LifeCycle,
    /// Requests sent from here on belong to this phase.
    opened_at: Millis,
    /// How the job looked before; `None` for a phase that starts the job.
    baseline: Option<Baseline>,
    evidence: Evidence,
}

/// A render that was sent and not answered yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RenderInFlight {
    cycle: &'static LifeCycle,
    sent_at: Millis,
    baseline: Baseline,
    evidence: Evidence,
}

/// When to look next, since the phase was submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Clock {
    started: Millis,
    looks: u32,
    next_look: Millis,
    /// When the request that is not answered yet was sent.
    in_flight: Option<Millis>,
}

/// A doubtful end: when it was first seen, and whether a later answer agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Doubt {
    since: Millis,
    is_confirmed: bool,
}

/// What the machine wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Nothing until then; call again at that time, or after the next input.
    WaitUntil(Millis),
    /// Read the job now; the request counts as sent at the time of this call.
    Request,
    /// Tell the user, once, that the server said something this version does not know.
    UnknownStatus(String),
    /// The phase is over; every later call says so again.
    Finished(Stage),
    /// The schedule's patience is over; the job itself runs on.
    DeadlinePassed(Stage),
}

impl Machine {
    /// A machine for a job that this operation starts, or that it continues as a render.
    ///
    /// For a render whose preview this machine has not seen, such as one resumed in a later
    /// process, an answer that looks like a finished preview does not end it.
    ///
    /// # Errors
    ///
    /// [`MachineError::NoJob`] when the operation makes no job.
    pub fn new(operation: Operation, schedule: Schedule) -> Result<Machine, MachineError> {
        let cycle = LifeCycle::of(operation).ok_or(MachineError::NoJob { operation })?;
        let baseline = (cycle.phase == Phase::Render).then(|| Baseline::new(cycle, None));
        let evidence = Evidence::default();
        let first = PhaseView {
            cycle,
            opened_at: Millis(0),
            baseline,
            evidence,
        };
        Ok(Machine {
            schedule,
            phases: alloc::vec![first],
            render: None,
            clock: None,
            doubt: None,
            unknown: Vec::new(),
            unreported: VecDeque::new(),
        })
    }

    /// Says that the job had this video before it was rendered, as [`JobRef`](super::JobRef) keeps it:
    /// it does not end the render. Nothing for a job that is not rendered.
    #[must_use]
    pub fn with_earlier_video(mut self, video: Option<VideoMark>) -> Machine {
        if let Some(first) = self.phases.first_mut() {
            let baseline = first.baseline.take();
            first.baseline = baseline.map(|baseline| baseline.with_video(video));
        }
        self
    }

    /// The job was accepted, or is resumed; looking at it begins.
    ///
    /// A second call changes nothing.
    pub fn handle_submitted(&mut self, now: Millis) {
        if self.clock.is_none() {
            self.restart(now);
        }
    }

    /// The server said this about the job, to a request sent at `sent_at`.
    pub fn handle_snapshot(&mut self, snapshot: &Snapshot, sent_at: Millis) {
        self.handle_submitted(sent_at);
        self.note_unknown(snapshot.status());
        match &mut self.render {
            Some(render)
                if sent_at >= render.sent_at
                    && render.baseline.is_left_by(render.cycle, snapshot) =>
            {
                let baseline = Some(&render.baseline);
                let evidence = Evidence::of(render.cycle, baseline, snapshot, sent_at);
                render.evidence = core::mem::take(&mut render.evidence).join(evidence);
            }
            _ => {
                if let Some(view) = self.phase_at(sent_at) {
                    let baseline = view.baseline.as_ref();
                    let evidence = Evidence::of(view.cycle, baseline, snapshot, sent_at);
                    view.evidence = core::mem::take(&mut view.evidence).join(evidence);
                }
            }
        }
        self.note_doubt(sent_at);
        self.note_answer(sent_at);
    }

    /// The last request was not answered, or not with a job; it is tried again on schedule.
    pub fn handle_read_failed(&mut self, now: Millis) {
        self.note_answer(now);
    }

    /// Something, such as a webhook, says that a look is worth while.
    pub fn handle_wake(&mut self, now: Millis) {
        if let Some(clock) = &mut self.clock {
            clock.next_look = clock.next_look.min(now);
        }
    }

    /// A render of this job is being sent; until it is accepted or refused, answers count for
    /// the old phase unless they can only come from the render.
    ///
    /// # Errors
    ///
    /// [`MachineError::NotARender`] when the operation does not render this kind of job.
    pub fn handle_render_sent(
        &mut self,
        operation: Operation,
        now: Millis,
    ) -> Result<(), MachineError> {
        let cycle = self.render_cycle(operation)?;
        let baseline = Baseline::new(cycle, self.latest());
        self.render = Some(RenderInFlight {
            cycle,
            sent_at: now,
            baseline,
            evidence: Evidence::default(),
        });
        Ok(())
    }

    /// A render of this job was accepted: the next phase begins, and looking begins anew.
    ///
    /// Each call opens a phase, so it is made once for each accepted render.
    ///
    /// # Errors
    ///
    /// [`MachineError::NotARender`] when the operation does not render this kind of job.
    pub fn handle_render_accepted(
        &mut self,
        operation: Operation,
        now: Millis,
    ) -> Result<(), MachineError> {
        let cycle = self.render_cycle(operation)?;
        let (baseline, evidence) = match self.render.take() {
            Some(render) => (render.baseline, render.evidence),
            None => (Baseline::new(cycle, self.latest()), Evidence::default()),
        };
        self.phases.push(PhaseView {
            cycle,
            opened_at: now,
            baseline: Some(baseline),
            evidence,
        });
        self.doubt = None;
        self.restart(now);
        self.note_doubt(now);
        Ok(())
    }

    /// A render of this job was refused: the old phase stays as it is.
    pub fn handle_render_refused(&mut self) {
        self.render = None;
    }

    /// Takes out what to do next; see the contract at [`Machine`].
    pub fn poll_output(&mut self, now: Millis) -> Output {
        if let Some(text) = self.unreported.pop_front() {
            return Output::UnknownStatus(text);
        }
        let stage = self.stage();
        let is_believed =
            !stage.is_doubtful() || self.doubt.is_some_and(|doubt| doubt.is_confirmed);
        if stage.is_final() && is_believed {
            return Output::Finished(stage);
        }
        let Some(clock) = &mut self.clock else {
            // Nothing to look at before the job is submitted.
            return Output::WaitUntil(Millis(u64::MAX));
        };
        let deadline = self.schedule.deadline(clock.started);
        if deadline.is_some_and(|deadline| deadline <= now) {
            return Output::DeadlinePassed(stage);
        }
        let wake = match clock.in_flight {
            Some(sent_at) if now < sent_at.after(LOST_REQUEST) => sent_at.after(LOST_REQUEST),
            None if now < clock.next_look => clock.next_look,
            _ => {
                clock.in_flight = Some(now);
                clock.looks = clock.looks.saturating_add(1);
                return Output::Request;
            }
        };
        Output::WaitUntil(deadline.map_or(wake, |deadline| wake.min(deadline)))
    }

    /// What is concluded about the newest phase.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.newest()
            .map_or(Stage::Waiting, |view| view.evidence.stage(view.cycle))
    }

    /// The newest answer about the newest phase of which anything was said.
    #[must_use]
    pub fn latest(&self) -> Option<&Snapshot> {
        self.phases
            .iter()
            .rev()
            .find_map(|view| view.evidence.latest())
    }

    /// The life cycle of the newest phase.
    #[must_use]
    pub fn life_cycle(&self) -> Option<&'static LifeCycle> {
        self.newest().map(|view| view.cycle)
    }

    /// How many times the newest phase was looked at.
    #[must_use]
    pub fn looks(&self) -> u32 {
        self.clock.map_or(0, |clock| clock.looks)
    }

    /// Whether an answer shows that the render which is still unanswered was received.
    #[must_use]
    pub fn is_render_seen(&self) -> bool {
        self.render
            .as_ref()
            .is_some_and(|render| !render.evidence.is_empty())
    }

    fn newest(&self) -> Option<&PhaseView> {
        self.phases.last()
    }

    /// The phase that was open at that time; the first one for anything earlier.
    fn phase_at(&mut self, sent_at: Millis) -> Option<&mut PhaseView> {
        let later = self
            .phases
            .iter()
            .skip(1)
            .filter(|view| view.opened_at <= sent_at)
            .count();
        self.phases.get_mut(later)
    }

    fn render_cycle(&self, operation: Operation) -> Result<&'static LifeCycle, MachineError> {
        let resource = self.newest().map(|view| view.cycle.resource);
        LifeCycle::of(operation)
            .filter(|cycle| cycle.phase == Phase::Render && Some(cycle.resource) == resource)
            .ok_or(MachineError::NotARender { operation })
    }

    fn restart(&mut self, now: Millis) {
        let next_look = now.after(self.schedule.delay(0));
        self.clock = Some(Clock {
            started: now,
            looks: 0,
            next_look,
            in_flight: None,
        });
    }

    /// Plans the next look when the request in flight, sent by that time, is answered.
    fn note_answer(&mut self, sent_at: Millis) {
        let schedule = self.schedule;
        let Some(clock) = &mut self.clock else { return };
        if clock
            .in_flight
            .is_some_and(|in_flight| in_flight <= sent_at)
        {
            clock.in_flight = None;
            clock.next_look = sent_at.after(schedule.delay(clock.looks));
        }
        if self.doubt
            == Some(Doubt {
                since: sent_at,
                is_confirmed: false,
            })
        {
            clock.next_look = clock.next_look.min(sent_at.after(SECOND_LOOK));
        }
    }

    /// A doubtful end is believed when an answer to a later request leaves it standing.
    fn note_doubt(&mut self, sent_at: Millis) {
        self.doubt = match self.doubt {
            _ if !self.stage().is_doubtful() => None,
            None => Some(Doubt {
                since: sent_at,
                is_confirmed: false,
            }),
            Some(Doubt {
                since,
                is_confirmed,
            }) => Some(Doubt {
                since,
                is_confirmed: is_confirmed || sent_at > since,
            }),
        };
    }

    fn note_unknown(&mut self, status: &Status) {
        if let Status::Unknown(text) = status {
            if self.unknown.len() < UNKNOWN_STATUSES && !self.unknown.contains(text) {
                self.unknown.push(text.clone());
                self.unreported.push_back(text.clone());
            }
        }
    }
}

/// Why a machine cannot take something in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MachineError {
    /// The operation makes no job that could be waited for.
    NoJob {
        /// The operation asked for.
        operation: Operation,
    },
    /// The operation does not render this kind of job.
    NotARender {
        /// The operation asked for.
        operation: Operation,
    },
}

impl fmt::Display for MachineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MachineError::NoJob { operation } => {
                write!(f, "{operation} makes no job to wait for; wait for one of ")?;
                let operations = LifeCycle::all().iter().flat_map(|cycle| cycle.operations);
                crate::pricing::list(f, operations)
            }
            MachineError::NotARender { operation } => {
                write!(
                    f,
                    "{operation} does not render this job; use its own render operation"
                )
            }
        }
    }
}

impl core::error::Error for MachineError {}
