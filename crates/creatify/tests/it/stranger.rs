//! A server with a certificate of its own stands where the service is expected.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use creatify::emulator::{Emulator, EmulatorTimer, seed};
use creatify::ledger::protocol::State;
use creatify::ledger::{Filter, Ledger as _, MemoryLedger};
use creatify::{Budget, Client, CustomTemplateRequest, ErrorKind, Journal};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use rustls::crypto::ring::{default_provider, sign::any_ecdsa_type};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection};

use crate::{credits, seconds};

/// Signed by itself, for 127.0.0.1. Its key is gone: a client looks at the certificate before it asks
/// for a proof that the server has the key.
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBjzCCATSgAwIBAgIUKRer8L2755Lw/vpDtB001h3mC2QwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIc3RyYW5nZXIwIBcNMjYxMTIxMTY1MjE1WhgPMjEyNjEwMjgx
NjUyMTVaMBMxETAPBgNVBAMMCHN0cmFuZ2VyMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEjQahCKgkzDhJgHB6+0FJSXZNSBVtLA0m2/fWmNWDwHxz6EGCYR9kwdwq
I1h45cNo0U02DIqTeMTeNw71V1w/W6NkMGIwHQYDVR0OBBYEFFIXtffA3ZojBmJg
D35L+XhfonHoMB8GA1UdIwQYMBaAFFIXtffA3ZojBmJgD35L+XhfonHoMA8GA1Ud
EwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAKBggqhkjOPQQDAgNJADBGAiEA
+Q/vZLKkh8Qdonmj4ia03rW5o4vRcY4sT8ymCKEibXQCIQCCMoEuOpjrwJTIyGdg
pEl4RCLPrKJX4t/3/STPDcYcyw==
-----END CERTIFICATE-----
";

#[derive(Debug)]
struct Certificate(Arc<CertifiedKey>);

impl Certificate {
    fn new() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random);
        let key = PrivatePkcs8KeyDer::from(key.expect("random numbers").as_ref().to_vec());
        let key = any_ecdsa_type(&PrivateKeyDer::Pkcs8(key)).expect("it was just made");
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes());
        let chain = vec![certificate.expect("a certificate")];
        Self(Arc::new(CertifiedKey::new(chain, key)))
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// What each connection told the stranger under TLS, as long as the test's process lives.
fn stranger() -> (String, Receiver<Vec<u8>>) {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Certificate::new()));
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let url = format!("https://{}", listener.local_addr().expect("it is bound"));
    let (hears, told) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut tls = ServerConnection::new(Arc::clone(&config)).expect("a good config");
            let mut heard = vec![0; 4_096];
            let read = rustls::Stream::new(&mut tls, &mut stream).read(&mut heard);
            heard.truncate(read.unwrap_or(0));
            // A test that is over wants to know no more.
            let _ = hears.send(heard);
        }
    });
    (url, told)
}

#[tokio::test]
async fn a_wrong_certificate_gets_no_key_and_no_second_attempt() {
    planted::watch();
    let (url, told) = stranger();
    let emulator = Arc::new(Emulator::start().await.expect("the emulator starts"));
    let ledger = Arc::new(MemoryLedger::new());
    let client = Client::builder()
        .credentials(planted::API_ID, planted::API_KEY)
        .base_url(url)
        .timer(EmulatorTimer::new(&emulator))
        .journal(Journal::new(ledger.clone(), "main"))
        .build()
        .expect("loopback is a good address");
    let budget = Budget::new(credits("20"));
    let call = client
        .custom_template()
        .generate(CustomTemplateRequest::new(seed::TEMPLATE_30_SECONDS))
        .length(seconds("30"));
    let approved = call.quote().expect("a length").approve(&budget);
    let error = approved.expect("5 of 20 fit").send().await;
    let error = error.expect_err("nobody vouches for the server");
    assert_eq!(error.kind(), ErrorKind::Untrusted, "{error:?}");
    assert!(error.is_not_sent() && error.to_string().contains("certificate"));
    assert_eq!(budget.reserved(), credits("0"));
    let intents = ledger.intents(&Filter::default()).expect("readable");
    assert_eq!(intents[0].state, State::Withdrawn);
    assert_eq!(intents[0].attempts.len(), 1, "it is not tried again");

    let error = client.credits().await.expect_err("nor is it for a read");
    assert_eq!(error.kind(), ErrorKind::Untrusted, "{error:?}");
    for _ in 0..2 {
        let told = told
            .recv_timeout(Duration::from_secs(10))
            .expect("it was called");
        assert!(told.is_empty(), "{} bytes left before trust", told.len());
    }
    assert!(told.try_recv().is_err(), "it was called twice");
}
