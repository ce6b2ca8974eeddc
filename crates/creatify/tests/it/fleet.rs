//! Many jobs at once: nothing lost, nothing asked too often, one end for each.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use creatify::emulator::{Emulator, Fault, FaultTarget, RetryAfter, seed};
use creatify::{
    Budget, Client, CustomTemplateRequest, Error, ErrorKind, Finished, Fleet, FleetJob, Job,
    LipsyncV2Request, Priority, Progress, Scene, Update, Watching,
};

use crate::raw_server::{RawServer, Reply};
use crate::{credits, seconds, world};

async fn template(client: &Client, budget: &Budget) -> Job {
    let call = client
        .custom_template()
        .generate(CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS))
        .length(seconds("30"));
    let approved = call.quote().expect("a length").approve(budget);
    approved.expect("enough").send().await.expect("accepted")
}

async fn avatar(client: &Client, budget: &Budget) -> Job {
    let scene = Scene::silent(seed::PERSONA_ADA, 10.0);
    let call = client
        .lipsync_v2()
        .generate(LipsyncV2Request::new().scene(scene))
        .length(seconds("10"));
    let approved = call.quote().expect("a length").approve(budget);
    approved.expect("enough").send().await.expect("accepted")
}

/// One read at a time, so that a run on the virtual clock is the same every time.
fn fleet(client: &Client) -> Fleet {
    client.fleet().with_reads_at_once(1)
}

type Ends = BTreeMap<FleetJob, Vec<Result<Finished, Error>>>;

fn note(ends: &mut Ends, update: Update) {
    if let Progress::Finished(result) = update.progress {
        ends.entry(update.job).or_default().push(result);
    }
}

async fn all(fleet: &Fleet) -> Ends {
    let mut ends = Ends::new();
    let mut updates = fleet.stream();
    while let Some(update) = updates.next().await {
        note(&mut ends, update);
    }
    ends
}

/// The one end of a job.
fn end_of(ends: &mut Ends, job: FleetJob) -> Result<Finished, Error> {
    let mut of_job = ends.remove(&job).expect("each job ends");
    assert_eq!(of_job.len(), 1, "and it ends once");
    of_job.remove(0)
}

fn reads(emulator: &Emulator) -> Vec<String> {
    let requests = emulator.requests();
    let reads = requests.iter().filter(|request| request.method == "GET");
    reads.map(|request| request.path.clone()).collect()
}

#[tokio::test]
async fn every_job_ends_once_and_is_billed_as_it_would_be_by_itself() {
    let (emulator, client, budget) = world().await;
    let fleet = fleet(&client);
    let mut jobs = Vec::new();
    for _ in 0..4 {
        jobs.push(fleet.add(template(&client, &budget).await));
        jobs.push(fleet.add(avatar(&client, &budget).await));
    }
    assert_eq!(fleet.len(), 8);
    let mut ends = all(&fleet).await;
    for job in jobs {
        let finished = end_of(&mut ends, job).expect("nothing goes wrong");
        assert!(finished.state().video_url.is_some() && finished.polls() > 0);
        assert!(finished.settlement().expect("it was quoted").is_matched());
    }
    assert!(ends.is_empty() && fleet.is_empty());
    assert_eq!(
        (budget.spent(), budget.reserved()),
        (credits("40"), credits("0"))
    );
    let reads = reads(&emulator);
    let single = |path: &&String| path.contains("lipsyncs_v2") && !path.contains("ids=");
    assert_eq!(reads.iter().filter(single).count(), 0, "avatars are listed");
    assert!(reads.iter().any(|path| path.matches("%2C").count() == 3));
}

#[tokio::test]
async fn a_stream_that_is_dropped_anywhere_loses_nothing() {
    let (_emulator, client, budget) = world().await;
    let fleet = fleet(&client);
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(fleet.add(template(&client, &budget).await));
        jobs.push(fleet.add(avatar(&client, &budget).await));
    }
    let mut ends = Ends::new();
    let mut dropped = 0_u32;
    loop {
        let mut updates = fleet.stream();
        let patience = dropped % 7;
        let until = async {
            for _ in 0..patience {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            update = updates.next() => match update {
                Some(update) => note(&mut ends, update),
                None => break,
            },
            () = until => dropped += 1,
        }
        // Sockets are served by the same thread.
        tokio::task::yield_now().await;
    }
    assert!(dropped > 20, "dropped {dropped} times");
    for job in jobs {
        assert!(end_of(&mut ends, job).is_ok());
    }
    assert_eq!(budget.reserved(), credits("0"));
}

#[tokio::test]
async fn two_streams_share_the_news_and_one_may_go() {
    let (_emulator, client, budget) = world().await;
    let fleet = fleet(&client);
    let mut jobs = Vec::new();
    for _ in 0..6 {
        jobs.push(fleet.add(avatar(&client, &budget).await));
        jobs.push(fleet.add(template(&client, &budget).await));
    }
    let mut going = fleet.stream();
    let other = fleet.clone();
    let staying = tokio::spawn(async move { all(&other).await });
    let mut ends = Ends::new();
    for _ in 0..5 {
        if let Some(update) = going.next().await {
            note(&mut ends, update);
        }
    }
    drop(going);
    for (job, of_job) in staying.await.expect("nothing panics") {
        ends.entry(job).or_default().extend(of_job);
    }
    for job in jobs {
        assert!(end_of(&mut ends, job).is_ok());
    }
}

#[tokio::test]
async fn a_deadline_is_for_one_job_and_says_how_to_resume() {
    let (emulator, client, budget) = world().await;
    let fleet = fleet(&client);
    emulator.inject(Fault::JobNeverEnds);
    let stuck = template(&client, &budget).await;
    let reference = stuck.job_ref().to_string();
    let minutes = Duration::from_secs(10 * 60);
    let stuck = fleet.add_with(stuck, Watching::new().deadline(minutes));
    let good = fleet.add(template(&client, &budget).await);
    let mut ends = all(&fleet).await;
    assert!(end_of(&mut ends, good).is_ok());
    let error = end_of(&mut ends, stuck).expect_err("it never ends");
    assert!(error.is_deadline(), "{error:?}");
    assert!(
        error
            .next_step()
            .is_some_and(|hint| hint.contains(&reference))
    );
    assert!(error.job_state().is_some(), "the last reading is kept");
    assert_eq!(
        budget.reserved(),
        credits("5"),
        "the job runs on, and so does its reservation"
    );
    let again = client.job(reference.parse().expect("a reference"));
    assert!(again.is_ok());
}

#[tokio::test]
async fn a_list_and_a_single_read_conclude_the_same() {
    for fault in [
        None,
        Some(Fault::JobFails {
            reason: "no face".to_owned(),
        }),
        Some(Fault::JobRejected),
        Some(Fault::DoneWithoutOutput {
            output_after_seconds: None,
        }),
    ] {
        let (emulator, client, budget) = world().await;
        if let Some(fault) = &fault {
            emulator.inject(fault.clone().times(2));
        }
        let alone = avatar(&client, &budget).await.wait().await;
        let fleet = fleet(&client);
        let job = fleet.add(avatar(&client, &budget).await);
        let together = end_of(&mut all(&fleet).await, job);
        assert!(reads(&emulator).iter().any(|path| path.contains("ids=")));
        match (alone, together) {
            (Ok(alone), Ok(together)) => assert_eq!(alone.bill(), together.bill()),
            (Err(alone), Err(together)) => {
                assert_eq!(alone.kind(), together.kind(), "{fault:?}");
                assert_eq!(alone.to_string(), together.to_string());
            }
            (alone, together) => panic!("{fault:?}: {alone:?} and {together:?}"),
        }
    }
}

#[tokio::test]
async fn retry_after_holds_the_whole_key_back() {
    let cases = [
        (RetryAfter::Seconds(30), 30),
        (
            RetryAfter::Text("Fri, 31 Dec 2100 23:59:59 GMT".to_owned()),
            900,
        ),
        (RetryAfter::Text("soon".to_owned()), 0),
        (RetryAfter::Text("-5".to_owned()), 0),
        (RetryAfter::Seconds(315_360_000), 900),
    ];
    for (retry_after, least) in cases {
        let (emulator, client, budget) = world().await;
        let fleet = fleet(&client);
        let job = fleet.add_with(
            template(&client, &budget).await,
            Watching::new().deadline(Duration::from_secs(3_600)),
        );
        let other = fleet.add(avatar(&client, &budget).await);
        let fault = Fault::RateLimited {
            retry_after: Some(retry_after.clone()),
        };
        emulator.inject(fault.on(FaultTarget::NextRead));
        let mut ends = all(&fleet).await;
        assert!(end_of(&mut ends, job).is_ok() && end_of(&mut ends, other).is_ok());
        assert_eq!(fleet.throttled(), 1);
        let requests = emulator.requests();
        let refused = requests.iter().position(|r| r.status == Some(429));
        let refused = refused.expect("one was refused");
        let pause = requests[refused + 1]
            .at
            .duration_since(requests[refused].at)
            .expect("time goes on");
        let most = (least + least / 10).clamp(12, 900) + 1;
        assert!(
            (least..=most).contains(&pause.as_secs()),
            "{retry_after:?}: {pause:?}"
        );
    }
}

/// Every read, and when it was made, of a run in which some are refused and some fail.
async fn schedule(seed: u64) -> Vec<(Duration, String)> {
    let (emulator, client, budget) = world().await;
    let began = emulator.now();
    let fleet = fleet(&client).with_seed(seed);
    for _ in 0..2 {
        fleet.add(template(&client, &budget).await);
        fleet.add(avatar(&client, &budget).await);
    }
    for retry_after in [None, Some(RetryAfter::Seconds(60)), None] {
        emulator.inject(Fault::RateLimited { retry_after }.on(FaultTarget::NextRead));
        emulator.inject(Fault::Html.on(FaultTarget::NextRead));
    }
    for ended in all(&fleet).await.into_values().flatten() {
        ended.expect("nothing goes wrong for good");
    }
    assert_eq!(fleet.throttled(), 3);
    let requests = emulator.requests().into_iter();
    let reads = requests.filter(|request| request.method == "GET");
    let since = |at: SystemTime| at.duration_since(began).expect("time goes on");
    reads
        .map(|request| (since(request.at), request.path))
        .collect()
}

#[tokio::test]
async fn one_seed_is_one_schedule() {
    let first = schedule(7).await;
    assert_eq!(first, schedule(7).await);
    assert_ne!(first, schedule(8).await);
}

#[tokio::test]
async fn refused_keys_end_every_job_at_once() {
    let (emulator, client, budget) = world().await;
    let fleet = fleet(&client);
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(fleet.add(template(&client, &budget).await));
    }
    emulator.inject(Fault::RefuseCredentials.on(FaultTarget::NextRead));
    let mut ends = all(&fleet).await;
    for job in jobs {
        let error = end_of(&mut ends, job).expect_err("the keys are refused");
        assert!(error.is_credentials() && error.job_ref().is_some());
    }
    assert_eq!(reads(&emulator).len(), 1, "one refusal is enough");
}

#[tokio::test]
async fn broken_reads_are_told_once_and_repeated() {
    let (emulator, client, budget) = world().await;
    let fleet = fleet(&client);
    let job = fleet.add(template(&client, &budget).await);
    emulator.inject(Fault::Html.on(FaultTarget::NextRead).times(7));
    let (mut could_not_ask, mut ends) = (0, Ends::new());
    let mut updates = fleet.stream();
    while let Some(update) = updates.next().await {
        could_not_ask += u32::from(matches!(update.progress, Progress::CouldNotAsk(_)));
        note(&mut ends, update);
    }
    assert_eq!(could_not_ask, 1);
    assert!(end_of(&mut ends, job).is_ok());
}

#[tokio::test]
async fn a_job_that_no_list_shows_is_read_by_itself() {
    let running = r#"{"id": "job-1", "status": "running"}"#;
    let done = r#"{"id": "job-1", "status": "done", "output": "https://example.com/v.mp4"}"#;
    let server = RawServer::start(vec![
        Reply::json("200 OK", "[]"),
        Reply::json("200 OK", running),
        Reply::json("200 OK", done),
    ])
    .await;
    let client = server.virtual_client().await;
    let fleet = fleet(&client);
    let job_ref = "lipsync-v2.generate:job-1".parse().expect("a reference");
    let job = fleet.add(client.job(job_ref).expect("a job"));
    let finished = end_of(&mut all(&fleet).await, job).expect("done");
    assert_eq!((server.requests(), finished.polls()), (3, 3));
}

#[tokio::test]
async fn an_accepted_job_may_be_unknown_for_two_minutes_and_no_longer() {
    let (emulator, client, budget) = world().await;
    let unknown = || Fault::Status {
        code: 404,
        body: r#"{"detail": "Not found."}"#.to_owned(),
    };
    let fleet = fleet(&client);
    let job = fleet.add(template(&client, &budget).await);
    emulator.inject(unknown().on(FaultTarget::NextRead).times(5));
    assert!(end_of(&mut all(&fleet).await, job).is_ok());

    let job = fleet.add(template(&client, &budget).await);
    let before = reads(&emulator).len();
    emulator.inject(unknown().on(FaultTarget::NextRead).times(100));
    let error = end_of(&mut all(&fleet).await, job).expect_err("it is not there");
    assert_eq!(error.status(), Some(404), "{error:?}");
    let asked = reads(&emulator).len() - before;
    assert!((12..=14).contains(&asked), "asked {asked} times");
    assert_eq!(budget.reserved(), credits("5"), "it may still be charged");
}

#[tokio::test]
async fn call_backs_wake_a_read_and_a_thousand_of_them_wake_two() {
    let (emulator, client, budget) = world().await;
    let job = template(&client, &budget).await;
    // From here on, paid calls would go out of the same rate.
    let fleet = fleet(&client);
    let job_ref = job.job_ref().clone();
    let job = fleet.add_with(job, Watching::new().webhook());
    let mut updates = fleet.stream();
    let began = emulator.now();
    for _ in 0..1_000 {
        assert!(fleet.wake(&job_ref));
    }
    // The first reading says what the answer to the paid call said; this is a later one.
    let update = updates.next().await.expect("a reading");
    assert!(matches!(update.progress, Progress::InProgress(_)));
    let requests = emulator.requests();
    let first = requests.iter().find(|request| request.method == "GET");
    assert_eq!(first.map(|read| read.at), Some(began), "woken at once");
    for _ in 0..1_000 {
        assert!(fleet.wake(&job_ref));
    }
    let mut ends = Ends::new();
    while let Some(update) = updates.next().await {
        note(&mut ends, update);
    }
    let finished = end_of(&mut ends, job).expect("done");
    // Two looks were asked for; the rest are the sweep, once in 60 s.
    assert!(finished.polls() <= 2 + 5, "{} reads", finished.polls());
    assert!(!fleet.wake(&job_ref), "it is over");
    assert!(reads(&emulator).len() <= 7);
}

#[tokio::test]
async fn a_limit_of_one_a_second_is_kept_without_being_known() {
    let (emulator, client, _) = world().await;
    let budget = Budget::new(credits("1000"));
    let fleet = fleet(&client).with_rate(10_000, 20_000);
    let patience = Watching::new().deadline(Duration::from_secs(24 * 3_600));
    for _ in 0..60 {
        fleet.add_with(template(&client, &budget).await, patience.clone());
    }
    emulator.inject(Fault::RateLimit { per_second: 1 }.always());
    let began = emulator.now();
    let mut ends = all(&fleet).await;
    assert_eq!(ends.len(), 60);
    while let Some((_, of_job)) = ends.pop_first() {
        assert!(of_job.len() == 1 && of_job[0].is_ok());
    }
    let requests = emulator.requests();
    let later: Vec<_> = requests
        .iter()
        .filter(|read| read.at > began + Duration::from_secs(60))
        .collect();
    let refused = later.iter().filter(|read| read.status == Some(429)).count();
    assert!(later.len() > 100, "{} reads", later.len());
    assert!(refused * 50 <= later.len(), "{refused} of {}", later.len());
}

#[tokio::test]
async fn a_request_of_ones_own_takes_its_turn_and_its_refusal_holds_all_back() {
    let (emulator, client, budget) = world().await;
    let fleet = fleet(&client);
    let began = emulator.now();
    fleet.permit(Priority::Submit).await.answered();
    let permit = fleet.permit(Priority::Submit).await;
    assert!(emulator.now() >= began + Duration::from_secs(1));
    let job = fleet.add(template(&client, &budget).await);
    let refused_at = emulator.now();
    permit.throttled(Some(Duration::from_secs(100)));
    assert!(end_of(&mut all(&fleet).await, job).is_ok());
    let requests = emulator.requests();
    let first = requests.iter().find(|request| request.method == "GET");
    let first = first.expect("it was read").at;
    assert!(first >= refused_at + Duration::from_secs(100));
    assert_eq!(fleet.throttled(), 1);
}

#[tokio::test]
async fn a_job_that_is_removed_comes_back_whole() {
    let (_emulator, client, budget) = world().await;
    let fleet = fleet(&client);
    let job = fleet.add(template(&client, &budget).await);
    let other = fleet.add(template(&client, &budget).await);
    let removed = fleet.remove(job).expect("it is still there");
    assert!(fleet.remove(job).is_none());
    let mut ends = all(&fleet).await;
    assert!(end_of(&mut ends, other).is_ok() && ends.is_empty());
    assert_eq!(budget.reserved(), credits("5"));
    let finished = removed.wait().await.expect("it ran on");
    assert!(finished.settlement().is_some());
    assert_eq!(
        finished.job_ref().operation().as_str(),
        "custom-template.generate"
    );
}

#[tokio::test]
async fn a_job_that_cannot_be_read_at_all_is_given_up() {
    let (emulator, client, _budget) = world().await;
    emulator.inject(Fault::Html.on(FaultTarget::NextRead).times(100));
    let reference = "custom-template.render:0c0ffee0-0000-4000-8000-000000000000";
    let fleet = fleet(&client);
    let job_ref = reference.parse().expect("a reference");
    let job = fleet.add(client.job(job_ref).expect("a job"));
    let error = end_of(&mut all(&fleet).await, job).expect_err("nothing can be read");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
    assert_eq!(emulator.requests().len(), 5);
}
