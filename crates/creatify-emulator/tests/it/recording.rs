//! Recordings: what is saved, what is not, and that a replay answers the same.

use std::time::Duration;

use creatify_emulator::{Fault, FaultTarget, Recording, RecordingError, RetryAfter, seed};
use serde_json::json;

use crate::support::{Client, avatar, http, id, start};

/// A folder of its own, gone when dropped.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("creatify-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self(folder)
    }

    fn texts(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.0).unwrap();
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        paths
            .iter()
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn send(client: &Client, url: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let request = http()
        .request(method.parse().unwrap(), format!("{url}{path}"))
        .header("X-API-ID", client.emulator.api_id())
        .header("X-API-KEY", client.emulator.api_key())
        .header("Content-Type", "application/json")
        .body(body.to_owned());
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn a_recording_holds_no_secret_and_replays_in_order() {
    let client = start().await;
    let folder = Folder::new("recording");
    let proxy = Recording::record(&folder.0, &client.emulator.url(), 0)
        .await
        .unwrap();
    let mut order = avatar(5.0, "standard");
    order["webhook_url"] = json!("https://hooks.example/w/capability-7Q");
    let order = order.to_string();
    let url = proxy.url();
    let created = send(&client, &url, "POST", "/api/lipsyncs_v2/", &order).await;
    assert_eq!(created.0, 201);
    let job: serde_json::Value = serde_json::from_str(&created.1).unwrap();
    let path = format!("/api/lipsyncs_v2/{}/", id(&job));
    let first = send(&client, &url, "GET", &path, "").await;
    client.finish().await;
    let second = send(&client, &url, "GET", &path, "").await;
    assert_ne!(first.1, second.1);
    let refused = send(&client, &url, "POST", "/api/lipsyncs_v2/", "{").await;
    assert_eq!(refused.0, 400);

    let texts = folder.texts();
    assert_eq!(texts.len(), 4);
    let all = texts.concat();
    for secret in [seed::API_KEY, seed::API_ID, "capability-7Q"] {
        assert!(!all.contains(secret), "{secret} was saved");
    }

    let replay = Recording::replay(&folder.0, 0).await.unwrap();
    let url = replay.url();
    let again = send(&client, &url, "POST", "/api/lipsyncs_v2/", &order).await;
    assert_eq!(again.0, 201);
    assert!(again.1.contains(&id(&job)));
    let status = |text: &str| {
        let job: serde_json::Value = serde_json::from_str(text).unwrap();
        job["status"].as_str().unwrap().to_owned()
    };
    for expected in [&first, &second, &second] {
        let answer = send(&client, &url, "GET", &path, "").await;
        assert_eq!(status(&answer.1), status(&expected.1));
    }
    let unknown = send(&client, &url, "GET", "/api/voices/", "").await;
    assert_eq!((unknown.0, unknown.1.contains("not recorded")), (404, true));
}

#[tokio::test]
async fn a_recording_goes_on_behind_what_is_there() {
    let client = start().await;
    let folder = Folder::new("going-on");
    let look = async |path: &str| {
        let proxy = Recording::record(&folder.0, &client.emulator.url(), 0).await;
        send(&client, &proxy.unwrap().url(), "GET", path, "").await
    };
    look("/api/voices/").await;
    look("/api/personas/").await;
    std::fs::remove_file(folder.0.join("000001.json")).unwrap();
    look("/api/remaining_credits/").await;
    let texts = folder.texts();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("personas") && texts[1].contains("remaining_credits"));
}

#[tokio::test]
async fn a_client_behind_a_recording_learns_how_long_to_hold_back() {
    let client = start().await;
    let folder = Folder::new("hold-back");
    let proxy = Recording::record(&folder.0, &client.emulator.url(), 0).await;
    let proxy = proxy.unwrap();
    let retry_after = Some(RetryAfter::Seconds(30));
    let limited = Fault::RateLimited { retry_after }.on(FaultTarget::NextRead);
    client.emulator.inject(limited);
    let url = format!("{}/api/voices/", proxy.url());
    let answer = http().get(url).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "30");
}

/// Requests that wait for the work they pay for are answered after minutes.
#[tokio::test(start_paused = true)]
async fn a_recording_waits_as_long_as_its_client() {
    // Time passes in small steps, so that a connection between two tasks costs next to none of it.
    let clock = tokio::spawn(async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    let slow = axum::Router::new().fallback(|| async {
        tokio::time::sleep(Duration::from_secs(120)).await;
        "at last"
    });
    let server = tokio::spawn(async move { axum::serve(listener, slow).await.unwrap() });
    let folder = Folder::new("patient");
    let proxy = Recording::record(&folder.0, &upstream, 0).await.unwrap();
    let answer = http().get(proxy.url()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text().await.unwrap(), "at last");
    server.abort();
    clock.abort();
}

#[tokio::test]
async fn only_https_and_loopback_are_recorded_and_a_folder_must_be_one() {
    let folder = Folder::new("nothing");
    let plain = Recording::record(&folder.0, "http://api.example", 0).await;
    assert!(matches!(plain, Err(RecordingError::Address(_))));
    let missing = Recording::replay(folder.0.join("missing"), 0).await;
    assert!(matches!(missing, Err(RecordingError::Folder { .. })));
    std::fs::write(folder.0.join("000001.json"), "{}").unwrap();
    let strange = Recording::replay(&folder.0, 0).await;
    assert!(matches!(strange, Err(RecordingError::File { .. })));
}
