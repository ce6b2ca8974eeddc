//! Reading jobs for a fleet: one by its address, or up to a hundred of a kind by their ids.
//!
//! What an answer means is not decided here.

use std::collections::HashMap;

use creatify_core::fleet::{Failure, JobId};
use creatify_core::job::Resource;
use creatify_core::{JobRef, Operation};

use crate::wait::to_millis;
use crate::{Client, Error, ErrorKind, JobState};

/// What one read said: each job that was in the answer.
pub(super) type Readings = Vec<(JobId, JobState)>;

/// Reads one job.
pub(super) async fn one(client: Client, id: JobId, job: JobRef) -> Result<Readings, Error> {
    let state = client.read_job(&job).await?;
    Ok(vec![(id, state)])
}

/// Reads several jobs of one kind; those that the list does not show are left out.
pub(super) async fn list(
    client: Client,
    resource: Resource,
    jobs: Vec<(JobId, JobRef)>,
) -> Result<Readings, Error> {
    let mut ids: Vec<&str> = jobs.iter().map(|(_, job)| job.id()).collect();
    ids.dedup();
    let ids = ids.join(",");
    let (api, operation) = (client.api(), common_operation(&jobs));
    let states: Option<Vec<JobState>> = match resource {
        Resource::LinkToVideo => {
            let list = api.link_to_videos_list(Some(&ids));
            client.poll(operation, list).await?
        }
        Resource::LipsyncV2 => {
            let list = api.lipsyncs_v2_list(Some(&ids));
            client.poll(operation, list).await?
        }
        _ => {
            let message = format!("jobs of {resource} are not listed");
            return Err(Error::new(ErrorKind::Rejected, message));
        }
    };
    let no_list = || Error::new(ErrorKind::Unreachable, "the answer is no list of jobs");
    let states = states.ok_or_else(no_list)?.into_iter();
    let states: HashMap<String, JobState> = states.map(|state| (state.id.clone(), state)).collect();
    let found = jobs
        .iter()
        .filter_map(|(id, job)| Some((*id, states.get(job.id())?.clone())));
    Ok(found.collect())
}

/// The operation that all of these jobs are of, if it is one.
fn common_operation(jobs: &[(JobId, JobRef)]) -> Option<Operation> {
    let mut operations = jobs.iter().map(|(_, job)| job.operation());
    let first = operations.next()?;
    operations.all(|other| other == first).then_some(first)
}

/// What a failed read means for the ones that come after it.
pub(super) fn failure(error: &Error) -> Failure {
    match (error.kind(), error.status()) {
        (ErrorKind::RateLimited, _) => Failure::Throttled(error.retry_after().map(to_millis)),
        (ErrorKind::Credentials, _) => Failure::Refused,
        (_, Some(404)) => Failure::NotFound,
        (ErrorKind::Rejected | ErrorKind::Invalid | ErrorKind::OutOfCredits, _) => {
            Failure::Rejected
        }
        _ => Failure::Transient,
    }
}

/// The same error once more, about that job: one failed list is bad news for a hundred.
pub(super) fn about(error: &Error, job: &JobRef) -> Error {
    let again = Error::new(error.kind(), error.to_string())
        .with_job(job.clone())
        .with_status(error.status())
        .with_retry_after(error.retry_after());
    match error.next_step() {
        Some(hint) => again.hint(hint),
        None => again,
    }
}
