//! What a row costs in instructions, which no load on the machine can change.
//!
//! `cargo bench -p benches --bench price -- --instructions` starts this very program under
//! valgrind, twice for each way of going through the rows: the second time it goes through them
//! more often, and the difference is what the rows cost. Times are none of its business.

use std::process::Command;

use crate::batch;

/// Few enough for valgrind, and many enough that every block is full.
const ROWS: usize = 1 << 15;
/// How often the rows are gone through, at first and then.
const TIMES: [u32; 2] = [1, 9];

/// Does what the command line asks for beyond measuring times; `false` where that is nothing.
pub(crate) fn is_asked_for() -> bool {
    let mut arguments = std::env::args().skip_while(|argument| !argument.starts_with("--repeat"));
    if let (Some(_), Some(id), Some(times)) = (arguments.next(), arguments.next(), arguments.next())
    {
        batch::repeat(&id, ROWS, times.parse().unwrap_or(0));
        return true;
    }
    let is_asked = std::env::args().any(|argument| argument == "--instructions");
    if is_asked {
        print();
    }
    is_asked
}

#[expect(clippy::print_stdout, reason = "the table is the bench's result")]
fn print() {
    println!(
        "\n| {} | instructions a row |\n| --- | ---: |",
        batch::GROUP
    );
    for id in batch::IDS {
        let [Some(few), Some(more)] = TIMES.map(|times| count(id, times)) else {
            println!("skipped: valgrind is needed to count instructions");
            return;
        };
        let rows = ROWS as f64 * f64::from(TIMES[1] - TIMES[0]);
        println!("| `{id}` | {:.2} |", (more - few) / rows);
    }
}

/// The instructions of a whole run.
fn count(id: &str, times: u32) -> Option<f64> {
    let run = Command::new("valgrind")
        .args([
            "--tool=cachegrind",
            "--cache-sim=no",
            "--cachegrind-out-file=/dev/null",
        ])
        .arg(std::env::current_exe().ok()?)
        .args(["--repeat", id, &times.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8(run.stderr).ok()?;
    let line = text
        .lines()
        .find(|line| line.contains("I ") && line.contains("refs:"))?;
    line.rsplit(':')
        .next()?
        .trim()
        .replace(',', "")
        .parse()
        .ok()
}
