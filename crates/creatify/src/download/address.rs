//! Which addresses may be downloaded from: scheme, host, port, and nothing beside them.
//!
//! This is about the text of an address. Where its name leads is checked in `network`.

use std::net::IpAddr;

use url::{Host, Url};

use crate::{Error, ErrorKind};

/// Bucket names of outputs begin so, as far as they were observed.
const BUCKETS: &str = "remotionlambda-";

/// The longest address that is looked at, in bytes.
const MAX_URL: usize = 8 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Host(String),
    /// One label below this domain.
    Below(String),
    /// A bucket with this prefix, as the first part of the path on `s3.<region>.amazonaws.com`.
    Bucket(&'static str),
    /// Exactly this origin on this machine.
    Loopback {
        scheme: String,
        host: Host<String>,
        port: u16,
    },
}

/// The list of what is allowed.
#[derive(Debug, Clone)]
pub(super) struct Rules(Vec<Rule>);

/// An address that passed.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) host: String,
    /// The address, where the host is one and not a name.
    pub(super) literal: Option<IpAddr>,
    pub(super) port: u16,
    pub(super) is_loopback: bool,
}

impl Rules {
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) fn observed() -> Self {
        Self(vec![
            Rule::Host("cdn.creatify.ai".to_owned()),
            Rule::Below("cloudfront.net".to_owned()),
            Rule::Bucket(BUCKETS),
        ])
    }

    pub(super) fn allow_host(&mut self, host: &str) -> Result<(), Error> {
        self.0.push(Rule::Host(host_name(host)?));
        Ok(())
    }

    pub(super) fn allow_hosts_below(&mut self, domain: &str) -> Result<(), Error> {
        self.0.push(Rule::Below(host_name(domain)?));
        Ok(())
    }

    pub(super) fn allow_loopback(&mut self, origin: &str) -> Result<(), Error> {
        let refuse = || {
            let message = "a loopback origin is `http://` or `https://`, and `localhost` or a \
                           loopback address";
            Error::new(ErrorKind::Invalid, message)
        };
        let url = Url::parse(origin).map_err(|error| refuse().because(error))?;
        let host = url.host().map(|host| host.to_owned());
        let is_loopback = match &host {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let is_web = matches!(url.scheme(), "http" | "https");
        match (host, url.port_or_known_default()) {
            (Some(host), Some(port)) if is_loopback && is_web => {
                let scheme = url.scheme().to_owned();
                self.0.push(Rule::Loopback { scheme, host, port });
                Ok(())
            }
            _ => Err(refuse()),
        }
    }

    /// Holds an address against the rules.
    pub(super) fn check(&self, text: &str) -> Result<Target, Error> {
        // The parser drops line ends and tabs without a word, so they are refused before it.
        if text.len() > MAX_URL || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refused(
                "the output's address is too long, or holds a blank, a line end or a character \
                 beyond ASCII",
            ));
        }
        let url = Url::parse(text)
            .map_err(|error| refused("the output's address is no URL").because(error))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("the output's address holds a user name"));
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err(refused("the output's address names no host"));
        };
        let is_loopback = self.0.iter().any(|rule| {
            matches!(rule, Rule::Loopback { scheme, host: allowed, port: allowed_port }
                if scheme == url.scheme() && *allowed == host.to_owned() && *allowed_port == port)
        });
        let literal = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        let host = host.to_string();
        if !is_loopback {
            if url.scheme() != "https" {
                return Err(refused(format!(
                    "the output's address on {host} is not https"
                )));
            }
            if literal.is_some()
                || port != 443
                || !self.0.iter().any(|rule| rule.allows(&host, &url))
            {
                let message = format!("outputs are not downloaded from {host}, port {port}");
                return Err(refused(message).hint(
                    "allow the host if you know it to be the service's; never because an answer \
                     named it",
                ));
            }
        }
        Ok(Target {
            host,
            literal,
            port,
            is_loopback,
            url,
        })
    }
}

impl Rule {
    fn allows(&self, host: &str, url: &Url) -> bool {
        match self {
            Self::Host(name) => name == host,
            Self::Below(domain) => label_below(host, domain).is_some(),
            Self::Bucket(prefix) => {
                let region = host
                    .strip_prefix("s3.")
                    .and_then(|rest| rest.strip_suffix(".amazonaws.com"));
                let bucket = url.path_segments().and_then(|mut parts| parts.next());
                region.is_some_and(is_label)
                    && bucket.is_some_and(|bucket| {
                        bucket.starts_with(prefix) && bucket.split('.').all(is_label)
                    })
            }
            Self::Loopback { .. } => false,
        }
    }
}

fn label_below<'h>(host: &'h str, domain: &str) -> Option<&'h str> {
    host.strip_suffix(domain)?
        .strip_suffix('.')
        .filter(|label| is_label(label))
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn host_name(text: &str) -> Result<String, Error> {
    let name = text.to_ascii_lowercase();
    let is_address = matches!(Host::parse(&name), Ok(Host::Ipv4(_) | Host::Ipv6(_)));
    if is_address || !name.contains('.') || !name.split('.').all(is_label) {
        let message = "an allowed host is a plain name such as `cdn.example.com`";
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    Ok(name)
}

/// A protection has refused something.
pub(super) fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unsafe, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn observed_hosts_pass_and_their_look_alikes_do_not() {
        let rules = Rules::observed();
        for url in [
            "https://cdn.creatify.ai/a/output.mp4?x=1",
            "https://dpbavq092lwjh.cloudfront.net/a/thumbnail.jpg",
            "https://s3.us-west-2.amazonaws.com/remotionlambda-uswest2-30tewi8y5c/output.mp4",
        ] {
            assert!(rules.check(url).is_ok(), "{url}");
        }
        for url in [
            "http://cdn.creatify.ai/output.mp4",
            "ftp://cdn.creatify.ai/output.mp4",
            "file:///etc/passwd",
            "https://cdn.creatify.ai:8443/output.mp4",
            "https://cdn.creatify.ai./output.mp4",
            "https://user@cdn.creatify.ai/output.mp4",
            "https://cdn.creatify.ai.evil.example/output.mp4",
            "https://evilcdn.creatify.ai/output.mp4",
            "https://cdn.creatify.ai@evil.example/output.mp4",
            "https://cloudfront.net/output.mp4",
            "https://a.b.cloudfront.net/output.mp4",
            "https://evilcloudfront.net/output.mp4",
            "https://s3.us-west-2.amazonaws.com/other-bucket/output.mp4",
            "https://s3.us-west-2.amazonaws.com/remotionlambda-x/../other/output.mp4",
            "https://s3.us-west-2.amazonaws.com/remotionlambda-x%2f../output.mp4",
            "https://s3.amazonaws.com/remotionlambda-x/output.mp4",
            "https://s3.a.b.amazonaws.com/remotionlambda-x/output.mp4",
            "https://127.0.0.1/output.mp4",
            "https://0x7f.1/output.mp4",
            "https://2130706433/output.mp4",
            "https://[::ffff:127.0.0.1]/output.mp4",
            "https://localhost/output.mp4",
            "https://cdn.creatify.ai/output.mp4\r\nx: y",
            "https://cdn.creatify.\tai/output.mp4",
            "https://cdn.creatify.ai/\u{fc}.mp4",
            "nonsense",
        ] {
            let error = rules.check(url).map(drop).expect_err(url);
            assert_eq!(error.kind(), ErrorKind::Unsafe, "{url}: {error}");
        }
    }

    #[test]
    fn one_origin_of_this_machine_opens_no_other() {
        let mut rules = Rules::observed();
        rules
            .allow_loopback("http://127.0.0.1:8080")
            .expect("it is loopback");
        assert!(rules.check("http://127.0.0.1:8080/a.mp4").is_ok());
        for url in [
            "http://127.0.0.1:8081/a.mp4",
            "https://127.0.0.1:8080/a.mp4",
            "http://127.0.0.2:8080/a.mp4",
            "http://localhost:8080/a.mp4",
            "http://[::1]:8080/a.mp4",
        ] {
            assert!(rules.check(url).is_err(), "{url}");
        }
        for origin in [
            "http://10.0.0.1:80",
            "http://example.com",
            "ftp://127.0.0.1",
            "x",
        ] {
            assert!(rules.allow_loopback(origin).is_err(), "{origin}");
        }
    }

    #[test]
    fn an_allowed_host_is_a_name() {
        let mut rules = Rules::none();
        for host in [
            "127.0.0.1",
            "0x7f.1",
            "localhost",
            "a..b",
            "*.example.com",
            "a.b/c",
            "",
            "a.b:1",
        ] {
            assert!(rules.allow_host(host).is_err(), "{host}");
            assert!(rules.allow_hosts_below(host).is_err(), "{host}");
        }
        rules.allow_host("CDN.Example.com").expect("a plain name");
        assert!(rules.check("https://cdn.example.com/a").is_ok());
        assert!(rules.check("https://cdn.creatify.ai/a").is_err());
    }
}
