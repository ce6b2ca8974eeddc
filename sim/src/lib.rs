//! Deterministic simulation of the whole client: the facade, its ledger and the emulator in one
//! process, on a simulated network and clock, with everything that can go wrong drawn from a seed.
//!
//! The code under test is the one that is shipped. What is simulated is the network under the
//! generated client's own seam, under the emulator and under the receiver of its call-backs, time,
//! and the disk: a ledger in memory that outlives the processes that write to it. A seed gives the
//! same simulation every time, to the last line of its record.

mod calls;
mod check;
mod dice;
mod disk;
mod drawn;
mod person;
mod plan;
mod run;
mod runner;
mod stranger;
mod trace;
mod waiting;
mod wire;
mod world;

pub use crate::plan::{Event, Forgery, Kind, Plan, Way};
pub use crate::run::{Ended, Tally, run};
pub use crate::world::Rule;
