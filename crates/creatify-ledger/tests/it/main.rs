//! The ledgers against their protocol, their invariants and each other.

mod conformance;
mod files;
mod kill;
mod marker;
mod model;
mod random;
mod table;
mod world;
