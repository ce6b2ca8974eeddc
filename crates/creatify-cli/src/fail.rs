//! What a command ends with when it does not succeed: exit code, `error:` line, causes, `hint:`.
//!
//! Every failure of every command becomes a [`Fail`], and is printed here alone. Nothing here
//! decides what went wrong; that was decided where the failure was made.

use std::error::Error as StdError;
use std::process::ExitCode;

use creatify::core::pricing::QuoteError;
use creatify::ledger::LedgerError;
use creatify::{ErrorKind, JobRef};
use schemars::JsonSchema;
use serde::Serialize;

use crate::output;

/// The exit codes other than 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Any failure without a code of its own.
    Other = 1,
    /// Wrong usage, or input refused before anything was sent.
    Usage = 2,
    /// Keys are missing or refused.
    Credentials = 3,
    /// The job ended `failed` or `rejected`.
    JobFailed = 4,
    /// The deadline passed, or the process was told to end; the job runs on.
    Deadline = 5,
    /// Over the budget, or not enough credits in the account.
    OverBudget = 6,
    /// The paid request may have been received.
    OutcomeUnknown = 7,
}

/// A failure and everything that is said about it.
#[derive(Debug, Clone)]
pub(crate) struct Fail(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    exit: Exit,
    kind: String,
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
    job: Option<String>,
    is_silent: bool,
}

/// A failure as `--json` prints it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct ErrorDocument {
    error: ErrorBody,
}

/// What went wrong, and what to do next.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ErrorBody {
    /// One word for machines, such as `over-budget`.
    kind: String,
    message: String,
    /// The next step, where there is one.
    hint: Option<String>,
    /// The job it is about, as `creatify wait` takes it.
    job: Option<String>,
}

impl Fail {
    pub(crate) fn new(exit: Exit, kind: &str, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            exit,
            kind: kind.to_owned(),
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            job: None,
            is_silent: false,
        }))
    }

    /// Input that is refused before anything is sent.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "invalid", message)
    }

    /// The reader of standard output went away: there is nobody to tell.
    pub(crate) fn closed_output() -> Self {
        Self::new(Exit::Other, "output-closed", "standard output was closed").already_told()
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Adds to the hint, or makes it.
    pub(crate) fn also(mut self, more: &str) -> Self {
        self.0.hint = Some(match self.0.hint.take() {
            Some(hint) => format!("{hint}; {more}"),
            None => more.to_owned(),
        });
        self
    }

    /// Names the job it is about, and how to wait for it in another process.
    pub(crate) fn resumable(mut self, job: &JobRef) -> Self {
        self.0.job = Some(job.to_string());
        self.hint(format!(
            "the job runs on and stays paid; resume with `creatify wait {job}`"
        ))
    }

    pub(crate) fn because(mut self, cause: &(dyn StdError + 'static)) -> Self {
        self.0.causes = chain(Some(cause), &self.0.message);
        self
    }

    /// Only the exit code is left to give: everything else has been printed.
    pub(crate) fn already_told(mut self) -> Self {
        self.0.is_silent = true;
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.0.exit
    }

    /// The failure as JSON.
    pub(crate) fn document(&self) -> ErrorDocument {
        ErrorDocument {
            error: ErrorBody {
                kind: self.0.kind.clone(),
                message: self.0.message.clone(),
                hint: self.0.hint.clone(),
                job: self.0.job.clone(),
            },
        }
    }

    /// Prints the failure to standard error.
    pub(crate) fn report(&self) {
        if self.0.is_silent {
            return;
        }
        let mut text = format!("error: {}", self.0.message);
        for cause in &self.0.causes {
            text.push_str("\n  caused by: ");
            text.push_str(cause);
        }
        if let Some(hint) = &self.0.hint {
            text.push_str("\nhint: ");
            text.push_str(hint);
        }
        output::note(&text);
    }

    /// Prints the failure to standard error, and with `--json` to standard output as well.
    pub(crate) fn finish(&self, json: bool) -> ExitCode {
        self.report();
        if json && !self.0.is_silent {
            // The exit code tells as much when nobody reads standard output any more.
            let _ = output::json(&self.document());
        }
        ExitCode::from(self.0.exit as u8)
    }
}

impl From<creatify::Error> for Fail {
    fn from(error: creatify::Error) -> Self {
        let exit = match error.kind() {
            ErrorKind::Invalid | ErrorKind::LengthUnknown | ErrorKind::PriceUnknown => Exit::Usage,
            ErrorKind::OverBudget | ErrorKind::OutOfCredits => Exit::OverBudget,
            ErrorKind::Credentials => Exit::Credentials,
            ErrorKind::OutcomeUnknown => Exit::OutcomeUnknown,
            ErrorKind::JobFailed => Exit::JobFailed,
            ErrorKind::Deadline => Exit::Deadline,
            _ => Exit::Other,
        };
        let message = error.to_string();
        let causes = chain(error.source(), &message);
        let job = error.job_ref().map(ToString::to_string);
        let hint = match (&job, error.kind()) {
            (Some(job), ErrorKind::Deadline) => Some(format!(
                "the job runs on and stays paid; resume with `creatify wait {job}`"
            )),
            (_, ErrorKind::OutcomeUnknown) => Some(match error.intent() {
                Some(intent) => format!(
                    "nothing was sent again; `creatify jobs show {intent}` tells what is known of \
                     it, and `creatify jobs reconcile` looks for its job"
                ),
                None => "nothing was sent again; `creatify jobs list` shows it, and `creatify \
                         jobs reconcile` looks for its job"
                    .to_owned(),
            }),
            (_, ErrorKind::Ledger) => error
                .source()
                .and_then(|source| source.downcast_ref::<LedgerError>())
                .and_then(mended_by)
                .or_else(|| error.next_step().map(str::to_owned)),
            _ => error.next_step().map(str::to_owned),
        };
        let kind = error.kind().as_str().to_owned();
        Self(Box::new(Inner {
            exit,
            kind,
            message,
            causes,
            hint,
            job,
            is_silent: false,
        }))
    }
}

impl From<LedgerError> for Fail {
    /// Nothing was sent, whatever it is.
    fn from(error: LedgerError) -> Self {
        let exit = match error {
            LedgerError::UnknownIntent { .. } => Exit::Usage,
            LedgerError::OverBudget { .. } => Exit::OverBudget,
            _ => Exit::Other,
        };
        let fail = Self::new(exit, "ledger", error.to_string()).because(&error);
        match mended_by(&error) {
            Some(hint) => fail.hint(hint),
            None => fail,
        }
    }
}

/// What to do about a ledger that refuses.
fn mended_by(error: &LedgerError) -> Option<String> {
    Some(match error {
        LedgerError::Damaged { .. } | LedgerError::Newer { .. } => {
            "nothing was sent; `creatify jobs export` prints what can be read of the file and \
             changes nothing in it; keep the file, and name another one with --ledger"
                .to_owned()
        }
        LedgerError::NotALedger { .. } => {
            "nothing was sent; name another file with --ledger or CREATIFY_LEDGER".to_owned()
        }
        LedgerError::InUse { .. } => {
            "nothing was sent; try again when that process is done, or wait longer with \
             --ledger-timeout"
                .to_owned()
        }
        LedgerError::StepTaken { by, .. } => format!(
            "nothing was sent; `creatify jobs show {by}` tells how that call stands and how to \
             follow it"
        ),
        LedgerError::UnknownIntent { .. } => {
            "`creatify jobs list` prints the intents of this ledger".to_owned()
        }
        _ => return None,
    })
}

impl From<QuoteError> for Fail {
    fn from(error: QuoteError) -> Self {
        let kind = match error {
            QuoteError::NotOffered { .. } => "price-unknown",
            QuoteError::LengthMissing { .. } => "length-unknown",
            _ => "invalid",
        };
        Self::new(Exit::Usage, kind, error.to_string())
    }
}

impl From<clap::Error> for Fail {
    /// A value that is refused speaks for itself; any other error comes with its usage line.
    fn from(error: clap::Error) -> Self {
        use clap::error::{ContextKind, ErrorKind as Wrong};

        if matches!(
            error.kind(),
            Wrong::DisplayHelpOnMissingArgumentOrSubcommand | Wrong::MissingSubcommand
        ) {
            return Self::new(Exit::Usage, "usage", "no command is given")
                .hint("`creatify --help` lists the commands, `creatify COMMAND --help` its flags");
        }
        if let (Some(argument), Some(why)) = (error.get(ContextKind::InvalidArg), error.source()) {
            return Self::invalid(format!("{argument}: {why}"));
        }
        let text = error.render().to_string();
        let mut paragraphs = text.split("\n\n");
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let message = one_line(paragraphs.next().unwrap_or_default());
        let message = message.strip_prefix("error: ").unwrap_or(&message);
        let rest: Vec<String> = paragraphs
            .map(one_line)
            .filter(|line| line.starts_with("tip: ") || line.starts_with("Usage: "))
            .map(|line| {
                line.trim_start_matches("tip: ")
                    .replace("Usage: ", "usage: ")
            })
            .collect();
        let fail = Self::new(Exit::Usage, "usage", message);
        if rest.is_empty() {
            fail
        } else {
            fail.hint(rest.join("; "))
        }
    }
}

/// The causes, outermost first, without those that the message or the one before already says.
fn chain(mut cause: Option<&(dyn StdError + 'static)>, message: &str) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    while let Some(error) = cause {
        let text = error.to_string();
        let said = causes.last().map_or(message, String::as_str);
        if !text.is_empty() && !said.contains(&text) {
            causes.push(text);
        }
        cause = error.source();
    }
    causes
}
