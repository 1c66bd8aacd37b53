//! The egress policy: which addresses are never connected to, so that testing an account cannot be used to look into a
//! cloud's metadata or to reach what no mail server has; also where such an address is embedded in another one.
//!
//! In this order, and what comes first wins: what is always denied, what the configuration denies, what it does not
//! allow, what is closed on the page *Networks*. Private networks are open until one of them closes them: RFC 1918,
//! RFC 4193 (`fc00::/7`), and the shared address space of RFC 6598 (`100.64.0.0/10`), which is used like them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Egress;

const CLOSED: &str = "a network that an administrator closed";
const DENIED: &str = "a network that the configuration denies";
const NOT_ALLOWED: &str = "outside the networks that the configuration allows";
const METADATA: &str = "cloud metadata";

/// Why this address is not connected to; None where it may be.
pub fn refused(address: IpAddr, egress: &Egress) -> Option<&'static str> {
    let Egress { dns: _, networks, configured } = egress;
    let embedded: Vec<IpAddr> = match address {
        IpAddr::V4(_) => Vec::new(),
        IpAddr::V6(v6) => embedded(v6).into_iter().map(IpAddr::from).collect(),
    };
    let all = || std::iter::once(address).chain(embedded.iter().copied());
    // It is the embedded addresses that are reached.
    let reached = if embedded.is_empty() { &[address][..] } else { &embedded };
    if let Some(why) = all().find_map(always_denied) {
        Some(why)
    } else if all().any(|address| configured.denies(address)) {
        Some(DENIED)
    } else if !reached.iter().all(|&address| configured.allows(address)) {
        Some(NOT_ALLOWED)
    } else if all().any(|address| networks.is_closed(address)) {
        Some(CLOSED)
    } else {
        None
    }
}

/// Why this very address is never connected to, whatever is configured; None where it may be.
fn always_denied(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => denied_v4(v4),
        IpAddr::V6(v6) => denied_v6(v6),
    }
}

/// - `0.0.0.0/8`: "this network" (RFC 1122, section 3.2.1.3)
/// - `169.254.0.0/16`: link-local (RFC 3927, section 2.1), where most clouds have their metadata
/// - `100.100.100.200`: metadata of Alibaba ("ECS instance metadata")
/// - `168.63.129.16`: WireServer of Azure ("What is IP address 168.63.129.16?")
/// - `192.0.0.192`: metadata of Oracle ("Getting Instance Metadata"), within the range of RFC 6890, section 2.1
/// - `224.0.0.0/4`: multicast (RFC 5771, section 3)
/// - `240.0.0.0/4`: reserved (RFC 1112, section 4), with the limited broadcast (RFC 919, section 7)
fn denied_v4(v4: Ipv4Addr) -> Option<&'static str> {
    match v4.octets() {
        [0, ..] => Some("this network"),
        [169, 254, 169, 254] => Some(METADATA),
        [169, 254, ..] => Some("link-local"),
        [100, 100, 100, 200] | [168, 63, 129, 16] | [192, 0, 0, 192] => Some(METADATA),
        [224..=239, ..] => Some("multicast"),
        [255, 255, 255, 255] => Some("broadcast"),
        [240..=255, ..] => Some("reserved"),
        _ => None,
    }
}

/// - `::`: unspecified (RFC 4291, section 2.5.2)
/// - `fe80::/10`: link-local (RFC 4291, section 2.5.6)
/// - `fec0::/10`: site-local, deprecated (RFC 3879, section 4)
/// - `ff00::/8`: multicast (RFC 4291, section 2.7)
/// - `fd00:ec2::/32`: the services of Amazon's own machines ("Instance metadata", `::254`; "EKS Pod Identity", `::23`;
///   the DNS, `::253`; the time, `::123`)
/// - `fd20:ce::254`: metadata of Google ("VM metadata")
fn denied_v6(v6: Ipv6Addr) -> Option<&'static str> {
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("unspecified"),
        [0xfd00, 0xec2, ..] | [0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254] => Some(METADATA),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xfec0..=0xfeff, ..] => Some("site-local"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        _ => None,
    }
}

/// The IPv4 addresses that an IPv6 address leads to, or may lead to.
///
/// - IPv4-mapped and IPv4-compatible (RFC 4291, section 2.5.5), IPv4-translated (RFC 2765, section 2.1)
/// - 6to4 (RFC 3056, section 2)
/// - Teredo (RFC 4380, section 4): the server, and the client with all bits inverted
/// - NAT64: `64:ff9b::/96` (RFC 6052, section 2.1) and `64:ff9b:1::/48` (RFC 8215, section 4). A network's own prefix
///   looks like any other address: whoever runs one names it to `--deny-networks`.
/// - ISATAP (RFC 5214, section 6.1)
fn embedded(v6: Ipv6Addr) -> Vec<Ipv4Addr> {
    let o = v6.octets();
    let at = |i: usize| Ipv4Addr::new(o[i], o[i + 1], o[i + 2], o[i + 3]);
    match v6.segments() {
        // The loopback address and the unspecified one have the form of IPv4-compatible ones.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Vec::new(),
        [0, 0, 0, 0, 0, 0 | 0xffff, ..] | [0, 0, 0, 0, 0xffff, 0, ..] => vec![at(12)],
        [0x2002, ..] => vec![at(2)],
        [0x2001, 0, ..] => vec![at(4), Ipv4Addr::from_bits(!at(12).to_bits())],
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => vec![at(12)],
        [0x64, 0xff9b, 1, ..] => local_nat64(o),
        [_, _, _, _, 0 | 0x200, 0x5efe, ..] => vec![at(12)],
        _ => Vec::new(),
    }
}

/// By each prefix length of RFC 6052, section 2.2, that `64:ff9b:1::/48` has room for: 48, 56, 64 and 96 (32 and 40 are
/// shorter than it). Octet 8 is left out. Which length a network uses is not known here, so all count. But the prefix
/// and the zeros of one length are no address to another one: what can never be connected to (`0.0.0.0/8`, and from
/// `224.0.0.0` on) counts only where no length finds anything else.
fn local_nat64(o: [u8; 16]) -> Vec<Ipv4Addr> {
    let all = [
        Ipv4Addr::new(o[6], o[7], o[9], o[10]),
        Ipv4Addr::new(o[7], o[9], o[10], o[11]),
        Ipv4Addr::new(o[9], o[10], o[11], o[12]),
        Ipv4Addr::new(o[12], o[13], o[14], o[15]),
    ];
    let found: Vec<_> = all.into_iter().filter(|v4| (1..224).contains(&v4.octets()[0])).collect();
    if found.is_empty() { all.to_vec() } else { found }
}

#[cfg(test)]
mod tests;
