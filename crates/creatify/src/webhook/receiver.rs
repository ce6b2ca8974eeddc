//! The receiver: from a call to an answer, and at most one wake-up.
//!
//! It answers at once and waits for nothing but the body. It reads no job and writes nothing down;
//! no log line holds a path or a token.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::limiter::{Admission, Limiter};
use super::{Attempt, Capabilities, Intents, Limits, Standing, Wakeup, Wakeups, body};
use crate::timer::{Timer, TokioTimer};

/// The longest body that is read, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// How long a call may take to send its body.
pub const READ_LIMIT: Duration = Duration::from_secs(5);

/// What a call is answered with. No answer has a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// 202: a read is due. Duplicates and calls above the rate are answered the same.
    Accepted,
    /// 400: the body is no JSON, or nested too deeply.
    BadBody,
    /// 404: no such address. A wrong token and an unknown attempt look the same.
    NotFound,
    /// 405: not a POST.
    NotAllowed,
    /// 408: the body took longer than [`READ_LIMIT`].
    TooSlow,
    /// 413: the body is longer than [`MAX_BODY`].
    TooLarge,
}

impl Reply {
    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Accepted => 202,
            Self::BadBody => 400,
            Self::NotFound => 404,
            Self::NotAllowed => 405,
            Self::TooSlow => 408,
            Self::TooLarge => 413,
        }
    }
}

/// A call whose address is genuine; its body may be read now.
#[derive(Debug)]
#[must_use = "a call is answered by `Receiver::take`"]
pub struct Admitted(Attempt);

/// Receives call-backs; cheap to clone. See [`crate::webhook`].
#[derive(Clone)]
pub struct Receiver(Arc<Inner>);

struct Inner {
    capabilities: Capabilities,
    intents: Box<dyn Intents>,
    wakeups: Wakeups,
    timer: Arc<dyn Timer>,
    limiter: Mutex<Limiter>,
}

impl Receiver {
    /// A receiver of call-backs to addresses of `capabilities`, for the attempts that `intents`
    /// knows, with default [`Limits`] and real time.
    #[must_use]
    pub fn new(capabilities: Capabilities, intents: impl Intents) -> Self {
        Self::with(
            capabilities,
            intents,
            Wakeups::new(),
            Limits::default(),
            TokioTimer::new(),
        )
    }

    /// A receiver with everything given: whom to wake, how often at most, and by whose clock.
    #[must_use]
    pub fn with(
        capabilities: Capabilities,
        intents: impl Intents,
        wakeups: Wakeups,
        limits: Limits,
        timer: impl Timer,
    ) -> Self {
        Self(Arc::new(Inner {
            capabilities,
            intents: Box::new(intents),
            wakeups,
            timer: Arc::new(timer),
            limiter: Mutex::new(Limiter::new(limits)),
        }))
    }

    /// What [`Wait::wake_by`](crate::Wait::wake_by) and schedulers listen to.
    #[must_use]
    pub fn wakeups(&self) -> Wakeups {
        self.0.wakeups.clone()
    }

    /// The addresses this receiver knows.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.0.capabilities
    }

    /// Answers one call: its method, its path without a query, and its whole body.
    ///
    /// A server that can look at the path before it reads the body calls [`admit`](Self::admit) and
    /// [`take`](Self::take) instead, so that strangers cannot make it read anything.
    #[must_use]
    pub fn handle(&self, method: &str, path: &str, body: &[u8]) -> Reply {
        match self.admit(method, path) {
            Ok(admitted) => self.take(admitted, body),
            Err(reply) => reply,
        }
    }

    /// Looks at method and path alone.
    ///
    /// # Errors
    ///
    /// The answer to give at once, without reading the body.
    pub fn admit(&self, method: &str, path: &str) -> Result<Admitted, Reply> {
        if method != "POST" {
            return Err(self.refuse(Reply::NotAllowed));
        }
        match self.0.capabilities.check(path) {
            Some(attempt) => Ok(Admitted(attempt)),
            None => Err(self.refuse(Reply::NotFound)),
        }
    }

    /// Takes the body of an admitted call, queues the wake-up, and answers.
    #[must_use]
    pub fn take(&self, admitted: Admitted, body: &[u8]) -> Reply {
        let Admitted(attempt) = admitted;
        if body.len() > MAX_BODY {
            return self.refuse(Reply::TooLarge);
        }
        if !body::is_fit(body) {
            return self.refuse(Reply::BadBody);
        }
        let standing = self.0.intents.standing(&attempt);
        if standing == Standing::Unknown {
            return self.refuse(Reply::NotFound);
        }
        self.0.wakeups.count(|counters| counters.received += 1);
        let now = self.0.timer.now();
        let (released, admission) = {
            let mut limiter = self
                .0
                .limiter
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            (limiter.release(now), limiter.admit(&attempt, now))
        };
        for held in released {
            self.wake(held, self.0.intents.standing(&held), None);
        }
        match admission {
            Admission::Pass => self.wake(attempt, standing, Some(body)),
            Admission::Hold => {}
            Admission::Merge => self.0.wakeups.count(|counters| counters.merged += 1),
        }
        tracing::debug!(%attempt, ?admission, "webhook received");
        Reply::Accepted
    }

    fn wake(&self, attempt: Attempt, standing: Standing, body: Option<&[u8]>) {
        let (job, claimed_id) = match standing {
            Standing::Owns(job) => (Some(job), None),
            Standing::Open => (None, body.and_then(body::claimed_id)),
            Standing::Unknown => return,
        };
        self.0.wakeups.wake(Wakeup {
            attempt,
            job,
            claimed_id,
        });
    }

    /// Counts a refusal; for servers also one that they make themselves.
    pub(crate) fn refuse(&self, reply: Reply) -> Reply {
        self.0.wakeups.count(|counters| counters.refused += 1);
        tracing::debug!(status = reply.status(), "webhook refused");
        reply
    }

    #[cfg(feature = "axum")]
    pub(crate) fn timer(&self) -> &dyn Timer {
        &*self.0.timer
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("capabilities", &self.0.capabilities)
            .field("wakeups", &self.0.wakeups)
            .finish_non_exhaustive()
    }
}
