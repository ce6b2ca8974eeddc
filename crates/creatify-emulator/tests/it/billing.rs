//! What is charged: the worked examples of the price pages, read off the balance.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::{Client, STYLES, avatar, id, previews, start_with, template};
use creatify_emulator::{Billing, Emulator, Fault, seed};

const PREVIEW: &str = "/api/custom_template_jobs/preview/";

/// Noon of a day, in days after 2025-01-01.
fn noon(days: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs((20_089 + days) * 86_400 + 43_200)
}

async fn bill(client: &Client, path: &str, body: &Value) -> f64 {
    let before = client.emulator.balance_millicredits();
    client.accept(path, body).await;
    (before - client.emulator.balance_millicredits()) as f64 / 1_000.0
}

async fn on(day: SystemTime, billing: Billing) -> Client {
    start_with(Emulator::builder().start_at(day).billing(billing)).await
}

#[tokio::test]
async fn a_started_unit_of_a_render_costs_in_full() {
    let client = on(noon(688), Billing::Likely).await;
    let body = template(seed::TEMPLATE_45_SECONDS);
    let job = client.accept(PREVIEW, &body).await;
    let render = format!("/api/custom_template_jobs/{}/render/", id(&job));
    // 45 s are two started units of 30 s, at 4 credits each.
    assert_eq!(bill(&client, &render, &body).await, 8.0);
}

#[tokio::test]
async fn aurora_is_charged_by_the_second_since_may_2026() {
    // 2026-11-20, 2026-04-30, 2026-05-15 by their distance from 2025-01-01.
    for (days, model, min, likely, max) in [
        (688, "aurora_v1", 11.0, 11.0, 11.0),
        (688, "aurora_v1_fast", 5.5, 5.5, 5.5),
        (484, "aurora_v1", 20.0, 20.0, 20.0),
        (484, "aurora_v1_fast", 10.0, 10.0, 10.0),
        (499, "aurora_v1", 11.0, 11.0, 20.0),
    ] {
        let readings = [
            (Billing::Min, min),
            (Billing::Likely, likely),
            (Billing::Max, max),
        ];
        for (billing, credits) in readings {
            let client = on(noon(days), billing).await;
            let body = avatar(10.4, model);
            let charged = bill(&client, "/api/lipsyncs_v2/", &body).await;
            assert_eq!(charged, credits, "{model} {days} {billing:?}");
        }
    }
}

#[tokio::test]
async fn a_model_before_its_first_month_is_refused() {
    let client = on(noon(257), Billing::Likely).await; // 2025-09-15
    let (status, body) = client
        .post("/api/lipsyncs_v2/", &avatar(5.0, "aurora_v1_fast"))
        .await;
    assert_eq!(status, 400);
    assert!(
        body["model_version"][0]
            .as_str()
            .unwrap()
            .contains("2025-09-15"),
        "{body}"
    );
}

#[tokio::test]
async fn nine_previews_cost_once_or_each_and_one_render_follows() {
    for (billing, list, render) in [
        (Billing::Min, 1.0, 4.0),
        (Billing::Likely, 9.0, 4.0),
        (Billing::Max, 9.0, 4.0),
    ] {
        let client = on(noon(688), billing).await;
        let link = client.link().await;
        let lists = "/api/link_to_videos/preview_list_async/";
        let before = client.emulator.balance_millicredits();
        let job = client.accept(lists, &previews(&link, &STYLES)).await;
        let charged = before - client.emulator.balance_millicredits();
        assert_eq!(charged as f64 / 1_000.0, list, "{billing:?}");
        client.finish().await;
        let path = format!("/api/link_to_videos/{}/render/", id(&job));
        assert_eq!(
            bill(&client, &path, &json!({})).await,
            render,
            "{billing:?}"
        );
    }
}

#[tokio::test]
async fn previews_and_renders_with_aurora_follow_the_reading_asked_for() {
    let previews_cost = [
        (Billing::Min, 1.0),
        (Billing::Likely, 9.0),
        (Billing::Max, 135.0),
    ];
    for (billing, list) in previews_cost {
        let client = on(noon(688), billing).await;
        let link = client.link().await;
        let mut body = previews(&link, &STYLES);
        body["model_version"] = json!("aurora_v1_fast");
        let lists = "/api/link_to_videos/preview_list_async/";
        assert_eq!(bill(&client, lists, &body).await, list, "{billing:?}");
    }
    let renders = [
        (Billing::Min, 4.0),
        (Billing::Likely, 30.0),
        (Billing::Max, 30.0),
    ];
    for (billing, render) in renders {
        let client = on(noon(688), billing).await;
        let mut body = template(seed::TEMPLATE_30_SECONDS);
        body["model_version"] = json!("aurora_v1");
        let job = client.accept(PREVIEW, &body).await;
        let path = format!("/api/custom_template_jobs/{}/render/", id(&job));
        assert_eq!(bill(&client, &path, &body).await, render, "{billing:?}");
    }
}

#[tokio::test]
async fn the_likely_preview_costs_its_headline_whatever_the_model() {
    let client = on(noon(688), Billing::Likely).await;
    let mut body = template(seed::TEMPLATE_30_SECONDS);
    body["model_version"] = json!("aurora_v1");
    assert_eq!(bill(&client, PREVIEW, &body).await, 1.0);
}

#[tokio::test]
async fn a_failed_or_rejected_job_gives_its_credits_back() {
    for fault in [
        Fault::JobFails {
            reason: "no face".to_owned(),
        },
        Fault::JobRejected,
    ] {
        let client = on(noon(688), Billing::Likely).await;
        client.emulator.inject(fault);
        let job = client
            .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
            .await;
        assert_eq!(client.balance().await, 995);
        client.finish().await;
        assert_eq!(client.balance().await, 1_000);
        let job = client
            .read(&format!("/api/lipsyncs_v2/{}/", id(&job)))
            .await;
        assert_eq!(job["credits_used"], 0);
        assert!(job["failed_reason"].is_string());
    }
}

#[tokio::test]
async fn scenes_add_up_by_their_words() {
    let client = on(noon(688), Billing::Likely).await;
    let scene = |text: &str| {
        json!({"character": {"type": "avatar", "avatar_id": seed::PERSONA_BEN},
            "voice": {"type": "text", "input_text": text, "voice_id": seed::VOICE_BRIGHT}})
    };
    let words = "word ".repeat(40); // 16 s each, 32 s together
    let body = json!({"video_inputs": [scene(&words), scene(&words)]});
    assert_eq!(bill(&client, "/api/lipsyncs_v2/", &body).await, 10.0);
}
