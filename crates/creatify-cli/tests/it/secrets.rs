//! The keys are sent to the service and written nowhere else, not even when a server echoes them.
//! Whatever the command prints is searched for them by the support module.

use creatify::emulator::seed;
use planted::{API_ID, API_KEY};
use serde_json::json;

use crate::support::{Run, TEMPLATE_VIDEO, World, against, command, serve, write};

#[test]
fn no_output_of_any_command_holds_a_key() {
    let world = World::with(|builder| builder.credentials(API_ID, API_KEY));
    let url = world.emulator.url();
    let dry = [&TEMPLATE_VIDEO[..], &["--dry-run"]].concat();
    let paid = [
        &TEMPLATE_VIDEO[..],
        &["--yes", "--wait", "--poll-every", "0.01"],
    ]
    .concat();
    let commands: [&[&str]; 9] = [
        &["credits"],
        &["quote", "link.create"],
        &["personas", "list"],
        &["wait", "custom-template.generate:abc", "--deadline", "0"],
        &["template", "get", "abc"],
        &["--help"],
        &["quote", "nonsense"],
        &dry,
        &paid,
    ];
    for arguments in commands {
        for json in [&[][..], &["--json"]] {
            let arguments = [arguments, json].concat();
            against(&url, (API_ID, API_KEY), &arguments);
            // Refused keys are no reason to show them.
            let wrong = (API_ID, "another-key-0123456789");
            against(&url, wrong, &arguments);
        }
    }
}

#[test]
fn a_server_that_echoes_the_keys_does_not_get_them_printed() {
    let url = serve(|request| {
        let heard = request.replace("\r\n", " ");
        match request.starts_with("POST") {
            true => (400, json!({ "detail": heard })),
            false => (
                200,
                json!({"id": "abc", "status": "failed", "failed_reason": heard}),
            ),
        }
    });
    let paid = [&TEMPLATE_VIDEO[..], &["--yes"]].concat();
    let job = "custom-template.generate:abc";
    for arguments in [&["template", "get", "abc"][..], &["wait", job], &paid] {
        for json in [&[][..], &["--json"]] {
            let run = against(&url, (API_ID, API_KEY), &[arguments, json].concat());
            let said = format!("{}{}", run.stdout, run.stderr).to_lowercase();
            assert!(said.contains("x-api-key: ***"), "the echo shows: {said}");
        }
    }
}

#[test]
fn a_credentials_file_takes_the_place_of_the_environment() {
    let world = World::new();
    let folder = tempfile::tempdir().expect("a folder");
    let lines = format!(
        "export CREATIFY_BASE_URL={}\nexport CREATIFY_API_ID={}\nexport CREATIFY_API_KEY={}\n",
        world.emulator.url(),
        seed::API_ID,
        seed::API_KEY
    );
    let good = write(folder.path(), "keys", &lines);
    let half = write(folder.path(), "half", "CREATIFY_API_ID=only-the-id\n");
    for (file, code) in [(good.as_str(), 0), (&half, 3), ("/no/such/file", 3)] {
        let mut command = command(&["credits", "--credentials", file]);
        command
            .env("CREATIFY_API_ID", API_ID)
            .env("CREATIFY_API_KEY", API_KEY);
        Run::of(command.output().expect("the command runs")).ends_with(code);
    }
}
