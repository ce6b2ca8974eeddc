//! What the client makes of refusals, broken connections and hung servers.

use std::time::Duration;

use creatify_api::{ApiError, Config, Credentials, ErrorBody, Phase, types::LinkRequest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::server::{ID, KEY, Reply, Server, answer, with_headers};

/// Far beyond the limits under test, so that a missing limit fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(10);

async fn failure(server: &Server) -> ApiError {
    let request = LinkRequest::builder().url("https://shop.example").build();
    ApiError::from(server.client().links_create(&request).await.unwrap_err())
}

#[tokio::test]
async fn each_form_of_refusal_is_understood() {
    for (status, body, expected) in [
        (
            400,
            r#"["AI model not found"]"#,
            "the service answered 400: AI model not found",
        ),
        (
            400,
            r#"{"link":["Invalid link ID"]}"#,
            "the service answered 400: link: Invalid link ID",
        ),
        (
            401,
            r#"{"detail":"Authentication credentials were not provided."}"#,
            "the service answered 401: Authentication credentials were not provided.",
        ),
        (404, "", "the service answered 404 without a body"),
    ] {
        let server = Server::json(status, body).await;
        let error = failure(&server).await;
        assert_eq!(error.to_string(), expected);
        assert_eq!(
            (error.phase(), error.status()),
            (Phase::Answered, Some(status))
        );
        assert_eq!(error.body_text().unwrap(), body);
    }
}

#[tokio::test]
async fn an_html_page_keeps_its_status_and_is_not_printed() {
    let page = "<html><h1>502 Bad Gateway</h1></html>";
    let server = Server::start(Reply::Bytes(answer(502, "text/html", page))).await;
    let error = failure(&server).await;
    assert_eq!(error.status(), Some(502));
    assert_eq!(error.body(), Some(&ErrorBody::Text));
    assert_eq!(error.body_text().unwrap(), page);
    assert!(!error.to_string().contains("html"), "{error}");
}

#[tokio::test]
async fn the_wait_that_is_asked_for_is_told() {
    let bytes = with_headers(429, &[("retry-after", "7")], "{}");
    let server = Server::start(Reply::Bytes(bytes)).await;
    assert_eq!(
        failure(&server).await.retry_after(),
        Some(Duration::from_secs(7))
    );
}

#[tokio::test]
async fn a_huge_refusal_is_kept_in_part() {
    let body = format!("[\"{}\"]", "x".repeat(1_000_000));
    let server = Server::json(400, &body).await;
    let error = failure(&server).await;
    assert_eq!(error.status(), Some(400));
    assert_eq!(error.body_text().unwrap().len(), 64 * 1024);
    assert!(error.to_string().len() < 200, "{error}");
}

#[tokio::test]
async fn a_refused_connection_proves_that_nothing_was_sent() {
    // The port was free a moment ago and nobody listens on it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Config::new(Credentials::new(ID, KEY).unwrap())
        .base_url(&url)
        .build()
        .unwrap();
    let error = ApiError::from(client.remaining_credits_retrieve().await.unwrap_err());
    assert_eq!(error.phase(), Phase::NotSent);
    assert!(error.is_connect() && !error.is_timeout());
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_gets_no_key_and_no_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = vec![0; 4_096];
        let length = stream.read(&mut heard).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        heard.truncate(length);
        heard
    });
    let client = Config::new(Credentials::new(ID, KEY).unwrap())
        .base_url(&url)
        .build()
        .unwrap();
    let request = LinkRequest::builder().url("https://shop.example").build();
    let error = ApiError::from(client.links_create(&request).await.unwrap_err());
    assert_eq!(error.phase(), Phase::NotSent, "{error}");
    let heard = String::from_utf8_lossy(&heard.await.unwrap()).into_owned();
    for secret in [ID, KEY, "shop.example", "POST"] {
        assert!(!heard.contains(secret), "`{secret}` left before TLS stood");
    }
}

#[tokio::test]
async fn a_connection_that_closes_proves_nothing() {
    for bytes in [
        b"".to_vec(),
        b"HTTP/1.1 20".to_vec(),
        b"no http\r\n\r\n".to_vec(),
    ] {
        let server = Server::start(Reply::Close(bytes)).await;
        let error = failure(&server).await;
        assert_eq!(error.phase(), Phase::MaybeSent, "{error}");
        assert_eq!(error.status(), None);
        assert_eq!(server.requests().len(), 1, "a paid request is sent once");
    }
}

#[tokio::test]
async fn a_reset_after_the_whole_request_proves_nothing() {
    let server = Server::start(Reply::Reset).await;
    let error = failure(&server).await;
    assert_eq!(error.phase(), Phase::MaybeSent, "{error}");
    assert!(error.to_string().contains("reset"), "{error}");
    let request = server.requests().remove(0);
    assert!(request.ends_with("{\"url\":\"https://shop.example\"}"));
    assert_eq!(server.connections(), 1, "a paid request is sent once");
}

#[tokio::test]
async fn a_hung_server_is_left_at_the_limit_and_proves_nothing() {
    let server = Server::start(Reply::Hang).await;
    let client = server
        .config()
        .request_timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let call = tokio::time::timeout(PATIENCE, client.remaining_credits_retrieve());
    let error = ApiError::from(call.await.expect("the limit is not kept").unwrap_err());
    assert_eq!(error.phase(), Phase::MaybeSent);
    assert!(error.is_timeout() && !error.is_connect());
}

#[tokio::test]
async fn a_blocking_operation_has_a_limit_of_its_own() {
    let server = Server::start(Reply::Hang).await;
    let client = server
        .config()
        .request_timeout(Duration::from_secs(3_600))
        .blocking_timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let body: creatify_api::types::CustomTemplateJobRequest =
        serde_json::from_value(serde_json::json!({"template_id": "t", "variables": {}})).unwrap();
    let call = tokio::time::timeout(PATIENCE, client.custom_template_jobs_preview(&body));
    let error = ApiError::from(call.await.expect("the limit is not kept").unwrap_err());
    assert!(error.is_timeout(), "{error}");
}
