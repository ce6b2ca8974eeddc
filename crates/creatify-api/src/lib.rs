#![doc = include_str!("../README.md")]

mod base_url;
mod config;
mod credentials;
pub mod enums;
mod error;
mod error_body;
mod generated;
mod generated_enums;
mod generated_limits;
mod generated_operations;
mod hooks;
mod inner;
pub mod lenient;
pub mod limits;
mod masking;
pub mod operations;
mod transport;

pub use crate::{
    base_url::BaseUrlError,
    config::{BuildError, Config, DEFAULT_BASE_URL},
    credentials::{CredentialError, Credentials},
    error::{ApiError, Phase},
    error_body::ErrorBody,
    generated::{Client, Error, ResponseValue, types},
    transport::{Exec, ExecFuture, tls_config},
};
// The generated code names it by this path.
pub(crate) use crate::inner::Inner;
