//! `creatify webhook listen`, and the addresses that paid commands ask to be called back at.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStderr, Command, Stdio};

use creatify::emulator::{Fault, FaultTarget, seed};
use creatify::webhook::{Attempt, Capabilities, MAX_URL, Secret};
use planted::WEBHOOK_SECRET;
use serde_json::Value;

use crate::jobs::{list, only};
use crate::support::{Run, TEMPLATE_VIDEO, World, end_of, paying};

const BASE: &str = "https://hooks.example.com/creatify";

/// The command with the emulator's keys, its ledger, and a webhook secret.
fn hooked(world: &World, arguments: &[&str]) -> Command {
    let secret = std::str::from_utf8(WEBHOOK_SECRET).expect("it is text");
    let keys = (seed::API_ID, seed::API_KEY);
    let mut command = paying(&world.emulator.url(), keys, arguments);
    command.env("CREATIFY_WEBHOOK_SECRET", secret);
    command
}

/// Buys a video with these flags and a webhook secret.
fn buy(world: &World, more: &[&str]) -> Run {
    let arguments = [&TEMPLATE_VIDEO[..], &["--yes", "--json"], more].concat();
    Run::of(
        hooked(world, &arguments)
            .output()
            .expect("the command runs"),
    )
}

/// The address that the last paid request named.
fn address(world: &World) -> Option<String> {
    let body = world.posts().pop().expect("it was sent").body;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    body["webhook_url"].as_str().map(str::to_owned)
}

/// A listener, and what it says on standard error.
struct Listener {
    child: Child,
    notes: Lines<BufReader<ChildStderr>>,
}

impl Listener {
    /// Waits for one call-back.
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let stderr = child.stderr.take().expect("it is piped");
        let notes = BufReader::new(stderr).lines();
        Self { child, notes }
    }

    /// What stands behind the first such word at the beginning of a line.
    fn says(&mut self, word: &str) -> String {
        loop {
            let line = self.notes.next().expect("a line comes");
            if let Some(rest) = line.expect("it is text").strip_prefix(word) {
                return rest.to_owned();
            }
        }
    }

    /// The one job that it shows before it ends.
    fn shows(self) -> String {
        let output = end_of(self.child);
        assert!(output.status.success(), "{output:?}");
        let shown: Value = serde_json::from_slice(&output.stdout).expect("one document");
        assert_eq!(shown.as_array().map(Vec::len), Some(1), "{shown}");
        shown[0]["job"].as_str().expect("a reference").to_owned()
    }
}

const LISTEN: [&str; 5] = ["webhook", "listen", "--count", "1", "--json"];

#[test]
fn a_listener_shows_what_the_service_says_about_jobs_made_with_its_address() {
    let world = World::new();
    let keys = (seed::API_ID, seed::API_KEY);
    let mut listener = Listener::start(paying(&world.emulator.url(), keys, &LISTEN));
    let url = listener.says("custom-template.generate ");
    let job = world
        .buy(&[&TEMPLATE_VIDEO[..], &["--webhook-url", &url]].concat())
        .ends_with(0)
        .job();
    world
        .run(&["wait", &job, "--poll-every", "0.01"])
        .ends_with(0);
    assert_eq!(listener.shows(), job);
}

#[test]
fn a_public_address_is_https() {
    let world = World::new();
    let address = "http://example.com";
    for arguments in [
        &["webhook", "listen", "--public-url", address, "--json"][..],
        &["webhook", "listen", "--webhook-base", address, "--json"],
    ] {
        let refused = world.run(arguments).ends_with(2);
        assert_eq!(refused.error()["kind"], "invalid");
    }
}

#[test]
fn each_paid_call_names_an_address_of_its_own_below_the_base() {
    let world = World::new();
    let secret = Secret::new("k1", WEBHOOK_SECRET).expect("32 bytes");
    let capabilities = Capabilities::new(BASE, secret).expect("https");
    for _ in 0..2 {
        buy(&world, &["--webhook-base", BASE]).ends_with(0);
        let call = list(&world).pop().expect("it is in the ledger");
        let intent = call["intent"].as_str().expect("it is named");
        let attempt = Attempt::new(intent, 1).expect("a ULID");
        let expected = capabilities.url(&attempt).expect("it is short");
        let named = address(&world).expect("an address");
        assert!(named == expected.expose(), "the address of another call");
        assert!(named.len() <= MAX_URL);
    }
    // The user's own address stays, and without a base there is none.
    let own = "https://mine.example/hook";
    buy(&world, &["--webhook-base", BASE, "--webhook-url", own]).ends_with(0);
    assert_eq!(address(&world).as_deref(), Some(own));
    buy(&world, &[]).ends_with(0);
    assert_eq!(address(&world), None);
    let shown = buy(&world, &["--webhook-base", BASE, "--dry-run"]).ends_with(0);
    assert!(!shown.stdout.contains("hooks.example"), "{}", shown.stdout);
}

#[test]
fn a_base_or_a_secret_that_is_no_good_sends_nothing() {
    let world = World::new();
    let video = [&TEMPLATE_VIDEO[..], &["--yes", "--json"]].concat();
    let wrong = buy(&world, &["--webhook-base", "http://hooks.example.com"]);
    assert_eq!(wrong.ends_with(2).error()["kind"], "invalid");
    let long = format!("https://hooks.example.com/{}", "x".repeat(150));
    let error = buy(&world, &["--webhook-base", &long]).ends_with(2).error();
    assert!(error["message"].to_string().contains("200"), "{error}");

    let hooked_video = [&video[..], &["--webhook-base", BASE]].concat();
    let error = world.run(&hooked_video).ends_with(3).error();
    assert_eq!(error["kind"], "credentials");
    assert!(
        error["message"]
            .to_string()
            .contains("CREATIFY_WEBHOOK_SECRET")
    );
    assert!(error["hint"].to_string().contains("openssl rand -hex 32"));
    let mut short = hooked(&world, &hooked_video);
    let short = short.env("CREATIFY_WEBHOOK_SECRET", "fifteen letters");
    let error = Run::of(short.output().expect("it runs"))
        .ends_with(2)
        .error();
    assert!(error["message"].to_string().contains("32"), "{error}");
    assert!(world.posts().is_empty());
}

#[test]
fn a_listener_with_the_secret_shows_the_paid_calls_of_the_ledger() {
    let world = World::new();
    let mut listener = Listener::start(hooked(&world, &LISTEN));
    let base = listener.says("listening on ");
    let job = buy(&world, &["--webhook-base", &base]).ends_with(0).job();
    world
        .run(&["wait", &job, "--poll-every", "0.01"])
        .ends_with(0);
    assert_eq!(listener.shows(), job);
}

#[test]
fn a_call_whose_answer_was_lost_is_found_by_a_listener() {
    let world = World::new();
    let mut listener = Listener::start(hooked(&world, &LISTEN));
    let base = listener.says("listening on ");
    world.emulator.inject(Fault::WebhookEarly);
    let lost = Fault::AnswerLost.on(FaultTarget::NextPost);
    world.emulator.inject(lost);
    buy(&world, &["--webhook-base", &base]).ends_with(7);
    let job = listener.shows();
    let call = only(&world);
    assert_eq!(
        (&call["state"], &call["job"]),
        (&"accepted".into(), &job.into())
    );
    assert_eq!(world.posts().len(), 1);
}
