//! Permission for a request outside of the fleet's own reads, out of the same rate.
//!
//! The request itself is the caller's.

use std::sync::{Arc, Weak};
use std::time::Duration;

use creatify_core::fleet::{Permission, Ticket};
use creatify_core::schedule::Millis;

use super::{Fleet, Priority, Shared};
use crate::wait::to_millis;

/// One request that may be sent now. Say what came of it, so that the rate follows.
///
/// Dropping it says nothing; the request stays paid for.
#[derive(Debug)]
#[must_use = "a permit is for one request; say what came of it"]
pub struct Permit {
    fleet: Fleet,
    sent_at: Millis,
}

impl Fleet {
    /// Waits for the turn of a request of the caller's own. Dropping the wait gives the turn up.
    ///
    /// Strict: submits go before reconciling, that before settling, that before the fleet's own
    /// reads, those before catalogues.
    pub async fn permit(&self, priority: Priority) -> Permit {
        let sent_at = granted(&Arc::downgrade(&self.shared), priority).await;
        Permit {
            fleet: self.clone(),
            // Without a fleet there is no permit to give; there is one, it is borrowed here.
            sent_at: sent_at.unwrap_or_default(),
        }
    }
}

impl Permit {
    /// The request was answered, with anything but status 429.
    pub fn answered(self) {
        self.fleet.state().scheduler.handle_answered(self.sent_at);
    }

    /// The request was answered with status 429; `retry_after` is what the answer asks for.
    pub fn throttled(self, retry_after: Option<Duration>) {
        let now = self.fleet.now();
        let mut state = self.fleet.state();
        let jitter = state.chance.draw();
        let pause = retry_after.map(to_millis);
        state
            .scheduler
            .handle_throttled(self.sent_at, pause, jitter, now);
    }
}

/// Waits for a turn; when it came, or `None` when the fleet is gone.
pub(super) async fn granted(fleet: &Weak<Shared>, priority: Priority) -> Option<Millis> {
    let ticket = fleet.upgrade()?.state().scheduler.handle_wanted(priority);
    let waiting = Waiting { fleet, ticket };
    loop {
        let (client, pause) = {
            let fleet = Fleet {
                shared: fleet.upgrade()?,
            };
            let now = fleet.now();
            let permission = fleet.state().scheduler.poll_permission(waiting.ticket, now);
            match permission {
                Permission::Granted => return Some(now),
                Permission::WaitUntil(at) => (fleet.shared.client.clone(), at.since(now)),
            }
        };
        client.timer().sleep(Duration::from_millis(pause)).await;
    }
}

/// A turn that is waited for.
struct Waiting<'f> {
    fleet: &'f Weak<Shared>,
    ticket: Ticket,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(fleet) = self.fleet.upgrade() {
            let mut state = fleet.state();
            state.scheduler.handle_withdrawn(self.ticket);
            // What was held back by this turn may go now.
            state.wake();
        }
    }
}
