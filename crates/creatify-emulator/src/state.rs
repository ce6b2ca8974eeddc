//! The world behind one lock: clock, balance, jobs, links, files, faults, the request log. It moves
//! jobs through their steps and pays for them. Must not wait for anything.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::billing::{self, Billing, Milli, Usage};
use crate::clock::{self, Millis, Ticker};
use crate::document::{JobRule, Operation, Phase, Resource};
use crate::faults::{Faults, Subject};
use crate::files::{Files, Kind};
use crate::ids::Ids;
use crate::jobs::{self, Draft, Job, Preview, Step, Video};
use crate::log::Log;
use crate::refuse::Refusal;
use crate::seed;
use crate::webhooks::{Delivery, Outbox};

/// Everything that changes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Ticker,
    pub(crate) ids: Ids,
    pub(crate) balance: Milli,
    pub(crate) billing: Billing,
    pub(crate) jobs: Vec<Job>,
    by_id: HashMap<Uuid, usize>,
    pub(crate) links: HashMap<Uuid, Link>,
    pub(crate) link_ids: HashSet<Uuid>,
    /// The first step of each job that has one: when, in which order, which job.
    due: BTreeSet<(Millis, u64, usize)>,
    planned: u64,
    pub(crate) files: Files,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
    outbox: Outbox,
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
    pub(crate) billing: Billing,
    pub(crate) base: String,
    pub(crate) outbox: Outbox,
}

impl World {
    pub(crate) fn new(start: Start) -> Self {
        let mut files = Files::new(start.base);
        for id in seed::ids().filter_map(|id| Uuid::try_parse(id).ok()) {
            files.put(id, 0, "9x16");
        }
        Self {
            clock: start.clock,
            ids: Ids::new(start.seed),
            balance: start.balance,
            billing: start.billing,
            jobs: Vec::new(),
            by_id: HashMap::new(),
            links: HashMap::new(),
            link_ids: HashSet::new(),
            due: BTreeSet::new(),
            planned: 0,
            files,
            faults: Faults::default(),
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
        subject: Subject<'_>,
    ) -> Result<usize, Refusal> {
        let previews = i64::try_from(draft.styles.len()).unwrap_or(i64::MAX).max(1);
        let charged = self.charge(operation, &draft, previews)?;
        let now = self.clock.now();
        let (id, media_job) = (self.ids.uuid(), self.ids.uuid());
        let index = self.jobs.len();
        let fault = self.faults.take_for_job(subject);
        let steps = jobs::plan(rule, now, draft.length_ms, fault, &mut self.ids);
        self.jobs.push(Job {
            id,
            created: now,
            updated: now,
            draft,
            operation,
            rule,
            status: jobs::PENDING.to_owned(),
            failed_reason: None,
            progress: 0,
            media_job,
            preview: None,
            previews: Vec::new(),
            picked: None,
            video: None,
            charged,
            billed: 0,
            steps,
        });
        self.by_id.insert(id, index);
        self.schedule(index);
        Ok(index)
    }

    /// Accepts the next phase of a job, with what the request changes of it, and charges for it. The
    /// job must not be busy, so that no step of the phase before is due any more.
    pub(crate) fn resume(
        &mut self,
        index: usize,
        operation: &'static Operation,
        rule: &'static JobRule,
        change: Change,
        subject: Subject<'_>,
    ) -> Result<(), Refusal> {
        let Some(job) = self.jobs.get(index) else {
            return Err(Refusal::not_found(rule.resource.model_name()));
        };
        let length_ms = job.draft.length_ms;
        let usage = Usage {
            model: Some(change.model.as_deref().unwrap_or(&job.draft.model)),
            length_ms,
            previews: 1,
            day: clock::day(self.clock.now()),
        };
        let charged = billing::charge(&operation.rates, Some(rule), usage, self.billing)?;
        self.pay(charged)?;
        let now = self.clock.now();
        let fault = self.faults.take_for_job(subject);
        let steps = jobs::plan(rule, now, length_ms, fault, &mut self.ids);
        let Some(job) = self.jobs.get_mut(index) else {
            return Ok(());
        };
        job.draft.model = change.model.unwrap_or_else(|| job.draft.model.clone());
        if change.webhook_url.is_some() {
            job.draft.webhook_url = change.webhook_url;
        }
        if change.picked.is_some() {
            job.picked = change.picked;
        }
        job.operation = operation;
        job.rule = rule;
        job.updated = now;
        job.status = jobs::PENDING.to_owned();
        job.failed_reason = None;
        job.progress = 0;
        job.video = None;
        job.charged = charged;
        job.billed = 0;
        job.steps = steps;
        self.schedule(index);
        Ok(())
    }

    fn charge(
        &mut self,
        operation: &Operation,
        draft: &Draft,
        previews: i64,
    ) -> Result<Milli, Refusal> {
        let usage = Usage {
            model: Some(&draft.model),
            length_ms: draft.length_ms,
            previews,
            day: clock::day(self.clock.now()),
        };
        let job = operation.job.as_ref();
        let charged = billing::charge(&operation.rates, job, usage, self.billing)?;
        self.pay(charged)?;
        Ok(charged)
    }

    /// Takes an amount off the balance.
    pub(crate) fn pay(&mut self, amount: Milli) -> Result<(), Refusal> {
        if self.balance < amount {
            return Err(Refusal::out_of_credits());
        }
        self.balance -= amount;
        Ok(())
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

    /// When the next step of any job is due.
    pub(crate) fn next_at(&self) -> Option<Millis> {
        self.due.first().map(|(at, _, _)| *at)
    }

    /// Takes the first step that is due by `target`, at the time it is due. `None` when there is no
    /// such step; else the call-back to wait for, if there is one.
    pub(crate) fn fire_next(&mut self, target: Millis) -> Option<Option<Delivery>> {
        let &(at, _, index) = self.due.first().filter(|(at, _, _)| *at <= target)?;
        self.due.pop_first();
        self.clock.set(at);
        let delivery = self.fire(index, at);
        self.schedule(index);
        Some(delivery)
    }

    fn fire(&mut self, index: usize, at: Millis) -> Option<Delivery> {
        let job = self.jobs.get_mut(index)?;
        let step = job.steps.pop_front()?.step;
        job.updated = at;
        match step {
            Step::Status(status) => {
                if status == jobs::IN_QUEUE {
                    job.progress = 10;
                } else {
                    job.progress = 50;
                    job.billed = job.charged;
                }
                job.status = status;
            }
            Step::Bill => {
                job.progress = 50;
                job.billed = job.charged;
                return None;
            }
            Step::Finish => finish(job, &mut self.ids, &mut self.files),
            Step::Fail(reason) => {
                job.status = jobs::FAILED.to_owned();
                job.failed_reason = Some(reason);
                self.balance += refund(job);
            }
            Step::Reject => {
                job.status = jobs::REJECTED.to_owned();
                job.failed_reason = Some("the content was not accepted".to_owned());
                self.balance += refund(job);
                // No documented call-back has this status.
                return None;
            }
        }
        let rule = job.operation.callback.as_ref()?;
        let url = job.draft.webhook_url.as_ref()?;
        let over = job.has_failed() || !job.is_busy();
        if !over && !rule.repeats {
            return None;
        }
        self.outbox.send(url, callback(job, &rule.fields))
    }

    fn schedule(&mut self, index: usize) {
        if let Some(at) = self.jobs.get(index).and_then(Job::next_at) {
            self.planned += 1;
            self.due.insert((at, self.planned, index));
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

/// A failed phase costs nothing in the end. Printed for one family only; a guess for these.
fn refund(job: &mut Job) -> Milli {
    job.billed = 0;
    std::mem::take(&mut job.charged)
}

fn finish(job: &mut Job, ids: &mut Ids, files: &mut Files) {
    let length_ms = job.draft.length_ms;
    let aspect_ratio = &job.draft.aspect_ratio;
    job.progress = 100;
    job.status = jobs::DONE.to_owned();
    match (job.rule.phase, job.rule.previews) {
        (Phase::Preview, true) => {
            job.status = jobs::PENDING.to_owned();
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

/// A preview as a call-back shows it: two fields fewer than in a job's answer.
fn preview(job: &Job, preview: &Preview) -> Value {
    json!({
        "media_job": preview.media_job,
        "visual_style": preview.style,
        "url": preview.url,
        "aspect_ratio": job.draft.aspect_ratio,
    })
}
