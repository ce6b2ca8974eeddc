//! How long jobs of one kind take, and when it is best to look at one.
//!
//! The best moments to look follow the square root of the hazard, that is, of the chance that a
//! job ends now when it has not ended before (Barlow, Hunter and Proschan, "Optimum checking
//! procedures", 1963). The hazard is counted: ends in a span of ages, over the time that jobs were
//! watched in it, whether they ended or not. So jobs that still run count too, and the first few
//! ends do not make all jobs look short.

use alloc::vec::Vec;

/// Ends that have to be seen before what was learnt is used.
pub const ENOUGH: u32 = 30;

/// The interval between two looks until then, in milliseconds.
pub const FIXED_INTERVAL: u64 = 10_000;

/// The shortest interval, in milliseconds.
pub const SHORTEST_INTERVAL: u64 = 2_000;

/// The longest interval, in milliseconds.
pub const LONGEST_INTERVAL: u64 = 60_000;

/// What a look costs, in milliseconds of delay of one job.
///
/// A choice: dearer looks mean fewer of them and later news, and the product of the two is nearly
/// the same.
const COST: u64 = 300;

/// Spans of age: the first is below 1 s, then four to each doubling, up to a day and beyond.
const SPANS: usize = 70;

/// The weight of one end; halved when old, so that what is learnt follows the service.
const END: u32 = 16;

/// Ends after which everything seen before counts half.
const MEMORY: u32 = 1_024;

/// What is known of how long the jobs of one class take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Durations {
    spans: Vec<Span>,
    /// Ends ever seen.
    ends: u32,
    /// Ends in the spans, with their weight.
    weight: u32,
    pieces: Vec<Piece>,
}

/// One span of ages: ends in it, and how long jobs were watched in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Span {
    /// In 16ths of an end.
    ends: u32,
    /// In milliseconds, weighted as the ends are.
    watched: u64,
}

/// From this age on, jobs are looked at in this interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    from: u64,
    interval: u64,
}

impl Default for Durations {
    fn default() -> Durations {
        Durations::new()
    }
}

impl Durations {
    /// Nothing is known.
    #[must_use]
    pub const fn new() -> Durations {
        Durations {
            spans: Vec::new(),
            ends: 0,
            weight: 0,
            pieces: Vec::new(),
        }
    }

    /// A job was seen running at the age `to`, and had been seen at the age `from`, both in
    /// milliseconds.
    pub fn handle_running(&mut self, from: u64, to: u64) {
        let mut from = from;
        let mut at = span_of(from);
        while from < to {
            let end = start_of(at.saturating_add(1)).min(to);
            let end = if at.saturating_add(1) >= SPANS {
                to
            } else {
                end
            };
            if let Some(span) = self.span(at) {
                let watched = end.saturating_sub(from).saturating_mul(u64::from(END));
                span.watched = span.watched.saturating_add(watched);
            }
            from = end;
            at = at.saturating_add(1);
        }
    }

    /// A job ended between the ages `from` and `to`, both in milliseconds.
    pub fn handle_ended(&mut self, from: u64, to: u64) {
        let middle = from.saturating_add(to.saturating_sub(from) / 2);
        self.handle_running(from, middle);
        if let Some(span) = self.span(span_of(middle)) {
            span.ends = span.ends.saturating_add(END);
        }
        self.ends = self.ends.saturating_add(1);
        self.weight = self.weight.saturating_add(END);
        if self.weight >= MEMORY.saturating_mul(END) {
            self.forget();
        }
        // Often enough to follow, seldom enough to cost nothing.
        if self.ends >= ENOUGH && (self.pieces.is_empty() || self.ends % 8 == 0) {
            self.learn();
        }
    }

    /// How many ends were seen.
    #[must_use]
    pub const fn ends(&self) -> u32 {
        self.ends
    }

    /// The earliest age, in milliseconds, at which a job of the class ended; none until enough
    /// ends were seen. Known to about a fifth, and never too late.
    #[must_use]
    pub fn earliest_end(&self) -> Option<u64> {
        self.pieces.first().map(|piece| piece.from)
    }

    /// The age at which a job is looked at next, for one that was looked at, or started, at `age`;
    /// both in milliseconds.
    ///
    /// # Example: every 10 s until enough is known, then when it is worth while
    ///
    /// ```
    /// use creatify_core::fleet::Durations;
    ///
    /// let mut durations = Durations::new();
    /// assert_eq!(durations.next_look(0), 10_000);
    ///
    /// // Each was seen running four seconds before it was seen done, after a minute and more.
    /// for job in 0..30 {
    ///     let done = 60_000 + job * 1_000;
    ///     durations.handle_running(0, done - 4_000);
    ///     durations.handle_ended(done - 4_000, done);
    /// }
    /// assert!(durations.next_look(0) > 50_000);
    /// ```
    #[must_use]
    pub fn next_look(&self, age: u64) -> u64 {
        let Some(earliest) = self.earliest_end() else {
            return age.saturating_add(FIXED_INTERVAL);
        };
        let mut at = age.max(earliest);
        // One whole look is saved up over the pieces, each at its own pace; in 65,536ths.
        let mut missing = LOOK;
        let mut pieces = self.pieces.iter().peekable();
        while let Some(piece) = pieces.next() {
            let end = pieces.peek().map_or(u64::MAX, |next| next.from);
            if at >= end {
                continue;
            }
            let room = end.saturating_sub(at);
            let need = piece.interval.saturating_mul(missing).div_ceil(LOOK);
            if need <= room {
                at = at.saturating_add(need);
                break;
            }
            let saved = room.saturating_mul(LOOK).checked_div(piece.interval);
            missing = missing.saturating_sub(saved.unwrap_or(0));
            at = end;
        }
        let soonest = age.saturating_add(SHORTEST_INTERVAL);
        let latest = age.max(earliest).saturating_add(LONGEST_INTERVAL);
        at.clamp(soonest, latest.max(soonest))
    }

    fn span(&mut self, at: usize) -> Option<&mut Span> {
        if self.spans.is_empty() {
            self.spans.resize(SPANS, Span::default());
        }
        self.spans.get_mut(at.min(SPANS.saturating_sub(1)))
    }

    fn forget(&mut self) {
        self.weight = 0;
        for span in &mut self.spans {
            span.ends /= 2;
            span.watched /= 2;
            self.weight = self.weight.saturating_add(span.ends);
        }
    }

    /// Joins neighbouring spans until each piece holds enough ends to be trusted.
    fn learn(&mut self) {
        let enough = (self.weight / 20).max(4 * END);
        self.pieces.clear();
        let mut from = None;
        let mut sum = Span::default();
        for (at, span) in self.spans.iter().enumerate() {
            if from.is_none() && span.ends == 0 {
                continue;
            }
            from = from.or(Some(start_of(at)));
            sum.ends = sum.ends.saturating_add(span.ends);
            sum.watched = sum.watched.saturating_add(span.watched);
            if sum.ends >= enough {
                self.pieces.push(Piece {
                    from: from.unwrap_or(0),
                    interval: interval(sum),
                });
                from = Some(start_of(at.saturating_add(1)));
                sum = Span::default();
            }
        }
        // What is left is the tail: a piece of its own if it says anything.
        if sum.ends >= 2 * END || self.pieces.is_empty() {
            self.pieces.push(Piece {
                from: from.unwrap_or(0),
                interval: interval(sum),
            });
        }
    }
}

/// One whole look, in the units in which looks are saved up.
const LOOK: u64 = 1 << 16;

/// The interval for a hazard of so many ends in so much time: the root of twice the cost over it.
fn interval(span: Span) -> u64 {
    let between_ends = span.watched.checked_div(u64::from(span.ends));
    let square = between_ends.unwrap_or(u64::MAX).saturating_mul(2 * COST);
    square.isqrt().clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL)
}

/// The span that an age in milliseconds lies in.
fn span_of(age: u64) -> usize {
    let doublings = match (age / 1_000).checked_ilog2() {
        None => return 0,
        Some(doublings) => doublings,
    };
    // The quarter of the doubling: 4 x (age / (1 s << doublings) - 1), below 4.
    let base = 1_000_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    let quarter = age.saturating_sub(base).saturating_mul(4).checked_div(base);
    let span = u64::from(doublings)
        .saturating_mul(4)
        .saturating_add(quarter.unwrap_or(0).min(3))
        .saturating_add(1);
    usize::try_from(span)
        .unwrap_or(usize::MAX)
        .min(SPANS.saturating_sub(1))
}

/// The age in milliseconds at which a span begins.
fn start_of(span: usize) -> u64 {
    let Some(quarters) = span.checked_sub(1) else {
        return 0;
    };
    let quarters = u64::try_from(quarters).unwrap_or(u64::MAX);
    let doublings = u32::try_from(quarters / 4).unwrap_or(u32::MAX);
    let base = 1_000_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    base.saturating_add((base / 4).saturating_mul(quarters % 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_cover_every_age_once() {
        for span in 0..SPANS - 1 {
            assert!(start_of(span) < start_of(span + 1));
            assert_eq!(span_of(start_of(span)), span);
            assert_eq!(span_of(start_of(span + 1) - 1), span);
        }
        assert_eq!(span_of(u64::MAX), SPANS - 1);
        assert!(start_of(SPANS - 1) > 86_400_000);
    }

    #[test]
    fn time_watched_is_shared_out_without_loss() {
        let mut durations = Durations::new();
        durations.handle_running(0, 100_000);
        durations.handle_running(100_000, 500_000_000);
        durations.handle_running(7, 7);
        durations.handle_running(9, 7);
        let watched: u64 = durations.spans.iter().map(|span| span.watched).sum();
        assert_eq!(watched, 500_000_000 * u64::from(END));
    }

    #[test]
    fn jobs_that_still_run_keep_the_first_ends_from_misleading() {
        let (mut misled, mut informed) = (Durations::new(), Durations::new());
        for _ in 0..30 {
            misled.handle_ended(0, 20_000);
            informed.handle_ended(0, 20_000);
        }
        for _ in 0..10_000 {
            informed.handle_running(0, 20_000);
        }
        for _ in 0..8 {
            misled.handle_ended(0, 20_000);
            informed.handle_ended(0, 20_000);
        }
        assert_eq!(misled.next_look(20_000), 20_000 + SHORTEST_INTERVAL);
        assert!(informed.next_look(20_000) > 20_000 + 5 * SHORTEST_INTERVAL);
    }

    #[test]
    fn what_was_learnt_follows_a_service_that_gets_faster() {
        let mut durations = Durations::new();
        for _ in 0..500 {
            durations.handle_ended(100_000, 110_000);
        }
        let slow = durations.earliest_end();
        for _ in 0..20_000 {
            durations.handle_ended(20_000, 22_000);
        }
        assert!(slow > Some(80_000) && durations.earliest_end() < Some(22_000));
    }
}
