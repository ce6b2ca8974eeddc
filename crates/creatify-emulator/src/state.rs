//! The world behind one lock: clock, balance, jobs, links, files, faults, the request log. It moves
//! jobs through their steps and pays for them. Must not wait for anything.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::billing::{self, Billing, Milli, Usage};
use crate::clock::{self, Millis, Ticker};
use crate::document::{JobRule, Operation, Phase, Resource};
use crate::faults::{Class, Fault, Faults, Subject};
use crate::files::{Files, Kind};
use crate::ids::Ids;
use crate::jobs::{self, Draft, Job, Plan, Preview, Step, Video};
use crate::log::Log;
use crate::refuse::Refusal;
use crate::seed;
use crate::webhooks::{self, Delivery, Outbox};

/// So many changes of the balance are remembered.
const BALANCES: usize = 10_000;
/// An output that the account does not own.
const FOREIGN: &str = "https://elsewhere.example/video.mp4";

/// Everything that changes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Ticker,
    pub(crate) ids: Ids,
    pub(crate) balance: Milli,
    /// The balance since when, the oldest first.
    pub(crate) balances: VecDeque<(Millis, Milli)>,
    pub(crate) settings: Settings,
    /// The keys that are taken: id and key.
    pub(crate) keys: (String, String),
    pub(crate) jobs: Vec<Job>,
    by_id: HashMap<Uuid, usize>,
    pub(crate) links: HashMap<Uuid, Link>,
    pub(crate) link_ids: HashSet<Uuid>,
    /// What happens next: when, in which order, what. Of a job only its first step stands here.
    due: BTreeSet<(Millis, u64, Due)>,
    planned: u64,
    later: HashMap<u64, Later>,
    pub(crate) files: Files,
    pub(crate) faults: Faults,
    /// When the requests of the last second came, while a rate is limited.
    pub(crate) recent: VecDeque<Millis>,
    pub(crate) log: Log,
    outbox: Outbox,
}

/// How the service behaves where the pages leave it open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) billing: Billing,
    /// Whether nothing is taken off the balance.
    pub(crate) unlimited: bool,
    /// Whether a failed phase gives its credits back.
    pub(crate) refunds: bool,
    /// Whether `credits_used` adds the phases of a job up.
    pub(crate) summed: bool,
    /// Whether jobs skip statuses on their way.
    pub(crate) skips: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Job(usize),
    Later(u64),
}

/// Something that happens once, apart from the steps of jobs.
#[derive(Debug)]
enum Later {
    Webhook(String, Value),
    Request(Held),
}

/// A request that takes effect later than it came.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) operation: &'static Operation,
    pub(crate) id: String,
    pub(crate) body: Value,
}

/// What came due.
#[derive(Debug)]
pub(crate) enum Fired {
    Nothing,
    /// A call-back is on its way.
    Sent(Delivery),
    Request(Held),
}

/// A page that was read.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: Uuid,
    pub(crate) content: Uuid,
    pub(crate) url: String,
    pub(crate) title: String,
}

/// What an emulator starts from.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) clock: Ticker,
    pub(crate) seed: u64,
    pub(crate) balance: Milli,
    pub(crate) settings: Settings,
    pub(crate) keys: (String, String),
    pub(crate) base: String,
    pub(crate) outbox: Outbox,
}

impl World {
    pub(crate) fn new(start: Start) -> Self {
        let mut files = Files::new(start.base);
        for id in seed::ids().filter_map(|id| Uuid::try_parse(id).ok()) {
            files.put(id, 0, "9x16");
        }
        let mut clock = start.clock;
        Self {
            balances: VecDeque::from([(clock.now(), start.balance)]),
            clock,
            ids: Ids::new(start.seed),
            balance: start.balance,
            settings: start.settings,
            keys: start.keys,
            jobs: Vec::new(),
            by_id: HashMap::new(),
            links: HashMap::new(),
            link_ids: HashSet::new(),
            due: BTreeSet::new(),
            planned: 0,
            later: HashMap::new(),
            files,
            faults: Faults::default(),
            recent: VecDeque::new(),
            log: Log::default(),
            outbox: start.outbox,
        }
    }

    /// Accepts a new job and charges for it.
    pub(crate) fn create(
        &mut self,
        operation: &'static Operation,
        rule: &'static JobRule,
        draft: Draft,
    ) -> Result<usize, Refusal> {
        let usage = Usage {
            model: Some(&draft.model),
            length_ms: draft.length_ms,
            previews: i64::try_from(draft.styles.len()).unwrap_or(i64::MAX).max(1),
            day: clock::day(self.clock.now()),
        };
        let charged = billing::charge(&operation.rates, Some(rule), usage, self.settings.billing)?;
        self.pay(charged)?;
        let (id, media_job) = (self.ids.uuid(), self.ids.uuid());
        let index = self.jobs.len();
        let now = self.clock.now();
        self.jobs.push(Job {
            id,
            created: now,
            updated: now,
            draft,
            operation,
            phases: 1,
            rule,
            status: Cow::Borrowed(jobs::PENDING),
            failed_reason: None,
            progress: 0,
            media_job,
            preview: None,
            previews: Vec::new(),
            picked: None,
            video: None,
            charged,
            billed: 0,
            billed_before: 0,
            altered: None,
            faults: Vec::new(),
            steps: VecDeque::new(),
            history: Vec::new(),
        });
        self.by_id.insert(id, index);
        self.begin(index);
        Ok(index)
    }

    /// Accepts the next phase of a job, with what the request changes of it, and charges for it. The
    /// job must not be busy.
    pub(crate) fn resume(
        &mut self,
        index: usize,
        operation: &'static Operation,
        rule: &'static JobRule,
        change: Change,
    ) -> Result<usize, Refusal> {
        let Some(job) = self.jobs.get(index) else {
            return Err(Refusal::not_found(rule.resource.model_name()));
        };
        let usage = Usage {
            model: Some(change.model.as_deref().unwrap_or(&job.draft.model)),
            length_ms: job.draft.length_ms,
            previews: 1,
            day: clock::day(self.clock.now()),
        };
        let charged = billing::charge(&operation.rates, Some(rule), usage, self.settings.billing)?;
        self.pay(charged)?;
        let summed = self.settings.summed;
        if let Some(job) = self.jobs.get_mut(index) {
            job.draft.model = change.model.unwrap_or_else(|| job.draft.model.clone());
            if change.webhook_url.is_some() {
                job.draft.webhook_url = change.webhook_url;
            }
            if change.picked.is_some() {
                job.picked = change.picked;
            }
            if summed {
                job.billed_before += job.billed;
            }
            job.operation = operation;
            job.phases += 1;
            job.rule = rule;
            job.status = Cow::Borrowed(jobs::PENDING);
            job.failed_reason = None;
            job.progress = 0;
            job.video = None;
            job.charged = charged;
            job.billed = 0;
        }
        self.begin(index);
        Ok(index)
    }

    /// Plans the phase that was just accepted.
    fn begin(&mut self, index: usize) {
        let now = self.clock.now();
        let fault = self.strike(index, Class::Job, now);
        let Some(job) = self.jobs.get_mut(index) else {
            return;
        };
        let plan = Plan {
            rule: job.rule,
            start: now,
            length_ms: job.draft.length_ms,
            skips: self.settings.skips,
        };
        job.steps = jobs::plan(plan, fault.as_ref(), &mut self.ids);
        job.note(now);
        let extra = match fault {
            Some(Fault::ExtraCharge { millicredits }) => millicredits,
            Some(Fault::MarkerAltered { name_limit }) => {
                job.altered = Some(name_limit.unwrap_or(usize::MAX));
                0
            }
            _ => 0,
        };
        job.charged = job.charged.saturating_add(extra).max(0);
        self.schedule(index);
        self.change_balance(extra.saturating_neg());
    }

    /// Takes the fault that strikes a job or its call-backs now, and notes on the job that it did.
    fn strike(&mut self, index: usize, class: Class, now: Millis) -> Option<Fault> {
        let job = self.jobs.get_mut(index)?;
        let fault = self.faults.take(class, Subject::of(job.operation), now)?;
        let kind = fault.kind();
        // One that goes on striking is named once.
        if !job.faults.contains(&kind) {
            job.faults.push(kind);
        }
        Some(fault)
    }

    /// The call-backs that a fault adds to a job just accepted; gives the one to wait for before the
    /// request is answered.
    pub(crate) fn greet(&mut self, index: usize) -> Option<Delivery> {
        let now = self.clock.now();
        let fault = self.strike(index, Class::Addition, now)?;
        let job = self.jobs.get(index)?;
        let url = job.draft.webhook_url.clone()?;
        let rule = job.operation.callback.as_ref()?;
        match fault {
            Fault::WebhookEarly => self.outbox.send(&url, callback(job, &rule.fields)),
            Fault::WebhookForged { delay_seconds } => {
                let body = forged(self.ids.uuid(), &rule.fields);
                let at = now.saturating_add(i64::from(delay_seconds) * 1_000);
                self.put_off(at, Later::Webhook(url, body));
                None
            }
            _ => None,
        }
    }

    /// Takes an amount off the balance.
    pub(crate) fn pay(&mut self, amount: Milli) -> Result<(), Refusal> {
        if self.settings.unlimited {
            return Ok(());
        }
        if self.balance < amount {
            return Err(Refusal::out_of_credits());
        }
        self.change_balance(-amount);
        Ok(())
    }

    /// Moves the balance, never below nothing.
    pub(crate) fn change_balance(&mut self, by: Milli) {
        if by == 0 || self.settings.unlimited {
            return;
        }
        self.set_balance(self.balance.saturating_add(by));
    }

    pub(crate) fn set_balance(&mut self, balance: Milli) {
        self.balance = balance.max(0);
        if self.balances.len() >= BALANCES {
            self.balances.pop_front();
        }
        self.balances.push_back((self.clock.now(), self.balance));
    }

    /// Lets a request take effect later.
    pub(crate) fn hold(&mut self, at: Millis, held: Held) {
        self.put_off(at, Later::Request(held));
    }

    fn put_off(&mut self, at: Millis, later: Later) {
        self.planned += 1;
        self.later.insert(self.planned, later);
        self.due
            .insert((at, self.planned, Due::Later(self.planned)));
    }

    /// The job with this id, when it is of this resource.
    pub(crate) fn find(&self, resource: Resource, id: &str) -> Result<usize, Refusal> {
        let id = Uuid::try_parse(id).ok();
        let index = id.and_then(|id| self.by_id.get(&id).copied());
        let job = index.and_then(|index| self.jobs.get(index));
        match (index, job) {
            (Some(index), Some(job)) if job.resource() == resource => Ok(index),
            _ => Err(Refusal::not_found(resource.model_name())),
        }
    }

    /// When something happens next: the step of a job, or what was put off.
    pub(crate) fn next_at(&self) -> Option<Millis> {
        self.due.first().map(|(at, _, _)| *at)
    }

    /// Takes the first thing that is due by `target`, at the time it is due; `None` when there is
    /// none.
    pub(crate) fn fire_next(&mut self, target: Millis) -> Option<Fired> {
        let &(at, _, due) = self.due.first().filter(|(at, _, _)| *at <= target)?;
        self.due.pop_first();
        self.clock.set(at);
        let sent = match due {
            Due::Later(number) => match self.later.remove(&number)? {
                Later::Request(held) => return Some(Fired::Request(held)),
                Later::Webhook(url, body) => self.outbox.send(&url, body),
            },
            // A phase that began anew has left the steps of the one before behind.
            Due::Job(index) if self.jobs.get(index).and_then(Job::next_at) != Some(at) => None,
            Due::Job(index) => {
                let sent = self.fire(index, at);
                self.schedule(index);
                sent
            }
        };
        Some(sent.map_or(Fired::Nothing, Fired::Sent))
    }

    fn fire(&mut self, index: usize, at: Millis) -> Option<Delivery> {
        let (refunds, mut refund, mut silent) = (self.settings.refunds, 0, false);
        let job = self.jobs.get_mut(index)?;
        match job.steps.pop_front()?.step {
            Step::Queue => {
                job.progress = 10;
                job.status = Cow::Borrowed(jobs::IN_QUEUE);
            }
            Step::Run => {
                job.progress = 50;
                job.billed = job.charged;
                job.status = Cow::Borrowed(jobs::RUNNING);
            }
            Step::Odd(status) => {
                job.progress = 50;
                job.billed = job.charged;
                job.status = Cow::Owned(status);
            }
            Step::Bill => {
                job.progress = 50;
                job.billed = job.charged;
                silent = true;
            }
            Step::Claim => {
                job.progress = 100;
                job.billed = job.charged;
                job.status = Cow::Borrowed(jobs::DONE);
            }
            Step::Finish => finish(job, &mut self.ids, &mut self.files),
            Step::Fail(reason) => {
                job.status = Cow::Borrowed(jobs::FAILED);
                job.failed_reason = Some(reason);
                refund = give_back(job, refunds);
            }
            Step::Reject => {
                job.status = Cow::Borrowed(jobs::REJECTED);
                job.failed_reason = Some("the content was not accepted".to_owned());
                refund = give_back(job, refunds);
                // No documented call-back has this status.
                silent = true;
            }
        }
        job.note(at);
        let over = job.status == jobs::DONE || job.has_failed() || !job.is_busy();
        let rule = job.operation.callback.as_ref();
        let rule = rule.filter(|rule| !silent && (over || rule.repeats));
        let message = rule.and_then(|rule| {
            let url = job.draft.webhook_url.clone()?;
            Some((url, callback(job, &rule.fields)))
        });
        self.change_balance(refund);
        let (url, body) = message?;
        self.tell(index, url, body, at)
    }

    /// Sends a call-back of a job, unless a fault has other plans for it.
    fn tell(&mut self, index: usize, url: String, body: Value, now: Millis) -> Option<Delivery> {
        match self.strike(index, Class::Delivery, now) {
            Some(Fault::WebhookLost) => None,
            Some(Fault::WebhookLate { seconds }) => {
                let at = now.saturating_add(i64::from(seconds) * 1_000);
                self.put_off(at, Later::Webhook(url, body));
                None
            }
            Some(Fault::WebhookRepeated { copies }) => {
                let mut last = None;
                for _ in 0..copies.min(webhooks::WAITING as u32) {
                    last = self.outbox.send(&url, body.clone());
                }
                last
            }
            _ => self.outbox.send(&url, body),
        }
    }

    fn schedule(&mut self, index: usize) {
        if let Some(at) = self.jobs.get(index).and_then(Job::next_at) {
            self.planned += 1;
            self.due.insert((at, self.planned, Due::Job(index)));
        }
    }
}

/// What the request for a next phase changes of its job.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) model: Option<String>,
    pub(crate) webhook_url: Option<String>,
    pub(crate) picked: Option<Uuid>,
}

/// A failed phase costs nothing in the end, unless it is set to. Printed for one family only; a
/// guess for these.
fn give_back(job: &mut Job, refunds: bool) -> Milli {
    if !refunds {
        job.billed = job.charged;
        return 0;
    }
    job.billed = 0;
    std::mem::take(&mut job.charged)
}

fn finish(job: &mut Job, ids: &mut Ids, files: &mut Files) {
    let length_ms = job.draft.length_ms;
    let aspect_ratio = &job.draft.aspect_ratio;
    job.progress = 100;
    job.billed = job.charged;
    job.failed_reason = None;
    job.status = Cow::Borrowed(jobs::DONE);
    match (job.rule.phase, job.rule.previews) {
        (Phase::Preview, true) => {
            job.status = Cow::Borrowed(jobs::PENDING);
            for style in &job.draft.styles {
                let media_job = ids.uuid();
                files.put(media_job, length_ms, aspect_ratio);
                job.previews.push(Preview {
                    media_job,
                    style: style.clone(),
                    url: files.url(media_job, Kind::Preview),
                });
            }
        }
        (Phase::Preview, false) => {
            files.put(job.media_job, length_ms, aspect_ratio);
            job.preview = Some(files.url(job.media_job, Kind::Preview));
        }
        (Phase::Generate | Phase::Render, _) => {
            let id = job.picked.unwrap_or(job.media_job);
            files.put(id, length_ms, aspect_ratio);
            job.video = Some(Video {
                url: files.url(id, Kind::Video),
                thumbnail: files.url(id, Kind::Thumbnail),
            });
        }
    }
}

/// A call-back's body, with the documented keys and no others.
fn callback(job: &Job, keys: &[String]) -> Value {
    let video = job.video.as_ref();
    let values = keys.iter().map(|key| {
        let value = match key.as_str() {
            "id" => json!(job.id),
            "status" => json!(job.status),
            "failed_reason" => json!(job.failed_reason),
            "video_output" | "output" => json!(video.map(|video| &video.url)),
            "video_thumbnail" => json!(video.map(|video| &video.thumbnail)),
            "previews" => job.previews.iter().map(|one| preview(job, one)).collect(),
            _ => Value::Null,
        };
        (key.clone(), value)
    });
    Value::Object(values.collect())
}

/// The body of a call-back that the service never made.
fn forged(id: Uuid, keys: &[String]) -> Value {
    let values = keys.iter().map(|key| {
        let value = match key.as_str() {
            "id" => json!(id),
            "status" => json!(jobs::DONE),
            "video_output" | "output" | "video_thumbnail" => json!(FOREIGN),
            "previews" => json!([]),
            _ => Value::Null,
        };
        (key.clone(), value)
    });
    Value::Object(values.collect())
}

/// A preview as a call-back shows it: two fields fewer than in a job's answer.
fn preview(job: &Job, preview: &Preview) -> Value {
    json!({
        "media_job": preview.media_job,
        "visual_style": preview.style,
        "url": preview.url,
        "aspect_ratio": job.draft.aspect_ratio,
    })
}
