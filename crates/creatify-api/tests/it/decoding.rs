//! What the client reads: everything the documentation and real calls show, and what may come.

use creatify_api::{
    ApiError, Phase,
    enums::{AspectRatio, JobStatus, LinkVisualStyle, ModelVersion, VideoLength},
    types::{
        CustomTemplateJob, CustomTemplateJobRenderRequest, CustomTemplateJobRequest, Link,
        LinkToVideo, LinkToVideoPreviewsWebhook, LipsyncV2,
    },
};
use serde_json::{Value, json};

use crate::server::{Reply, Server, answer};

fn template_job(change: Value) -> CustomTemplateJob {
    let mut body = json!({
        "id": "6f1d7c1e-52a8-4c4e-9d4b-0a4a3c6f2b11", "status": "done",
        "created_at": "2026-08-13T09:15:00Z", "updated_at": "2026-08-13T09:15:00Z",
        "variables": {"a": {"type": "text", "properties": {"content": "b"}}},
        "media_job": null, "video_output": "https://cdn.example/v.mp4", "preview": null,
        "editor_url": null, "failed_reason": "", "credits_used": 5, "duration": 24,
        "progress": 1, "name": null, "webhook_url": null, "model_version": "standard",
        "is_hidden": false
    });
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    serde_json::from_value(body).unwrap()
}

#[test]
fn statuses_and_values_that_nobody_listed_are_kept() {
    let job = template_job(json!({"status": "moderated", "model_version": "aurora_v3"}));
    assert_eq!(job.status, JobStatus::Unknown("moderated".into()));
    assert_eq!(
        job.model_version,
        Some(ModelVersion::Unknown("aurora_v3".into()))
    );
    let text = serde_json::to_value(&job).unwrap();
    assert_eq!(text["status"], "moderated");
    assert_eq!(template_job(json!({})).status, JobStatus::Done);
}

#[test]
fn fields_that_nobody_described_are_kept() {
    let job = template_job(json!({"moderation": {"score": 0.5}}));
    assert_eq!(job.extra["moderation"]["score"], 0.5);
    assert_eq!(
        serde_json::to_value(&job).unwrap()["moderation"]["score"],
        0.5
    );
}

#[test]
fn credits_duration_and_progress_are_read_in_each_form() {
    for (given, decimal) in [
        (json!(84), "84"),
        (json!(5.5), "5.5"),
        (json!("5.5"), "5.5"),
        (json!(5.0), "5.0"),
    ] {
        for field in ["credits_used", "duration", "progress"] {
            let job = template_job(json!({field: given}));
            let number = match field {
                "credits_used" => job.credits_used,
                "duration" => job.duration,
                _ => job.progress,
            };
            assert_eq!(
                number.unwrap().to_decimal().as_deref(),
                Some(decimal),
                "{field} {given}"
            );
        }
    }
    let job: LipsyncV2 = serde_json::from_value(json!({
        "id": "a", "status": "running", "progress": "half", "credits_used": 0
    }))
    .unwrap();
    assert_eq!(job.progress.unwrap().to_string(), "half");
}

#[test]
fn a_reason_is_null_empty_or_text() {
    for (given, expected) in [
        (json!(null), None),
        (json!(""), Some("")),
        (json!("no"), Some("no")),
    ] {
        let job = template_job(json!({"failed_reason": given}));
        assert_eq!(job.failed_reason.as_deref(), expected);
    }
}

#[test]
fn an_id_need_not_be_a_uuid() {
    assert_eq!(template_job(json!({"id": "job_17"})).id.as_str(), "job_17");
    assert_eq!(template_job(json!({"id": 17})).id.as_str(), "17");
}

#[test]
fn an_answer_needs_nothing_but_id_and_status() {
    let least: CustomTemplateJob =
        serde_json::from_str(r#"{"id":"a","status":"pending"}"#).unwrap();
    assert!(least.credits_used.is_none() && least.video_output.is_none());
    let mut nulls = serde_json::to_value(template_job(json!({}))).unwrap();
    for (key, value) in nulls.as_object_mut().unwrap() {
        if key != "id" && key != "status" {
            *value = Value::Null;
        }
    }
    assert!(serde_json::from_value::<CustomTemplateJob>(nulls).is_ok());
}

#[test]
fn a_time_without_its_zone_is_read() {
    let job = template_job(json!({"created_at": "2026-08-13T09:15:00.123"}));
    assert!(job.created_at.unwrap().to_system_time().is_some());
    let job = template_job(json!({"created_at": "soon"}));
    assert_eq!(job.created_at.unwrap().as_str(), "soon");
}

#[test]
fn the_answers_of_the_link_family_are_read() {
    let job: LinkToVideo = serde_json::from_value(json!({
        "id": "20b5d452", "status": "pending", "failed_reason": null, "video_length": 90,
        "aspect_ratio": "4x5", "progress": "0", "credits_used": "9",
        "previews": [
            {"media_job": "43e2b17c", "visual_style": "FullScreenTemplate",
             "url": "https://app.example/preview", "aspect_ratio": "9x16"},
            {"media_job": null, "visual_style": "NewTemplate", "duration": "15", "editor_url": ""}
        ],
        "outputs": [{"status": null, "progress": 0.5}, {}]
    }))
    .unwrap();
    assert_eq!(job.video_length, Some(VideoLength::Unknown(90)));
    assert_eq!(job.aspect_ratio, Some(AspectRatio::Unknown("4x5".into())));
    let previews = job.previews.unwrap();
    assert_eq!(
        previews[1].visual_style,
        Some(LinkVisualStyle::Unknown("NewTemplate".into()))
    );
    assert_eq!(previews[1].duration.as_ref().unwrap().to_f64(), Some(15.0));
    assert_eq!(job.outputs.unwrap().len(), 2);
    let hook: LinkToVideoPreviewsWebhook = serde_json::from_value(json!({
        "id": "20b5d452", "status": "pending", "failed_reason": null,
        "previews": [{"media_job": "43e2b17c", "url": "https://app.example/preview"}]
    }))
    .unwrap();
    assert_eq!(hook.status, JobStatus::Pending);
    let link: Link = serde_json::from_value(json!({
        "id": "outer", "url": "https://shop.example",
        "link": {"title": "t", "image_urls": null, "reviews": {"any": ["thing"]}}
    }))
    .unwrap();
    assert_eq!(link.id, "outer");
}

#[test]
fn a_request_sends_what_was_set_and_nothing_else() {
    let request = CustomTemplateJobRequest::builder()
        .template_id("t")
        .variables(serde_json::Map::new())
        .model_version(ModelVersion::AuroraV1Fast)
        .build();
    assert_eq!(
        serde_json::to_value(&request).unwrap(),
        json!({"template_id": "t", "variables": {}, "model_version": "aurora_v1_fast"})
    );
    let render = CustomTemplateJobRenderRequest::builder().build();
    assert_eq!(serde_json::to_value(&render).unwrap(), json!({}));
}

#[test]
fn a_request_keeps_fields_that_this_version_does_not_know() {
    let body = json!({"template_id": "t", "variables": {}, "new_option": {"a": [1]}});
    let request: CustomTemplateJobRequest = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(serde_json::to_value(&request).unwrap(), body);
}

#[tokio::test]
async fn any_2xx_is_a_good_answer() {
    for status in [200, 201, 202] {
        let server = Server::json(status, r#"{"id":"a","status":"pending"}"#).await;
        let body = CustomTemplateJobRenderRequest::builder().build();
        let job = server
            .client()
            .custom_template_jobs_render("x", &body)
            .await
            .unwrap();
        assert_eq!((job.id.as_str(), job.status().as_u16()), ("a", status));
    }
}

#[tokio::test]
async fn a_2xx_that_does_not_fit_keeps_its_bytes() {
    for (body, known) in [
        (r#"{"id":"a"}"#, true),
        ("<html>ok</html>", true),
        (r#"{"id":"a","status":"done","previews":5}"#, true),
    ] {
        let server = Server::json(201, body).await;
        let result = server.client().link_to_videos_render("x").await;
        let error = ApiError::from(result.unwrap_err());
        assert_eq!(error.phase(), Phase::Answered);
        assert_eq!(error.status(), None);
        assert_eq!(
            error.undecodable_body() == Some(body.as_bytes()),
            known,
            "{body}"
        );
        assert!(
            error.to_string().contains("accepted the request"),
            "{error}"
        );
    }
}

/// An answer whose head promises more bytes than come.
async fn broken_off(body: &str) -> Server {
    let head = String::from_utf8(answer(201, "application/json", "")).unwrap();
    let bytes = head.replace("length: 0", "length: 500") + body;
    Server::start(Reply::Close(bytes.into_bytes())).await
}

#[tokio::test]
async fn a_2xx_that_breaks_off_is_answered_and_keeps_what_came() {
    for body in [r#"{"id":"a","#, r#"{"id":"a","status":"done""#, ""] {
        let server = broken_off(body).await;
        let result = server.client().link_to_videos_render("x").await;
        let error = ApiError::from(result.unwrap_err());
        assert_eq!(error.phase(), Phase::Answered, "{error}");
        assert_eq!(error.undecodable_body(), Some(body.as_bytes()));
        assert_eq!(server.requests().len(), 1, "a paid request is sent once");
    }
}

#[tokio::test]
async fn an_answer_that_is_whole_counts_though_its_transfer_is_not() {
    let server = broken_off(r#"{"id":"a","status":"done"}"#).await;
    let job = server.client().link_to_videos_render("x").await.unwrap();
    assert_eq!(job.id.as_str(), "a");
}

#[tokio::test]
async fn lists_are_read_and_their_filter_is_sent() {
    let server = Server::json(
        200,
        r#"[{"id":"a","status":"done"},{"id":"b","status":"odd"}]"#,
    )
    .await;
    let jobs = server.client().lipsyncs_v2_list(Some("a,b")).await.unwrap();
    assert_eq!(jobs.len(), 2);
    assert!(server.requests()[0].starts_with("GET /api/lipsyncs_v2/?ids=a%2Cb HTTP/1.1\r\n"));
}
