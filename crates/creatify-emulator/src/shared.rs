//! What requests, the clock's driver and the handle share, and how time passes: every step that is
//! due happens in order, each with its call-back, before the clock stands where it should.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::accept;
use crate::clock::{LATEST, Millis};
use crate::document::Document;
use crate::state::{Fired, Held, World};
use crate::waiters::Waiters;

#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    pub(crate) document: &'static Document,
    pub(crate) api_id: String,
    pub(crate) api_key: String,
    /// Says that a new step may be due sooner than the driver knows.
    pub(crate) changed: Notify,
    /// Who waits on the clock.
    pub(crate) waiters: Waiters,
    /// Becomes true when the emulator stops.
    pub(crate) stop: watch::Receiver<bool>,
}

impl Shared {
    pub(crate) fn new(
        world: World,
        document: &'static Document,
        credentials: (String, String),
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            world: Mutex::new(world),
            document,
            api_id: credentials.0,
            api_key: credentials.1,
            changed: Notify::new(),
            waiters: Waiters::default(),
            stop,
        }
    }

    /// Notes that a request is being answered, until what this gives is dropped.
    pub(crate) fn opened(&self) -> Open<'_> {
        self.waiters.request_opened();
        Open(&self.waiters)
    }

    /// The world, to be let go of before anything is awaited.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets time pass until `target`: virtual clocks jump from step to step, real ones wait.
    pub(crate) async fn advance_to(&self, target: Millis) {
        let target = target.min(LATEST);
        loop {
            let (wait, real) = {
                let mut world = self.world();
                let real = !world.clock.kind().is_virtual();
                (world.clock.wait(target), real)
            };
            self.fire_until(target, real).await;
            if !real || wait.is_zero() {
                break;
            }
            // The driver fires what becomes due meanwhile.
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stopped() => break,
            }
        }
        self.world().clock.set(target);
    }

    /// Fires what is due by now; needed under real clocks, where steps fall due by themselves.
    pub(crate) async fn settle(&self) {
        let now = {
            let mut world = self.world();
            if world.clock.kind().is_virtual() {
                return;
            }
            world.clock.now()
        };
        self.fire_until(now, true).await;
    }

    async fn fire_until(&self, target: Millis, real: bool) {
        loop {
            let fired = {
                let mut world = self.world();
                let target = if real {
                    target.min(world.clock.now())
                } else {
                    target
                };
                world.fire_next(target)
            };
            match fired {
                None => return,
                Some(Fired::Request(held)) => self.release(held),
                // Real time does not stand still for a receiver; virtual time does.
                Some(Fired::Sent(delivery)) if !real => {
                    tokio::select! {
                        _ = delivery => {}
                        () = self.stopped() => return,
                    }
                }
                Some(_) => {}
            }
        }
    }

    /// Lets a request take effect whose sender has long gone; what comes of it, nobody is told.
    fn release(&self, held: Held) {
        let mut world = self.world();
        let result = accept::apply(&mut world, held.operation, &held.id, held.body);
        if let Err(refusal) = result {
            tracing::debug!(operation = held.operation.id, %refusal.body, "held back, then refused");
        }
    }

    /// Fires steps as they fall due under real clocks, until the emulator stops.
    pub(crate) async fn drive(&self) {
        loop {
            self.settle().await;
            let wait = {
                let mut world = self.world();
                let next = world.next_at();
                next.map_or(Duration::MAX, |at| world.clock.wait(at))
            };
            // At least a tick, so that rounding never makes the loop spin.
            let wait = wait.clamp(Duration::from_millis(1), Duration::from_secs(3_600));
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.changed.notified() => {}
                () = self.stopped() => return,
            }
        }
    }

    /// Resolves when the emulator stops.
    pub(crate) async fn stopped(&self) {
        let mut stop = self.stop.clone();
        // An error says that the handle is gone, which is a stop too.
        let _ = stop.wait_for(|stopped| *stopped).await;
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct Open<'a>(&'a Waiters);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.request_closed();
    }
}
