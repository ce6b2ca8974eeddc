//! The process that is killed: pays for one intent after another, through the gate or without it.
//!
//! It says on standard output what it has committed, so that the parent can hold the file against
//! it.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use creatify_core::{Credits, Operation};
use creatify_ledger::protocol::{Policy, State};
use creatify_ledger::{
    Filter, Intent, IntentId, Ledger, Marker, News, Plan, SqliteLedger, UnixMillis,
};

pub(crate) const LEDGER: &str = "KILL_WORKER_LEDGER";
pub(crate) const SERVER: &str = "KILL_WORKER_SERVER";
pub(crate) const MODE: &str = "KILL_WORKER_MODE";

/// Pays on and on, through the gate.
pub(crate) const GATED: &str = "gated";
/// Finishes what was begun, through the gate, and ends.
pub(crate) const FINISH: &str = "finish";
/// Pays on and on, and remembers only what was answered.
pub(crate) const NAIVE: &str = "naive";
/// Pays for one intent without a gate, and ends.
pub(crate) const NAIVE_ONCE: &str = "naive-once";
/// Pays for three intents through the gate, and ends.
pub(crate) const GATED_ONCE: &str = "gated-once";

type Failure = Box<dyn Error>;

/// Does a worker's work if this process was started as one; otherwise says that it was not.
pub(crate) fn main() -> Option<ExitCode> {
    let (path, server) = (std::env::var_os(LEDGER)?, std::env::var(SERVER).ok()?);
    let mode = std::env::var(MODE).ok()?;
    let path = PathBuf::from(path);
    let done = match mode.as_str() {
        NAIVE => naive(&path, &server, u64::MAX),
        NAIVE_ONCE => naive(&path, &server, 1),
        FINISH => gated(&path, &server, Some(0)),
        GATED_ONCE => gated(&path, &server, Some(3)),
        _ => gated(&path, &server, None),
    };
    Some(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    })
}

/// The intent with that number, the same in every process.
pub(crate) fn intent_id(number: u64) -> IntentId {
    IntentId::new(UnixMillis(number), u128::from(number))
}

/// Finishes what is open, then pays for `more` new intents, or for as many as it can.
fn gated(path: &Path, server: &str, more: Option<u64>) -> Result<(), Failure> {
    let ledger = SqliteLedger::open(path, now())?;
    for intent in ledger.intents(&Filter::default().open())? {
        drive(&ledger, server, intent)?;
    }
    let first = u64::try_from(ledger.intents(&Filter::default())?.len())?;
    let last = more.map_or(u64::MAX, |more| first + more);
    for number in first..last {
        let id = intent_id(number);
        let price = Credits::from_millicredits(1_000);
        let plan = Plan::new(
            id,
            "main",
            Operation::LinkCreate,
            format!("{number}"),
            price,
        )
        .with_campaign("kill")
        .with_policy(Policy::ResendIfAbsent)
        .with_horizon(0);
        let intent = ledger.plan(&plan, now())?;
        committed(id, intent.state)?;
        drive(&ledger, server, intent)?;
    }
    Ok(())
}

/// Takes one intent to its end.
fn drive(ledger: &SqliteLedger, server: &str, mut intent: Intent) -> Result<(), Failure> {
    let id = intent.id;
    let mut clock = now();
    while !intent.state.is_final() {
        let news = match intent.state {
            State::Planned => {
                let pass = ledger.gate(id, intent.next_attempt(), clock)?;
                committed(id, State::Sent)?;
                match post(server, pass.marker()) {
                    Ok(job) => News::Answered { job },
                    Err(Lost::NotSent) => News::NotSent { note: None },
                    Err(Lost::MaybeSent) => News::AnswerLost { note: None },
                }
            }
            State::Ambiguous => {
                // The two lists must be a minute apart; the service here shows a job at once.
                clock = clock.after(61_000);
                let attempt = intent.newest().ok_or("ambiguous without an attempt")?;
                News::Listed {
                    jobs: list(server, attempt.marker(id))?,
                    do_credits_agree: true,
                }
            }
            State::Accepted => News::Finished {
                bill: intent.price,
                ran_for: None,
            },
            state => return Err(format!("intent {id} is {state}").into()),
        };
        intent = ledger.record(id, None, &news, clock)?.intent;
        committed(id, intent.state)?;
    }
    Ok(())
}

/// Pays, and writes down what was answered; what has no answer is sent again.
fn naive(path: &Path, server: &str, count: u64) -> Result<(), Failure> {
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path.with_extension("naive"))?;
    let answered = std::fs::read_to_string(path.with_extension("naive"))?;
    let first = u64::try_from(answered.lines().count())?;
    for number in first..count {
        if let Ok(job) = post(server, Marker::new(intent_id(number), 1)) {
            file.write_all(format!("{job}\n").as_bytes())?;
            file.sync_data()?;
        }
    }
    Ok(())
}

enum Lost {
    NotSent,
    MaybeSent,
}

/// One request on a connection of its own. Only a failed connection proves that nothing was sent.
fn post(server: &str, marker: Marker) -> Result<String, Lost> {
    let connection = TcpStream::connect(server).map_err(|_| Lost::NotSent)?;
    exchange(connection, "POST", marker).map_err(|_| Lost::MaybeSent)
}

fn list(server: &str, marker: Marker) -> Result<Vec<String>, Failure> {
    let text = exchange(TcpStream::connect(server)?, "GET", marker)?;
    let jobs = text.split(',').filter(|job| !job.is_empty());
    Ok(jobs.map(str::to_owned).collect())
}

fn exchange(mut connection: TcpStream, method: &str, marker: Marker) -> Result<String, Failure> {
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    let body = marker.to_string();
    let length = body.len();
    let request = format!("{method} /jobs HTTP/1.1\r\ncontent-length: {length}\r\n\r\n{body}");
    connection.write_all(request.as_bytes())?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("half a head")?;
    let length = head
        .rsplit_once("content-length: ")
        .and_then(|(_, length)| length.parse::<usize>().ok());
    match length == Some(body.len()) {
        true => Ok(body.to_owned()),
        false => Err("half a body".into()),
    }
}

/// Tells the parent that this is stored.
fn committed(intent: IntentId, state: State) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    out.write_all(format!("commit {intent} {state}\n").as_bytes())?;
    out.flush()?;
    Ok(())
}

fn now() -> UnixMillis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(0))
}
