//! What is refused, in the service's shapes, and that refusing costs nothing.

use serde_json::{Value, json};

use crate::support::{STYLES, avatar, id, previews, start, start_with, template, template_of_30};
use creatify_emulator::{Emulator, StartError, seed};

const JOBS: &str = "/api/custom_template_jobs/";
const LISTS: &str = "/api/link_to_videos/preview_list_async/";
const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

#[tokio::test]
async fn missing_or_wrong_keys_are_401_before_anything_else() {
    let client = start().await;
    let url = client.url(JOBS);
    let id = ("X-API-ID", client.emulator.api_id().to_owned());
    let key = ("X-API-KEY", client.emulator.api_key().to_owned());
    let wrong = ("X-API-KEY", "wrong".to_owned());
    for headers in [vec![], vec![&id], vec![&key], vec![&id, &wrong]] {
        let mut request = client.http.post(&url).body("{");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let (status, body) = client.send("POST", JOBS, request).await;
        assert_eq!(status, 401);
        assert!(body["detail"].is_string());
    }
    let chosen = start_with(Emulator::builder().credentials("other", "keys")).await;
    assert_eq!(chosen.balance().await, 1_000);
}

#[tokio::test]
async fn bodies_are_held_against_the_document_field_by_field() {
    let client = start().await;
    let link = client.link().await;
    let avatar_with = |part: &str, value: Value| {
        let mut body = avatar(5.0, "standard");
        body["video_inputs"][0][part] = value;
        body
    };
    let with = |mut body: Value, field: &str, value: Value| {
        body[field] = value;
        body
    };
    let list = previews(&link, &STYLES);
    let cases: Vec<(&str, Value, &str)> = vec![
        (JOBS, json!({"variables": {}}), "template_id"),
        (
            JOBS,
            json!({"template_id": seed::TEMPLATE_15_SECONDS}),
            "variables",
        ),
        (JOBS, template("not a uuid"), "template_id"),
        (
            JOBS,
            with(template_of_30(), "name", json!("n".repeat(256))),
            "name",
        ),
        (
            JOBS,
            with(template_of_30(), "webhook_url", json!("here")),
            "webhook_url",
        ),
        (
            JOBS,
            with(
                template_of_30(),
                "webhook_url",
                json!(format!("https://h.example/{}", "x".repeat(200))),
            ),
            "webhook_url",
        ),
        (
            JOBS,
            with(template_of_30(), "model_version", json!("aurora_v9")),
            "model_version",
        ),
        (
            JOBS,
            with(template_of_30(), "is_hidden", json!("yes")),
            "is_hidden",
        ),
        (JOBS, json!([]), "non_field_errors"),
        (
            LISTS,
            with(list.clone(), "video_length", json!(20)),
            "video_length",
        ),
        (
            LISTS,
            with(list.clone(), "visual_styles", json!("one")),
            "visual_styles",
        ),
        (
            LISTS,
            with(list, "voiceover_volume", json!(1.5)),
            "voiceover_volume",
        ),
        ("/api/lipsyncs_v2/", json!({}), "video_inputs"),
        (
            "/api/lipsyncs_v2/",
            json!({"video_inputs": []}),
            "video_inputs",
        ),
        (
            "/api/lipsyncs_v2/",
            avatar_with("voice", json!({"duration": 1e300})),
            "video_inputs",
        ),
        (
            "/api/lipsyncs_v2/",
            avatar_with("character", json!({"scale": 3})),
            "video_inputs",
        ),
        ("/api/links/", json!({"url": "ftp://x.example/"}), "url"),
        ("/api/links/", json!({}), "url"),
    ];
    for (path, body, field) in cases {
        let (status, refusal) = client.post(path, &body).await;
        assert_eq!(status, 400, "{path} {body}: {refusal}");
        assert!(refusal[field][0].is_string(), "{path} {body}: {refusal}");
    }
    assert_eq!(client.balance().await, 999, "only the link was paid");
}

#[tokio::test]
async fn references_to_nothing_are_refused_by_their_field() {
    let client = start().await;
    let link = client.link().await;
    let mut override_avatar = previews(&link, &STYLES);
    override_avatar["override_avatar"] = json!(NOWHERE);
    let mut override_voice = previews(&link, &STYLES);
    override_voice["override_voice"] = json!(NOWHERE);
    let mut wrong_avatar = avatar(5.0, "standard");
    wrong_avatar["video_inputs"][0]["character"]["avatar_id"] = json!(NOWHERE);
    let mut wrong_voice = avatar(5.0, "standard");
    wrong_voice["video_inputs"][0]["voice"]["voice_id"] = json!(NOWHERE);
    let mut variable = template_of_30();
    variable["variables"]["host"] = json!({"type": "avatar", "properties": {"avatar_id": NOWHERE}});
    for (path, body, field) in [
        (JOBS, template(NOWHERE), "template_id"),
        (JOBS, variable, "variables"),
        (LISTS, previews(NOWHERE, &STYLES), "link"),
        (LISTS, override_avatar, "override_avatar"),
        (LISTS, override_voice, "override_voice"),
        ("/api/lipsyncs_v2/", wrong_avatar, "video_inputs"),
        ("/api/lipsyncs_v2/", wrong_voice, "video_inputs"),
    ] {
        let (status, refusal) = client.post(path, &body).await;
        assert_eq!(status, 400, "{path}: {refusal}");
        assert!(refusal[field][0].is_string(), "{path}: {refusal}");
    }
}

#[tokio::test]
async fn ids_of_nothing_or_of_another_resource_are_404() {
    let client = start().await;
    let lipsync = id(&client
        .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
        .await);
    for path in [
        format!("/api/custom_template_jobs/{NOWHERE}/"),
        format!("/api/custom_template_jobs/{lipsync}/"),
        "/api/link_to_videos/not-a-uuid/".to_owned(),
        format!("/api/links/{NOWHERE}/"),
    ] {
        let (status, body) = client.get(&path).await;
        assert_eq!(status, 404, "{path}");
        assert!(
            body["detail"].as_str().unwrap().starts_with("No "),
            "{body}"
        );
    }
    let render = format!("/api/custom_template_jobs/{NOWHERE}/render/");
    assert_eq!(client.post(&render, &json!({"name": 1})).await.0, 404);
    let render = format!("/api/link_to_videos/{NOWHERE}/render/");
    assert_eq!(client.post(&render, &json!({})).await.0, 404);
}

#[tokio::test]
async fn renders_need_a_finished_preview_of_the_job() {
    let client = start().await;
    let job = client
        .accept(
            "/api/custom_template_jobs/preview_async/",
            &template_of_30(),
        )
        .await;
    let render = format!("/api/custom_template_jobs/{}/render/", id(&job));
    let (status, body) = client.post(&render, &template_of_30()).await;
    assert_eq!((status, body.is_array()), (400, true), "{body}");

    let link = client.link().await;
    let list = client.accept(LISTS, &previews(&link, &STYLES[..2])).await;
    client.finish().await;
    let other = template(seed::TEMPLATE_15_SECONDS);
    let (status, body) = client.post(&render, &other).await;
    assert_eq!(
        (status, body["template_id"].is_array()),
        (400, true),
        "{body}"
    );
    let single = format!("/api/link_to_videos/{}/render_single_preview/", id(&list));
    let (status, body) = client.post(&single, &json!({"media_job": NOWHERE})).await;
    assert_eq!(
        (status, body["media_job"].is_array()),
        (400, true),
        "{body}"
    );
    let (status, body) = client.post(&single, &json!({})).await;
    assert_eq!(
        (status, body["media_job"].is_array()),
        (400, true),
        "{body}"
    );
}

#[tokio::test]
async fn pages_that_cannot_be_read_answer_an_array_and_cost_nothing() {
    let client = start().await;
    for url in ["https://shop.invalid/", "https://empty.example/"] {
        let (status, body) = client.post("/api/links/", &json!({"url": url})).await;
        assert_eq!((status, body[0].is_string()), (400, true), "{body}");
    }
    assert_eq!(client.balance().await, 1_000);
}

#[tokio::test]
async fn an_empty_account_is_402_and_stays_as_it_is() {
    let client = start_with(Emulator::builder().credits("4.999")).await;
    let (status, body) = client.post(JOBS, &template_of_30()).await;
    assert_eq!((status, body["detail"].is_string()), (402, true), "{body}");
    assert_eq!(client.balance().await, 4.999);
    assert_eq!(client.read("/api/lipsyncs_v2/").await, json!([]));
}

#[tokio::test]
async fn bodies_that_are_no_json_or_too_large_are_refused() {
    let client = start().await;
    let post = |body: Vec<u8>, media_type: &str| {
        let request = client
            .request("POST", JOBS)
            .header("content-type", media_type);
        client.send("POST", JOBS, request.body(body))
    };
    assert_eq!(
        post(b"{\"template_id\"".to_vec(), "application/json")
            .await
            .0,
        400
    );
    assert_eq!(
        post(b"a=b".to_vec(), "application/x-www-form-urlencoded")
            .await
            .0,
        415
    );
    assert_eq!(post(vec![b'['; 200_000], "application/json").await.0, 400);
    assert_eq!(
        post(Vec::new(), "application/json; charset=utf-8").await.0,
        400
    );
    let large = post(vec![b' '; (1 << 20) + 1], "application/json").await;
    assert_eq!(large.0, 413);
    assert_eq!(client.balance().await, 1_000, "still answering");
}

#[tokio::test]
async fn a_missing_slash_redirects_reads_and_loses_the_rest() {
    let client = start().await;
    let get = client
        .request("GET", "/api/lipsyncs_v2?ids=x")
        .send()
        .await
        .unwrap();
    assert_eq!(get.status(), 301);
    assert_eq!(get.headers()["location"], "/api/lipsyncs_v2/?ids=x");
    assert_eq!(client.post("/api/lipsyncs_v2", &json!({})).await.0, 404);
    assert_eq!(client.get("/api/remainingcredits/").await.0, 404);
    let (status, body) = client.send("PUT", JOBS, client.request("PUT", JOBS)).await;
    assert_eq!((status, body["detail"].is_string()), (405, true));
}

#[tokio::test]
async fn settings_out_of_range_are_told() {
    use creatify_emulator::Clock;
    let first = start().await;
    let taken = Emulator::builder()
        .port(first.emulator.port())
        .start()
        .await
        .unwrap_err();
    assert!(matches!(taken, StartError::PortInUse { port } if port == first.emulator.port()));
    assert!(taken.to_string().contains("is in use"), "{taken}");
    for credits in ["-1", "lots", "1.2345"] {
        let error = Emulator::builder()
            .credits(credits)
            .start()
            .await
            .unwrap_err();
        assert!(error.to_string().contains(credits), "{error}");
    }
    let factor = Emulator::builder()
        .clock(Clock::Times(f64::INFINITY))
        .start()
        .await;
    assert!(matches!(factor, Err(StartError::Factor)));
    let keys = Emulator::builder().credentials("a\nb", "c").start().await;
    assert!(matches!(keys, Err(StartError::Credentials)));
}
