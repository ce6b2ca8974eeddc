//! Permission for a request outside of the fleet's own reads, out of the same rate.
//!
//! The request itself is the caller's.

use std::sync::{Arc, Weak};
use std::time::Duration;

use creatify_core::fleet::{Permission, Ticket};
use creatify_core::schedule::Millis;

use super::{Fleet, Priority, Shared};
use crate::wait::to_millis;
use crate::{Client, Error, ErrorKind};

/// For how many milliseconds a request gives way to reads that are due, once the rate would let it
/// out: it may be that nobody polls the stream that would make them.
const GIVES_WAY: u64 = 5_000;

/// One request that may be sent now. Say what came of it, so that the rate follows.
///
/// Dropping it says nothing; the request stays paid for.
#[derive(Debug)]
#[must_use = "a permit is for one request; say what came of it"]
pub struct Permit {
    /// Weak, because what the fleet itself is doing may hold permits.
    fleet: Weak<Shared>,
    sent_at: Millis,
}

impl Fleet {
    /// Waits for the turn of a request of the caller's own. Dropping the wait gives the turn up.
    ///
    /// Strict: submits go before reconciling, that before settling, that before the fleet's own
    /// reads, those before catalogues. Only where nobody makes the reads that are due, a catalogue
    /// waits no longer than 5 s for them.
    pub async fn permit(&self, priority: Priority) -> Permit {
        let fleet = Arc::downgrade(&self.shared);
        match granted(&fleet, priority).await {
            Some(permit) => permit,
            // Without a fleet there is no permit to give; there is one, it is borrowed here.
            None => Permit {
                fleet,
                sent_at: Millis::default(),
            },
        }
    }
}

impl Permit {
    /// The request was answered, with anything but status 429.
    pub fn answered(self) {
        if let Some(fleet) = self.fleet.upgrade() {
            fleet.state().scheduler.handle_answered(self.sent_at);
        }
    }

    /// The request was answered with status 429; `retry_after` is what the answer asks for.
    pub fn throttled(self, retry_after: Option<Duration>) {
        let Some(shared) = self.fleet.upgrade() else {
            return;
        };
        let fleet = Fleet { shared };
        let now = fleet.now();
        let mut state = fleet.state();
        let jitter = state.chance.draw();
        let pause = retry_after.map(to_millis);
        state
            .scheduler
            .handle_throttled(self.sent_at, pause, jitter, now);
    }

    /// What the answer says of the rate; silence says nothing.
    pub(crate) fn ended(self, error: Option<&Error>) {
        match error.map(Error::kind) {
            Some(ErrorKind::RateLimited) => self.throttled(error.and_then(Error::retry_after)),
            Some(
                ErrorKind::NotSent
                | ErrorKind::Untrusted
                | ErrorKind::OutcomeUnknown
                | ErrorKind::Unreachable,
            ) => {}
            _ => self.answered(),
        }
    }
}

impl Client {
    /// Waits for a turn in the rate of this client's fleet; none at once where there is no fleet.
    pub(crate) async fn turn(&self, priority: Priority) -> Option<Permit> {
        let fleet = self.fleet_slot().lock().clone();
        granted(&fleet, priority).await
    }

    /// Makes a request in its turn, and has the rate follow its answer.
    pub(crate) async fn in_turn<T>(
        &self,
        priority: Priority,
        request: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let turn = self.turn(priority).await;
        let result = request.await;
        if let Some(turn) = turn {
            turn.ended(result.as_ref().err());
        }
        result
    }
}

/// Waits for a turn; `None` when there is no fleet, or none any more.
async fn granted(fleet: &Weak<Shared>, priority: Priority) -> Option<Permit> {
    let mut waiting = Waiting::new(fleet, priority)?;
    let mut ready_since = None;
    loop {
        let (client, pause) = {
            let fleet = Fleet {
                shared: fleet.upgrade()?,
            };
            let now = fleet.now();
            let mut state = fleet.state();
            let permission = state.scheduler.poll_permission(waiting.ticket, now);
            let at = match permission {
                Permission::Granted => {
                    return Some(Permit {
                        fleet: waiting.fleet.clone(),
                        sent_at: now,
                    });
                }
                Permission::WaitUntil(at) => at,
            };
            if state.scheduler.limiter().ready_at(priority) <= now {
                let since = *ready_since.get_or_insert(now);
                if priority > Priority::Poll && now.since(since) >= GIVES_WAY {
                    drop(state);
                    waiting = Waiting::new(&waiting.fleet, Priority::Settle)?;
                    continue;
                }
            }
            drop(state);
            (fleet.shared.client.clone(), at.since(now))
        };
        client.timer().sleep(Duration::from_millis(pause)).await;
    }
}

/// A turn that is waited for.
struct Waiting {
    fleet: Weak<Shared>,
    ticket: Ticket,
}

impl Waiting {
    fn new(fleet: &Weak<Shared>, priority: Priority) -> Option<Self> {
        let ticket = fleet.upgrade()?.state().scheduler.handle_wanted(priority);
        Some(Self {
            fleet: fleet.clone(),
            ticket,
        })
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(fleet) = self.fleet.upgrade() {
            let mut state = fleet.state();
            state.scheduler.handle_withdrawn(self.ticket);
            // What was held back by this turn may go now.
            state.wake();
        }
    }
}
