//! Waiting: what ends a wait, what does not, and what is left to resume with.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use creatify::emulator::{Emulator, EmulatorTimer, Fault, FaultTarget, seed};
use creatify::{Budget, Client, CustomTemplateRequest, ErrorKind, Job, JobRef, Status, Timer};

use crate::raw_server::{RawServer, Reply};
use crate::{credits, seconds, world};

async fn job(client: &Client, budget: &Budget) -> Job {
    client
        .custom_template()
        .generate(CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS))
        .length(seconds("30"))
        .quote()
        .expect("the length was given")
        .approve(budget)
        .expect("the budget covers it")
        .send()
        .await
        .expect("accepted")
}

#[tokio::test]
async fn past_the_deadline_the_reference_resumes_the_job() {
    let (_emulator, client, budget) = world().await;
    let job = job(&client, &budget).await;
    let error = job
        .wait()
        .deadline(Duration::from_secs(3))
        .await
        .expect_err("3 s are too short");
    assert!(error.is_deadline(), "{error:?}");
    assert_eq!(
        budget.reserved(),
        credits("5"),
        "the job runs on, and so does its reservation"
    );

    let text = error
        .job_ref()
        .expect("a deadline names its job")
        .to_string();
    assert!(error.next_step().is_some_and(|hint| hint.contains(&text)));
    let job_ref: JobRef = text.parse().expect("what is printed is read");
    let finished = client
        .job(job_ref)
        .expect("a job")
        .wait()
        .await
        .expect("done");
    assert!(finished.state().video_url.is_some());
}

#[tokio::test]
async fn an_unknown_status_is_kept_and_waited_on_to_the_deadline() {
    let (emulator, client, budget) = world().await;
    emulator.inject(Fault::UnknownStatus("polishing".to_owned()));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&seen);
    let wait = job(&client, &budget)
        .await
        .wait()
        .deadline(Duration::from_secs(120));
    let wait = wait.observe(move |state| {
        record
            .lock()
            .expect("no observer panics")
            .push(state.status.clone());
    });
    let error = wait.await.expect_err("the job never ends");
    assert!(error.is_deadline(), "{error:?}");
    assert!(
        seen.lock()
            .expect("no observer panics")
            .contains(&Status::from("polishing"))
    );
    assert!(error.to_string().contains("polishing"), "{error}");
}

#[tokio::test]
async fn a_rejected_job_is_final() {
    let (emulator, client, budget) = world().await;
    emulator.inject(Fault::JobRejected);
    let error = job(&client, &budget)
        .await
        .wait()
        .await
        .expect_err("rejected");
    assert!(error.is_job_failed(), "{error:?}");
    assert_eq!(budget.reserved(), credits("0"));
}

#[tokio::test]
async fn failed_reads_are_repeated_and_refused_keys_are_not() {
    let (emulator, client, budget) = world().await;
    let waiting = job(&client, &budget).await;
    emulator.inject(Fault::Html.on(FaultTarget::NextRead).times(7));
    assert!(waiting.wait().await.is_ok(), "seven broken reads pass");

    let waiting = job(&client, &budget).await;
    emulator.inject(Fault::RefuseCredentials.on(FaultTarget::NextRead));
    let error = waiting.wait().await.expect_err("the keys are refused");
    assert!(error.is_credentials(), "{error:?}");
    assert!(error.job_ref().is_some());
}

#[tokio::test]
async fn a_job_that_cannot_be_read_at_all_gives_up_early() {
    let (emulator, client, _budget) = world().await;
    emulator.inject(Fault::Html.on(FaultTarget::NextRead).times(100));
    let job_ref = "custom-template.render:0c0ffee0-0000-4000-8000-000000000000";
    let job = client
        .job(job_ref.parse().expect("a reference"))
        .expect("a job");
    let error = job.wait().await.expect_err("nothing can be read");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error:?}");
    assert_eq!(emulator.requests().len(), 5);
}

#[tokio::test]
async fn done_without_a_video_is_no_success() {
    let created = r#"{"id": "0c0ffee0-0000-4000-8000-000000000001", "status": "pending"}"#;
    let done =
        r#"{"id": "0c0ffee0-0000-4000-8000-000000000001", "status": "done", "video_output": null}"#;
    let server = RawServer::start(vec![
        Reply::json("201 Created", created),
        Reply::json("200 OK", done),
    ])
    .await;
    let client = server.virtual_client().await;
    let budget = Budget::new(credits("20"));
    let error = job(&client, &budget)
        .await
        .wait()
        .await
        .expect_err("there is no video");
    assert_eq!(error.kind(), ErrorKind::JobInconsistent, "{error:?}");
    assert_eq!(
        server.requests(),
        3,
        "asked once more before it is believed"
    );
    assert_eq!(budget.reserved(), credits("5"), "the money may be spent");
}

#[tokio::test]
async fn the_earliest_sleep_ends_first_however_often_it_is_repeated() {
    let emulator = Arc::new(Emulator::start().await.expect("the emulator starts"));
    let timer = EmulatorTimer::new(&emulator);
    let slept = async |length: u64, times: usize| {
        for _ in 0..times {
            timer.sleep(Duration::from_secs(length)).await;
        }
        timer.now().as_secs()
    };
    // One long sleep beside three short ones: nobody oversleeps.
    let (long, short) = tokio::join!(slept(100, 1), slept(10, 3));
    assert_eq!((short, long), (30, 100));
}

#[tokio::test]
async fn jobs_wait_side_by_side() {
    let (_emulator, client, budget) = world().await;
    let mut waits = Vec::new();
    for _ in 0..5 {
        let job = job(&client, &budget).await;
        waits.push(tokio::spawn(async move { job.wait().await }));
    }
    for wait in waits {
        let finished = wait.await.expect("no wait panics").expect("done");
        assert!(finished.settlement().expect("it was quoted").is_matched());
    }
    assert_eq!(
        (budget.spent(), budget.reserved()),
        (credits("25"), credits("0"))
    );
}
