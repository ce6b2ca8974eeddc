//! Any call to the webhook receiver: its first line is the path, the rest the body. Only the
//! receiver's own address is let in, and no body brings it down.

#![no_main]

use std::sync::OnceLock;

use creatify::webhook::{Attempt, Capabilities, Limits, MemoryIntents, Receiver, Reply, Secret, Wakeups};

/// A receiver, and the path of the one attempt it knows.
fn receiver() -> &'static (Receiver, String) {
    static RECEIVER: OnceLock<(Receiver, String)> = OnceLock::new();
    RECEIVER.get_or_init(|| {
        let secret = Secret::new("k1", &[7; 32]).expect("32 bytes are enough");
        let capabilities = Capabilities::new("https://h.example", secret).expect("a good base");
        let attempt = Attempt::random().expect("random numbers");
        let url = capabilities.url(&attempt).expect("it is short");
        let path = url.expose().trim_start_matches("https://h.example").to_owned();
        let intents = MemoryIntents::new();
        intents.open(attempt);
        let limits = Limits::default().with_per_intent(u32::MAX).with_total(u32::MAX);
        let clock = creatify::TokioTimer::new();
        let receiver = Receiver::with(capabilities, intents, Wakeups::new(), limits, clock);
        (receiver, path)
    })
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let (receiver, own) = receiver();
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (line, body) = data.split_at(end);
    let path = String::from_utf8_lossy(line);
    if path != own.as_str() {
        assert_eq!(receiver.handle("POST", &path, body), Reply::NotFound);
    }
    let reply = receiver.handle("POST", own, body);
    assert!(matches!(reply, Reply::Accepted | Reply::BadBody | Reply::TooLarge));
    if let Some(wakeup) = receiver.wakeups().try_next() {
        assert!(wakeup.claimed_id.is_none_or(|id| id.len() <= 64));
    }
});
