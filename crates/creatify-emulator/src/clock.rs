//! The clock every transition hangs on: virtual time that only moves when told, or real time, or a
//! multiple of it. Times are milliseconds since 1970 in UTC. Must not sleep or fire transitions:
//! it only answers what time it is and how long until another.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Datelike, SecondsFormat};
use tokio::time::Instant;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub(crate) type Millis = i64;

/// 2026-11-20T00:00:00Z, where a virtual clock starts unless told otherwise.
pub(crate) const VIRTUAL_START: Millis = 1_795_132_800_000;

/// 9999-12-31T23:59:59Z, past which no clock goes: later years have no RFC 3339 form.
pub(crate) const LATEST: Millis = 253_402_300_799_000;

/// What moves the emulator's time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Clock {
    /// Time stands still until [`Emulator::advance_to`](crate::Emulator::advance_to) or a blocking
    /// operation moves it.
    #[default]
    Virtual,
    /// Virtual, and every read of a job moves it to that job's next transition: a poller in another
    /// process makes progress with each read and never has to wait.
    VirtualByRequest,
    /// The time of the tokio runtime: the machine's own, unless that runtime is a simulation's.
    Real,
    /// Real time passed through a factor, above 0 and at most 1,000,000: `Times(60.0)` is a minute
    /// a second.
    Times(f64),
}

impl Clock {
    /// Whether time moves only when told.
    pub(crate) fn is_virtual(self) -> bool {
        matches!(self, Self::Virtual | Self::VirtualByRequest)
    }

    /// Whether the factor, if there is one, is in range.
    pub(crate) fn is_valid(self) -> bool {
        match self {
            Self::Times(factor) => factor > 0.0 && factor <= 1_000_000.0,
            _ => true,
        }
    }
}

/// A running clock.
#[derive(Debug)]
pub(crate) struct Ticker {
    kind: Clock,
    origin: Millis,
    started: Instant,
    /// The latest time given out or set; the clock never goes back.
    reached: Millis,
}

impl Ticker {
    pub(crate) fn new(kind: Clock, start: Option<SystemTime>) -> Self {
        let origin = match (start, kind) {
            (Some(start), _) => millis(start),
            (None, Clock::Virtual | Clock::VirtualByRequest) => VIRTUAL_START,
            (None, _) => millis(SystemTime::now()),
        };
        Self {
            kind,
            origin,
            started: Instant::now(),
            reached: origin,
        }
    }

    pub(crate) fn kind(&self) -> Clock {
        self.kind
    }

    pub(crate) fn now(&mut self) -> Millis {
        let factor = match self.kind {
            Clock::Virtual | Clock::VirtualByRequest => return self.reached,
            Clock::Real => 1.0,
            Clock::Times(factor) => factor,
        };
        let passed = self.started.elapsed().as_secs_f64() * 1_000.0 * factor;
        // A float beyond the range of the integer becomes its largest value.
        let now = self.origin.saturating_add(passed as Millis).min(LATEST);
        self.reached = self.reached.max(now);
        self.reached
    }

    /// Moves virtual time forward; the other clocks and the past are left alone.
    pub(crate) fn set(&mut self, to: Millis) {
        if self.kind.is_virtual() {
            self.reached = self.reached.max(to.min(LATEST));
        }
    }

    /// The real time to wait until `to`; nothing for virtual clocks.
    pub(crate) fn wait(&mut self, to: Millis) -> Duration {
        let left = to.saturating_sub(self.now()).max(0) as f64 / 1_000.0;
        match self.kind {
            Clock::Virtual | Clock::VirtualByRequest => Duration::ZERO,
            Clock::Real => Duration::from_secs_f64(left),
            Clock::Times(factor) => {
                Duration::try_from_secs_f64(left / factor).unwrap_or(Duration::MAX)
            }
        }
    }
}

/// Times before 1970 become 1970, times after 9999 the end of 9999.
pub(crate) fn millis(time: SystemTime) -> Millis {
    let passed = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(passed.as_millis())
        .unwrap_or(LATEST)
        .min(LATEST)
}

pub(crate) fn system_time(at: Millis) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(at.max(0).unsigned_abs())
}

/// RFC 3339 in UTC, as the service writes its dates.
pub(crate) fn rfc3339(at: Millis) -> String {
    DateTime::from_timestamp_millis(at)
        .unwrap_or_default()
        .to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The form dates have in HTTP headers, in whole seconds.
pub(crate) fn http_date(at: Millis) -> String {
    let date = DateTime::from_timestamp_millis(at).unwrap_or_default();
    date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The calendar day in UTC.
pub(crate) fn day(at: Millis) -> (i32, u32, u32) {
    let date = DateTime::from_timestamp_millis(at).unwrap_or_default();
    (date.year(), date.month(), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_time_starts_on_its_day_and_moves_only_when_told() {
        let mut clock = Ticker::new(Clock::Virtual, None);
        assert_eq!(rfc3339(clock.now()), "2026-11-20T00:00:00.000Z");
        clock.set(VIRTUAL_START + 1_500);
        assert_eq!(clock.now(), VIRTUAL_START + 1_500);
        clock.set(VIRTUAL_START);
        assert_eq!(clock.now(), VIRTUAL_START + 1_500, "never backwards");
        assert_eq!(clock.wait(LATEST), Duration::ZERO);
        assert_eq!(day(VIRTUAL_START), (2026, 11, 20));
    }

    #[test]
    fn absurd_times_are_held_inside_the_calendar() {
        assert_eq!(millis(UNIX_EPOCH - Duration::from_secs(5)), 0);
        let far = UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert_eq!(millis(far), LATEST);
        assert_eq!(rfc3339(LATEST), "9999-12-31T23:59:59.000Z");
        assert_eq!(system_time(1_000), UNIX_EPOCH + Duration::from_secs(1));
    }

    #[test]
    fn a_factor_shortens_the_wait() {
        let start = Some(UNIX_EPOCH);
        let mut clock = Ticker::new(Clock::Times(100.0), start);
        assert!(clock.wait(100_000) <= Duration::from_secs(1));
        assert!(!Clock::Times(0.0).is_valid());
        assert!(!Clock::Times(f64::NAN).is_valid());
        assert!(Clock::Times(60.0).is_valid());
    }
}
