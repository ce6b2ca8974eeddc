//! What it costs to wait for 100,000 jobs in one process, and how close to the best it comes.
//!
//! Four questions: nanoseconds for one decision, bytes for one job, requests a second beside the
//! bound for lists of a hundred, and the efficiency of each way to space looks beside the bound
//! that no way beats. All of it on a virtual clock; nothing here asserts a time.

use std::alloc::System;
use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use creatify_core::Operation;
use creatify_core::fleet::{JobId, Limiter, Output, Read, Scheduler, Submission};
use creatify_core::job::{Field, Outputs, Snapshot, Status};
use creatify_core::schedule::Millis;
use criterion::{Criterion, Throughput};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

mod summary;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Jobs in flight.
const JOBS: usize = 100_000;

/// Requests per 1,000 s that the service of this bench lets through: more than are ever wanted.
const PLENTY: u32 = 2_000_000;

/// Patience with a job: longer than any number of looks takes on the virtual clock.
const PATIENCE: u64 = u64::MAX / 4;

/// Jobs per row of the table of efficiencies.
const SAMPLE: usize = 20_000;

fn plenty() -> Scheduler {
    let limiter = Limiter::new().with_fastest(PLENTY).with_rate(PLENTY);
    Scheduler::new().with_limiter(limiter)
}

/// A scheduler with so many avatar jobs, submitted evenly over ten seconds.
fn in_flight(jobs: usize) -> (Scheduler, Vec<JobId>) {
    let mut fleet = plenty();
    let mut ids = Vec::new();
    let Ok(submission) = Submission::new(Operation::LipsyncV2Generate) else {
        return (fleet, ids);
    };
    let submission = submission.with_deadline(PATIENCE);
    ids.reserve_exact(jobs);
    for job in 0..jobs {
        let at = Millis((job * 10_000 / jobs) as u64);
        ids.push(fleet.handle_submitted(submission, at));
    }
    (fleet, ids)
}

/// Runs until that many jobs were looked at, all of them running; the virtual time it took.
fn look(fleet: &mut Scheduler, now: &mut Millis, looks: u64) -> (u64, u64) {
    let running = Snapshot::new(Status::Running);
    let (mut looked, mut requests) = (0, 0);
    while looked < looks {
        match fleet.poll_output(*now) {
            Output::Read(read) => {
                looked += read.jobs.len() as u64;
                requests += 1;
                let answers: Vec<_> = read.jobs.iter().map(|id| (*id, running.clone())).collect();
                fleet.handle_read_answered(read.id, &answers, *now);
            }
            Output::WaitUntil(at) => *now = at,
            // Were a job gone, there would be fewer and fewer to look at, and no end.
            other => panic!("a job that runs is only looked at, but: {other:?}"),
        }
    }
    (looked, requests)
}

fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("wait");
    group.throughput(Throughput::Elements(1));
    for jobs in [1_000, JOBS] {
        let (mut fleet, _ids) = in_flight(jobs);
        let mut now = Millis(10_000);
        group.bench_function(format!("look-among-{jobs}"), |bencher| {
            bencher.iter_custom(|looks| {
                let began = Instant::now();
                let (looked, _) = look(&mut fleet, &mut now, looks);
                // A list holds up to a hundred looks, so a few more were done than asked for.
                began.elapsed().mul_f64(looks as f64 / looked.max(1) as f64)
            });
        });
    }
    group.finish();
}

/// How long the jobs of the trial take: log-normal, median 120 s, sigma 0.6; in seconds.
struct Trial {
    state: u64,
}

impl Trial {
    const MEDIAN: f64 = 120.0;
    const SIGMA: f64 = 0.6;

    fn uniform(&mut self) -> f64 {
        // A 64-bit linear congruential generator; its upper half is good enough to draw from.
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn duration(&mut self) -> f64 {
        let (radius, angle) = (self.uniform(), self.uniform());
        let normal = (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos();
        Self::MEDIAN * (Self::SIGMA * normal).exp()
    }

    /// Half of the square of the integral of the root of density times survivor function: no
    /// schedule has a smaller product of looks and delay.
    fn bound() -> f64 {
        let (steps, widest) = (200_000, 6.0);
        let width = 2.0 * widest / f64::from(steps);
        let mut survivor = 1.0;
        let mut integral = 0.0;
        for step in 0..steps {
            let z = -widest + (f64::from(step) + 0.5) * width;
            let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
            survivor -= density * width;
            let time = Self::MEDIAN * (Self::SIGMA * z).exp();
            // The density over time is the one over z, divided by how fast time goes with z.
            let over_time = density / (Self::SIGMA * time);
            integral += (over_time * f64::max(survivor, 0.0)).sqrt() * Self::SIGMA * time * width;
        }
        integral * integral / 2.0
    }
}

/// Looks a job, and the mean and the 99th percentile of the delay in seconds.
struct Row {
    looks: f64,
    delay: f64,
    late: f64,
}

impl Row {
    fn of(looks: u64, mut delays: Vec<f64>) -> Row {
        delays.sort_by(f64::total_cmp);
        let count = delays.len().max(1) as f64;
        Row {
            looks: looks as f64 / count,
            delay: delays.iter().sum::<f64>() / count,
            late: delays.get(delays.len() * 99 / 100).copied().unwrap_or(0.0),
        }
    }
}

/// Looks at fixed ages.
fn by_ages(mut next: impl FnMut(f64) -> f64) -> Row {
    let mut trial = Trial { state: 1 };
    let mut looks = 0;
    let delays = (0..SAMPLE).map(|_| {
        let duration = trial.duration();
        let mut age = 0.0;
        while age < duration {
            age = next(age);
            looks += 1;
        }
        age - duration
    });
    let delays = delays.collect();
    Row::of(looks, delays)
}

/// The scheduler itself, which knows nothing at first; templates, so that each look is a request.
fn learnt(skipped: usize) -> Row {
    let mut trial = Trial { state: 1 };
    let mut fleet = plenty();
    let Ok(submission) = Submission::new(Operation::CustomTemplateGenerate) else {
        return Row::of(0, Vec::new());
    };
    let done = Snapshot::new(Status::Done).with_outputs(Outputs::NONE.with(Field::VideoOutput));
    let running = Snapshot::new(Status::Running);
    let mut jobs: HashMap<JobId, (usize, f64)> = HashMap::new();
    let (mut now, mut submitted, mut looks) = (Millis(0), 0, 0);
    let mut delays = Vec::new();
    loop {
        let next_job = Millis(submitted as u64 * 500);
        if submitted < SAMPLE + skipped && next_job <= now {
            let ends_at = now.0 as f64 + trial.duration() * 1_000.0;
            jobs.insert(
                fleet.handle_submitted(submission, now),
                (submitted, ends_at),
            );
            submitted += 1;
            continue;
        }
        match fleet.poll_output(now) {
            Output::Read(Read { id, jobs: read, .. }) => {
                let state = |job: &JobId| {
                    let ends_at = jobs.get(job).map_or(f64::MAX, |(_, ends_at)| *ends_at);
                    let is_done = now.0 as f64 >= ends_at;
                    (
                        *job,
                        if is_done {
                            done.clone()
                        } else {
                            running.clone()
                        },
                    )
                };
                let counted = read
                    .iter()
                    .filter(|job| jobs.get(job).is_some_and(|j| j.0 >= skipped));
                looks += counted.count() as u64;
                let answers: Vec<_> = read.iter().map(state).collect();
                fleet.handle_read_answered(id, &answers, now);
            }
            Output::Finished(job, _) => {
                if let Some((number, ends_at)) = jobs.remove(&job)
                    && number >= skipped
                {
                    delays.push((now.0 as f64 - ends_at) / 1_000.0);
                }
            }
            Output::WaitUntil(_) if submitted == SAMPLE + skipped && fleet.is_empty() => break,
            Output::WaitUntil(at) if submitted < SAMPLE + skipped => now = at.min(next_job),
            Output::WaitUntil(at) => now = at,
            other => {
                black_box(other);
            }
        }
    }
    Row::of(looks, delays)
}

#[expect(clippy::print_stdout, reason = "the table is the bench's result")]
fn tables() {
    let region = Region::new(ALLOCATOR);
    let (mut fleet, ids) = in_flight(JOBS);
    let handles = ids.capacity() * size_of::<JobId>();
    let held = |region: &Region<'_, System>| {
        let stats = region.change();
        (stats.bytes_allocated as f64 - stats.bytes_deallocated as f64 - handles as f64)
            / JOBS as f64
    };
    let at_first = held(&region);
    let mut now = Millis(10_000);
    look(&mut fleet, &mut now, 2 * JOBS as u64);
    let later = held(&region);
    let began = now;
    let (_, requests) = look(&mut fleet, &mut now, 10 * JOBS as u64);
    let seconds = now.since(began) as f64 / 1_000.0;
    let bound = (JOBS as f64 / 100.0).ceil() / 10.0;
    println!("\n| 100,000 jobs in flight | |\n| --- | ---: |");
    println!("| bytes a job, submitted | {at_first:.0} |");
    println!("| bytes a job, looked at twice | {later:.0} |");
    println!(
        "| requests/s at 10 s between looks | {:.1} |",
        requests as f64 / seconds
    );
    println!("| the bound ceil(M/100)/d | {bound:.1} |\n");

    let bound = Trial::bound();
    println!(
        "| schedule (log-normal, median 120 s, sigma 0.6) | looks/job | mean delay | p99 delay | efficiency |"
    );
    println!("| --- | ---: | ---: | ---: | ---: |");
    let mut delay = 0.0;
    let doubling = move |age: f64| {
        delay = if age == 0.0 {
            2.0
        } else {
            f64::min(delay * 2.0, 60.0)
        };
        age + delay
    };
    let rows = [
        ("learnt, once 1,000 jobs were seen", learnt(1_000)),
        ("learnt, from the first job on", learnt(0)),
        ("fixed 5 s", by_ages(|age| age + 5.0)),
        ("fixed 10 s", by_ages(|age| age + 10.0)),
        ("doubling from 2 s to 60 s", by_ages(doubling)),
        (
            "growing by a quarter from 5 s",
            by_ages(|age| if age == 0.0 { 5.0 } else { age * 1.25 }),
        ),
    ];
    for (name, row) in rows {
        println!(
            "| {name} | {:.1} | {:.1} s | {:.1} s | {:.2} |",
            row.looks,
            row.delay,
            row.late,
            bound / (row.looks * row.delay)
        );
    }
    println!("\nThe bound on looks x delay is {bound:.1} s.");
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    decisions(&mut criterion);
    criterion.final_summary();
    summary::print(
        "wait",
        "look-among-1000",
        &["look-among-1000", "look-among-100000"],
    );
    tables();
}
