//! The stream of what becomes of the jobs of a fleet; polling it is what drives the fleet.
//!
//! It does what the scheduler asks for, and decides nothing.

use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll};
use std::time::Duration;

use creatify_core::JobRef;
use creatify_core::fleet::{GiveUp, JobId, Output, Read, ReadId};
use creatify_core::job::Stage;
use creatify_core::schedule::Millis;
use creatify_ledger::protocol;
use creatify_ledger::{IntentId, Transition};
use futures_core::Stream;

use super::member::{FleetJob, Member};
use super::reading::{self, Readings};
use super::{Fleet, State, Watching};
use crate::job::Finished;
use crate::telemetry::Metric;
use crate::webhook::Wakeup;
use crate::{BoxFuture, Error, ErrorKind, JobState, wait};

/// News of one job.
#[derive(Debug)]
#[non_exhaustive]
pub struct Update {
    /// The job's name in its fleet.
    pub job: FleetJob,
    /// The job.
    pub job_ref: JobRef,
    /// What became of it.
    pub progress: Progress,
}

/// What became of a job: it runs, it is over, or it could not be asked about.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress {
    /// It was read and is not over; told whenever a reading differs from the one before.
    InProgress(JobState),
    /// Waiting for it is over, in exactly one such update: with its result, or with the error
    /// that [`Job::wait`](crate::Job::wait) would have ended with.
    Finished(Result<Finished, Error>),
    /// A read failed; it is tried again. Told once until a read succeeds.
    CouldNotAsk(Error),
    /// The answer of this paid call was lost, and now its job has called back and was read: the
    /// call is accepted, and the job is waited for in this fleet from here on.
    Adopted(IntentId),
}

/// What becomes of the jobs of a fleet. Made by [`Fleet::stream`].
///
/// Ends when no job is left. Dropping it, at any point, loses nothing.
#[must_use = "a fleet works only while its stream is polled"]
pub struct Updates {
    fleet: Fleet,
    sleep: Option<(Millis, BoxFuture<'static, ()>)>,
    /// The next call-back; dropping it loses none.
    call: Option<BoxFuture<'static, Wakeup>>,
}

/// Something under way.
pub(super) struct Work(BoxFuture<'static, Done>);

/// What came of it.
enum Done {
    Read(ReadId, Result<Readings, Error>),
    Ended(Box<Update>),
    CalledBack(Result<Option<Box<Transition>>, Error>),
}

/// What there is to do next.
enum Step {
    Again,
    Sleep(Millis),
    Over,
}

impl Updates {
    pub(super) fn new(fleet: Fleet) -> Self {
        Self {
            fleet,
            sleep: None,
            call: None,
        }
    }

    /// The next update; `None` when no job is left.
    ///
    /// Dropping the returned future loses nothing.
    pub async fn next(&mut self) -> Option<Update> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Update>> {
        let mut is_registered = false;
        loop {
            if let Some(update) = self.fleet.state().updates.pop_front() {
                return Poll::Ready(Some(update));
            }
            if self.poll_call(context) || self.fleet.poll_work(context) {
                continue;
            }
            let under_way = self.fleet.work().len();
            let at = if under_way < self.fleet.state().reads_at_once {
                match self.fleet.step() {
                    Step::Again => continue,
                    Step::Over if under_way == 0 => return Poll::Ready(None),
                    Step::Over => Millis(u64::MAX),
                    Step::Sleep(at) => at,
                }
            } else {
                // Time may stand still, or fly, until a read is answered.
                Millis(u64::MAX)
            };
            if self.poll_sleep(at, context) {
                continue;
            }
            if is_registered {
                return Poll::Pending;
            }
            // Once more, for what happened before the waker was there.
            self.fleet.state().register(context.waker());
            is_registered = true;
        }
    }

    /// Takes a call-back, if the client has a receiver and there is one.
    fn poll_call(&mut self, context: &mut Context<'_>) -> bool {
        let Some(receiver) = self.fleet.shared.client.webhooks() else {
            return false;
        };
        let call = self.call.get_or_insert_with(|| {
            let wakeups = receiver.wakeups();
            Box::pin(async move { wakeups.next().await })
        });
        let Poll::Ready(wakeup) = call.as_mut().poll(context) else {
            return false;
        };
        self.call = None;
        self.fleet.take_call(wakeup);
        true
    }

    /// Sleeps until then; true when that time has come.
    fn poll_sleep(&mut self, at: Millis, context: &mut Context<'_>) -> bool {
        if at == Millis(u64::MAX) {
            self.sleep = None;
            return false;
        }
        if self.sleep.as_ref().is_none_or(|(until, _)| *until != at) {
            let client = self.fleet.shared.client.clone();
            let pause = Duration::from_millis(at.since(self.fleet.now()));
            let sleep = async move { client.timer().sleep(pause).await };
            self.sleep = Some((at, Box::pin(sleep)));
        }
        let Some((_, sleep)) = &mut self.sleep else {
            return false;
        };
        let is_over = sleep.as_mut().poll(context).is_ready();
        if is_over {
            self.sleep = None;
        }
        is_over
    }
}

impl Stream for Updates {
    type Item = Update;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Update>> {
        self.get_mut().poll(context)
    }
}

impl Drop for Updates {
    fn drop(&mut self) {
        // What is under way reports to whoever polled it last; another stream takes it over.
        self.fleet.state().wake();
    }
}

impl std::fmt::Debug for Updates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Updates")
            .field("fleet", &self.fleet)
            .finish_non_exhaustive()
    }
}

impl Fleet {
    fn work(&self) -> std::sync::MutexGuard<'_, Vec<Work>> {
        self.shared
            .work
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on with what is under way; true when something of it was done.
    fn poll_work(&self, context: &mut Context<'_>) -> bool {
        let mut done = Vec::new();
        self.work()
            .retain_mut(|work| match work.0.as_mut().poll(context) {
                Poll::Ready(result) => {
                    done.push(result);
                    false
                }
                Poll::Pending => true,
            });
        let is_any = !done.is_empty();
        for done in done {
            match done {
                Done::Read(id, result) => self.end_read(id, result),
                Done::Ended(update) => self.state().tell(*update),
                Done::CalledBack(result) => self.end_call(result),
            }
        }
        is_any
    }

    /// Does one thing that the scheduler asks for.
    fn step(&self) -> Step {
        let now = self.now();
        let output = self.state().scheduler.poll_output(now);
        match output {
            Output::Read(read) => self.begin_read(read),
            Output::Finished(id, stage) => self.end(id, Some(stage)),
            Output::DeadlinePassed(id, _) => self.end(id, None),
            Output::GaveUp(id, why) => self.give_up(id, why),
            Output::UnknownStatus(resource, status) => {
                tracing::warn!(%resource, %status, "unknown status; waiting on");
            }
            Output::WaitUntil(_) if self.is_empty() => return Step::Over,
            Output::WaitUntil(at) => return Step::Sleep(at),
            // The scheduler may learn to ask for more; what is not understood is not done.
            _ => {}
        }
        Step::Again
    }

    fn begin_read(&self, read: Read) {
        let mut state = self.state();
        let mut jobs = Vec::with_capacity(read.jobs.len());
        for id in read.jobs {
            if let Some(member) = state.members.get_mut(&id) {
                member.polls = member.polls.saturating_add(1);
                jobs.push((id, member.job.job_ref.clone()));
            }
        }
        drop(state);
        tracing::debug!(resource = %read.resource, jobs = jobs.len(), "reading jobs");
        let (client, id) = (self.shared.client.clone(), read.id);
        let resource = read.resource;
        let work: BoxFuture<'static, Done> = if read.is_list {
            Box::pin(async move { Done::Read(id, reading::list(client, resource, jobs).await) })
        } else {
            Box::pin(async move {
                match jobs.pop() {
                    Some((job, job_ref)) => {
                        Done::Read(id, reading::one(client, job, job_ref).await)
                    }
                    None => Done::Read(id, Ok(Vec::new())),
                }
            })
        };
        self.work().push(Work(work));
    }

    fn end_read(&self, id: ReadId, result: Result<Readings, Error>) {
        let now = self.now();
        let mut state = self.state();
        match result {
            Ok(readings) => {
                let mut answers = Vec::with_capacity(readings.len());
                let mut news = Vec::new();
                for (job, reading) in readings {
                    answers.push((job, reading.snapshot()));
                    let member = state.members.get_mut(&job);
                    if member.is_some_and(|member| member.take_in(reading)) {
                        news.push(job);
                    }
                }
                state.scheduler.handle_read_answered(id, &answers, now);
                for job in news {
                    state.tell_news(job);
                }
            }
            Err(error) => {
                let jobs = state.scheduler.jobs_of(id).to_vec();
                let jitter = state.chance.draw();
                let failure = reading::failure(&error);
                state.scheduler.handle_read_failed(id, failure, jitter, now);
                tracing::debug!(%error, jobs = jobs.len(), "a read failed");
                for job in jobs {
                    state.note_trouble(job, &error);
                }
            }
        }
    }

    /// A call-back wakes a read of its job, or a look for the job that it claims.
    fn take_call(&self, wakeup: Wakeup) {
        if let Some(job) = &wakeup.job {
            self.wake(job);
            return;
        }
        let client = self.shared.client.clone();
        let work = async move {
            let found = match client.jobs() {
                Ok(jobs) => jobs.confirm(&wakeup).await,
                Err(error) => Err(error),
            };
            Done::CalledBack(found.map(|transition| transition.map(Box::new)))
        };
        self.work().push(Work(Box::pin(work)));
    }

    /// A job that was missing is waited for from here on.
    fn end_call(&self, result: Result<Option<Box<Transition>>, Error>) {
        let transition = match result {
            Ok(transition) => transition,
            // A call-back is no evidence: whoever reconciles finds the job without it.
            Err(error) => return tracing::warn!(%error, "a call-back was not looked into"),
        };
        let missing = [protocol::State::Ambiguous, protocol::State::Parked];
        let Some(found) = transition.filter(|one| missing.contains(&one.from)) else {
            return;
        };
        let Some(id) = found.intent.job_id() else {
            return;
        };
        let job_ref = JobRef::new(found.intent.operation, id).ok();
        let job = job_ref.and_then(|job_ref| self.shared.client.job(job_ref).ok());
        if let Some(job) = job {
            let job_ref = job.job_ref.clone();
            let job = self.add_with(job, Watching::new().webhook());
            let progress = Progress::Adopted(found.intent.id);
            self.state().tell(Update {
                job,
                job_ref,
                progress,
            });
        }
    }

    /// Waiting for a job is over: at a stage, or because patience is.
    fn end(&self, id: JobId, stage: Option<Stage>) {
        let Some(member) = self.state().take(id) else {
            return;
        };
        if stage.is_some() && member.awaits_webhook {
            let (meter, job) = (self.shared.client.meter(), &member.job.job_ref);
            meter.one(Metric::MissedWebhooks, Some(job.operation()));
        }
        let work = async move {
            let Member {
                name,
                job,
                statuses,
                polls,
                began,
                ..
            } = member;
            let job_ref = job.job_ref.clone();
            let result = wait::conclude(job, statuses, polls, began, stage).await;
            Done::Ended(Box::new(Update {
                job: name,
                job_ref,
                progress: Progress::Finished(result),
            }))
        };
        self.work().push(Work(Box::pin(work)));
    }

    /// A job cannot be asked about any more.
    fn give_up(&self, id: JobId, why: GiveUp) {
        let mut state = self.state();
        let Some(member) = state.take(id) else {
            return;
        };
        let job_ref = member.job.job_ref;
        let error = member.trouble.unwrap_or_else(|| {
            let (kind, message) = match why {
                GiveUp::Refused => (ErrorKind::Credentials, "the keys are refused"),
                _ => (ErrorKind::Unreachable, "the job cannot be read"),
            };
            Error::new(kind, message).with_job(job_ref.clone())
        });
        state.tell(Update {
            job: member.name,
            job_ref,
            progress: Progress::Finished(Err(error)),
        });
    }
}

impl State {
    /// Tells of a reading, unless it is the last one: the end is told by itself.
    fn tell_news(&mut self, id: JobId) {
        if self.scheduler.stage(id).is_none() {
            return;
        }
        let Some(member) = self.members.get(&id) else {
            return;
        };
        if let Some(reading) = member.job.state.clone() {
            let (job, job_ref) = (member.name, member.job.job_ref.clone());
            let progress = Progress::InProgress(reading);
            self.tell(Update {
                job,
                job_ref,
                progress,
            });
        }
    }

    fn note_trouble(&mut self, id: JobId, error: &Error) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        let job_ref = member.job.job_ref.clone();
        let is_first = member.trouble.is_none();
        member.trouble = Some(reading::about(error, &job_ref));
        if is_first {
            let (job, error) = (member.name, reading::about(error, &job_ref));
            self.tell(Update {
                job,
                job_ref,
                progress: Progress::CouldNotAsk(error),
            });
        }
    }
}
