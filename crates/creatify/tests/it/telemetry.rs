//! What is counted and what is traced, over whole runs: the numbers are exact, the names are the
//! documented ones.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use creatify::emulator::{Emulator, Fault, FaultTarget, seed};
use creatify::ledger::MemoryLedger;
use creatify::telemetry::{Counters, Metric};
use creatify::webhook::Wakeups;
use creatify::{
    Approved, Budget, Client, CustomTemplateRequest, Job, JobRef, Journal, LipsyncV2Request,
    Operation, QuotedCall, Scene, Watching,
};
use tracing::instrument::WithSubscriber as _;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::raw_server::{RawServer, Reply};
use crate::{credits, posts, seconds, settings};

const AVATAR: Operation = Operation::LipsyncV2Generate;

/// An emulator, a client that keeps a ledger and counts, and the counts.
async fn world() -> (Arc<Emulator>, Client, Counters) {
    planted::watch();
    let emulator = Arc::new(Emulator::start().await.expect("the emulator starts"));
    let counters = Counters::new();
    let client = client(&emulator, Arc::new(MemoryLedger::new()), &counters);
    (emulator, client, counters)
}

fn client(emulator: &Arc<Emulator>, ledger: Arc<MemoryLedger>, counters: &Counters) -> Client {
    settings(emulator)
        .journal(Journal::new(ledger, "main"))
        .metrics(counters.clone())
        .build()
        .expect("the emulator's own keys are good")
}

fn approved(client: &Client) -> Approved<QuotedCall<Job>> {
    let request = LipsyncV2Request::new().scene(Scene::silent(seed::PERSONA_ADA, 10.0));
    let call = client.lipsync_v2().generate(request).length(seconds("10"));
    let budget = Budget::new(credits("100"));
    let quoted = call.quote().expect("the length was given");
    quoted.approve(&budget).expect("5 of 100 fit")
}

fn status(code: u16) -> Fault {
    let body = r#"{"detail": "no"}"#.to_owned();
    Fault::Status { code, body }
}

fn reads(emulator: &Emulator) -> u64 {
    let requests = emulator.requests();
    requests.iter().filter(|one| one.method == "GET").count() as u64
}

/// Everything that was counted, each for the avatar operation or for none.
#[track_caller]
fn counted(counters: &Counters, expected: &[(Metric, u64)]) {
    let snapshot = counters.snapshot();
    let all: Vec<_> = snapshot
        .iter()
        .map(|one| (one.metric, one.amount))
        .collect();
    assert_eq!(all, expected);
    let is_labelled = |one: &&_| matches!(one, &&creatify::telemetry::Measurement { operation, .. } if operation != Some(AVATAR));
    assert_eq!(snapshot.iter().find(is_labelled), None);
}

#[tokio::test]
async fn a_job_is_one_attempt_its_reads_and_its_bill() {
    let (emulator, client, counters) = world().await;
    let job = approved(&client).send().await.expect("accepted");
    assert_eq!(counters.of(Metric::Reserved, AVATAR), 5_000);
    assert_eq!(counters.total(Metric::Freed), 0, "it is in flight");
    job.wait().await.expect("done");
    let polls = reads(&emulator);
    assert!(polls > 1);
    counted(
        &counters,
        &[
            (Metric::Attempts, 1),
            (Metric::Accepted, 1),
            (Metric::Polls, polls),
            (Metric::Reserved, 5_000),
            (Metric::Freed, 5_000),
            (Metric::Spent, 5_000),
        ],
    );
}

#[tokio::test]
async fn each_429_is_counted_where_it_comes() {
    let (emulator, client, counters) = world().await;
    emulator.inject(status(429).on(FaultTarget::NextPost).times(2));
    let job = approved(&client).send().await.expect("the third is taken");
    emulator.inject(status(429).on(FaultTarget::NextRead).times(3));
    job.wait().await.expect("done");
    counted(
        &counters,
        &[
            (Metric::Attempts, 3),
            (Metric::Accepted, 1),
            (Metric::Rejected, 2),
            (Metric::Polls, reads(&emulator)),
            (Metric::Throttled, 5),
            (Metric::Reserved, 5_000),
            (Metric::Freed, 5_000),
            (Metric::Spent, 5_000),
        ],
    );
    emulator.inject(status(429).on(FaultTarget::NextRead));
    client.credits().await.expect_err("slower");
    assert_eq!(counters.of(Metric::Throttled, AVATAR), 5);
    assert_eq!(counters.total(Metric::Throttled), 6, "about no operation");
}

#[tokio::test]
async fn a_lost_answer_is_ambiguous_and_its_job_is_adopted() {
    let (emulator, client, counters) = world().await;
    emulator.inject(Fault::AnswerLost);
    let error = approved(&client).send().await.expect_err("lost");
    assert!(error.is_outcome_unknown(), "{error:?}");
    emulator.advance(Duration::from_secs(61)).await;
    let found = client.jobs().expect("a ledger").reconcile().await;
    let id = found
        .expect("readable")
        .remove(0)
        .job
        .expect("it is listed");
    let lost = [
        (Metric::Attempts, 1),
        (Metric::Ambiguous, 1),
        (Metric::Adopted, 1),
        (Metric::Polls, 1),
        (Metric::Reserved, 5_000),
    ];
    counted(&counters, &lost);
    // The budget of the lost call still holds its credits; the ledger learns the bill, once.
    for _ in 0..2 {
        let job_ref = JobRef::new(AVATAR, id.as_str()).expect("an id");
        let job = client.job(job_ref).expect("a job");
        job.wait().await.expect("done");
    }
    assert_eq!(counters.total(Metric::Spent), 5_000);
    assert_eq!(counters.total(Metric::Freed), 0);
}

#[tokio::test]
async fn a_person_who_names_the_job_adopts_it() {
    let (emulator, client, counters) = world().await;
    let other = approved(&client).send().await.expect("accepted");
    let id = other.job_ref().id().to_owned();
    // The same client without a ledger's knowledge of the job.
    let lost = self::client(&emulator, Arc::new(MemoryLedger::new()), &counters);
    emulator.inject(status(502).on(FaultTarget::NextPost));
    let error = approved(&lost).send().await.expect_err("unknown");
    let intent = error.intent().expect("it is in the ledger");
    assert_eq!(counters.total(Metric::Ambiguous), 1);
    let jobs = lost.jobs().expect("a ledger");
    jobs.park(intent, "ada").expect("it is in doubt");
    jobs.adopt(intent, &id, "ada")
        .await
        .expect("the job is there");
    assert_eq!(counters.total(Metric::Adopted), 1);
}

#[tokio::test]
async fn what_is_refused_or_never_left_frees_its_credits() {
    let (emulator, client, counters) = world().await;
    emulator.inject(status(400).on(FaultTarget::NextPost));
    approved(&client).send().await.expect_err("refused");
    let refused = [
        (Metric::Attempts, 1),
        (Metric::Rejected, 1),
        (Metric::Reserved, 5_000),
        (Metric::Freed, 5_000),
    ];
    counted(&counters, &refused);

    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let free = free.expect("a free port");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let counters = Counters::new();
    let nobody = Client::builder()
        .credentials(planted::API_ID, planted::API_KEY)
        .base_url(format!("http://{address}"))
        .metrics(counters.clone())
        .build()
        .expect("loopback is a good address");
    approved(&nobody).send().await.expect_err("nobody listens");
    let not_sent = [
        (Metric::Attempts, 1),
        (Metric::NotSent, 1),
        (Metric::Reserved, 5_000),
        (Metric::Freed, 5_000),
    ];
    counted(&counters, &not_sent);
}

#[tokio::test]
async fn a_call_dropped_half_way_is_ambiguous() {
    let server = RawServer::start(vec![Reply::Hang]).await;
    let counters = Counters::new();
    let client = Client::builder()
        .credentials(planted::API_ID, planted::API_KEY)
        .base_url(&server.url)
        .metrics(counters.clone())
        .build()
        .expect("loopback is a good address");
    let sending = tokio::spawn(approved(&client).send());
    while server.requests() == 0 {
        tokio::task::yield_now().await;
    }
    sending.abort();
    assert!(sending.await.expect_err("it is aborted").is_cancelled());
    let dropped = [
        (Metric::Attempts, 1),
        (Metric::Ambiguous, 1),
        (Metric::Reserved, 5_000),
    ];
    counted(&counters, &dropped);
}

#[tokio::test]
async fn a_webhook_that_never_came_is_missed_in_a_wait_and_in_a_fleet() {
    let (_emulator, client, counters) = world().await;
    let job = approved(&client).send().await.expect("accepted");
    let wakeups = Wakeups::new();
    job.wait().wake_by(&wakeups).await.expect("done");
    assert_eq!(counters.of(Metric::MissedWebhooks, AVATAR), 1);

    let fleet = client.fleet().with_reads_at_once(1);
    let called = approved(&client).send().await.expect("accepted");
    let job_ref = called.job_ref().clone();
    fleet.add_with(called, Watching::new().webhook());
    let silent = approved(&client).send().await.expect("accepted");
    fleet.add_with(silent, Watching::new().webhook());
    assert!(fleet.wake(&job_ref), "it is in the fleet");
    let mut updates = fleet.stream();
    while updates.next().await.is_some() {}
    assert_eq!(counters.of(Metric::MissedWebhooks, AVATAR), 2);
}

#[tokio::test]
async fn a_fleet_counts_one_poll_for_a_list_however_many_jobs_it_asks_about() {
    let (emulator, client, counters) = world().await;
    let fleet = client.fleet().with_reads_at_once(1);
    for _ in 0..3 {
        fleet.add(approved(&client).send().await.expect("accepted"));
    }
    let mut updates = fleet.stream();
    while updates.next().await.is_some() {}
    assert_eq!(counters.of(Metric::Polls, AVATAR), reads(&emulator));
    assert_eq!(counters.total(Metric::Spent), 15_000);
}

#[tokio::test]
async fn a_link_is_spent_at_once() {
    let (emulator, client, counters) = world().await;
    let call = client.link().create("https://shop.example/lamp");
    let budget = Budget::new(credits("2"));
    let approved = call.quote().expect("known").approve(&budget).expect("fits");
    approved.send().await.expect("accepted");
    assert_eq!(posts(&emulator), 1);
    let of = |metric| counters.of(metric, Operation::LinkCreate);
    let all = [Metric::Reserved, Metric::Freed, Metric::Spent].map(of);
    assert_eq!(all, [1_000, 1_000, 1_000]);
}

/// Keeps the names of spans and events, and each span's fields.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<BTreeSet<String>>>);

impl Subscriber for Names {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("creatify")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let metadata = attributes.metadata();
        let mut fields: Vec<_> = metadata.fields().iter().map(|field| field.name()).collect();
        fields.sort_unstable();
        let level = metadata.level().as_str().to_lowercase();
        let mut names = self.0.lock().expect("no test panics while tracing");
        names.insert(format!("{} {level} {}", metadata.name(), fields.join(" ")));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The table of spans in the documentation, in the form of [`Names`].
fn documented() -> BTreeSet<String> {
    let table = include_str!("../../src/telemetry.rs");
    let rows = table
        .lines()
        .filter_map(|line| line.strip_prefix("//! | `"));
    let spans = rows.filter_map(|row| {
        let mut cells = row.split(" | ");
        let (name, level, fields) = (cells.next()?, cells.next()?, cells.next()?);
        let name = name.trim_end_matches('`');
        // Events have no fourth column, and blanks in their names.
        cells.next()?;
        let mut fields: Vec<_> = fields
            .split(", ")
            .map(|field| field.trim_matches(['`', ' ']))
            .filter(|field| *field != "none")
            .collect();
        fields.sort_unstable();
        Some(format!("{name} {level} {}", fields.join(" ")))
    });
    spans.collect()
}

#[tokio::test]
async fn the_spans_of_a_run_are_the_documented_ones() {
    let (emulator, client, _counters) = world().await;
    let names = Names::default();
    let run = async {
        let call = client
            .custom_template()
            .generate(CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS))
            .length(seconds("30"));
        let budget = Budget::new(credits("100"));
        let approved = call.quote().expect("a length").approve(&budget);
        let job = approved.expect("fits").send().await.expect("accepted");
        let finished = job.wait().await.expect("done");
        client
            .jobs()
            .expect("a ledger")
            .reconcile()
            .await
            .expect("readable");
        let folder = planted::Folder::new().expect("a folder");
        let url = finished.state().video_url.clone().expect("a video");
        creatify::download::Downloader::new()
            .allow_loopback(&emulator.url())
            .expect("loopback")
            .save(url, folder.path().join("video.mp4"))
            .await
            .expect("it is there");
    };
    run.with_subscriber(names.clone()).await;
    let seen = names.0.lock().expect("no test panics while tracing");
    assert_eq!(*seen, documented());
}
