//! Fragments and schemas name pages that exist, and operations hang together.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::folder::{self, members, strings, yaml_files};
use crate::saved_page::SavedPage;
use crate::table::PAGES;

/// Operations of the document.
const OPERATIONS: [&str; 19] = [
    "custom_template_jobs_create",
    "custom_template_jobs_preview",
    "custom_template_jobs_preview_async",
    "custom_template_jobs_render",
    "custom_template_jobs_retrieve",
    "custom_templates_list",
    "link_to_videos_list",
    "link_to_videos_preview_list_async",
    "link_to_videos_render",
    "link_to_videos_render_single_preview",
    "link_to_videos_retrieve",
    "links_create",
    "links_retrieve",
    "lipsyncs_v2_create",
    "lipsyncs_v2_list",
    "lipsyncs_v2_retrieve",
    "personas_list",
    "remaining_credits_retrieve",
    "voices_list",
];

fn pages() -> Vec<Value> {
    folder::rows("openapi/pages.toml", "page")
}

/// The ids of all known pages.
pub(crate) fn page_ids() -> BTreeSet<String> {
    pages()
        .iter()
        .filter_map(|page| page["id"].as_str())
        .map(str::to_owned)
        .collect()
}

/// A source names a known page; one that is not at hand says so, with its grade.
fn check_source(source: &Value, place: &str) {
    let page = source["page"]
        .as_str()
        .unwrap_or_else(|| panic!("{place}: a source has a page"));
    let known = pages().into_iter().find(|known| known["id"] == page);
    let known = known.unwrap_or_else(|| panic!("{place}: {page} is not in pages.toml"));
    assert!(source["read_on"].is_string(), "{place}: a source has a day");
    let at_hand = known["digest"].is_string();
    assert_eq!(
        at_hand,
        source["via"].is_null(),
        "{place}: {page} is at hand, or `via: facts`"
    );
    let grades = ["official", "third-party", "observed", "guess"];
    let graded = source["grade"]
        .as_str()
        .is_some_and(|grade| grades.contains(&grade));
    assert!(at_hand || graded, "{place}: the grade of {page}");
}

#[test]
fn digests_stand_on_the_pages_at_hand_only_and_are_theirs() {
    for page in pages() {
        let id = page["id"].as_str().expect("a page has an id");
        assert_eq!(
            PAGES.contains(&id),
            page["digest"].is_string(),
            "digest of {id}"
        );
        assert_eq!(PAGES.contains(&id), page["via"].is_null(), "via of {id}");
        assert!(
            page["url"]
                .as_str()
                .is_some_and(|url| url.starts_with("https://")),
            "url of {id}"
        );
        if let Some(copy) = page["digest"]
            .is_string()
            .then(|| SavedPage::of(id))
            .flatten()
        {
            assert_eq!(page["digest"], Value::from(copy.digest()), "digest of {id}");
        }
    }
    assert_eq!(page_ids().len(), pages().len(), "a page stands twice");
}

#[test]
fn every_fragment_names_its_page() {
    let fragments = yaml_files("openapi/operations");
    let names: Vec<&str> = fragments.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, OPERATIONS);
    for (name, fragment) in &fragments {
        check_source(&fragment["source"], name);
        assert_eq!(fragment["operation"]["operationId"], name.as_str());
        members(fragment, "x-source")
            .into_iter()
            .for_each(|source| check_source(source, name));
    }
}

#[test]
fn every_schema_names_its_page() {
    for (family, file) in yaml_files("openapi/schemas") {
        for (name, schema) in file["schemas"].as_object().expect("a family has schemas") {
            check_source(&schema["x-source"], &format!("{family}: {name}"));
        }
        members(&file, "x-source")
            .into_iter()
            .for_each(|source| check_source(source, &family));
    }
}

#[test]
fn fragments_hold_no_words_of_ours() {
    for folder in ["openapi/operations", "openapi/schemas"] {
        for (name, file) in yaml_files(folder) {
            let mut words = members(&file, "summary");
            words.extend(members(&file, "description"));
            // A property may be named like a key of the format; its value is an object then.
            let said = words
                .into_iter()
                .filter_map(Value::as_str)
                .find(|text| !text.is_empty());
            assert_eq!(said, None, "{folder}/{name}");
        }
    }
}

#[test]
fn everything_in_the_document_is_described() {
    let document = folder::document();
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .expect("there are schemas")
    {
        assert!(
            schema["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{name}"
        );
    }
    for (_, operation) in operations(&document) {
        for key in ["summary", "description"] {
            let text = operation[key].as_str();
            assert!(
                text.is_some_and(|text| !text.is_empty()),
                "{key} of {}",
                operation["operationId"]
            );
        }
    }
    let responses = operations(&document)
        .into_iter()
        .flat_map(|(_, operation)| members(operation, "responses"));
    for answer in responses.flat_map(|answers| answers.as_object().into_iter().flatten()) {
        let (status, answer) = answer;
        assert!(
            answer["$ref"].is_string() || answer["description"] != "",
            "{status}: {answer}"
        );
    }
}

#[test]
fn operations_say_what_they_cost_and_whether_they_block() {
    let document = folder::document();
    for (method, operation) in operations(&document) {
        let id = &operation["operationId"];
        assert!(operation["x-blocking"].is_boolean(), "x-blocking of {id}");
        assert_eq!(
            method == "get",
            operation["x-read-only"] == true,
            "x-read-only of {id}"
        );
        assert_eq!(
            method == "post",
            operation["x-operation"].is_string(),
            "x-operation of {id}"
        );
        let priced = operation["x-credits"]
            .as_array()
            .is_some_and(|rows| !rows.is_empty());
        assert_eq!(method == "post", priced, "x-credits of {id}");
    }
}

#[test]
fn each_job_can_be_polled_and_its_end_can_be_seen() {
    let document = folder::document();
    let all = operations(&document);
    let known = strings(&document["components"]["schemas"]["JobStatus"]["enum"]);
    for (_, operation) in all
        .iter()
        .filter(|(_, operation)| operation["x-job"].is_object())
    {
        let (id, job) = (&operation["operationId"], &operation["x-job"]);
        let poll = all
            .iter()
            .find(|(_, other)| other["operationId"] == job["poll"]);
        let (_, poll) = poll.unwrap_or_else(|| panic!("{id} is polled by nothing"));
        let schema = &poll["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
        let pointer = schema
            .as_str()
            .expect("an answer is a reference")
            .trim_start_matches('#');
        let answer = document
            .pointer(pointer)
            .expect("a reference points somewhere");
        let field = job["finished"]["field"]
            .as_str()
            .expect("a job ends with a field");
        assert!(
            answer["properties"][field].is_object(),
            "{id}: {pointer} has no {field}"
        );
        let statuses = strings(&job["statuses"]);
        assert!(
            statuses.iter().all(|status| known.contains(status)),
            "statuses of {id}"
        );
        let finished = job["finished"]["status"]
            .as_str()
            .expect("a job ends with a status");
        assert!(
            finished == "any" || statuses.contains(&finished),
            "finished status of {id}"
        );
        assert_eq!(
            strings(&job["failed"]),
            ["failed", "rejected"],
            "failed statuses of {id}"
        );
    }
}

/// Method and operation, for each operation of the document.
fn operations(document: &Value) -> Vec<(&str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let methods = paths.flat_map(|(_, methods)| methods.as_object().into_iter().flatten());
    methods
        .map(|(method, operation)| (method.as_str(), operation))
        .collect()
}
