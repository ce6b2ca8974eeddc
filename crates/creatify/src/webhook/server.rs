//! The receiver as an axum router, and a server for it that no slow caller can hold up.
//!
//! The router is for a server of one's own; behind the feature `axum`. Nothing here decides about a
//! call: it bounds what is read and passes it on.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::serve::Listener;
use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{MAX_BODY, READ_LIMIT, Receiver, Reply};
use crate::BoxFuture;

/// Connections at a time; a further one waits in the system's queue.
const MAX_CONNECTIONS: usize = 256;

/// How long one connection may last, its head, its body and every later call on it included.
const CONNECTION_LIMIT: Duration = Duration::from_secs(2 * READ_LIMIT.as_secs());

/// A router that answers every path; merge or nest it, or serve it alone.
///
/// Nested below a prefix, it sees paths without the prefix. It bounds the body in size and time;
/// the head is for the server around it to bound.
pub fn router(receiver: Receiver) -> Router {
    Router::new().fallback(answer).with_state(receiver)
}

/// Serves call-backs on a listener until the future is dropped.
///
/// A connection lasts at most 10 s, however slowly its head comes, and there are at most 256 of
/// them at a time. TLS is for a proxy or tunnel in front of it.
///
/// # Errors
///
/// None today; failed connections are dropped.
pub async fn serve(receiver: Receiver, listener: TcpListener) -> io::Result<()> {
    let listener = BoundedListener {
        listener,
        free: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        receiver: receiver.clone(),
    };
    axum::serve(listener, router(receiver)).await
}

async fn answer(State(receiver): State<Receiver>, request: Request) -> StatusCode {
    let reply = reply(&receiver, request).await;
    StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

async fn reply(receiver: &Receiver, request: Request) -> Reply {
    let admitted = match receiver.admit(request.method().as_str(), request.uri().path()) {
        Ok(admitted) => admitted,
        Err(reply) => return reply,
    };
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BODY as u64) {
        return receiver.refuse(Reply::TooLarge);
    }
    let read = tokio::select! {
        biased;
        read = read(request.into_body()) => read,
        () = receiver.timer().sleep(READ_LIMIT) => Err(Reply::TooSlow),
    };
    match read {
        Ok(body) => receiver.take(admitted, &body),
        Err(reply) => receiver.refuse(reply),
    }
}

/// Reads a body up to its limit and not a frame further.
async fn read(mut body: Body) -> Result<Vec<u8>, Reply> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| Reply::BadBody)?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > MAX_BODY {
                return Err(Reply::TooLarge);
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}

/// Accepts connections that end by themselves.
struct BoundedListener {
    listener: TcpListener,
    free: Arc<Semaphore>,
    receiver: Receiver,
}

impl Listener for BoundedListener {
    type Io = BoundedStream;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        // The semaphore is never closed.
        let permit = Arc::clone(&self.free).acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let receiver = self.receiver.clone();
        let limit = Box::pin(async move { receiver.timer().sleep(CONNECTION_LIMIT).await });
        let stream = BoundedStream {
            stream,
            limit,
            is_over: false,
            _permit: permit,
        };
        (stream, address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A connection that fails once its time is over.
struct BoundedStream {
    stream: TcpStream,
    limit: BoxFuture<'static, ()>,
    is_over: bool,
    _permit: Option<OwnedSemaphorePermit>,
}

impl BoundedStream {
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.is_over = self.is_over || self.limit.as_mut().poll(cx).is_ready();
        if self.is_over {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(())
    }
}

impl AsyncRead for BoundedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for BoundedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
