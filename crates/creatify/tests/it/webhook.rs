//! Call-backs as a plain function: which addresses are genuine, what a call is answered, who wakes.

use creatify::ErrorKind;
use creatify::webhook::{
    Attempt, Capabilities, MAX_BODY, MAX_URL, MemoryIntents, Receiver, Reply, Secret,
};

const HOST: &str = "https://hooks.example.com";
const INTENT: &str = "01JD3ZK8V5W2N4Q6R8T0XYZABC";
const JOB: &str = "custom-template.generate:0c0ffee0-0000-4000-8000-000000000001";
const OTHER_INTENT: &str = "01JD3ZK8V5W2N4Q6R8T0XYZABD";

fn secret(key_id: &str, byte: u8) -> Secret {
    Secret::new(key_id, &[byte; 32]).expect("32 bytes are enough")
}

fn attempt(intent: &str, number: u32) -> Attempt {
    Attempt::new(intent, number).expect("a ULID")
}

fn capabilities() -> Capabilities {
    Capabilities::new(HOST, secret("k1", 1)).expect("a good address")
}

fn path(capabilities: &Capabilities, attempt: &Attempt) -> String {
    let url = capabilities.url(attempt).expect("it is short");
    url.expose()
        .strip_prefix(HOST)
        .expect("it is below the host")
        .to_owned()
}

/// A receiver that knows attempt 1 of the intent, which owns the job.
fn receiver() -> (Receiver, String) {
    let capabilities = capabilities();
    let attempt = attempt(INTENT, 1);
    let path = path(&capabilities, &attempt);
    let intents = MemoryIntents::new();
    intents.own(attempt, JOB.parse().expect("a reference"));
    (Receiver::new(capabilities, intents), path)
}

#[test]
fn an_address_has_its_documented_form_and_length() {
    let path = path(&capabilities(), &attempt(INTENT, 1));
    let parts: Vec<&str> = path.split('/').collect();
    assert_eq!(parts[..4], ["", "w", "k1", "01JD3ZK8V5W2N4Q6R8T0XYZABC.1"]);
    assert_eq!((parts[4].len(), parts.len()), (22, 5));
    assert_eq!(path.len(), 57);
}

#[test]
fn an_address_is_refused_beyond_200_characters() {
    // 57 characters are the address below the host.
    let host = |length: usize| format!("https://{}.example", "a".repeat(length - 16));
    for (length, is_good) in [(MAX_URL - 57, true), (MAX_URL - 56, false)] {
        let url = Capabilities::new(&host(length), secret("k1", 1))
            .and_then(|capabilities| capabilities.url(&attempt(INTENT, 1)));
        assert_eq!(url.is_ok(), is_good, "{length}");
    }
    let capabilities = Capabilities::new(&host(MAX_URL - 57), secret("k1", 1)).expect("it fits");
    let error = capabilities
        .url(&attempt(INTENT, 10))
        .expect_err("one more");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("201"), "{error}");
}

#[test]
fn bad_bases_and_secrets_are_refused_at_construction() {
    for base in [
        "http://hooks.example.com",
        "ftp://hooks.example.com",
        "https://user:pass@hooks.example.com",
        "https://hooks.example.com/?a=b",
        "https://hooks.example.com/#a",
        "https://hooks.example.com\r\n/x",
        "https://hooks.example.com/\u{fc}",
        "hooks.example.com",
        "",
    ] {
        assert!(
            Capabilities::new(base, secret("k1", 1)).is_err(),
            "{base:?}"
        );
    }
    for base in ["http://127.0.0.1:9", "http://[::1]:9", "http://localhost"] {
        assert!(Capabilities::new(base, secret("k1", 1)).is_ok(), "{base}");
    }
    for key_id in ["", "ninechars", "a/b", "a.b", "a b", "\u{e4}"] {
        assert!(Secret::new(key_id, &[1; 32]).is_err(), "{key_id:?}");
    }
    assert!(Secret::new("k1", &[1; 31]).is_err());
    assert!(
        Capabilities::new(HOST, secret("k1", 1))
            .and_then(|capabilities| capabilities.with_previous(secret("k1", 2)))
            .is_err()
    );
}

#[test]
fn attempts_have_one_spelling() {
    for text in [
        "01JD3ZK8V5W2N4Q6R8T0XYZABC.0",
        "01JD3ZK8V5W2N4Q6R8T0XYZABC.01",
        "01JD3ZK8V5W2N4Q6R8T0XYZABC.+1",
        "01JD3ZK8V5W2N4Q6R8T0XYZABC.",
        "01JD3ZK8V5W2N4Q6R8T0XYZABC",
        "81JD3ZK8V5W2N4Q6R8T0XYZABC.1",
        "01JD3ZK8V5W2N4Q6R8T0XYZABI.1",
        "01JD3ZK8V5W2N4Q6R8T0XYZAB.1",
        "01JD3ZK8V5W2N4Q6R8T0XYZABC.4294967296",
    ] {
        assert!(text.parse::<Attempt>().is_err(), "{text}");
    }
    let random = Attempt::random().expect("random numbers");
    assert_eq!(
        random.to_string().parse::<Attempt>().expect("its own"),
        random
    );
    assert_ne!(random, Attempt::random().expect("random numbers"));
}

#[test]
fn only_a_genuine_address_is_answered_and_all_others_look_the_same() {
    let (receiver, path) = receiver();
    let token = path.rsplit('/').next().expect("it has a token");
    let mut wrong = token.to_owned();
    let last = if wrong.ends_with('A') { "Q" } else { "A" };
    wrong.replace_range(21.., last);
    let of_another = capabilities();
    let of_another_intent = self::path(&of_another, &attempt(OTHER_INTENT, 1));
    let borrowed = of_another_intent.replace(OTHER_INTENT, INTENT);
    let with_another_secret = Capabilities::new(HOST, secret("k1", 2)).expect("good");
    for bad in [
        format!("/w/k1/{INTENT}.1/{wrong}"),
        format!("/w/k1/{INTENT}.1/{}", &token[..21]),
        format!("/w/k1/{INTENT}.1/{token}A"),
        format!("/w/k1/{INTENT}.1/{token}="),
        format!("/w/k1/{INTENT}.1/"),
        format!("/w/k1/{INTENT}.1"),
        format!("/w/k2/{INTENT}.1/{token}"),
        format!("/w/k1/{INTENT}.01/{token}"),
        format!("/w/k1/{INTENT}.2/{token}"),
        format!("/w/k1/{OTHER_INTENT}.1/{token}"),
        format!("{path}/x"),
        format!("{path}?x"),
        format!("/x{path}"),
        format!("/w/k1/{}.1/{token}", INTENT.to_lowercase()),
        self::path(&with_another_secret, &attempt(INTENT, 1)),
        of_another_intent,
        borrowed,
        "/".to_owned(),
        String::new(),
    ] {
        assert_eq!(
            receiver.handle("POST", &bad, b"{}"),
            Reply::NotFound,
            "{bad}"
        );
    }
    assert!(receiver.wakeups().try_next().is_none(), "nobody was woken");
    assert_eq!(receiver.wakeups().counters().received, 0);
    assert_eq!(receiver.handle("POST", &path, b"{}"), Reply::Accepted);
    assert_eq!(receiver.handle("GET", &path, b""), Reply::NotAllowed);
    assert_eq!(receiver.handle("post", &path, b"{}"), Reply::NotAllowed);
}

#[test]
fn a_base_path_may_have_been_taken_off_by_a_proxy() {
    let base = format!("{HOST}/hooks/");
    let capabilities = Capabilities::new(&base, secret("k1", 1)).expect("good");
    let attempt = attempt(INTENT, 1);
    let path = path(&capabilities, &attempt);
    assert!(path.starts_with("/hooks/w/"), "{path}");
    let intents = MemoryIntents::new();
    intents.open(attempt);
    let receiver = Receiver::new(capabilities, intents);
    for path in [path.as_str(), path.trim_start_matches("/hooks")] {
        assert_eq!(
            receiver.handle("POST", path, b"{}"),
            Reply::Accepted,
            "{path}"
        );
    }
}

#[test]
fn the_previous_secret_is_known_until_it_is_dropped() {
    let attempt = attempt(INTENT, 1);
    let old = path(&capabilities(), &attempt);
    let rotate = |previous: Option<Secret>| {
        let new = Capabilities::new(HOST, secret("k2", 2)).expect("good");
        let new = match previous {
            Some(secret) => new.with_previous(secret).expect("another key id"),
            None => new,
        };
        let current = path(&new, &attempt);
        let intents = MemoryIntents::new();
        intents.open(attempt);
        (Receiver::new(new, intents), current)
    };
    let (both, current) = rotate(Some(secret("k1", 1)));
    assert!(
        current.starts_with("/w/k2/"),
        "new addresses use the new secret"
    );
    assert_eq!(both.handle("POST", &current, b"{}"), Reply::Accepted);
    assert_eq!(both.handle("POST", &old, b"{}"), Reply::Accepted);
    let (one, current) = rotate(None);
    assert_eq!(one.handle("POST", &current, b"{}"), Reply::Accepted);
    assert_eq!(one.handle("POST", &old, b"{}"), Reply::NotFound);
}

#[test]
fn bodies_beyond_a_limit_are_refused_and_wake_nobody() {
    let (receiver, path) = receiver();
    let filler = |length: usize| format!("\"{}\"", "a".repeat(length - 2));
    let deep = format!("{}{}", "[".repeat(100_000 / 4), "]".repeat(100_000 / 4));
    for (body, reply) in [
        (filler(MAX_BODY + 1), Reply::TooLarge),
        (deep, Reply::BadBody),
        ("status=done".to_owned(), Reply::BadBody),
        (String::new(), Reply::BadBody),
        ("{}{}".to_owned(), Reply::BadBody),
    ] {
        let answer = receiver.handle("POST", &path, body.as_bytes());
        assert_eq!(answer, reply, "{} bytes", body.len());
    }
    assert!(receiver.wakeups().try_next().is_none());
    assert_eq!(receiver.wakeups().counters().refused, 5);
    let largest = filler(MAX_BODY);
    assert_eq!(
        receiver.handle("POST", &path, largest.as_bytes()),
        Reply::Accepted
    );
}

#[test]
fn a_wake_up_names_the_owned_job_and_never_the_claimed_one() {
    let (receiver, path) = receiver();
    let body = br#"{"id": "0c0ffee0-0000-4000-8000-00000000beef", "status": "done"}"#;
    assert_eq!(receiver.handle("POST", &path, body), Reply::Accepted);
    let wakeup = receiver.wakeups().try_next().expect("a wake-up");
    assert_eq!(wakeup.job.map(|job| job.to_string()).as_deref(), Some(JOB));
    assert_eq!(wakeup.claimed_id, None);
}

#[test]
fn a_full_queue_is_answered_like_any_other_and_merging_needs_no_room() {
    use creatify::TokioTimer;
    use creatify::webhook::{Limits, Wakeups};
    let capabilities = capabilities();
    let (one, two) = (attempt(INTENT, 1), attempt(OTHER_INTENT, 1));
    let paths = [path(&capabilities, &one), path(&capabilities, &two)];
    let intents = MemoryIntents::new();
    intents.open(one);
    intents.open(two);
    let wakeups = Wakeups::with_capacity(1);
    let (limits, timer) = (Limits::default(), TokioTimer::new());
    let receiver = Receiver::with(capabilities, intents, wakeups.clone(), limits, timer);
    for _ in 0..5 {
        for path in &paths {
            assert_eq!(receiver.handle("POST", path, b"{}"), Reply::Accepted);
        }
    }
    let counters = wakeups.counters();
    assert_eq!(
        (counters.received, counters.merged, counters.dropped),
        (10, 4, 5)
    );
    assert_eq!(wakeups.try_next().expect("the first").attempt, one);
    assert!(wakeups.try_next().is_none());
}

#[test]
fn secrets_and_addresses_are_in_no_debug_form() {
    let capabilities = capabilities().with_previous(secret("k0", 7)).expect("ok");
    let url = capabilities.url(&attempt(INTENT, 1)).expect("short");
    let token = url.expose().rsplit('/').next().expect("a token").to_owned();
    let (receiver, _) = receiver();
    let shown = format!(
        "{capabilities:?} {url:?} {receiver:?} {:?}",
        secret("k1", 1)
    );
    assert!(!shown.contains(&token), "{shown}");
    assert!(
        !shown.contains("1, 1, 1") && !shown.contains("7, 7, 7"),
        "{shown}"
    );
}
