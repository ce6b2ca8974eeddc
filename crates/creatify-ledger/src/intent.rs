//! What is stored of one intent to pay and of each of its attempts.

use std::fmt;

use creatify_core::{Credits, Model, Operation, Seconds};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::{IntentId, UnixMillis};
use crate::marker::Marker;
use crate::money::Scope;
use crate::protocol::{Policy, State};
use crate::quoted::Quoted;

/// How long after the connection ended no copy of a request can still be under way, in
/// milliseconds: for calls that answer at once. A guess: the vendor publishes nothing on it.
pub const HORIZON: u64 = 60_000;

/// As [`HORIZON`], for calls that answer when the work is done.
pub const HORIZON_BLOCKING: u64 = 15 * 60_000;

/// A paid call that is to be made: everything about it that never changes.
///
/// # Example
///
/// ```
/// use creatify_core::Operation;
/// use creatify_ledger::protocol::Policy;
/// use creatify_ledger::{IntentId, Plan, UnixMillis};
///
/// let id = IntentId::new(UnixMillis(1), 2);
/// let plan = Plan::new(id, "main", Operation::LipsyncV2Generate, "{}", "5".parse()?)
///     .with_campaign("spring")
///     .with_tag("drafts")
///     .with_policy(Policy::Park);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use = "a plan does nothing until a ledger stores it"]
pub struct Plan {
    pub(crate) id: IntentId,
    pub(crate) account: String,
    pub(crate) operation: Operation,
    pub(crate) model: Option<Model>,
    pub(crate) length: LengthClass,
    pub(crate) continues: Option<Continues>,
    pub(crate) campaign: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) policy: Policy,
    pub(crate) horizon: u64,
    pub(crate) body: String,
    pub(crate) price: Credits,
    pub(crate) quoted: Option<Quoted>,
}

impl Plan {
    /// A plan under policy `park`, with the horizon of a call that answers at once.
    ///
    /// `account` names who pays; never a key. `body` is the request without the parts that differ
    /// between attempts, such as the marker. `price` is what is reserved: the most it may cost.
    pub fn new(
        id: IntentId,
        account: impl Into<String>,
        operation: Operation,
        body: impl Into<String>,
        price: Credits,
    ) -> Plan {
        Plan {
            id,
            account: account.into(),
            operation,
            model: None,
            length: LengthClass::Unknown,
            continues: None,
            campaign: None,
            tags: Vec::new(),
            policy: Policy::default(),
            horizon: HORIZON,
            body: body.into(),
            price,
            quoted: None,
        }
    }

    /// Names the model and the length of the video, so that what its job takes can be learnt from.
    pub fn with_class(mut self, model: Option<Model>, length: Option<Seconds>) -> Plan {
        self.model = model;
        self.length = LengthClass::of(length);
        self
    }

    /// Keeps what the quote said, to be held against the bill.
    pub fn with_quote(mut self, quoted: Quoted) -> Plan {
        self.quoted = Some(quoted);
        self
    }

    /// Says that the call works on a job that is there already, such as the render of a preview.
    ///
    /// `step` counts such calls on one job, from 1. Two intents cannot have the same step of the
    /// same job: that is what keeps two callers from rendering it twice.
    pub fn with_continued_job(mut self, job: impl Into<String>, step: u32) -> Plan {
        self.continues = Some(Continues {
            job: job.into(),
            step,
        });
        self
    }

    /// Counts it against a campaign's budget.
    pub fn with_campaign(mut self, campaign: impl Into<String>) -> Plan {
        self.campaign = Some(campaign.into());
        self
    }

    /// Counts it against a tag's budget; can be called for several tags.
    pub fn with_tag(mut self, tag: impl Into<String>) -> Plan {
        let tag = tag.into();
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
        self
    }

    /// Says what to do when the job is not in the list after the horizon.
    pub fn with_policy(mut self, policy: Policy) -> Plan {
        self.policy = policy;
        self
    }

    /// Sets the horizon, in milliseconds after an answer was given up.
    pub fn with_horizon(mut self, millis: u64) -> Plan {
        self.horizon = millis;
        self
    }

    /// The SHA-256 of the body, in hexadecimal digits.
    #[must_use]
    pub fn body_hash(&self) -> String {
        let hash = Sha256::digest(self.body.as_bytes());
        let mut text = String::with_capacity(64);
        for byte in hash {
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }
}

impl fmt::Debug for Plan {
    /// Leaves the body out: it is the user's text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("id", &self.id)
            .field("account", &self.account)
            .field("operation", &self.operation)
            .field("price", &self.price)
            .finish_non_exhaustive()
    }
}

/// A job that a call goes on with, and the number of that call on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[non_exhaustive]
pub struct Continues {
    /// The job's id.
    pub job: String,
    /// 1 for the first call that goes on with it.
    pub step: u32,
}

/// Lengths of video that are taken for alike when it comes to how long a job runs. A guess.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LengthClass {
    /// Nothing is known.
    #[default]
    Unknown,
    /// At most 15 s.
    UpTo15,
    /// Above 15 s, at most 30 s.
    UpTo30,
    /// Above 30 s, at most 60 s.
    UpTo60,
    /// Above 60 s.
    Longer,
}

impl LengthClass {
    /// Every class.
    pub const ALL: &'static [LengthClass] = &[
        LengthClass::Unknown,
        LengthClass::UpTo15,
        LengthClass::UpTo30,
        LengthClass::UpTo60,
        LengthClass::Longer,
    ];

    /// The class of a length of video.
    #[must_use]
    pub fn of(length: Option<Seconds>) -> LengthClass {
        match length.map(Seconds::millis) {
            None => LengthClass::Unknown,
            Some(0..=15_000) => LengthClass::UpTo15,
            Some(15_001..=30_000) => LengthClass::UpTo30,
            Some(30_001..=60_000) => LengthClass::UpTo60,
            Some(_) => LengthClass::Longer,
        }
    }

    /// The word for it, as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LengthClass::Unknown => "unknown",
            LengthClass::UpTo15 => "up-to-15",
            LengthClass::UpTo30 => "up-to-30",
            LengthClass::UpTo60 => "up-to-60",
            LengthClass::Longer => "longer",
        }
    }
}

/// An intent as the ledger knows it.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Intent {
    /// Its name.
    pub id: IntentId,
    /// Where it stands.
    pub state: State,
    /// Why it is held, while it is.
    pub held: Option<Held>,
    /// Who pays.
    pub account: String,
    /// What is called.
    pub operation: Operation,
    /// The model asked for.
    pub model: Option<Model>,
    /// The class of the video's length.
    pub length: LengthClass,
    /// The job it goes on with, for a call on a known job.
    pub continues: Option<Continues>,
    /// Its campaign.
    pub campaign: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// What to do about absence.
    pub policy: Policy,
    /// Milliseconds from an answer given up to the time from which absence counts.
    pub horizon: u64,
    /// The request without the parts that differ between attempts. Never exported or printed.
    #[serde(skip)]
    pub body: String,
    /// SHA-256 of the body.
    pub body_hash: String,
    /// What each attempt reserves.
    pub price: Credits,
    /// What its quote said, where it was quoted.
    pub quoted: Option<Quoted>,
    /// The job, once known, with the attempt that made it.
    pub job: Option<OwnedJob>,
    /// When it was planned.
    pub planned_at: UnixMillis,
    /// When it last changed.
    pub changed_at: UnixMillis,
    /// Every attempt that was sent, the first one first.
    pub attempts: Vec<Attempt>,
}

impl Intent {
    /// The newest attempt.
    #[must_use]
    pub fn newest(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The attempt with that number, from 1.
    #[must_use]
    pub fn attempt(&self, number: u32) -> Option<&Attempt> {
        self.attempts.get(index(number)?)
    }

    /// The number that the next attempt would have, from 1.
    #[must_use]
    pub fn next_attempt(&self) -> u32 {
        u32::try_from(self.attempts.len()).map_or(u32::MAX, |count| count.saturating_add(1))
    }

    /// The id of the job, once known.
    #[must_use]
    pub fn job_id(&self) -> Option<&str> {
        self.job.as_ref().map(|job| job.id.as_str())
    }

    /// 0 for a call that makes a job, else which call it is that goes on with one.
    pub(crate) fn job_step(&self) -> u32 {
        self.continues.as_ref().map_or(0, |on| on.step)
    }

    pub(crate) fn attempt_mut(&mut self, number: u32) -> Option<&mut Attempt> {
        self.attempts.get_mut(index(number)?)
    }

    pub(crate) fn planned(plan: &Plan, now: UnixMillis) -> Intent {
        let plan = plan.clone();
        Intent {
            id: plan.id,
            state: State::Planned,
            held: None,
            body_hash: plan.body_hash(),
            account: plan.account,
            operation: plan.operation,
            model: plan.model,
            length: plan.length,
            continues: plan.continues,
            campaign: plan.campaign,
            tags: plan.tags,
            policy: plan.policy,
            horizon: plan.horizon,
            body: plan.body,
            price: plan.price,
            quoted: plan.quoted,
            job: None,
            planned_at: now,
            changed_at: now,
            attempts: Vec::new(),
        }
    }

    /// Every scope that an attempt of it made at that moment counts against.
    pub(crate) fn scopes(&self, now: UnixMillis) -> Vec<Scope> {
        let mut scopes = vec![Scope::Account(self.account.clone())];
        scopes.extend(self.campaign.clone().map(Scope::Campaign));
        scopes.extend(now.day().map(Scope::Day));
        scopes.extend(self.tags.iter().cloned().map(Scope::Tag));
        scopes
    }
}

impl fmt::Debug for Intent {
    /// Leaves the body out: it is the user's text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intent")
            .field("id", &self.id)
            .field("state", &self.state)
            .field("operation", &self.operation)
            .field("price", &self.price)
            .field("job", &self.job)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

fn index(number: u32) -> Option<usize> {
    usize::try_from(number.checked_sub(1)?).ok()
}

/// Why an intent is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Held {
    /// A budget would have been exceeded.
    Budget,
    /// The account cannot pay, or its keys were refused.
    Account,
}

impl Held {
    /// The word for it, as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Held::Budget => "budget",
            Held::Account => "account",
        }
    }
}

/// A job and the attempt that made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OwnedJob {
    /// The service's id of it.
    pub id: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// When the ledger learnt of it.
    pub since: UnixMillis,
}

/// One time that a request was let out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// The moment of the gate.
    pub sent_at: UnixMillis,
    /// What was set aside for it.
    pub reserved: Credits,
    /// What became of that.
    pub money: Money,
    /// The scopes it counts against.
    pub scopes: Vec<Scope>,
    /// From when on absence counts, once the answer was given up.
    pub horizon_at: Option<UnixMillis>,
    /// When the job was first seen to be absent after the horizon.
    pub absent_at: Option<UnixMillis>,
    /// The status that refused it.
    pub status: Option<u16>,
    /// What the service or a person said about it; free of secrets, by the caller's care.
    pub note: Option<String>,
}

/// What became of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "bill")]
#[non_exhaustive]
pub enum Money {
    /// Still set aside.
    Reserved,
    /// Given back.
    Voided,
    /// Ended by a bill.
    Posted(Credits),
}

impl Attempt {
    /// Its mark.
    #[must_use]
    pub const fn marker(&self, intent: IntentId) -> Marker {
        Marker::new(intent, self.number)
    }
}
