//! The four clocks.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{SOON, avatar, id, start, start_with, template_of_30};
use creatify_emulator::{Clock, Emulator, EmulatorBuilder};

fn with(clock: Clock) -> EmulatorBuilder {
    Emulator::builder().clock(clock)
}

#[tokio::test]
async fn virtual_time_stands_still_between_requests() {
    let client = start().await;
    let job = client
        .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
        .await;
    let path = format!("/api/lipsyncs_v2/{}/", id(&job));
    let before = client.emulator.now();
    for _ in 0..5 {
        assert_eq!(client.read(&path).await["status"], "pending");
    }
    assert_eq!(client.emulator.now(), before);
    client.emulator.advance(Duration::from_millis(1_999)).await;
    assert_eq!(client.read(&path).await["status"], "pending");
    client.emulator.advance(Duration::from_millis(1)).await;
    assert_eq!(client.read(&path).await["status"], "in_queue");
    client.emulator.advance_to(before).await;
    assert_eq!(
        client.read(&path).await["status"],
        "in_queue",
        "no way back"
    );
    client.emulator.advance(Duration::MAX).await;
    assert_eq!(client.read(&path).await["status"], "done");
}

#[tokio::test]
async fn steps_happen_at_their_own_times_however_far_the_clock_jumps() {
    let client = start().await;
    let job = client
        .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
        .await;
    client.emulator.advance(Duration::from_secs(3_600)).await;
    let job = client
        .read(&format!("/api/lipsyncs_v2/{}/", id(&job)))
        .await;
    let updated = job["updated_at"].as_str().unwrap();
    assert!(updated.starts_with("2026-11-20T00:0"), "{updated}");
}

#[tokio::test]
async fn each_read_is_a_step_where_the_clock_moves_by_request() {
    let client = start_with(with(Clock::VirtualByRequest)).await;
    let first = client
        .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
        .await;
    let path = format!("/api/lipsyncs_v2/{}/", id(&first));
    for status in ["in_queue", "running", "done", "done"] {
        assert_eq!(client.read(&path).await["status"], status);
    }
    let second = client
        .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
        .await;
    let list = format!("/api/lipsyncs_v2/?ids={}", id(&second));
    for status in ["in_queue", "running", "done"] {
        assert_eq!(client.read(&list).await[0]["status"], status);
    }
}

#[tokio::test]
async fn fast_time_runs_by_itself_and_delivers_webhooks() {
    let client = start_with(with(Clock::Times(1_000_000.0))).await;
    let hook = crate::support::Receiver::start().await;
    let mut body = template_of_30();
    body["webhook_url"] = json!(hook.url);
    client.accept("/api/custom_template_jobs/", &body).await;
    let told = async {
        let mut got = Vec::new();
        while got
            .last()
            .is_none_or(|last: &Value| last["status"] != "done")
        {
            got.extend(hook.take());
            tokio::task::yield_now().await;
        }
        got.len()
    };
    assert_eq!(tokio::time::timeout(SOON, told).await.unwrap(), 3);
}

#[tokio::test]
async fn waiting_and_blocking_end_under_a_fast_clock() {
    let client = start_with(with(Clock::Times(1_000_000.0))).await;
    let path = "/api/custom_template_jobs/preview/";
    let job = client.accept(path, &template_of_30()).await;
    assert_eq!(job["status"], "done");
    let before = client.emulator.now();
    client.emulator.advance(Duration::from_secs(600)).await;
    let passed = client.emulator.now().duration_since(before).unwrap();
    assert!(passed >= Duration::from_secs(600), "{passed:?}");
}

#[tokio::test]
async fn real_time_starts_now_and_is_not_moved_by_the_admin_route() {
    let client = start_with(with(Clock::Real)).await;
    let apart = client
        .emulator
        .now()
        .duration_since(std::time::SystemTime::now());
    let apart = apart.unwrap_or_else(|error| error.duration());
    assert!(apart < Duration::from_secs(60), "{apart:?}");
    let job = client
        .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
        .await;
    assert_eq!(job["status"], "pending");
    let url = client.url("/_emulator/clock");
    let body = json!({"advance_seconds": 5});
    let answer = client.http.post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 409);
}

#[tokio::test]
async fn the_admin_route_moves_virtual_time() {
    let client = start().await;
    let job = client
        .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
        .await;
    let url = client.url("/_emulator/clock");
    let post = |body: Value| client.http.post(&url).json(&body).send();
    let answer: Value = post(json!({"advance_seconds": 2.5}))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["now"], "2026-11-20T00:00:02.500Z");
    let path = format!("/api/lipsyncs_v2/{}/", id(&job));
    assert_eq!(client.read(&path).await["status"], "in_queue");
    for bad in [
        json!({"advance_seconds": -1}),
        json!({"advance_seconds": 1e300}),
        json!({}),
    ] {
        assert!(post(bad).await.unwrap().status().is_client_error());
    }
}
