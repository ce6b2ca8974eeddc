//! Permission to spend: the quote comes first, nothing is sent without a yes, a limit is a limit.

use creatify::emulator::seed;
use serde_json::json;

use crate::support::{Run, TEMPLATE_VIDEO, World, creatify};

fn with(more: &[&'static str]) -> Vec<&'static str> {
    [&TEMPLATE_VIDEO, more].concat()
}

#[track_caller]
fn nothing_was_sent(world: &World, run: &Run) {
    assert!(world.emulator.requests().is_empty(), "{run:?}");
    assert_eq!(world.balance(), 1_000_000);
    assert!(
        run.stderr.contains("total: 5 credits"),
        "the quote comes first: {}",
        run.stderr
    );
}

#[test]
fn without_a_yes_nothing_is_sent() {
    let world = World::new();
    let run = world.run(&with(&["--json"])).ends_with(2);
    assert_eq!(run.error()["kind"], "not-approved");
    nothing_was_sent(&world, &run);
}

#[test]
fn the_limit_holds_whatever_else_is_said() {
    for more in [
        ["--yes", "--max-credits", "4.999"],
        ["--dry-run", "--max-credits", "4.999"],
    ] {
        let world = World::new();
        let run = world
            .run(&[&with(&more)[..], &["--json"]].concat())
            .ends_with(6);
        assert_eq!(run.error()["kind"], "over-budget");
        nothing_was_sent(&world, &run);
    }
    World::new()
        .run(&with(&["--yes", "--max-credits", "5"]))
        .ends_with(0);
}

#[test]
fn the_limit_is_held_against_the_most_it_may_cost() {
    let world = World::new();
    let arguments = [
        "link-video",
        "preview-list",
        "--link",
        seed::PERSONA_ADA,
        "--video-length",
        "30",
        "--style",
        "FullScreenTemplate",
        "AvatarBubbleTemplate",
        "--yes",
        "--max-credits",
        "1",
    ];
    // Once or each: 1 to 2 credits.
    world.run(&arguments).ends_with(6);
    assert!(world.emulator.requests().is_empty());
}

#[test]
fn a_dry_run_shows_quote_and_request_and_sends_nothing() {
    let world = World::new();
    let more = [
        "--dry-run",
        "--yes",
        "--name",
        "Spring",
        "--var",
        "headline=text:Half price",
    ];
    let run = world
        .run(&with(&[&more[..], &["--json"]].concat()))
        .ends_with(0);
    nothing_was_sent(&world, &run);
    let shown = run.json();
    assert_eq!(shown["quote"]["credits"]["max"], 5);
    let request = &shown["request"];
    assert_eq!(request["method"], "POST");
    assert_eq!(
        request["url"],
        format!("{}/api/custom_template_jobs/", world.emulator.url())
    );
    assert_eq!(
        (
            &request["headers"]["X-API-ID"],
            &request["headers"]["X-API-KEY"]
        ),
        (&json!("***"), &json!("***"))
    );
    let expected = json!({
        "template_id": seed::TEMPLATE_30_SECONDS,
        "name": "Spring",
        "variables": {"headline": {"type": "text", "properties": {"content": "Half price"}}},
    });
    assert_eq!(request["body"], expected);
    let text = world.run(&with(&more)).ends_with(0);
    assert!(text.stdout.contains("total: 5 credits") && text.stdout.contains("X-API-KEY: ***"));
    assert!(world.emulator.requests().is_empty());
}

#[test]
fn what_a_dry_run_shows_is_what_is_sent_but_for_the_mark_in_its_name() {
    let world = World::new();
    let more = ["--name", "Spring", "--model", "aurora_v1_fast", "--json"];
    let shown = world
        .run(&with(&[&more[..], &["--dry-run"]].concat()))
        .ends_with(0)
        .json();
    world
        .run(&with(&[&more[..], &["--yes"]].concat()))
        .ends_with(0);
    let posts = world.posts();
    assert_eq!(posts.len(), 1);
    let mut sent: serde_json::Value =
        serde_json::from_str(&posts[0].body).expect("the body is JSON");
    let name = sent["name"].take();
    let name = name.as_str().expect("it is text");
    let (own, mark) = name.rsplit_once(' ').expect("the mark follows the name");
    assert!(mark.starts_with("w1."), "{name}");
    sent["name"] = own.into();
    assert_eq!(shown["request"]["body"], sent);
}

#[test]
fn a_dry_run_and_a_quote_need_no_keys() {
    creatify(&with(&["--dry-run"])).ends_with(0);
    let render = ["template", "render", "abc", "--dry-run", "--seconds", "30"];
    creatify(&render).ends_with(0);
}

#[test]
fn every_paid_command_can_be_dry_run() {
    let commands: [&[&str]; 7] = [
        &["link", "create", "https://example.com/lamp"],
        &["template", "create", "--template-id", "x", "--seconds", "3"],
        &[
            "template",
            "preview",
            "--template-id",
            "x",
            "--seconds",
            "3",
        ],
        &["template", "render", "abc", "--seconds", "3"],
        &[
            "link-video",
            "preview-list",
            "--link",
            "x",
            "--video-length",
            "15",
        ],
        &[
            "link-video",
            "render",
            "abc",
            "--media-job",
            "m",
            "--seconds",
            "3",
        ],
        &[
            "avatar",
            "create",
            "--avatar",
            "a",
            "--voice",
            "v",
            "--text",
            "Hi",
            "--seconds",
            "3",
        ],
    ];
    for command in commands {
        let world = World::new();
        let shown = world
            .run(&[command, &["--dry-run", "--json"]].concat())
            .ends_with(0)
            .json();
        assert!(
            shown["quote"]["credits"]["max"].as_f64() > Some(0.0),
            "{command:?}"
        );
        assert!(world.emulator.requests().is_empty(), "{command:?}");
    }
}
