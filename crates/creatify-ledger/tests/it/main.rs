//! The ledgers against their protocol, their invariants and each other.

mod marker;
mod table;
