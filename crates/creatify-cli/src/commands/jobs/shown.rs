//! Paid calls as JSON and as text: where each stands, what it holds reserved, what comes next.
//!
//! Nothing here reads the ledger or decides anything.

use std::fmt::Write as _;

use creatify::ledger::{Attempt, Export, Intent, IntentId, Money, Salvage, UnixMillis};
use creatify::{Credits, Finding, Operation};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::next::next_step;
use super::{as_json, job_of};
use crate::output;

/// A paid call, as `jobs list` prints it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PaidCall {
    /// Its name in the ledger.
    intent: String,
    /// Where it stands, such as `ambiguous`.
    state: String,
    operation: Operation,
    /// Who pays: a hash of the API id.
    account: String,
    /// The most it may cost.
    price: Credits,
    /// What is set aside for it now.
    reserved: Credits,
    /// What it was billed, once it is over.
    spent: Option<Credits>,
    /// Its job, as `creatify wait` takes it, once known.
    job: Option<String>,
    /// The id of the job it goes on with, for a render.
    renders: Option<String>,
    /// When it was written down, in UTC.
    planned_at: String,
    /// When it last changed, in UTC.
    changed_at: String,
    /// Every time it was sent, the first one first.
    attempts: Vec<Sending>,
    /// What a person does next, where there is something to do.
    next_step: Option<String>,
}

/// One time that a paid call was sent.
#[derive(Debug, Serialize, JsonSchema)]
struct Sending {
    /// From 1.
    number: u32,
    /// When it was let out, in UTC.
    sent_at: String,
    /// What was set aside for it.
    reserved: Credits,
    /// What became of that: `reserved`, `voided` or `posted`.
    money: &'static str,
    /// What it was billed, once that is posted.
    bill: Option<Credits>,
    /// The mark in the name of its job, by which it is found again.
    marker: String,
    /// From when on its absence from a list counts, where its outcome is unknown; in UTC.
    horizon_at: Option<String>,
    /// The status that refused it.
    status: Option<u16>,
    /// What was said about it.
    note: Option<String>,
}

/// A paid call with its history, as `jobs show` prints it.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Shown {
    #[serde(flatten)]
    call: PaidCall,
    /// Every change, the first one first.
    history: Vec<Change>,
    /// What must not happen, and did.
    alarms: Vec<String>,
}

/// One change of a paid call.
#[derive(Debug, Serialize, JsonSchema)]
struct Change {
    /// When, in UTC.
    at: String,
    /// What happened, such as `answer-lost`.
    event: String,
    /// The state after it.
    to: String,
    /// The attempt it is about, from 1; 0 before the first one.
    attempt: u32,
    /// Who decided, where a person did.
    by: Option<String>,
    note: Option<String>,
}

/// What `jobs reconcile` found out about a call.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Found {
    intent: String,
    /// Where it stands now.
    state: String,
    /// Its job, where it is known by now.
    job: Option<String>,
    /// Seconds until a look can prove something; 0 once it can.
    horizon_in_seconds: u64,
    next_step: Option<String>,
    alarms: Vec<String>,
}

/// A whole ledger, without request bodies.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Exported {
    /// Whether the file is a sound ledger of this version. If not, `content` holds tables as they
    /// stand in the file.
    is_sound: bool,
    /// What could not be read.
    problems: Vec<String>,
    content: Value,
}

impl PaidCall {
    pub(crate) fn of(intent: &Intent, now: UnixMillis) -> Self {
        let reserved = intent
            .newest()
            .filter(|attempt| attempt.money == Money::Reserved)
            .map_or(Credits::ZERO, |attempt| attempt.reserved);
        Self {
            intent: intent.id.to_string(),
            state: intent.state.to_string(),
            operation: intent.operation,
            account: intent.account.clone(),
            price: intent.price,
            reserved,
            spent: intent.newest().and_then(bill),
            job: job_of(intent).map(|job| job.to_string()),
            renders: intent.continues.as_ref().map(|on| on.job.clone()),
            planned_at: intent.planned_at.to_string(),
            changed_at: intent.changed_at.to_string(),
            attempts: intent
                .attempts
                .iter()
                .map(|attempt| Sending::of(attempt, intent.id))
                .collect(),
            next_step: next_step(intent, now),
        }
    }
}

impl Sending {
    fn of(attempt: &Attempt, intent: IntentId) -> Self {
        let money = match attempt.money {
            Money::Reserved => "reserved",
            Money::Voided => "voided",
            _ => "posted",
        };
        Self {
            number: attempt.number,
            sent_at: attempt.sent_at.to_string(),
            reserved: attempt.reserved,
            money,
            bill: bill(attempt),
            marker: attempt.marker(intent).to_string(),
            horizon_at: attempt.horizon_at.map(|at| at.to_string()),
            status: attempt.status,
            note: attempt.note.clone(),
        }
    }
}

impl Shown {
    pub(crate) fn of(export: &Export, id: IntentId, now: UnixMillis) -> Option<Self> {
        let intent = export.intents.iter().find(|intent| intent.id == id)?;
        let history = export.log.iter().filter(|entry| entry.intent == id);
        let alarms = export.alarms.iter().filter(|alarm| alarm.intent == id);
        Some(Self {
            call: PaidCall::of(intent, now),
            history: history
                .map(|entry| Change {
                    at: entry.at.to_string(),
                    event: entry.event.to_string(),
                    to: entry.to.to_string(),
                    attempt: entry.attempt,
                    by: entry.by.clone(),
                    note: entry.note.clone(),
                })
                .collect(),
            alarms: alarms
                .map(|alarm| format!("{}: {}", alarm.kind.as_str(), alarm.detail))
                .collect(),
        })
    }

    pub(crate) fn in_words(&self) -> String {
        let call = &self.call;
        let mut text = output::facts(&[
            ("intent", Some(call.intent.clone())),
            ("state", Some(call.state.clone())),
            ("operation", Some(call.operation.to_string())),
            ("account", Some(call.account.clone())),
            ("price", Some(format!("at most {} credits", call.price))),
            ("reserved", Some(format!("{} credits", call.reserved))),
            ("spent", call.spent.map(|bill| format!("{bill} credits"))),
            ("job", call.job.clone()),
            ("renders", call.renders.clone()),
            ("next step", call.next_step.clone()),
        ]);
        for alarm in &self.alarms {
            let _ = writeln!(text, "alarm: {alarm}");
        }
        let attempts: Vec<[String; 5]> = call
            .attempts
            .iter()
            .map(|sent| {
                let money = match sent.bill {
                    Some(bill) => format!("{bill} billed"),
                    None => format!("{} {}", sent.reserved, sent.money),
                };
                [
                    sent.number.to_string(),
                    sent.sent_at.clone(),
                    money,
                    sent.marker.clone(),
                    output::or_dash(sent.note.as_ref()),
                ]
            })
            .collect();
        if !attempts.is_empty() {
            text.push('\n');
            let head = ["ATTEMPT", "SENT", "CREDITS", "MARK", "NOTE"];
            text.push_str(&output::table(head, &attempts));
        }
        let history: Vec<[String; 4]> = self
            .history
            .iter()
            .map(|change| {
                [
                    change.at.clone(),
                    change.event.clone(),
                    change.to.clone(),
                    output::or_dash(change.by.as_ref()),
                ]
            })
            .collect();
        text.push('\n');
        text.push_str(&output::table(["AT", "EVENT", "STATE", "BY"], &history));
        text
    }
}

impl Found {
    pub(crate) fn of(finding: &Finding, intent: &Intent, now: UnixMillis) -> Self {
        let left = finding.horizon_in;
        Self {
            intent: finding.intent.to_string(),
            state: finding.state.to_string(),
            job: job_of(intent).map(|job| job.to_string()),
            horizon_in_seconds: left.as_secs() + u64::from(left.subsec_nanos() > 0),
            next_step: next_step(intent, now),
            alarms: finding
                .alarms
                .iter()
                .map(|alarm| format!("{}: {}", alarm.kind.as_str(), alarm.detail))
                .collect(),
        }
    }

    pub(crate) fn in_words(&self) -> String {
        let mut text = format!("{}: {}", self.intent, self.state);
        if let Some(job) = &self.job {
            let _ = write!(text, ", job {job}");
        }
        if self.horizon_in_seconds > 0 {
            let seconds = self.horizon_in_seconds;
            let _ = write!(text, ", too early for another {seconds} s");
        }
        text.push('\n');
        if let Some(next) = &self.next_step {
            let _ = writeln!(text, "  next: {next}");
        }
        for alarm in &self.alarms {
            let _ = writeln!(text, "  alarm: {alarm}");
        }
        text
    }
}

impl Exported {
    pub(crate) fn whole(export: &Export) -> Self {
        Self {
            is_sound: true,
            problems: Vec::new(),
            content: as_json(export),
        }
    }

    pub(crate) fn salvaged(salvage: &Salvage) -> Self {
        Self {
            is_sound: false,
            problems: salvage.problems.clone(),
            content: as_json(&salvage.tables),
        }
    }

    /// There is no other form than JSON for all of it.
    pub(crate) fn in_words(&self) -> String {
        format!("{:#}", as_json(self))
    }
}

/// The calls as a table, and under it what is to be done.
pub(crate) fn table(calls: &[PaidCall]) -> String {
    if calls.is_empty() {
        return "no paid calls".to_owned();
    }
    let rows: Vec<[String; 7]> = calls
        .iter()
        .map(|call| {
            [
                call.intent.clone(),
                call.state.clone(),
                call.operation.to_string(),
                call.attempts.len().to_string(),
                call.reserved.to_string(),
                output::or_dash(call.spent),
                output::or_dash(call.job.as_ref().or(call.renders.as_ref())),
            ]
        })
        .collect();
    let head = [
        "INTENT",
        "STATE",
        "OPERATION",
        "ATTEMPTS",
        "RESERVED",
        "SPENT",
        "JOB",
    ];
    let mut text = output::table(head, &rows);
    let open = calls
        .iter()
        .filter_map(|call| Some((&call.intent, call.next_step.as_ref()?)));
    for (index, (intent, next)) in open.enumerate() {
        if index == 0 {
            text.push_str("\nnext steps:\n");
        }
        let _ = writeln!(text, "  {intent}: {next}");
    }
    text
}

fn bill(attempt: &Attempt) -> Option<Credits> {
    match attempt.money {
        Money::Posted(bill) => Some(bill),
        _ => None,
    }
}
