//! Which addresses are never connected to, so that testing an account cannot be used to look into a cloud's
//! metadata or to reach what no mail server has: also where such an address hides inside another one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::Networks;

/// Why this address is not connected to; None where it may be.
pub fn refused(address: IpAddr, networks: &Networks) -> Option<&'static str> {
    let hidden = match address {
        IpAddr::V4(_) => [None, None],
        IpAddr::V6(v6) => embedded(v6),
    };
    let all = std::iter::once(address).chain(hidden.into_iter().flatten().map(IpAddr::from));
    let closed = || all.into_iter().any(|address| networks.is_closed(address)).then_some(CLOSED);
    denied(address).or_else(closed)
}

const CLOSED: &str = "a network that an administrator closed";

/// Why this address is never connected to; None where it may be.
fn denied(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => denied_v4(v4),
        IpAddr::V6(v6) => denied_v6(v6).or_else(|| embedded(v6).into_iter().flatten().find_map(denied_v4)),
    }
}

const METADATA: &str = "cloud metadata";

fn denied_v4(v4: Ipv4Addr) -> Option<&'static str> {
    match v4.octets() {
        [0, ..] => Some("this network"),
        [169, 254, 169, 254] => Some(METADATA),
        [169, 254, ..] => Some("link-local"),
        // Alibaba, Azure's WireServer, Oracle.
        [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192] => Some(METADATA),
        [224..=239, ..] => Some("multicast"),
        [255, 255, 255, 255] => Some("broadcast"),
        [240..=255, ..] => Some("reserved"),
        _ => None,
    }
}

fn denied_v6(v6: Ipv6Addr) -> Option<&'static str> {
    /// Amazon.
    const AMAZON: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    /// Google.
    const GOOGLE: Ipv6Addr = Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254);
    match v6 {
        Ipv6Addr::UNSPECIFIED => Some("unspecified"),
        AMAZON | GOOGLE => Some(METADATA),
        _ if v6.is_multicast() => Some("multicast"),
        _ if v6.is_unicast_link_local() => Some("link-local"),
        _ => None,
    }
}

/// The IPv4 addresses that an IPv6 address leads to.
fn embedded(v6: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let o = v6.octets();
    let s = v6.segments();
    let at = |i: usize| Some(Ipv4Addr::new(o[i], o[i + 1], o[i + 2], o[i + 3]));
    match s {
        [0, 0, 0, 0, 0, 0, 0, 1] => [None, None],
        // IPv4-mapped, and the old IPv4-compatible and IPv4-translated forms.
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => [at(12), None],
        // 6to4 (RFC 3056).
        [0x2002, ..] => [at(2), None],
        // Teredo (RFC 4380): the server, and the client with all bits turned.
        [0x2001, 0, ..] => [at(4), Some(Ipv4Addr::new(!o[12], !o[13], !o[14], !o[15]))],
        // NAT64: the well-known prefix (RFC 6052), and the local one (RFC 8215) for the lengths 96 and 48.
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => [at(12), None],
        [0x64, 0xff9b, 1, ..] => [at(12), Some(Ipv4Addr::new(o[6], o[7], o[9], o[10]))],
        // ISATAP (RFC 5214).
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => [at(12), None],
        _ => [None, None],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_no_mail_server_has_are_never_connected_to() {
        let check = |address: &str| {
            assert!(denied(address.parse().expect(address)).is_some(), "{address}");
        };
        check("169.254.169.254");
        check("169.254.0.1");
        check("100.100.100.200");
        check("168.63.129.16");
        check("0.0.0.0");
        check("0.1.2.3");
        check("224.0.0.251");
        check("240.0.0.1");
        check("255.255.255.255");
        check("::");
        check("fe80::1");
        check("ff02::1");
        check("fd00:ec2::254");
        check("fd20:ce::254");
        check("::ffff:169.254.169.254");
        check("::169.254.169.254");
        check("::ffff:0:169.254.169.254");
        check("2002:a9fe:a9fe::1");
        check("2001:0:a9fe:a9fe::1");
        check("2001:0:101:101:0:0:5601:5601");
        check("64:ff9b::a9fe:a9fe");
        check("64:ff9b:1::a9fe:a9fe");
        check("64:ff9b:1:a9fe:a9:fe00::");
        check("2001:db8::5efe:a9fe:a9fe");
        check("::ffff:0.0.0.0");
    }

    #[test]
    fn what_an_administrator_closed_is_closed_also_within_another_address() {
        let draft = model::NetworksDraft { closed: "10.0.0.0/8".to_owned(), ..model::NetworksDraft::default() };
        let networks = draft.parse().expect("it is a network");
        let check = |address: &str, closed: bool| {
            let found = refused(address.parse().expect(address), &networks);
            assert_eq!(found, closed.then_some(CLOSED), "{address}");
        };
        check("10.1.2.3", true);
        check("::ffff:10.1.2.3", true);
        check("2002:0a01:0203::1", true);
        check("64:ff9b::10.1.2.3", true);
        check("11.1.2.3", false);
        check("2001:db8::1", false);
    }

    #[test]
    fn public_private_and_loopback_addresses_are_connected_to() {
        let check = |address: &str| assert_eq!(denied(address.parse().expect(address)), None, "{address}");
        check("127.0.0.1");
        check("10.20.0.14");
        check("100.64.0.1");
        check("192.168.1.1");
        check("203.0.113.25");
        check("::1");
        check("fd12:3456::25");
        check("2001:db8::25");
        check("::ffff:10.0.0.1");
        check("2002:0a00:0001::1");
        check("64:ff9b::203.0.113.25");
    }
}
