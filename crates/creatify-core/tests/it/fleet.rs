//! The scheduler of many jobs: what holds in every run, whatever the service does.
//!
//! A run is recorded as a trace, and the promises are checks of traces. Each check has been seen
//! to fail: the naive schedulers that break it stay here and are held against it.

#[path = "fleet/follows.rs"]
mod follows;
#[path = "fleet/naive.rs"]
mod naive;
#[path = "fleet/service.rs"]
mod service;

use creatify_core::Operation;
use creatify_core::fleet::{
    Class, ENOUGH, Failure, GiveUp, Jitter, JobId, Limiter, Output, Permission, Priority,
    Scheduler, Submission,
};
use creatify_core::job::{Field, Machine, Output as One, Outputs, Snapshot, Stage, Status};
use creatify_core::schedule::{Millis, Schedule};
use proptest::prelude::*;

use self::service::{Plan, Service, Trace, run};

fn submission() -> Submission {
    Submission::new(Operation::LipsyncV2Generate).unwrap()
}

fn template() -> Submission {
    Submission::new(Operation::CustomTemplateGenerate).unwrap()
}

fn video() -> Snapshot {
    Snapshot::new(Status::Done).with_outputs(Outputs::NONE.with(Field::Output))
}

/// The time to which the scheduler sleeps; anything else is a surprise.
#[track_caller]
fn sleeps(fleet: &mut Scheduler, now: u64) -> u64 {
    match fleet.poll_output(Millis(now)) {
        Output::WaitUntil(at) => at.0,
        other => panic!("{other:?}"),
    }
}

/// The jobs of the read that is due; anything else is a surprise.
#[track_caller]
fn reads(fleet: &mut Scheduler, now: u64) -> creatify_core::fleet::Read {
    match fleet.poll_output(Millis(now)) {
        Output::Read(read) => read,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn never_more_requests_than_the_rate_nor_any_in_a_cool_down(plan in service::plans()) {
        let trace = run(Scheduler::new(), &plan);
        prop_assert_eq!(trace.exceeds_the_rate(), None);
        prop_assert_eq!(trace.sends_while_cooling(), None);
    }

    #[test]
    fn every_job_ends_exactly_once(plan in service::plans()) {
        let trace = run(Scheduler::new(), &plan);
        prop_assert_eq!(trace.ends_wrongly(), None);
    }

    #[test]
    fn no_job_starves(plan in service::plans()) {
        let trace = run(Scheduler::new(), &plan);
        prop_assert_eq!(trace.starves(), None);
    }

    #[test]
    fn a_fleet_concludes_what_a_machine_concludes(
        answers in prop::collection::vec((0_usize..6, 0_u8..16, 0_u64..8_000), 1..12),
        operation in 0_usize..Operation::ALL.len(),
    ) {
        let operation = Operation::ALL[operation];
        let Ok(mut machine) = Machine::new(operation, Schedule::default()) else {
            return Ok(());
        };
        let mut fleet = Scheduler::new();
        let id = fleet.handle_submitted(Submission::new(operation).unwrap(), Millis(0));
        machine.handle_submitted(Millis(0));
        let mut sent_at = 0;
        for (status, outputs, later) in answers {
            let status = ["pending", "in_queue", "running", "done", "failed", "rejected"][status];
            let outputs = Field::ALL.iter().enumerate().fold(Outputs::NONE, |sum, (at, field)| {
                sum.with_if(*field, outputs >> at & 1 == 1)
            });
            sent_at += later;
            let snapshot = Snapshot::new(status.into()).with_outputs(outputs);
            fleet.handle_snapshot(id, &snapshot, Millis(sent_at));
            machine.handle_snapshot(&snapshot, Millis(sent_at));
            let one = match machine.poll_output(Millis(sent_at)) {
                One::Finished(stage) => Some(stage),
                _ => None,
            };
            let of_fleet = match fleet.poll_output(Millis(sent_at)) {
                Output::Finished(ended, stage) if ended == id => Some(stage),
                _ => None,
            };
            prop_assert_eq!(one, of_fleet);
            if one.is_some() {
                return Ok(());
            }
            prop_assert_eq!(Some(machine.stage()), fleet.stage(id));
        }
    }
}

#[test]
fn naive_schedulers_fail_the_checks() {
    let plan = Plan::busy();
    assert!(naive::all_at_once(&plan).exceeds_the_rate().is_some());
    assert!(naive::all_at_once(&plan).sends_while_cooling().is_some());
    assert!(naive::newest_first(&plan).starves().is_some());
    assert!(naive::ends_twice(&plan).ends_wrongly().is_some());
    assert!(naive::loses_a_failed_read(&plan).ends_wrongly().is_some());

    let trace = run(Scheduler::new(), &plan);
    assert!(trace.reads() > 100, "the plan is busy");
    assert_eq!(trace.exceeds_the_rate(), None);
    assert_eq!(trace.sends_while_cooling(), None);
    assert_eq!(trace.starves(), None);
    assert_eq!(trace.ends_wrongly(), None);
}

#[test]
fn a_list_holds_a_hundred_and_takes_along_what_is_half_due() {
    let limiter = Limiter::new().with_rate(100_000);
    let mut fleet = Scheduler::new().with_limiter(limiter);
    let look = |fleet: &mut Scheduler, now: u64| {
        let read = reads(fleet, now);
        let running = |id: &JobId| (*id, Snapshot::new(Status::Running));
        let answers: Vec<_> = read.jobs.iter().map(running).collect();
        fleet.handle_read_answered(read.id, &answers, Millis(now));
        read.jobs.len()
    };
    for job in 0..190 {
        let submitted = if job < 160 { 0 } else { 4_000 };
        fleet.handle_submitted(submission(), Millis(submitted));
    }
    assert_eq!(look(&mut fleet, 10_000), 100);
    assert_eq!(look(&mut fleet, 10_100), 60);
    assert_eq!(look(&mut fleet, 14_000), 30, "the others are not half due");
    assert_eq!(look(&mut fleet, 20_000), 100);
    assert_eq!(look(&mut fleet, 20_100), 90, "what is half due comes along");
    assert_eq!(sleeps(&mut fleet, 20_100), 30_000);
}

#[test]
fn no_list_takes_a_job_along_before_its_first_look_is_due() {
    let mut fleet = Scheduler::new();
    let early = fleet.handle_submitted(submission(), Millis(0));
    let late = fleet.handle_submitted(submission().with_earliest_finish(15_000), Millis(0));
    for id in [early, late] {
        fleet.handle_snapshot(id, &Snapshot::new(Status::Pending), Millis(0));
    }
    assert_eq!(reads(&mut fleet, 10_000).jobs, [early]);
}

#[test]
fn templates_are_read_one_by_one() {
    let mut fleet = Scheduler::new().with_limiter(Limiter::new().with_rate(100_000));
    for _ in 0..3 {
        fleet.handle_submitted(template(), Millis(0));
    }
    let read = reads(&mut fleet, 10_000);
    assert!(!read.is_list && read.jobs.len() == 1);
}

#[test]
fn a_list_that_is_refused_again_and_again_is_given_up() {
    let mut fleet = Scheduler::new().with_limiter(Limiter::new().with_rate(100_000));
    for _ in 0..500 {
        fleet.handle_submitted(submission(), Millis(0));
    }
    let mut now = 10_000;
    let mut lists = 0;
    for _ in 0..1_000 {
        match fleet.poll_output(Millis(now)) {
            Output::Read(read) if read.is_list => {
                lists += 1;
                fleet.handle_read_failed(read.id, Failure::Rejected, Jitter::NONE, Millis(now));
            }
            Output::Read(read) => assert_eq!(read.jobs.len(), 1),
            Output::WaitUntil(at) => now = at.0,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(lists, 3);
}

#[test]
fn nothing_is_read_before_it_can_be_finished() {
    let mut fleet = Scheduler::new();
    fleet.handle_submitted(submission().with_earliest_finish(70_000), Millis(0));
    assert_eq!(sleeps(&mut fleet, 0), 70_000);

    let class = Class::new(Operation::LipsyncV2Generate, None, None);
    for end in 0..u64::from(ENOUGH) {
        fleet.handle_duration(class, 100_000 + end * 1_000);
    }
    assert_eq!(fleet.durations(&class).map(|d| d.ends()), Some(ENOUGH));
    let mut other = fleet.clone();
    other.handle_submitted(submission(), Millis(0));
    let read = reads(&mut other, 70_000);
    assert_eq!(read.jobs.len(), 1, "the one that was there before");
    let wake = sleeps(&mut other, 70_000);
    assert!((85_000..=112_000).contains(&wake), "{wake}");
}

#[test]
fn a_webhook_wakes_a_look_and_a_lost_one_is_swept_up() {
    let mut fleet = Scheduler::new();
    let id = fleet.handle_submitted(submission().with_webhook(), Millis(0));
    assert_eq!(sleeps(&mut fleet, 0), 60_000);
    for _ in 0..1_000 {
        fleet.handle_wake(id, Millis(20_000));
    }
    let read = reads(&mut fleet, 20_000);
    for _ in 0..1_000 {
        fleet.handle_wake(id, Millis(20_100));
    }
    let running = Snapshot::new(Status::Running);
    fleet.handle_read_answered(read.id, &[(id, running.clone())], Millis(20_200));
    let again = sleeps(&mut fleet, 20_200);
    assert_eq!(again, 22_000, "one more look, 2 s after the first");
    let read = reads(&mut fleet, again);
    fleet.handle_read_answered(read.id, &[(id, running)], Millis(again));
    assert_eq!(sleeps(&mut fleet, again), again + 60_000);
}

#[test]
fn submits_go_first_and_catalogues_last() {
    let mut fleet = Scheduler::new();
    fleet.handle_submitted(template(), Millis(0));
    let catalogue = fleet.handle_wanted(Priority::Catalogue);
    let settle = fleet.handle_wanted(Priority::Settle);
    let submit = fleet.handle_wanted(Priority::Submit);
    let now = Millis(10_000);
    assert!(matches!(fleet.poll_permission(settle, now), Permission::WaitUntil(at) if at > now));
    assert!(matches!(
        fleet.poll_permission(catalogue, now),
        Permission::WaitUntil(_)
    ));
    assert!(matches!(fleet.poll_output(now), Output::WaitUntil(at) if at > now));
    assert_eq!(fleet.poll_permission(submit, now), Permission::Granted);
    assert_eq!(
        fleet.poll_permission(submit, now),
        Permission::WaitUntil(Millis(u64::MAX)),
        "it is used up"
    );
    assert_eq!(
        fleet.poll_permission(settle, Millis(11_000)),
        Permission::Granted
    );
    assert!(matches!(
        fleet.poll_permission(catalogue, Millis(12_000)),
        Permission::WaitUntil(_)
    ));
    assert!(matches!(fleet.poll_output(Millis(12_000)), Output::Read(_)));
    assert_eq!(
        fleet.poll_permission(catalogue, Millis(13_000)),
        Permission::Granted
    );
}

#[test]
fn after_a_night_asleep_each_job_is_looked_at_once_and_not_in_a_burst() {
    let limiter = Limiter::new().with_rate(10_000).with_fastest(10_000);
    let mut fleet = Scheduler::new().with_limiter(limiter);
    let ids: Vec<JobId> = (0..20)
        .map(|_| fleet.handle_submitted(template(), Millis(0)))
        .collect();
    let night = 8 * 3_600 * 1_000;
    let (mut now, mut sent) = (night, Vec::new());
    while sent.len() < ids.len() {
        match fleet.poll_output(Millis(now)) {
            Output::Read(read) => {
                sent.push((now, read.jobs[0]));
                let running = Snapshot::new(Status::Running);
                fleet.handle_read_answered(read.id, &[(read.jobs[0], running)], Millis(now));
            }
            Output::WaitUntil(at) => now = at.0,
            other => panic!("{other:?}"),
        }
    }
    let mut looked: Vec<JobId> = sent.iter().map(|(_, id)| *id).collect();
    looked.sort();
    assert_eq!(looked, ids, "each once");
    assert!(
        sent.windows(3).all(|three| three[2].0 - three[0].0 >= 200),
        "{sent:?}"
    );
}

#[test]
fn a_clock_that_jumps_back_a_day_changes_nothing() {
    let day = 86_400_000;
    let limiter = Limiter::new().with_rate(10_000);
    let mut fleet = Scheduler::new().with_limiter(limiter);
    fleet.handle_submitted(submission().with_deadline(60_000), Millis(day));
    assert_eq!(sleeps(&mut fleet, 0), day + 10_000);
    let read = reads(&mut fleet, day + 10_000);
    let running = Snapshot::new(Status::Running);
    fleet.handle_read_answered(read.id, &[(read.jobs[0], running)], Millis(5));
    assert_eq!(sleeps(&mut fleet, 5), day + 20_000);
    let read = reads(&mut fleet, day + 20_000);
    fleet.handle_read_failed(read.id, Failure::Transient, Jitter::NONE, Millis(7));
    assert_eq!(sleeps(&mut fleet, 7), day + 20_500);
    assert!(matches!(
        fleet.poll_output(Millis(day + 60_000)),
        Output::DeadlinePassed(_, Stage::Running)
    ));
}

#[test]
fn answers_out_of_order_and_after_the_end_change_nothing() {
    let mut fleet = Scheduler::new();
    let id = fleet.handle_submitted(submission(), Millis(0));
    fleet.handle_snapshot(id, &Snapshot::new(Status::Running), Millis(9_000));
    fleet.handle_snapshot(id, &Snapshot::new(Status::Pending), Millis(4_000));
    assert_eq!(fleet.stage(id), Some(Stage::Running));
    fleet.handle_snapshot(id, &video(), Millis(9_500));
    fleet.handle_snapshot(id, &Snapshot::new(Status::Failed), Millis(9_600));
    assert_eq!(
        fleet.poll_output(Millis(9_700)),
        Output::Finished(id, Stage::Succeeded)
    );
    fleet.handle_wake(id, Millis(9_800));
    fleet.handle_removed(id);
    assert_eq!(sleeps(&mut fleet, 9_900), u64::MAX);
    let next = fleet.handle_submitted(submission(), Millis(10_000));
    assert_ne!(id, next, "an id is never used again");
}

#[test]
fn a_job_that_is_unknown_for_two_minutes_is_given_up() {
    let mut fleet = Scheduler::new();
    let id = fleet.handle_submitted(template(), Millis(0));
    let mut now = 0;
    loop {
        match fleet.poll_output(Millis(now)) {
            Output::Read(read) => {
                fleet.handle_read_failed(read.id, Failure::NotFound, Jitter::NONE, Millis(now));
            }
            Output::WaitUntil(at) => now = at.0,
            Output::GaveUp(lost, GiveUp::NotFound) => {
                assert_eq!((lost, now), (id, 130_000));
                return;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn an_unknown_status_is_told_once_for_all_jobs_of_a_kind() {
    let mut fleet = Scheduler::new();
    let ids: Vec<JobId> = (0..3)
        .map(|_| fleet.handle_submitted(submission(), Millis(0)))
        .collect();
    for id in ids {
        fleet.handle_snapshot(id, &Snapshot::new("polishing".into()), Millis(0));
        assert_eq!(fleet.stage(id), Some(Stage::Running));
    }
    assert!(
        matches!(fleet.poll_output(Millis(0)), Output::UnknownStatus(_, text) if text == "polishing")
    );
    assert!(matches!(fleet.poll_output(Millis(0)), Output::WaitUntil(_)));
}

#[test]
fn a_read_that_is_abandoned_is_asked_again() {
    let mut fleet = Scheduler::new();
    fleet.handle_submitted(submission(), Millis(0));
    let read = reads(&mut fleet, 10_000);
    assert_eq!(fleet.jobs_of(read.id), read.jobs);
    assert_eq!(sleeps(&mut fleet, 10_000), u64::MAX, "nothing else to do");
    fleet.handle_read_abandoned(read.id, Millis(10_500));
    let again = sleeps(&mut fleet, 10_500);
    assert_eq!(reads(&mut fleet, again).jobs, read.jobs);
    fleet.handle_read_answered(read.id, &[(read.jobs[0], video())], Millis(again));
    assert_eq!(
        fleet.len(),
        1,
        "the first read is over, whatever comes of it"
    );
}

#[test]
fn a_service_of_any_kind_is_served_to_the_end() {
    for service in [
        Service::Good,
        Service::Flaky,
        Service::Limited(2),
        Service::Down,
    ] {
        let trace: Trace = run(Scheduler::new(), &Plan::of(service, 40));
        assert_eq!(trace.ends_wrongly(), None, "{service:?}");
    }
}
