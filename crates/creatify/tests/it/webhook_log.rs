//! Captures what is logged while something runs, field by field.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

struct Capture(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("creatify")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0
            .lock()
            .expect("no test panics while logging")
            .push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Runs something on this thread and gives back its result and what it logged.
pub(crate) fn captured<T>(run: impl FnOnce() -> T) -> (T, Vec<String>) {
    let lines = Arc::default();
    let subscriber = Capture(Arc::clone(&lines));
    // While there is only one subscriber, other threads decide by their own, which they have not,
    // that nobody listens. With a second one all subscribers are asked.
    let _second = tracing::Dispatch::new(Capture(Arc::default()));
    let result = tracing::subscriber::with_default(subscriber, run);
    let lines = lines.lock().expect("no test panics while logging").clone();
    (result, lines)
}
