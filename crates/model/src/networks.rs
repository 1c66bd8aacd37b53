//! The networks that Posthouse may connect to: those that are closed, and the exceptions. What no mail server has
//! (link-local, a cloud's metadata and their like) is never connected to, whatever stands here.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::problem::differing;
use crate::{Difference, FieldErrors};

/// The most networks in either list.
pub const NETWORKS: usize = 200;

/// Both lists as they were typed: one network to a line, "10.0.0.0/8" or one address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworksDraft {
    /// Never connected to.
    #[serde(default)]
    pub closed: String,
    /// Connected to all the same.
    #[serde(default)]
    pub open: String,
    /// Counts the saves; a save on top of another one is refused.
    #[serde(default)]
    pub version: i64,
}

impl NetworksDraft {
    /// Both lists. An error names its line, and the field `closed` or `open`.
    pub fn parse(&self) -> Result<Networks, FieldErrors> {
        let mut errors = FieldErrors::default();
        let closed = errors.take("closed", networks(&self.closed));
        let open = errors.take("open", networks(&self.open));
        match (closed, open) {
            (Some(closed), Some(open)) => Ok(Networks { closed, open }),
            _ => Err(errors),
        }
    }

    /// The lists that differ, whatever blanks stand in them: for a form that went stale.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let answers = |draft: &Self| {
            let lines = |text: &str| text.split_whitespace().collect::<Vec<_>>().join("\n");
            [("closed", "Closed networks", lines(&draft.closed)), ("open", "Open all the same", lines(&draft.open))]
        };
        differing(answers(self), answers(other))
    }
}

fn networks(typed: &str) -> Result<Vec<Network>, String> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(typed.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let network = Network::parse(line).map_err(|why| format!("Line {number}: {why}"))?;
        if !found.contains(&network) {
            found.push(network);
        }
    }
    match found.len() {
        n if n > NETWORKS => Err(format!("These are {n} networks. Use at most {NETWORKS}.")),
        _ => Ok(found),
    }
}

/// What the page begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworksForm {
    /// The form's answers, as they are kept.
    pub draft: NetworksDraft,
    /// Denied by the configuration: nothing on the page opens them.
    pub denied: Vec<String>,
    /// Where there are any, the configuration allows nothing else.
    pub allowed: Vec<String>,
}

/// What the configuration says of networks. It wins over the page, and what it denies over what it allows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfiguredNetworks {
    /// Never connected to.
    pub denied: Vec<Network>,
    /// Where there are any, nothing else is connected to.
    pub allowed: Vec<Network>,
}

impl ConfiguredNetworks {
    /// Whether it must never be connected to.
    pub fn denies(&self, address: IpAddr) -> bool {
        self.denied.iter().any(|network| network.holds(address))
    }

    /// Whether it may be connected to, as far as the list of allowed networks goes.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|network| network.holds(address))
    }

    /// An error says why no connector may resolve names itself: what it finds would be held against none of these.
    pub fn check_names_at_proxy(&self) -> Result<(), &'static str> {
        if self.denied.is_empty() && self.allowed.is_empty() {
            Ok(())
        } else {
            Err("A connector that resolves names itself would lead past the networks of the configuration \
                 (--deny-networks, --allow-networks).")
        }
    }

    /// An error says why one of these exceptions on the page would open nothing.
    pub fn check_open(&self, open: &[Network]) -> Result<(), String> {
        for network in open {
            if let Some(denied) = self.denied.iter().find(|denied| denied.contains(*network)) {
                return Err(format!(
                    "{network} stays closed: the configuration denies {denied} (--deny-networks). Take it out."
                ));
            }
            let overlaps = |allowed: &Network| allowed.contains(*network) || network.contains(*allowed);
            if !self.allowed.is_empty() && !self.allowed.iter().any(overlaps) {
                return Err(format!(
                    "{network} stays closed: the configuration allows only other networks (--allow-networks). Take it out."
                ));
            }
        }
        Ok(())
    }
}

/// Which networks are closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    /// Never connected to, unless a network of `open` holds the address as well.
    pub closed: Vec<Network>,
    /// Exceptions of `closed`.
    pub open: Vec<Network>,
}

impl Networks {
    /// Whether it must not be connected to.
    pub fn is_closed(&self, address: IpAddr) -> bool {
        let among = |networks: &[Network]| networks.iter().any(|network| network.holds(address));
        among(&self.closed) && !among(&self.open)
    }
}

/// A network: an address, and how many of its first bits count (RFC 4632, RFC 4291, section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// "10.0.0.0/8", "fd00::/8", or one address.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let wrong = || format!("“{text}” is no network. Write it as 10.0.0.0/8, fd00::/8 or 192.0.2.1.");
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) => bits.trim().parse().ok().filter(|bits| *bits <= most).ok_or_else(wrong)?,
        };
        let network = Self { address: first(address, bits), bits };
        if network.address == address {
            Ok(network)
        } else {
            Err(format!("“{text}” is an address within a network. Its network is {network}."))
        }
    }

    /// Whether the address is in it. An IPv4 address is in no network of IPv6, however it is written.
    pub fn holds(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && first(address, self.bits) == self.address
    }

    /// Whether all of the other network is in this one.
    pub fn contains(self, other: Self) -> bool {
        self.bits <= other.bits && self.holds(other.address)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// The first address of the network that this one is in.
fn first(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            Ipv4Addr::from(u32::from(v4) & mask).into()
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            Ipv6Addr::from(u128::from(v6) & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let check = |network: &str, address: &str, held: bool| {
            let network = Network::parse(network).expect(network);
            assert_eq!(network.holds(address.parse().expect(address)), held, "{network} {address}");
        };
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.1", false);
        check("10.0.0.0/8", "::ffff:10.0.0.1", false);
        check("0.0.0.0/0", "192.0.2.1", true);
        check("0.0.0.0/0", "2001:db8::1", false);
        check("192.0.2.1", "192.0.2.1", true);
        check("192.0.2.1", "192.0.2.2", false);
        check("fd00::/8", "fd12::1", true);
        check("fd00::/8", "fe80::1", false);
        check("::/0", "2001:db8::1", true);
    }

    #[test]
    fn what_is_typed_is_read_line_by_line() {
        let read = |closed: &str| NetworksDraft { closed: closed.to_owned(), ..NetworksDraft::default() }.parse();
        let said = |closed: &str| {
            read(closed)
                .map(|networks| networks.closed.iter().map(ToString::to_string).collect::<Vec<_>>())
                .map_err(|errors| errors.get("closed").map(str::to_owned).unwrap_or_default())
        };
        assert_eq!(
            said("10.0.0.0/8\r\n\n  fd00::/8 \n10.0.0.0/8"),
            Ok(vec!["10.0.0.0/8".to_owned(), "fd00::/8".to_owned()])
        );
        assert_eq!(said(""), Ok(vec![]));
        let wrong = |typed: &str, message: &str| assert_eq!(said(typed), Err(message.to_owned()));
        wrong("192.0.2.1\nten", "Line 2: “ten” is no network. Write it as 10.0.0.0/8, fd00::/8 or 192.0.2.1.");
        wrong("10.1.2.3/8", "Line 1: “10.1.2.3/8” is an address within a network. Its network is 10.0.0.0/8.");
        wrong("10.0.0.0/33", "Line 1: “10.0.0.0/33” is no network. Write it as 10.0.0.0/8, fd00::/8 or 192.0.2.1.");
    }

    #[test]
    fn an_exception_on_the_page_opens_nothing_that_the_configuration_keeps_closed() {
        let networks =
            |list: &[&str]| -> Vec<Network> { list.iter().map(|text| Network::parse(text).expect(text)).collect() };
        let check = |denied: &[&str], allowed: &[&str], open: &str, refused: &str| {
            let configured = ConfiguredNetworks { denied: networks(denied), allowed: networks(allowed) };
            let said = configured.check_open(&networks(&[open])).err().unwrap_or_default();
            assert!(said.contains(refused), "{open}: {said}");
            assert_eq!(said.is_empty(), refused.is_empty(), "{open}: {said}");
        };
        check(&[], &[], "10.0.0.0/8", "");
        check(&["10.0.0.0/8"], &[], "10.0.0.0/8", "the configuration denies 10.0.0.0/8 (--deny-networks)");
        check(&["10.0.0.0/8"], &[], "10.1.0.0/16", "--deny-networks");
        check(&["10.0.0.0/8"], &[], "0.0.0.0/0", "");
        check(&["10.0.0.0/8"], &[], "192.0.2.1", "");
        check(&[], &["192.0.2.0/24"], "192.0.2.1", "");
        check(&[], &["192.0.2.0/24"], "192.0.0.0/16", "");
        check(&[], &["192.0.2.0/24"], "198.51.100.1", "--allow-networks");
        check(&[], &["192.0.2.0/24"], "::/0", "--allow-networks");
        check(&["192.0.2.1"], &["192.0.2.0/24"], "192.0.2.1", "--deny-networks");
    }

    #[test]
    fn an_exception_is_open_within_what_is_closed() {
        let networks = NetworksDraft { closed: "0.0.0.0/0".to_owned(), open: "192.0.2.0/24".to_owned(), version: 0 };
        let networks = networks.parse().expect("they are right");
        assert!(!networks.is_closed("192.0.2.9".parse().expect("an address")));
        assert!(networks.is_closed("198.51.100.9".parse().expect("an address")));
        assert!(!networks.is_closed("2001:db8::1".parse().expect("an address")));
    }
}
