//! When to look at a job again, and when to give up.
//!
//! Time is an argument everywhere: a count of milliseconds from any starting point, such as the
//! start of the process. Nothing here sleeps or reads a clock.

use core::fmt;
#[cfg(feature = "alloc")]
use core::num::NonZeroU64;

/// A point in time: milliseconds since a start that the caller chose once.
///
/// Two points are comparable only when they count from the same start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// So many milliseconds later; stays at the end of time when that is beyond it.
    #[must_use]
    pub const fn after(self, millis: u64) -> Millis {
        Millis(self.0.saturating_add(millis))
    }

    /// How many milliseconds lie between an earlier point and this one; 0 when it is no earlier.
    #[must_use]
    pub const fn since(self, earlier: Millis) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// A point in time that may not have come yet, in the space of one that has.
///
/// Of a hundred thousand jobs each keeps several. The last millisecond of all counts as the one
/// before it.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(Option<NonZeroU64>);

#[cfg(feature = "alloc")]
impl Moment {
    /// It has not come.
    pub(crate) const NONE: Moment = Moment(None);

    /// It came then.
    pub(crate) const fn at(millis: Millis) -> Moment {
        Moment(NonZeroU64::new(millis.0.saturating_add(1)))
    }

    /// When it came.
    pub(crate) fn get(self) -> Option<Millis> {
        self.0.map(|after| Millis(after.get().saturating_sub(1)))
    }

    /// Whether it came.
    pub(crate) const fn is_there(self) -> bool {
        self.0.is_some()
    }

    /// The first of two, where one of them came.
    pub(crate) fn first(self, other: Moment) -> Moment {
        match (self.0, other.0) {
            (Some(one), Some(other)) => Moment(Some(one.min(other))),
            (one, other) => Moment(one.or(other)),
        }
    }
}

/// How often a job is looked at: after a first delay, then twice as long each time, up to a cap.
///
/// # Example
///
/// ```
/// use creatify_core::schedule::Schedule;
///
/// let schedule = Schedule::default();
/// let delays: Vec<u64> = (0..6).map(|polls| schedule.delay(polls)).collect();
/// assert_eq!(delays, [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
///
/// // A video that takes a minute at least is not looked at before.
/// assert_eq!(schedule.with_earliest_finish(60_000).delay(0), 60_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Schedule {
    first_delay: u64,
    cap: u64,
    earliest_finish: u64,
    patience: Option<u64>,
}

impl Default for Schedule {
    /// 1 s, then doubling up to 10 s, without a deadline.
    fn default() -> Schedule {
        Schedule {
            first_delay: 1_000,
            cap: 10_000,
            earliest_finish: 0,
            patience: None,
        }
    }
}

impl Schedule {
    /// Sets the delay before the first look, in milliseconds; 1 at least.
    #[must_use]
    pub fn with_first_delay(mut self, millis: u64) -> Schedule {
        self.first_delay = millis.max(1);
        self
    }

    /// Sets the longest delay between two looks, in milliseconds; 1 at least.
    #[must_use]
    pub fn with_cap(mut self, millis: u64) -> Schedule {
        self.cap = millis.max(1);
        self
    }

    /// Sets how many milliseconds a job takes at least; the first look waits for them.
    #[must_use]
    pub const fn with_earliest_finish(mut self, millis: u64) -> Schedule {
        self.earliest_finish = millis;
        self
    }

    /// Sets the milliseconds after which waiting ends, counted from the submission.
    #[must_use]
    pub const fn with_deadline(mut self, millis: u64) -> Schedule {
        self.patience = Some(millis);
        self
    }

    /// The delay before the next look, in milliseconds, after that many looks.
    #[must_use]
    pub fn delay(&self, looks: u32) -> u64 {
        let factor = 1_u64.checked_shl(looks).unwrap_or(u64::MAX);
        let delay = self.first_delay.saturating_mul(factor).min(self.cap);
        if looks == 0 {
            delay.max(self.earliest_finish)
        } else {
            delay
        }
    }

    /// The point at which waiting ends, for a job submitted at `start`.
    #[must_use]
    pub fn deadline(&self, start: Millis) -> Option<Millis> {
        self.patience.map(|patience| start.after(patience))
    }
}
