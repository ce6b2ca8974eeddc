//! What was asked: the requests as received, for assertions in tests. Must not keep headers, which
//! hold the key, nor grow without end.

use std::collections::VecDeque;
use std::time::SystemTime;

/// The log keeps the newest requests only,
const KEPT: usize = 10_000;
/// and of their bodies about as many bytes as this, or the newest body alone.
const KEPT_BYTES: usize = 32 << 20;

/// One request of the API as the emulator received it. The emulator's own routes are not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestRecord {
    /// Such as `POST`.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The document's operation id; empty when no operation has this method and path.
    pub operation: String,
    /// `None` while unanswered, and for ever when the answer was lost on purpose.
    pub status: Option<u16>,
    /// The kinds of the faults that struck its answer, such as `answer_lost`. What struck the job it
    /// started stands in [`JobRecord::faults`](crate::JobRecord::faults).
    pub faults: Vec<String>,
    /// The body as text.
    pub body: String,
    /// When it came, on the emulator's clock.
    pub at: SystemTime,
}

/// The newest requests, each with a number that never repeats.
#[derive(Debug, Default)]
pub(crate) struct Log {
    records: VecDeque<RequestRecord>,
    bytes: usize,
    dropped: u64,
}

impl Log {
    /// Adds a record and gives its number.
    pub(crate) fn push(&mut self, record: RequestRecord) -> u64 {
        self.bytes += record.body.len();
        while self.records.len() >= KEPT || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.records.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(oldest.body.len());
            self.dropped += 1;
        }
        self.records.push_back(record);
        self.len() - 1
    }

    /// Notes how a request was answered, unless its record is gone.
    pub(crate) fn answered(&mut self, number: u64, status: u16) {
        let place = number.checked_sub(self.dropped);
        let place = place.and_then(|place| usize::try_from(place).ok());
        if let Some(record) = place.and_then(|place| self.records.get_mut(place)) {
            record.status = Some(status);
        }
    }

    /// How many requests there have been.
    pub(crate) fn len(&self) -> u64 {
        self.dropped + self.records.len() as u64
    }

    /// The newest requests, the oldest of them first.
    pub(crate) fn newest(&self, most: usize) -> Vec<RequestRecord> {
        let skipped = self.records.len().saturating_sub(most);
        self.records.iter().skip(skipped).cloned().collect()
    }

    pub(crate) fn to_vec(&self) -> Vec<RequestRecord> {
        self.records.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_push_out_older_ones() {
        let large = RequestRecord {
            body: "x".repeat(KEPT_BYTES / 4),
            ..record(0)
        };
        let mut log = Log::default();
        for _ in 0..10 {
            log.push(large.clone());
        }
        assert_eq!((log.len(), log.to_vec().len()), (10, 4));
    }

    fn record(path: u64) -> RequestRecord {
        RequestRecord {
            method: "GET".to_owned(),
            path: path.to_string(),
            operation: String::new(),
            status: None,
            faults: Vec::new(),
            body: String::new(),
            at: SystemTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_log_forgets_the_oldest_and_keeps_numbering() {
        let mut log = Log::default();
        for number in 0..=KEPT as u64 {
            assert_eq!(log.push(record(number)), number);
        }
        log.answered(0, 200);
        log.answered(1, 201);
        assert_eq!(log.len(), KEPT as u64 + 1);
        let kept = log.to_vec();
        assert_eq!((kept.len(), kept[0].path.as_str()), (KEPT, "1"));
        assert_eq!(kept[0].status, Some(201));
    }
}
