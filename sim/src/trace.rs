//! What happened, in order: a hash of every line, and the lines themselves where they are wanted.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How the path of a call-back address begins; the key id is the simulation's own.
const ADDRESS: &str = "/w/k1/";

/// The record of one simulation.
#[derive(Debug)]
pub(crate) struct Trace(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    hash: DefaultHasher,
    count: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// An empty record, which keeps its lines only if asked to.
    pub(crate) fn new(keep: bool) -> Self {
        Self(Mutex::new(Inner {
            // With fixed keys: the same lines give the same hash in every process.
            hash: DefaultHasher::new(),
            count: 0,
            lines: keep.then(Vec::new),
        }))
    }

    pub(crate) fn note(&self, at: Duration, who: &str, what: &str) {
        let line = format!("{:>10.3} {who:<8} {}", at.as_secs_f64(), masked(what));
        let mut inner = self.lock();
        line.hash(&mut inner.hash);
        inner.count += 1;
        if let Some(lines) = &mut inner.lines {
            lines.push(line);
        }
    }

    /// How many lines there are.
    pub(crate) fn count(&self) -> u64 {
        self.lock().count
    }

    pub(crate) fn hash(&self) -> u64 {
        self.lock().hash.finish()
    }

    pub(crate) fn take_lines(&self) -> Vec<String> {
        self.lock().lines.take().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The text without the tokens of call-back addresses, which are secrets wherever they stand.
fn masked(text: &str) -> String {
    let mut parts = text.split(ADDRESS);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // What follows is `<attempt>/<token>`, and then whatever ends an address.
        let attempt = part.find('/').map_or(part.len(), |slash| slash + 1);
        let (attempt, rest) = part.split_at(attempt);
        let is_of_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        for piece in [
            ADDRESS,
            attempt,
            "***",
            rest.trim_start_matches(is_of_token),
        ] {
            masked.push_str(piece);
        }
    }
    masked
}
