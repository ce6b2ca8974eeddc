//! The wish that the process ends: Ctrl-C, or the polite signal of a supervisor.
//!
//! It is listened for by commands that run until they are stopped, and while a paid request is on
//! its way: then nothing more is sent, and the answer is waited for. Everywhere else a signal does
//! what it always does.

use std::pin::pin;
use std::time::Duration;

use creatify::Client;

use crate::fail::{Exit, Fail};
use crate::output;

/// How long the answer of a paid request is waited for once the process is told to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Has a client send something, and heeds the wish that the process ends meanwhile; says whether it
/// came. A second one ends the patience with what is on its way.
///
/// # Errors
///
/// When signals cannot be listened for; nothing is sent then.
pub(crate) async fn heeded<T>(
    client: &Client,
    sending: impl Future<Output = T>,
) -> Result<(T, bool), Fail> {
    let mut stop = Stop::listen()?;
    let mut sending = pin!(sending);
    let mut is_told = false;
    let sent = loop {
        tokio::select! {
            biased;
            sent = &mut sending => break sent,
            _ = stop.asked() => {
                client.stop_sending(if is_told { Duration::ZERO } else { PATIENCE });
                if !is_told {
                    output::note(&format!(
                        "told to end: nothing more is sent; what is on its way has {} s to be \
                         answered, or none if you ask again",
                        PATIENCE.as_secs()
                    ));
                }
                is_told = true;
            }
        }
    };
    tokio::spawn(stop.end_the_process());
    Ok((sent, is_told))
}

/// Listens for the wish, which from then on no longer ends the process by itself.
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Stop {
    #[cfg(unix)]
    pub(crate) fn listen() -> Result<Self, Fail> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(deaf)?,
            terminate: signal(SignalKind::terminate()).map_err(deaf)?,
        })
    }

    #[cfg(windows)]
    pub(crate) fn listen() -> Result<Self, Fail> {
        let interrupt = tokio::signal::windows::ctrl_c().map_err(deaf)?;
        Ok(Self { interrupt })
    }

    /// Returns when the wish comes, with the number of its signal.
    #[cfg(unix)]
    pub(crate) async fn asked(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
        }
    }

    #[cfg(windows)]
    pub(crate) async fn asked(&mut self) -> i32 {
        self.interrupt.recv().await;
        2
    }

    /// Ends the process when the wish comes, with the code that a shell gives to its signal.
    async fn end_the_process(mut self) {
        let signal = self.asked().await;
        std::process::exit(128 + signal);
    }
}

fn deaf(error: std::io::Error) -> Fail {
    Fail::new(Exit::Other, "signals", "cannot listen for Ctrl-C").because(&error)
}
