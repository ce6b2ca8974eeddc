//! How the tests run the command and what they look at. It asserts nothing by itself.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use creatify::emulator::{Clock, Emulator, EmulatorBuilder, RequestRecord, seed};
use planted::Folder;
use serde_json::Value;
use tokio::runtime::Runtime;

thread_local! {
    /// A folder for each test, gone when it ends: no test writes into the user's own.
    static HOME: Folder = Folder::new().expect("a folder");
}

/// Where the commands of this test keep what they pay at that address.
pub(crate) fn ledger_of(url: &str) -> PathBuf {
    let name: String = url.chars().filter(char::is_ascii_alphanumeric).collect();
    HOME.with(|home| home.path().join(format!("{name}.db")))
}

/// What a run of the command came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        planted::refuse("what the command prints", &output.stdout);
        planted::refuse("what the command complains", &output.stderr);
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("standard output is text"),
            stderr: String::from_utf8(output.stderr).expect("standard error is text"),
        }
    }

    /// The one JSON document on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {}\n{}", self.stdout, self.stderr))
    }

    /// Asserts the exit code and gives the run back.
    #[track_caller]
    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        self
    }

    /// The error object of `--json`.
    #[track_caller]
    pub(crate) fn error(&self) -> Value {
        let error = self.json()["error"].take();
        assert!(error.is_object(), "no error object in {}", self.stdout);
        error
    }

    /// The job that a paid command printed with `--json`.
    #[track_caller]
    pub(crate) fn job(&self) -> String {
        let job = self.json()["job"].as_str().map(str::to_owned);
        job.unwrap_or_else(|| panic!("no job in {}", self.stdout))
    }
}

/// The command with an environment of its own: no keys, no terminal, no state but the test's.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_creatify"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CREATIFY_") {
            command.env_remove(name);
        }
    }
    HOME.with(|home| {
        command
            .env("HOME", home.path())
            .env("USER", "tester")
            .env("LOCALAPPDATA", home.path())
            .env("XDG_STATE_HOME", home.path().join("state"));
    });
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs the command without keys.
pub(crate) fn creatify(arguments: &[&str]) -> Run {
    Run::of(command(arguments).output().expect("the command runs"))
}

/// Runs the command against `url` with these keys.
pub(crate) fn against(url: &str, keys: (&str, &str), arguments: &[&str]) -> Run {
    let mut command = paying(url, keys, arguments);
    Run::of(command.output().expect("the command runs"))
}

/// The command with these keys, and with the ledger of that address.
pub(crate) fn paying(url: &str, keys: (&str, &str), arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command
        .env("CREATIFY_BASE_URL", url)
        .env("CREATIFY_LEDGER", ledger_of(url))
        .env("CREATIFY_API_ID", keys.0)
        .env("CREATIFY_API_KEY", keys.1);
    command
}

/// Far beyond what a command takes, so that one which goes on for ever fails instead of hanging.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What a command that runs and prints little comes to.
#[track_caller]
pub(crate) fn end_of(mut child: Child) -> Output {
    let began = Instant::now();
    while child.try_wait().expect("it was started").is_none() {
        if began.elapsed() > PATIENCE {
            child.kill().expect("it runs");
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().expect("it has ended")
}

/// Sends a signal, such as `-TERM`, to a command that runs.
#[cfg(unix)]
pub(crate) fn tell(child: &Child, signal: &str) {
    let mut kill = Command::new("kill");
    let sent = kill.args([signal, &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "kill runs");
}

/// An emulator in this process whose clock moves with each read.
pub(crate) struct World {
    pub(crate) emulator: Emulator,
    _runtime: Runtime,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Self {
        let runtime = Runtime::new().expect("a runtime starts");
        let builder = settings(Emulator::builder().clock(Clock::VirtualByRequest));
        let emulator = runtime
            .block_on(builder.start())
            .expect("the emulator starts");
        Self {
            emulator,
            _runtime: runtime,
        }
    }

    /// Runs the command against this emulator with its keys.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        against(
            &self.emulator.url(),
            (seed::API_ID, seed::API_KEY),
            arguments,
        )
    }

    /// Runs a paid command: approved, JSON, fast to look.
    pub(crate) fn buy(&self, arguments: &[&str]) -> Run {
        let flags = ["--yes", "--json", "--poll-every", "0.01"];
        self.run(&[arguments, &flags].concat())
    }

    /// The file that this world's paid calls are written into.
    pub(crate) fn ledger(&self) -> PathBuf {
        ledger_of(&self.emulator.url())
    }

    /// The balance in thousandths of a credit.
    pub(crate) fn balance(&self) -> i64 {
        self.emulator.balance_millicredits()
    }

    pub(crate) fn posts(&self) -> Vec<RequestRecord> {
        let mut requests = self.emulator.requests();
        requests.retain(|request| request.method == "POST");
        requests
    }
}

/// The arguments of a template video of 30 s, 5 credits.
pub(crate) const TEMPLATE_VIDEO: [&str; 6] = [
    "template",
    "create",
    "--template-id",
    seed::TEMPLATE_30_SECONDS,
    "--seconds",
    "30",
];

/// Writes a file that a command is to read.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("the file is written");
    path.to_str().expect("the path is text").to_owned()
}

/// A server that answers each request, head and body as they came, by a script: status and JSON.
/// It lives as long as the test's process.
pub(crate) fn serve(mut script: impl FnMut(&str) -> (u16, Value) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!(
        "http://{}",
        listener.local_addr().expect("it has an address")
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let (status, answer) = script(&receive(&mut stream));
            let answer = answer.to_string();
            let head = format!(
                "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n",
                answer.len()
            );
            let _ = stream.write_all((head + &answer).as_bytes());
        }
    });
    url
}

/// Reads one whole request: closing before its body has come would reset the connection.
fn receive(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(": ")?;
                let is_length = name.eq_ignore_ascii_case("content-length");
                is_length.then(|| value.parse::<usize>().ok()).flatten()
            });
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return text,
            Ok(read) => request.extend_from_slice(&piece[..read]),
        }
    }
}
