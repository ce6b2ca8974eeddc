//! `docs drift`: a recording of every operation of the emulator holds nothing against the document,
//! and each edit of it is found as exactly what it is.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, LazyLock},
};

use creatify_emulator::{Clock, Emulator, Recording, seed};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::docs::drift::{Report, drift};

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the workspace").to_owned()
}

/// Every operation once at least, accepted; and refusals in their shapes.
static RECORDED: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(record(folder.path()));
    folder
});

struct Caller {
    http: reqwest::Client,
    url: String,
    key: &'static str,
}

impl Caller {
    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = method.parse().expect("a method");
        let request = self
            .http
            .request(method, format!("{}{path}", self.url))
            .header("X-API-ID", seed::API_ID)
            .header("X-API-KEY", self.key);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.expect("an answer");
        (
            answer.status().as_u16(),
            answer.json().await.unwrap_or_default(),
        )
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send("GET", path, None).await;
        assert_eq!(status, 200, "{path}");
        body
    }

    async fn post(&self, path: &str, body: Value) -> String {
        let (status, answer) = self.send("POST", path, Some(body)).await;
        assert!(matches!(status, 200 | 201), "{path}: {status} {answer}");
        answer["id"].as_str().expect("an id").to_owned()
    }

    /// Reads a job until nothing of it moves.
    async fn settle(&self, path: &str) {
        for _ in 0..4 {
            self.get(path).await;
        }
    }
}

fn client() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(tls);
    builder.no_proxy().build().expect("a client")
}

async fn record(folder: &Path) {
    let clock = Clock::VirtualByRequest;
    let emulator = Emulator::builder().clock(clock).start().await;
    let emulator = emulator.expect("an emulator");
    let proxy = Recording::record(folder, &emulator.url(), 0).await;
    let proxy = proxy.expect("a recorder");
    let caller = Caller {
        http: client(),
        url: proxy.url(),
        key: seed::API_KEY,
    };
    for path in [
        "remaining_credits",
        "personas",
        "voices",
        "custom_templates",
    ] {
        caller.get(&format!("/api/{path}/")).await;
    }

    let link = json!({"url": "https://shop.example/lamp"});
    let link = caller.post("/api/links/", link).await;
    caller.get(&format!("/api/links/{link}/")).await;
    let styles = ["FullScreenTemplate", "AvatarBubbleTemplate"];
    let order = json!({"link": link, "video_length": 30, "visual_styles": styles,
        "webhook_url": "https://hooks.example/w/1"});
    let previews = "/api/link_to_videos/preview_list_async/";
    let one = caller.post(previews, order.clone()).await;
    let job = format!("/api/link_to_videos/{one}/");
    caller.settle(&job).await;
    let picked = caller.get(&job).await["previews"][1]["media_job"].clone();
    let render = format!("{job}render_single_preview/");
    caller.post(&render, json!({"media_job": picked})).await;
    caller.settle(&job).await;
    let other = caller.post(previews, order).await;
    let job = format!("/api/link_to_videos/{other}/");
    caller.settle(&job).await;
    let render = caller.send("POST", &format!("{job}render/"), None).await;
    assert_eq!(render.0, 200);
    caller.get("/api/link_to_videos/").await;
    let both = format!("/api/link_to_videos/?ids={one},{other}");
    caller.get(&both).await;

    let order = json!({"template_id": seed::TEMPLATE_15_SECONDS, "variables": {}});
    for path in ["", "preview/", "preview_async/"] {
        let path = format!("/api/custom_template_jobs/{path}");
        let id = caller.post(&path, order.clone()).await;
        let job = format!("/api/custom_template_jobs/{id}/");
        caller.settle(&job).await;
        if path.ends_with("async/") {
            caller.post(&format!("{job}render/"), json!({})).await;
            caller.settle(&job).await;
        }
    }
    let avatar = json!({"video_inputs": [{
        "character": {"type": "avatar", "avatar_id": seed::PERSONA_ADA},
        "voice": {"type": "text", "input_text": "hello", "voice_id": seed::VOICE_CALM},
    }]});
    let id = caller.post("/api/lipsyncs_v2/", avatar).await;
    caller.settle(&format!("/api/lipsyncs_v2/{id}/")).await;
    caller.get("/api/lipsyncs_v2/").await;

    let nobody = format!("/api/lipsyncs_v2/{}/", seed::VOICE_CALM);
    assert_eq!(caller.send("GET", &nobody, None).await.0, 404);
    let wrong = json!({"video_inputs": 5});
    let refused = caller.send("POST", "/api/lipsyncs_v2/", Some(wrong)).await;
    assert_eq!(refused.0, 400);
    let stranger = Caller {
        key: "wrong",
        ..caller
    };
    assert_eq!(stranger.send("GET", &nobody, None).await.0, 401);
}

/// The first exchange that `is_it` finds, changed, in a folder of its own: the others are proved to
/// hold nothing, and each costs a schema to compile.
fn edited(is_it: impl Fn(&Value) -> bool, edit: impl Fn(&mut Value)) -> TempDir {
    let mut all = exchanges(RECORDED.path()).into_iter();
    let found = all.find(|(_, exchange)| is_it(exchange));
    let (path, mut exchange) = found.expect("an exchange like that");
    edit(&mut exchange);
    let folder = tempfile::tempdir().expect("a folder");
    let name = path.file_name().expect("a name");
    std::fs::write(folder.path().join(name), exchange.to_string()).expect("it is written");
    folder
}

fn exchanges(folder: &Path) -> Vec<(PathBuf, Value)> {
    let files = std::fs::read_dir(folder).expect("the recording");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read(&path).expect("it is read");
        (path, serde_json::from_slice(&text).expect("it is JSON"))
    };
    files.into_iter().map(read).collect()
}

fn judged(folder: &Path) -> Report {
    drift(&root(), folder).expect("a report")
}

#[test]
fn the_emulator_says_what_the_document_says_of_every_operation() {
    let report = judged(RECORDED.path());
    assert_eq!(report.findings, [], "{}", report.text());
    let document = std::fs::read(root().join("openapi/creatify.json")).expect("the document");
    let document: Value = serde_json::from_slice(&document).expect("it is JSON");
    let paths = document["paths"].as_object().expect("paths").values();
    let all: BTreeSet<String> = paths
        .flat_map(|item| item.as_object().expect("methods").values())
        .filter_map(|operation| Some(operation["operationId"].as_str()?.to_owned()))
        .collect();
    let seen: BTreeSet<String> = report.operations.keys().cloned().collect();
    assert_eq!(seen, all);
    let summary = format!("{} operations: nothing found\n", all.len());
    assert!(report.text().ends_with(&summary), "{}", report.text());
}

/// One entry of `drift_edits.toml`, which says what its fields are.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    what: String,
    exchange: String,
    #[serde(default)]
    refused: bool,
    place: String,
    value: Option<String>,
    finding: [String; 6],
}

#[derive(Deserialize)]
struct Edits {
    edit: Vec<Edit>,
}

impl Edit {
    fn is_of(&self, exchange: &Value) -> bool {
        let text = |name: &str| exchange[name].as_str().unwrap_or_default();
        let sent = format!("{} {}", text("method"), text("path"));
        let is_there = match self.exchange.strip_suffix('*') {
            Some(beginning) => sent.starts_with(beginning),
            None => sent == self.exchange,
        };
        is_there && (exchange["status"].as_u64() >= Some(400)) == self.refused
    }

    fn make(&self, exchange: &mut Value) {
        let (parent, name) = self.place.rsplit_once('/').expect("a pointer");
        let fields = exchange.pointer_mut(parent).and_then(Value::as_object_mut);
        let fields = fields.unwrap_or_else(|| panic!("{}: no such place", self.what));
        match &self.value {
            Some(value) => {
                let value = serde_json::from_str(value).expect("it is JSON");
                fields.insert(name.to_owned(), value)
            }
            None => fields.remove(name),
        };
    }
}

#[test]
fn each_edit_is_found_as_what_it_is_and_nothing_else_is() {
    let edits: Edits = toml::from_str(include_str!("drift_edits.toml")).expect("it is TOML");
    for edit in edits.edit {
        let folder = edited(|one| edit.is_of(one), |one| edit.make(one));
        let report = judged(folder.path());
        let what = format!("{}:\n{}", edit.what, report.text());
        let [found] = &report.findings[..] else {
            panic!("not one finding: {what}");
        };
        let class = serde_json::to_value(found.class).expect("a text");
        let told = [
            class.as_str().expect("a text"),
            &found.operation,
            &found.part,
            &found.pointer,
            &found.document,
            &found.service,
        ];
        assert_eq!(told, edit.finding, "{what}");
        assert_eq!(found.exchanges, 1, "{what}");
        // Only what the document has nothing near to stands on no page.
        assert_eq!(
            found.page.is_none(),
            found.document == "no such path",
            "{what}"
        );
    }
}

#[test]
fn the_page_is_the_one_that_says_so_and_equal_differences_are_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, mut exchange) in exchanges(RECORDED.path()) {
        if let Some(job) = exchange["response"].as_object_mut()
            && exchange_is_template_job(job)
        {
            job.insert("status".to_owned(), json!("melting"));
        }
        let name = path.file_name().expect("a name");
        std::fs::write(folder.path().join(name), exchange.to_string()).expect("it is written");
    }
    let report = judged(folder.path());
    let read = report
        .findings
        .iter()
        .find(|one| one.operation == "custom_template_jobs_retrieve");
    let read = read.expect("a finding");
    assert_eq!((read.exchanges, read.of), (16, 16), "{}", report.text());
    // The job's schema stands on the page of its read; its status, on the page that lists them.
    let page = read.page.as_ref().expect("a page");
    assert_eq!(page.id, "custom-template-jobs-create");
    assert!(
        page.url
            .as_ref()
            .is_some_and(|url| url.starts_with("https://docs."))
    );
    assert!(
        report.text().contains("in 16 of 16 exchanges, first 0000"),
        "{}",
        report.text()
    );
}

fn exchange_is_template_job(job: &serde_json::Map<String, Value>) -> bool {
    job.contains_key("variables")
}

#[test]
fn what_was_taken_out_and_what_was_refused_prove_nothing() {
    let refused = edited(
        |exchange| exchange["status"] == 400,
        |exchange| exchange["request"] = json!({"nonsense": true}),
    );
    assert_eq!(judged(refused.path()).findings, []);
    let redacted = edited(
        |exchange| exchange["path"] == "/api/lipsyncs_v2/" && exchange["status"] == 201,
        |exchange| exchange["response"]["webhook_url"] = json!("REDACTED"),
    );
    assert_eq!(judged(redacted.path()).findings, []);
    let missing = edited(
        |exchange| exchange["status"] == 404,
        |exchange| exchange["path"] = json!("/api/nothing/"),
    );
    assert_eq!(judged(missing.path()).findings, []);
}

#[test]
fn the_command_exits_with_0_1_and_2() {
    let run = |folder: &Path, format: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["docs", "--root"])
            .arg(root())
            .args(["drift", "--format", format])
            .arg(folder)
            .output()
            .expect("the command runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    assert_eq!(run(RECORDED.path(), "text").0, Some(0));
    let wrong = edited(
        |exchange| exchange["path"] == "/api/remaining_credits/",
        |exchange| exchange["response"]["remaining_credits"] = json!("12.5"),
    );
    let (code, text, _) = run(wrong.path(), "text");
    assert_eq!(code, Some(1));
    assert!(
        text.contains("remaining_credits_retrieve response 200 /remaining_credits\n"),
        "{text}"
    );
    assert!(
        text.contains("  document: number (remaining-credits, https://"),
        "{text}"
    );
    assert!(
        text.contains(
            "  service:  string, such as \"12.5\", in 1 of 1 exchanges, first 000001.json\n"
        ),
        "{text}"
    );
    let (code, json, _) = run(wrong.path(), "json");
    assert_eq!(code, Some(1));
    let report: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(report["findings"][0]["class"], "type");
    assert_eq!(report["findings"][0]["page"]["id"], "remaining-credits");

    let empty = tempfile::tempdir().expect("a folder");
    let (code, _, error) = run(empty.path(), "text");
    assert!(
        code == Some(2) && error.contains("no recorded exchange"),
        "{error}"
    );
    for text in ["{}", "nothing", r#"{"method": 1}"#] {
        std::fs::write(empty.path().join("000017.json"), text).expect("it is written");
        let (code, _, error) = run(empty.path(), "text");
        assert!(code == Some(2) && error.contains("000017.json"), "{error}");
    }
    let (code, _, error) = run(&empty.path().join("missing"), "text");
    assert!(code == Some(2) && error.contains("missing"), "{error}");
}
