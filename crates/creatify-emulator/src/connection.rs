//! The connections the server takes, of this machine or of another network, with a switch that ends
//! one by a reset instead of a close. Must not know HTTP.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::network::Network;

/// Where connections come from.
pub(crate) trait Source: Send + 'static {
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    fn next(&mut self) -> impl Future<Output = Self::Stream> + Send;

    /// Makes the connection end by a reset once it is dropped, where the network knows resets.
    fn make_reset(stream: &Self::Stream);
}

impl Source for TcpListener {
    type Stream = TcpStream;

    async fn next(&mut self) -> TcpStream {
        let (stream, _) = Listener::accept(self).await;
        // Small answers should not wait for the acknowledgement of the ones before.
        let _ = stream.set_nodelay(true);
        stream
    }

    fn make_reset(stream: &TcpStream) {
        // Without it the connection closes, which is what a peer sees anyway.
        let _ = stream.set_zero_linger();
    }
}

impl<N: Network> Source for Arc<N> {
    type Stream = N::Stream;

    fn next(&mut self) -> impl Future<Output = N::Stream> + Send {
        self.accept()
    }

    fn make_reset(_: &N::Stream) {}
}

/// Accepts connections that can be reset, at one address.
#[derive(Debug)]
pub(crate) struct Door<S> {
    pub(crate) source: S,
    pub(crate) address: SocketAddr,
}

impl<S: Source> Listener for Door<S> {
    type Io = Connection<S>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection<S>, SocketAddr) {
        let stream = self.source.next().await;
        let reset = Arc::default();
        (Connection { stream, reset }, self.address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// One connection. Dropped after its switch was thrown, it is reset.
#[derive(Debug)]
pub(crate) struct Connection<S: Source> {
    stream: S::Stream,
    reset: Arc<AtomicBool>,
}

impl<S: Source> Drop for Connection<S> {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            S::make_reset(&self.stream);
        }
    }
}

/// The switch of the connection a request came on.
#[derive(Debug, Clone)]
pub(crate) struct ResetSwitch(Arc<AtomicBool>);

impl ResetSwitch {
    /// Makes the connection end by a reset, whenever it ends.
    pub(crate) fn throw(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<S: Source> Connected<IncomingStream<'_, Door<S>>> for ResetSwitch {
    fn connect_info(stream: IncomingStream<'_, Door<S>>) -> Self {
        Self(Arc::clone(&stream.io().reset))
    }
}

impl<S: Source> AsyncRead for Connection<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: Source> AsyncWrite for Connection<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.reset.load(Ordering::Relaxed) {
            // An orderly end before the reset would make it a close.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
