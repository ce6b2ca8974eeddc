//! The address that paths are appended to: what it may be, and its one normal form.
//!
//! Keys go to this address with every call, so anything but https is refused unless it stays on
//! this machine.

use std::fmt;

use url::{Host, Url};

/// A base address in its normal form: scheme, host, port and path, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    text: String,
    is_loopback: bool,
    is_https: bool,
}

/// Why an address cannot be the base of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrlError(String);

impl BaseUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let refuse = |why: &str| Err(BaseUrlError(format!("the base address {why}")));
        let Ok(url) = Url::parse(text) else {
            return refuse("is no absolute address such as https://api.creatify.ai");
        };
        // The messages name the part that is wrong and not the address, which may hold a secret.
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("holds a user name or password; keys belong into the credentials");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse("holds a query or a fragment; it ends with the host or a path");
        }
        let is_loopback = match url.host() {
            Some(Host::Domain(domain)) => domain == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return refuse("names no host"),
        };
        let is_https = url.scheme() == "https";
        let is_local_http = url.scheme() == "http" && is_loopback;
        if !is_https && !is_local_http {
            return refuse("is not https; http is allowed on this machine only (localhost)");
        }
        let text = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            text,
            is_loopback,
            is_https,
        })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.is_loopback
    }
}

impl fmt::Display for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BaseUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_normal_form() {
        for (given, normal) in [
            ("https://api.creatify.ai", "https://api.creatify.ai"),
            ("https://API.creatify.ai///", "https://api.creatify.ai"),
            (
                "https://gateway.example:8443/creatify/",
                "https://gateway.example:8443/creatify",
            ),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("http://localhost:80", "http://localhost"),
            ("http://[::1]:9", "http://[::1]:9"),
        ] {
            assert_eq!(BaseUrl::parse(given).unwrap().as_str(), normal, "{given}");
        }
    }

    #[test]
    fn an_address_that_would_leak_keys_or_break_paths_is_refused() {
        for (given, word) in [
            ("http://api.creatify.ai", "https"),
            ("http://localhost.example.com", "https"),
            ("http://192.168.0.1", "https"),
            ("ftp://localhost", "https"),
            ("https://user:secret@api.creatify.ai", "password"),
            ("https://api.creatify.ai/?x=secret", "query"),
            ("https://api.creatify.ai/#x", "fragment"),
            ("api.creatify.ai", "absolute"),
            ("data:secret", "host"),
            ("", "absolute"),
        ] {
            let message = BaseUrl::parse(given).unwrap_err().to_string();
            assert!(message.contains(word), "{given}: {message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
