//! The documented flows, from the request to the finished video.

use serde_json::{Value, json};

use crate::support::{STYLES, avatar, id, previews, start, template, template_of_30};
use creatify_emulator::seed;

#[tokio::test]
async fn a_template_goes_preview_then_render_on_one_id() {
    let client = start().await;
    let job = client
        .accept(
            "/api/custom_template_jobs/preview_async/",
            &template_of_30(),
        )
        .await;
    assert_eq!(job["status"], "pending");
    assert_eq!(job["credits_used"], 0);
    assert_eq!(job["failed_reason"], "");
    assert_eq!(job["duration"], 30);
    assert_eq!(job["preview"], Value::Null);

    let path = format!("/api/custom_template_jobs/{}/", id(&job));
    let seen = client.statuses(&path).await;
    assert_eq!(seen, ["pending", "in_queue", "running", "done"]);
    let previewed = client.read(&path).await;
    assert!(previewed["preview"].as_str().unwrap().ends_with(".html"));
    assert_eq!(previewed["video_output"], Value::Null);
    assert_eq!(previewed["credits_used"], 1);
    assert_eq!(client.balance().await, 999);

    let render = client
        .accept(&format!("{path}render/"), &template_of_30())
        .await;
    assert_eq!(render["id"], job["id"]);
    assert_eq!(render["status"], "pending");
    assert_eq!(render["credits_used"], 0);
    assert_eq!(client.balance().await, 995);
    let seen = client.statuses(&path).await;
    assert_eq!(seen, ["pending", "in_queue", "running", "done"]);
    let rendered = client.read(&path).await;
    assert!(rendered["video_output"].as_str().unwrap().ends_with(".mp4"));
    assert_eq!(rendered["preview"], previewed["preview"]);
    assert_eq!(rendered["credits_used"], 4, "of the last call");
    assert_eq!(client.balance().await, 995);
}

#[tokio::test]
async fn a_template_is_rendered_without_a_body_too() {
    let client = start().await;
    let path = "/api/custom_template_jobs/preview/";
    let job = client.accept(path, &template_of_30()).await;
    let render = format!("/api/custom_template_jobs/{}/render/", id(&job));
    let request = client.request("POST", &render);
    let (status, body) = client.send("POST", &render, request).await;
    assert_eq!((status, &body["status"]), (200, &json!("pending")));
}

#[tokio::test]
async fn a_blocking_preview_answers_when_it_is_done() {
    let client = start().await;
    let before = client.emulator.now();
    let path = "/api/custom_template_jobs/preview/";
    let job = client
        .accept(path, &template(seed::TEMPLATE_10_4_SECONDS))
        .await;
    assert_eq!(job["status"], "done");
    assert_eq!(job["duration"], 11, "whole seconds, rounded up");
    assert!(job["preview"].is_string());
    let passed = client.emulator.now().duration_since(before).unwrap();
    assert!(
        passed.as_secs() >= 10,
        "virtual time has passed: {passed:?}"
    );
}

#[tokio::test]
async fn a_template_is_made_in_one_go() {
    let client = start().await;
    let job = client
        .accept(
            "/api/custom_template_jobs/",
            &template(seed::TEMPLATE_45_SECONDS),
        )
        .await;
    client.finish().await;
    let path = format!("/api/custom_template_jobs/{}/", id(&job));
    let done = client.read(&path).await;
    assert_eq!(done["status"], "done");
    assert_eq!(done["credits_used"], 10);
    assert!(done["video_output"].is_string());
    assert_eq!(done["preview"], Value::Null);
}

#[tokio::test]
async fn nine_previews_are_ready_while_pending_and_one_is_rendered() {
    let client = start().await;
    let link = client.link().await;
    assert_eq!(client.balance().await, 999, "a link costs a credit");
    let job = client
        .accept(
            "/api/link_to_videos/preview_list_async/",
            &previews(&link, &STYLES),
        )
        .await;
    assert_eq!(job["status"], "pending");
    assert_eq!(job["previews"], json!([]));
    let path = format!("/api/link_to_videos/{}/", id(&job));
    let seen = client.statuses(&path).await;
    assert!(seen.iter().all(|status| status == "pending"), "{seen:?}");

    let ready = client.read(&path).await;
    let list = ready["previews"].as_array().unwrap();
    let styles: Vec<_> = list
        .iter()
        .map(|one| one["visual_style"].as_str().unwrap())
        .collect();
    assert_eq!(styles, STYLES);
    for one in list {
        assert_eq!(one["duration"], 30);
        assert_eq!(one["aspect_ratio"], "9x16");
        assert!(one.get("editor_url").is_some());
    }
    assert_eq!(ready["failed_reason"], Value::Null);
    assert_eq!(ready["credits_used"], 9);
    assert_eq!(client.balance().await, 990);

    let pick = json!({"media_job": list[3]["media_job"]});
    let render = format!("{path}render_single_preview/");
    let started = client.accept(&render, &pick).await;
    assert_eq!(started["previews"], ready["previews"]);
    let seen = client.statuses(&path).await;
    assert_eq!(seen, ["pending", "in_queue", "running", "done"]);
    let done = client.read(&path).await;
    assert_eq!(done["media_job"], list[3]["media_job"]);
    assert_eq!(done["credits_used"], 4);
    assert_eq!(done["outputs"][0]["visual_style"], STYLES[3]);
    assert_eq!(done["outputs"][0]["video_output"], done["video_output"]);
    assert_eq!(client.balance().await, 986);

    let thumbnail = done["video_thumbnail"].as_str().unwrap();
    let picture = client.http.get(thumbnail).send().await.unwrap();
    assert_eq!(picture.headers()["content-type"], "image/png");
    let picture = picture.bytes().await.unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn a_link_video_is_rendered_without_a_pick_too() {
    let client = start().await;
    let link = client.link().await;
    let list = "/api/link_to_videos/preview_list_async/";
    let job = client.accept(list, &previews(&link, &STYLES[..2])).await;
    client.finish().await;
    let path = format!("/api/link_to_videos/{}/", id(&job));
    let render = format!("{path}render/");
    let request = client.request("POST", &render);
    assert_eq!(client.send("POST", &render, request).await.0, 200);
    client.finish().await;
    let done = client.read(&path).await;
    assert_eq!(done["media_job"], done["previews"][0]["media_job"]);
    assert!(done["video_output"].is_string());
}

#[tokio::test]
async fn an_avatar_video_ends_with_its_output() {
    let client = start().await;
    let mut request = avatar(10.4, "aurora_v1_fast");
    request["name"] = json!("a name");
    let job = client.accept("/api/lipsyncs_v2/", &request).await;
    assert_eq!(job["output"], Value::Null);
    let path = format!("/api/lipsyncs_v2/{}/", id(&job));
    let seen = client.statuses(&path).await;
    assert_eq!(seen, ["pending", "in_queue", "running", "done"]);
    let done = client.read(&path).await;
    assert_eq!(done["credits_used"], 5.5);
    assert_eq!(client.balance().await, 994.5);
    assert_eq!(done["name"], "a name");

    let video = client
        .http
        .get(done["output"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(video.headers()["content-type"], "video/mp4");
    let video = video.bytes().await.unwrap();
    assert_eq!(&video[4..8], b"ftyp");
}

#[tokio::test]
async fn credits_used_is_filled_in_while_the_job_runs() {
    let client = start().await;
    let job = client
        .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
        .await;
    let path = format!("/api/lipsyncs_v2/{}/", id(&job));
    assert_eq!(client.balance().await, 995, "charged when accepted");
    client.step().await;
    let queued = client.read(&path).await;
    assert_eq!(
        (&queued["status"], &queued["credits_used"]),
        (&json!("in_queue"), &json!(0))
    );
    client.step().await;
    let running = client.read(&path).await;
    assert_eq!(
        (&running["status"], &running["credits_used"]),
        (&json!("running"), &json!(5))
    );
}

#[tokio::test]
async fn a_job_can_be_rendered_again_but_not_while_it_is() {
    let client = start().await;
    let job = client
        .accept("/api/custom_template_jobs/preview/", &template_of_30())
        .await;
    let render = format!("/api/custom_template_jobs/{}/render/", id(&job));
    client.accept(&render, &template_of_30()).await;
    let (status, body) = client.post(&render, &template_of_30()).await;
    assert_eq!(status, 400, "{body}");
    assert!(body[0].as_str().unwrap().contains("rendered already"));
    client.finish().await;
    client.accept(&render, &template_of_30()).await;
    assert_eq!(client.balance().await, 1_000 - 1 - 4 - 4);
}

#[tokio::test]
async fn one_seed_gives_one_run() {
    let run = |seed: u64| async move {
        let client =
            crate::support::start_with(creatify_emulator::Emulator::builder().seed(seed)).await;
        let link = client.link().await;
        let list = "/api/link_to_videos/preview_list_async/";
        let job = client.accept(list, &previews(&link, &STYLES)).await;
        client.finish().await;
        let path = format!("/api/link_to_videos/{}/", id(&job));
        let url = client.emulator.url();
        let job = client.read(&path).await.to_string().replace(&url, "");
        (job, client.emulator.now())
    };
    assert_eq!(run(7).await, run(7).await);
    assert_ne!(run(7).await, run(8).await);
}
