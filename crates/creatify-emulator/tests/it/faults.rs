//! Everything that can be made to go wrong, by the Rust API and by the admin route.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{SOON, avatar, id, start, start_with, template_of_30};
use creatify_emulator::{Emulator, Fault, FaultTarget};

const AVATARS: &str = "/api/lipsyncs_v2/";

#[tokio::test]
async fn an_unknown_status_stays() {
    let client = start().await;
    client
        .emulator
        .inject(Fault::UnknownStatus("thinking".to_owned()));
    let job = client.accept(AVATARS, &avatar(5.0, "standard")).await;
    client.finish().await;
    client.emulator.advance(Duration::from_secs(86_400)).await;
    let job = client.read(&format!("{AVATARS}{}/", id(&job))).await;
    assert_eq!(job["status"], "thinking");
}

#[tokio::test]
async fn a_job_that_never_ends_runs_on_and_a_blocking_preview_of_it_is_given_up() {
    let client = start().await;
    client.emulator.inject(Fault::JobNeverEnds.times(2));
    let job = client.accept(AVATARS, &avatar(5.0, "standard")).await;
    client.finish().await;
    let job = client.read(&format!("{AVATARS}{}/", id(&job))).await;
    assert_eq!(job["status"], "running");
    let path = "/api/custom_template_jobs/preview/";
    assert_eq!(client.post(path, &template_of_30()).await.0, 504);
}

#[tokio::test]
async fn html_and_scripted_answers_have_no_effect() {
    let client = start().await;
    client.emulator.inject(Fault::Html);
    let request = client
        .request("POST", AVATARS)
        .json(&avatar(5.0, "standard"));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 502);
    assert_eq!(answer.headers()["content-type"], "text/html");
    let body = r#"{"detail":"slow down"}"#.to_owned();
    client.emulator.inject(Fault::Status { code: 429, body });
    let (status, body) = client.post(AVATARS, &avatar(5.0, "standard")).await;
    assert_eq!((status, &body["detail"]), (429, &json!("slow down")));
    client.emulator.inject(Fault::Status {
        code: 7,
        body: "x".to_owned(),
    });
    let request = client
        .request("POST", AVATARS)
        .json(&avatar(5.0, "standard"));
    assert_eq!(request.send().await.unwrap().status(), 500);
    assert_eq!(client.balance().await, 1_000);
    assert_eq!(client.read(AVATARS).await, json!([]));
}

#[tokio::test]
async fn refused_credentials_strike_as_often_as_asked() {
    let client = start().await;
    let fault = Fault::RefuseCredentials.on(FaultTarget::NextRead).times(2);
    client.emulator.inject(fault);
    assert_eq!(client.get("/api/voices/").await.0, 401);
    assert_eq!(client.get(AVATARS).await.0, 401);
    assert_eq!(client.get(AVATARS).await.0, 200);
}

#[tokio::test]
async fn a_lost_answer_leaves_a_paid_job_and_no_byte() {
    let client = start().await;
    client.emulator.inject(Fault::AnswerLost);
    let request = client
        .request("POST", AVATARS)
        .json(&avatar(5.0, "standard"));
    let error = request.send().await.unwrap_err();
    assert!(
        error.is_request() && !error.is_connect() && !error.is_timeout(),
        "{error:?}"
    );
    let jobs = client.read(AVATARS).await;
    assert_eq!(jobs.as_array().unwrap().len(), 1);
    assert_eq!(client.balance().await, 995);
    assert_eq!(client.emulator.requests()[0].status, None);
}

#[tokio::test]
async fn what_struck_is_told_by_the_log_and_by_the_job() {
    let client = start().await;
    let reason = "no face".to_owned();
    client.emulator.inject(Fault::JobFails { reason });
    client.emulator.inject(Fault::WebhookLost.always());
    client.emulator.inject(Fault::AnswerLost);
    client
        .emulator
        .inject(Fault::BalanceMoved { millicredits: -500 });
    let mut order = avatar(5.0, "standard");
    order["webhook_url"] = json!("http://127.0.0.1:9/");
    let lost = client.request("POST", AVATARS).json(&order).send().await;
    assert!(lost.is_err());
    client.finish().await;
    client.emulator.clear_faults();
    client.read(AVATARS).await;
    let log = client.emulator.requests();
    assert_eq!(log[0].faults, ["balance_moved", "answer_lost"]);
    assert_eq!(log[1].faults, [""; 0]);
    assert_eq!(
        client.emulator.jobs()[0].faults,
        ["job_fails", "webhook_lost"]
    );
}

#[tokio::test]
async fn a_rate_limit_struck_only_what_it_refused() {
    let client = start().await;
    client
        .emulator
        .inject(Fault::RateLimit { per_second: 1 }.always());
    assert_eq!(client.get(AVATARS).await.0, 200);
    assert_eq!(client.get(AVATARS).await.0, 429);
    let log = client.emulator.requests();
    let struck: Vec<_> = log.iter().map(|record| record.faults.concat()).collect();
    assert_eq!(struck, ["", "rate_limit"]);
}

#[tokio::test]
async fn a_hang_answers_nothing_and_does_not_outlive_the_emulator() {
    let client = start().await;
    client
        .emulator
        .inject(Fault::Hang.on(FaultTarget::Operation("links_create".to_owned())));
    let request = client
        .request("POST", "/api/links/")
        .json(&json!({"url": "https://a.example/"}));
    let hanging = tokio::spawn(request.send());
    assert_eq!(
        client.balance().await,
        1_000,
        "others are answered meanwhile"
    );
    while client.emulator.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    assert!(!hanging.is_finished());
    drop(client.emulator);
    let ended = tokio::time::timeout(SOON, hanging).await.unwrap().unwrap();
    assert!(ended.is_err());
}

#[tokio::test]
async fn a_render_can_fail_and_give_its_credits_back() {
    let client = start().await;
    let path = "/api/custom_template_jobs/preview/";
    let job = client.accept(path, &template_of_30()).await;
    let reason = "out of colour".to_owned();
    let render = FaultTarget::Operation("custom_template_jobs_render".to_owned());
    client
        .emulator
        .inject(Fault::JobFails { reason }.on(render));
    let path = format!("/api/custom_template_jobs/{}/", id(&job));
    client
        .accept(&format!("{path}render/"), &template_of_30())
        .await;
    assert_eq!(client.balance().await, 995);
    client.finish().await;
    let job = client.read(&path).await;
    assert_eq!(job["status"], "failed");
    assert_eq!(job["failed_reason"], "out of colour");
    assert_eq!(job["video_output"], Value::Null);
    assert_eq!(client.balance().await, 999, "the preview stays paid");
}

#[tokio::test]
async fn faults_are_taken_by_the_admin_route() {
    let client = start_with(Emulator::builder()).await;
    let url = client.url("/_emulator/faults");
    let post = |body: Value| client.http.post(&url).json(&body).send();
    let fault = json!({"kind": "status", "code": 503, "target": {"operation": "voices_list"}});
    let answer = post(fault).await.unwrap();
    assert_eq!(answer.status(), 201);
    let pending: Value = answer.json().await.unwrap();
    assert_eq!(pending["faults"][0]["kind"], "status");
    let voices = client.request("GET", "/api/voices/").send().await.unwrap();
    assert_eq!(voices.status(), 503);
    assert_eq!(client.get("/api/voices/").await.0, 200);
    for bad in [
        json!({"kind": "mischief"}),
        json!({}),
        json!([]),
        json!({"kind": "status"}),
    ] {
        assert!(post(bad).await.unwrap().status().is_client_error());
    }
}
