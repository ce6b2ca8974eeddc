//! Rows made up of a fixed seed, the same in every run: what a workload asks for, row by row.
//!
//! It draws requests and prices none; who draws them also says which kinds.

use creatify_core::{Credits, Operation, QuoteRequest, Seconds};

/// The longest length drawn, in milliseconds: three minutes.
const LONGEST: u64 = 180_000;

/// An endless draw from kinds of requests.
pub(crate) struct Rows {
    kinds: Vec<QuoteRequest>,
    state: u64,
}

impl Rows {
    /// Draws from every operation and model that `is_wanted`.
    pub(crate) fn of(is_wanted: impl Fn(&QuoteRequest) -> bool) -> Rows {
        let mut kinds = Vec::new();
        for &operation in Operation::ALL {
            let none = operation.default_model().is_none();
            if none {
                kinds.push(QuoteRequest::new(operation));
            }
            let request = QuoteRequest::new(operation);
            kinds.extend(operation.models().map(|model| request.with_model(model)));
        }
        kinds.retain(is_wanted);
        Rows { kinds, state: 1 }
    }

    /// A number below `below`. A linear congruence is random enough to keep a branch from being
    /// foretold.
    fn below(&mut self, below: u64) -> u64 {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.state >> 33) % below
    }
}

impl Iterator for Rows {
    type Item = QuoteRequest;

    /// One of the kinds, with a length, previews or a catalogue's cost where it takes them.
    fn next(&mut self) -> Option<QuoteRequest> {
        let kind = self.below(self.kinds.len() as u64) as usize;
        let mut request = self.kinds.get(kind)?.with_count(1 + self.below(20) as u32);
        let operation = request.operation();
        if operation.takes_length() {
            let length = Seconds::from_millis(self.below(LONGEST));
            request = request.with_length(length.unwrap_or(Seconds::ZERO));
        }
        if operation.takes_catalogue_credits() {
            let halves = 500 * (1 + self.below(40));
            request = request.with_catalogue_credits(Credits::from_millicredits(halves));
        }
        Some(request)
    }
}
