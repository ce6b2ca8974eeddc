//! Holds `openapi/` against the documentation pages, and its files against each other.
//!
//! Everything here reads files of this repository. The pages themselves stand beside it where they
//! are at hand; without them their part is skipped, and a printed line says so. Nothing here tests
//! the generator.

mod coverage;
mod disagreements;
mod docs_accept;
mod docs_corpus;
mod docs_drift;
mod docs_edits;
mod docs_own;
mod docs_pull;
mod docs_site;
mod docs_sync;
mod folder;
mod fragments;
mod lines;
mod price_book;
mod saved_page;
mod table;
