//! The money invariants, held against one intent before each commit and against a whole ledger on
//! demand.
//!
//! It reads and judges; it mends nothing.

use std::collections::{BTreeMap, BTreeSet};

use creatify_core::Credits;

use crate::export::Export;
use crate::intent::{Intent, Money};
use crate::money::{Balance, Scope};
use crate::news::AlarmKind;
use crate::protocol::State;

/// What is wrong with an intent by itself, if anything is.
///
/// One job at most (I1), a reservation open exactly in the states that need one, each ended once
/// (I4), and a job exactly where one was accepted.
pub(crate) fn wrong_with(intent: &Intent) -> Option<String> {
    let count = |is: fn(&Money) -> bool| {
        intent
            .attempts
            .iter()
            .filter(|attempt| is(&attempt.money))
            .count()
    };
    let open = count(|money| *money == Money::Reserved);
    let posted = count(|money| matches!(money, Money::Posted(_)));
    let is_settled = matches!(intent.state, State::Settled | State::SettledFailed);
    if open != usize::from(intent.state.is_reserved()) {
        return Some(format!("{open} open reservations while {}", intent.state));
    }
    if posted != usize::from(is_settled) {
        return Some(format!("{posted} bills while {}", intent.state));
    }
    if intent.job.is_some() != (is_settled || intent.state == State::Accepted) {
        return Some(format!("the job does not fit the state {}", intent.state));
    }
    if intent.held.is_some() != (intent.state == State::Held) {
        return Some(format!("a reason to hold while {}", intent.state));
    }
    let numbers = intent.attempts.iter().map(|attempt| attempt.number);
    if !numbers.eq(1..intent.next_attempt()) {
        return Some("the attempts are not numbered from 1".to_owned());
    }
    let pays = intent.job.as_ref().map(|job| job.attempt);
    let payer = intent
        .attempts
        .iter()
        .find(|attempt| attempt.money != Money::Voided);
    match (pays, payer) {
        (Some(pays), Some(payer)) if payer.number != pays => {
            Some("another attempt than the job's pays".to_owned())
        }
        (None, Some(payer)) if payer.number.checked_add(1) != Some(intent.next_attempt()) => {
            Some("an attempt before the newest is open".to_owned())
        }
        _ => None,
    }
}

/// Everything that is wrong with a whole ledger; empty when it is sound.
///
/// Beside what holds for each intent: each job belongs to one intent (I2), the balances are the
/// sums of their attempts (I3, I5), limits are kept except where a bill or an alarm explains it
/// (I3, I4), and the history is without gaps and leads to each intent's state (I9).
#[must_use]
pub fn audit(ledger: &Export) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut jobs = BTreeSet::new();
    let mut sums: BTreeMap<Scope, Balance> = BTreeMap::new();
    for intent in &ledger.intents {
        if let Some(what) = wrong_with(intent) {
            wrong.push(format!("intent {}: {what}", intent.id));
        }
        if let Some(job) = &intent.job
            && !jobs.insert((&job.id, intent.job_step()))
        {
            wrong.push(format!("job {} belongs to two intents", job.id));
        }
        add_up(intent, &mut sums, &mut wrong);
        bills_above(ledger, intent, &mut wrong);
    }
    balances(ledger, sums, &mut wrong);
    history(ledger, &mut wrong);
    wrong
}

fn add_up(intent: &Intent, sums: &mut BTreeMap<Scope, Balance>, wrong: &mut Vec<String>) {
    for attempt in &intent.attempts {
        for scope in &attempt.scopes {
            let sum = sums
                .entry(scope.clone())
                .or_insert_with(|| Balance::new(scope.clone()));
            let (total, amount) = match attempt.money {
                Money::Reserved => (&mut sum.reserved, attempt.reserved),
                Money::Posted(bill) => (&mut sum.spent, bill),
                Money::Voided => continue,
            };
            match total.checked_add(amount) {
                Some(added) => *total = added,
                None => wrong.push(format!("the amounts of {scope} do not fit")),
            }
        }
    }
}

fn bills_above(ledger: &Export, intent: &Intent, wrong: &mut Vec<String>) {
    for attempt in &intent.attempts {
        let is_above = matches!(attempt.money, Money::Posted(bill) if bill > attempt.reserved);
        let is_known = || {
            ledger
                .alarms
                .iter()
                .any(|alarm| alarm.intent == intent.id && alarm.kind == AlarmKind::AboveReserved)
        };
        if is_above && !is_known() {
            wrong.push(format!(
                "intent {}: a bill above its reservation raised no alarm",
                intent.id
            ));
        }
    }
}

fn balances(ledger: &Export, sums: BTreeMap<Scope, Balance>, wrong: &mut Vec<String>) {
    let stored: BTreeMap<&Scope, &Balance> = ledger
        .balances
        .iter()
        .map(|balance| (&balance.scope, balance))
        .collect();
    for (scope, sum) in &sums {
        let (reserved, spent) = stored
            .get(scope)
            .map_or((Credits::ZERO, Credits::ZERO), |balance| {
                (balance.reserved, balance.spent)
            });
        if (reserved, spent) != (sum.reserved, sum.spent) {
            wrong.push(format!(
                "{scope} holds {reserved} reserved and {spent} spent, its attempts add up to {} \
                 and {}",
                sum.reserved, sum.spent
            ));
        }
    }
    for (scope, balance) in stored {
        let is_empty = balance.reserved.is_zero() && balance.spent.is_zero();
        if !is_empty && !sums.contains_key(scope) {
            wrong.push(format!("{scope} holds amounts of no attempt"));
        }
    }
}

fn history(ledger: &Export, wrong: &mut Vec<String>) {
    let mut states: BTreeMap<_, State> = BTreeMap::new();
    for (place, line) in (1_u64..).zip(&ledger.log) {
        if line.number != place {
            wrong.push(format!(
                "line {place} of the history has number {}",
                line.number
            ));
        }
        let before = states
            .insert(line.intent, line.to)
            .unwrap_or(State::Unknown);
        if before != line.from {
            wrong.push(format!(
                "line {place} of the history starts from {}, the intent was {before}",
                line.from
            ));
        }
    }
    for intent in &ledger.intents {
        let last = states.remove(&intent.id).unwrap_or(State::Unknown);
        if last != intent.state {
            wrong.push(format!(
                "intent {} is {}, its history ends {last}",
                intent.id, intent.state
            ));
        }
    }
    for intent in states.keys() {
        wrong.push(format!(
            "the history knows intent {intent}, the ledger does not"
        ));
    }
}
