//! Lists, reads and balances that do not tell the whole truth.

use serde_json::json;

use super::{AVATARS, order};
use crate::support::{Client, id};

pub(super) async fn a_new_job_is_listed_later_than_it_can_be_read(client: Client) {
    let job = client.accept(AVATARS, &order()).await;
    let path = format!("{AVATARS}{}/", id(&job));
    assert_eq!(client.get(&path).await.0, 200);
    client.pass(299).await;
    assert_eq!(client.read(AVATARS).await, json!([]));
    client.pass(1).await;
    assert_eq!(client.read(AVATARS).await[0]["id"], job["id"]);
}

pub(super) async fn lists_end_early(client: Client) {
    let oldest = client.accept(AVATARS, &order()).await;
    client.accept(AVATARS, &order()).await;
    client.accept(AVATARS, &order()).await;
    let listed = client.read(AVATARS).await;
    let ids: Vec<_> = listed.as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids.len(), 2);
    assert!(!ids.contains(&id(&oldest)));
}

pub(super) async fn lists_fail_for_an_hour_and_reads_do_not(client: Client) {
    let job = client.accept(AVATARS, &order()).await;
    let list = async || {
        let answer = client.request("GET", AVATARS).send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(list().await, 500);
    assert_eq!(client.get(&format!("{AVATARS}{}/", id(&job))).await.0, 200);
    client.pass(3_599).await;
    assert_eq!(list().await, 500);
    client.pass(1).await;
    assert_eq!(list().await, 200);
}

pub(super) async fn names_and_addresses_come_back_changed(client: Client) {
    let mut body = order();
    body["name"] = json!("  summer   sale, shoe 17 ");
    body["webhook_url"] = json!("https://Hooks.example/w/?token=abc");
    let job = client.accept(AVATARS, &body).await;
    assert_eq!(job["name"], "summer sale,");
    assert_eq!(job["webhook_url"], "https://hooks.example/w");
    let plain = client.accept(AVATARS, &body).await;
    assert_eq!(
        plain["name"], body["name"],
        "once, unless it is told otherwise"
    );
}

pub(super) async fn the_balance_moves_without_a_job(client: Client) {
    assert_eq!(client.balance().await, 997);
    assert_eq!(client.balance().await, 997);
    client.pass(60).await;
    assert_eq!(client.balance().await, 999);
    assert_eq!(client.jobs().await, 0);
}

pub(super) async fn a_read_goes_backwards_once(client: Client) {
    let job = client.accept(AVATARS, &order()).await;
    let path = format!("{AVATARS}{}/", id(&job));
    client.pass(6).await;
    assert_eq!(client.read(&path).await["status"], "running");
    client.finish().await;
    client.pass(10).await;
    let stale = client.read(&path).await;
    assert!(stale["status"] != "done", "{stale}");
    assert_eq!(stale["output"], json!(null));
    let fresh = client.read(&path).await;
    assert_eq!(fresh["status"], "done");
    assert!(stale["updated_at"].as_str() < fresh["updated_at"].as_str());
}

pub(super) async fn an_accepted_job_is_not_found_for_two_minutes(client: Client) {
    let job = client.accept(AVATARS, &order()).await;
    let path = format!("{AVATARS}{}/", id(&job));
    assert_eq!(client.get(&path).await.0, 404);
    assert_eq!(client.read(AVATARS).await, json!([]));
    client.pass(119).await;
    assert_eq!(client.get(&path).await.0, 404);
    client.pass(1).await;
    assert_eq!(client.get(&path).await.0, 200);
}
