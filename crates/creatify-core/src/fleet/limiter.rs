//! One request rate for one API key, found by asking: up slowly, down at once.
//!
//! No limit is published, so the only signal is status 429. Slow answers are none: a read may take
//! long for reasons that have nothing to do with how often one asks. Whole numbers throughout:
//! rates in millionths of a request a second, tokens in billionths of a request.

use super::jitter::{Backoff, Jitter};
use super::priority::Priority;
use crate::schedule::Millis;

/// One request, in billionths: a rate in millionths a second times milliseconds.
const REQUEST: u64 = 1_000_000_000;

/// What polls may save up of their share while others go first; the bucket of all holds one.
const POLLS_SAVED: u64 = 2 * REQUEST;

/// One request a second, in millionths.
const PER_SECOND: u64 = 1_000_000;

/// The rate is never cut below one request in ten seconds.
const SLOWEST: u64 = 100_000;

/// The rate never grows above a hundred requests a second unless told so.
const FASTEST: u64 = 100 * PER_SECOND;

/// The most that a rate grows in a second, once the limit was met: 0.1/s.
const RISE: u64 = 100_000;

/// The least that a rate grows in a second: what is left of [`RISE`] at a limit of 1/s.
const LEAST_RISE: u64 = 2_040;

/// The longest cool-down: 15 min.
const LONGEST_COOL_DOWN: u64 = 15 * 60 * 1_000;

/// How many milliseconds are ever counted at once; more than fills any bucket.
const LONGEST_STEP: u64 = 1_000_000;

/// A token bucket whose rate follows what the service lets through.
///
/// It starts at 1/s and grows by 10 % each second in which it was what held requests back. The
/// first 429 ends that; from then on the rate grows by at most 0.1/s each second and is cut to
/// 70 % by a 429. Below about 7/s it grows more slowly, in proportion to the square of the rate
/// that was refused last, so that about one request in a hundred is refused whatever the limit
/// is; a tenth above that rate, where the old limit is plainly gone, it grows by 0.1/s again.
///
/// A 429 cools the whole key down, for as long as the answer asks, and no request is let through
/// before that is over. No request is ever lent: the bucket holds one.
///
/// # Example
///
/// ```
/// use creatify_core::fleet::{Jitter, Limiter, Priority};
/// use creatify_core::schedule::Millis;
///
/// let mut limiter = Limiter::new();
/// assert!(limiter.try_take(Priority::Submit, Millis(0)));
/// assert!(!limiter.try_take(Priority::Submit, Millis(900)));
/// assert_eq!(limiter.ready_at(Priority::Submit), Millis(1_000));
///
/// // 429 with `Retry-After: 30`: nothing leaves for 30 s, however urgent.
/// limiter.handle_throttled(Millis(0), Some(30_000), Jitter::NONE, Millis(1_000));
/// assert_eq!(limiter.ready_at(Priority::Submit), Millis(31_000));
/// assert!(!limiter.try_take(Priority::Submit, Millis(30_999)));
/// assert!(limiter.try_take(Priority::Submit, Millis(31_000)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limiter {
    rate: u64,
    fastest: u64,
    /// The rate at which the last 429 came; none while the limit was never met.
    refused_rate: Option<u64>,
    tokens: u64,
    /// Polls pay a second time, from a bucket that is filled with four fifths of the rate.
    poll_tokens: u64,
    /// The latest time seen; a clock that is set back changes nothing.
    now: Millis,
    last_taken: Option<Millis>,
    /// Whether an answer came since the rate last grew: silence is no reason to ask more often.
    is_answered: bool,
    /// Answers to requests sent before do not cut the rate again.
    cut_at: Option<Millis>,
    cool_until: Millis,
    backoff: Backoff,
    throttled: u64,
}

impl Default for Limiter {
    fn default() -> Limiter {
        Limiter::new()
    }
}

impl Limiter {
    /// A limiter that knows nothing of the limit: 1/s, and one request at once.
    #[must_use]
    pub const fn new() -> Limiter {
        Limiter {
            rate: PER_SECOND,
            fastest: FASTEST,
            refused_rate: None,
            tokens: REQUEST,
            poll_tokens: REQUEST,
            now: Millis(0),
            last_taken: None,
            is_answered: true,
            cut_at: None,
            cool_until: Millis(0),
            backoff: Backoff::NEW,
            throttled: 0,
        }
    }

    /// Sets the rate to begin with, in requests per 1,000 s; at least 100, at most the fastest.
    #[must_use]
    pub fn with_rate(mut self, per_thousand_seconds: u32) -> Limiter {
        let rate = u64::from(per_thousand_seconds).saturating_mul(1_000);
        self.rate = rate.clamp(SLOWEST, self.fastest);
        self
    }

    /// Sets the rate that is never exceeded, in requests per 1,000 s; at least 100. It is 100,000,
    /// which is 100/s, unless set.
    #[must_use]
    pub fn with_fastest(mut self, per_thousand_seconds: u32) -> Limiter {
        let rate = u64::from(per_thousand_seconds).saturating_mul(1_000);
        self.fastest = rate.max(SLOWEST);
        self.rate = self.rate.min(self.fastest);
        self
    }

    /// A request was answered, with anything but 429.
    pub fn handle_answered(&mut self, sent_at: Millis) {
        self.is_answered = true;
        if self.cut_at.is_none_or(|cut_at| sent_at > cut_at) {
            self.backoff.reset();
        }
    }

    /// A request sent at `sent_at` was answered with 429.
    ///
    /// `retry_after` is what the answer asks for, in milliseconds; none where it asks for nothing
    /// or for nonsense. It is kept for at least as long as a back-off of our own, at most 15 min,
    /// and up to a tenth longer, by chance, so that several processes do not return together.
    pub fn handle_throttled(
        &mut self,
        sent_at: Millis,
        retry_after: Option<u64>,
        jitter: Jitter,
        now: Millis,
    ) {
        self.fill(now);
        self.throttled = self.throttled.saturating_add(1);
        let asked = retry_after.unwrap_or(0);
        let asked = asked.saturating_add(jitter.of(asked / 10));
        let pause = asked.max(self.backoff.next(jitter)).min(LONGEST_COOL_DOWN);
        self.cool_until = self.cool_until.max(self.now.after(pause));
        if self.cut_at.is_none_or(|cut_at| sent_at > cut_at) {
            self.refused_rate = Some(self.rate);
            // OK because a rate is at most 2^32 thousands.
            self.rate = (self.rate.saturating_mul(7) / 10).max(SLOWEST);
            self.cut_at = Some(self.now);
        }
    }

    /// Takes one request of that priority, if one may be sent now.
    ///
    /// Who goes before whom is not decided here; see [`Scheduler`](super::Scheduler).
    pub fn try_take(&mut self, priority: Priority, now: Millis) -> bool {
        self.fill(now);
        if self.ready_at(priority) > self.now {
            return false;
        }
        self.tokens = self.tokens.saturating_sub(REQUEST);
        if priority == Priority::Poll {
            self.poll_tokens = self.poll_tokens.saturating_sub(REQUEST);
        }
        self.grow();
        self.last_taken = Some(self.now);
        true
    }

    /// When the next request of that priority may be sent; a time that has passed means now.
    #[must_use]
    pub fn ready_at(&self, priority: Priority) -> Millis {
        let missing = REQUEST.saturating_sub(self.tokens);
        let mut wait = missing.div_ceil(self.rate.max(1));
        if priority == Priority::Poll {
            let missing = REQUEST.saturating_sub(self.poll_tokens);
            wait = wait.max(missing.div_ceil(self.poll_rate().max(1)));
        }
        self.now.after(wait).max(self.cool_until)
    }

    /// The rate in requests per 1,000 s, rounded down.
    #[must_use]
    pub fn rate(&self) -> u32 {
        u32::try_from(self.rate / 1_000).unwrap_or(u32::MAX)
    }

    /// Until when nothing is sent because of a 429; a time that has passed means that nothing is.
    #[must_use]
    pub const fn cool_until(&self) -> Millis {
        self.cool_until
    }

    /// How many requests were answered with 429.
    #[must_use]
    pub const fn throttled(&self) -> u64 {
        self.throttled
    }

    /// Milliseconds between two requests at the present rate, rounded up.
    pub(super) fn interval(&self) -> u64 {
        REQUEST.div_ceil(self.rate.max(1))
    }

    fn poll_rate(&self) -> u64 {
        // OK because a rate is at most 2^32 thousands.
        self.rate.saturating_mul(4) / 5
    }

    fn fill(&mut self, now: Millis) {
        let step = now.since(self.now).min(LONGEST_STEP);
        let fill = |tokens: u64, rate: u64| tokens.saturating_add(rate.saturating_mul(step));
        self.tokens = fill(self.tokens, self.rate).min(REQUEST);
        self.poll_tokens = fill(self.poll_tokens, self.poll_rate()).min(POLLS_SAVED);
        self.now = self.now.max(now);
    }

    /// Grows the rate by the time since the last request, if the rate was what it waited for.
    fn grow(&mut self) {
        let Some(last) = self.last_taken else { return };
        let step = self.now.since(last);
        if !self.is_answered || step > self.interval().saturating_mul(2) {
            return;
        }
        self.is_answered = false;
        let a_second = match self.refused_rate {
            None => self.rate / 10,
            Some(refused) if self.rate > refused.saturating_add(refused / 10) => RISE,
            Some(refused) => rise_below(refused),
        };
        let rise = a_second.saturating_mul(step) / 1_000;
        self.rate = self.rate.saturating_add(rise).min(self.fastest);
    }
}

/// What the rate grows by in a second while the limit is believed to be where it was.
///
/// Growing by `a` each second and falling to `b`, one request in `(1 - b^2) R^2 / 2a` is refused
/// at a limit of `R` a second; for one in 125 at `b` = 0.7, `a` is 0.00204 `R^2`.
fn rise_below(refused: u64) -> u64 {
    let thousandths = refused / 1_000;
    let rise = thousandths
        .saturating_mul(thousandths)
        .saturating_mul(LEAST_RISE)
        / 1_000_000;
    rise.clamp(LEAST_RISE, RISE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polls_get_four_fifths_and_leave_the_rest() {
        let mut limiter = Limiter::new().with_rate(10_000).with_fastest(10_000);
        let (mut polls, mut others) = (0, 0);
        for now in 0..100_000 {
            polls += u32::from(limiter.try_take(Priority::Poll, Millis(now)));
            others += u32::from(limiter.try_take(Priority::Catalogue, Millis(now)));
        }
        assert!((795..=801).contains(&polls), "{polls}");
        assert!((195..=205).contains(&others), "{others}");
    }

    #[test]
    fn one_burst_of_refusals_cuts_once() {
        let mut limiter = Limiter::new().with_rate(10_000);
        for sent_at in 1..=5 {
            limiter.handle_throttled(Millis(sent_at), None, Jitter::NONE, Millis(100));
        }
        assert_eq!(limiter.rate(), 7_000);
        limiter.handle_throttled(Millis(101), None, Jitter::NONE, Millis(200));
        assert_eq!(limiter.rate(), 4_900);
    }

    #[test]
    fn an_idle_limiter_does_not_grow_and_lends_nothing() {
        let mut limiter = Limiter::new();
        assert!(limiter.try_take(Priority::Poll, Millis(0)));
        let a_night = Millis(8 * 3_600 * 1_000);
        assert!(limiter.try_take(Priority::Poll, a_night));
        assert!(!limiter.try_take(Priority::Poll, a_night));
        assert_eq!(limiter.rate(), 1_000);
    }

    #[test]
    fn a_clock_that_is_set_back_gives_nothing_away() {
        let mut limiter = Limiter::new();
        assert!(limiter.try_take(Priority::Submit, Millis(100_000)));
        assert!(!limiter.try_take(Priority::Submit, Millis(0)));
        assert_eq!(limiter.ready_at(Priority::Submit), Millis(101_000));
    }

    #[test]
    fn a_cool_down_is_as_asked_and_never_longer_than_a_quarter_of_an_hour() {
        for (asked, least, most) in [
            (None, 500, 500),
            (Some(0), 500, 500),
            (Some(30_000), 30_000, 33_000),
            (Some(900_000), 900_000, 900_000),
            (Some(u64::MAX), 900_000, 900_000),
        ] {
            for parts in [0, 30_000, u16::MAX] {
                let mut limiter = Limiter::new();
                let jitter = Jitter::from_parts(parts);
                limiter.handle_throttled(Millis(0), asked, jitter, Millis(0));
                let pause = limiter.cool_until().0;
                assert!((least..=most).contains(&pause), "{asked:?}: {pause}");
            }
        }
    }
}
