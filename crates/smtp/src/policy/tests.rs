use model::{ConfiguredNetworks, Network, NetworksDraft};

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().expect(text)
}

fn networks(list: &[&str]) -> Vec<Network> {
    list.iter().map(|text| Network::parse(text).expect(text)).collect()
}

/// What is closed and opened on the page.
fn page(closed: &str, open: &str) -> Egress {
    let draft = NetworksDraft { closed: closed.to_owned(), open: open.to_owned(), version: 0 };
    Egress { networks: draft.parse().expect("they are networks"), ..Egress::default() }
}

fn configured(denied: &[&str], allowed: &[&str]) -> Egress {
    let configured = ConfiguredNetworks { denied: networks(denied), allowed: networks(allowed) };
    Egress { configured, ..Egress::default() }
}

#[test]
fn addresses_that_no_mail_server_has_are_never_connected_to() {
    // Also where everything is opened and allowed.
    let open = Egress { configured: configured(&[], &["0.0.0.0/0", "::/0"]).configured, ..page("", "0.0.0.0/0\n::/0") };
    let check = |address: &str, why: &str| {
        assert_eq!(refused(ip(address), &Egress::default()), Some(why), "{address}");
        assert_eq!(refused(ip(address), &open), Some(why), "{address}, with all open");
    };
    check("0.0.0.0", "this network");
    check("0.1.2.3", "this network");
    check("169.254.169.254", METADATA);
    check("169.254.170.2", "link-local");
    check("169.254.0.1", "link-local");
    check("100.100.100.200", METADATA);
    check("168.63.129.16", METADATA);
    check("192.0.0.192", METADATA);
    check("224.0.0.251", "multicast");
    check("239.255.255.255", "multicast");
    check("240.0.0.1", "reserved");
    check("255.255.255.254", "reserved");
    check("255.255.255.255", "broadcast");
    check("::", "unspecified");
    check("fe80::1", "link-local");
    check("febf::1", "link-local");
    check("fec0::1", "site-local");
    check("feff:ffff::1", "site-local");
    check("ff02::1", "multicast");
    check("fd00:ec2::254", METADATA);
    check("fd00:ec2::23", METADATA);
    check("fd00:ec2:ffff::1", METADATA);
    check("fd20:ce::254", METADATA);
}

#[test]
fn an_address_is_found_in_each_form_that_embeds_it() {
    let closed = page("10.0.0.0/8", "");
    let denies = configured(&["10.0.0.0/8"], &[]);
    let allows = configured(&[], &["192.0.2.0/24"]);
    // Each of the same form: metadata, and an address of a private network.
    let check = |metadata: &str, private: &str| {
        assert_eq!(refused(ip(metadata), &Egress::default()), Some(METADATA), "{metadata}");
        assert_eq!(refused(ip(private), &Egress::default()), None, "{private}");
        assert_eq!(refused(ip(private), &closed), Some(CLOSED), "{private}");
        assert_eq!(refused(ip(private), &denies), Some(DENIED), "{private}");
        assert_eq!(refused(ip(private), &allows), Some(NOT_ALLOWED), "{private}");
    };
    // IPv4-mapped, IPv4-compatible, IPv4-translated.
    check("::ffff:169.254.169.254", "::ffff:10.1.2.3");
    check("::169.254.169.254", "::10.1.2.3");
    check("::ffff:0:169.254.169.254", "::ffff:0:10.1.2.3");
    // 6to4.
    check("2002:a9fe:a9fe::1", "2002:a01:203::1");
    // Teredo: the server, and the client.
    check("2001:0:a9fe:a9fe::cb00:7101", "2001:0:a01:203::34ff:8efe");
    check("2001:0:cb00:7101:0:0:5601:5601", "2001:0:cb00:7101:0:0:f5fe:fdfc");
    // NAT64.
    check("64:ff9b::169.254.169.254", "64:ff9b::10.1.2.3");
    check("64:ff9b:1::169.254.169.254", "64:ff9b:1::10.1.2.3");
    check("64:ff9b:1:abcd:00a9:fea9:fe00:0", "64:ff9b:1:abcd:000a:0102:0300:0");
    check("64:ff9b:1:aba9:00fe:a9fe::", "64:ff9b:1:ab0a:0001:0203::");
    check("64:ff9b:1:a9fe:00a9:fe00::", "64:ff9b:1:0a01:0002:0300::");
    // ISATAP, of a private and of a public address.
    check("2001:db8::5efe:169.254.169.254", "2001:db8::5efe:10.1.2.3");
    check("2001:db8::200:5efe:169.254.169.254", "2001:db8::200:5efe:10.1.2.3");
    assert_eq!(refused(ip("64:ff9b:1::"), &Egress::default()), Some("this network"));
    assert_eq!(refused(ip("::ffff:0.0.0.0"), &Egress::default()), Some("this network"));
}

#[test]
fn public_private_and_loopback_addresses_are_connected_to() {
    let check = |address: &str| assert_eq!(refused(ip(address), &Egress::default()), None, "{address}");
    check("127.0.0.1");
    check("10.20.0.14");
    check("100.64.0.1");
    check("100.127.255.254");
    check("172.16.0.1");
    check("192.168.1.1");
    check("198.18.0.1");
    check("203.0.113.25");
    check("169.253.255.255");
    check("169.255.0.1");
    check("168.63.129.17");
    check("::1");
    check("fd00:ec1::254");
    check("fd12:3456::25");
    check("2001:db8::25");
    check("2001:4860::25");
    check("::ffff:10.0.0.1");
    check("2002:0a00:0001::1");
    check("64:ff9b::203.0.113.25");
    check("64:ff9b:1::203.0.113.25");
    check("64:ff9b:1:fffe::203.0.113.25");
    check("64:ff9b:1:abcd:cb:71:fa00:0");
}

#[test]
fn the_shared_address_space_is_closed_like_a_private_network() {
    let egress = page("100.64.0.0/10", "");
    let check = |address: &str, closed: bool| {
        assert_eq!(refused(ip(address), &egress), closed.then_some(CLOSED), "{address}");
    };
    check("100.64.0.1", true);
    check("100.127.255.255", true);
    check("::ffff:100.64.0.1", true);
    check("100.63.255.255", false);
    check("100.128.0.0", false);
}

#[test]
fn the_configuration_wins_over_the_page_and_denying_over_allowing() {
    let check = |egress: Egress, address: &str, why: Option<&str>| {
        assert_eq!(refused(ip(address), &egress), why, "{address}: {egress:?}");
    };
    let opened = || page("", "10.0.0.0/8\n192.0.2.0/24");
    let with =
        |denied: &[&str], allowed: &[&str]| Egress { configured: configured(denied, allowed).configured, ..opened() };
    check(with(&["10.0.0.0/8"], &[]), "10.1.2.3", Some(DENIED));
    check(with(&["10.0.0.0/8"], &[]), "11.1.2.3", None);
    check(with(&[], &["192.0.2.0/24"]), "192.0.2.1", None);
    check(with(&[], &["192.0.2.0/24"]), "10.1.2.3", Some(NOT_ALLOWED));
    check(with(&[], &["192.0.2.0/24"]), "2001:db8::1", Some(NOT_ALLOWED));
    check(with(&["192.0.2.9"], &["192.0.2.0/24"]), "192.0.2.9", Some(DENIED));
    check(with(&["192.0.2.9"], &["192.0.2.0/24"]), "192.0.2.8", None);
    // What is allowed as an IPv4 address is allowed as what leads there, and no other way round.
    check(with(&[], &["192.0.2.0/24"]), "64:ff9b::192.0.2.1", None);
    check(with(&[], &["::/0"]), "::ffff:10.1.2.3", Some(NOT_ALLOWED));
    // The page closes more.
    let closes =
        |closed: &str| Egress { configured: configured(&[], &["192.0.2.0/24"]).configured, ..page(closed, "") };
    check(closes("192.0.2.0/25"), "192.0.2.1", Some(CLOSED));
    check(closes("192.0.2.0/25"), "192.0.2.200", None);
}
