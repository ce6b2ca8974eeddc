//! Sends a client's counts and spans to an OpenTelemetry collector, over the HTTP library that the
//! client itself uses.
//!
//! OTLP's exporter brings an HTTP client of its own unless it is given one. [`Carrier`] is that one:
//! a `reqwest::Client` of the same version, so that the tree holds one HTTP library.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use creatify::telemetry::{Measurement, Metric, Metrics};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    MetricExporter, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

/// Whatever goes wrong while telemetry is set up or sent.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// The two pipelines to a collector.
pub(crate) struct Telemetry {
    traces: SdkTracerProvider,
    counts: SdkMeterProvider,
}

impl Telemetry {
    /// Opens both pipelines to the collector at `endpoint`, such as `http://127.0.0.1:4318`. Sends
    /// nothing yet. Called within a Tokio runtime of several threads, which carries the requests.
    ///
    /// # Errors
    ///
    /// When the HTTP client cannot be made, or the endpoint is no address.
    pub(crate) fn start(endpoint: &str) -> Result<Self, Failure> {
        let carrier = Carrier {
            http: reqwest::Client::builder().build()?,
            runtime: Handle::current(),
        };
        let spans = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{endpoint}/v1/traces"))
            .with_http_client(carrier.clone())
            .build()?;
        let metrics = MetricExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{endpoint}/v1/metrics"))
            .with_http_client(carrier)
            .build()?;
        Ok(Self {
            traces: SdkTracerProvider::builder()
                .with_batch_exporter(spans)
                .build(),
            counts: SdkMeterProvider::builder()
                .with_periodic_exporter(metrics)
                .build(),
        })
    }

    /// Turns the client's spans and events into traces. Those of other crates are left out, the
    /// exporter's own requests among them.
    pub(crate) fn subscriber(&self) -> impl Subscriber + Send + Sync + 'static {
        let spans = tracing_opentelemetry::layer().with_tracer(self.traces.tracer("creatify"));
        let ours = filter_fn(|metadata| metadata.target().starts_with("creatify"));
        tracing_subscriber::registry().with(spans.with_filter(ours))
    }

    /// What the client's builder takes: one instrument for each metric.
    pub(crate) fn metrics(&self) -> Instruments {
        let meter = self.counts.meter("creatify");
        let instruments = Metric::ALL.into_iter().map(|metric| {
            let counter = meter.u64_counter(metric.name()).with_unit(metric.unit());
            (metric, counter.build())
        });
        Instruments(instruments.collect())
    }

    /// Sends what is left. Blocks, so it is called where blocking is allowed.
    ///
    /// # Errors
    ///
    /// When the collector did not take it.
    pub(crate) fn shutdown(self) -> Result<(), Failure> {
        // Both are tried, whatever becomes of the first.
        let (traces, counts) = (self.traces.shutdown(), self.counts.shutdown());
        traces?;
        counts?;
        Ok(())
    }
}

/// OpenTelemetry counters behind the client's own trait.
pub(crate) struct Instruments(BTreeMap<Metric, Counter<u64>>);

impl Metrics for Instruments {
    fn add(&self, one: Measurement) {
        let Some(counter) = self.0.get(&one.metric) else {
            return;
        };
        match one.operation {
            Some(operation) => {
                counter.add(
                    one.amount,
                    &[KeyValue::new("operation", operation.as_str())],
                );
            }
            None => counter.add(one.amount, &[]),
        }
    }
}

/// Carries the exporters' requests.
#[derive(Clone)]
struct Carrier {
    http: reqwest::Client,
    /// The exporters work on threads of their own, where the HTTP library would find no runtime.
    runtime: Handle,
}

impl HttpClient for Carrier {
    fn send_bytes<'s, 'f>(
        &'s self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            let http = self.http.clone();
            let sent = self.runtime.spawn(async move {
                let mut answer = http.execute(request.try_into()?).await?;
                let mut response = Response::new(Bytes::new());
                *response.status_mut() = answer.status();
                *response.headers_mut() = std::mem::take(answer.headers_mut());
                *response.body_mut() = answer.bytes().await?;
                Ok::<_, reqwest::Error>(response)
            });
            Ok(sent.await??)
        })
    }
}

impl fmt::Debug for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carrier")
    }
}
