//! One request rate for one key: paid calls go first in it, a refusal of one request holds back all,
//! and what the ledger knows of how long jobs take decides when they are read.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use creatify::emulator::{Emulator, Fault, FaultTarget, RequestRecord, RetryAfter, seed};
use creatify::ledger::{IntentId, Ledger, MemoryLedger, News, Plan, UnixMillis};
use creatify::{
    Budget, Client, CustomTemplateRequest, ErrorKind, Fleet, Job, Journal, Model, Operation,
    Progress, Watching,
};

use crate::{credits, seconds, settings, world};

async fn template(client: &Client, budget: &Budget) -> Job {
    let call = client
        .custom_template()
        .generate(CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS))
        .length(seconds("30"));
    let approved = call.quote().expect("a length").approve(budget);
    approved.expect("enough").send().await.expect("accepted")
}

/// Follows a fleet until none of its jobs is left.
async fn follow(fleet: &Fleet) {
    let mut updates = fleet.stream();
    while let Some(update) = updates.next().await {
        if let Progress::Finished(result) = update.progress {
            result.expect("nothing goes wrong");
        }
    }
}

/// When each request of that method was made, in the order of their arrival.
fn times(emulator: &Emulator, method: &str) -> Vec<SystemTime> {
    let requests = emulator.requests();
    let of_method = requests.iter().filter(|one| one.method == method);
    of_method.map(|one| one.at).collect()
}

fn since(later: SystemTime, earlier: SystemTime) -> Duration {
    later.duration_since(earlier).expect("time goes on")
}

#[tokio::test]
async fn polls_that_are_refused_slow_down_and_paid_calls_keep_going_first() {
    let emulator = Arc::new(Emulator::start().await.expect("the emulator starts"));
    let client = settings(&emulator)
        .build()
        .expect("the emulator's own keys are good");
    let budget = Budget::new(credits("900"));
    let mut jobs = Vec::new();
    for _ in 0..40 {
        jobs.push(template(&client, &budget).await);
    }
    let polls = FaultTarget::Operation("custom_template_jobs_retrieve".to_owned());
    let refuse = Fault::RateLimited { retry_after: None };
    emulator.inject(refuse.on(polls).times(6).after_seconds(20));
    let fleet = client
        .fleet()
        .with_reads_at_once(1)
        .with_rate(4_000, 100_000);
    for job in jobs {
        fleet.add_with(job, Watching::new().deadline(Duration::from_secs(7_200)));
    }
    let began = emulator.requests().len();
    // Paid calls come while forty jobs are due again and again.
    let paying = async {
        let mut overtaken = Vec::new();
        for refused in 1..=6 {
            // In each pause after a refusal, when polls are due that have saved up their share.
            while fleet.throttled() < refused {
                tokio::task::yield_now().await;
            }
            let before = emulator.requests().len();
            let _ = template(&client, &budget).await;
            let requests = emulator.requests();
            let paid = requests.iter().rposition(|one| one.method == "POST");
            overtaken.push(paid.expect("it was sent") - before);
        }
        overtaken
    };
    let (overtaken, ()) = tokio::join!(paying, follow(&fleet));
    assert_eq!(fleet.throttled(), 6, "polls are refused, and nothing else");
    // Virtual time flies while a paid call opens its connection, so a read or two that had their turn
    // later may arrive earlier; behind the polls it would be four or five each time.
    assert!(
        overtaken.iter().sum::<usize>() <= 15,
        "polls went before paid calls: {overtaken:?}"
    );
    let requests = emulator.requests();
    let refused = |one: &RequestRecord| one.status == Some(429);
    let first = requests.iter().position(refused).expect("six of them");
    let last = requests.iter().rposition(refused).expect("six of them");
    assert!(first > began + 10, "the fleet was at work before");
    // Ten requests before the first refusal, and ten after the last one.
    let gap = |at: usize| since(requests[at + 10].at, requests[at].at);
    let (before, after) = (gap(first - 11), gap(last + 1));
    assert!(after > before.mul_f64(1.5), "{before:?} and {after:?}");
}

#[tokio::test]
async fn a_refused_paid_call_holds_back_everything_of_its_key() {
    let (emulator, client, budget) = world().await;
    let watched = template(&client, &budget).await;
    let fleet = client.fleet().with_reads_at_once(1);
    fleet.add(watched);
    let refuse = Fault::RateLimited {
        retry_after: Some(RetryAfter::Seconds(90)),
    };
    emulator.inject(refuse.on(FaultTarget::NextPost));
    let refused = client
        .clone()
        .custom_template()
        .generate(CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS))
        .length(seconds("30"));
    let approved = refused.quote().expect("a length").approve(&budget);
    let error = approved.expect("enough").send().await;
    assert_eq!(error.expect_err("429").kind(), ErrorKind::RateLimited);
    let at = *times(&emulator, "POST").last().expect("it was sent");
    let (balance, ()) = tokio::join!(client.credits(), follow(&fleet));
    assert!(balance.is_ok());
    for read in times(&emulator, "GET") {
        let pause = since(read, at);
        assert!(pause >= Duration::from_secs(90), "{pause:?}");
    }
}

#[tokio::test]
async fn a_client_without_a_fleet_waits_for_nobody() {
    let (emulator, client, budget) = world().await;
    drop(client.fleet());
    for _ in 0..5 {
        let _ = template(&client, &budget).await;
    }
    let sent = times(&emulator, "POST");
    assert_eq!(since(sent[4], sent[0]), Duration::ZERO);
}

#[tokio::test]
async fn a_read_of_ones_own_does_not_wait_for_a_stream_that_nobody_polls() {
    let (emulator, client, budget) = world().await;
    let job = template(&client, &budget).await;
    let fleet = client.fleet();
    fleet.add(job);
    emulator.advance(Duration::from_secs(60)).await;
    let began = emulator.now();
    client.credits().await.expect("it is let through");
    let took = since(emulator.now(), began);
    assert!(took <= Duration::from_secs(10), "{took:?}");
}

/// A client of a new process on a ledger that holds so many jobs which took so long.
fn after(emulator: &Arc<Emulator>, jobs: u32, took: Duration) -> Client {
    let ledger = Arc::new(MemoryLedger::new());
    let millis = |at: u32| UnixMillis(1_795_000_000_000 + u64::from(at));
    for number in 0..jobs {
        let id = IntentId::new(millis(number), u128::from(number));
        let (operation, price) = (Operation::CustomTemplateGenerate, credits("4"));
        let length = "30".parse().expect("seconds");
        let plan = Plan::new(id, "main", operation, "{}", price)
            .with_class(Some(Model::Standard), Some(length));
        ledger.plan(&plan, millis(number)).expect("writable");
        let _ = ledger.gate(id, 1, millis(number)).expect("it is open");
        // A fifth of them a little sooner or later than the rest.
        let spread = Duration::from_secs(u64::from(number % 5));
        let ran_for = u64::try_from((took + spread).as_millis()).ok();
        for news in [
            News::Answered {
                job: format!("job-{number}"),
            },
            News::Finished {
                bill: price,
                ran_for,
            },
        ] {
            ledger
                .record(id, None, &news, millis(number))
                .expect("fits");
        }
    }
    settings(emulator)
        .journal(Journal::new(ledger, "main"))
        .build()
        .expect("the emulator's own keys are good")
}

/// How often one job is read, and how long after its end that is known.
async fn watched(jobs: u32) -> (usize, Duration) {
    // How long such a job takes, to the second.
    let (emulator, client, budget) = world().await;
    let _ = template(&client, &budget).await;
    let began = emulator.now();
    while let Some(step) = emulator.next_step() {
        emulator.advance_to(step).await;
    }
    let takes = since(emulator.now(), began);

    let emulator = Arc::new(Emulator::start().await.expect("the emulator starts"));
    let client = after(&emulator, jobs, takes);
    let job = template(&client, &budget).await;
    let began = emulator.now();
    let fleet = client.fleet().with_reads_at_once(1);
    fleet.add(job);
    follow(&fleet).await;
    let took = since(emulator.now(), began);
    (times(&emulator, "GET").len(), took.saturating_sub(takes))
}

#[tokio::test]
async fn what_earlier_processes_saw_decides_when_a_job_is_read() {
    let (reads, delay) = watched(29).await;
    let (learnt_reads, learnt_delay) = watched(30).await;
    // 29 are too few: every 10 s. From 30 on there is no read before a job of the class ever ended.
    assert!(reads >= 6, "{reads} reads");
    assert!(learnt_reads * 2 <= reads, "{learnt_reads} and {reads}");
    assert!(learnt_delay <= delay, "{learnt_delay:?} and {delay:?}");
}
