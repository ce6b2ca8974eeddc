//! Answers that do not arrive as they should: none at all, half of one, or one that drips. Must only
//! be used by faults.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// The response whose sending ends the connection: its body fails before the first byte is written,
/// so the client sees neither status nor headers.
pub(crate) fn nothing() -> Response {
    Response::new(Body::new(Half {
        first: None,
        told: false,
        whole: 1,
    }))
}

/// The response whose body breaks off in the middle: its head promises all of it.
pub(crate) async fn half(response: Response) -> Response {
    let (mut parts, bytes) = taken_apart(response).await;
    parts.headers.remove(header::CONTENT_LENGTH);
    let whole = bytes.len() as u64;
    let first = Some(bytes.slice(..bytes.len() / 2));
    let told = false;
    Response::from_parts(parts, Body::new(Half { first, told, whole }))
}

/// The response whose body is shorter than it was, and says so.
pub(crate) async fn cut(response: Response) -> Response {
    let (mut parts, bytes) = taken_apart(response).await;
    let bytes = bytes.slice(..bytes.len() / 2);
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    Response::from_parts(parts, Body::from(bytes))
}

/// The response whose body comes `bytes` at a time, `every` so long.
pub(crate) async fn dripping(response: Response, bytes: usize, every: Duration) -> Response {
    let (parts, left) = taken_apart(response).await;
    let body = Drip {
        left,
        bytes: bytes.max(1),
        every,
        pause: Box::pin(sleep(Duration::ZERO)),
    };
    Response::from_parts(parts, Body::new(body))
}

async fn taken_apart(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    // The emulator's own answers are whole in memory, so collecting one cannot fail.
    let bytes = axum::body::to_bytes(body, usize::MAX).await;
    (parts, bytes.unwrap_or_default())
}

/// Gives its first part, then fails.
struct Half {
    first: Option<Bytes>,
    told: bool,
    whole: u64,
}

impl http_body::Body for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if !self.told && self.whole > 1 {
            // A pause makes the server write what it has before it hears of the failure.
            self.told = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.whole)
    }
}

/// Gives a little, pauses, gives a little.
struct Drip {
    left: Bytes,
    bytes: usize,
    every: Duration,
    pause: Pin<Box<Sleep>>,
}

impl http_body::Body for Drip {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        if self.pause.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        let next = tokio::time::Instant::now() + self.every;
        self.pause.as_mut().reset(next);
        let some = self.bytes.min(self.left.len());
        let drop = self.left.split_to(some);
        Poll::Ready(Some(Ok(Frame::data(drop))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use http_body::Body as _;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_drip_is_slow_and_whole() {
        let whole = Response::new(Body::from("x".repeat(50)));
        let begun = Instant::now();
        let mut body = dripping(whole, 16, Duration::from_secs(1))
            .await
            .into_body();
        let mut drops = Vec::new();
        while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            let length = frame.unwrap().into_data().unwrap().len();
            drops.push((begun.elapsed().as_secs(), length));
        }
        assert_eq!(drops, [(0, 16), (1, 16), (2, 16), (3, 2)]);
    }
}
