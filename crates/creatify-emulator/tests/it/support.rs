//! The test client, which checks each answer against the document with a translation of its own, and
//! a receiver of webhooks.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::routing::post;
use creatify_emulator::{Emulator, EmulatorBuilder, seed};
use serde_json::{Map, Value, json};

/// The document, as published.
pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../src/creatify.json")).unwrap());

/// An emulator and a client with its keys.
pub(crate) struct Client {
    pub(crate) emulator: Emulator,
    pub(crate) http: reqwest::Client,
}

pub(crate) async fn start() -> Client {
    start_with(Emulator::builder()).await
}

pub(crate) async fn start_with(builder: EmulatorBuilder) -> Client {
    Client {
        emulator: builder.start().await.unwrap(),
        http: http(),
    }
}

/// A client that follows nothing and knows no certificate: everything here is loopback.
pub(crate) fn http() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

impl Client {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.emulator.url())
    }

    /// A request with both keys.
    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap();
        self.http
            .request(method, self.url(path))
            .header("X-API-ID", self.emulator.api_id())
            .header("X-API-KEY", self.emulator.api_key())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", path, self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.request("POST", path).json(body);
        self.send("POST", path, request).await
    }

    /// Sends, reads JSON and holds it against the document.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        request: reqwest::RequestBuilder,
    ) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        check_answer(method, path, status, &body);
        (status, body)
    }

    /// A `GET` that must succeed.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// A `POST` that must be accepted.
    pub(crate) async fn accept(&self, path: &str, body: &Value) -> Value {
        let (status, body) = self.post(path, body).await;
        assert!(status == 200 || status == 201, "{path}: {status} {body}");
        body
    }

    pub(crate) async fn balance(&self) -> Value {
        self.read("/api/remaining_credits/").await["remaining_credits"].clone()
    }

    /// Moves the clock to the next step of any job.
    pub(crate) async fn step(&self) {
        let next = self.emulator.next_step().expect("a job that moves");
        self.emulator.advance_to(next).await;
    }

    /// Lets every job run to its end.
    pub(crate) async fn finish(&self) {
        while let Some(next) = self.emulator.next_step() {
            self.emulator.advance_to(next).await;
        }
    }

    /// The statuses a job goes through while each of its steps is read.
    pub(crate) async fn statuses(&self, path: &str) -> Vec<String> {
        let status = |job: Value| job["status"].as_str().unwrap().to_owned();
        let mut seen = vec![status(self.read(path).await)];
        while self.emulator.next_step().is_some() {
            self.step().await;
            seen.push(status(self.read(path).await));
        }
        seen
    }

    /// Creates a link and gives its id.
    pub(crate) async fn link(&self) -> String {
        let body = json!({"url": "https://shop.example/shoe"});
        let link = self.accept("/api/links/", &body).await;
        id(&link)
    }
}

pub(crate) fn id(body: &Value) -> String {
    body["id"].as_str().expect("an id").to_owned()
}

/// A request for a template of this id.
pub(crate) fn template(id: &str) -> Value {
    json!({"template_id": id, "variables": {}})
}

pub(crate) fn template_of_30() -> Value {
    template(seed::TEMPLATE_30_SECONDS)
}

/// An avatar video of one scene of this length.
pub(crate) fn avatar(seconds: f64, model: &str) -> Value {
    json!({
        "video_inputs": [{
            "character": {"type": "avatar", "avatar_id": seed::PERSONA_ADA},
            "voice": {"type": "text", "input_text": "hello", "voice_id": seed::VOICE_CALM,
                "duration": seconds},
        }],
        "model_version": model,
    })
}

/// The nine styles of the tutorial.
pub(crate) const STYLES: [&str; 9] = [
    "GreenScreenEffectTemplate",
    "SimpleAvatarOverlayTemplate",
    "DynamicProductTemplate",
    "FullScreenTemplate",
    "QuickTransitionTemplate",
    "EnhancedVanillaTemplate",
    "DynamicGreenScreenEffect",
    "FeatureHighlightTemplate",
    "AvatarBubbleTemplate",
];

/// Previews of a link video of 30 seconds.
pub(crate) fn previews(link: &str, styles: &[&str]) -> Value {
    json!({"link": link, "video_length": 30, "visual_styles": styles})
}

/// Holds an answer against the schema the document declares for it. Statuses that the document does
/// not declare are left alone, as long as they refuse.
pub(crate) fn check_answer(method: &str, path: &str, status: u16, body: &Value) {
    let path = path.split('?').next().unwrap();
    let Some(operation) = operation(method, path) else {
        return;
    };
    let mut response = &operation["responses"][status.to_string()];
    if let Some(reference) = response["$ref"].as_str() {
        response = DOCUMENT.pointer(&reference[1..]).unwrap();
    }
    if response.is_null() {
        assert!(status >= 400, "{method} {path}: undeclared {status}");
        return;
    }
    check(&response["content"]["application/json"]["schema"], body);
}

/// The operation whose path has this form.
pub(crate) fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let same = |template: &str| {
        let parts: Vec<_> = template.split('/').collect();
        let given: Vec<_> = path.split('/').collect();
        parts.len() == given.len()
            && parts
                .iter()
                .zip(&given)
                .all(|(part, given)| part == given || (part.starts_with('{') && !given.is_empty()))
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    // A path in so many words goes before one with a parameter.
    let exact = paths.get(path);
    let item = exact.or_else(|| {
        paths
            .iter()
            .find(|(path, _)| same(path))
            .map(|(_, item)| item)
    });
    item?.get(method.to_lowercase())
}

/// Asserts that a value satisfies a schema of the document.
pub(crate) fn check(schema: &Value, value: &Value) {
    let root = json!({
        "$schema": "http://json-schema.org/draft-04/schema#",
        "components": nullable(&DOCUMENT["components"]),
        "allOf": [nullable(schema)],
    });
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&root)
        .unwrap();
    let errors: Vec<String> = validator
        .iter_errors(value)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{value:#}");
}

/// Says "or null" by a second branch.
fn nullable(schema: &Value) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(nullable).collect(),
        Value::Object(fields) => {
            let inner: Map<String, Value> = fields
                .iter()
                .filter(|(name, value)| name.as_str() != "nullable" || !value.is_boolean())
                .map(|(name, value)| (name.clone(), nullable(value)))
                .collect();
            if fields.get("nullable") == Some(&Value::Bool(true)) {
                json!({"anyOf": [{"type": "null"}, inner]})
            } else {
                Value::Object(inner)
            }
        }
        other => other.clone(),
    }
}

/// A receiver of webhooks on loopback, which keeps what it gets.
pub(crate) struct Receiver {
    pub(crate) url: String,
    got: Arc<Mutex<Vec<Value>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let got = Arc::new(Mutex::new(Vec::new()));
        let keep = |State(got): State<Arc<Mutex<Vec<Value>>>>, Json(body): Json<Value>| async move {
            got.lock().unwrap().push(body);
        };
        let router = axum::Router::new()
            .route("/hook", post(keep))
            .with_state(Arc::clone(&got));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, got, server }
    }

    /// What came so far, and forgets it.
    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.got.lock().unwrap())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// A bound on waits that should be short, so that a fault shows as a failure and not as a hang.
pub(crate) const SOON: Duration = Duration::from_secs(20);
