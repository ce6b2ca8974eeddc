//! The job machine: scripts of what happened, and what holds for any order of answers.

use creatify_core::Operation;
use creatify_core::job::{Field, Machine, MachineError, Output, Outputs, Snapshot, Stage, Status};
use creatify_core::schedule::{Millis, Schedule};
use proptest::prelude::*;

fn machine(operation: Operation) -> Machine {
    let mut machine = Machine::new(operation, Schedule::default()).unwrap();
    machine.handle_submitted(Millis(0));
    machine
}

/// An answer as `status` or `status+output+output`.
fn answer(text: &str) -> Snapshot {
    let mut parts = text.split('+');
    let status = Status::from(parts.next().unwrap());
    let outputs = parts.fold(Outputs::NONE, |outputs, name| {
        let field = Field::ALL
            .iter()
            .find(|field| field.as_str() == name)
            .unwrap();
        outputs.with(*field)
    });
    Snapshot::new(status).with_outputs(outputs)
}

/// Hands in answers, a second apart from `start` on, and says what is concluded after each.
fn stages(machine: &mut Machine, start: u64, answers: &[&str]) -> Vec<Stage> {
    let mut stages = Vec::new();
    for (index, text) in (0..).zip(answers) {
        machine.handle_snapshot(&answer(text), Millis(start + index * 1_000));
        stages.push(machine.stage());
    }
    stages
}

/// The output once everything that is only told is taken out.
fn settled(machine: &mut Machine, now: u64) -> Output {
    loop {
        match machine.poll_output(Millis(now)) {
            Output::UnknownStatus(_) => {}
            output => return output,
        }
    }
}

use Operation::{
    CustomTemplateGenerate as Generate, CustomTemplatePreview as Preview,
    CustomTemplateRender as Render, LinkToVideoPreviewList as PreviewList,
    LinkToVideoRenderSinglePreview as RenderSingle, LipsyncV2Generate as Avatar,
};

#[test]
fn finished_means_what_the_table_says_for_each_phase() {
    use Stage::{Failed, Queued, Rejected, Running, Succeeded, WithoutOutput};

    let cases: [(Operation, &[&str], &[Stage]); 9] = [
        (
            Generate,
            &["pending", "in_queue", "running", "done+video_output"],
            &[Queued, Queued, Running, Succeeded],
        ),
        (
            Generate,
            &["done", "done+preview"],
            &[WithoutOutput, WithoutOutput],
        ),
        (Generate, &["running", "rejected"], &[Running, Rejected]),
        (
            Preview,
            &["running+preview", "done+preview"],
            &[Running, Succeeded],
        ),
        (
            PreviewList,
            &["pending", "pending+previews"],
            &[Queued, Succeeded],
        ),
        (PreviewList, &["failed+previews"], &[Failed]),
        (PreviewList, &["polishing+previews"], &[Succeeded]),
        (
            Avatar,
            &["done+video_output", "done+output"],
            &[WithoutOutput, Succeeded],
        ),
        (Avatar, &["failed"], &[Failed]),
    ];
    for (operation, answers, expected) in cases {
        assert_eq!(
            stages(&mut machine(operation), 1_000, answers),
            expected,
            "{operation}"
        );
    }
}

#[test]
fn a_template_is_previewed_and_then_rendered_under_one_id() {
    let mut job = machine(Preview);
    assert_eq!(
        stages(&mut job, 1_000, &["running", "done+preview"])[1],
        Stage::Succeeded
    );
    assert_eq!(settled(&mut job, 2_500), Output::Finished(Stage::Succeeded));

    job.handle_render_accepted(Render, Millis(10_000)).unwrap();
    assert_eq!(job.stage(), Stage::Waiting);
    assert_eq!(settled(&mut job, 10_000), Output::WaitUntil(Millis(11_000)));
    // The preview's `done` still stands for a while and is no end of the render.
    let old = ["done+preview", "done+preview"];
    assert_eq!(stages(&mut job, 11_000, &old), [Stage::Waiting; 2]);
    let new = ["running+preview", "done+preview+video_output"];
    assert_eq!(
        stages(&mut job, 13_000, &new),
        [Stage::Running, Stage::Succeeded]
    );
}

#[test]
fn a_list_of_previews_is_ready_under_pending_and_then_rendered() {
    let mut job = machine(PreviewList);
    assert_eq!(
        stages(&mut job, 1_000, &["pending+previews"]),
        [Stage::Succeeded]
    );
    job.handle_render_accepted(RenderSingle, Millis(5_000))
        .unwrap();
    let render = [
        "pending+previews",
        "running+previews",
        "done+previews+video_output",
    ];
    let expected = [Stage::Queued, Stage::Running, Stage::Succeeded];
    assert_eq!(stages(&mut job, 6_000, &render), expected);
}

#[test]
fn an_answer_asked_for_before_the_render_does_not_end_it() {
    let mut job = machine(PreviewList);
    stages(&mut job, 1_000, &["pending+previews"]);
    job.handle_render_accepted(RenderSingle, Millis(5_000))
        .unwrap();
    for late in ["done+previews+video_output", "failed", "pending+previews"] {
        job.handle_snapshot(&answer(late), Millis(4_999));
        assert_eq!(job.stage(), Stage::Waiting, "{late}");
    }
}

#[test]
fn a_failed_render_is_seen_at_once() {
    for failure in ["failed+preview", "rejected+preview"] {
        let mut job = machine(Preview);
        stages(&mut job, 1_000, &["done+preview"]);
        job.handle_render_accepted(Render, Millis(5_000)).unwrap();
        job.handle_snapshot(&answer(failure), Millis(6_000));
        assert!(matches!(settled(&mut job, 6_000), Output::Finished(stage) if !stage.is_success()));
    }
}

#[test]
fn a_render_resumed_in_a_later_process_waits_through_the_old_done() {
    let mut job = machine(Render);
    let answers = [
        "done+preview",
        "running+preview",
        "done+preview+video_output",
    ];
    let expected = [Stage::Waiting, Stage::Running, Stage::Succeeded];
    assert_eq!(stages(&mut job, 1_000, &answers), expected);
    assert_eq!(
        stages(
            &mut machine(RenderSingle),
            1_000,
            &["pending+previews", "done+previews"]
        ),
        [Stage::Queued, Stage::WithoutOutput]
    );
}

#[test]
fn a_render_that_stays_done_without_a_video_is_no_success() {
    let mut job = machine(Preview);
    stages(&mut job, 1_000, &["done+preview"]);
    job.handle_render_accepted(Render, Millis(5_000)).unwrap();
    stages(&mut job, 6_000, &["running+preview"]);
    // A read that lags shows the old `done` once more; only when it goes on is it the render's.
    for (second, expected) in [
        (7, Stage::Running),
        (65, Stage::Running),
        (66, Stage::WithoutOutput),
    ] {
        job.handle_snapshot(&answer("done+preview"), Millis(second * 1_000));
        assert_eq!(job.stage(), expected, "{second}");
    }
    // An earlier answer that comes late takes nothing back.
    job.handle_snapshot(&answer("done+preview"), Millis(7_500));
    assert_eq!(job.stage(), Stage::WithoutOutput);
}

#[test]
fn a_second_render_does_not_end_with_the_video_of_the_first() {
    let mut job = machine(PreviewList);
    stages(&mut job, 1_000, &["pending+previews"]);
    job.handle_render_accepted(RenderSingle, Millis(5_000))
        .unwrap();
    stages(&mut job, 6_000, &["done+previews+video_output"]);
    job.handle_render_accepted(RenderSingle, Millis(9_000))
        .unwrap();
    let answers = [
        "done+previews+video_output",
        "running+previews",
        "done+previews+video_output",
    ];
    let later: Vec<Stage> = stages(&mut job, 10_000, &answers[..2]);
    assert_eq!(later, [Stage::Waiting, Stage::Running]);

    let mut job = job.clone();
    let other = answer(answers[2]).with_media_job("another");
    job.handle_snapshot(&other, Millis(12_000));
    assert_ne!(
        job.stage(),
        Stage::Succeeded,
        "the media job was unknown before"
    );
}

#[test]
fn an_unanswered_render_is_found_by_what_only_it_can_cause() {
    let seen = |last: &Snapshot, next: &Snapshot| {
        let mut job = machine(Preview);
        job.handle_snapshot(last, Millis(1_000));
        job.handle_render_sent(Render, Millis(5_000)).unwrap();
        job.handle_snapshot(next, Millis(6_000));
        job.is_render_seen()
    };
    let done = answer("done+preview")
        .with_media_job("a")
        .with_credits_used("1".parse().unwrap());
    assert!(!seen(&done, &done));
    assert!(seen(&done, &answer("in_queue+preview")));
    assert!(seen(&done, &answer("done+preview+video_output")));
    assert!(seen(&done, &done.clone().with_media_job("b")));
    assert!(seen(
        &done,
        &done.clone().with_credits_used("5".parse().unwrap())
    ));
    // An answer asked for before the render was sent says nothing on it.
    let mut job = machine(Preview);
    job.handle_snapshot(&done, Millis(1_000));
    job.handle_render_sent(Render, Millis(5_000)).unwrap();
    job.handle_snapshot(&answer("running+preview"), Millis(4_999));
    assert!(!job.is_render_seen());
    // The preview's own bill may be filled in late.
    let unbilled = done.clone().with_credits_used("0".parse().unwrap());
    assert!(!seen(&unbilled, &done));
}

#[test]
fn evidence_of_an_unanswered_render_counts_once_it_is_accepted() {
    let mut job = machine(Preview);
    stages(&mut job, 1_000, &["done+preview"]);
    job.handle_render_sent(Render, Millis(5_000)).unwrap();
    stages(&mut job, 6_000, &["done+preview", "failed+preview"]);
    assert_eq!(job.stage(), Stage::Succeeded, "the preview is as it was");
    job.handle_render_accepted(Render, Millis(8_000)).unwrap();
    assert_eq!(job.stage(), Stage::Failed);

    let mut job = machine(Preview);
    stages(&mut job, 1_000, &["done+preview"]);
    job.handle_render_sent(Render, Millis(5_000)).unwrap();
    job.handle_render_refused();
    assert_eq!(
        (job.stage(), job.is_render_seen()),
        (Stage::Succeeded, false)
    );
}

#[test]
fn only_its_own_render_continues_a_job() {
    let mut job = machine(Preview);
    for operation in [Preview, RenderSingle, Operation::LinkCreate] {
        let refusal = Err(MachineError::NotARender { operation });
        assert_eq!(job.handle_render_accepted(operation, Millis(1)), refusal);
        assert_eq!(job.handle_render_sent(operation, Millis(1)), refusal);
    }
    let error = Machine::new(Operation::LinkCreate, Schedule::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("link.create makes no job to wait for")
    );
}

#[test]
fn looks_follow_the_schedule_and_an_unanswered_one_is_repeated() {
    let mut job = machine(Generate);
    let mut now = 0;
    for delay in [1_000, 2_000, 4_000, 8_000, 10_000, 10_000] {
        let due = Millis(now + delay);
        assert_eq!(settled(&mut job, now), Output::WaitUntil(due));
        assert_eq!(settled(&mut job, due.0), Output::Request);
        job.handle_snapshot(&answer("running"), due);
        now = due.0;
    }
    assert_eq!(job.looks(), 6);
    assert_eq!(settled(&mut job, now + 10_000), Output::Request);
    // No answer: nothing more is asked for a minute.
    assert_eq!(
        settled(&mut job, now + 10_001),
        Output::WaitUntil(Millis(now + 70_000))
    );
    assert_eq!(settled(&mut job, now + 70_000), Output::Request);
    job.handle_read_failed(Millis(now + 71_000));
    assert_eq!(
        settled(&mut job, now + 71_000),
        Output::WaitUntil(Millis(now + 81_000))
    );
    job.handle_wake(Millis(now + 72_000));
    assert_eq!(settled(&mut job, now + 72_000), Output::Request);
}

#[test]
fn late_and_repeated_answers_do_not_hurry_the_next_look() {
    let mut job = machine(Generate);
    assert_eq!(settled(&mut job, 1_000), Output::Request);
    job.handle_snapshot(&answer("running"), Millis(1_000));
    for _ in 0..3 {
        job.handle_snapshot(&answer("pending"), Millis(500));
        assert_eq!(settled(&mut job, 1_500), Output::WaitUntil(Millis(3_000)));
    }
    assert_eq!(settled(&mut job, 3_000), Output::Request);
    job.handle_snapshot(&answer("pending"), Millis(500));
    // The request in flight is still unanswered.
    assert_eq!(settled(&mut job, 3_001), Output::WaitUntil(Millis(63_000)));
}

#[test]
fn a_doubtful_end_is_looked_at_once_more() {
    for doubtful in [["done", "done"], ["failed", "done+video_output"]] {
        let mut job = machine(Generate);
        assert_eq!(settled(&mut job, 1_000), Output::Request);
        stages(&mut job, 1_000, &doubtful[..1]);
        stages(&mut job, 1_100, &doubtful[1..]);
        let expected = if doubtful[0] == "done" {
            // Both answers agree: it is believed.
            Output::Finished(Stage::WithoutOutput)
        } else {
            Output::WaitUntil(Millis(3_000))
        };
        assert_eq!(settled(&mut job, 1_200), expected);
        if job.stage() == Stage::Conflict {
            assert_eq!(settled(&mut job, 3_100), Output::Request);
            stages(&mut job, 3_100, &["done+video_output"]);
            assert_eq!(settled(&mut job, 3_200), Output::Finished(Stage::Conflict));
        }
    }
}

#[test]
fn the_same_answer_twice_does_not_confirm_a_doubtful_end() {
    let mut job = machine(Generate);
    assert_eq!(settled(&mut job, 1_000), Output::Request);
    for _ in 0..3 {
        stages(&mut job, 1_000, &["done"]);
        assert_eq!(settled(&mut job, 1_500), Output::WaitUntil(Millis(3_000)));
    }
}

#[test]
fn only_the_second_look_at_a_doubtful_end_is_hurried() {
    let mut job = machine(Generate);
    let mut now = 0;
    for delay in [1_000, 2_000, 4_000, 8_000] {
        now += delay;
        assert_eq!(settled(&mut job, now), Output::Request);
        let text = if delay < 8_000 { "running" } else { "done" };
        job.handle_snapshot(&answer(text), Millis(now));
    }
    assert_eq!(
        settled(&mut job, now),
        Output::WaitUntil(Millis(now + 2_000))
    );
    assert_eq!(settled(&mut job, now + 2_000), Output::Request);
    job.handle_read_failed(Millis(now + 2_500));
    assert_eq!(
        settled(&mut job, now + 2_500),
        Output::WaitUntil(Millis(now + 12_500))
    );
}

#[test]
fn success_is_never_shown_after_a_failure() {
    let mut job = machine(Generate);
    let answers = [
        "failed",
        "done+video_output",
        "running",
        "done+video_output",
    ];
    let expected = [
        Stage::Failed,
        Stage::Conflict,
        Stage::Conflict,
        Stage::Conflict,
    ];
    assert_eq!(stages(&mut job, 1_000, &answers), expected);
}

#[test]
fn an_unknown_status_is_told_once_and_waited_on_to_the_deadline() {
    let schedule = Schedule::default().with_deadline(20_000);
    let mut job = Machine::new(Avatar, schedule).unwrap();
    job.handle_submitted(Millis(0));
    for second in [1, 2, 3] {
        job.handle_snapshot(&answer("polishing"), Millis(second * 1_000));
    }
    assert_eq!(
        job.poll_output(Millis(3_000)),
        Output::UnknownStatus("polishing".into())
    );
    assert_eq!(job.poll_output(Millis(3_000)), Output::Request);
    assert_eq!(job.latest().unwrap().status().as_str(), "polishing");
    assert_eq!(settled(&mut job, 19_999), Output::WaitUntil(Millis(20_000)));
    assert_eq!(
        settled(&mut job, 20_000),
        Output::DeadlinePassed(Stage::Running)
    );
    // Something that went on happening counts even then.
    job.handle_snapshot(&answer("done+output"), Millis(21_000));
    assert_eq!(
        settled(&mut job, 21_000),
        Output::Finished(Stage::Succeeded)
    );
}

#[test]
fn unknown_statuses_without_end_are_told_eight_times() {
    let mut job = machine(Avatar);
    for index in 0..1_000 {
        job.handle_snapshot(&answer(&format!("s{index}")), Millis(index));
    }
    let mut told = 0;
    while let Output::UnknownStatus(_) = job.poll_output(Millis(1_000)) {
        told += 1;
    }
    assert_eq!(told, 8);
}

#[test]
fn nothing_is_asked_before_the_submission() {
    let mut job = Machine::new(Avatar, Schedule::default()).unwrap();
    assert_eq!(
        job.poll_output(Millis(5)),
        Output::WaitUntil(Millis(u64::MAX))
    );
    // An answer that overtakes the submission's own counts as one.
    job.handle_snapshot(&answer("running"), Millis(100));
    job.handle_submitted(Millis(200));
    assert_eq!(
        job.poll_output(Millis(200)),
        Output::WaitUntil(Millis(1_100))
    );
}

/// What an honest server says over time: statuses never step back, and one end at most.
fn honest() -> impl Strategy<Value = Vec<Snapshot>> {
    let steps = prop::collection::vec(0..3_usize, 0..5);
    (steps, 0..4_usize, 1..3_usize).prop_map(|(mut steps, end, times)| {
        steps.sort_unstable();
        let names = ["pending", "in_queue", "running"];
        let mut all: Vec<Snapshot> = steps.iter().map(|step| answer(names[*step])).collect();
        let end = ["running", "done+video_output", "failed", "rejected"][end];
        all.extend((0..times).map(|_| answer(end)));
        all
    })
}

/// The same answers, some twice, in another order.
fn shuffled() -> impl Strategy<Value = (Vec<Snapshot>, Vec<(u64, Snapshot)>)> {
    honest().prop_flat_map(|honest| {
        let sent = (1..)
            .map(|second| second * 1_000)
            .zip(honest.iter().cloned());
        let sent: Vec<_> = sent.collect();
        let twice = prop::collection::vec(prop::sample::select(sent.clone()), 0..4);
        let delivered = twice
            .prop_map(move |twice| [sent.clone(), twice].concat())
            .prop_shuffle();
        (Just(honest), delivered)
    })
}

fn any_answer() -> impl Strategy<Value = Snapshot> {
    let statuses = [
        "pending", "in_queue", "running", "done", "failed", "rejected", "odd",
    ];
    (
        prop::sample::select(statuses.to_vec()),
        0_u8..16,
        prop::option::of("[ab]"),
        prop::option::of(0_u64..3),
    )
        .prop_map(|(status, bits, media_job, credits)| {
            let outputs = (0..)
                .zip(Field::ALL)
                .fold(Outputs::NONE, |outputs, (bit, field)| {
                    outputs.with_if(*field, bits & (1 << bit) != 0)
                });
            let mut snapshot = Snapshot::new(Status::from(status)).with_outputs(outputs);
            if let Some(media_job) = media_job {
                snapshot = snapshot.with_media_job(media_job);
            }
            if let Some(credits) = credits {
                let credits = creatify_core::Credits::from_millicredits(credits);
                snapshot = snapshot.with_credits_used(credits);
            }
            snapshot
        })
}

fn jobs() -> impl Strategy<Value = (Operation, Option<Operation>)> {
    prop::sample::select(vec![
        (Generate, None),
        (Preview, Some(Render)),
        (PreviewList, Some(RenderSingle)),
        (Avatar, None),
        (Render, Some(Render)),
    ])
}

proptest! {
    #[test]
    fn honest_answers_in_any_order_give_the_newest_and_never_a_conflict((honest, delivered) in shuffled()) {
        let mut in_order = machine(Generate);
        for (second, snapshot) in (1..).zip(&honest) {
            in_order.handle_snapshot(snapshot, Millis(second * 1_000));
        }
        let mut reordered = machine(Generate);
        for (sent_at, snapshot) in &delivered {
            reordered.handle_snapshot(snapshot, Millis(*sent_at));
            prop_assert_ne!(reordered.stage(), Stage::Conflict);
        }
        prop_assert_eq!(reordered.stage(), in_order.stage());
        prop_assert_eq!(reordered.latest(), honest.last());
    }

    #[test]
    fn any_answers_in_any_order_lead_to_the_same_conclusion(
        (operation, render) in jobs(),
        answers in prop::collection::vec((0_u64..200, any_answer()), 1..8).prop_flat_map(|answers| {
            (Just(answers.clone()), Just(answers).prop_shuffle())
        }),
        accepted_at in 0_u64..200,
    ) {
        let conclude = |answers: &[(u64, Snapshot)]| {
            let mut job = machine(operation);
            if let Some(render) = render {
                job.handle_render_accepted(render, Millis(accepted_at * 1_000)).unwrap();
            }
            for (second, snapshot) in answers {
                job.handle_snapshot(snapshot, Millis(second * 1_000));
                // Once more changes nothing.
                job.handle_snapshot(snapshot, Millis(second * 1_000));
            }
            (job.stage(), job.latest().cloned())
        };
        prop_assert_eq!(conclude(&answers.0), conclude(&answers.1));
    }

    #[test]
    fn an_end_is_never_left_but_for_a_conflict(
        (operation, _) in jobs(), answers in prop::collection::vec((0_u64..200, any_answer()), 1..12),
    ) {
        let mut job = machine(operation);
        for (second, snapshot) in answers {
            let before = job.stage();
            job.handle_snapshot(&snapshot, Millis(second * 1_000));
            let after = job.stage();
            match before {
                Stage::Succeeded | Stage::Failed | Stage::Rejected | Stage::Conflict => {
                    prop_assert!(after == before || after == Stage::Conflict);
                }
                Stage::WithoutOutput if operation != Render => {
                    prop_assert!(after.is_final());
                }
                _ => {}
            }
        }
    }

    #[test]
    fn success_always_has_its_output_and_no_failure(
        (operation, _) in jobs(), answers in prop::collection::vec((0_u64..200, any_answer()), 1..12),
    ) {
        use creatify_core::job::LifeCycle;
        let cycle = LifeCycle::of(operation).unwrap();
        let mut job = machine(operation);
        for (second, snapshot) in &answers {
            job.handle_snapshot(snapshot, Millis(second * 1_000));
        }
        if job.stage() == Stage::Succeeded {
            prop_assert!(answers.iter().any(|(_, s)| s.outputs().has(cycle.finished.field)));
            prop_assert!(!answers.iter().any(|(_, s)| cycle.is_failure(s.status())));
        }
    }

    #[test]
    fn outputs_never_ask_twice_at_once_nor_wait_for_the_past(
        answers in prop::collection::vec((any_answer(), 0_u64..5_000, any::<bool>()), 0..20),
    ) {
        let mut job = Machine::new(Generate, Schedule::default().with_deadline(60_000)).unwrap();
        job.handle_submitted(Millis(0));
        let mut now = 0;
        for (snapshot, latency, is_answered) in answers {
            let sent_at = now;
            match settled(&mut job, now) {
                Output::WaitUntil(at) => {
                    prop_assert!(at > Millis(now));
                    now = at.0;
                    continue;
                }
                Output::Request => {}
                Output::Finished(stage) => {
                    prop_assert!(stage.is_final());
                    prop_assert_eq!(settled(&mut job, now + 1), Output::Finished(stage));
                    break;
                }
                Output::DeadlinePassed(_) => {
                    prop_assert!(now >= 60_000);
                    break;
                }
                output => prop_assert!(false, "{:?}", output),
            }
            prop_assert!(!matches!(settled(&mut job, now), Output::Request));
            now += latency;
            if is_answered {
                job.handle_snapshot(&snapshot, Millis(sent_at));
            } else {
                job.handle_read_failed(Millis(now));
            }
        }
    }
}
