//! Where a request comes from: what tries to sign in are counted by.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::{Origin, RequestId};
use secrecy::SecretString;

/// A client's address. The server finds it for each request; an IPv4-mapped one is the IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Where no address is known: all such requests are counted as one client's.
    pub const UNKNOWN: Self = Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

    /// The 48 bits that one site's IPv6 addresses share (RFC 6177, section 2); None for IPv4.
    pub fn site(self) -> Option<IpAddr> {
        match self.0 {
            IpAddr::V6(v6) => Some(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 80)).into()),
            IpAddr::V4(_) => None,
        }
    }

    /// Where its request of this number comes from.
    pub const fn origin(self, id: RequestId) -> Origin {
        Origin::Request { address: self.0, id }
    }

    /// What is counted together: an IPv4 address, or the first 64 bits of an IPv6 address, since whoever has one has
    /// all of them (RFC 4291, section 2.5.4).
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
            v4 => v4,
        }
    }
}

impl From<IpAddr> for ClientAddress {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who tries to sign in, as far as that is known before.
#[derive(Clone, Debug)]
pub struct Client {
    /// Where the request comes from.
    pub address: ClientAddress,
    /// What the browser's cookie holds since an earlier sign-in: it lets nobody in, but has tries of its own.
    pub device: Option<SecretString>,
    /// The number that log lines and audit events name.
    pub request: RequestId,
}

impl Client {
    /// As audit events record it.
    pub fn origin(&self) -> Origin {
        self.address.origin(self.request.clone())
    }
}

impl From<ClientAddress> for Client {
    /// A browser that nobody signed in with.
    fn from(address: ClientAddress) -> Self {
        Self { address, device: None, request: RequestId::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_together() {
        let check = |address: &str, network: &str| {
            let address: IpAddr = address.parse().expect(address);
            assert_eq!(ClientAddress::from(address).network().to_string(), network, "{address}");
        };
        check("192.0.2.1", "192.0.2.1");
        check("::ffff:192.0.2.1", "192.0.2.1");
        check("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::");
        check("2001:db8:1:2::", "2001:db8:1:2::");
        check("::1", "::");
    }
}
