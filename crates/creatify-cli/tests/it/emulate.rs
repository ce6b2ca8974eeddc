//! The emulator as a process: its first line, the keys it names, and how it stops.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::support::{against, command, creatify};

/// A running `creatify emulate`; dropping it ends it.
struct Emulation {
    child: Child,
    url: String,
    keys: (String, String),
}

impl Emulation {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(&[&["emulate"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let first = lines.next().expect("a line comes").expect("it is text");
        let url = first
            .strip_prefix("listening on ")
            .expect("the line says where")
            .to_owned();
        let stderr = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let mut keys = (String::new(), String::new());
        for line in stderr.map_while(Result::ok) {
            if let Some(id) = line.strip_prefix("export CREATIFY_API_ID=") {
                keys.0 = id.to_owned();
            } else if let Some(key) = line.strip_prefix("export CREATIFY_API_KEY=") {
                keys.1 = key.to_owned();
                break;
            }
        }
        Self { child, url, keys }
    }

    fn run(&self, arguments: &[&str]) -> crate::support::Run {
        against(&self.url, (&self.keys.0, &self.keys.1), arguments)
    }
}

impl Drop for Emulation {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn another_process_can_use_it_with_the_keys_it_names() {
    let emulation = Emulation::start(&["--virtual", "--credits", "12.5", "--seed", "7"]);
    assert!(
        emulation.url.starts_with("http://127.0.0.1:"),
        "{}",
        emulation.url
    );
    assert_eq!(
        emulation.run(&["credits"]).ends_with(0).stdout,
        "12.5 credits\n"
    );
    let arguments = [
        &crate::support::TEMPLATE_VIDEO[..],
        &["--yes", "--wait", "--poll-every", "0.01"],
    ];
    emulation.run(&arguments.concat()).ends_with(0);
    assert_eq!(
        emulation.run(&["credits"]).ends_with(0).stdout,
        "7.5 credits\n"
    );
}

#[test]
fn another_reading_of_the_prices_can_be_charged() {
    let emulation = Emulation::start(&["--virtual", "--billing", "min"]);
    let link = emulation
        .run(&["link", "create", "https://example.com/a", "--yes"])
        .ends_with(0);
    let previews = [
        "link-video",
        "preview-list",
        "--link",
        link.stdout.trim(),
        "--video-length",
        "30",
        "--style",
        "FullScreenTemplate",
        "AvatarBubbleTemplate",
        "--yes",
    ];
    emulation.run(&previews).ends_with(0);
    // 1 for the link, and once for both previews.
    assert_eq!(
        emulation.run(&["credits"]).ends_with(0).stdout,
        "998 credits\n"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_it() {
    let mut emulation = Emulation::start(&[]);
    let pid = emulation.child.id().to_string();
    let sent = std::process::Command::new("kill")
        .args(["-INT", &pid])
        .status();
    assert!(sent.is_ok_and(|status| status.success()), "kill runs");
    assert!(emulation.child.wait().expect("it ends").success());
}

#[test]
fn settings_out_of_range_are_2() {
    for arguments in [["--credits", "-1"], ["--speed", "0"], ["--port", "70000"]] {
        creatify(&[&["emulate"], &arguments[..]].concat()).ends_with(2);
    }
}

#[test]
fn a_port_in_use_is_1() {
    let emulation = Emulation::start(&[]);
    let port = emulation.url.rsplit(':').next().expect("it has a port");
    let run = creatify(&["emulate", "--port", port]).ends_with(1);
    assert!(run.stderr.contains("in use"), "{}", run.stderr);
}
