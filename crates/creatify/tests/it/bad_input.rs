//! Bad input is refused before anything is sent, with the name, the limit and the next step.

use creatify::emulator::seed;
use creatify::{
    Budget, Client, CustomTemplateRequest, ErrorKind, LipsyncV2Request, PreviewListRequest,
};
use serde_json::json;

use crate::{credits, posts, seconds, world};

#[tokio::test]
async fn limits_of_the_document_are_checked_before_sending() {
    let (emulator, client, _budget) = world().await;
    let template = || CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS);
    let long_url = format!("https://hooks.example/{}", "x".repeat(179));
    assert_eq!(long_url.len(), 201);
    let table = [
        (template().name("x".repeat(300)), "255"),
        (template().webhook_url(long_url), "200"),
        (template().webhook_url("ftp://hooks.example/"), "http"),
        (template().webhook_url("not an address"), "webhook_url"),
        (template().set("variables", "text"), "variables"),
        (
            CustomTemplateRequest::from_json(json!({})).expect("an object"),
            "template_id",
        ),
    ];
    for (request, named) in table {
        let call = client
            .custom_template()
            .generate(request)
            .length(seconds("30"));
        let error = call.quote().expect_err(named);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{named}: {error:?}");
        assert!(error.to_string().contains(named), "{named}: {error}");
        assert!(error.next_step().is_some());
    }
    assert_eq!(posts(&emulator), 0);
}

#[tokio::test]
async fn a_name_of_255_characters_is_not_counted_in_bytes() {
    let (_emulator, client, budget) = world().await;
    let request = CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS).name("ä".repeat(255));
    let call = client
        .custom_template()
        .generate(request)
        .length(seconds("30"));
    let job = call
        .quote()
        .expect("255 characters")
        .approve(&budget)
        .expect("5 of 100")
        .send();
    assert!(job.await.is_ok());
}

#[tokio::test]
async fn an_unstated_length_is_an_error_and_an_override_is_explicit() {
    let (_emulator, client, budget) = world().await;
    let call = || {
        client
            .lipsync_v2()
            .generate(LipsyncV2Request::new().set("video_inputs", json!([{}])))
    };
    let error = call().quote().expect_err("the length is not stated");
    assert!(error.is_length_unknown(), "{error:?}");
    let capped = call()
        .without_quote(credits("7"))
        .expect("explicitly unquoted");
    assert_eq!(capped.max(), credits("7"));
    assert_eq!(
        capped.approve(&budget).expect("7 of 100 fit").reserved(),
        credits("7")
    );
}

#[tokio::test]
async fn an_unknown_model_has_no_price() {
    let (_emulator, client, _budget) = world().await;
    let request =
        CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS).set("model_version", "aurora_v9");
    let error = client
        .custom_template()
        .generate(request)
        .length(seconds("30"))
        .quote();
    let error = error.expect_err("no price is known");
    assert_eq!(error.kind(), ErrorKind::PriceUnknown, "{error:?}");
    assert!(error.to_string().contains("aurora_v9"), "{error}");
}

#[tokio::test]
async fn over_budget_is_refused_before_sending() {
    let (emulator, client, _budget) = world().await;
    let budget = Budget::new(credits("8.999"));
    let request = PreviewListRequest::new("link", 30).visual_styles(["FullScreenTemplate"; 9]);
    let quoted = client
        .link_to_video()
        .preview_list(request)
        .quote()
        .expect("a price");
    assert_eq!(quoted.max(), credits("9"));
    let error = quoted.approve(&budget).expect_err("9 exceed 8.999");
    assert!(error.is_over_budget(), "{error:?}");
    assert_eq!((posts(&emulator), budget.reserved()), (0, credits("0")));
}

#[test]
fn keys_and_addresses_are_checked_at_construction() {
    let build = |id: &str, key: &str, url: &str| {
        Client::builder()
            .credentials(id, key)
            .base_url(url)
            .build()
            .map(|_| ())
    };
    let good = "https://api.example";
    assert!(build("an-api-id", "an-api-key", good).is_ok());
    for (id, key) in [
        ("", "an-api-key"),
        ("an-api-id", "7-chars"),
        ("an-api-id", "an-api\r\nkey"),
        ("an-api-id", "api-schlüssel"),
    ] {
        let error = build(id, key, good).expect_err("a malformed key");
        assert!(error.is_credentials(), "{error:?}");
    }
    for url in [
        "http://api.example",
        "https://u:p@api.example",
        "https://api.example/?x=1",
        "no",
    ] {
        let error = build("an-api-id", "an-api-key", url).expect_err(url);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{url}: {error:?}");
    }
    let missing = Client::builder().build().expect_err("no keys");
    assert!(missing.is_credentials());
}
