// The guide's examples show everything; without an allocator a part of it is not there.
#![cfg_attr(feature = "alloc", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "alloc"),
    doc = "Credit prices of the Creatify API as pure functions: totals only, without `alloc`."
)]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "alloc")]
pub mod budget;
pub mod calendar;
pub mod credits;
mod decimal;
mod excerpt;
#[cfg(feature = "alloc")]
pub mod job;
pub mod length;
pub mod pricing;
pub mod schedule;
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
