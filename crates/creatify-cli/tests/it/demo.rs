//! The demo: four stories that add up, with no key, no network and whatever the environment says.

use serde_json::{Value, json};

use crate::support::{command, creatify};

#[test]
fn three_stories_match_and_one_goes_wrong() {
    let demo = creatify(&["demo", "--json"]).ends_with(0).json();
    let stories = demo["stories"].as_array().expect("a list");
    // The bills: 1 for the link, 9 previews, 4 for the render; 1 and 4; 11 x 0.5; nothing.
    let expected = [
        ("done", json!(14), true),
        ("done", json!(5), true),
        ("done", json!(5.5), true),
        ("failed", json!(0), false),
    ];
    assert_eq!(stories.len(), expected.len());
    for (story, (outcome, bill, matched)) in stories.iter().zip(expected) {
        assert_eq!(story["outcome"], outcome, "{story}");
        assert_eq!(story["bill"], bill, "{story}");
        assert_eq!(story["matched"], matched, "{story}");
        let balance = |key: &str| story[key].as_f64().expect("a number");
        let spent = balance("balance_before") - balance("balance_after");
        assert_eq!(Some(spent), bill.as_f64(), "{story}");
        assert!(
            story["quotes"]
                .as_array()
                .is_some_and(|quotes| !quotes.is_empty())
        );
        let mut keys: Vec<&String> = story.as_object().expect("an object").keys().collect();
        keys.sort();
        let published = [
            "balance_after",
            "balance_before",
            "bill",
            "id",
            "matched",
            "outcome",
            "quotes",
            "statuses",
        ];
        assert_eq!(keys, published);
    }
    assert_eq!(
        stories[3]["statuses"],
        json!(["pending", "in_queue", "running", "failed"])
    );
}

#[test]
fn the_sums_over_several_operations_are_printed() {
    let run = creatify(&["demo"]).ends_with(0);
    for part in [
        "5 to 13 credits, likely 13",
        "45 credits",
        "reserved 5.5 while it ran, 0 now",
    ] {
        assert!(run.stdout.contains(part), "{part:?} in {}", run.stdout);
    }
    assert_eq!(run.stderr, "");
}

#[test]
fn the_environment_changes_nothing() {
    let plain = creatify(&["demo", "--json"]).ends_with(0);
    let mut elsewhere = command(&["demo", "--json"]);
    elsewhere
        .env("CREATIFY_BASE_URL", "https://creatify.invalid")
        .env("CREATIFY_API_ID", "an-id")
        .env("CREATIFY_API_KEY", "a-key")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("http_proxy", "http://127.0.0.1:9")
        .env("ALL_PROXY", "http://127.0.0.1:9");
    let output = elsewhere.output().expect("the command runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let told: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(told, plain.json());
}
