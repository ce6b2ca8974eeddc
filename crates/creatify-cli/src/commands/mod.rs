//! One file a command: its arguments, and what it does with the facade.
//!
//! What several commands share (spending, waiting, printing) is one level up.

pub(crate) mod avatar;
pub(crate) mod completions;
pub(crate) mod credits;
pub(crate) mod demo;
pub(crate) mod download;
pub(crate) mod emulate;
pub(crate) mod export;
pub(crate) mod jobs;
pub(crate) mod link;
pub(crate) mod link_video;
pub(crate) mod man;
pub(crate) mod personas;
pub(crate) mod plan;
pub(crate) mod quote;
pub(crate) mod rates;
pub(crate) mod schema;
pub(crate) mod template;
pub(crate) mod templates;
pub(crate) mod voices;
pub(crate) mod wait;
pub(crate) mod webhook;
