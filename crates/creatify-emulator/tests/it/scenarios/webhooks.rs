//! Call-backs that are lost, late, early, many or not the service's.

use serde_json::{Value, json};

use super::{AVATARS, order};
use crate::support::{Client, Receiver, id, previews};

fn to(receiver: &Receiver) -> Value {
    let mut body = order();
    body["webhook_url"] = json!(receiver.url);
    body
}

fn statuses(calls: &[Value]) -> Vec<&str> {
    calls
        .iter()
        .filter_map(|call| call["status"].as_str())
        .collect()
}

pub(super) async fn the_call_back_is_there_before_the_answer(client: Client) {
    let receiver = Receiver::start().await;
    let job = client.accept(AVATARS, &to(&receiver)).await;
    let calls = receiver.take();
    assert_eq!(statuses(&calls), ["pending"]);
    assert_eq!(calls[0]["id"], job["id"]);
}

pub(super) async fn one_change_is_told_a_thousand_times(client: Client) {
    let receiver = Receiver::start().await;
    client.accept(AVATARS, &to(&receiver)).await;
    client.finish().await;
    let calls = receiver.take();
    assert_eq!(calls.len(), 1_000);
    assert!(calls.iter().all(|call| call == &calls[0]));
}

pub(super) async fn the_job_ends_in_silence(client: Client) {
    let receiver = Receiver::start().await;
    let job = client.accept(AVATARS, &to(&receiver)).await;
    client.finish().await;
    let job = client.read(&format!("{AVATARS}{}/", id(&job))).await;
    assert_eq!(job["status"], "done");
    assert_eq!(receiver.take(), Vec::<Value>::new());
}

pub(super) async fn the_previews_are_told_while_the_render_runs(client: Client) {
    let receiver = Receiver::start().await;
    let mut body = previews(&client.link().await, &["FullScreenTemplate"]);
    body["webhook_url"] = json!(receiver.url);
    let path = "/api/link_to_videos/preview_list_async/";
    let job = client.accept(path, &body).await;
    let path = format!("/api/link_to_videos/{}/", id(&job));
    while client.read(&path).await["previews"] == json!([]) {
        client.step().await;
    }
    assert_eq!(receiver.take(), Vec::<Value>::new());
    client
        .request("POST", &format!("{path}render/"))
        .send()
        .await
        .unwrap();
    client.pass(121).await;
    assert_eq!(client.read(&path).await["status"], "running");
    let calls = receiver.take();
    assert_eq!(statuses(&calls), ["in_queue", "running", "pending"]);
    assert_eq!(calls[2]["previews"].as_array().unwrap().len(), 1);
}

pub(super) async fn a_stranger_says_done(client: Client) {
    let receiver = Receiver::start().await;
    let job = client.accept(AVATARS, &to(&receiver)).await;
    client.pass(1).await;
    let calls = receiver.take();
    assert_eq!(statuses(&calls), ["done"]);
    assert_ne!(calls[0]["id"], job["id"]);
    let real = client.read(&format!("{AVATARS}{}/", id(&job))).await;
    assert_eq!(real["status"], "pending");
    assert_eq!(
        client.get(&format!("{AVATARS}{}/", id(&calls[0]))).await.0,
        404
    );
}
