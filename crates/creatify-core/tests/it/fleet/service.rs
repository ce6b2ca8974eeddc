//! A made-up service on a virtual clock, and the trace of a run against it.
//!
//! It knows nothing of how the scheduler works; it answers reads, refuses some, and writes down
//! what was asked and when.

use std::collections::BTreeMap;

use creatify_core::Operation;
use creatify_core::fleet::{Failure, Jitter, JobId, Output, Read, Scheduler, Submission};
use creatify_core::job::{Field, Outputs, Snapshot, Status};
use creatify_core::schedule::Millis;
use proptest::prelude::*;

/// How the service behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Good,
    /// Every third read breaks, every seventh answer leaves half of the jobs out.
    Flaky,
    /// More than so many requests in any second are answered with 429 and `Retry-After: 3`.
    Limited(usize),
    /// Never answers.
    Down,
}

/// Jobs and a service.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) service: Service,
    pub(crate) jobs: Vec<Job>,
    /// Milliseconds from request to answer.
    pub(crate) latency: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Job {
    pub(crate) submitted: u64,
    /// How long it takes; none: it never ends.
    pub(crate) takes: Option<u64>,
    pub(crate) deadline: u64,
    pub(crate) is_template: bool,
    pub(crate) has_webhook: bool,
}

impl Plan {
    /// Many jobs of both kinds against a service that refuses.
    pub(crate) fn busy() -> Plan {
        Plan::of(Service::Limited(3), 60)
    }

    pub(crate) fn of(service: Service, jobs: u64) -> Plan {
        let job = |number: u64| Job {
            submitted: number * 700,
            takes: (number % 11 != 0).then_some(20_000 + number * 1_700),
            deadline: 900_000,
            is_template: number % 3 != 0,
            has_webhook: number % 5 == 0,
        };
        Plan {
            service,
            jobs: (0..jobs).map(job).collect(),
            latency: 150,
        }
    }
}

pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let service = prop_oneof![
        Just(Service::Good),
        Just(Service::Flaky),
        (1_usize..12).prop_map(Service::Limited),
        Just(Service::Down),
    ];
    let job = (
        0_u64..60_000,
        prop::option::weighted(0.9, 1_000_u64..300_000),
        60_000_u64..900_000,
        any::<bool>(),
        any::<bool>(),
    );
    let job = job.prop_map(
        |(submitted, takes, deadline, is_template, has_webhook)| Job {
            submitted,
            takes,
            deadline,
            is_template,
            has_webhook,
        },
    );
    let jobs = prop::collection::vec(job, 1..60);
    (service, jobs, 0_u64..2_000).prop_map(|(service, mut jobs, latency)| {
        jobs.sort_by_key(|job| job.submitted);
        Plan {
            service,
            jobs,
            latency,
        }
    })
}

/// What happened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    /// When each request was sent, at which rate in thousandths a second.
    pub(crate) sent: Vec<(u64, u64)>,
    /// From when to when nothing may be sent.
    pub(crate) cooling: Vec<(u64, u64)>,
    /// The ends of each job.
    pub(crate) ends: Vec<Vec<u64>>,
    /// When each job was looked at, and when it was added.
    pub(crate) looks: Vec<Vec<u64>>,
    /// The longest that a job may go without a look, other than for the rate.
    pub(crate) patience: u64,
}

impl Trace {
    pub(crate) fn new(plan: &Plan) -> Trace {
        Trace {
            ends: vec![Vec::new(); plan.jobs.len()],
            looks: plan.jobs.iter().map(|job| vec![job.submitted]).collect(),
            patience: 60_000,
            ..Trace::default()
        }
    }

    pub(crate) fn reads(&self) -> usize {
        self.sent.len()
    }

    /// Two requests nearer to each other than one at the highest rate between them.
    pub(crate) fn exceeds_the_rate(&self) -> Option<String> {
        for (at, from) in self.sent.iter().enumerate() {
            for (count, to) in self.sent[at..].iter().enumerate().skip(1) {
                let fastest = self.sent[at..=at + count].iter().map(|sent| sent.1).max()?;
                // The rate of a trace is rounded down, and so is time.
                let allowed = 1 + (to.0 - from.0 + 1) * (fastest + 1) / 1_000_000;
                if count as u64 > allowed {
                    return Some(format!("{count} after {} ms at {fastest}", to.0 - from.0));
                }
                if to.0 - from.0 > 20_000 {
                    break;
                }
            }
        }
        None
    }

    /// A request in a cool-down.
    pub(crate) fn sends_while_cooling(&self) -> Option<String> {
        let broken = self.sent.iter().find(|(sent, _)| {
            let is_inside = |&(from, to): &(u64, u64)| *sent > from && *sent < to;
            self.cooling.iter().any(is_inside)
        });
        broken.map(|(sent, _)| format!("sent at {sent}"))
    }

    /// A job with no end, or with several.
    pub(crate) fn ends_wrongly(&self) -> Option<String> {
        let broken = self.ends.iter().position(|ends| ends.len() != 1);
        broken.map(|job| format!("job {job} ended at {:?}", self.ends[job]))
    }

    /// A job that is not looked at while later looks at others are made.
    ///
    /// Between two looks at a job, no other may be looked at more often than its own intervals
    /// allow: the longest interval over the shortest.
    pub(crate) fn starves(&self) -> Option<String> {
        for (job, looks) in self.looks.iter().enumerate() {
            let end = self.ends[job].first().copied();
            for pair in looks
                .iter()
                .copied()
                .chain(end)
                .collect::<Vec<_>>()
                .windows(2)
            {
                // What was due before may go first: one look at each job, and a whole interval.
                let rival = self.looks.iter().enumerate().find(|(other, of_other)| {
                    let due = pair[0] + self.patience;
                    let between = of_other.iter().filter(|at| **at > due && **at < pair[1]);
                    *other != job && between.count() > 1
                });
                if let Some((other, _)) = rival {
                    return Some(format!("job {job} waited {pair:?} behind job {other}"));
                }
            }
        }
        None
    }
}

/// The service's memory.
pub(crate) struct World<'p> {
    plan: &'p Plan,
    sent: Vec<u64>,
    count: u64,
}

pub(crate) enum Answer {
    Jobs(Vec<(usize, Snapshot)>),
    Failed(Failure),
}

impl<'p> World<'p> {
    pub(crate) fn new(plan: &'p Plan) -> World<'p> {
        World {
            plan,
            sent: Vec::new(),
            count: 0,
        }
    }

    /// What the service says to a read of those jobs.
    pub(crate) fn answer(&mut self, jobs: &[usize], now: u64) -> Answer {
        self.count += 1;
        let in_a_second = self
            .sent
            .iter()
            .rev()
            .take_while(|at| **at + 1_000 > now)
            .count();
        self.sent.push(now);
        match self.plan.service {
            Service::Down => return Answer::Failed(Failure::Transient),
            Service::Flaky if self.count % 3 == 0 => return Answer::Failed(Failure::Transient),
            Service::Limited(limit) if in_a_second >= limit => {
                return Answer::Failed(Failure::Throttled(Some(3_000)));
            }
            _ => {}
        }
        let is_cut = self.plan.service == Service::Flaky && self.count % 7 == 0;
        let shown = if is_cut { jobs.len() / 2 } else { jobs.len() };
        Answer::Jobs(
            jobs[..shown]
                .iter()
                .map(|job| (*job, self.state(*job, now)))
                .collect(),
        )
    }

    fn state(&self, job: usize, now: u64) -> Snapshot {
        let job = self.plan.jobs[job];
        let video = Outputs::NONE.with(Field::Output).with(Field::VideoOutput);
        match job.takes {
            Some(takes) if now >= job.submitted + takes => {
                Snapshot::new(Status::Done).with_outputs(video)
            }
            _ => Snapshot::new(Status::Running),
        }
    }
}

/// Runs a plan to its end.
pub(crate) fn run(mut fleet: Scheduler, plan: &Plan) -> Trace {
    let mut trace = Trace::new(plan);
    let mut world = World::new(plan);
    let mut ids: BTreeMap<JobId, usize> = BTreeMap::new();
    let mut under_way: Vec<(u64, Read, Answer)> = Vec::new();
    let (mut now, mut submitted) = (0, 0);
    loop {
        while let Some(job) = plan.jobs.get(submitted).filter(|job| job.submitted <= now) {
            let operation = if job.is_template {
                Operation::CustomTemplateGenerate
            } else {
                Operation::LipsyncV2Generate
            };
            let mut submission = Submission::new(operation)
                .unwrap()
                .with_deadline(job.deadline);
            if job.has_webhook {
                submission = submission.with_webhook();
            }
            ids.insert(fleet.handle_submitted(submission, Millis(now)), submitted);
            submitted += 1;
        }
        while let Some(at) = under_way.iter().position(|(at, _, _)| *at <= now) {
            let (_, read, answer) = under_way.remove(at);
            match answer {
                Answer::Failed(failure) => {
                    let jitter = Jitter::from_parts((now % 65_536) as u16);
                    fleet.handle_read_failed(read.id, failure, jitter, Millis(now));
                    if let Failure::Throttled(_) = failure {
                        trace.cooling.push((now, fleet.limiter().cool_until().0));
                    }
                }
                Answer::Jobs(states) => {
                    let id_of = |job: usize| *read.jobs.iter().find(|id| ids[id] == job).unwrap();
                    let states: Vec<_> = states
                        .into_iter()
                        .map(|(job, state)| (id_of(job), state))
                        .collect();
                    fleet.handle_read_answered(read.id, &states, Millis(now));
                }
            }
        }
        let rate = u64::from(fleet.limiter().rate());
        match fleet.poll_output(Millis(now)) {
            Output::Read(read) => {
                trace
                    .sent
                    .push((now, rate.max(u64::from(fleet.limiter().rate()))));
                let jobs: Vec<usize> = read.jobs.iter().map(|id| ids[id]).collect();
                for job in &jobs {
                    trace.looks[*job].push(now);
                }
                let answer = world.answer(&jobs, now);
                under_way.push((now + plan.latency, read, answer));
            }
            Output::Finished(id, _) | Output::DeadlinePassed(id, _) | Output::GaveUp(id, _) => {
                trace.ends[ids[&id]].push(now);
            }
            Output::UnknownStatus(..) => {}
            Output::WaitUntil(at) => {
                let answer = under_way.iter().map(|(at, _, _)| *at).min();
                let job = plan.jobs.get(submitted).map(|job| job.submitted);
                let next =
                    at.0.min(answer.unwrap_or(u64::MAX))
                        .min(job.unwrap_or(u64::MAX));
                if next == u64::MAX {
                    return trace;
                }
                assert!(next > now, "time goes on");
                now = next;
            }
            other => panic!("{other:?}"),
        }
    }
}
