//! The page a person looks at: what it shows, and that a browser draws it.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::response::Html;
use creatify_emulator::{Emulator, Fault, FaultTarget};
use serde_json::json;

use crate::support::{Client, avatar, id, previews, start, start_with, template_of_30};

async fn page(client: &Client) -> String {
    let answer = client.http.get(client.url("/_emulator/")).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
    answer.text().await.unwrap()
}

/// A run with a little of everything.
async fn eventful() -> Client {
    let client = start_with(Emulator::builder().credits("100").seed(3)).await;
    let reason = "no face <found>".to_owned();
    client
        .accept("/api/lipsyncs_v2/", &avatar(12.0, "standard"))
        .await;
    client.emulator.inject(Fault::JobFails { reason });
    client
        .accept("/api/lipsyncs_v2/", &avatar(20.0, "aurora_v1"))
        .await;
    let link = client.link().await;
    let path = "/api/link_to_videos/preview_list_async/";
    let styles = ["FullScreenTemplate", "AvatarBubbleTemplate"];
    let job = client.accept(path, &previews(&link, &styles)).await;
    client
        .emulator
        .advance(std::time::Duration::from_secs(100))
        .await;
    client
        .read(&format!("/api/link_to_videos/{}/", id(&job)))
        .await;
    client
        .accept(
            &format!("/api/link_to_videos/{}/render/", id(&job)),
            &json!(null),
        )
        .await;
    client
        .emulator
        .advance(std::time::Duration::from_secs(150))
        .await;
    client
        .accept("/api/custom_template_jobs/", &template_of_30())
        .await;
    client
        .emulator
        .inject(Fault::Html.on(FaultTarget::NextRead));
    let lost = client
        .request("GET", "/api/lipsyncs_v2/")
        .send()
        .await
        .unwrap();
    assert_eq!(lost.status(), 502);
    client.post("/api/lipsyncs_v2/", &json!({})).await;
    client
        .emulator
        .advance(std::time::Duration::from_secs(30))
        .await;
    client
        .accept("/api/lipsyncs_v2/", &avatar(6.0, "standard"))
        .await;
    client
        .emulator
        .advance(std::time::Duration::from_secs(10))
        .await;
    client
}

#[tokio::test]
async fn an_empty_run_says_so() {
    let text = page(&start().await).await;
    assert!(text.contains("None yet"), "{text}");
    assert!(text.contains("1000"));
}

#[tokio::test]
async fn jobs_balance_and_requests_are_shown_and_nothing_is_fetched_from_elsewhere() {
    let client = eventful().await;
    let text = page(&client).await;
    for shown in [
        "failed: no face &lt;found&gt;",
        "running",
        "done",
        "502",
        "polyline",
        "no face &lt;found&gt; <span class=\"fault\">job_fails</span>",
        "<td class=\"bad\">502</td><td><span class=\"fault\">html</span></td>",
    ] {
        assert!(text.contains(shown), "{shown}");
    }
    assert!(
        !text.contains("<found>"),
        "what requests hold is not markup"
    );
    assert!(!text.contains("http://") && !text.contains("https://"));
    assert!(!text.contains(" src=") && !text.contains("stylesheet"));
    assert_eq!(
        client.emulator.requests().len(),
        10,
        "looking is not recorded"
    );
}

/// Stands between a browser and the page, and has a job made once the page was fetched.
struct Onlooker {
    client: Client,
    looks: AtomicUsize,
}

async fn look(State(onlooker): State<Arc<Onlooker>>) -> Html<String> {
    let text = page(&onlooker.client).await;
    if onlooker.looks.fetch_add(1, Ordering::Relaxed) == 0 {
        onlooker
            .client
            .accept("/api/lipsyncs_v2/", &avatar(7.0, "standard"))
            .await;
    }
    Html(text)
}

/// Draws the page in a headless browser and keeps the picture where `CREATIFY_SCREENSHOT` says.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_draws_the_page_and_keeps_it_live() {
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    let browser = browsers.into_iter().find(|name| {
        let version = Command::new(name).arg("--version").output();
        version.is_ok_and(|output| output.status.success())
    });
    let Some(browser) = browser else {
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: no Chromium is installed");
        }
        return;
    };
    let client = eventful().await;
    let folder = std::env::temp_dir().join(format!("creatify-look-{}", client.emulator.port()));
    let page = client.url("/_emulator/");
    let looks = AtomicUsize::new(0);
    let onlooker = Arc::new(Onlooker { client, looks });
    let router = axum::Router::new().fallback(look);
    let router = router.with_state(Arc::clone(&onlooker));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let watched = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let draw = move |argument: String, url: &str| {
        let mut command = Command::new(browser);
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
            ])
            .args(["--window-size=1200,1000", "--virtual-time-budget=3500"])
            .arg(format!("--user-data-dir={}", folder.display()))
            .args([&argument, url]);
        let output = command.output().unwrap();
        let _ = std::fs::remove_dir_all(&folder);
        output
    };
    let picture = std::env::var_os("CREATIFY_SCREENSHOT");
    let drawn = tokio::task::spawn_blocking(move || {
        if let Some(picture) = picture {
            draw(format!("--screenshot={}", picture.display()), &page);
        }
        draw("--dump-dom".to_owned(), &watched)
    });
    let drawn = drawn.await.unwrap();
    server.abort();
    let text = String::from_utf8_lossy(&drawn.stdout).into_owned();
    assert!(text.contains("failed: no face"), "{text}");
    let made = onlooker.client.emulator.jobs().pop().unwrap();
    assert!(text.contains(&made.id[..8]), "the page is live: {text}");
    assert_eq!(text.matches("<main>").count(), 1, "and one page still");
}
