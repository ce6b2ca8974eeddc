//! The workspace's own tasks as a library, one module a task.
//!
//! `main.rs` only reads the command line. A task that needs another one's work calls it here as a
//! function; no task starts another task as a process. Nothing in a published crate uses this one.

pub mod bench;
pub mod ci;
pub mod docs;
pub mod fuzz;
pub mod generate;
pub mod judge;
pub mod kill;
pub mod load;
pub mod output;
mod programs;
pub mod sim;
pub mod tidy;
mod wasm;
