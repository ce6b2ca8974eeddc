//! `cargo xtask sim`: simulates seeds, and names each one in which something was not as it must be
//! with the command that replays it alone. Exits with 1 if there is any.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use sim::{Ended, Plan, Rule, Tally, run};

/// So many of the seeds that failed are told in full.
const TOLD: usize = 5;
/// Every so many seeds, one is simulated twice and must come out the same.
const TWICE: u64 = 50;

/// Simulates the client, its ledger and the service with faults drawn from seeds.
#[derive(Parser)]
struct Arguments {
    /// How many seeds, from the first one on.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    first: u64,
    /// One seed alone, with every line of its record.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "first"])]
    seed: Option<u64>,
    /// Send again whatever ended with an error; shows that the simulation sees a second payment.
    #[arg(long)]
    naive: bool,
    /// Take call-backs at their word; shows that the simulation sees a success that there is not.
    #[arg(long, conflicts_with = "naive")]
    trusting: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let rule = match (arguments.naive, arguments.trusting) {
        (true, _) => Rule::Naive,
        (_, true) => Rule::Trusting,
        _ => Rule::Gated,
    };
    match arguments.seed {
        Some(seed) => one(seed, rule),
        None => many(arguments.first, arguments.seeds, rule),
    }
}

fn one(seed: u64, rule: Rule) -> ExitCode {
    let ended = run(Plan::of(seed), rule, true);
    for line in &ended.lines {
        say(line);
    }
    say(&format!("seed {seed}, trace {:016x}", ended.hash));
    for wrong in &ended.wrong {
        say(&format!("wrong: {wrong}"));
    }
    code(ended.wrong.is_empty())
}

/// What the threads share.
struct Work {
    next: AtomicU64,
    end: u64,
    all: Mutex<Sum>,
}

#[derive(Default)]
struct Sum {
    tally: Tally,
    /// Of the hashes of all simulations, in whatever order they end.
    trace: u64,
    failed: Vec<(u64, Vec<String>)>,
}

fn many(first: u64, seeds: u64, rule: Rule) -> ExitCode {
    let begun = Instant::now();
    let work = Work {
        next: AtomicU64::new(first),
        end: first.saturating_add(seeds),
        all: Mutex::default(),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work.drain(rule));
        }
    });
    let sum = work
        .all
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    report(&sum, seeds, rule, begun.elapsed().as_secs_f64())
}

impl Work {
    fn drain(&self, rule: Rule) {
        loop {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.end {
                return;
            }
            let mut ended = run(Plan::of(seed), rule, false);
            if seed.is_multiple_of(TWICE) && run(Plan::of(seed), rule, false).hash != ended.hash {
                ended.wrong.push("a second run went another way".to_owned());
            }
            self.add(ended);
        }
    }

    fn add(&self, ended: Ended) {
        let all = self.all.lock();
        let mut all = all.unwrap_or_else(std::sync::PoisonError::into_inner);
        all.tally.add(&ended.tally);
        all.trace = all.trace.wrapping_add(ended.hash);
        if !ended.wrong.is_empty() {
            all.failed.push((ended.seed, ended.wrong));
        }
    }
}

fn report(sum: &Sum, seeds: u64, rule: Rule, seconds: f64) -> ExitCode {
    let mut failed: Vec<_> = sum.failed.iter().collect();
    failed.sort();
    for (seed, wrong) in failed.iter().take(TOLD) {
        for what in wrong {
            say(&format!("seed {seed}: {what}"));
        }
        let rule = match rule {
            Rule::Naive => " --naive",
            Rule::Trusting => " --trusting",
            Rule::Gated => "",
        };
        say(&format!("  replay: cargo xtask sim --seed {seed}{rule}"));
    }
    let doubled = |(_, wrong): &&&(u64, Vec<String>)| {
        wrong.iter().any(|what| what.ends_with("a double spend"))
    };
    let tally = &sum.tally;
    say(&format!(
        "{seeds} seeds, {} with something wrong, {} with a double spend; {} intents, {} attempts, \
         {} of them ambiguous, {} jobs, {} call-backs, {} jobs found by one, {} crashes, {:.0} h simulated in {seconds:.1} s; trace {:016x}",
        failed.len(),
        failed.iter().filter(doubled).count(),
        tally.intents,
        tally.attempts,
        tally.ambiguous,
        tally.jobs,
        tally.called,
        tally.confirmed,
        tally.crashes,
        tally.simulated.as_secs_f64() / 3_600.0,
        sum.trace,
    ));
    code(failed.is_empty())
}

fn code(is_clean: bool) -> ExitCode {
    match is_clean {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

fn say(line: &str) {
    // Nobody reads it when the pipe is closed.
    let _ = writeln!(std::io::stdout(), "{line}");
}
