//! What came of a paid POST: the four outcomes, each sent exactly once.

use std::time::Duration;

use creatify::emulator::{Fault, seed};
use creatify::{
    Approved, Budget, Client, CustomTemplateRequest, ErrorKind, Job, Outcome, QuotedCall,
};
use tokio::net::TcpListener;

use crate::raw_server::{RawServer, Reply};
use crate::{credits, posts, seconds, world};

fn approved(client: &Client, budget: &Budget) -> Approved<QuotedCall<Job>> {
    client
        .custom_template()
        .generate(CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS))
        .length(seconds("30"))
        .quote()
        .expect("the length was given")
        .approve(budget)
        .expect("the budget covers it")
}

/// The outcome's name, and the kind of its error.
fn named(outcome: &Outcome<Job>) -> (&'static str, Option<ErrorKind>) {
    match outcome {
        Outcome::NotSent(error) => ("not sent", Some(error.kind())),
        Outcome::Rejected(error) => ("rejected", Some(error.kind())),
        Outcome::Accepted(_) => ("accepted", None),
        Outcome::Unknown(error) => ("unknown", Some(error.kind())),
    }
}

#[tokio::test]
async fn each_answer_has_one_outcome_and_one_request() {
    use ErrorKind::{Credentials, OutOfCredits, OutcomeUnknown, RateLimited, Rejected};
    let detail = r#"{"detail": "no"}"#;
    let job = r#"{"id": "0c0ffee0-0000-4000-8000-000000000001", "status": "pending"}"#;
    let html = "<html>502</html>";
    let redirect =
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: /elsewhere/\r\ncontent-length: 0\r\n\r\n";
    let half_body = "HTTP/1.1 201 Created\r\ncontent-length: 400\r\n\r\n{\"id\": \"job-1\"";
    let table: Vec<(&str, Reply, &str, Option<ErrorKind>, &str)> = vec![
        (
            "400",
            Reply::json("400 Bad Request", r#"{"name": ["too long"]}"#),
            "rejected",
            Some(Rejected),
            "0",
        ),
        (
            "401",
            Reply::json("401 Unauthorized", detail),
            "rejected",
            Some(Credentials),
            "0",
        ),
        (
            "402",
            Reply::json("402 Payment Required", detail),
            "rejected",
            Some(OutOfCredits),
            "0",
        ),
        (
            "404",
            Reply::json("404 Not Found", detail),
            "rejected",
            Some(Rejected),
            "0",
        ),
        (
            "429",
            Reply::json("429 Too Many Requests", detail),
            "rejected",
            Some(RateLimited),
            "0",
        ),
        (
            "409",
            Reply::json("409 Conflict", detail),
            "unknown",
            Some(OutcomeUnknown),
            "5",
        ),
        (
            "500",
            Reply::json("500 Internal Server Error", detail),
            "unknown",
            Some(OutcomeUnknown),
            "5",
        ),
        (
            "502 HTML",
            Reply::http("502 Bad Gateway", "text/html", html),
            "unknown",
            Some(OutcomeUnknown),
            "5",
        ),
        (
            "200 HTML",
            Reply::http("200 OK", "text/html", html),
            "unknown",
            Some(OutcomeUnknown),
            "5",
        ),
        (
            "201 without id",
            Reply::json("201 Created", r#"{"status": "pending"}"#),
            "unknown",
            Some(OutcomeUnknown),
            "5",
        ),
        (
            "201 with an id that is no UUID",
            Reply::json("201 Created", r#"{"id": "job-17", "status": "pending"}"#),
            "unknown",
            Some(OutcomeUnknown),
            "5",
        ),
        (
            "201 cut",
            Reply::Bytes(half_body.to_owned()),
            "unknown",
            Some(OutcomeUnknown),
            "5",
        ),
        (
            "307",
            Reply::Bytes(redirect.to_owned()),
            "unknown",
            Some(OutcomeUnknown),
            "5",
        ),
        ("closed", Reply::Close, "unknown", Some(OutcomeUnknown), "5"),
        ("reset", Reply::Reset, "unknown", Some(OutcomeUnknown), "5"),
        (
            "garbage",
            Reply::Bytes("what?\r\n\r\n".to_owned()),
            "unknown",
            Some(OutcomeUnknown),
            "5",
        ),
        (
            "201",
            Reply::json("201 Created", job),
            "accepted",
            None,
            "5",
        ),
        (
            "200 for 201",
            Reply::json("200 OK", job),
            "accepted",
            None,
            "5",
        ),
        (
            "odd fields",
            Reply::json(
                "201 Created",
                r#"{"id": "0c0ffee0-0000-4000-8000-000000000001", "status": 7, "variables": 3}"#,
            ),
            "accepted",
            None,
            "5",
        ),
    ];
    for (case, reply, outcome, kind, reserved) in table {
        let server = RawServer::start(vec![reply]).await;
        let budget = Budget::new(credits("20"));
        let came = approved(&server.client(), &budget).send_outcome().await;
        assert_eq!(named(&came), (outcome, kind), "{case}: {came:?}");
        assert_eq!(server.requests(), 1, "{case}: sent exactly once");
        assert_eq!(budget.reserved(), credits(reserved), "{case}: reservation");
    }
}

#[tokio::test]
async fn a_redirect_says_that_the_address_is_probably_wrong() {
    for code in [
        "301 Moved Permanently",
        "302 Found",
        "307 Temporary Redirect",
    ] {
        let head = format!("HTTP/1.1 {code}\r\nlocation: /elsewhere/\r\ncontent-length: 0\r\n\r\n");
        let server = RawServer::start(vec![Reply::Bytes(head)]).await;
        let budget = Budget::new(credits("20"));
        let error = approved(&server.client(), &budget).send().await;
        let error = error.expect_err("a redirect is no answer");
        assert!(error.is_outcome_unknown(), "{error:?}");
        let next = error.next_step().unwrap_or_default();
        assert!(next.contains("the address is probably wrong"), "{next}");
        assert_eq!(server.requests(), 1, "{code}: it is not followed");
    }
}

#[tokio::test]
async fn a_refused_connection_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    drop(listener);
    let client = Client::builder()
        .credentials(planted::API_ID, planted::API_KEY)
        .base_url(format!("http://{address}"))
        .build()
        .expect("loopback is a good address");
    let budget = Budget::new(credits("20"));
    let came = approved(&client, &budget).send_outcome().await;
    assert_eq!(
        named(&came),
        ("not sent", Some(ErrorKind::NotSent)),
        "{came:?}"
    );
    assert_eq!(budget.reserved(), credits("0"));
}

#[tokio::test]
async fn a_server_that_never_answers_leaves_the_outcome_unknown() {
    let server = RawServer::start(vec![Reply::Hang]).await;
    let client = Client::builder()
        .credentials(planted::API_ID, planted::API_KEY)
        .base_url(&server.url)
        .request_timeout(Duration::from_millis(50))
        .build()
        .expect("loopback is a good address");
    let budget = Budget::new(credits("20"));
    let came = approved(&client, &budget).send_outcome().await;
    assert_eq!(
        named(&came),
        ("unknown", Some(ErrorKind::OutcomeUnknown)),
        "{came:?}"
    );
    assert_eq!(budget.reserved(), credits("5"));
}

#[tokio::test]
async fn a_dropped_send_keeps_its_reservation() {
    let server = RawServer::start(vec![Reply::Hang]).await;
    let budget = Budget::new(credits("20"));
    let client = server.client();
    let sending = tokio::spawn(approved(&client, &budget).send_outcome());
    while server.requests() == 0 {
        tokio::task::yield_now().await;
    }
    sending.abort();
    assert!(sending.await.is_err(), "the send was dropped half-way");
    assert_eq!(budget.reserved(), credits("5"));
}

#[tokio::test]
async fn a_lost_answer_is_one_job_and_one_charge() {
    let (emulator, client, budget) = world().await;
    emulator.inject(Fault::AnswerLost);
    let came = approved(&client, &budget).send_outcome().await;
    assert_eq!(
        named(&came),
        ("unknown", Some(ErrorKind::OutcomeUnknown)),
        "{came:?}"
    );
    assert_eq!(posts(&emulator), 1);
    assert_eq!(
        emulator.balance_millicredits(),
        995_000,
        "the emulator charged once"
    );
}

/// The harness can see a double payment: the rule of the other clients, "an error means try
/// again", pays twice for one video here.
#[tokio::test]
async fn the_naive_rule_pays_twice() {
    let (emulator, client, budget) = world().await;
    emulator.inject(Fault::AnswerLost);
    for _attempt in 0..3 {
        if approved(&client, &budget).send().await.is_ok() {
            break;
        }
    }
    assert_eq!(posts(&emulator), 2);
    assert_eq!(emulator.balance_millicredits(), 990_000);
}
