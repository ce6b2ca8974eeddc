//! Planted keys are looked for in everything the client can print.

use std::{error::Error as _, time::Duration};

use creatify_api::{ApiError, Client, Config, Credentials};

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
    let echo = format!(r#"{{"detail":"bad key {KEY} of {ID}"}}"#);
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
        for secret in [ID, KEY, "secret-id", "ids="] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(server.requests()[0].contains(KEY), "the key was sent");
    }
}

#[tokio::test]
async fn the_generators_own_error_shows_no_key_either() {
    let echo = format!(r#"{{"detail":"bad key {KEY} of {ID}"}}"#);
    let server = Server::json(401, &echo).await;
    let error = server.client().voices_list().await.unwrap_err();
    let text = format!("{error:?} {error}");
    assert!(!text.contains(KEY) && !text.contains(ID), "{text}");
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
