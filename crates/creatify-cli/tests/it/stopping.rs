//! A paid command that is told to end while its request is on its way.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Output, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};

use planted::{API_ID, API_KEY};
use serde_json::{Value, json};

use crate::support::{PATIENCE, Run, TEMPLATE_VIDEO, against, end_of, paying, serve, tell};

const PAID: (&str, &str) = (API_ID, API_KEY);
const JOB: &str = "custom-template.generate:0c0ffee0-0000-4000-8000-000000000001";

/// A service that keeps each answer back until it is given one.
struct Service {
    url: String,
    asked: Receiver<String>,
    answers: Sender<(u16, Value)>,
}

impl Service {
    fn start() -> Self {
        let (ask, asked) = mpsc::channel();
        let (answers, given) = mpsc::channel();
        let url = serve(move |request| {
            let line = request.lines().next().unwrap_or_default().to_owned();
            let _ = ask.send(line);
            given.recv().unwrap_or((500, Value::Null))
        });
        Self {
            url,
            asked,
            answers,
        }
    }

    /// Starts a paid command, and returns once its request has come and is written down as sent.
    fn buy(&self, more: &[&str]) -> Buying {
        let arguments = [&TEMPLATE_VIDEO[..], &["--yes", "--json"], more].concat();
        let mut child = paying(&self.url, PAID, &arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let asked = self.asked.recv_timeout(PATIENCE).expect("it is sent");
        assert!(asked.starts_with("POST "), "{asked}");
        assert_eq!(self.call()["state"], "sent");
        Buying {
            child,
            stderr,
            said: String::new(),
        }
    }

    fn answer(&self, status: u16, body: Value) {
        self.answers.send((status, body)).expect("it waits");
    }

    /// The one paid call that the ledger holds.
    #[track_caller]
    fn call(&self) -> Value {
        let list = against(&self.url, PAID, &["jobs", "list", "--json"]);
        let list = list.ends_with(0).json();
        assert_eq!(list.as_array().map(Vec::len), Some(1), "{list}");
        list[0].clone()
    }

    /// Asserts that nothing was asked since.
    #[track_caller]
    fn is_left_alone(&self) {
        assert_eq!(self.asked.try_iter().collect::<Vec<_>>(), [""; 0]);
    }
}

/// A paid command whose request is on its way.
struct Buying {
    child: Child,
    stderr: BufReader<ChildStderr>,
    said: String,
}

impl Buying {
    /// Tells it to end, and returns once it has heard that.
    fn tell(&mut self, signal: &str) {
        tell(&self.child, signal);
        while !self.said.contains("told to end") {
            let read = self.stderr.read_line(&mut self.said).expect("it is text");
            assert_ne!(read, 0, "it ended: {}", self.said);
        }
    }

    fn end(mut self) -> Run {
        let output = end_of(self.child);
        self.stderr
            .read_to_string(&mut self.said)
            .expect("it is text");
        Run::of(Output {
            stderr: self.said.into_bytes(),
            ..output
        })
    }
}

fn accepted() -> Value {
    let (_, id) = JOB.split_once(':').expect("an operation and an id");
    json!({ "id": id, "status": "pending" })
}

#[test]
fn told_to_end_it_waits_for_the_answer_that_it_has_paid_for() {
    for signal in ["-INT", "-TERM"] {
        let service = Service::start();
        let mut buying = service.buy(&[]);
        buying.tell(signal);
        service.answer(201, accepted());
        assert_eq!(buying.end().ends_with(0).job(), JOB);
        assert_eq!(service.call()["state"], "accepted");
        service.is_left_alone();
    }
}

#[test]
fn told_to_end_it_does_not_wait_for_the_job() {
    let service = Service::start();
    let mut buying = service.buy(&["--wait"]);
    buying.tell("-TERM");
    service.answer(201, accepted());
    let error = buying.end().ends_with(5).error();
    assert_eq!(
        (&error["kind"], &error["job"]),
        (&"stopped".into(), &JOB.into())
    );
    let hint = error["hint"].to_string();
    assert!(hint.contains(&format!("creatify wait {JOB}")), "{hint}");
    assert_eq!(service.call()["state"], "accepted");
    service.is_left_alone();
}

#[test]
fn told_to_end_it_makes_no_further_attempt() {
    let service = Service::start();
    let mut buying = service.buy(&[]);
    buying.tell("-TERM");
    service.answer(429, json!({ "detail": "slower" }));
    assert_eq!(buying.end().ends_with(1).error()["kind"], "rate-limited");
    assert_eq!(service.call()["state"], "withdrawn");
    service.is_left_alone();
}

#[test]
fn told_twice_it_ends_at_once_and_leaves_its_call_in_doubt() {
    let service = Service::start();
    let mut buying = service.buy(&[]);
    buying.tell("-TERM");
    tell(&buying.child, "-TERM");
    let error = buying.end().ends_with(7).error();
    assert_eq!(error["kind"], "outcome-unknown");
    let call = service.call();
    assert_eq!(
        (&call["state"], &call["reserved"]),
        (&"ambiguous".into(), &5.into())
    );
    let intent = call["intent"].as_str().expect("it is named");
    let hint = error["hint"].to_string();
    assert!(
        hint.contains(&format!("creatify jobs show {intent}")),
        "{hint}"
    );
    service.is_left_alone();
}
