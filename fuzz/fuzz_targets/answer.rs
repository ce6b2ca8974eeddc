//! Any answer of the service, to a read, a list and a paid call: the first byte picks the status,
//! the first line is its `Retry-After`, the rest its body. Nothing panics, no error repeats a key,
//! and no pause is longer than a day.

#![no_main]

use std::sync::Arc;
use std::time::Duration;

use creatify_api::{ApiError, Client, Config, Credentials, Exec, ExecFuture};

const KEY: &str = "planted/\"key\"-0123456789";
const STATUSES: [u16; 12] = [200, 201, 204, 307, 400, 401, 402, 404, 413, 422, 429, 503];

struct Answer {
    status: u16,
    retry_after: Vec<u8>,
    body: Vec<u8>,
}

impl Exec for Answer {
    fn exec(&self, _: reqwest::Request) -> ExecFuture<'_> {
        Box::pin(async {
            let mut answer = http::Response::new(self.body.clone());
            *answer.status_mut() = http::StatusCode::from_u16(self.status).expect("a status");
            if let Ok(value) = http::HeaderValue::from_bytes(&self.retry_after) {
                answer.headers_mut().insert("retry-after", value);
            }
            Ok(answer.into())
        })
    }
}

fn look(error: ApiError) {
    assert!(error.retry_after().is_none_or(|pause| pause <= Duration::from_secs(86_400)));
    let text = format!("{error} {error:?} {:?} {:?}", error.body(), error.body_text());
    assert!(!text.contains(KEY), "{text}");
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&first, rest)) = data.split_first() else { return };
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (retry_after, body) = rest.split_at(end);
    let answer = Answer {
        status: STATUSES[usize::from(first) % STATUSES.len()],
        retry_after: retry_after.to_vec(),
        // A key may stand anywhere in it.
        body: body.split(|byte| *byte == 0).collect::<Vec<_>>().join(KEY.as_bytes()),
    };
    let credentials = Credentials::new(KEY, KEY).expect("it can be sent");
    let client: Client = Config::new(credentials).exec(Arc::new(answer)).build().expect("it is good");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(async {
        let _ = client.custom_template_jobs_retrieve("a").await.map_err(|error| look(error.into()));
        let _ = client.link_to_videos_retrieve("a").await.map_err(|error| look(error.into()));
        let _ = client.lipsyncs_v2_retrieve("a").await.map_err(|error| look(error.into()));
        let _ = client.lipsyncs_v2_list(Some("a,b")).await.map_err(|error| look(error.into()));
        let _ = client.remaining_credits_retrieve().await.map_err(|error| look(error.into()));
    });
});
