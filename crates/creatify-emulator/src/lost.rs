//! An answer that never leaves: its body fails before the first byte is written, so the connection
//! closes and the client sees neither status nor headers. Must only be used by faults.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::response::Response;
use http_body::Frame;

/// The response whose sending closes the connection.
pub(crate) fn response() -> Response {
    Response::new(Body::new(Lost))
}

struct Lost;

impl http_body::Body for Lost {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}
