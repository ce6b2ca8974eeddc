//! Lists, links, the catalogue, the balance and the emulator's own routes.

use serde_json::{Value, json};

use crate::support::{STYLES, avatar, id, previews, start};
use creatify_emulator::seed;

#[tokio::test]
async fn the_catalogue_holds_what_the_seed_names() {
    let client = start().await;
    let ids = |list: Value, key: &str| -> Vec<String> {
        let list = list.as_array().unwrap().clone();
        list.iter()
            .map(|one| one[key].as_str().unwrap().to_owned())
            .collect()
    };
    let personas = ids(client.read("/api/personas/").await, "id");
    assert_eq!(
        personas,
        [seed::PERSONA_ADA, seed::PERSONA_BEN, seed::PERSONA_CLEO]
    );
    let templates = ids(client.read("/api/custom_templates/").await, "template_id");
    assert!(templates.contains(&seed::TEMPLATE_30_SECONDS.to_owned()));
    let voices = client.read("/api/voices/").await;
    assert_eq!(voices[1]["accents"][1]["id"], seed::VOICE_BRIGHT_BRITISH);
}

#[tokio::test]
async fn a_link_has_an_outer_id_that_reads_it_back() {
    let client = start().await;
    let body = json!({"url": "https://shop.example/shoe"});
    let link = client.accept("/api/links/", &body).await;
    assert_ne!(link["id"], link["link"]["id"]);
    let read = client.read(&format!("/api/links/{}/", id(&link))).await;
    assert_eq!(read, link);
    let inner = link["link"]["id"].as_str().unwrap();
    let (status, body) = client.get(&format!("/api/links/{inner}/")).await;
    assert_eq!((status, body.get("detail").is_some()), (404, true));
}

#[tokio::test]
async fn lists_show_the_newest_first_and_filter_by_ids() {
    let client = start().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(id(&client
            .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
            .await));
    }
    let link = client.link().await;
    let list = "/api/link_to_videos/preview_list_async/";
    let other = id(&client.accept(list, &previews(&link, &STYLES[..1])).await);

    let listed = |body: Value| -> Vec<String> { body.as_array().unwrap().iter().map(id).collect() };
    let all = listed(client.read("/api/lipsyncs_v2/").await);
    assert_eq!(all, [ids[2].clone(), ids[1].clone(), ids[0].clone()]);
    let some = format!("/api/lipsyncs_v2/?ids={},{},{other}", ids[0], ids[2]);
    assert_eq!(
        listed(client.read(&some).await),
        [ids[2].clone(), ids[0].clone()]
    );
    assert_eq!(listed(client.read("/api/link_to_videos/").await), [other]);
}

#[tokio::test]
async fn ids_that_are_none_or_too_many_are_refused() {
    let client = start().await;
    let one = seed::PERSONA_ADA;
    let many = |count: usize| format!("/api/lipsyncs_v2/?ids={}", vec![one; count].join(","));
    assert_eq!(client.get(&many(100)).await.0, 200);
    for bad in [
        many(101),
        "/api/lipsyncs_v2/?ids=x".to_owned(),
        "/api/link_to_videos/?ids=".to_owned(),
    ] {
        let (status, body) = client.get(&bad).await;
        assert_eq!(status, 400, "{bad}");
        assert!(body["ids"].is_array(), "{body}");
    }
}

#[tokio::test]
async fn files_that_were_never_made_are_not_found() {
    let client = start().await;
    for name in [
        "x",
        "x.mp4",
        "a7000000-0000-4000-8000-00000000ffff.mp4",
        "%ff.png",
    ] {
        let url = client.url(&format!("/_emulator/files/{name}"));
        let status = client.http.get(url).send().await.unwrap().status();
        assert!(status == 404 || status == 400, "{name}: {status}");
    }
}

#[tokio::test]
async fn pictures_of_the_catalogue_are_there() {
    let client = start().await;
    let personas = client.read("/api/personas/").await;
    let url = personas[0]["preview_image_9_16"].as_str().unwrap();
    assert_eq!(client.http.get(url).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_state_shows_jobs_and_balance_without_keys() {
    let client = start().await;
    client
        .accept("/api/lipsyncs_v2/", &avatar(5.0, "standard"))
        .await;
    let url = client.url("/_emulator/state");
    let state: Value = client
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(state["remaining_credits"], 995);
    assert_eq!(state["jobs"][0]["operation"], "lipsyncs_v2_create");
    assert_eq!(state["requests"], 1);
    assert!(!state.to_string().contains(seed::API_KEY));
}

#[tokio::test]
async fn requests_are_kept_without_their_keys() {
    let client = start().await;
    client.link().await;
    client.get("/api/nothing/").await;
    let requests = client.emulator.requests();
    let first = &requests[0];
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("POST", "/api/links/")
    );
    assert_eq!(
        (first.operation.as_str(), first.status),
        ("links_create", Some(201))
    );
    assert!(first.body.contains("shop.example"));
    assert_eq!(
        (requests[1].operation.as_str(), requests[1].status),
        ("", Some(404))
    );
    assert!(!format!("{requests:?}").contains(client.emulator.api_key()));
}
