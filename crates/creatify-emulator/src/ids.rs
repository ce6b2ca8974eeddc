//! Ids and jitter from a seed: the same seed and the same calls give the same ids, so a run can be
//! repeated to the letter. Must not draw randomness from anywhere else.

use uuid::Uuid;

/// A counter behind a mixing function.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    drawn: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// The next id, in the form of a version 4 UUID.
    pub(crate) fn uuid(&mut self) -> Uuid {
        let (high, low) = (self.draw(), self.draw());
        let bytes = (u128::from(high) << 64 | u128::from(low)).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A number from 0 to `limit - 1`; 0 for a limit of 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.draw().checked_rem(limit).unwrap_or(0)
    }

    fn draw(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        mix(mix(self.seed).wrapping_add(self.drawn))
    }
}

/// The finaliser of splitmix64.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let draw = |seed| {
            let mut ids = Ids::new(seed);
            [ids.uuid(), ids.uuid(), ids.uuid()]
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_ne!(draw(7)[0], draw(7)[1]);
        assert_eq!(draw(7)[0].get_version_num(), 4);
    }

    #[test]
    fn a_limit_of_zero_draws_zero() {
        assert_eq!(Ids::new(1).below(0), 0);
        assert!(Ids::new(1).below(3) < 3);
    }
}
