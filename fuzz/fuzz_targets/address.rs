//! Any text as each kind of address: of the service, of a webhook's base, of an output. What is
//! accepted is https, or http on this machine, and nothing is connected to.

#![no_main]

use std::net::SocketAddr;
use std::time::Duration;

use creatify::download::{Downloader, Resolver};
use creatify::webhook::{Attempt, Capabilities, Secret};
use creatify::{BoxFuture, Client, ErrorKind};

/// Knows no name, so that no download gets past its checks.
struct NoNames;

impl Resolver for NoNames {
    fn resolve<'a>(
        &'a self,
        _: &'a str,
        _: u16,
    ) -> BoxFuture<'a, std::io::Result<Vec<SocketAddr>>> {
        Box::pin(async { Err(std::io::Error::other("no name is known")) })
    }
}

fn is_safe(address: &str) -> bool {
    let on_this_machine = ["http://localhost", "http://127.", "http://[::1]"];
    address.starts_with("https://") || on_this_machine.iter().any(|start| address.starts_with(start))
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let client = Client::builder().credentials("an-api-id", "an-api-key").base_url(text).build();
    if let Ok(client) = client {
        assert!(is_safe(client.base_url()), "{}", client.base_url());
    }
    let secret = Secret::new("k1", &[7; 32]).expect("32 bytes are enough");
    if let Ok(capabilities) = Capabilities::new(text, secret) {
        let attempt = Attempt::random().expect("random numbers");
        let url = capabilities.url(&attempt).expect("construction has checked the length");
        assert!(is_safe(url.expose()) && url.expose().len() <= 200);
    }
    // A literal public address would be connected to; none is among the allowed hosts.
    let downloader = Downloader::new().resolver(NoNames).time_limit(Duration::from_secs(1));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let saved = runtime.expect("a runtime").block_on(async {
        downloader.save(text, "/nonexistent/video.mp4").await
    });
    let error = saved.expect_err("no name is known, so nothing is saved");
    assert!(matches!(error.kind(), ErrorKind::Unsafe | ErrorKind::Unreachable), "{error:?}");
});
