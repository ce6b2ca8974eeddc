//! One simulation: its hosts, a network, and the events of a plan, step by step.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use creatify::emulator::{Clock, Emulator};
use turmoil::Sim;

use crate::check;
use crate::plan::{Event, Plan, Way};
use crate::runner;
use crate::stranger;
use crate::wire::{Harbour, PORT, RUNNER, SERVICE, STRANGER};
use crate::world::{Rule, World};

/// Simulated time between two looks at everything.
const TICK: Duration = Duration::from_millis(200);
/// A simulation that is not over by then waits for ever.
const LIMIT: Duration = Duration::from_secs(1_800);

/// What came of one simulation.
#[derive(Debug)]
pub struct Ended {
    /// What it was made from.
    pub seed: u64,
    /// Everything that was not as it must be; none when all is well.
    pub wrong: Vec<String>,
    /// Of every line of the record: equal hashes mean that the same things happened.
    pub hash: u64,
    /// The record, where it was asked for.
    pub lines: Vec<String>,
    /// What it had to do with.
    pub tally: Tally,
}

/// Counts over one simulation, or several.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// Purchases that were written down.
    pub intents: u64,
    /// Attempts that a gate let out.
    pub attempts: u64,
    /// Attempts whose outcome was not known at some time.
    pub ambiguous: u64,
    /// Jobs that the service made.
    pub jobs: u64,
    /// Call-backs of the service that were taken.
    pub called: u64,
    /// Jobs that were missing, and found by their call-back.
    pub confirmed: u64,
    /// How often the client's process died.
    pub crashes: u64,
    /// Lines of the record.
    pub lines: u64,
    /// Simulated time.
    pub simulated: Duration,
}

impl Tally {
    /// Adds another one's counts.
    pub fn add(&mut self, other: &Self) {
        self.intents += other.intents;
        self.attempts += other.attempts;
        self.ambiguous += other.ambiguous;
        self.jobs += other.jobs;
        self.called += other.called;
        self.confirmed += other.confirmed;
        self.crashes += other.crashes;
        self.lines += other.lines;
        self.simulated += other.simulated;
    }
}

/// Runs a plan.
#[must_use]
pub fn run(plan: Plan, rule: Rule, keeps_lines: bool) -> Ended {
    let seed = plan.seed;
    let world = World::new(plan, rule, keeps_lines);
    let (crashes, simulated) = steps(&world);
    if rule.keeps_ledger() && world.is_done.load(Ordering::Relaxed) {
        check::at_the_end(&world);
    }
    Ended {
        seed,
        wrong: world.complaints(),
        hash: world.trace.hash(),
        tally: Tally {
            crashes,
            simulated,
            ..check::tally(&world)
        },
        lines: world.trace.take_lines(),
    }
}

/// Steps until the campaign is over; gives how often the process died, and the time that passed.
fn steps(world: &Arc<World>) -> (u64, Duration) {
    let mut sim = turmoil::Builder::new()
        .rng_seed(world.plan.seed)
        .epoch(World::beginning())
        .tick_duration(TICK)
        .simulation_duration(LIMIT)
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(300))
        .tcp_capacity(1_024)
        .build();
    let on_service = Arc::clone(world);
    sim.host(SERVICE, move || service(Arc::clone(&on_service)));
    let on_runner = Arc::clone(world);
    sim.host(RUNNER, move || {
        let world = Arc::clone(&on_runner);
        async move {
            runner::process(world).await;
            Ok(())
        }
    });
    let on_stranger = Arc::clone(world);
    if !world.plan.forgeries.is_empty() {
        sim.host(STRANGER, move || stranger::posts(Arc::clone(&on_stranger)));
    }
    let mut events = world.plan.events.iter().peekable();
    let (mut crashes, mut seen, mut paid) = (0, 0, 0);
    while !world.is_done.load(Ordering::Relaxed) {
        while let Some((at, event)) = events.next_if(|(at, _)| *at <= sim.elapsed()) {
            world.trace.note(*at, "event", &format!("{event:?}"));
            crashes += u64::from(*event == Event::Crash);
            strike(world, &mut sim, *event);
        }
        if let Err(error) = sim.step() {
            world.complain(format!("the simulation ended: {error}"));
            break;
        }
        let jobs = world.jobs();
        let phases: u32 = jobs.iter().map(|job| job.phases).sum();
        if phases != paid {
            paid = phases;
            let all = format!("{phases} phases of {} jobs are paid for", jobs.len());
            world.trace.note(sim.elapsed(), "service", &all);
        }
        if world.trace.count() != seen {
            seen = world.trace.count();
            check::always(world, &jobs);
        }
        if sim.elapsed() >= LIMIT {
            world.complain("the campaign never ends".to_owned());
            break;
        }
    }
    (crashes, sim.elapsed())
}

async fn service(world: Arc<World>) -> turmoil::Result {
    let listener = turmoil::net::TcpListener::bind(("0.0.0.0", PORT)).await?;
    let harbour = Harbour {
        listener,
        world: Arc::clone(&world),
    };
    let plan = &world.plan;
    let emulator = Emulator::builder()
        .seed(plan.seed)
        .clock(Clock::Real)
        .start_at(World::beginning())
        .credits(runner::CREDITS.to_string())
        .summed_credits_used(plan.summed_bills)
        .skipping_statuses(plan.skipped_statuses)
        .start_on(harbour, ([127, 0, 0, 1], PORT).into())?;
    for fault in &plan.faults {
        emulator.inject(fault.clone());
    }
    world.set_emulator(emulator);
    std::future::pending().await
}

fn strike(world: &World, sim: &mut Sim<'_>, event: Event) {
    match event {
        Event::Crash => {
            world.end_process();
            sim.crash(RUNNER);
        }
        Event::Start => sim.bounce(RUNNER),
        Event::Cut(Way::Both) => sim.partition(RUNNER, SERVICE),
        Event::Cut(Way::ToService) => sim.partition_oneway(RUNNER, SERVICE),
        Event::Cut(Way::ToRunner) => sim.partition_oneway(SERVICE, RUNNER),
        Event::Mend(Way::Both) => sim.repair(RUNNER, SERVICE),
        Event::Mend(Way::ToService) => sim.repair_oneway(RUNNER, SERVICE),
        Event::Mend(Way::ToRunner) => sim.repair_oneway(SERVICE, RUNNER),
        Event::Hold => sim.hold(RUNNER, SERVICE),
        Event::Release => sim.release(RUNNER, SERVICE),
        Event::SetClock(by) => world.set_clock(by),
        Event::DiskFull => world.is_disk_full.store(true, Ordering::Relaxed),
        Event::DiskFree => world.is_disk_full.store(false, Ordering::Relaxed),
    }
}
