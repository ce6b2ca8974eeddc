//! How many call-backs are let through: so many a second for one intent, so many for all.
//!
//! What exceeds a rate is held, one wake-up for each intent however many call-backs there were, and
//! let go when the rate allows. Time is an argument; nothing here reads a clock.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::Attempt;

/// Intents whose rate is kept at a time; one with a genuine address is needed for each.
const MAX_INTENTS: usize = 4_096;

/// How many held wake-ups are looked at by one call.
const RELEASED_AT_ONCE: usize = 16;

/// Call-backs a second that wake somebody at once. A burst may have as many as a second has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// For one intent; 10 unless set, at least 1.
    pub per_intent: u32,
    /// For all intents together; 100 unless set, at least 1.
    pub total: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_intent: 10,
            total: 100,
        }
    }
}

impl Limits {
    /// Sets the rate of one intent.
    #[must_use]
    pub fn with_per_intent(mut self, per_second: u32) -> Self {
        self.per_intent = per_second;
        self
    }

    /// Sets the rate of all intents together.
    #[must_use]
    pub fn with_total(mut self, per_second: u32) -> Self {
        self.total = per_second;
        self
    }
}

/// A rate with a burst of one second: it remembers only when it will be idle again.
#[derive(Debug, Clone, Copy, Default)]
struct Rate {
    idle_at: Duration,
}

impl Rate {
    fn take(&mut self, per_second: u32, now: Duration) -> bool {
        let per_second = per_second.max(1);
        let step = Duration::from_secs(1) / per_second;
        let idle_at = self.idle_at.max(now);
        let has_room = idle_at - now <= step.saturating_mul(per_second - 1);
        if has_room {
            self.idle_at = idle_at.saturating_add(step);
        }
        has_room
    }
}

#[derive(Debug, Default)]
struct Intent {
    rate: Rate,
    is_held: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Limiter {
    limits: Limits,
    total: Rate,
    intents: HashMap<[u8; 26], Intent>,
    held: VecDeque<Attempt>,
}

/// What becomes of a call-back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It wakes somebody now.
    Pass,
    /// It is held.
    Hold,
    /// It is one with a call-back that is held already, or there is no room to hold it.
    Merge,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    pub(crate) fn admit(&mut self, attempt: &Attempt, now: Duration) -> Admission {
        if self.intents.len() >= MAX_INTENTS && !self.is_known(attempt) {
            self.intents
                .retain(|_, intent| intent.is_held || intent.rate.idle_at > now);
            if self.intents.len() >= MAX_INTENTS {
                return Admission::Merge;
            }
        }
        let intent = self.intents.entry(attempt.intent_bytes()).or_default();
        if intent.is_held {
            return Admission::Merge;
        }
        // The intent's own rate first: one that floods takes nothing from the others.
        if intent.rate.take(self.limits.per_intent, now) && self.total.take(self.limits.total, now)
        {
            return Admission::Pass;
        }
        intent.is_held = true;
        self.held.push_back(*attempt);
        Admission::Hold
    }

    /// Held attempts whose time has come.
    pub(crate) fn release(&mut self, now: Duration) -> Vec<Attempt> {
        let mut released = Vec::new();
        for _ in 0..self.held.len().min(RELEASED_AT_ONCE) {
            let Some(attempt) = self.held.pop_front() else {
                break;
            };
            let Some(intent) = self.intents.get_mut(&attempt.intent_bytes()) else {
                continue;
            };
            if intent.rate.take(self.limits.per_intent, now)
                && self.total.take(self.limits.total, now)
            {
                intent.is_held = false;
                released.push(attempt);
            } else {
                self.held.push_back(attempt);
            }
        }
        released
    }

    fn is_known(&self, attempt: &Attempt) -> bool {
        self.intents.contains_key(&attempt.intent_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(number: u32) -> Attempt {
        Attempt::new(&format!("0000000000000000000000{number:04}"), 1).expect("digits are fine")
    }

    fn passed(limiter: &mut Limiter, attempts: impl Iterator<Item = Attempt>, at: u64) -> usize {
        attempts
            .filter(|attempt| limiter.admit(attempt, Duration::from_millis(at)) == Admission::Pass)
            .count()
    }

    #[test]
    fn one_intent_wakes_ten_times_a_second_and_is_held_once() {
        let mut limiter = Limiter::new(Limits::default());
        let one = || std::iter::repeat_n(attempt(1), 1_000);
        assert_eq!(passed(&mut limiter, one(), 0), 10);
        assert_eq!(limiter.held.len(), 1);
        assert!(limiter.release(Duration::from_millis(50)).is_empty());
        assert_eq!(limiter.release(Duration::from_millis(100)), [attempt(1)]);
        assert!(limiter.release(Duration::from_millis(1_000)).is_empty());
    }

    #[test]
    fn a_flood_on_one_intent_leaves_room_for_the_others() {
        let mut limiter = Limiter::new(Limits::default().with_total(20));
        passed(
            &mut limiter,
            std::iter::repeat_n(attempt(1), 100_000),
            5_000,
        );
        assert_eq!(passed(&mut limiter, (2..100).map(attempt), 5_000), 10);
    }

    #[test]
    fn the_table_of_rates_is_bounded() {
        let mut limiter = Limiter::new(Limits::default().with_total(1));
        passed(&mut limiter, (0..9_999).map(attempt), 0);
        assert!(limiter.intents.len() <= MAX_INTENTS && limiter.held.len() <= MAX_INTENTS);
    }
}
