//! A service that makes a job for every request it has read in full, and lists jobs by marker.
//!
//! One connection at a time, in the order in which they came: a list shows every job whose request
//! came before it, which is what a horizon waits for elsewhere.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use creatify_ledger::{IntentId, Marker};

/// The jobs that were made, by their marker.
pub(crate) type Jobs = BTreeMap<String, Vec<String>>;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    jobs: Arc<Mutex<Jobs>>,
}

impl Server {
    /// Listens on a free port for as long as the process lives.
    pub(crate) fn start() -> std::io::Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let jobs = Arc::new(Mutex::new(Jobs::new()));
        let made = Arc::clone(&jobs);
        std::thread::spawn(move || {
            for (turn, connection) in listener.incoming().enumerate() {
                // A client that was killed in mid-request is no matter to the others.
                let _ = connection.and_then(|connection| answer(connection, &made, turn));
            }
        });
        Ok(Server { address, jobs })
    }

    pub(crate) fn jobs(&self) -> Jobs {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How many jobs each intent has.
    pub(crate) fn jobs_by_intent(&self) -> BTreeMap<IntentId, usize> {
        let mut counts = BTreeMap::new();
        for (marker, jobs) in self.jobs() {
            if let Some(marker) = Marker::find(&marker) {
                *counts.entry(marker.intent()).or_default() += jobs.len();
            }
        }
        counts
    }
}

fn answer(mut connection: TcpStream, jobs: &Mutex<Jobs>, turn: usize) -> std::io::Result<()> {
    connection.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        match header.trim_end().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().unwrap_or(0),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let marker = String::from_utf8_lossy(&body).into_owned();
    let text = {
        let mut jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if line.starts_with("POST ") {
            let job = format!("job-{turn}");
            jobs.entry(marker).or_default().push(job.clone());
            job
        } else {
            jobs.get(&marker)
                .map(|jobs| jobs.join(","))
                .unwrap_or_default()
        }
    };
    // Some time between the job and its answer, so that kills fall into it.
    std::thread::sleep(Duration::from_micros(turn as u64 % 4 * 700));
    write!(
        connection,
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    )
}
