//! The low-level client against small servers on this machine: what it sends, what it reads, and
//! what it makes of everything that goes wrong.

mod decoding;
mod failures;
mod secrets;
mod server;
mod transport;
