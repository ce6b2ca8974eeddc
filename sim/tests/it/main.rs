//! The simulation itself: single faults by hand, many by seed, and the proof that it sees what it is
//! there to see.

mod scripts;
mod seeds;
