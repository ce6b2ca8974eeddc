//! The documented flows through the command, one process a step.

use creatify::emulator::seed;
use serde_json::{Value, json};

use crate::support::{Run, TEMPLATE_VIDEO, World, against, serve, write};

#[test]
fn create_prints_the_job_and_wait_finishes_it_in_a_later_process() {
    let world = World::new();
    let created = world
        .run(&[&TEMPLATE_VIDEO[..], &["--yes"]].concat())
        .ends_with(0);
    let job = created.stdout.trim();
    assert!(job.starts_with("custom-template.generate:"), "{job}");
    assert_eq!(created.stdout.lines().count(), 1);
    let waited = world
        .run(&["wait", job, "--poll-every", "0.01", "--json"])
        .ends_with(0)
        .json();
    assert_eq!(waited[0]["job"], job);
    assert_eq!(waited[0]["state"]["status"], "done");
    assert!(waited[0]["state"]["video_url"].is_string());
    assert_eq!(world.balance(), 995_000);
}

#[test]
fn create_with_json_names_job_state_and_quote() {
    let world = World::new();
    let created = world.buy(&TEMPLATE_VIDEO).ends_with(0);
    let json = created.json();
    assert_eq!(json["state"]["status"], "pending");
    assert_eq!(json["quote"]["credits"]["likely"], 5);
    let got = world
        .run(&["template", "get", &created.job(), "--json"])
        .ends_with(0)
        .json();
    assert_eq!(got["id"], json["state"]["id"]);
    let id = json["state"]["id"].as_str().expect("it is text");
    world.run(&["template", "get", id]).ends_with(0);
}

#[test]
fn several_jobs_are_waited_for_in_the_order_given() {
    let world = World::new();
    let jobs = [
        world.buy(&TEMPLATE_VIDEO).job(),
        world.buy(&TEMPLATE_VIDEO).job(),
    ];
    let arguments = ["wait", &jobs[1], &jobs[0], "--poll-every", "0.01", "--json"];
    let waited = world.run(&arguments).ends_with(0).json();
    let order: Vec<&Value> = waited
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["job"])
        .collect();
    assert_eq!(order, [&json!(jobs[1]), &json!(jobs[0])]);
}

#[test]
fn a_link_becomes_previews_and_one_of_them_a_video() {
    let world = World::new();
    let link = world
        .run(&["link", "create", "https://example.com/lamp", "--yes"])
        .ends_with(0);
    let link = link.stdout.trim();
    let read = world
        .run(&["link", "get", link, "--json"])
        .ends_with(0)
        .json();
    assert_eq!(read["id"], link);

    let styles = ["FullScreenTemplate", "AvatarBubbleTemplate"];
    let request = [
        "link-video",
        "preview-list",
        "--link",
        link,
        "--video-length",
        "30",
        "--style",
    ];
    let previewed = world
        .buy(&[&request[..], &styles, &["--wait"]].concat())
        .ends_with(0);
    assert_eq!(previewed.json()["settlement"]["matched"], true);
    let job = previewed.job();
    let got = world.run(&["link-video", "get", &job]).ends_with(0);
    for style in styles {
        assert!(got.stdout.contains(style), "{style} in {}", got.stdout);
    }
    let got = world
        .run(&["link-video", "get", &job, "--json"])
        .ends_with(0)
        .json();
    let media_job = got["previews"][1]["media_job"]
        .as_str()
        .expect("it is named");

    // No length is given: it is read from the job.
    let render = [
        "link-video",
        "render",
        &job,
        "--media-job",
        media_job,
        "--wait",
    ];
    let rendered = world.buy(&render).ends_with(0).json();
    assert_eq!(rendered["quote"]["credits"]["likely"], 4);
    assert_eq!(rendered["state"]["status"], "done");
    assert!(rendered["state"]["video_url"].is_string());
    // 1 for the link, 2 previews, 4 for the render.
    assert_eq!(world.balance(), 993_000);
}

#[test]
fn a_template_is_previewed_and_rendered_under_one_id() {
    let world = World::new();
    let preview = [
        "template",
        "preview",
        "--template-id",
        seed::TEMPLATE_45_SECONDS,
        "--seconds",
        "45",
        "--wait",
    ];
    let previewed = world.buy(&preview).ends_with(0).json();
    assert!(previewed["state"]["preview"].is_string());
    let job = previewed["job"].as_str().expect("it is text");
    let rendered = world
        .buy(&["template", "render", job, "--wait"])
        .ends_with(0)
        .json();
    // ceil(45 / 30) x 4
    assert_eq!(rendered["quote"]["credits"]["max"], 8);
    assert_eq!(rendered["settlement"]["matched"], true);
    assert_eq!(rendered["state"]["id"], previewed["state"]["id"]);
    assert_eq!(world.balance(), 990_000);
}

#[test]
fn an_avatar_speaks_one_scene_from_flags_or_several_from_a_file() {
    let world = World::new();
    let flags = [
        "avatar",
        "create",
        "--avatar",
        seed::PERSONA_ADA,
        "--voice",
        seed::VOICE_CALM,
        "--text",
        "Three reasons to try it.",
        "--seconds",
        "10",
        "--wait",
    ];
    let finished = world.buy(&flags).ends_with(0).json();
    assert!(finished["state"]["video_url"].is_string());

    let scene = json!({
        "character": {"type": "avatar", "avatar_id": seed::PERSONA_BEN},
        "voice": {"type": "text", "input_text": "Hello.", "voice_id": seed::VOICE_CALM},
    });
    let body = json!({"video_inputs": [scene, scene], "name": "from the file"});
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "request.json", &body.to_string());
    let from_file = [
        "avatar",
        "create",
        "--file",
        &file,
        "--name",
        "laid over",
        "--seconds",
        "9",
    ];
    let created = world.buy(&from_file).ends_with(0);
    let got = world.run(&["avatar", "get", &created.job(), "--json"]);
    got.ends_with(0);
    let posts = world.posts();
    let sent: Value = serde_json::from_str(&posts[1].body).expect("the body is JSON");
    let name = sent["name"].as_str().expect("it is text");
    assert!(
        name.starts_with("laid over w1."),
        "the ledger's mark follows: {name}"
    );
    assert_eq!(sent["video_inputs"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_catalogues_list_what_requests_need() {
    let world = World::new();
    let lists = [
        ("personas", seed::PERSONA_ADA),
        ("voices", seed::VOICE_CALM),
        ("templates", seed::TEMPLATE_30_SECONDS),
    ];
    for (catalogue, id) in lists {
        let text = world.run(&[catalogue, "list"]).ends_with(0);
        assert!(text.stdout.contains(id), "{id} in {}", text.stdout);
        let json = world.run(&[catalogue, "list", "--json"]).ends_with(0);
        assert!(json.json().is_array() && json.stdout.contains(id));
    }
}

#[test]
fn credits_are_exact() {
    let world = World::with(|builder| builder.credits("994.5"));
    assert_eq!(
        world.run(&["credits"]).ends_with(0).stdout,
        "994.5 credits\n"
    );
    let run: Run = world.run(&["credits", "--json"]).ends_with(0);
    assert_eq!(run.json(), json!({"credits": 994.5}));
}

#[test]
fn a_bill_outside_the_quote_is_warned_of() {
    // The emulator charges for 30 s, the length that was stated is 60 s.
    let world = World::new();
    let arguments = [
        "template",
        "create",
        "--template-id",
        seed::TEMPLATE_30_SECONDS,
        "--seconds",
        "60",
    ];
    let run = world
        .buy(&[&arguments[..], &["--wait"]].concat())
        .ends_with(0);
    assert_eq!(run.json()["settlement"]["matched"], false);
    assert!(
        run.stderr.contains("warning: bill of 5 credits"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_render_whose_bill_includes_the_preview_matches_its_quote() {
    // 1 for the preview; then the sum of both, 1 + 4.
    let mut rendered = false;
    let url = serve(move |request| {
        let is_render = request.starts_with("POST");
        rendered |= is_render;
        let (bill, video) = if rendered {
            (5, json!("https://example.com/v.mp4"))
        } else {
            (1, json!(null))
        };
        let status = if is_render { "pending" } else { "done" };
        let preview = "https://example.com/p";
        let job = json!({
            "id": "abc", "status": status, "preview": preview, "credits_used": bill, "duration": 30,
            "video_output": if is_render { json!(null) } else { video },
        });
        (200, job)
    });
    let render = [
        "template",
        "render",
        "abc",
        "--yes",
        "--json",
        "--wait",
        "--poll-every",
        "0.01",
    ];
    let run = against(&url, (seed::API_ID, seed::API_KEY), &render).ends_with(0);
    let settlement = &run.json()["settlement"];
    assert_eq!(
        (&settlement["matched"], &settlement["charged"]),
        (&json!(true), &json!(4))
    );
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}
