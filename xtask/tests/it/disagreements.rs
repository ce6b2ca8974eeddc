//! The recorded disagreements between pages are complete and name known pages.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::folder;
use crate::fragments::page_ids;

/// Matters on which the five pages differ, or differ from others; each must be recorded.
const KNOWN: [&str; 9] = [
    "aurora-price",
    "credits-used-type",
    "preview-list-count",
    "progress-type",
    "render-body",
    "status-type",
    "webhook-output-key",
    "webhook-preview-fields",
    "webhook-rejected",
];

fn entries() -> Vec<Value> {
    folder::rows("openapi/disagreements.toml", "disagreement")
}

#[test]
fn each_says_who_differs_what_is_taken_and_why() {
    let pages = page_ids();
    for entry in entries() {
        for key in ["id", "matter", "taken", "why"] {
            assert!(
                entry[key].as_str().is_some_and(|text| !text.is_empty()),
                "{key} of {entry}"
            );
        }
        let sides = entry["side"].as_array().expect("a disagreement has sides");
        for side in sides {
            let page = side["page"].as_str().expect("a side has a page");
            assert!(pages.contains(page), "{page} is not in pages.toml");
            assert!(
                side["value"].as_str().is_some_and(|text| !text.is_empty()),
                "value of {entry}"
            );
        }
    }
}

#[test]
fn the_known_ones_are_recorded_once() {
    let entries = entries();
    let ids: BTreeSet<&str> = entries
        .iter()
        .filter_map(|entry| entry["id"].as_str())
        .collect();
    assert_eq!(ids.len(), entries.len(), "an id stands twice");
    for known in KNOWN {
        assert!(ids.contains(known), "{known} is not recorded");
    }
}

#[test]
fn they_reach_the_document() {
    let document = folder::document();
    let carried: BTreeSet<&str> = document["x-disagreements"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| entry["id"].as_str())
        .collect();
    for entry in entries() {
        let id = entry["id"].as_str().expect("a disagreement has an id");
        assert!(carried.contains(id), "{id} is not under x-disagreements");
    }
}
