//! `creatify download`, against an emulator in this process.

use creatify::emulator::seed;
use serde_json::Value;

use crate::support::{TEMPLATE_VIDEO, World, command};

fn finished(world: &World) -> String {
    let job = world.buy(&TEMPLATE_VIDEO).ends_with(0).job();
    world
        .run(&["wait", &job, "--poll-every", "0.01"])
        .ends_with(0);
    job
}

#[test]
fn a_finished_video_is_downloaded_once_and_replaced_only_when_told() {
    let world = World::new();
    let job = finished(&world);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lamp.mp4");
    let file = file.to_str().expect("the path is text");
    let done = world.run(&["download", &job, "-o", file, "--json"]);
    let done = done.ends_with(0).json();
    let bytes = std::fs::read(file).expect("the file is there");
    assert_eq!(done["bytes"], bytes.len());
    assert_eq!(
        (&done["job"], &done["file"]),
        (&Value::from(job.as_str()), &Value::from(file))
    );
    assert_eq!(done["sha256"].as_str().map(str::len), Some(64));

    let again = world
        .run(&["download", &job, "-o", file, "--json"])
        .ends_with(1);
    assert_eq!(again.error()["kind"], "file");
    let again = world
        .run(&["download", &job, "-o", file, "--replace"])
        .ends_with(0);
    assert!(again.stdout.contains("sha256: "), "{}", again.stdout);
    let entries = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(entries, 1, "nothing is left beside the file");
}

#[test]
fn without_a_name_the_file_is_named_after_the_job() {
    let world = World::new();
    let job = finished(&world);
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = command(&["download", &job]);
    command
        .env("CREATIFY_BASE_URL", world.emulator.url())
        .env("CREATIFY_API_ID", seed::API_ID)
        .env("CREATIFY_API_KEY", seed::API_KEY)
        // A proxy sees nothing of it.
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("http_proxy", "http://127.0.0.1:9")
        .current_dir(folder.path());
    let output = command.output().expect("the command runs");
    assert!(output.status.success(), "{output:?}");
    let (_, id) = job.split_once(':').expect("a reference");
    assert!(folder.path().join(format!("{id}.mp4")).is_file());
}

#[test]
fn a_job_without_a_video_says_what_to_do() {
    let world = World::new();
    let preview = [
        "template",
        "preview",
        "--template-id",
        seed::TEMPLATE_30_SECONDS,
        "--seconds",
        "30",
    ];
    let job = world.buy(&preview).ends_with(0).job();
    let none = world.run(&["download", &job, "--json"]).ends_with(1);
    assert_eq!(none.error()["kind"], "no-video");
    assert!(none.stderr.contains("creatify wait"), "{}", none.stderr);
    world
        .run(&["download", &job, "--allow-host", "127.0.0.1"])
        .ends_with(2);
}
