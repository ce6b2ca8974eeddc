//! Searches logs and panics while they happen.

use std::fmt::Write as _;
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::{end, find};

/// Searches every span and event, of every crate and at every level, and every panic of this
/// process from now on. Does nothing the second time.
///
/// # Panics
///
/// When the process has a global subscriber already: nothing would be searched.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Searcher(AtomicU64::new(1)))
            .expect("a test binary that is watched sets no subscriber of its own");
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let text = info.to_string();
            if let Some(found) = find(text.as_bytes()) {
                let place = info.location().map(ToString::to_string).unwrap_or_default();
                end(&format!("a panic at {place}"), &found);
            }
            usual(info);
        }));
    });
}

/// Listens to everything, keeps nothing.
struct Searcher(AtomicU64);

/// The fields of a span or event, as a log would print them.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, " {field}={value}");
    }
}

fn search(metadata: Option<&Metadata<'_>>, line: &Line) {
    if let Some(found) = find(line.0.as_bytes()) {
        let place = metadata.map_or_else(
            || "a field of a span".to_owned(),
            |metadata| {
                let (target, name) = (metadata.target(), metadata.name());
                let line = metadata.line().unwrap_or_default();
                format!("a log line of {target}, {name}, line {line}")
            },
        );
        end(&place, &found);
    }
}

impl Subscriber for Searcher {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut line = Line(String::new());
        attributes.record(&mut line);
        search(Some(attributes.metadata()), &line);
        Id::from_u64(self.0.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        search(None, &line);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        search(Some(event.metadata()), &line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
