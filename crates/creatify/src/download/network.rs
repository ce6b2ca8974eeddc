//! Where a name leads: it is resolved once, each address is checked, and the connection goes to
//! those addresses and no others.
//!
//! Only addresses of the public internet pass. The list is one of what is refused for IPv4, and of
//! what is allowed for IPv6, where most of the space is not in use.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::address::{Target, refused};
use crate::{BoxFuture, Error, ErrorKind};

/// A name with more addresses than this has only the first ones used.
const MAX_ADDRESSES: usize = 16;

/// Turns a name into addresses.
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of `host`, with this port.
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>>;
}

/// The system's own resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        port: u16,
    ) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// The addresses to connect to. One that is not public refuses them all: a name with both kinds is
/// no accident.
pub(super) async fn addresses(
    resolver: &dyn Resolver,
    target: &Target,
) -> Result<Vec<SocketAddr>, Error> {
    let found = match target.literal {
        Some(address) => vec![SocketAddr::new(address, target.port)],
        None => resolver
            .resolve(&target.host, target.port)
            .await
            .map_err(|error| {
                let message = format!("the name {} is not resolved", target.host);
                Error::new(ErrorKind::Unreachable, message).because(error)
            })?,
    };
    if found.is_empty() {
        let message = format!("the name {} has no address", target.host);
        return Err(Error::new(ErrorKind::Unreachable, message));
    }
    let may_pass = |address: IpAddr| match target.is_loopback {
        true => address.is_loopback(),
        false => is_public(address),
    };
    if let Some(bad) = found.iter().find(|found| !may_pass(found.ip())) {
        let message = format!(
            "{} leads to {}, which is no public address",
            target.host,
            bad.ip()
        );
        return Err(refused(message).hint("nothing was sent there; report the job to the service"));
    }
    let port = target.port;
    let pinned = found.into_iter().take(MAX_ADDRESSES);
    Ok(pinned
        .map(|found| SocketAddr::new(found.ip(), port))
        .collect())
}

/// Whether an address belongs to the public internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// What IANA keeps for special purposes, and one address that a cloud uses for its metadata.
const SPECIAL_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Metadata of most clouds is 169.254.169.254.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !SPECIAL_V4
        .iter()
        .any(|(net, length)| (bits ^ net.to_bits()) >> (32 - length) == 0)
}

/// Parts of 2000::/3 that are not plain addresses of hosts, or hide another address.
const SPECIAL_V6: &[(Ipv6Addr, u32)] = &[
    // Protocol assignments, among them Teredo.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4 holds an IPv4 address.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Global unicast only: loopback, mapped, translated, local and multicast addresses lie outside.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    bits >> 125 == 1
        && !SPECIAL_V6
            .iter()
            .any(|(net, length)| (bits ^ net.to_bits()) >> (128 - length) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_passes() {
        for address in [
            "1.1.1.1",
            "52.218.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "2a00::1",
        ] {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.0.1",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:1.1.1.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
        ] {
            assert!(
                !is_public(address.parse().expect("an address")),
                "{address}"
            );
        }
    }
}
