//! What must hold: after every step, and at the end. It compares the ledger with the jobs that there
//! really are, and mends nothing.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use creatify::Credits;
use creatify::emulator::JobRecord;
use creatify::ledger::protocol::{Event, State};
use creatify::ledger::{
    AlarmKind, Export, Filter, Intent, Ledger as _, LogEntry, Marker, Money, Scope,
};

use crate::plan::credits;
use crate::run::Tally;
use crate::runner;
use crate::world::World;

/// What must hold at any moment, given the jobs that there are.
pub(crate) fn always(world: &World, jobs: &[JobRecord]) {
    double_spends(world, jobs);
    if world.rule.keeps_ledger() {
        let intents = world.ledger.intents(&Filter::default());
        let intents = intents.unwrap_or_default();
        gated(world, jobs, &intents);
        reported(world, jobs, &intents);
    }
}

/// No purchase has two jobs, and no job was paid for more phases than were asked for (I1).
fn double_spends(world: &World, jobs: &[JobRecord]) {
    let mut paid: BTreeMap<&str, u32> = BTreeMap::new();
    for job in jobs {
        *paid.entry(runner::purchase_of(&job.name)).or_default() += 1;
        if job.phases > 2 {
            world.complain(format!("job {} was rendered twice: a double spend", job.id));
        }
    }
    for (purchase, count) in paid {
        if count > 1 {
            world.complain(format!("`{purchase}` has {count} jobs: a double spend"));
        }
    }
}

/// Every job was let out by a gate before (I6), and by none that the ledger calls unspent (I7).
fn gated(world: &World, jobs: &[JobRecord], intents: &[Intent]) {
    for job in jobs {
        let Some(marker) = Marker::find(&job.name) else {
            world.complain(format!("job {} has no mark", job.id));
            continue;
        };
        let intent = intents.iter().find(|intent| intent.id == marker.intent());
        match intent.and_then(|intent| intent.attempt(marker.attempt())) {
            None => world.complain(format!("job {} was sent before its gate", job.id)),
            Some(attempt) if attempt.money == Money::Voided => world.complain(format!(
                "job {} exists, and its attempt is called unspent",
                job.id
            )),
            Some(_) => {}
        }
    }
}

/// Whatever the ledger calls an intent's job is it, and whatever it calls over is over: nobody was told
/// of an end that there is not.
fn reported(world: &World, jobs: &[JobRecord], intents: &[Intent]) {
    for intent in intents {
        let job = job_of(intent, jobs);
        if intent
            .job_id()
            .is_some_and(|id| job.is_none_or(|job| job.id != id))
        {
            world.complain(format!("intent {} was given another's job", intent.id));
        }
        let ends: &[&str] = match intent.state {
            State::Settled => &["done"],
            State::SettledFailed => &["failed", "rejected"],
            _ => continue,
        };
        let phase = 1 + u32::from(intent.continues.is_some());
        // A phase that was followed by another one had ended well.
        let is_over =
            job.is_some_and(|job| job.phases > phase || ends.contains(&job.status.as_str()));
        if !is_over {
            world.complain(format!(
                "intent {} was reported {}, and its job is not",
                intent.id, ends[0]
            ));
        }
    }
}

/// What must hold before a person decides anything: where lists tell the truth, nothing is left that
/// a list could have told.
pub(crate) fn before_the_person(world: &World) {
    let jobs = world.jobs();
    for intent in world.ledger.intents(&Filter::default()).unwrap_or_default() {
        if world.plan.is_truthful && matches!(intent.state, State::Sent | State::Ambiguous) {
            world.complain(format!("intent {} is unresolved", intent.id));
        }
        let job = job_of(&intent, &jobs);
        let is_listed = intent.operation == creatify::Operation::LipsyncV2Generate
            || intent.continues.is_some();
        if intent.state == State::Parked && world.plan.is_truthful && is_listed && job.is_some() {
            world.complain(format!(
                "intent {} was given up, and it has a job",
                intent.id
            ));
        }
    }
}

/// The job of an intent, as the service knows it.
pub(crate) fn job_of<'j>(intent: &Intent, jobs: &'j [JobRecord]) -> Option<&'j JobRecord> {
    match &intent.continues {
        Some(on) => jobs.iter().find(|job| job.id == on.job && job.phases > 1),
        None => jobs
            .iter()
            .find(|job| Marker::find(&job.name).is_some_and(|mark| mark.intent() == intent.id)),
    }
}

/// What must hold when the campaign is over.
pub(crate) fn at_the_end(world: &World) {
    let Ok(export) = world.ledger.export() else {
        return world.complain("the ledger cannot be read".to_owned());
    };
    let jobs = world.jobs();
    for intent in &export.intents {
        // I8, and nothing that waits for ever.
        if !intent.state.is_final() {
            world.complain(format!("intent {} ends {}", intent.id, intent.state));
        }
    }
    for job in &jobs {
        let owners = export
            .intents
            .iter()
            .filter(|intent| intent.job_id() == Some(job.id.as_str()));
        // I2: the one that made it, and one for each phase after that.
        if owners.count() != job.phases as usize {
            world.complain(format!(
                "job {} was paid for {} times, and the ledger knows another number: a lost job",
                job.id, job.phases
            ));
        }
    }
    money(world, &export);
}

/// What the ledger says was spent is what the service took (I3, I5).
fn money(world: &World, export: &Export) {
    let scope = Scope::Account(runner::ACCOUNT.to_owned());
    let (Ok(balance), Some(emulator)) = (world.ledger.balance(&scope), world.emulator()) else {
        return world.complain("the balances cannot be read".to_owned());
    };
    let zero = Credits::ZERO;
    if balance.reserved != zero {
        world.complain(format!("{} stays reserved", balance.reserved));
    }
    let taken = runner::CREDITS * 1_000 - emulator.balance_millicredits();
    let spent = balance.spent.to_string();
    if spent != decimal(taken) {
        world.complain(format!(
            "the ledger says {spent} was spent, and the service took {}",
            decimal(taken)
        ));
    }
    let is_alarmed = export
        .alarms
        .iter()
        .any(|alarm| alarm.kind == AlarmKind::AboveReserved);
    let limit = world.plan.limit.map(credits);
    if limit.is_some_and(|limit| balance.spent > limit) && !is_alarmed {
        world.complain(format!("{spent} spent is above the limit"));
    }
}

fn decimal(millicredits: i64) -> String {
    let (whole, rest) = (millicredits / 1_000, millicredits % 1_000);
    match rest {
        0 => whole.to_string(),
        _ => format!("{whole}.{rest:03}")
            .trim_end_matches('0')
            .to_owned(),
    }
}

/// What a simulation had to do with.
pub(crate) fn tally(world: &World) -> Tally {
    let export = world.ledger.export();
    let (mut attempts, mut ambiguous, mut intents, mut confirmed) = (0, 0, 0, 0);
    if let Ok(export) = export {
        intents = export.intents.len() as u64;
        let of = |intent: &Intent| intent.attempts.len() as u64;
        attempts = export.intents.iter().map(of).sum();
        let in_doubt = |line: &&LogEntry| line.to == State::Ambiguous && line.from != line.to;
        ambiguous = export.log.iter().filter(in_doubt).count() as u64;
        let missing = [State::Ambiguous, State::Parked];
        let found = |line: &&LogEntry| {
            line.event == Event::Confirmed
                && missing.contains(&line.from)
                && line.to == State::Accepted
        };
        confirmed = export.log.iter().filter(found).count() as u64;
    }
    Tally {
        intents,
        attempts,
        ambiguous,
        jobs: world.jobs().len() as u64,
        called: world.called.load(Ordering::Relaxed),
        confirmed,
        lines: world.trace.count(),
        ..Tally::default()
    }
}
