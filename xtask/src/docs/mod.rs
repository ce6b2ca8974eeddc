//! `cargo xtask docs`: what the documentation pages say now, against what `openapi/` holds.
//!
//! Pages are pulled or read from a folder, read by their shapes into one form, and compared with
//! the document; what differs is reported, and accepted only when asked. No sentence of a page is
//! kept: facts are, and a digest.

pub mod accept;
pub mod anything;
pub mod block;
pub mod book;
pub mod bump;
pub mod check;
pub mod cli;
pub mod compare;
pub mod day;
pub mod decisions;
pub mod diff;
pub mod difference;
pub mod drift;
pub mod fields;
pub mod finding;
pub mod flattened;
pub mod full;
pub mod known;
pub mod made_up;
pub mod markdown;
pub mod newcomer;
pub mod page;
pub mod price;
pub mod printed;
pub mod pull;
pub mod rates;
pub mod samples;
pub mod show;
pub mod store;
pub mod sync;
pub mod text;
pub mod tutorial;
pub mod yaml_edit;

pub use self::{
    decisions::Decisions,
    diff::{Report, diff},
    difference::Class,
    finding::Finding,
    known::Known,
    page::Copies,
};
