//! Jobs and bills that take another course.

use serde_json::{Value, json};

use super::{AVATARS, order};
use crate::support::{Client, id, previews, template_of_30};

const TEMPLATES: &str = "/api/custom_template_jobs/";

pub(super) async fn the_open_job_ends_though_nothing_new_can_be_paid(client: Client) {
    let job = client.accept(AVATARS, &order()).await;
    let (status, body) = client.post(AVATARS, &order()).await;
    assert_eq!(status, 402, "{body}");
    client.finish().await;
    let job = client.read(&format!("{AVATARS}{}/", id(&job))).await;
    assert_eq!(job["status"], "done");
    assert_eq!(client.balance().await, 1);
}

pub(super) async fn previews_are_there_while_the_job_is_pending(client: Client) {
    let link = client.link().await;
    let path = "/api/link_to_videos/preview_list_async/";
    let job = client
        .accept(path, &previews(&link, &["FullScreenTemplate"]))
        .await;
    client.finish().await;
    let job = client
        .read(&format!("/api/link_to_videos/{}/", id(&job)))
        .await;
    assert_eq!(job["status"], "pending");
    assert_eq!(job["previews"].as_array().unwrap().len(), 1);
}

pub(super) async fn done_comes_before_the_output_or_without_it(client: Client) {
    let late = client.accept(AVATARS, &order()).await;
    let never = client.accept(AVATARS, &order()).await;
    let read = async |job: &Value| client.read(&format!("{AVATARS}{}/", id(job))).await;
    let mut seen = Vec::new();
    while client.emulator.next_step().is_some() {
        client.step().await;
        let job = read(&late).await;
        seen.push((job["status"] == "done", job["output"].is_string()));
    }
    assert!(seen.contains(&(true, false)), "{seen:?}");
    assert_eq!(seen.last(), Some(&(true, true)));
    let never = read(&never).await;
    assert_eq!(
        (&never["status"], &never["output"]),
        (&json!("done"), &json!(null))
    );
}

pub(super) async fn a_failed_job_is_done_later(client: Client) {
    let job = client.accept(AVATARS, &order()).await;
    let path = format!("{AVATARS}{}/", id(&job));
    assert_eq!(
        client.statuses(&path).await,
        ["pending", "in_queue", "running", "failed", "done"]
    );
    let job = client.read(&path).await;
    assert!(job["output"].is_string());
    assert_eq!(job["failed_reason"], json!(null));
}

pub(super) async fn an_unknown_status_is_kept(client: Client) {
    let job = client.accept(AVATARS, &order()).await;
    client.finish().await;
    client.pass(86_400).await;
    let job = client.read(&format!("{AVATARS}{}/", id(&job))).await;
    assert_eq!(job["status"], "thinking");
}

pub(super) async fn the_job_runs_for_ever(client: Client) {
    let job = client.accept(AVATARS, &order()).await;
    client.pass(30 * 86_400).await;
    let job = client.read(&format!("{AVATARS}{}/", id(&job))).await;
    assert_eq!(job["status"], "running");
    assert_eq!(client.emulator.next_step(), None);
}

async fn previewed(client: &Client) -> String {
    let path = format!("{TEMPLATES}preview/");
    let job = client.accept(&path, &template_of_30()).await;
    format!("{TEMPLATES}{}/", id(&job))
}

pub(super) async fn the_lost_render_runs_and_is_paid_once(client: Client) {
    let job = previewed(&client).await;
    let before = client.spent();
    let render = client.request("POST", &format!("{job}render/"));
    render.json(&template_of_30()).send().await.unwrap_err();
    assert_eq!(client.spent() - before, 4_000);
    assert_eq!(client.read(&job).await["status"], "pending");
    client.finish().await;
    let job = client.read(&job).await;
    assert_eq!(job["status"], "done");
    assert!(job["video_output"].is_string());
}

pub(super) async fn the_second_render_is_refused(client: Client) {
    let job = previewed(&client).await;
    let path = format!("{job}render/");
    client.accept(&path, &template_of_30()).await;
    let before = client.spent();
    assert_eq!(client.post(&path, &template_of_30()).await.0, 400);
    assert_eq!(client.spent(), before);
}

pub(super) async fn the_bill_is_three_credits_too_high(client: Client) {
    let job = client.accept(AVATARS, &order()).await;
    client.finish().await;
    let job = client.read(&format!("{AVATARS}{}/", id(&job))).await;
    assert_eq!(job["credits_used"], 8);
    assert_eq!(client.spent(), 8_000);
}
