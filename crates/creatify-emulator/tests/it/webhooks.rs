//! Call-backs: which come, in which order, with which keys.

use serde_json::{Value, json};

use crate::support::{
    DOCUMENT, Receiver, STYLES, avatar, check, id, previews, start, template_of_30,
};
use creatify_emulator::Fault;

fn with_hook(mut body: Value, hook: &Receiver) -> Value {
    body["webhook_url"] = json!(hook.url);
    body
}

fn statuses(got: &[Value]) -> Vec<&str> {
    got.iter()
        .map(|body| body["status"].as_str().unwrap())
        .collect()
}

/// Sorted, because what order an object keeps depends on the features serde_json was built with.
fn keys(body: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

fn check_schema(name: &str, bodies: &[Value]) {
    let schema = &DOCUMENT["components"]["schemas"][name];
    assert!(schema.is_object(), "{name}");
    for body in bodies {
        check(schema, body);
    }
}

#[tokio::test]
async fn a_template_tells_each_status_and_its_video_under_video_output() {
    let client = start().await;
    let hook = Receiver::start().await;
    let body = with_hook(template_of_30(), &hook);
    let job = client.accept("/api/custom_template_jobs/", &body).await;
    assert!(hook.take().is_empty(), "the answer itself tells `pending`");
    client.finish().await;
    let got = hook.take();
    assert_eq!(statuses(&got), ["in_queue", "running", "done"]);
    check_schema("CustomTemplateWebhook", &got);
    let path = format!("/api/custom_template_jobs/{}/", id(&job));
    let done = client.read(&path).await;
    assert_eq!(got[2]["video_output"], done["video_output"]);
    assert_eq!(got[0]["video_output"], Value::Null);
    assert_eq!(got[2]["id"], job["id"]);
}

#[tokio::test]
async fn a_preview_tells_nothing_and_its_render_names_the_video_output() {
    let client = start().await;
    let hook = Receiver::start().await;
    let body = with_hook(template_of_30(), &hook);
    let job = client
        .accept("/api/custom_template_jobs/preview/", &body)
        .await;
    assert!(hook.take().is_empty());
    let render = format!("/api/custom_template_jobs/{}/render/", id(&job));
    client.accept(&render, &json!({})).await;
    client.finish().await;
    let got = hook.take();
    let last = got.last().unwrap();
    assert_eq!(last["status"], "done");
    assert_eq!(keys(last), ["failed_reason", "id", "output", "status"]);
    assert!(last["output"].as_str().unwrap().ends_with(".mp4"));
    check_schema("CustomTemplateRenderWebhook", &got);
}

#[tokio::test]
async fn previews_are_told_while_pending_and_the_render_with_its_thumbnail() {
    let client = start().await;
    let hook = Receiver::start().await;
    let link = client.link().await;
    let body = with_hook(previews(&link, &STYLES), &hook);
    let job = client
        .accept("/api/link_to_videos/preview_list_async/", &body)
        .await;
    client.finish().await;
    let got = hook.take();
    assert_eq!(statuses(&got), ["pending"]);
    check_schema("LinkToVideoPreviewsWebhook", &got);
    let list = got[0]["previews"].as_array().unwrap();
    assert_eq!(list.len(), 9);
    assert_eq!(
        keys(&list[0]),
        ["aspect_ratio", "media_job", "url", "visual_style"]
    );

    let path = format!("/api/link_to_videos/{}/render_single_preview/", id(&job));
    client
        .accept(&path, &json!({"media_job": list[0]["media_job"]}))
        .await;
    client.finish().await;
    let got = hook.take();
    check_schema("LinkToVideoWebhook", &got);
    let last = got.last().unwrap();
    assert_eq!(last["status"], "done");
    assert!(last["video_output"].is_string() && last["video_thumbnail"].is_string());
}

#[tokio::test]
async fn an_avatar_video_tells_its_failure() {
    let client = start().await;
    let hook = Receiver::start().await;
    let reason = "the voice broke".to_owned();
    client.emulator.inject(Fault::JobFails { reason });
    let body = with_hook(avatar(5.0, "standard"), &hook);
    client.accept("/api/lipsyncs_v2/", &body).await;
    client.finish().await;
    let got = hook.take();
    check_schema("LipsyncV2Webhook", &got);
    assert_eq!(statuses(&got), ["failed"], "its page tells of the end only");
    let last = got.last().unwrap();
    assert_eq!(
        (&last["status"], &last["failed_reason"]),
        (&json!("failed"), &json!("the voice broke"))
    );
    assert_eq!(last["output"], Value::Null);
}

#[tokio::test]
async fn a_rejection_is_told_by_no_webhook() {
    let client = start().await;
    let hook = Receiver::start().await;
    client.emulator.inject(Fault::JobRejected);
    let body = with_hook(template_of_30(), &hook);
    client.accept("/api/custom_template_jobs/", &body).await;
    client.finish().await;
    assert_eq!(statuses(&hook.take()), ["in_queue"]);
}

#[tokio::test]
async fn a_receiver_that_is_gone_or_not_allowed_stops_nothing() {
    let client = start().await;
    let gone = Receiver::start().await.url.clone();
    for url in [gone, "http://198.51.100.7/hook".to_owned()] {
        let mut body = template_of_30();
        body["webhook_url"] = json!(url);
        let job = client.accept("/api/custom_template_jobs/", &body).await;
        client.finish().await;
        let path = format!("/api/custom_template_jobs/{}/", id(&job));
        assert_eq!(client.read(&path).await["status"], "done");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    use axum::response::Redirect;
    use axum::routing::post;
    let client = start().await;
    let elsewhere = Receiver::start().await;
    let target = elsewhere.url.clone();
    let redirect = move || async move { Redirect::temporary(&target) };
    let router = axum::Router::new().route("/", post(redirect));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut body = template_of_30();
    body["webhook_url"] = json!(format!("http://{}/", listener.local_addr().unwrap()));
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    client.accept("/api/custom_template_jobs/", &body).await;
    client.finish().await;
    assert!(elsewhere.take().is_empty());
    server.abort();
}

#[tokio::test]
async fn a_receiver_sees_the_job_as_the_webhook_tells_it() {
    use axum::routing::post;
    let client = start().await;
    let api = client.emulator.url();
    let keys = (
        client.emulator.api_id().to_owned(),
        client.emulator.api_key().to_owned(),
    );
    let http = client.http.clone();
    let (sender, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let confirm = move |axum::Json(told): axum::Json<Value>| async move {
        let url = format!(
            "{api}/api/custom_template_jobs/{}/",
            told["id"].as_str().unwrap()
        );
        let request = http
            .get(url)
            .header("X-API-ID", keys.0)
            .header("X-API-KEY", keys.1);
        let job: Value = request.send().await.unwrap().json().await.unwrap();
        sender
            .send((told["status"].clone(), job["status"].clone()))
            .unwrap();
    };
    let router = axum::Router::new().route("/", post(confirm));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut body = template_of_30();
    body["webhook_url"] = json!(format!("http://{}/", listener.local_addr().unwrap()));
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    client.accept("/api/custom_template_jobs/", &body).await;
    client.finish().await;
    for status in ["in_queue", "running", "done"] {
        let (told, read) = seen.recv().await.unwrap();
        assert_eq!((told, read), (json!(status), json!(status)));
    }
    server.abort();
}
