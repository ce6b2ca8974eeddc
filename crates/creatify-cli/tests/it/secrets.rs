//! The keys are sent to the service and written nowhere else, not even when a server echoes them.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use creatify::emulator::seed;

use crate::support::{Run, TEMPLATE_VIDEO, World, against, command, write};

const API_ID: &str = "5ec2e700-aaaa-4bbb-8ccc-1234567890ab";
const API_KEY: &str = "k3y-that-must-not-show-0123456789";

#[track_caller]
fn holds_no_secret(run: &Run) {
    for secret in [API_ID, API_KEY] {
        assert!(!run.stdout.contains(secret), "{}", run.stdout);
        assert!(!run.stderr.contains(secret), "{}", run.stderr);
    }
}

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
            holds_no_secret(&against(
                &url,
                (API_ID, API_KEY),
                &[arguments, json].concat(),
            ));
            // Refused keys are no reason to show them.
            let wrong = (API_ID, "another-key-0123456789");
            holds_no_secret(&against(&url, wrong, &[arguments, json].concat()));
        }
    }
}

/// A server that refuses each request with an error that repeats it, headers and all.
fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!(
        "http://{}",
        listener.local_addr().expect("it has an address")
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = vec![0; 16_384];
            let read = stream.read(&mut request).unwrap_or(0);
            let heard = String::from_utf8_lossy(&request[..read]).replace("\r\n", " ");
            let page = serde_json::json!({ "detail": heard }).to_string();
            let head = format!(
                "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n",
                page.len()
            );
            let _ = stream.write_all((head + &page).as_bytes());
        }
    });
    url
}

#[test]
fn a_server_that_echoes_the_keys_does_not_get_them_printed() {
    let url = echo();
    let paid = [&TEMPLATE_VIDEO[..], &["--yes"]].concat();
    for arguments in [&["credits"][..], &paid, &["template", "get", "abc"]] {
        for json in [&[][..], &["--json"]] {
            let run = against(&url, (API_ID, API_KEY), &[arguments, json].concat());
            assert_ne!(run.code, 0);
            assert!(run.stderr.contains("***"), "the echo shows: {}", run.stderr);
            holds_no_secret(&run);
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
