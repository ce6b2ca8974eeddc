//! What a receiver has to know about paid requests, and a version of it in memory.
//!
//! A ledger answers the same question from its own table; the receiver never writes to it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use creatify_core::JobRef;

use super::Attempt;

/// What is known of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// Nothing: it was never made here.
    Unknown,
    /// It was made, and no job is known for it yet: its answer is on the way, or lost.
    Open,
    /// It made this job.
    Owns(JobRef),
}

/// Answers what is known of an attempt.
///
/// A receiver asks once for each call-back whose address is genuine, so an answer has to come at
/// once: from memory, or by one look into an index.
pub trait Intents: Send + Sync + 'static {
    /// What is known of this attempt now.
    fn standing(&self, attempt: &Attempt) -> Standing;
}

impl<T: Intents + ?Sized> Intents for std::sync::Arc<T> {
    fn standing(&self, attempt: &Attempt) -> Standing {
        (**self).standing(attempt)
    }
}

/// Attempts in memory, for a process that keeps no ledger.
#[derive(Debug, Default)]
pub struct MemoryIntents(Mutex<HashMap<Attempt, Option<JobRef>>>);

impl MemoryIntents {
    /// No attempt at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The attempt is about to be made. One that owns a job keeps it.
    pub fn open(&self, attempt: Attempt) {
        self.lock().entry(attempt).or_insert(None);
    }

    /// The attempt made this job.
    pub fn own(&self, attempt: Attempt, job: JobRef) {
        self.lock().insert(attempt, Some(job));
    }

    /// The attempt is over; call-backs for it find nothing any more.
    pub fn forget(&self, attempt: &Attempt) {
        self.lock().remove(attempt);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Attempt, Option<JobRef>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intents for MemoryIntents {
    fn standing(&self, attempt: &Attempt) -> Standing {
        match self.lock().get(attempt) {
            None => Standing::Unknown,
            Some(None) => Standing::Open,
            Some(Some(job)) => Standing::Owns(job.clone()),
        }
    }
}
