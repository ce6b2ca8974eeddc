//! Behaviour of the crate as its users see it: one binary, one module a topic.
//!
//! Expected amounts are written as arithmetic, and the totals are held against an oracle that
//! knows the prices by itself. Nothing here needs a clock, a network or a file.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a test that is wrong should stop"
)]

mod allowance;
mod batch;
mod book;
mod budget;
mod calendar;
mod calibration;
mod card_diff;
mod credits;
mod examples;
mod fleet;
mod honest;
mod job;
#[cfg(feature = "serde")]
mod json;
mod lattice;
mod length;
mod mix;
mod oracle;
mod own;
mod panics;
mod preview_first;
mod quotes;
mod ratio;
mod reference;
mod schedule;
mod script;
mod settlement;
mod table;
mod workload;
