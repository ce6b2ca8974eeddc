//! Reads: one job, several, or anything else; counted, and clear of how the answer came.
//!
//! An answer mostly fits its type. One that merely does not is still an answer, and is read as JSON.
//! What an answer means is not decided here.

use std::future::Future;

use creatify_core::job::{LifeCycle, Resource};
use creatify_core::{JobRef, Operation};
use serde::Serialize;
use serde_json::Value;

use crate::fleet::Priority;
use crate::state::Typed;
use crate::telemetry::Metric;
use crate::{Client, Error, ErrorKind, JobState, failure, paid};

/// What the generated client gives back.
type RawAnswer<T> = Result<creatify_api::ResponseValue<T>, creatify_api::Error<()>>;

/// What is wanted of an answer of type `T`.
pub(crate) trait Reading<T>: Sized {
    /// Out of an answer that fits its type.
    fn of(answer: T) -> Self;
    /// Out of one that does not.
    fn of_json(answer: Value) -> Self;
}

/// The answer as the service words it.
impl<T: Serialize> Reading<T> for Value {
    fn of(answer: T) -> Self {
        paid::to_value(&answer)
    }

    fn of_json(answer: Value) -> Self {
        answer
    }
}

/// One job; `None` when the answer is none.
impl<T: Typed> Reading<T> for Option<JobState> {
    fn of(answer: T) -> Self {
        answer.into_state()
    }

    fn of_json(answer: Value) -> Self {
        JobState::read(&answer)
    }
}

/// A list of jobs; `None` when the answer is none.
impl<T: Typed> Reading<Vec<T>> for Option<Vec<JobState>> {
    fn of(answer: Vec<T>) -> Self {
        Some(answer.into_iter().filter_map(T::into_state).collect())
    }

    fn of_json(answer: Value) -> Self {
        let items = answer.as_array()?;
        Some(items.iter().filter_map(JobState::read).collect())
    }
}

impl Client {
    /// Reads one job in its turn.
    pub(crate) async fn look_at(
        &self,
        job_ref: &JobRef,
        priority: Priority,
    ) -> Result<JobState, Error> {
        self.in_turn(priority, self.read_job(job_ref)).await
    }

    /// Reads one job at once: for a fleet, whose reads have had their turn.
    pub(crate) async fn read_job(&self, job_ref: &JobRef) -> Result<JobState, Error> {
        let no_job = || Error::new(ErrorKind::Unreachable, "the answer is no job: it has no id");
        let state: Result<Option<JobState>, Error> = self.retrieve(job_ref).await;
        state
            .and_then(|state| state.ok_or_else(no_job))
            .map_err(|error| error.with_job(job_ref.clone()))
    }

    /// Reads one job, as the service words it.
    pub(crate) async fn read_job_answer(&self, job_ref: &JobRef) -> Result<Value, Error> {
        self.retrieve(job_ref).await
    }

    async fn retrieve<R>(&self, job_ref: &JobRef) -> Result<R, Error>
    where
        R: Reading<creatify_api::types::CustomTemplateJob>
            + Reading<creatify_api::types::LinkToVideo>
            + Reading<creatify_api::types::LipsyncV2>,
    {
        let (id, operation) = (job_ref.id(), Some(job_ref.operation()));
        let api = self.api();
        match LifeCycle::of(job_ref.operation()).map(|cycle| cycle.resource) {
            Some(Resource::CustomTemplate) => {
                let job = api.custom_template_jobs_retrieve(id);
                self.poll(operation, job).await
            }
            Some(Resource::LinkToVideo) => {
                let job = api.link_to_videos_retrieve(id);
                self.poll(operation, job).await
            }
            Some(Resource::LipsyncV2) => {
                let job = api.lipsyncs_v2_retrieve(id);
                self.poll(operation, job).await
            }
            _ => Err(Error::new(
                ErrorKind::Invalid,
                format!("{} starts no job that can be read", job_ref.operation()),
            )),
        }
    }

    /// Reads one job or several: counted as a poll.
    pub(crate) async fn poll<T, R: Reading<T>>(
        &self,
        operation: Option<Operation>,
        request: impl Future<Output = RawAnswer<T>>,
    ) -> Result<R, Error> {
        self.meter().one(Metric::Polls, operation);
        self.read_for(operation, request).await
    }

    /// Reads something that is no job.
    pub(crate) async fn ask<T: Serialize>(
        &self,
        request: impl Future<Output = RawAnswer<T>>,
    ) -> Result<Value, Error> {
        self.read_for(None, request).await
    }

    async fn read_for<T, R: Reading<T>>(
        &self,
        operation: Option<Operation>,
        request: impl Future<Output = RawAnswer<T>>,
    ) -> Result<R, Error> {
        let answer = read(request.await);
        if let Err(error) = &answer
            && error.kind() == ErrorKind::RateLimited
        {
            self.meter().one(Metric::Throttled, operation);
        }
        answer
    }
}

/// What is wanted of an answer; one that merely does not fit its type still counts.
fn read<T, R: Reading<T>>(result: RawAnswer<T>) -> Result<R, Error> {
    match result {
        Ok(response) => Ok(R::of(response.into_inner())),
        Err(error) => {
            let error = creatify_api::ApiError::from(error);
            let json = error
                .undecodable_body()
                .and_then(|body| serde_json::from_slice(body).ok());
            json.map(R::of_json).ok_or_else(|| failure::of_read(error))
        }
    }
}
