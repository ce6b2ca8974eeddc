//! Planted keys are looked for in everything the client can print.

use std::{error::Error as _, time::Duration};

use creatify_api::{ApiError, Client, Config, Credentials, types};
use serde_json::json;

use crate::server::{ID, KEY, Reply, Server, answer};

fn everything(client: &Client, error: &ApiError) -> String {
    let mut text = format!("{client:?} {client:#?} {error} {error:?} {error:#?}");
    text.push_str(&format!("{:?} {:?}", error.body(), error.body_text()));
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(" {inner} {inner:?}"));
        cause = inner.source();
    }
    text
}

#[tokio::test]
async fn keys_show_in_no_error_and_no_debug_output() {
    // A server that repeats what it was sent, the keys included.
    let echo = json!({ "detail": format!("bad key {KEY} of {ID}") }).to_string();
    let servers = [
        Server::json(401, &echo).await,
        Server::start(Reply::Bytes(answer(502, "text/html", &echo))).await,
        Server::start(Reply::Close(Vec::new())).await,
        Server::start(Reply::Close(b"garbage\r\n\r\n".to_vec())).await,
        Server::start(Reply::Hang).await,
    ];
    for server in &servers {
        let config = server.config().request_timeout(Duration::from_millis(200));
        let settings = format!("{config:?} {config:#?}");
        let client = config.build().unwrap();
        let error = ApiError::from(
            client
                .lipsyncs_v2_list(Some("secret-id"))
                .await
                .unwrap_err(),
        );
        let text = settings + &everything(&client, &error);
        planted::refuse("what an error prints", &text);
        for secret in ["secret-id", "ids="] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(server.requests()[0].contains(KEY), "the key was sent");
    }
}

#[tokio::test]
async fn the_generators_own_error_shows_no_key_either() {
    let echo = json!({ "detail": format!("bad key {KEY} of {ID}") }).to_string();
    let server = Server::json(401, &echo).await;
    let error = server.client().voices_list().await.unwrap_err();
    let text = format!("{error:?} {error}");
    planted::refuse("what the generator's error prints", text);
}

#[tokio::test]
async fn a_call_back_address_shows_in_no_error_that_repeats_it() {
    let path = "/w/k1/01JD0000000000000000000000.1/AAAAAAAAAAAAAAAAAAAAAA";
    let url = format!("https://hooks.example{path}");
    let echo = json!({ "webhook_url": [format!("cannot reach {url}")] }).to_string();
    for status in [400, 500] {
        let server = Server::json(status, &echo).await;
        let client = server.client();
        let body = json!({ "template_id": ID, "variables": {}, "webhook_url": url });
        let body: types::CustomTemplateJobRequest = serde_json::from_value(body).unwrap();
        let error = client.custom_template_jobs_create(&body).await.unwrap_err();
        let error = ApiError::from(error);
        let text = everything(&client, &error);
        assert!(
            text.contains("cannot reach https://hooks.example"),
            "{text}"
        );
        planted::refuse("what an error prints", text);
        assert!(server.requests()[0].contains(path), "it was sent");
    }
}

#[test]
fn an_address_with_a_password_is_refused_without_being_repeated() {
    let error = Config::new(Credentials::new(ID, KEY).unwrap())
        .base_url("https://user:hunter2@api.creatify.ai/?token=hunter3")
        .build()
        .unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("hunter"),
        "{error:?}"
    );
}
