//! Exchanges with a real server, kept as files and given back: a proxy that saves what passes, and a
//! server that answers from what was saved. Must not keep a key: headers are not saved, and texts
//! that can hold a secret are replaced.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::routes::BODY_LIMIT;

/// What stands where something was taken out.
const REDACTED: &str = "REDACTED";
/// The fields whose values are taken out of bodies, wherever they stand: addresses that can carry a
/// capability, and names of people.
const SECRET_FIELDS: [&str; 5] = ["webhook_url", "editor_url", "api_key", "api_id", "user"];
/// The headers that are passed on to the real server,
const PASSED: [&str; 4] = ["x-api-id", "x-api-key", "content-type", "accept"];
/// and those of its answers that a client acts on.
const PASSED_BACK: [&str; 3] = ["content-type", "retry-after", "location"];
/// Longer than any request that waits for the work it pays for; whoever sends one has a limit of its own.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// One exchange as it is saved: `NNNNNN.json` in the folder of a recording.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    method: String,
    /// With its query.
    path: String,
    request: Value,
    status: u16,
    /// JSON as JSON, anything else as a text.
    response: Value,
}

/// A proxy that records, or a server that replays. Dropping it stops it.
#[derive(Debug)]
pub struct Recording {
    address: SocketAddr,
    stop: watch::Sender<bool>,
}

/// Why a recording did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// The folder or a file in it cannot be read or written.
    #[error("{}: cannot be used for a recording", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file of the folder is no exchange.
    #[error("{}: no recorded exchange", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The address to record is neither https nor on this machine.
    #[error("`{0}` cannot be recorded: name an https address, or one on this machine")]
    Address(String),
    /// The port cannot be listened on, or the HTTP client not be built.
    #[error("the recording cannot be served: {0}")]
    Serve(String),
}

impl Recording {
    /// Passes requests on to `base_url` and saves each exchange in `folder`, redacted: no header is
    /// saved, and the values of `webhook_url`, `editor_url`, `api_id`, `api_key` and `user` are taken
    /// out. Paid requests are paid for. Port 0 takes any free one of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// [`RecordingError`] when the folder cannot be written, the address is refused or the port is
    /// not free.
    pub async fn record(
        folder: impl AsRef<Path>,
        base_url: &str,
        port: u16,
    ) -> Result<Self, RecordingError> {
        let folder = folder.as_ref().to_owned();
        let unusable = |source| RecordingError::Folder {
            path: folder.clone(),
            source,
        };
        std::fs::create_dir_all(&folder).map_err(unusable)?;
        let next = next_number(&files(&folder)?);
        let base = base_url.trim_end_matches('/').to_owned();
        let client = crate::webhooks::client_for(&base)
            .map_err(RecordingError::Serve)?
            .ok_or_else(|| RecordingError::Address(base_url.to_owned()))?;
        let proxy = Arc::new(Proxy {
            client,
            base,
            folder,
            next: AtomicU64::new(next),
        });
        let router = Router::new().fallback(pass_on).with_state(proxy);
        Self::serve(router, port).await
    }

    /// Answers from the exchanges saved in `folder`: the same method, path and body get the answers
    /// that were saved for them, one after another, the last one for ever. Anything else is 404.
    ///
    /// # Errors
    ///
    /// [`RecordingError`] when the folder holds something else or the port is not free.
    pub async fn replay(folder: impl AsRef<Path>, port: u16) -> Result<Self, RecordingError> {
        let mut saved: HashMap<String, Vec<Exchange>> = HashMap::new();
        // Read backwards, so that the next answer is the last of its list.
        for path in files(folder.as_ref())?.into_iter().rev() {
            let text = std::fs::read(&path).map_err(|source| RecordingError::Folder {
                path: path.clone(),
                source,
            })?;
            let exchange: Exchange = serde_json::from_slice(&text)
                .map_err(|source| RecordingError::File { path, source })?;
            let key = key(&exchange.method, &exchange.path, &exchange.request);
            saved.entry(key).or_default().push(exchange);
        }
        let saved = Arc::new(Mutex::new(saved));
        let router = Router::new().fallback(give_back).with_state(saved);
        Self::serve(router, port).await
    }

    async fn serve(router: Router, port: u16) -> Result<Self, RecordingError> {
        let failed = |error: std::io::Error| RecordingError::Serve(error.to_string());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (stop, mut stopping) = watch::channel(false);
        let serve = axum::serve(listener, router).with_graceful_shutdown(async move {
            // An error says that the handle is gone, which is a stop too.
            let _ = stopping.wait_for(|stopped| *stopped).await;
        });
        tokio::spawn(async move {
            if let Err(error) = serve.await {
                tracing::error!("the recording stopped serving: {error}");
            }
        });
        Ok(Self { address, stop })
    }

    /// The base URL to give to a client, without a last slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

#[derive(Debug)]
struct Proxy {
    client: reqwest::Client,
    base: String,
    folder: PathBuf,
    next: AtomicU64,
}

async fn pass_on(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.to_string();
    // What reaches a proxy is a path; anything else would change the host.
    if !path.starts_with('/') {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let url = format!("{}{path}", proxy.base);
    let sent = proxy.client.request(parts.method.clone(), url);
    let sent = sent
        .timeout(PATIENCE)
        .headers(only(&PASSED, &parts.headers))
        .body(body.clone());
    let (status, headers, bytes) = match sent.send().await {
        Err(error) => return lost(&error),
        Ok(answer) => {
            let headers = only(&PASSED_BACK, answer.headers());
            let status = answer.status();
            match answer.bytes().await {
                Ok(bytes) => (status, headers, bytes),
                Err(error) => return lost(&error),
            }
        }
    };
    let exchange = Exchange {
        method: parts.method.to_string(),
        path,
        request: redacted(&body),
        status: status.as_u16(),
        response: redacted(&bytes),
    };
    if let Err(error) = proxy.save(&exchange) {
        tracing::error!("an exchange was not saved: {error}");
    }
    (status, headers, Body::from(bytes)).into_response()
}

/// The headers of these names.
fn only(names: &[&'static str], all: &HeaderMap) -> HeaderMap {
    let named = |name: &&'static str| {
        let value = all.get(*name)?.clone();
        Some((HeaderName::from_static(name), value))
    };
    names.iter().filter_map(named).collect()
}

/// Must not look like an answer of the service, nor name its address, which the error does.
fn lost(error: &reqwest::Error) -> Response {
    let text = if error.is_connect() {
        "the recorded server cannot be reached"
    } else if error.is_timeout() {
        "the recorded server did not answer in time"
    } else {
        "the connection to the recorded server broke off"
    };
    (StatusCode::BAD_GATEWAY, text).into_response()
}

impl Proxy {
    fn save(&self, exchange: &Exchange) -> std::io::Result<()> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let text = serde_json::to_string_pretty(exchange)?;
        std::fs::write(self.folder.join(format!("{number:06}.json")), text + "\n")
    }
}

type Saved = Arc<Mutex<HashMap<String, Vec<Exchange>>>>;

async fn give_back(State(saved): State<Saved>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_LIMIT).await;
    let body = redacted(&body.unwrap_or_default());
    let key = key(parts.method.as_str(), &parts.uri.to_string(), &body);
    let found = {
        let mut saved = saved.lock().unwrap_or_else(PoisonError::into_inner);
        saved.get_mut(&key).and_then(|answers| match answers.len() {
            0 | 1 => answers.last().cloned(),
            _ => answers.pop(),
        })
    };
    let Some(exchange) = found else {
        let text = format!("{} {} was not recorded", parts.method, parts.uri.path());
        return (StatusCode::NOT_FOUND, axum::Json(json!({ "detail": text }))).into_response();
    };
    let status = StatusCode::from_u16(exchange.status).unwrap_or(StatusCode::BAD_GATEWAY);
    match exchange.response {
        Value::String(text) => (status, text).into_response(),
        json => (status, axum::Json(json)).into_response(),
    }
}

fn key(method: &str, path: &str, body: &Value) -> String {
    format!("{method} {path} {body}")
}

/// A recording goes on where the one before ended, whatever was taken out of it since.
fn next_number(files: &[PathBuf]) -> u64 {
    let number = |path: &PathBuf| path.file_stem()?.to_str()?.parse::<u64>().ok();
    let last = files.iter().filter_map(number).max();
    last.unwrap_or(0).saturating_add(1)
}

/// The exchanges of a folder, in their order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, RecordingError> {
    let unusable = |source| RecordingError::Folder {
        path: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unusable)? {
        let path = entry.map_err(unusable)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A body without its secrets. What is no JSON is kept as its length only: nobody knows what it holds.
fn redacted(bytes: &Bytes) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    match serde_json::from_slice(bytes) {
        Ok(mut value) => {
            redact(&mut value);
            value
        }
        Err(_) => Value::String(format!("{} bytes that are no JSON", bytes.len())),
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            for (name, value) in fields {
                if SECRET_FIELDS.contains(&name.as_str()) && !value.is_null() {
                    *value = json!(REDACTED);
                } else {
                    redact(value);
                }
            }
        }
        Value::String(text) => {
            // Signed addresses carry their secret in the query.
            if text.starts_with("http")
                && let Some((address, _)) = text.split_once('?')
            {
                *text = format!("{address}?{REDACTED}");
            }
        }
        _ => {}
    }
}
