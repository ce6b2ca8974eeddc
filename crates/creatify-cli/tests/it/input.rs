//! Input that is refused before anything is sent: exit 2, with and without keys, JSON or not.

use creatify::emulator::seed;

use crate::support::{World, creatify, write};

/// Asserts exit 2 with `said` in the message, as text and as JSON, and that nothing was sent.
#[track_caller]
fn refused(arguments: &[&str], said: &str) {
    let world = World::new();
    let text = world.run(arguments).ends_with(2);
    assert_eq!(text.stdout, "");
    assert!(text.stderr.starts_with("error: "), "{}", text.stderr);
    assert!(text.stderr.contains(said), "{said:?} in {}", text.stderr);
    let json = world.run(&[arguments, &["--json"]].concat()).ends_with(2);
    let error = json.error();
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| text.contains(said)),
        "{error}"
    );
    assert!(error["kind"].is_string() && error.get("hint").is_some());
    assert!(world.emulator.requests().is_empty());
    assert!(creatify(arguments).ends_with(2).stderr.contains(said));
}

fn template(more: &[&str]) -> Vec<String> {
    let base = [
        "template",
        "create",
        "--template-id",
        seed::TEMPLATE_30_SECONDS,
        "--yes",
    ];
    base.iter()
        .chain(more)
        .map(|&word| word.to_owned())
        .collect()
}

#[track_caller]
fn template_refused(more: &[&str], said: &str) {
    let words = template(more);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    refused(&words, said);
}

#[test]
fn a_name_of_300_characters() {
    template_refused(&["--seconds", "30", "--name", &"n".repeat(300)], "255");
}

#[test]
fn a_webhook_url_of_201_characters() {
    let url = format!("https://example.com/{}", "w".repeat(201 - 20));
    assert_eq!(url.len(), 201);
    template_refused(&["--seconds", "30", "--webhook-url", &url], "200");
}

#[test]
fn lengths_that_are_none() {
    for (seconds, said) in [("-1", "negative"), ("nan", "no number"), ("1e300", "86400")] {
        template_refused(&["--seconds", seconds], said);
        refused(
            &["quote", "custom-template.generate", "--seconds", seconds],
            said,
        );
    }
}

#[test]
fn a_length_that_is_missing_superfluous_or_reversed() {
    template_refused(&[], "does not state how long");
    refused(&["quote", "custom-template.generate"], "charged by length");
    refused(
        &["quote", "link.create", "--seconds", "3"],
        "leave out the seconds",
    );
    let reversed = [
        "quote",
        "lipsync-v2.generate",
        "--min-seconds",
        "9",
        "--max-seconds",
        "3",
    ];
    refused(&reversed, "reversed");
    let half = ["quote", "lipsync-v2.generate", "--min-seconds", "9"];
    refused(&half, "--max-seconds");
}

#[test]
fn names_that_are_unknown_come_with_the_list_of_known_ones() {
    refused(
        &["quote", "custom-template.bake", "--seconds", "3"],
        "custom-template.generate",
    );
    let model = [
        "quote",
        "custom-template.generate",
        "--seconds",
        "3",
        "--model",
        "aurora_v9",
    ];
    refused(&model, "aurora_v1_fast");
    let plan = ["quote", "link.create", "--plan", "enterprise"];
    refused(&plan, "starter, pro");
    refused(
        &["quote", "link.create", "--on", "2026-02-30"],
        "YYYY-MM-DD",
    );
    refused(&["schema", "nonsense"], "created-link");
}

#[test]
fn a_day_before_the_model_was_offered_names_the_month() {
    let words = "quote custom-template.generate --model aurora_v1_fast --seconds 10.4 \
                 --on 2025-09-15";
    let words: Vec<&str> = words.split_whitespace().collect();
    refused(&words, "2025-10");
}

#[test]
fn counts_of_nothing_and_previews_where_there_are_none() {
    refused(&["quote", "link.create", "--count", "0"], "count is 0");
    let none = [
        "quote",
        "link-to-video.preview-list",
        "--seconds",
        "30",
        "--previews",
        "0",
    ];
    refused(&none, "previews is 0");
    let elsewhere = [
        "quote",
        "link-to-video.render",
        "--seconds",
        "30",
        "--previews",
        "2",
    ];
    refused(&elsewhere, "preview-list");
}

#[test]
fn a_request_without_what_it_needs() {
    refused(
        &["template", "create", "--seconds", "30", "--yes"],
        "template_id",
    );
    refused(
        &["avatar", "create", "--seconds", "3", "--yes"],
        "video_inputs",
    );
    refused(
        &["link", "create", "example.com/lamp", "--yes"],
        "example.com/lamp",
    );
    template_refused(&["--seconds", "30", "--var", "cta=song:la"], "song");
    let length = [
        "link-video",
        "preview-list",
        "--link",
        "x",
        "--video-length",
        "20",
        "--yes",
    ];
    refused(&length, "20");
}

#[test]
fn a_request_file_that_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = write(folder.path(), "broken.json", "{");
    let list = write(folder.path(), "list.json", "[]");
    let missing = folder.path().join("missing.json");
    let missing = missing.to_str().expect("the path is text");
    for (file, said) in [
        (broken.as_str(), "no JSON"),
        (&list, "object"),
        (missing, "cannot read"),
    ] {
        refused(
            &[
                "avatar",
                "create",
                "--seconds",
                "3",
                "--yes",
                "--file",
                file,
            ],
            said,
        );
    }
}

#[test]
fn a_job_of_another_kind() {
    refused(
        &["template", "get", "lipsync-v2.generate:abc"],
        "custom-template",
    );
    refused(&["template", "get", "../links/abc"], "letters, digits");
    refused(&["wait", "abc"], "<operation>:<job id>");
    refused(&["wait"], "JOBREF");
}

#[test]
fn no_command_and_unknown_flags() {
    refused(&[], "no command");
    refused(&["template"], "no command");
    refused(&["quote", "link.create", "--nonsense"], "--nonsense");
}

#[test]
fn help_and_version_are_data() {
    for arguments in [["--help"], ["--version"]] {
        let run = creatify(&arguments).ends_with(0);
        assert!(run.stdout.contains("creatify") && run.stderr.is_empty());
    }
}
