//! The ledger of this command: which file it is, when it is opened, and for how long.
//!
//! The file has one writer at a time, and a command may follow its job for half an hour: so it is
//! opened for each piece of work, held from the plan to the answer, and let go in between. What
//! may be sent is the decision of the facade and of the ledger; nothing here sends.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use creatify::ledger::{
    Balance, Class, Export, Filter, Intent, IntentId, Ledger, LedgerError, News, Pass, Plan, Scope,
    SqliteLedger, Transition, UnixMillis,
};
use creatify::{Credits, DEFAULT_BASE_URL};
use sha2::{Digest as _, Sha256};

use crate::output;

/// The variable that names the file.
pub(crate) const VARIABLE: &str = "CREATIFY_LEDGER";

/// How long another process is waited for, unless told otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How often the file is tried meanwhile.
const TRY_EVERY: Duration = Duration::from_millis(50);

/// A ledger's file that is opened when it is needed.
#[derive(Debug, Clone)]
pub(crate) struct Shelf(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// None where neither the user nor the system names a place.
    file: Option<PathBuf>,
    patience: Duration,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    ledger: Option<SqliteLedger>,
    /// Attempts that were let out and have no answer yet: the file must not be let go before.
    in_flight: usize,
}

/// What a piece of work means for how long the file is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// Nothing.
    Not,
    /// The next call follows at once.
    UntilNext,
    /// An attempt goes out.
    Out,
    /// An attempt has come back.
    Back,
}

impl Shelf {
    /// The file that is named, or else the one of this address in the user's state directory.
    pub(crate) fn new(named: Option<&Path>, base_url: Option<&str>, patience: Duration) -> Self {
        let named = named.map(Path::to_owned).or_else(|| {
            let file = std::env::var_os(VARIABLE).filter(|file| !file.is_empty());
            file.map(PathBuf::from)
        });
        let file = named.or_else(|| default_file(base_url, |name| std::env::var_os(name)));
        Self(Arc::new(Inner {
            file,
            patience,
            open: Mutex::default(),
        }))
    }

    /// The file.
    ///
    /// # Errors
    ///
    /// When neither the user nor the system names a place.
    pub(crate) fn file(&self) -> Result<&Path, LedgerError> {
        self.0.file.as_deref().ok_or_else(|| LedgerError::Storage {
            doing: "finding its place",
            source: format!("no state directory is set; name a file with --ledger or {VARIABLE}")
                .into(),
        })
    }

    /// Whether there is nothing to look up: a file that was never written.
    fn is_empty(&self) -> bool {
        let length = |file| std::fs::metadata(file).map(|facts| facts.len());
        self.file().is_ok_and(|file| match length(file) {
            Ok(length) => length == 0,
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        })
    }

    /// Everything in the file; `None` when there is none. Waits for no other process.
    ///
    /// Calls whose process is gone are taken for ambiguous, unless another process has the file:
    /// then it is read as it stands.
    pub(crate) fn look(&self) -> Result<Option<Export>, LedgerError> {
        if self.is_empty() {
            return Ok(None);
        }
        let file = self.file()?;
        match SqliteLedger::open(file, now()) {
            Ok(ledger) => ledger.export().map(Some),
            Err(LedgerError::InUse { .. } | LedgerError::Storage { .. }) => {
                SqliteLedger::read(file).map(Some)
            }
            Err(error) => Err(error),
        }
    }

    /// Lets the account pay again, whatever stopped it in an earlier command: a person asks for
    /// it now, and knows better. Opens the file, so that one that cannot be used is found here.
    pub(crate) fn begin(&self, account: &str) -> Result<(), LedgerError> {
        self.resume_lane(account, now()).map(|_| ())
    }

    fn open_file(&self) -> Result<SqliteLedger, LedgerError> {
        let file = self.file()?;
        make_private(file).map_err(|error| LedgerError::Storage {
            doing: "making its file",
            source: error.into(),
        })?;
        let began = Instant::now();
        loop {
            match SqliteLedger::open(file, now()) {
                // Ledgers block; this one blocks a little longer.
                Err(LedgerError::InUse { .. }) if began.elapsed() < self.0.patience => {
                    std::thread::sleep(TRY_EVERY);
                }
                Ok(ledger) => {
                    for found in ledger.recovered() {
                        output::note(&format!(
                            "warning: the process that sent {0} ended before its answer came; see \
                             `creatify jobs show {0}`",
                            found.intent.id
                        ));
                    }
                    return Ok(ledger);
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn work<T>(
        &self,
        hold: Hold,
        work: impl FnOnce(&SqliteLedger) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        if hold == Hold::Back {
            open.in_flight = open.in_flight.saturating_sub(1);
        }
        let ledger = match open.ledger.take() {
            Some(ledger) => ledger,
            None => self.open_file()?,
        };
        let done = work(&ledger);
        if hold == Hold::Out && done.is_ok() {
            open.in_flight = open.in_flight.saturating_add(1);
        }
        if open.in_flight > 0 || (hold == Hold::UntilNext && done.is_ok()) {
            open.ledger = Some(ledger);
        }
        done
    }

    /// Looks something up, which makes no file.
    fn read<T: Default>(
        &self,
        work: impl FnOnce(&SqliteLedger) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        match self.is_empty() {
            true => Ok(T::default()),
            false => self.work(Hold::Not, work),
        }
    }
}

impl Ledger for Shelf {
    fn plan(&self, plan: &Plan, now: UnixMillis) -> Result<Intent, LedgerError> {
        self.work(Hold::UntilNext, |ledger| ledger.plan(plan, now))
    }

    fn gate(&self, intent: IntentId, attempt: u32, now: UnixMillis) -> Result<Pass, LedgerError> {
        self.work(Hold::Out, |ledger| ledger.gate(intent, attempt, now))
    }

    fn record(
        &self,
        intent: IntentId,
        attempt: Option<u32>,
        news: &News,
        now: UnixMillis,
    ) -> Result<Transition, LedgerError> {
        // An answer comes with its attempt; everything else is about the newest one.
        let hold = match attempt {
            Some(_) => Hold::Back,
            None => Hold::Not,
        };
        let done = self.work(hold, |ledger| ledger.record(intent, attempt, news, now));
        let alarms = done.as_ref().map(|done| done.alarms.as_slice());
        for alarm in alarms.unwrap_or_default() {
            output::note(&format!(
                "warning: {}: {}; see `creatify jobs show {}`",
                alarm.kind.as_str(),
                alarm.detail,
                alarm.intent
            ));
        }
        let is_end = matches!(news, News::Finished { .. } | News::Failed { .. });
        if (hold == Hold::Back || is_end)
            && let Err(error) = &done
        {
            output::note(&format!("warning: {intent} is not up to date: {error}"));
        }
        done
    }

    fn restarted(&self, now: UnixMillis) -> Result<Vec<Transition>, LedgerError> {
        self.read(|ledger| ledger.restarted(now))
    }

    fn set_limit(&self, scope: &Scope, limit: Option<Credits>) -> Result<(), LedgerError> {
        self.work(Hold::Not, |ledger| ledger.set_limit(scope, limit))
    }

    fn resume_lane(&self, account: &str, now: UnixMillis) -> Result<Vec<IntentId>, LedgerError> {
        self.work(Hold::UntilNext, |ledger| ledger.resume_lane(account, now))
    }

    fn intent(&self, id: IntentId) -> Result<Option<Intent>, LedgerError> {
        self.read(|ledger| ledger.intent(id))
    }

    fn intents(&self, filter: &Filter) -> Result<Vec<Intent>, LedgerError> {
        self.read(|ledger| ledger.intents(filter))
    }

    /// Asked for when a job has ended; nobody else would tell that its bill is not written down.
    fn by_job(&self, job: &str) -> Result<Vec<Intent>, LedgerError> {
        let found = self.read(|ledger| ledger.by_job(job));
        found.inspect_err(|error| {
            output::note(&format!(
                "warning: the end of {job} is not written down: {error}"
            ));
        })
    }

    fn next_step(&self, job: &str) -> Result<u32, LedgerError> {
        self.work(Hold::UntilNext, |ledger| ledger.next_step(job))
    }

    fn balance(&self, scope: &Scope) -> Result<Balance, LedgerError> {
        self.work(Hold::Not, |ledger| ledger.balance(scope))
    }

    fn durations(&self, class: &Class, limit: usize) -> Result<Vec<u64>, LedgerError> {
        self.read(|ledger| ledger.durations(class, limit))
    }

    fn is_distrusted(&self, status: u16) -> Result<bool, LedgerError> {
        self.read(|ledger| ledger.is_distrusted(status))
    }

    fn export(&self) -> Result<Export, LedgerError> {
        self.work(Hold::Not, Ledger::export)
    }
}

/// The ledger's name for who pays: a hash of the API id, from which nobody gets back to it.
pub(crate) fn account(api_id: &str) -> String {
    format!("account-{}", fingerprint(api_id))
}

/// The wall clock as ledgers take it.
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// One file for each address, so that what an emulator answers never meets what was paid for.
fn default_file(
    base_url: Option<&str>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let folder = |name: &str| {
        let folder = PathBuf::from(variable(name)?);
        folder.is_absolute().then_some(folder)
    };
    let state = if cfg!(windows) {
        folder("LOCALAPPDATA")?
    } else {
        match folder("XDG_STATE_HOME") {
            Some(state) => state,
            None => folder("HOME")?.join(".local").join("state"),
        }
    };
    let address = base_url.map(|url| url.trim_end_matches('/'));
    let name = match address {
        None | Some(DEFAULT_BASE_URL) => "ledger.db".to_owned(),
        Some(other) => format!("ledger-{}.db", fingerprint(other)),
    };
    Some(state.join("creatify").join(name))
}

/// The first half of a SHA-256, in hexadecimal digits.
fn fingerprint(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Makes the file and its folder for this user alone: requests stand in it, with the addresses
/// that are called back. What is there already stays as it is.
fn make_private(file: &Path) -> std::io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    let mut folders = std::fs::DirBuilder::new();
    let mut options = std::fs::OpenOptions::new();
    folders.recursive(true);
    options.write(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        folders.mode(0o700);
        options.mode(0o600);
    }
    if let Some(folder) = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        folders.create(folder)?;
    }
    options.truncate(false).open(file).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_file_in_the_state_directory() {
        let root = if cfg!(windows) { "C:\\state" } else { "/state" };
        let set = |name: &str| {
            let is_set = ["XDG_STATE_HOME", "LOCALAPPDATA"].contains(&name);
            is_set.then(|| OsString::from(root))
        };
        let vendor = default_file(None, set).expect("a place");
        assert_eq!(vendor, Path::new(root).join("creatify").join("ledger.db"));
        assert_eq!(
            default_file(Some("https://api.creatify.ai/"), set),
            Some(vendor.clone())
        );
        let other = default_file(Some("http://127.0.0.1:1"), set).expect("a place");
        assert_ne!(other, vendor);
        assert_ne!(Some(other), default_file(Some("http://127.0.0.1:2"), set));
        assert_eq!(default_file(None, |_| None), None);
        // A relative folder would depend on where the command is run.
        assert_eq!(default_file(None, |_| Some("state".into())), None);
    }

    #[test]
    fn an_account_is_told_from_others_and_not_back_to_its_id() {
        let id = "5ec2e700-aaaa-4bbb-8ccc-1234567890ab";
        assert_eq!(account(id), account(id));
        assert_ne!(account(id), account("another"));
        assert!(!account(id).contains("5ec2e700"));
    }
}
