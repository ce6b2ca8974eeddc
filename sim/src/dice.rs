//! Chance from a seed. Nothing in a simulation is drawn from anywhere else.

/// A sequence of numbers that its seed determines.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The sequence of this seed for this purpose; sequences for different purposes have nothing to
    /// do with each other.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let purpose = purpose.bytes().fold(0, |sum: u64, byte| {
            mix(sum.wrapping_mul(0x100).wrapping_add(u64::from(byte)))
        });
        Self(mix(seed) ^ purpose)
    }

    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number from `least` up to `most`, both included.
    pub(crate) fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.draw() % (most - least + 1)
    }

    /// True in so many of 100 cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.draw() % 100 < percent
    }

    /// One of several, which are not none.
    pub(crate) fn pick<T: Copy>(&mut self, several: &[T]) -> T {
        several[self.between(0, several.len() as u64 - 1) as usize]
    }
}

/// The finaliser of splitmix64.
fn mix(value: u64) -> u64 {
    let mut z = value;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
