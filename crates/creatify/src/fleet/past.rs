//! How long jobs took before, as the client's ledger knows it.
//!
//! The schedule learns from the jobs that a fleet watches; what earlier processes watched is told
//! to it here, once for each class of jobs, when the first of them is taken on.

use std::time::Duration;

use creatify_core::fleet::Class;
use creatify_core::{Model, Operation, Seconds};
use creatify_ledger::{self as ledger, LengthClass};

use super::Fleet;

/// How many jobs of a class are told of, the newest ones; as many as the schedule remembers.
const MOST: usize = 1_024;

impl Fleet {
    /// Tells the schedule what the ledger knows of a class of jobs, unless it was told before.
    pub(super) fn recall(
        &self,
        operation: Operation,
        model: Option<Model>,
        length: Option<Seconds>,
    ) {
        let Some(journal) = self.shared.client.journal() else {
            return;
        };
        let class = Class::new(operation, model, length);
        if !self.state().recalled.insert(class) {
            return;
        }
        let class = ledger::Class::new(operation, model, LengthClass::of(length));
        match journal.ledger().durations(&class, MOST) {
            // The newest come first, and are to count most.
            Ok(past) => {
                for millis in past.into_iter().rev() {
                    self.learn(operation, model, length, Duration::from_millis(millis));
                }
            }
            Err(error) => tracing::error!(%operation, %error, "the ledger cannot be read"),
        }
    }
}
