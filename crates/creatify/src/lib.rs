#![doc = include_str!("../README.md")]

mod budget;
mod call;
mod card_file;
mod client;
pub mod download;
mod error;
mod failure;
mod fleet;
mod flow;
mod job;
mod journal;
mod paid;
mod read;
mod reconcile;
mod requests;
mod resources;
mod send;
pub mod spend;
mod state;
mod stop;
pub mod telemetry;
mod timer;
mod wait;
pub mod webhook;

#[cfg(feature = "emulator")]
pub mod emulator;

pub use creatify_core as core;
pub use creatify_core::job::Status;
pub use creatify_core::pricing::{PriceDrift, Settlement};
pub use creatify_core::{
    Credits, Day, JobRef, Length, Model, Operation, Quote, QuoteRequest, RateCard, Seconds, Totals,
};
pub use creatify_ledger as ledger;

pub use crate::budget::Budget;
pub use crate::call::{Answer, Approved, Call, Outcome, QuotedCall, RequestPreview};
pub use crate::card_file::{CardFile, CardFileError, MAX_CARD_BYTES};
pub use crate::client::{Client, ClientBuilder, DEFAULT_BASE_URL};
pub use crate::error::{Error, ErrorKind};
pub use crate::fleet::{Fleet, FleetJob, Permit, Priority, Progress, Update, Updates, Watching};
pub use crate::flow::{Flow, PreviewThenRender, Previewed, Previewing, QuotedFlow};
pub use crate::job::{Finished, Job};
pub use crate::journal::Journal;
pub use crate::reconcile::{Finding, Jobs};
pub use crate::requests::{
    AspectRatio, CustomTemplateRequest, LipsyncV2Request, PreviewListRequest, Scene, Variable,
};
pub use crate::resources::{
    Accent, Catalogue, CustomTemplate, Link, LinkToVideo, Links, LipsyncV2, Persona, Template,
    Voice,
};
pub use crate::state::{JobState, Preview};
pub use crate::timer::{BoxFuture, Timer, TokioTimer};
pub use crate::wait::{DEFAULT_DEADLINE, Wait};

/// The repository's README, so that its code is compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct WorkspaceReadme;
