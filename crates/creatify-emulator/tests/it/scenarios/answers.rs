//! Answers that do not come, do not come whole, or say something else.

use serde_json::{Value, json};

use super::{AVATARS, order};
use crate::support::{Client, SOON};

pub(super) async fn nothing_is_read_and_nothing_begins(client: Client) {
    let error = client.order().await.unwrap_err();
    assert!(error.is_request() && !error.is_connect(), "{error:?}");
    assert_eq!((client.jobs().await, client.spent()), (0, 0));
    assert_eq!(client.emulator.requests()[0].body, "");
}

pub(super) async fn closed_after_reading_hides_one_paid_job(client: Client) {
    let error = client.order().await.unwrap_err();
    assert!(!is_reset(&error), "{error:?}");
    assert_eq!((client.jobs().await, client.spent()), (1, 5_000));
}

pub(super) async fn reset_after_reading_hides_one_paid_job(client: Client) {
    let error = client.order().await.unwrap_err();
    assert!(is_reset(&error), "{error:?}");
    assert_eq!((client.jobs().await, client.spent()), (1, 5_000));
}

/// Whether somewhere below an error a connection was reset.
fn is_reset(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let io = cause.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionReset) {
            return true;
        }
        source = cause.source();
    }
    false
}

pub(super) async fn silence_hides_one_paid_job(client: Client) {
    let request = client.request("POST", AVATARS).json(&order());
    let silent = tokio::spawn(request.send());
    while client.emulator.next_step().is_none() {
        tokio::task::yield_now().await;
    }
    client.pass(0).await;
    assert!(!silent.is_finished());
    assert_eq!((client.jobs().await, client.spent()), (1, 5_000));
    silent.abort();
}

pub(super) async fn the_job_appears_after_the_connection_ended(client: Client) {
    client.order().await.unwrap_err();
    assert_eq!((client.jobs().await, client.spent()), (0, 0));
    client.pass(119).await;
    assert_eq!(client.jobs().await, 0);
    client.pass(1).await;
    assert_eq!((client.jobs().await, client.spent()), (1, 5_000));
    client.finish().await;
    assert_eq!(client.read(AVATARS).await[0]["status"], "done");
}

pub(super) async fn broken_answers_hide_paid_jobs(client: Client) {
    for reset in [false, true] {
        let answer = client.request("POST", AVATARS).json(&order()).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 201, "the head arrives");
        let error = answer.bytes().await.unwrap_err();
        assert_eq!(is_reset(&error), reset, "{error:?}");
    }
    let (status, text) = client.order().await.unwrap();
    assert_eq!(status, 201);
    assert!(text.starts_with('{') && serde_json::from_str::<Value>(&text).is_err());
    assert_eq!((client.jobs().await, client.spent()), (3, 15_000));
}

pub(super) async fn html_may_or_may_not_hide_a_job(client: Client) {
    let (status, text) = client.order().await.unwrap();
    assert_eq!((status, &text[..5]), (200, "<html"));
    assert_eq!((client.jobs().await, client.spent()), (1, 5_000));
    let (status, text) = client.order().await.unwrap();
    assert_eq!((status, &text[..5]), (502, "<html"));
    assert_eq!((client.jobs().await, client.spent()), (1, 5_000));
}

pub(super) async fn ids_are_missing_or_malformed(client: Client) {
    let ids = [Value::Null, json!("job-17")];
    for id in ids {
        let (status, text) = client.order().await.unwrap();
        let job: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, &job["id"]), (201, &id));
    }
    assert_eq!(client.read(AVATARS).await.as_array().unwrap().len(), 2);
}

pub(super) async fn the_second_job_answers_with_the_first_ones_id(client: Client) {
    let first = client.accept(AVATARS, &order()).await;
    let second = client.accept(AVATARS, &order()).await;
    assert_eq!(first["id"], second["id"]);
    let listed = client.read(AVATARS).await;
    assert_ne!(listed[0]["id"], listed[1]["id"]);
}

pub(super) async fn every_kind_of_retry_after(client: Client) {
    let mut seen = Vec::new();
    for _ in 0..5 {
        let answer = client.request("POST", AVATARS).json(&order()).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 429);
        let header = answer.headers().get("retry-after");
        seen.push(header.map(|value| value.to_str().unwrap().to_owned()));
    }
    let text = |text: &str| Some(text.to_owned());
    let date = text("Fri, 20 Nov 2026 00:01:30 GMT");
    let years = text("315360000");
    assert_eq!(seen, [text("30"), date, text("soon"), years, None]);
    assert_eq!((client.jobs().await, client.spent()), (0, 0));
}

pub(super) async fn only_reads_are_throttled_and_only_for_a_while(client: Client) {
    assert_eq!(client.get(AVATARS).await.0, 429);
    assert_eq!(client.post(AVATARS, &order()).await.0, 201);
    client.pass(59).await;
    assert_eq!(client.get(AVATARS).await.0, 429);
    client.pass(1).await;
    assert_eq!(client.get(AVATARS).await.0, 200);
}

pub(super) async fn server_errors_hide_paid_jobs(client: Client) {
    for code in [500, 502, 503, 504] {
        assert_eq!(client.order().await.unwrap().0, code);
    }
    assert_eq!((client.jobs().await, client.spent()), (4, 20_000));
}

pub(super) async fn server_errors_without_effect(client: Client) {
    for code in [500, 502, 503, 504] {
        assert_eq!(client.order().await.unwrap().0, code);
    }
    assert_eq!((client.jobs().await, client.spent()), (0, 0));
}

pub(super) async fn refusals_cost_nothing(client: Client) {
    let (status, text) = client.order().await.unwrap();
    assert_eq!((status, text.contains("not for this plan")), (422, true));
    let (status, body) = client.post(AVATARS, &json!({})).await;
    assert_eq!(status, 400, "{body}");
    assert_eq!((client.jobs().await, client.spent()), (0, 0));
}

pub(super) async fn a_revoked_key_is_refused_and_a_new_one_taken(client: Client) {
    client.accept(AVATARS, &order()).await;
    client.pass(60).await;
    assert_eq!(client.get(AVATARS).await.0, 401);
    assert_eq!(client.post(AVATARS, &order()).await.0, 401);
    client.emulator.clear_faults();
    client.emulator.change_credentials("new-id", "new-key");
    assert_eq!(
        client.get(AVATARS).await.0,
        401,
        "the old one stays revoked"
    );
    let new = client.http.get(client.url(AVATARS));
    let new = new
        .header("X-API-ID", "new-id")
        .header("X-API-KEY", "new-key");
    assert_eq!(new.send().await.unwrap().status(), 200);
}

pub(super) async fn nothing_was_sent(client: Client) {
    assert_eq!(client.emulator.requests(), []);
    assert_eq!(client.state().await["requests"], 0);
}

pub(super) async fn equal_requests_are_two_jobs(client: Client) {
    let first = client.accept(AVATARS, &order()).await;
    let second = client.accept(AVATARS, &order()).await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(client.spent(), 10_000);
}

pub(super) async fn the_rate_follows_the_limit(client: Client) {
    let burst = async || {
        let mut taken = 0;
        for _ in 0..15 {
            let (status, _) = client.get("/api/voices/").await;
            assert!(status == 200 || status == 429, "{status}");
            taken += u32::from(status == 200);
        }
        taken
    };
    assert_eq!(burst().await, 10);
    client.pass(1).await;
    assert_eq!(burst().await, 10);
    client.pass(60).await;
    assert_eq!(burst().await, 1);
    client.pass(60).await;
    assert_eq!(burst().await, 10);
    client.pass(60).await;
    assert_eq!(burst().await, 15, "no limit is left");
}

pub(super) async fn the_answer_drips_and_is_whole(client: Client) {
    let dripping = tokio::time::timeout(SOON, client.order()).await.unwrap();
    let (status, text) = dripping.unwrap();
    assert_eq!(status, 201);
    assert!(serde_json::from_str::<Value>(&text).is_ok());
}
