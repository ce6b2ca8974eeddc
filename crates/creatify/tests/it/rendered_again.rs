//! A job that is rendered a second time: the video it has already is not the new one, for whoever
//! waits, resumes or looks for a lost answer.

use std::sync::Arc;
use std::time::Duration;

use creatify::emulator::{Emulator, Fault, seed};
use creatify::ledger::MemoryLedger;
use creatify::ledger::protocol::State;
use creatify::{Budget, Client, CustomTemplateRequest, Error, Job, JobRef, Journal, Progress};

use crate::raw_server::{RawServer, Reply};
use crate::{credits, posts, seconds, settings};

async fn render(client: &Client, budget: &Budget, id: &str) -> Result<Job, Error> {
    let request = CustomTemplateRequest::unchanged();
    let call = client.custom_template().render(id, request);
    let quoted = call.length(seconds("15")).quote();
    let approved = quoted.expect("the length was given").approve(budget);
    approved.expect("the budget covers it").send().await
}

/// A job that has a preview and one video.
async fn rendered(client: &Client, budget: &Budget) -> String {
    let request = CustomTemplateRequest::new(seed::TEMPLATE_15_SECONDS);
    let call = client.custom_template().preview(request);
    let quoted = call.length(seconds("15")).quote();
    let approved = quoted.expect("known").approve(budget).expect("it fits");
    let preview = approved.send().await.expect("accepted").wait().await;
    let id = preview.expect("ready").state().id.clone();
    let first = render(client, budget, &id).await.expect("accepted");
    assert_eq!(first.job_ref().earlier_video(), None);
    first.wait().await.expect("done");
    id
}

/// A service whose servers lag: after the second render they still show the first video.
async fn lagging() -> (RawServer, Client) {
    let job = |status: &str, video: &str| {
        let body = format!(
            r#"{{"id": "job-1", "status": "{status}", "media_job": "m", "credits_used": 4,
                "video_output": "https://cdn.example/{video}.mp4?signed=1"}}"#
        );
        Reply::json("200 OK", &body)
    };
    let server = RawServer::start(vec![
        job("done", "first"),
        Reply::json("200 OK", r#"{"id": "job-1", "status": "pending"}"#),
        job("done", "first"),
        job("running", "first"),
        job("done", "second"),
    ])
    .await;
    let client = server.virtual_client().await;
    (server, client)
}

/// The video that a process ends up with which knows the reference only.
async fn resumed(client: &Client, reference: &str) -> String {
    let job_ref: JobRef = reference.parse().expect("it was printed");
    let job = client.job(job_ref).expect("a job");
    let finished = job.wait().await.expect("done");
    finished.state().video_url.clone().expect("a video")
}

#[tokio::test]
async fn a_resumed_second_render_is_not_ended_by_the_first_video() {
    let budget = Budget::new(credits("100"));
    let (server, client) = lagging().await;
    let second = render(&client, &budget, "job-1").await.expect("accepted");
    let reference = second.job_ref().to_string();
    assert!(second.job_ref().earlier_video().is_some(), "{reference}");
    drop(second);
    let video = resumed(&client, &reference).await;
    assert!(video.contains("second"), "{video}");
    assert_eq!(server.requests(), 5);

    // The same in a fleet.
    let (_server, client) = lagging().await;
    let second = render(&client, &budget, "job-1").await.expect("accepted");
    let fleet = client.fleet().with_reads_at_once(1);
    let job = client.job(second.job_ref().clone()).expect("a job");
    fleet.add(job);
    let mut updates = fleet.stream();
    while let Some(update) = updates.next().await {
        if let Progress::Finished(finished) = update.progress {
            let video = finished.expect("done").state().video_url.clone();
            assert!(video.is_some_and(|video| video.contains("second")));
        }
    }

    // The form without the mark, which older versions printed, cannot know.
    let (_server, client) = lagging().await;
    let _ = render(&client, &budget, "job-1").await.expect("accepted");
    let video = resumed(&client, "custom-template.render:job-1").await;
    assert!(video.contains("first"), "{video}");
}

#[tokio::test]
async fn a_second_render_that_was_not_received_is_not_adopted() {
    let emulator = Arc::new(Emulator::start().await.expect("the emulator starts"));
    let ledger = Arc::new(MemoryLedger::new());
    let client = settings(&emulator)
        .journal(Journal::new(ledger, "main"))
        .build()
        .expect("the emulator's own keys are good");
    let budget = Budget::new(credits("100"));
    let id = rendered(&client, &budget).await;
    emulator.inject(Fault::ClosedUnread);
    let error = render(&client, &budget, &id).await.expect_err("no answer");
    assert!(error.is_outcome_unknown(), "{error:?}");
    let sent = posts(&emulator);
    emulator.advance(Duration::from_secs(61)).await;
    let jobs = client.jobs().expect("it keeps a ledger");
    let found = jobs.reconcile().await.expect("memory is readable");
    assert_eq!(
        found[0].state,
        State::Parked,
        "the video is the first one's"
    );

    // A person says that it was not received; now it is, and its answer is lost.
    let intent = found[0].intent;
    emulator.inject(Fault::AnswerLost);
    let outcome = jobs.resend(intent, "ada", &budget).await;
    assert!(matches!(outcome, Ok(creatify::Outcome::Unknown(_))));
    emulator.advance(Duration::from_secs(61)).await;
    let found = jobs.reconcile().await.expect("memory is readable");
    assert_eq!(found[0].state, State::Accepted, "it is at work");
    assert_eq!(posts(&emulator), sent + 1);

    // The ledger keeps the mark for whoever comes back with the id alone.
    let job_ref = JobRef::new(creatify::Operation::CustomTemplateRender, id).expect("an id");
    let job = client.job(job_ref).expect("a job");
    assert!(job.job_ref().earlier_video().is_some());
}
