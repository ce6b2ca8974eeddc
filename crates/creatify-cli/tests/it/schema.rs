//! What `--json` prints fits the schema that `creatify schema` prints for it.

use creatify::emulator::{Fault, FaultTarget, seed};
use serde_json::Value;

use crate::support::{TEMPLATE_VIDEO, World, creatify, write};

#[track_caller]
fn fits(name: &str, document: &Value) {
    let schema = creatify(&["schema", name]).ends_with(0).json();
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{name}: {errors:?}\n{document:#}");
    // A schema that takes anything proves nothing.
    assert!(
        !validator.is_valid(&serde_json::json!(17)),
        "{name} takes anything"
    );
}

#[test]
fn every_name_has_a_schema() {
    let names = creatify(&["schema", "--json"]).ends_with(0).json();
    fits("schemas", &names);
    for name in names.as_array().expect("a list") {
        let name = name.as_str().expect("it is text");
        let schema = creatify(&["schema", name]).ends_with(0).json();
        assert!(jsonschema::validator_for(&schema).is_ok(), "{name}");
    }
    let text = creatify(&["schema"]).ends_with(0);
    assert!(text.stdout.contains("created-link"));
}

#[test]
fn offline_documents_fit() {
    let print = |arguments: &[&str]| creatify(&[arguments, &["--json"]].concat()).json();
    fits("quote", &print(&["quote", "link.create"]));
    let range = "quote custom-template.render --model aurora_v1 --min-seconds 3 --max-seconds 40 \
                 --plan pro --on 2026-05-15";
    let range: Vec<&str> = range.split_whitespace().collect();
    fits("quote", &print(&range));
    fits("rates", &print(&["rates", "--history"]));
    let folder = tempfile::tempdir().expect("a folder");
    let card = crate::support::write(folder.path(), "card.json", crate::card::AGREED_JSON);
    let document = serde_json::from_str(crate::card::AGREED_JSON).expect("it is JSON");
    fits("rate-card", &document);
    fits("rates", &print(&["rates", "--card", &card]));
    fits("rates-diff", &print(&["rates", "--diff", &card]));
    fits("quote", &print(&["quote", "link.create", "--card", &card]));
    fits("plan", &print(&["plan", "--credits", "700.5"]));
    let folder = tempfile::tempdir().expect("a folder");
    let rows = "operation,model,seconds,count,previews\n\
                link-to-video.preview-list,aurora_v1,30,100,9\n\
                lipsync-v2.generate,,0,1,\n\
                nothing,,,,\n";
    let file = write(folder.path(), "month.csv", rows);
    fits("plan", &print(&["plan", &file]));
    fits(
        "plan",
        &print(&["plan", &file, "--keep", "1/9", "--budget", "40"]),
    );
    fits("demo", &print(&["demo"]));
    fits("error", &print(&["quote", "nonsense"]));
    fits("error", &print(&["credits"]));
}

#[test]
fn documents_of_the_service_fit() {
    let world = World::new();
    let print = |arguments: &[&str]| world.run(&[arguments, &["--json"]].concat()).json();
    fits("credits", &print(&["credits"]));
    fits("personas", &print(&["personas", "list"]));
    fits("voices", &print(&["voices", "list"]));
    fits("templates", &print(&["templates", "list"]));
    let link = print(&["link", "create", "https://example.com/lamp", "--yes"]);
    fits("created-link", &link);
    let link = link["link"]["id"].as_str().expect("it is text");
    fits("link", &print(&["link", "get", link]));
    let previews = [
        "link-video",
        "preview-list",
        "--link",
        link,
        "--video-length",
        "15",
    ];
    let previewed = world.buy(&[&previews[..], &["--wait"]].concat());
    fits("created", &previewed.json());
    fits("job", &print(&["link-video", "get", &previewed.job()]));
    fits(
        "dry-run",
        &print(&[&TEMPLATE_VIDEO[..], &["--dry-run"]].concat()),
    );
    fits("created", &world.buy(&TEMPLATE_VIDEO).json());
    let drifted = [
        "template",
        "create",
        "--template-id",
        seed::TEMPLATE_15_SECONDS,
        "--seconds",
        "60",
    ];
    let drifted = world.buy(&[&drifted[..], &["--wait"]].concat());
    fits("created", &drifted.json());
    world.emulator.inject(Fault::JobRejected);
    let failing = world.buy(&TEMPLATE_VIDEO).job();
    let jobs = ["wait", &drifted.job(), &failing, "--poll-every", "0.01"];
    fits("wait", &print(&jobs));
    world
        .emulator
        .inject(Fault::AnswerLost.on(FaultTarget::NextPost));
    world.buy(&TEMPLATE_VIDEO).ends_with(7);
    let calls = print(&["jobs", "list"]);
    fits("jobs", &calls);
    let lost = calls.as_array().and_then(|calls| calls.last());
    let lost = lost
        .and_then(|call| call["intent"].as_str())
        .expect("it is named");
    fits("jobs-show", &print(&["jobs", "show", lost]));
    fits("jobs-found", &print(&["jobs", "reconcile"]));
    fits("jobs-export", &print(&["jobs", "export"]));
    fits("jobs-calibration", &print(&["jobs", "calibration"]));
    fits("jobs-limits", &print(&["jobs", "limits"]));
    fits("export", &print(&["export", "--plan", "pro"]));
}

#[test]
fn completions_and_manual_name_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = creatify(&["completions", shell]).ends_with(0).stdout;
        assert!(script.contains("link-video"), "{shell}");
    }
    let manual = creatify(&["man"]).ends_with(0).stdout;
    for page in ["creatify", "creatify-link-video-render", "creatify-wait"] {
        assert!(manual.contains(&format!(".TH {page} ")), "{page}");
    }
}
