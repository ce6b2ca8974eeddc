//! How requests travel: headers, lanes, redirects, and the place of a simulation.

use std::sync::{Arc, Mutex};

use creatify_api::{
    ApiError, Config, Credentials, Exec, ExecFuture, Phase, operations,
    types::{LinkRequest, RenderSinglePreviewRequest},
};

use crate::server::{ID, KEY, Reply, Server, with_headers};

fn link() -> LinkRequest {
    LinkRequest::builder().url("https://shop.example").build()
}

#[tokio::test]
async fn each_key_is_sent_once_and_nothing_of_the_generator_is() {
    let server = Server::json(200, r#"{"id":"a"}"#).await;
    server.client().links_create(&link()).await.unwrap();
    let request = server.requests().remove(0).to_lowercase();
    for header in [
        format!("x-api-id: {ID}\r\n"),
        format!("x-api-key: {KEY}\r\n"),
        format!("user-agent: creatify-rs/{}\r\n", env!("CARGO_PKG_VERSION")),
    ] {
        assert_eq!(request.matches(&header).count(), 1, "{header}");
    }
    assert!(!request.contains("api-version"));
    assert!(request.starts_with("post /api/links/ http/1.1\r\n"));
    assert!(
        request.ends_with("\r\n\r\n{\"url\":\"https://shop.example\"}"),
        "{request}"
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_carries_nothing_on() {
    let other = Server::json(200, r#"{"id":"stolen"}"#).await;
    for status in [301, 302, 303, 307, 308] {
        let address = format!("{}/api/links/", other.url);
        let bytes = with_headers(status, &[("location", &address)], "");
        let server = Server::start(Reply::Bytes(bytes)).await;
        let error = ApiError::from(server.client().links_create(&link()).await.unwrap_err());
        assert_eq!(
            (error.phase(), error.status()),
            (Phase::Answered, Some(status))
        );
        let error = ApiError::from(server.client().links_retrieve("a").await.unwrap_err());
        assert_eq!(error.status(), Some(status));
        assert_eq!(server.requests().len(), 2, "each call is one request");
    }
    assert!(
        other.requests().is_empty(),
        "the keys reached another server"
    );
}

#[tokio::test]
async fn a_paid_request_has_a_connection_of_its_own_and_reads_share_one() {
    let server = Server::json(200, r#"{"id":"a"}"#).await;
    let client = server.client();
    for _ in 0..3 {
        client.links_retrieve("a").await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    for _ in 0..3 {
        client.links_create(&link()).await.unwrap();
    }
    assert_eq!(server.connections(), 4);
}

#[tokio::test]
async fn an_id_cannot_leave_its_place_in_the_path() {
    let server = Server::json(200, r#"{"id":"a","status":"done"}"#).await;
    let client = server.client();
    let body = RenderSinglePreviewRequest::builder().media_job("m").build();
    client
        .link_to_videos_render_single_preview("../../x?y#z", &body)
        .await
        .unwrap();
    let request = server.requests().remove(0);
    let line = request.lines().next().unwrap();
    assert_eq!(
        line,
        "POST /api/link_to_videos/..%2F..%2Fx%3Fy%23z/render_single_preview/ HTTP/1.1"
    );
}

#[tokio::test]
async fn trailing_slashes_of_the_address_do_not_matter() {
    let server = Server::json(200, r#"{"id":"a"}"#).await;
    let client = server
        .config()
        .base_url(&format!("{}//", server.url))
        .build()
        .unwrap();
    client.links_retrieve("a").await.unwrap();
    assert!(server.requests()[0].starts_with("GET /api/links/a/ "));
}

#[test]
fn an_address_that_keys_may_not_be_sent_to_makes_no_client() {
    let build = |url: &str| {
        Config::new(Credentials::new(ID, KEY).unwrap())
            .base_url(url)
            .build()
    };
    for bad in [
        "http://api.creatify.ai",
        "https://u:p@api.creatify.ai",
        "https://a.b/?x=1",
        "x",
    ] {
        assert!(build(bad).is_err(), "{bad}");
    }
    for good in [
        "https://api.creatify.ai/",
        "http://localhost:1",
        "http://[::1]:1",
    ] {
        assert!(build(good).is_ok(), "{good}");
    }
}

#[derive(Default)]
struct Recorder {
    seen: Mutex<Vec<String>>,
}

impl Exec for Recorder {
    fn exec(&self, request: reqwest::Request) -> ExecFuture<'_> {
        let line = format!("{} {}", request.method(), request.url().path());
        self.seen.lock().unwrap().push(line);
        let key = request.headers().get("x-api-key").cloned();
        Box::pin(async move {
            assert!(key.is_some_and(|key| key.is_sensitive()));
            let answer = http::Response::new(r#"{"id":"simulated","status":"done"}"#);
            Ok(reqwest::Response::from(answer))
        })
    }
}

#[tokio::test]
async fn a_simulation_takes_the_place_of_the_network() {
    let recorder = Arc::new(Recorder::default());
    let client = Config::new(Credentials::new(ID, KEY).unwrap())
        .exec(recorder.clone())
        .build()
        .unwrap();
    let job = client.lipsyncs_v2_retrieve("a").await.unwrap();
    assert_eq!(job.id.as_str(), "simulated");
    assert_eq!(*recorder.seen.lock().unwrap(), ["GET /api/lipsyncs_v2/a/"]);
}

#[test]
fn the_table_of_operations_tells_which_ones_block() {
    let preview = operations::find("custom_template_jobs_preview").unwrap();
    assert!(preview.is_blocking());
    assert_eq!(preview.method().as_str(), "POST");
    assert_eq!(preview.path(), "/api/custom_template_jobs/preview/");
    assert!(
        !operations::find("custom_template_jobs_preview_async")
            .unwrap()
            .is_blocking()
    );
}

/// The future of a call can be spawned, and a client shared.
#[test]
fn clients_and_their_calls_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    fn is_shared<T: Send + Sync + Clone>(_: &T) {}
    let client = Config::new(Credentials::new(ID, KEY).unwrap())
        .build()
        .unwrap();
    is_shared(&client);
    is_send(&client.remaining_credits_retrieve());
}
