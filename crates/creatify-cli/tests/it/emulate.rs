//! The emulator as a process: its first line, the keys it names, and how it stops.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use creatify::emulator::seed;

#[cfg(unix)]
use crate::support::tell;
use crate::support::{Run, TEMPLATE_VIDEO, against, command, creatify, write};

/// A running `creatify emulate`; dropping it ends it.
struct Emulation {
    child: Child,
    url: String,
    keys: (String, String),
}

impl Emulation {
    /// With the keys it names on standard error.
    fn start(arguments: &[&str]) -> Self {
        let mut emulation = Self::spawn(command(&[&["emulate"], arguments].concat()));
        let stderr = emulation.child.stderr.take().expect("it is piped");
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if let Some(id) = line.strip_prefix("export CREATIFY_API_ID=") {
                emulation.keys.0 = id.to_owned();
            } else if let Some(key) = line.strip_prefix("export CREATIFY_API_KEY=") {
                emulation.keys.1 = key.to_owned();
                break;
            }
        }
        emulation
    }

    /// One that names no keys: it records or replays, and passes on whatever comes.
    fn of_recording(flag: &str, folder: &Path, upstream: &str) -> Self {
        let mut recorder = command(&["emulate", flag]);
        recorder.arg(folder).env("CREATIFY_BASE_URL", upstream);
        let mut recording = Self::spawn(recorder);
        recording.keys = (seed::API_ID.to_owned(), seed::API_KEY.to_owned());
        recording
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let first = lines.next().expect("a line comes").expect("it is text");
        let url = first.strip_prefix("listening on ");
        let url = url.expect("the line says where").to_owned();
        let keys = (String::new(), String::new());
        Self { child, url, keys }
    }

    fn run(&self, arguments: &[&str]) -> Run {
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
        &TEMPLATE_VIDEO[..],
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
    tell(&emulation.child, "-INT");
    assert!(emulation.child.wait().expect("it ends").success());
}

#[test]
fn time_can_run_faster() {
    let emulation = Emulation::start(&["--speed", "1000000"]);
    let arguments = [
        &TEMPLATE_VIDEO[..],
        &["--yes", "--wait", "--poll-every", "0.01"],
    ];
    emulation.run(&arguments.concat()).ends_with(0);
}

#[test]
fn the_seed_decides_the_ids() {
    let link = |seed: &str| {
        let emulation = Emulation::start(&["--virtual", "--seed", seed]);
        let create = ["link", "create", "https://example.com/a", "--yes"];
        emulation.run(&create).ends_with(0).stdout
    };
    let first = link("7");
    assert_eq!(first, link("7"));
    assert_ne!(first, link("8"));
}

#[test]
fn a_script_is_played_and_its_start_wins() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = r#"
        title = "the balance is told wrong, once"
        [start]
        credits = "3"
        [[fault]]
        kind = "status"
        target = { operation = "remaining_credits_retrieve" }
        code = 200
        body = '{"remaining_credits": 99}'
    "#;
    let script = write(folder.path(), "script.toml", text);
    let emulation = Emulation::start(&["--virtual", "--credits", "20", "--script", &script]);
    for told in ["99 credits\n", "3 credits\n"] {
        assert_eq!(emulation.run(&["credits"]).ends_with(0).stdout, told);
    }
}

#[test]
fn what_was_recorded_is_replayed_without_the_service() {
    let folder = tempfile::tempdir().expect("a folder");
    let (kept, balance) = (folder.path().join("kept"), ["credits"]);
    {
        let emulation = Emulation::start(&["--virtual", "--credits", "12.5"]);
        let recorder = Emulation::of_recording("--record", &kept, &emulation.url);
        assert_eq!(recorder.run(&balance).ends_with(0).stdout, "12.5 credits\n");
        let file = std::fs::read_to_string(kept.join("000001.json")).expect("it was saved");
        assert!(!file.contains(seed::API_KEY) && !file.contains(seed::API_ID));
    }
    let replay = Emulation::of_recording("--replay", &kept, "https://nowhere.invalid");
    assert_eq!(replay.run(&balance).ends_with(0).stdout, "12.5 credits\n");
    assert_ne!(replay.run(&["voices"]).code, 0, "it was not recorded");
}

#[test]
fn settings_out_of_range_are_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let odd = write(folder.path(), "odd.toml", "title = 'x'\nspeed = 'fast'\n");
    let missing = folder.path().join("missing");
    let missing = missing.to_str().expect("the path is text");
    for (arguments, named) in [
        (&["--credits", "-1"][..], "`-1`"),
        (&["--credits", "1.0001"], "`1.0001`"),
        (&["--speed", "0"], "factor"),
        (&["--speed", "NaN"], "factor"),
        (&["--speed", "fast"], "--speed"),
        (&["--port", "70000"], "--port"),
        (&["--seed", "first"], "--seed"),
        (&["--billing", "odd"], "--billing"),
        (&["--virtual", "--speed", "2"], "--speed"),
        (&["--record", "a", "--replay", "b"], "--replay"),
        (&["--replay", "a", "--script", "b"], "--script"),
        (&["--script", missing], "missing"),
        (&["--script", &odd], "speed"),
        (&["--replay", missing], "missing"),
    ] {
        let run = creatify(&[&["emulate"], arguments].concat()).ends_with(2);
        assert!(run.stderr.contains(named), "{arguments:?}: {}", run.stderr);
    }
    let mut plain = command(&["emulate", "--record", missing]);
    plain.env("CREATIFY_BASE_URL", "http://api.example");
    let refused = Run::of(plain.output().expect("the command runs")).ends_with(2);
    assert!(refused.stderr.contains("https"), "{}", refused.stderr);
}

#[test]
fn a_port_in_use_is_1() {
    let emulation = Emulation::start(&[]);
    let port = emulation.url.rsplit(':').next().expect("it has a port");
    let run = creatify(&["emulate", "--port", port]).ends_with(1);
    assert!(run.stderr.contains("in use"), "{}", run.stderr);
}
