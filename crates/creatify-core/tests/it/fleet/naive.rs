//! Schedulers that are wrong on purpose, each in one way; the checks must find them out.

use creatify_core::fleet::Failure;
use creatify_core::job::Status;

use super::service::{Answer, Plan, Trace, World};

/// What a naive scheduler does wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Reads whatever is due, whatever the rate, and whatever it was told.
    AllAtOnce,
    /// Reads the newest job first, once in two seconds.
    NewestFirst,
    /// Says of a job that it is over whenever it sees it done, again and again.
    EndsTwice,
    /// Forgets the jobs of a read that failed.
    LosesFailed,
}

pub(crate) fn all_at_once(plan: &Plan) -> Trace {
    run(plan, Fault::AllAtOnce)
}

pub(crate) fn newest_first(plan: &Plan) -> Trace {
    run(plan, Fault::NewestFirst)
}

pub(crate) fn ends_twice(plan: &Plan) -> Trace {
    run(plan, Fault::EndsTwice)
}

pub(crate) fn loses_a_failed_read(plan: &Plan) -> Trace {
    run(plan, Fault::LosesFailed)
}

fn run(plan: &Plan, fault: Fault) -> Trace {
    let mut trace = Trace::new(plan);
    let mut world = World::new(plan);
    let mut open: Vec<usize> = Vec::new();
    let mut cool_until = 0;
    for now in (0..400_000_u64).step_by(1_000) {
        let arrived = |job: &usize| (plan.jobs[*job].submitted / 1_000) == now / 1_000;
        open.extend((0..plan.jobs.len()).filter(arrived));
        let due: Vec<usize> = match fault {
            Fault::NewestFirst if now % 2_000 == 0 => open.iter().rev().take(1).copied().collect(),
            Fault::NewestFirst => Vec::new(),
            _ if now % 10_000 == 0 => open.clone(),
            _ => Vec::new(),
        };
        for job in due {
            trace.sent.push((now, 1_000));
            trace.looks[job].push(now);
            match world.answer(&[job], now) {
                Answer::Failed(Failure::Throttled(_)) if fault != Fault::LosesFailed => {
                    cool_until = cool_until.max(now + 3_000);
                    trace.cooling.push((now.saturating_sub(1), cool_until));
                }
                Answer::Failed(_) => open.retain(|other| *other != job),
                Answer::Jobs(states) => {
                    if states
                        .iter()
                        .any(|(_, state)| *state.status() == Status::Done)
                    {
                        trace.ends[job].push(now);
                        if fault != Fault::EndsTwice {
                            open.retain(|other| *other != job);
                        }
                    }
                }
            }
        }
    }
    trace
}
