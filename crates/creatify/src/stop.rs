//! The wish that a client sends nothing more, and how long the answer of what is on its way is
//! waited for.
//!
//! A process that is told to end must neither begin to pay nor throw away an answer that it has
//! paid for. Nothing here sends or records: [`crate::send`] asks at each point where it would wait.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::timer::Timer;

/// The wish; clones share it.
///
/// It holds when patience ends, as the client's timer counts.
#[derive(Clone)]
pub(crate) struct Stop(Arc<watch::Sender<Option<Duration>>>);

impl Stop {
    /// Nothing more is to be sent, and nothing is waited for after `end`; a later wish can only
    /// bring that forward.
    pub(crate) fn request(&self, end: Duration) {
        self.0.send_modify(|until| {
            *until = Some(until.map_or(end, |until| until.min(end)));
        });
    }

    pub(crate) fn is_requested(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Returns once nothing more is to be sent.
    pub(crate) async fn requested(&self) {
        let mut wish = self.0.subscribe();
        // An error would say that nobody can wish any more, which `self` can.
        let _ = wish.wait_for(Option::is_some).await;
    }

    /// Returns once nothing more is to be sent, and patience is over.
    pub(crate) async fn over(&self, timer: &dyn Timer) {
        self.requested().await;
        let mut wish = self.0.subscribe();
        loop {
            let end = (*wish.borrow_and_update()).unwrap_or_default();
            let left = end.saturating_sub(timer.now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = timer.sleep(left) => {}
                _ = wish.changed() => {}
            }
        }
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}
