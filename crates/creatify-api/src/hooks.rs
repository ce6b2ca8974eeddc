//! What happens around every generated call: keys and time limit before it, the whole answer after.
//!
//! Nothing here decides whether to call again. An answer is read to its end before the generated
//! code sees it, so that its body can be kept, cut at a limit and cleared of keys in one place.

use http::{
    HeaderMap, HeaderValue,
    header::{DATE, HeaderName, RETRY_AFTER},
};
use progenitor_client::{ClientHooks, ClientInfo as _, Error, OperationInfo};
use reqwest::{Request, Response, ResponseBuilderExt as _};
use tracing::field::Empty;
use tracing::{Instrument as _, Span};

use crate::{
    Client, Inner,
    error::{Answer, retry_after},
    masking, operations,
};

const API_ID: HeaderName = HeaderName::from_static("x-api-id");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A good answer is cut here; a list of a thousand jobs has about 3 MB.
const MAX_GOOD_BODY: usize = 32 * 1024 * 1024;
/// An error answer is cut here.
const MAX_ERROR_BODY: usize = 64 * 1024;

impl ClientHooks<Inner> for Client {
    async fn pre<E>(&self, request: &mut Request, info: &OperationInfo) -> Result<(), Error<E>> {
        let inner = self.inner();
        if inner.exec().is_none() {
            inner
                .lanes()
                .map_err(|message| Error::Custom(message.to_owned()))?;
        }
        *request.timeout_mut() = Some(inner.timeout(info.operation_id));
        let (id, key) = inner.headers();
        let headers = request.headers_mut();
        // The generator sends the version of our document, which means nothing to the service.
        headers.remove("api-version");
        headers.insert(API_ID, id);
        headers.insert(API_KEY, key);
        Ok(())
    }

    async fn exec(&self, request: Request, info: &OperationInfo) -> reqwest::Result<Response> {
        let span = span(&request, info);
        let answer = self.answer(request).instrument(span.clone()).await;
        match &answer {
            Ok(response) => {
                span.record("http.response.status_code", response.status().as_u16());
            }
            Err(error) => {
                span.record("error.type", kind(error));
            }
        }
        answer
    }
}

impl Client {
    async fn answer(&self, request: Request) -> reqwest::Result<Response> {
        let inner = self.inner();
        let callback = masking::callback_path(&request);
        let response = if let Some(exec) = inner.exec() {
            exec.exec(request).await?
        } else if let Ok(lanes) = inner.lanes() {
            lanes.of(request.method()).execute(request).await?
        } else {
            // Not met: the hook before has refused the request. The client that drafted it trusts
            // no certificate, so it cannot send it either.
            self.client().execute(request).await?
        };
        Ok(whole(response, inner, callback.as_deref()).await)
    }
}

/// One request in a trace. It names the route and not the path, which may hold ids.
fn span(request: &Request, info: &OperationInfo) -> Span {
    tracing::debug_span!(
        "http_request",
        operation = info.operation_id,
        http.request.method = request.method().as_str(),
        url.template = operations::find(info.operation_id).map(operations::Operation::path),
        http.response.status_code = Empty,
        error.type = Empty,
        otel.kind = "client",
    )
}

/// What went wrong below HTTP, in a word.
fn kind(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "connect"
    } else {
        "broken"
    }
}

/// The same answer with its body read; one that broke off ends where it broke off.
///
/// A good answer is an object or a list, which does not parse unless it is whole: one that broke off
/// inside is undecodable, and one of which only the end of the transfer is missing has said it all.
async fn whole(mut response: Response, inner: &Inner, callback: Option<&str>) -> Response {
    let is_good = response.status().is_success();
    let limit = if is_good {
        MAX_GOOD_BODY
    } else {
        MAX_ERROR_BODY
    };
    let mut body: Vec<u8> = Vec::new();
    let mut is_complete = true;
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= limit => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Ok(Some(chunk)) => {
                body.extend_from_slice(&chunk[..limit - body.len()]);
                is_complete = false;
                break;
            }
            Err(_) => {
                is_complete = false;
                break;
            }
        }
    }
    // With its address: the library would parse one of its own making for each answer without.
    let rebuilt = http::Response::builder().url(response.url().clone());
    let mut rebuilt = rebuilt.body(Vec::new()).unwrap_or_default();
    *rebuilt.status_mut() = response.status();
    *rebuilt.headers_mut() = std::mem::take(response.headers_mut());
    if !is_good {
        inner.credentials().mask(&mut body);
        if let Some(path) = callback {
            masking::overwrite(&mut body, path);
        }
        let retry_after = wait(rebuilt.headers());
        let answer = Answer {
            retry_after,
            body: body.clone(),
            is_complete,
        };
        rebuilt.extensions_mut().insert(answer);
    }
    *rebuilt.body_mut() = body;
    Response::from(rebuilt)
}

fn wait(headers: &HeaderMap<HeaderValue>) -> Option<std::time::Duration> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    retry_after(text(RETRY_AFTER)?, text(DATE))
}
