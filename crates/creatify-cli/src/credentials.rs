//! Where the keys come from: the environment, or a file. Never a flag, and they are never printed.
//!
//! The keys go from here to the client's builder and to the mask over both output streams, and
//! nowhere else; of the API id a hash names the account in the ledger. The secret that call-back
//! addresses are made with goes the same way.

use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use creatify::core::pricing::RateBook;
use creatify::webhook::{Capabilities, Receiver, Secret};
use creatify::{Client, ErrorKind, Journal};

use crate::fail::{Exit, Fail};
use crate::ledger::{self, Shelf};

const API_ID: &str = "CREATIFY_API_ID";
const API_KEY: &str = "CREATIFY_API_KEY";
const BASE_URL: &str = "CREATIFY_BASE_URL";
const WEBHOOK_SECRET: &str = "CREATIFY_WEBHOOK_SECRET";

/// The name that the secret has in call-back addresses.
const WEBHOOK_KEY_ID: &str = "k1";

/// Keys that open nothing, for a client that only quotes.
const NO_API_ID: &str = "00000000-0000-0000-0000-000000000000";
const NO_API_KEY: &str = "unset-00";

/// Shorter text is not masked: it would blank out ordinary words, and no key is that short.
const SHORTEST_SECRET: usize = 6;

static SECRETS: OnceLock<Vec<String>> = OnceLock::new();

/// The service, with or without keys.
///
/// Wrong input is refused before missing keys are, and a price needs none: so a session without
/// keys still quotes, and fails only where something would be sent.
#[derive(Debug)]
pub(crate) struct Session {
    client: Client,
    shelf: Shelf,
    account: String,
    webhook_secret: Option<String>,
    missing: Option<Fail>,
}

impl Session {
    /// Reads the keys and the address. Sends nothing.
    ///
    /// With a `webhook_base` each paid call asks to be called back at an address below it.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or one of the addresses is none.
    pub(crate) fn open(
        file: Option<&Path>,
        timeout: Option<Duration>,
        book: RateBook,
        webhook_base: Option<&str>,
        shelf: impl FnOnce(Option<&str>) -> Shelf,
    ) -> Result<Self, Fail> {
        let settings = Settings::read(file)?;
        SECRETS.get_or_init(|| {
            let keys = [
                &settings.api_id,
                &settings.api_key,
                &settings.webhook_secret,
            ];
            let keys = keys
                .into_iter()
                .flatten()
                .filter(|key| key.len() >= SHORTEST_SECRET);
            keys.flat_map(|key| [key.clone(), escaped(key)]).collect()
        });
        let shelf = shelf(settings.base_url.as_deref());
        let account = ledger::account(settings.api_id.as_deref().unwrap_or(NO_API_ID));
        let build = |api_id: &str, api_key: &str| {
            let journal = Journal::new(Arc::new(shelf.clone()), account.as_str());
            let mut builder = Client::builder()
                .credentials(api_id, api_key)
                .rate_book(book.clone())
                .journal(journal.clone());
            if let Some(url) = &settings.base_url {
                builder = builder.base_url(url);
            }
            if let Some(timeout) = timeout {
                builder = builder.request_timeout(timeout);
            }
            if let (Some(base), Some(secret)) = (webhook_base, settings.webhook_secret()?) {
                let capabilities = Capabilities::new(base, secret)?;
                builder = builder.webhooks(Receiver::new(capabilities, journal));
            }
            builder.build()
        };
        let (client, missing) = match (&settings.api_id, &settings.api_key) {
            (Some(api_id), Some(api_key)) => match build(api_id, api_key) {
                Err(error) if error.kind() == ErrorKind::Credentials => {
                    (build(NO_API_ID, NO_API_KEY)?, Some(Fail::from(error)))
                }
                built => (built?, None),
            },
            (id, _) => {
                let name = if id.is_none() { API_ID } else { API_KEY };
                (
                    build(NO_API_ID, NO_API_KEY)?,
                    Some(settings.is_missing(name)),
                )
            }
        };
        let has_no_secret = webhook_base.is_some() && settings.webhook_secret.is_none();
        let missing = missing.or_else(|| has_no_secret.then(|| settings.has_no_secret()));
        Ok(Self {
            client,
            shelf,
            account,
            webhook_secret: settings.webhook_secret,
            missing,
        })
    }

    /// What call-back addresses are made with, where it is set.
    ///
    /// # Errors
    ///
    /// When it is too short or too long.
    pub(crate) fn webhook_secret(&self) -> Result<Option<Secret>, Fail> {
        Ok(secret(self.webhook_secret.as_deref())?)
    }

    /// The ledger, which may be unwritten yet.
    pub(crate) fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The ledger's name for who pays with these keys.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// The client, for prices and for showing a request; it may have no keys.
    pub(crate) fn for_quotes(&self) -> &Client {
        &self.client
    }

    /// The client, for sending.
    ///
    /// # Errors
    ///
    /// When a key is missing or malformed.
    pub(crate) fn for_sending(&self) -> Result<&Client, Fail> {
        match &self.missing {
            Some(missing) => Err(missing.clone()),
            None => Ok(&self.client),
        }
    }
}

#[derive(Default)]
struct Settings {
    api_id: Option<String>,
    api_key: Option<String>,
    base_url: Option<String>,
    webhook_secret: Option<String>,
    is_from_file: bool,
}

impl Settings {
    /// Both keys come from one place: the file where there is one, else the environment. Everything
    /// else may stand in either.
    fn read(file: Option<&Path>) -> Result<Self, Fail> {
        let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let Some(file) = file else {
            return Ok(Self {
                api_id: env(API_ID),
                api_key: env(API_KEY),
                base_url: env(BASE_URL),
                webhook_secret: env(WEBHOOK_SECRET),
                is_from_file: false,
            });
        };
        let text = std::fs::read_to_string(file).map_err(|error| {
            let message = format!("cannot read the credentials file {}", file.display());
            Fail::new(Exit::Credentials, "credentials", message)
                .because(&error)
                .hint(format!(
                    "it has lines such as {API_ID}=... and {API_KEY}=..."
                ))
        })?;
        let settings = Self::parse(&text);
        Ok(Self {
            base_url: settings.base_url.or_else(|| env(BASE_URL)),
            webhook_secret: settings.webhook_secret.or_else(|| env(WEBHOOK_SECRET)),
            ..settings
        })
    }

    /// Reads `NAME=value` lines, with or without `export` and quotes; other lines mean nothing.
    fn parse(text: &str) -> Self {
        let mut settings = Self {
            is_from_file: true,
            ..Self::default()
        };
        for line in text.lines() {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line);
            let Some((name, value)) = line.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches(['"', '\'']);
            let value = (!value.is_empty()).then(|| value.to_owned());
            match name.trim() {
                API_ID => settings.api_id = value,
                API_KEY => settings.api_key = value,
                BASE_URL => settings.base_url = value,
                WEBHOOK_SECRET => settings.webhook_secret = value,
                _ => {}
            }
        }
        settings
    }

    fn webhook_secret(&self) -> Result<Option<Secret>, creatify::Error> {
        secret(self.webhook_secret.as_deref())
    }

    fn place(&self) -> &'static str {
        if self.is_from_file {
            "in the credentials file and in the environment"
        } else {
            "in the environment"
        }
    }

    /// Addresses whose secret nobody keeps could not be told from forged ones.
    fn has_no_secret(&self) -> Fail {
        let message = format!("{WEBHOOK_SECRET} is missing {}", self.place());
        Fail::new(Exit::Credentials, "credentials", message).hint(
            "make one with `openssl rand -hex 32`, and give the same one to `creatify webhook \
             listen`",
        )
    }

    fn is_missing(&self, name: &str) -> Fail {
        let place = if self.is_from_file {
            "in the credentials file"
        } else {
            "in the environment"
        };
        let hint = format!(
            "set {API_ID} and {API_KEY}, or name a file with --credentials; both keys come from \
             the settings page, and `creatify demo` needs none"
        );
        let message = format!("{name} is missing {place}");
        Fail::new(Exit::Credentials, "credentials", message).hint(hint)
    }
}

fn secret(text: Option<&str>) -> Result<Option<Secret>, creatify::Error> {
    let secret = text.map(|text| Secret::new(WEBHOOK_KEY_ID, text.as_bytes()));
    secret.transpose()
}

/// A key as JSON writes it.
fn escaped(key: &str) -> String {
    let quoted = serde_json::Value::from(key).to_string();
    let inner = quoted.get(1..quoted.len() - 1);
    inner.unwrap_or_default().to_owned()
}

/// The text with every key in it replaced by `***`: a server may echo what it was sent.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for secret in SECRETS.get().into_iter().flatten() {
        if text.contains(secret.as_str()) {
            text = Cow::Owned(text.replace(secret.as_str(), "***"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_be_written_as_a_shell_would_read_it() {
        let text =
            "# keys\nexport CREATIFY_API_ID=\"an-id\"\nCREATIFY_API_KEY = 'a-key'\nOTHER=1\n";
        let settings = Settings::parse(text);
        assert_eq!(settings.api_id.as_deref(), Some("an-id"));
        assert_eq!(settings.api_key.as_deref(), Some("a-key"));
        assert_eq!(settings.base_url, None);
    }

    #[test]
    fn an_empty_value_is_a_missing_one() {
        assert_eq!(Settings::parse("CREATIFY_API_KEY=\n").api_key, None);
    }
}
