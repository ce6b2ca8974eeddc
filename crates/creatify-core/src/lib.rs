//! Credit prices and job states of the Creatify API as pure functions: no I/O, no clock.
#![cfg_attr(feature = "alloc", doc = include_str!("../README.md"))]
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "alloc")]
pub mod budget;
pub mod calendar;
pub mod credits;
mod decimal;
mod excerpt;
#[cfg(feature = "alloc")]
pub mod fleet;
#[cfg(feature = "alloc")]
pub mod job;
pub mod length;
pub mod pricing;
pub mod schedule;
pub mod script;
#[cfg(feature = "serde")]
mod text;

#[cfg(feature = "alloc")]
pub use crate::budget::Budget;
pub use crate::calendar::{CalendarError, Day, Month};
pub use crate::credits::{Credits, CreditsError};
#[cfg(feature = "alloc")]
pub use crate::job::JobRef;
pub use crate::length::{Length, LengthError, Seconds};
#[cfg(feature = "alloc")]
pub use crate::pricing::Quote;
pub use crate::pricing::{Model, Operation, QuoteRequest, RateCard, Totals};
