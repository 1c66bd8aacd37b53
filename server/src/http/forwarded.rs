//! The client behind trusted proxies, as `X-Forwarded-For` or `Forwarded` (RFC 7239) names it.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName, header};
use model::Network;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client: the peer's own, unless the peer is a trusted proxy. Each proxy adds who it was asked by
/// at the end, so the first address from there that is no trusted proxy's is the client's. What stands before it was
/// written by the client, and is not looked at.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    if !is_trusted(peer) {
        return peer;
    }
    let walk = |hops: Vec<Option<IpAddr>>| {
        let mut client = peer;
        // One that cannot be read ends the walk at the last that could.
        for hop in hops.into_iter().rev().map_while(|hop| hop) {
            client = hop;
            if !is_trusted(client) {
                break;
            }
        }
        client
    };
    match (lines(headers, &X_FORWARDED_FOR), lines(headers, &header::FORWARDED)) {
        (None, None) => peer,
        (Some(text), None) => walk(hops_of_list(&text)),
        (None, Some(text)) => walk(hops_of_forwarded(&text)),
        // A proxy that writes one of them may hand on the other as the client wrote it.
        (Some(list), Some(forwarded)) => {
            let (one, other) = (walk(hops_of_list(&list)), walk(hops_of_forwarded(&forwarded)));
            if one == other { one } else { peer }
        }
    }
}

/// All lines of a header as one.
fn lines(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Vec<_> = headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

fn hops_of_list(text: &str) -> Vec<Option<IpAddr>> {
    text.split(',').map(node).collect()
}

fn hops_of_forwarded(text: &str) -> Vec<Option<IpAddr>> {
    let hop = |element: &str| {
        let mut pairs = split_outside_quotes(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
        node(&unquoted(value.trim())?)
    };
    split_outside_quotes(text, ',').into_iter().map(hop).collect()
}

fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(|character| {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => return character == separator && !quoted,
        }
        false
    })
    .collect()
}

/// A token, or what a quoted string says (RFC 9110, section 5.6.4).
fn unquoted(value: &str) -> Option<String> {
    let Some(rest) = value.strip_prefix('"') else {
        return Some(value.to_owned());
    };
    // No address needs an escape.
    rest.strip_suffix('"').filter(|text| !text.contains(['"', '\\'])).map(str::to_owned)
}

/// An address, with or without a port (RFC 7239, section 6). A hidden name is none.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let is_port = |text: &str| text.parse::<u16>().is_ok();
    let address = match (text.strip_prefix('['), text.split_once(':')) {
        (Some(rest), _) => {
            let (address, port) = rest.split_once(']')?;
            let is_whole = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            is_whole.then_some(address)?
        }
        (None, Some((address, port))) if is_port(port) => address,
        _ => text,
    };
    address.parse().ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asked by `peer` with these headers, where 127.0.0.1, 10.0.0.0/8 and fd00::/8 are trusted.
    fn check(peer: &str, pairs: &[(&'static str, &str)], found: &str) {
        let trusted = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].map(|text| Network::parse(text).expect(text));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().expect("a header's value"));
        }
        let client = client(peer.parse().expect(peer), &headers, &trusted);
        assert_eq!(client.to_string(), found, "{peer} {pairs:?}");
    }

    const LIST: &str = "x-forwarded-for";
    const FORWARDED: &str = "forwarded";

    #[test]
    fn only_a_trusted_proxy_says_who_asks() {
        check("192.0.2.9", &[(LIST, "198.51.100.1")], "192.0.2.9");
        check("192.0.2.9", &[(FORWARDED, "for=198.51.100.1")], "192.0.2.9");
        check("127.0.0.1", &[], "127.0.0.1");
        check("127.0.0.1", &[(LIST, "198.51.100.1")], "198.51.100.1");
        check("::ffff:10.1.2.3", &[(LIST, "198.51.100.1")], "198.51.100.1");
        check("::ffff:192.0.2.9", &[(LIST, "198.51.100.1")], "192.0.2.9");
        check("fd12::1", &[(LIST, "2001:db8::1")], "2001:db8::1");
    }

    #[test]
    fn the_walk_ends_at_the_first_that_is_not_trusted() {
        check("127.0.0.1", &[(LIST, "203.0.113.7, 198.51.100.1")], "198.51.100.1");
        check("127.0.0.1", &[(LIST, "203.0.113.7, 198.51.100.1, 10.0.0.2, 10.0.0.1")], "198.51.100.1");
        check("127.0.0.1", &[(LIST, "10.0.0.3, 10.0.0.2")], "10.0.0.3");
        check("127.0.0.1", &[(LIST, "203.0.113.7"), (LIST, "198.51.100.1")], "198.51.100.1");
        check("127.0.0.1", &[(LIST, "198.51.100.1, ::ffff:10.0.0.1")], "198.51.100.1");
        check(
            "127.0.0.1",
            &[(FORWARDED, "for=203.0.113.7, for=198.51.100.1;proto=https, for=10.0.0.1")],
            "198.51.100.1",
        );
    }

    #[test]
    fn what_cannot_be_read_ends_the_walk_at_the_last_that_could() {
        for wrong in ["unknown", "", "_hidden", "198.51.100.256", "198.51.100.1:http", "fe80::1%eth0", "\u{e9}"] {
            check("127.0.0.1", &[(LIST, wrong)], "127.0.0.1");
            check("127.0.0.1", &[(LIST, &format!("203.0.113.7, {wrong}, 10.0.0.1"))], "10.0.0.1");
            check("127.0.0.1", &[(LIST, &format!("{wrong}, 198.51.100.1"))], "198.51.100.1");
        }
        for wrong in
            ["for=unknown", "for=\"_x\"", "by=203.0.113.7", "for=\"198.51.100.1", "for", "for=\"1\\98.51.100.1\""]
        {
            check("127.0.0.1", &[(FORWARDED, wrong)], "127.0.0.1");
        }
        // A quote that the client left open takes the proxy's own words in.
        check("127.0.0.1", &[(FORWARDED, "for=\"203.0.113.7"), (FORWARDED, "for=198.51.100.1")], "127.0.0.1");
    }

    #[test]
    fn addresses_come_with_ports_brackets_and_quotes() {
        for (text, found) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
        ] {
            check("127.0.0.1", &[(LIST, text)], found);
            check("127.0.0.1", &[(FORWARDED, &format!("proto=https;FOR=\"{text}\";by=\"a,b;c\""))], found);
        }
        check("127.0.0.1", &[(LIST, "[2001:db8::1]x")], "127.0.0.1");
        check("127.0.0.1", &[(LIST, "[2001:db8::1")], "127.0.0.1");
    }

    #[test]
    fn two_headers_that_differ_are_both_left_out() {
        check("127.0.0.1", &[(LIST, "198.51.100.1"), (FORWARDED, "for=198.51.100.1")], "198.51.100.1");
        check("127.0.0.1", &[(LIST, "198.51.100.1"), (FORWARDED, "for=203.0.113.7")], "127.0.0.1");
        check("127.0.0.1", &[(LIST, "203.0.113.7"), (FORWARDED, "for=unknown")], "127.0.0.1");
    }
}
