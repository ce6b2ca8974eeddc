//! Stands between a client and the emulator, and keeps the answers of paid requests back until a
//! test lets each of them go, or loses it.

use std::net::SocketAddr;

use creatify::emulator::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// The relay. Whatever is no POST passes at once.
pub(crate) struct Relay {
    pub(crate) url: String,
    held: mpsc::UnboundedReceiver<Held>,
    task: JoinHandle<()>,
}

/// An answer that the service has given, and the client has not got.
pub(crate) struct Held(oneshot::Sender<()>);

impl Relay {
    pub(crate) async fn start(emulator: &Emulator) -> Self {
        let service = SocketAddr::from(([127, 0, 0, 1], emulator.port()));
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (hold, held) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let hold = hold.clone();
                // A connection that breaks off is what the test is about, or shows in it.
                tokio::spawn(async move { pass(client, service, hold).await.ok() });
            }
        });
        Self { url, held, task }
    }

    /// The next answer to a paid request.
    pub(crate) async fn answer(&mut self) -> Held {
        self.held.recv().await.expect("the relay runs")
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Held {
    /// Lets the client have it.
    pub(crate) fn deliver(self) {
        self.0.send(()).expect("it waits");
    }

    /// Closes the connection instead.
    pub(crate) fn lose(self) {}
}

async fn pass(
    mut client: TcpStream,
    service: SocketAddr,
    hold: mpsc::UnboundedSender<Held>,
) -> std::io::Result<()> {
    let mut service = TcpStream::connect(service).await?;
    let mut method = [0; 4];
    loop {
        match client.peek(&mut method).await? {
            0 => return Ok(()),
            4 => break,
            _ => tokio::task::yield_now().await,
        }
    }
    if &method != b"POST" {
        copy_bidirectional(&mut client, &mut service).await?;
        return Ok(());
    }
    let (mut asks, mut hears) = client.into_split();
    let (mut answers, mut takes) = service.into_split();
    // A paid request has a connection of its own, which ends with its answer.
    let asking = tokio::spawn(async move { copy(&mut asks, &mut takes).await });
    let mut first = vec![0; 4_096];
    let length = answers.read(&mut first).await?;
    let (deliver, delivered) = oneshot::channel();
    let is_heard = hold.send(Held(deliver)).is_ok();
    if is_heard && delivered.await.is_ok() {
        hears.write_all(&first[..length]).await?;
        copy(&mut answers, &mut hears).await?;
    }
    asking.abort();
    Ok(())
}
