//! The client's receiver of call-backs, on the simulated network: the facade's own router, and beside
//! it the naive one that takes a call-back at its word.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::serve::Listener;
use creatify::Journal;
use creatify::ledger::{IntentId, Ledger as _, News};
use creatify::webhook::{Capabilities, Limits, MAX_BODY, Receiver, Reply, Secret, Wakeups, router};
use serde_json::Value;
use turmoil::net::{TcpListener, TcpStream};

use crate::dice::Dice;
use crate::disk::Disk;
use crate::wire::{PORT, accept};
use crate::world::{Rule, SimTimer, World};

/// A process's receiver. Its secret is every process's, so that addresses outlive the one that made
/// them.
pub(crate) fn receiver(world: &Arc<World>, journal: &Journal) -> Receiver {
    let mut dice = Dice::new(world.plan.seed, "webhook secret");
    let secret: Vec<u8> = (0..4).flat_map(|_| dice.draw().to_be_bytes()).collect();
    let secret = Secret::new("k1", &secret).expect("32 bytes are enough");
    let capabilities = Capabilities::new("http://127.0.0.1", secret);
    Receiver::with(
        capabilities.expect("this machine is a good base"),
        journal.clone(),
        Wakeups::new(),
        Limits::default(),
        SimTimer(Arc::clone(world)),
    )
}

/// Takes call-backs for as long as the process lives.
pub(crate) async fn listen(world: Arc<World>, receiver: Receiver) {
    let router = match world.rule {
        Rule::Trusting => {
            let ears = (Arc::clone(&world), receiver);
            Router::new().fallback(trust).with_state(ears)
        }
        Rule::Gated | Rule::Naive => router(receiver),
    };
    let served = match TcpListener::bind(("0.0.0.0", PORT)).await {
        Ok(listener) => axum::serve(Quay(listener), router).await,
        Err(error) => Err(error),
    };
    if let Err(error) = served {
        world.complain(format!("nobody listens for call-backs: {error}"));
    }
}

/// The intent that an address, or its path, is of.
pub(crate) fn called(address: &str) -> Option<IntentId> {
    let attempt = address.rsplit('/').nth(1)?;
    attempt.split_once('.')?.0.parse().ok()
}

/// The naive receiver. It lets in whom the facade's lets in, and then believes what it is told.
async fn trust(State(ears): State<(Arc<World>, Receiver)>, request: Request) -> StatusCode {
    let (world, receiver) = ears;
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let reply = receiver.handle(head.method.as_str(), path, &body);
    if reply == Reply::Accepted {
        believe(&world, path, &body);
    }
    StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Writes down as a fact what a call-back says.
fn believe(world: &Arc<World>, path: &str, body: &[u8]) {
    let says: Value = serde_json::from_slice(body).unwrap_or_default();
    let (disk, now) = (Disk::new(world), world.now());
    let intent = called(path).and_then(|intent| disk.intent(intent).ok()?);
    let (Some(intent), Some(job), "done") = (
        intent,
        says["id"].as_str(),
        says["status"].as_str().unwrap_or_default(),
    ) else {
        return;
    };
    for news in [
        News::Confirmed {
            job: job.to_owned(),
        },
        News::Finished {
            bill: intent.price,
            ran_for: None,
        },
    ] {
        // What the protocol has no row for is not believed even here.
        let _ = disk.record(intent.id, None, &news, now);
    }
}

/// A simulated listener as the server takes it.
struct Quay(TcpListener);

impl Listener for Quay {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        accept(&self.0).await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}
