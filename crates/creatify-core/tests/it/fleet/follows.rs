//! The rate against limits that nobody publishes: found, kept, followed down and up again.

use creatify_core::fleet::{Jitter, Limiter, Priority};
use creatify_core::schedule::Millis;

/// A limit of the service's: a bucket of so many requests, filled so many times a second.
struct Limit {
    burst: u64,
    /// Thousandths of a request.
    tokens: u64,
    at: u64,
}

impl Limit {
    fn new(burst: u64) -> Limit {
        Limit {
            burst,
            tokens: burst * 1_000,
            at: 0,
        }
    }

    fn lets_through(&mut self, per_second: u64, now: u64) -> bool {
        self.tokens = (self.tokens + (now - self.at) * per_second).min(self.burst * 1_000);
        self.at = now;
        let is_free = self.tokens >= 1_000;
        self.tokens -= if is_free { 1_000 } else { 0 };
        is_free
    }
}

/// Requests and refusals between two times, in milliseconds.
fn count(sent: &[(u64, bool)], from: u64, to: u64) -> (f64, f64) {
    let inside = |sent: &&(u64, bool)| (from..to).contains(&sent.0);
    let all = sent.iter().filter(inside).count();
    let refused = sent.iter().filter(inside).filter(|sent| !sent.1).count();
    (all as f64, refused as f64)
}

/// Sends as much as the limiter lets it, against a limit that changes.
fn drive(burst: u64, until: u64, limit_at: impl Fn(u64) -> u64) -> Vec<(u64, bool)> {
    let (mut limiter, mut limit) = (Limiter::new(), Limit::new(burst));
    let mut sent = Vec::new();
    let mut now = 0;
    let latency = 200;
    let mut under_way: Vec<(u64, u64, bool)> = Vec::new();
    while now < until {
        while let Some(at) = under_way.iter().position(|answer| answer.0 <= now) {
            let (_, sent_at, is_good) = under_way.remove(at);
            if is_good {
                limiter.handle_answered(Millis(sent_at));
            } else {
                let jitter = Jitter::from_parts((now * 7_919 % 65_536) as u16);
                limiter.handle_throttled(Millis(sent_at), None, jitter, Millis(now));
            }
        }
        if limiter.try_take(Priority::Submit, Millis(now)) {
            let is_good = limit.lets_through(limit_at(now), now);
            sent.push((now, is_good));
            under_way.push((now + latency, now, is_good));
        }
        now += 1;
    }
    sent
}

const MINUTE: u64 = 60_000;

#[test]
fn a_limit_that_drops_to_a_tenth_and_returns_is_followed() {
    for burst in [1, 5, 10] {
        let limit_at = |now: u64| match now / MINUTE {
            0..10 => 10,
            10..40 => 1,
            _ => 10,
        };
        let sent = drive(burst, 60 * MINUTE, limit_at);
        // Found from nothing.
        let (all, refused) = count(&sent, 5 * MINUTE, 10 * MINUTE);
        assert!(
            all >= 0.75 * 3_000.0 && refused <= 0.01 * all,
            "{burst}: {refused} of {all}"
        );
        // From a minute after the drop on.
        let (all, refused) = count(&sent, 11 * MINUTE, 40 * MINUTE);
        assert!(refused <= 0.01 * all, "{burst}: {refused} of {all}");
        assert!(all >= 0.6 * 29.0 * 60.0, "{burst}: {all}");
        // Five minutes after its return.
        let (all, refused) = count(&sent, 45 * MINUTE, 50 * MINUTE);
        assert!(
            all >= 0.75 * 3_000.0 && refused <= 0.01 * all,
            "{burst}: {refused} of {all}"
        );
    }
}

#[test]
fn a_limit_is_found_from_one_a_second_within_a_minute() {
    let sent = drive(10, MINUTE, |_| 20);
    let (all, _) = count(&sent, MINUTE / 2, MINUTE);
    assert!(all >= 0.7 * 600.0, "{all}");
}

#[test]
fn silence_is_no_reason_to_ask_more_often() {
    let mut limiter = Limiter::new();
    for now in 0..600_000 {
        limiter.try_take(Priority::Submit, Millis(now));
    }
    assert!(limiter.rate() <= 1_200, "{}", limiter.rate());
}
