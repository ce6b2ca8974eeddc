//! The two streams of a task: data and reports on standard output, everything else on standard error.

/// A line of data or of a report.
#[expect(clippy::print_stdout, reason = "this is what prints")]
pub fn say(line: &str) {
    println!("{line}");
}

/// A line about what is going on or wrong.
#[expect(clippy::print_stderr, reason = "this is what prints")]
pub fn complain(line: &str) {
    eprintln!("{line}");
}
