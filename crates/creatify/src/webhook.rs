//! Call-backs from a service that signs nothing: the address is the secret, a read is the truth.
//!
//! The service posts to a job's `webhook_url` when its status changes, unsigned and with no promise
//! of order or number. So nothing in a call-back is believed. [`Capabilities`] makes an address that
//! only this receiver can have made; a hit on it wakes whoever waits for the job, who then reads the
//! job. What the read says counts; what the call-back says does not, and its ids are never stored.
//!
//! A client with a ledger does all of it by itself, once its builder has the receiver:
//!
//! ```
//! use std::sync::Arc;
//! use creatify::ledger::MemoryLedger;
//! use creatify::webhook::{Capabilities, Receiver, Secret};
//! use creatify::{Client, Journal};
//!
//! # fn main() -> Result<(), creatify::Error> {
//! let journal = Journal::new(Arc::new(MemoryLedger::new()), "main");
//! let capabilities = Capabilities::new("https://hooks.example.com", Secret::random("k1")?)?;
//! let receiver = Receiver::new(capabilities, journal.clone());
//! let client = Client::builder()
//!     .credentials("an-api-id", "an-api-key")
//!     .journal(journal)
//!     .webhooks(receiver.clone()) // to be served, as by `creatify::webhook::serve`
//!     .build()?;
//! # Ok(()) }
//! ```
//!
//! Its paid calls then carry addresses of their own, and call-backs wake its waits and its fleet. A
//! call whose answer was lost is found by the call-back of its job: see [`crate::Jobs`].
//!
//! [`Receiver::handle`] is a plain function over method, path and body. With the feature `axum`
//! there is a router, and a small server with time limits of its own.
//!
//! A colleague with the same API key can read the address from the job. That is harmless: the worst
//! a stolen address can do is one more read of a job that is already being watched.
//!
//! Without a ledger, the caller keeps the books:
//!
//! ```
//! use creatify::webhook::{Attempt, Capabilities, MemoryIntents, Receiver, Reply, Secret};
//!
//! # fn main() -> Result<(), creatify::Error> {
//! let capabilities = Capabilities::new("https://hooks.example.com", Secret::random("k1")?)?;
//! let attempt = Attempt::random()?;
//! let url = capabilities.url(&attempt)?; // goes into the request's `webhook_url`
//!
//! let intents = MemoryIntents::new();
//! intents.open(attempt);
//! let receiver = Receiver::new(capabilities, intents);
//! let path = url.expose().trim_start_matches("https://hooks.example.com");
//! assert_eq!(receiver.handle("POST", path, b"{}"), Reply::Accepted);
//! assert_eq!(receiver.handle("POST", "/w/k1/nonsense/nonsense", b"{}"), Reply::NotFound);
//! # Ok(()) }
//! ```

mod attempt;
mod body;
mod capability;
mod confirm;
mod intents;
mod ledger;
mod limiter;
mod receiver;
#[cfg(feature = "axum")]
mod server;
mod wakeups;

pub use attempt::Attempt;
pub use capability::{CallbackUrl, Capabilities, MAX_URL, Secret};
pub use confirm::Confirmed;
pub use intents::{Intents, MemoryIntents, Standing};
pub use limiter::Limits;
pub use receiver::{Admitted, MAX_BODY, READ_LIMIT, Receiver, Reply};
#[cfg(feature = "axum")]
pub use server::{router, serve};
pub(crate) use wakeups::Watch;
pub use wakeups::{Counters, Wakeup, Wakeups};
