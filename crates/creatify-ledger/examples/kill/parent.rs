//! The process that kills: starts workers, kills them at random moments, and holds what they left
//! against what they said and what the service saw.

use std::fmt;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use creatify_ledger::protocol::{Event, State};
use creatify_ledger::{Export, LogEntry, SqliteLedger, audit};

use super::server::Server;
use super::worker;

/// Longer than a worker needs to start, open its ledger and pay a few times.
const LONGEST_LIFE: u64 = 120_000;

pub(crate) struct Options {
    /// How many kills.
    pub(crate) times: u32,
    /// Without a gate.
    pub(crate) is_naive: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            times: 300,
            is_naive: false,
        }
    }
}

/// What came of it.
pub(crate) struct Report {
    kills: u32,
    jobs: usize,
    intents: usize,
    pub(crate) doubles: usize,
    unowned: usize,
    ambiguous: usize,
    commits: usize,
    seconds: f64,
    seed: u64,
}

impl Report {
    pub(crate) fn is_clean(&self) -> bool {
        self.doubles == 0 && self.unowned == 0 && self.jobs > 0
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} kills in {:.1} s (seed {}): {} intents, {} jobs, {} commits, {} ambiguous after a \
             kill, {} paid twice, {} lost",
            self.kills,
            self.seconds,
            self.seed,
            self.intents,
            self.jobs,
            self.commits,
            self.ambiguous,
            self.doubles,
            self.unowned
        )
    }
}

/// Kills workers until there were enough kills, lets the last one finish, and counts.
///
/// `program` starts this program as a worker; what tells it so is added here.
pub(crate) fn run(options: &Options, program: &dyn Fn() -> Command) -> Result<Report, String> {
    let begun = Instant::now();
    let seed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, |since| since.as_micros() as u64 | 1);
    let mut random = seed;
    let folder = tempfile::tempdir().map_err(told)?;
    let path = folder.path().join("ledger.db");
    let server = Server::start().map_err(told)?;
    let mode = match options.is_naive {
        true => worker::NAIVE,
        false => worker::GATED,
    };
    let start = |mode: &str| as_worker(program(), &path, &server, mode);

    let (mut kills, mut ambiguous) = (0, 0);
    let mut log: Vec<LogEntry> = Vec::new();
    while kills < options.times {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let said = live_for(start(mode), Duration::from_micros(random % LONGEST_LIFE))?;
        kills += 1;
        if !options.is_naive && path.exists() {
            ambiguous += look(&path, &mut log, &said)?;
        }
    }
    if !options.is_naive {
        let ended = start(worker::FINISH).output().map_err(told)?;
        if !ended.status.success() {
            return Err(String::from_utf8_lossy(&ended.stderr).into_owned());
        }
    }
    let by_intent = server.jobs_by_intent();
    let mut report = Report {
        kills,
        jobs: by_intent.values().sum(),
        intents: by_intent.len(),
        doubles: by_intent.values().filter(|jobs| **jobs > 1).count(),
        unowned: 0,
        ambiguous,
        commits: 0,
        seconds: begun.elapsed().as_secs_f64(),
        seed,
    };
    if !options.is_naive {
        let export = SqliteLedger::read(&path).map_err(told)?;
        report.commits = export.log.len();
        report.unowned = unowned(&export, &server)?;
    }
    Ok(report)
}

/// Adds what makes a program a worker.
pub(crate) fn as_worker(mut command: Command, path: &Path, server: &Server, mode: &str) -> Command {
    command
        .env(worker::LEDGER, path)
        .env(worker::SERVER, server.address.to_string())
        .env(worker::MODE, mode)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts a worker and kills it after that long; gives what it said.
fn live_for(mut worker: Command, life: Duration) -> Result<Vec<String>, String> {
    let mut child = worker.spawn().map_err(told)?;
    let mut out = child.stdout.take().ok_or("no standard output")?;
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        out.read_to_string(&mut text).map(|_| text)
    });
    std::thread::sleep(life);
    child.kill().map_err(told)?;
    let ended = child.wait().map_err(told)?;
    let mut complaint = String::new();
    if let Some(mut err) = child.stderr.take() {
        err.read_to_string(&mut complaint).map_err(told)?;
    }
    if ended.code().is_some_and(|code| code != 0) {
        return Err(format!("a worker failed by itself: {complaint}"));
    }
    let text = reader
        .join()
        .map_err(|_| "the reader failed")?
        .map_err(told)?;
    let lines = text.lines().filter_map(|line| line.strip_prefix("commit "));
    Ok(lines.map(str::to_owned).collect())
}

/// Holds the ledger that a killed worker left against everything before: the history goes on from
/// the one known, with all that the worker said was stored, and at most one change more.
fn look(path: &Path, log: &mut Vec<LogEntry>, said: &[String]) -> Result<usize, String> {
    let export = match SqliteLedger::read(path) {
        Ok(export) => export,
        // Killed before the file was one.
        Err(_) if log.is_empty() && said.is_empty() => return Ok(0),
        Err(error) => return Err(told(error)),
    };
    if let Some(wrong) = audit(&export).into_iter().next() {
        return Err(wrong);
    }
    let new = export
        .log
        .strip_prefix(log.as_slice())
        .ok_or("the history is not a continuation of the one before")?;
    let restarts = new
        .iter()
        .take_while(|line| line.event == Event::Restarted)
        .count();
    let stored: Vec<String> = new[restarts..]
        .iter()
        .map(|line| format!("{} {}", line.intent, line.to))
        .collect();
    if !stored.starts_with(said) {
        return Err(format!(
            "the worker said {said:?} was stored, the ledger has {stored:?}"
        ));
    }
    if stored.len() > said.len() + 1 {
        return Err(format!(
            "the ledger has {stored:?}, the worker said no more than {said:?}"
        ));
    }
    *log = export.log;
    Ok(restarts)
}

/// How many jobs the service made that no intent of a finished ledger owns.
fn unowned(export: &Export, server: &Server) -> Result<usize, String> {
    let is_open = |state: State| !state.is_final();
    if let Some(open) = export.intents.iter().find(|intent| is_open(intent.state)) {
        return Err(format!("intent {} is still {}", open.id, open.state));
    }
    let jobs = server.jobs().into_values().flatten();
    let is_owned = |job: &String| {
        let mut owners = export.intents.iter();
        owners.any(|intent| intent.job_id() == Some(job))
    };
    Ok(jobs.filter(|job| !is_owned(job)).count())
}

fn told(error: impl fmt::Display) -> String {
    error.to_string()
}
