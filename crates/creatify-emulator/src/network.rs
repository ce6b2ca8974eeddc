//! Another network than this machine's, for an emulator that is part of a simulation. Must not know
//! what is sent over it.

use std::future::Future;

use tokio::io::{AsyncRead, AsyncWrite};

/// A network that an emulator stands on in place of this machine's; see
/// [`EmulatorBuilder::start_on`](crate::EmulatorBuilder::start_on).
pub trait Network: Send + Sync + 'static {
    /// A connection, over which HTTP/1.1 is spoken.
    type Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static;

    /// Waits for the next connection.
    fn accept(&self) -> impl Future<Output = Self::Stream> + Send;

    /// Posts the JSON text of a call-back to an address, and ends when it was taken or is given up.
    ///
    /// The emulator calls again only then, so the order of call-backs is the one of status changes.
    fn post(&self, url: &str, body: String) -> impl Future<Output = ()> + Send;
}
