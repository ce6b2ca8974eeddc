//! What a client holds beside its address: keys, time limits and lanes.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http::HeaderValue;

use crate::{
    base_url::BaseUrl,
    credentials::{CredentialError, Credentials},
    operations,
    transport::{Exec, Lanes},
};

/// The state that all clones of a client share.
#[derive(Clone)]
pub struct Inner(Arc<Shared>);

struct Shared {
    credentials: Credentials,
    headers: (HeaderValue, HeaderValue),
    base_url: BaseUrl,
    request_timeout: Duration,
    blocking_timeout: Duration,
    exec: Option<Arc<dyn Exec>>,
    lanes: OnceLock<Result<Lanes, String>>,
}

impl Inner {
    pub(crate) fn new(
        credentials: Credentials,
        base_url: BaseUrl,
        request_timeout: Duration,
        blocking_timeout: Duration,
        exec: Option<Arc<dyn Exec>>,
    ) -> Result<Self, CredentialError> {
        let headers = credentials.headers()?;
        let lanes = OnceLock::new();
        Ok(Self(Arc::new(Shared {
            credentials,
            headers,
            base_url,
            request_timeout,
            blocking_timeout,
            exec,
            lanes,
        })))
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    /// The values of the id's and the key's header.
    pub(crate) fn headers(&self) -> (HeaderValue, HeaderValue) {
        self.0.headers.clone()
    }

    pub(crate) fn exec(&self) -> Option<&dyn Exec> {
        self.0.exec.as_deref()
    }

    /// The time limit of an operation, its answer included.
    pub(crate) fn timeout(&self, operation_id: &str) -> Duration {
        let is_blocking =
            operations::find(operation_id).is_some_and(operations::Operation::is_blocking);
        if is_blocking {
            self.0.blocking_timeout
        } else {
            self.0.request_timeout
        }
    }

    /// The lanes, made at the first call.
    pub(crate) fn lanes(&self) -> Result<&Lanes, &str> {
        self.0
            .lanes
            .get_or_init(|| Lanes::new(&self.0.base_url))
            .as_ref()
            .map_err(String::as_str)
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("credentials", &self.0.credentials)
            .field("request_timeout", &self.0.request_timeout)
            .field("blocking_timeout", &self.0.blocking_timeout)
            .finish_non_exhaustive()
    }
}
