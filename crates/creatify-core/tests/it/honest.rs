//! Honest answers, delayed, repeated and overtaken: whatever comes in which order, the machine says
//! what the newest one says, and two different ends are never put together.
//!
//! The service of the model is honest: within a phase its job only goes forward, and each answer is
//! how the job was when it was read. The reference knows nothing of how answers are merged: it
//! remembers which of those that arrived was asked for last.

use creatify_core::Operation;
use creatify_core::job::{Field, Machine, Outputs, Snapshot, Stage, Status, VideoMark};
use creatify_core::schedule::{Millis, Schedule};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};

/// How the job stands at the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Pending,
    InQueue,
    Running,
    Done,
    Failed,
    Rejected,
}

/// One answer on its way: when it was asked for, in which phase, and what it says.
#[derive(Clone, Debug)]
struct Answer {
    asked: u64,
    phase: u32,
    at: At,
    keeps_video: bool,
}

impl Answer {
    fn snapshot(&self) -> Snapshot {
        let status = match self.at {
            At::Pending => Status::Pending,
            At::InQueue => Status::InQueue,
            At::Running => Status::Running,
            At::Done => Status::Done,
            At::Failed => Status::Failed,
            At::Rejected => Status::Rejected,
        };
        // Phase 0 is the preview; each render makes a video of its own, at another address.
        let is_ready = self.at == At::Done;
        let has_preview = is_ready || self.phase > 0;
        let video = match (self.phase, is_ready) {
            (0, _) => None,
            (phase, true) => Some(phase),
            (phase, false) => Some(phase - 1).filter(|last| self.keeps_video && *last > 0),
        };
        let outputs = Outputs::NONE
            .with_if(Field::Preview, has_preview)
            .with_if(Field::VideoOutput, video.is_some());
        let snapshot = Snapshot::new(status).with_outputs(outputs);
        match video {
            Some(video) => {
                snapshot.with_video(VideoMark::of(&format!("https://cdn/{video}.mp4"), None))
            }
            None => snapshot,
        }
    }

    fn stage(&self) -> Stage {
        match self.at {
            At::Pending | At::InQueue => Stage::Queued,
            At::Running => Stage::Running,
            At::Done => Stage::Succeeded,
            At::Failed => Stage::Failed,
            At::Rejected => Stage::Rejected,
        }
    }
}

/// The service, the network, and what was seen of both.
#[derive(Clone, Debug)]
struct Model {
    now: u64,
    phase: u32,
    /// When the present phase was accepted.
    opened: u64,
    at: At,
    /// Whether the service shows the old video while a new one is made.
    keeps_video: bool,
    /// Every answer there ever was; the network may deliver each at any time, any number of times.
    answers: Vec<Answer>,
    /// The answer that was asked for last, of those of this phase that arrived.
    newest: Option<Answer>,
}

#[derive(Clone, Debug)]
enum Step {
    /// The job goes on, as far as this.
    Goes(At),
    /// The job is read; the answer is on its way.
    Ask,
    /// An answer arrives, for the first time or again.
    Arrives(Index),
    /// The finished job is rendered, again if it was before.
    Render,
}

impl ReferenceStateMachine for Model {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        any::<bool>()
            .prop_map(|keeps_video| Model {
                now: 1,
                phase: 0,
                opened: 1,
                at: At::Pending,
                keeps_video,
                answers: Vec::new(),
                newest: None,
            })
            .boxed()
    }

    fn transitions(_: &Model) -> BoxedStrategy<Step> {
        let goes = prop_oneof![
            3 => Just(At::InQueue),
            3 => Just(At::Running),
            3 => Just(At::Done),
            1 => Just(At::Failed),
            1 => Just(At::Rejected),
        ];
        prop_oneof![
            3 => goes.prop_map(Step::Goes),
            4 => Just(Step::Ask),
            8 => any::<Index>().prop_map(Step::Arrives),
            1 => Just(Step::Render),
        ]
        .boxed()
    }

    fn preconditions(model: &Model, step: &Step) -> bool {
        match step {
            Step::Goes(to) => model.at < At::Done && *to > model.at,
            Step::Ask => true,
            Step::Arrives(_) => !model.answers.is_empty(),
            // Nobody pays for the render of what was not seen to be ready.
            Step::Render => model.newest.as_ref().is_some_and(|one| one.at == At::Done),
        }
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        model.now += 1_000;
        match step {
            Step::Goes(to) => model.at = *to,
            Step::Ask => model.answers.push(Answer {
                asked: model.now,
                phase: model.phase,
                at: model.at,
                keeps_video: model.keeps_video,
            }),
            Step::Arrives(which) => {
                let answer = which.get(&model.answers).clone();
                let is_newer = |newest: &Answer| newest.asked <= answer.asked;
                if answer.asked >= model.opened && model.newest.as_ref().is_none_or(is_newer) {
                    model.newest = Some(answer);
                }
            }
            Step::Render => {
                model.phase += 1;
                model.opened = model.now;
                model.at = At::Pending;
                model.newest = None;
            }
        }
        model
    }
}

struct Honest;

impl StateMachineTest for Honest {
    type SystemUnderTest = Machine;
    type Reference = Model;

    fn init_test(model: &Model) -> Machine {
        let operation = Operation::CustomTemplatePreview;
        let mut machine = Machine::new(operation, Schedule::default()).unwrap();
        machine.handle_submitted(Millis(model.now));
        machine
    }

    fn apply(mut machine: Machine, model: &Model, step: Step) -> Machine {
        match step {
            Step::Arrives(which) => {
                let answer = which.get(&model.answers);
                machine.handle_snapshot(&answer.snapshot(), Millis(answer.asked));
            }
            Step::Render => {
                let (operation, now) = (Operation::CustomTemplateRender, Millis(model.now));
                machine.handle_render_sent(operation, now).unwrap();
                machine.handle_render_accepted(operation, now).unwrap();
            }
            Step::Goes(_) | Step::Ask => {}
        }
        machine
    }

    fn check_invariants(machine: &Machine, model: &Model) {
        let expected = model.newest.as_ref();
        let stage = expected.map_or(Stage::Waiting, Answer::stage);
        assert_eq!(machine.stage(), stage, "of phase {}", model.phase);
        if let Some(newest) = expected {
            assert_eq!(machine.latest(), Some(&newest.snapshot()));
        }
    }
}

prop_state_machine! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn delay_repetition_and_reordering_leave_the_newest(sequential 1..60 => Honest);
}
