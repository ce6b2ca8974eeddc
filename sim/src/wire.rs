//! HTTP over the simulated network, for both sides: what carries the client's requests out in place
//! of the real network, and what the emulator listens on and calls back over.
//!
//! Failures come out as genuine errors of the HTTP library, so the code that sorts them is the one
//! that runs in production: a connection that was not made, or a body that broke off.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use creatify::emulator::Network;
use creatify_api::{Exec, ExecFuture};
use http::{HeaderValue, StatusCode, header};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use reqwest::dns::{Name, Resolve, Resolving};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::timeout;
use turmoil::net::{TcpListener, TcpStream};

use crate::world::World;

/// The hosts, and the port that each of them listens on.
pub(crate) const SERVICE: &str = "service";
pub(crate) const RUNNER: &str = "runner";
pub(crate) const STRANGER: &str = "stranger";
pub(crate) const PORT: u16 = 80;

/// As the real transport's.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long the service waits for a receiver of call-backs.
const CALLBACK_LIMIT: Duration = Duration::from_secs(5);

/// Carries the client's requests to the service.
pub(crate) struct Wire(pub(crate) Arc<World>);

/// Why there is no answer.
enum Broken {
    NotSent(io::Error),
    MaybeSent(io::Error),
}

/// A head, and as much of the body as came, with what ended it too soon.
struct Answer {
    head: http::response::Parts,
    body: Vec<u8>,
    cut: Option<io::Error>,
}

impl Exec for Wire {
    fn exec(&self, mut request: reqwest::Request) -> ExecFuture<'_> {
        Box::pin(async move {
            let limit = request.timeout_mut().take().unwrap_or(Duration::MAX);
            let what = format!("{} {}", request.method(), request.url().path());
            let body = request.body().and_then(reqwest::Body::as_bytes);
            let body = Bytes::copy_from_slice(body.unwrap_or_default());
            self.0.note(
                "sends",
                &format!("{what} {}", String::from_utf8_lossy(&body)),
            );
            if let Some(address) = callback_of(&body) {
                self.0.announce(&address);
            }
            let request = http::Request::<reqwest::Body>::try_from(request)?.map(|_| body);
            // As over a proxy: what was given up here goes on there, and may arrive all the same.
            let carried = tokio::spawn(exchange(SERVICE, request));
            let ended = match timeout(limit, carried).await {
                Ok(Ok(ended)) => ended,
                Ok(Err(_)) => Err(Broken::MaybeSent(io::ErrorKind::ConnectionAborted.into())),
                Err(_) => Err(Broken::MaybeSent(timed_out())),
            };
            match ended {
                Ok(answer) => {
                    let cut = if answer.cut.is_some() {
                        ", cut off"
                    } else {
                        ""
                    };
                    let text = String::from_utf8_lossy(&answer.body);
                    let told = format!("{what} {}: {text}{cut}", answer.head.status);
                    self.0.note("hears", &told);
                    Ok(answer.into_response())
                }
                Err(Broken::NotSent(why)) => {
                    self.0.note("hears", &format!("{what} was not sent: {why}"));
                    Err(not_sent().await)
                }
                Err(Broken::MaybeSent(why)) => {
                    self.0.note("hears", &format!("{what} broke: {why}"));
                    Err(broken(why).await)
                }
            }
        })
    }
}

/// Sends a request over a connection of its own and reads the answer.
async fn exchange(host: &'static str, mut request: http::Request<Bytes>) -> Result<Answer, Broken> {
    let connected = timeout(CONNECT_LIMIT, TcpStream::connect((host, PORT))).await;
    let stream = connected
        .unwrap_or_else(|_| Err(timed_out()))
        .map_err(Broken::NotSent)?;
    let maybe = |error: hyper::Error| Broken::MaybeSent(io::Error::other(error));
    // On a connection of its own, a request names the path only.
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(http::Uri::default, Into::into);
    let host = HeaderValue::from_str(host).unwrap_or(HeaderValue::from_static("host"));
    request.headers_mut().insert(header::HOST, host);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(maybe)?;
    // Ends with this function, however that ends.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let response = sender
        .send_request(request.map(Full::new))
        .await
        .map_err(maybe)?;
    let (head, mut incoming) = response.into_parts();
    let (mut body, mut cut) = (Vec::new(), None);
    while let Some(frame) = incoming.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => body.extend_from_slice(&data),
            Ok(Err(_)) => {}
            Err(error) => {
                cut = Some(io::Error::other(error));
                break;
            }
        }
    }
    Ok(Answer { head, body, cut })
}

impl Answer {
    fn into_response(self) -> reqwest::Response {
        let body = reqwest::Body::wrap(Pieces {
            first: Some(Bytes::from(self.body)),
            cut: self.cut,
        });
        let mut response = http::Response::new(body);
        *response.status_mut() = self.head.status;
        *response.headers_mut() = self.head.headers;
        // The framing was the connection's; what is left of it is the body above.
        response.headers_mut().remove(header::TRANSFER_ENCODING);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.into()
    }
}

/// A body that is read in one piece, and then ends or fails.
struct Pieces {
    first: Option<Bytes>,
    cut: Option<io::Error>,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let first = self.first.take().map(|bytes| Ok(Frame::data(bytes)));
        Poll::Ready(first.or_else(|| self.cut.take().map(Err)))
    }
}

/// A genuine error of a request that was never sent: its name was not resolved.
async fn not_sent() -> reqwest::Error {
    static UNCONNECTED: OnceLock<Result<reqwest::Client, String>> = OnceLock::new();
    let client = UNCONNECTED.get_or_init(|| {
        reqwest::Client::builder()
            .tls_backend_preconfigured(creatify_api::tls_config(false)?)
            .no_proxy()
            .dns_resolver(Arc::new(Nowhere))
            .build()
            .map_err(|error| error.to_string())
    });
    let client = client.as_ref().expect("a client without a network is made");
    let sent = client.get("http://nowhere.invalid/").send().await;
    sent.expect_err("a name that is not resolved is not reached")
}

struct Nowhere;

impl Resolve for Nowhere {
    fn resolve(&self, _: Name) -> Resolving {
        let error: Box<dyn StdError + Send + Sync> = "no connection in the simulation".into();
        Box::pin(async { Err(error) })
    }
}

/// A genuine error of a connection that broke after the request may have been read.
async fn broken(why: io::Error) -> reqwest::Error {
    let body = reqwest::Body::wrap(Pieces {
        first: None,
        cut: Some(why),
    });
    let read = reqwest::Response::from(http::Response::new(body)).bytes();
    read.await.expect_err("a body that fails is not read")
}

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

/// What the emulator stands on: a listener, and the way back to the client's host.
pub(crate) struct Harbour {
    pub(crate) listener: TcpListener,
    pub(crate) world: Arc<World>,
}

impl Network for Harbour {
    type Stream = TcpStream;

    async fn accept(&self) -> TcpStream {
        accept(&self.listener).await.0
    }

    async fn post(&self, url: &str, body: String) {
        self.world.note("calls", &body);
        match call_back(url, body).await {
            Some(StatusCode::ACCEPTED) => {
                self.world.called.fetch_add(1, Ordering::Relaxed);
            }
            Some(status) => self.world.note("calls", &format!("in vain: {status}")),
            // Nobody has to listen: a call-back that does not arrive is lost.
            None => self.world.note("calls", "nobody"),
        }
    }
}

/// The next connection.
pub(crate) async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(connection) => return connection,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// Posts a call-back to the client's host; gives the status of the answer, if one came in time.
pub(crate) async fn call_back(url: &str, body: String) -> Option<StatusCode> {
    let request = http::Request::post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body))
        .ok()?;
    let answered = timeout(CALLBACK_LIMIT, exchange(RUNNER, request)).await;
    Some(answered.ok()?.ok()?.head.status)
}

/// The address that a request names for call-backs.
fn callback_of(body: &[u8]) -> Option<String> {
    let request: Value = serde_json::from_slice(body).ok()?;
    Some(request.get("webhook_url")?.as_str()?.to_owned())
}
