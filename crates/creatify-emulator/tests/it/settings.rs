//! What can be set where the pages leave it open, and time that passes by itself.

use std::time::Duration;

use creatify_emulator::{Emulator, Fault, Scenario};
use serde_json::json;

use crate::support::{avatar, id, start, start_with, template_of_30};

const AVATARS: &str = "/api/lipsyncs_v2/";
const TEMPLATES: &str = "/api/custom_template_jobs/";

#[tokio::test]
async fn credits_used_is_of_the_last_call_or_of_the_job() {
    for (summed, expected) in [(false, 4), (true, 5)] {
        let client = start_with(Emulator::builder().summed_credits_used(summed)).await;
        let path = format!("{TEMPLATES}preview/");
        let job = client.accept(&path, &template_of_30()).await;
        let path = format!("{TEMPLATES}{}/", id(&job));
        client
            .accept(&format!("{path}render/"), &template_of_30())
            .await;
        client.finish().await;
        assert_eq!(client.read(&path).await["credits_used"], expected);
        assert_eq!(client.balance().await, 995);
    }
}

#[tokio::test]
async fn a_failed_job_keeps_its_credits_where_refunds_are_off() {
    for (refunds, balance, used) in [(true, 1_000, 0), (false, 995, 5)] {
        let client = start_with(Emulator::builder().refunds(refunds)).await;
        let reason = "no face".to_owned();
        client.emulator.inject(Fault::JobFails { reason });
        let job = client.accept(AVATARS, &avatar(5.0, "standard")).await;
        client.finish().await;
        let job = client.read(&format!("{AVATARS}{}/", id(&job))).await;
        assert_eq!(
            (&job["status"], &job["credits_used"]),
            (&json!("failed"), &json!(used))
        );
        assert_eq!(client.balance().await, balance);
    }
}

#[tokio::test]
async fn unlimited_credits_are_never_used_up() {
    let builder = Emulator::builder().credits("1").unlimited_credits();
    let client = start_with(builder).await;
    for _ in 0..3 {
        client.accept(AVATARS, &avatar(5.0, "standard")).await;
    }
    assert_eq!(client.balance().await, 1);
}

#[tokio::test]
async fn statuses_are_skipped_where_that_is_set() {
    let client = start_with(Emulator::builder().skipping_statuses(true)).await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let job = client.accept(AVATARS, &avatar(5.0, "standard")).await;
        let path = format!("{AVATARS}{}/", id(&job));
        let statuses = client.statuses(&path).await;
        assert_eq!(statuses.last().unwrap(), "done");
        assert_eq!(client.read(&path).await["credits_used"], 5);
        seen.insert(statuses);
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[tokio::test]
async fn a_script_names_the_day_whose_prices_are_charged() {
    for (day, spent) in [("2026-04-15", 20_000), ("2026-11-20", 11_000)] {
        let text = format!("title = \"a day\"\n[start]\nstart_at = \"{day}T12:00:00Z\"\n");
        let script = Scenario::from_toml(&text).unwrap();
        let client = start_with(Emulator::builder().scenario(&script)).await;
        client.accept(AVATARS, &avatar(10.4, "aurora_v1")).await;
        let balance = client.emulator.balance_millicredits();
        assert_eq!(1_000_000 - balance, spent, "{day}");
    }
}

#[tokio::test]
async fn the_clock_moves_to_the_first_waiter_once_all_sleep() {
    let client = start().await;
    let job = client.accept(AVATARS, &avatar(5.0, "standard")).await;
    let path = format!("{AVATARS}{}/", id(&job));
    let begun = client.emulator.now();
    let poll = async |every: u64| {
        let waiter = client.emulator.waiter();
        let mut polls = 0;
        while client.read(&path).await["status"] != "done" {
            polls += 1;
            waiter.sleep(Duration::from_secs(every)).await;
        }
        (
            polls,
            client
                .emulator
                .now()
                .duration_since(begun)
                .unwrap()
                .as_secs(),
        )
    };
    // All are waiters before the first of them sleeps.
    let others = client.emulator.waiter();
    let (slow, fast, ()) = tokio::join!(poll(40), poll(7), async {
        tokio::task::yield_now().await;
        drop(others);
    });
    assert_eq!(slow, (2, 80), "time never passed the slow poller by");
    assert!(fast.0 >= 7, "{fast:?}");
    assert!(fast.1 < slow.1);
}

#[tokio::test]
async fn a_script_is_played_over_the_admin_route_and_a_wrong_one_is_named() {
    let client = start().await;
    let post = async |text: &str| {
        let request = client.http.post(client.url("/_emulator/scenario"));
        let answer = request.body(text.to_owned()).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let script = "title = \"two refusals\"\n[[fault]]\nkind = \"html\"\ntimes = 2\n";
    let (status, body) = post(script).await;
    assert_eq!((status, body.contains("html")), (201, true), "{body}");
    let order = client
        .request("POST", AVATARS)
        .json(&avatar(5.0, "standard"));
    assert_eq!(order.send().await.unwrap().status(), 502);
    let (status, body) = post("title = \"x\"\n[[fault]]\nkind = \"gremlins\"\n").await;
    assert_eq!((status, body.contains("gremlins")), (400, true), "{body}");
}
