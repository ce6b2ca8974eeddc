//! Pauses after errors: each drawn between a base and three times the one before.
//!
//! Nothing here draws a random number: chance is an argument. Pauses are for errors only; waiting
//! for a job that is well does not back off.

/// A random number given from outside, between 0 and just under 1.
///
/// Whoever wants the same run twice gives the same numbers twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jitter(u16);

impl Jitter {
    /// The least of all: pauses are as short as they get.
    pub const NONE: Jitter = Jitter(0);

    /// So many 65,536ths.
    #[must_use]
    pub const fn from_parts(parts: u16) -> Jitter {
        Jitter(parts)
    }

    /// That share of a number, rounded down.
    #[must_use]
    pub const fn of(self, whole: u64) -> u64 {
        // OK because the parts are below 65,536: the product of the halves cannot overflow.
        let (high, low) = (whole >> 16, whole & 0xffff);
        high.wrapping_mul(self.0 as u64)
            .wrapping_add(low.wrapping_mul(self.0 as u64) >> 16)
    }
}

/// Decorrelated back-off: 0.5 s at least, 30 s at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    /// The last pause; 0 when all is well.
    previous: u64,
}

impl Backoff {
    /// All is well.
    pub(super) const NEW: Backoff = Backoff { previous: 0 };

    const BASE: u64 = 500;
    const CAP: u64 = 30_000;

    /// The next pause in milliseconds.
    pub(super) fn next(&mut self, jitter: Jitter) -> u64 {
        let upper = self.previous.saturating_mul(3).clamp(Self::BASE, Self::CAP);
        let pause = Self::BASE.saturating_add(jitter.of(upper.saturating_sub(Self::BASE)));
        self.previous = pause;
        pause
    }

    /// All is well again.
    pub(super) fn reset(&mut self) {
        *self = Self::NEW;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_stay_between_the_base_and_three_times_the_last() {
        let mut backoff = Backoff::NEW;
        let mut last = 0;
        for parts in [
            0,
            u16::MAX,
            u16::MAX,
            u16::MAX,
            40_000,
            u16::MAX,
            u16::MAX,
            0,
            9,
        ] {
            let pause = backoff.next(Jitter::from_parts(parts));
            assert!((500..=30_000).contains(&pause) && pause <= (last * 3).max(500));
            last = pause;
        }
        backoff.reset();
        assert_eq!(backoff.next(Jitter::from_parts(u16::MAX)), 500);
    }

    #[test]
    fn a_share_is_never_the_whole_and_never_overflows() {
        for whole in [0, 1, 65_535, 65_536, 1_000_000, u64::MAX] {
            assert!(Jitter::from_parts(u16::MAX).of(whole) <= whole);
            assert_eq!(Jitter::NONE.of(whole), 0);
        }
        assert_eq!(Jitter::from_parts(32_768).of(1_000), 500);
        assert_eq!(Jitter::from_parts(32_768).of(u64::MAX), u64::MAX >> 1);
    }
}
