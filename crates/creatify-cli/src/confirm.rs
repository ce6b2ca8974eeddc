//! Asks before spending: `--yes`, or a person at the terminal who says so.
//!
//! The quote has been printed by then, and the hard limit has been held. Nothing here knows what
//! is bought.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use creatify::Credits;

use crate::fail::{Exit, Fail};

/// Returns when spending up to `max` is allowed.
///
/// # Errors
///
/// When it is not: kind `not-approved`.
pub(crate) fn spending(max: Credits, is_approved: bool) -> Result<(), Fail> {
    if is_approved {
        return Ok(());
    }
    let refusal = |message: &str| {
        Fail::new(
            Exit::Usage,
            "not-approved",
            format!("{message}; nothing was sent"),
        )
        .hint("pass --yes to spend, --max-credits to limit it, --dry-run to look only")
    };
    if !std::io::stdin().is_terminal() {
        return Err(refusal("spending was not approved"));
    }
    let mut stderr = std::io::stderr().lock();
    let _ = write!(stderr, "spend up to {max} credits? [y/N] ").and_then(|()| stderr.flush());
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match (read, answer.trim().to_lowercase().as_str()) {
        (Ok(_), "y" | "yes") => Ok(()),
        _ => Err(refusal("the answer was not yes")),
    }
}
