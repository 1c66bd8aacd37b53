//! What a credential may be used with. One rule, kept by saving, testing and sending alike: a secret never goes where
//! its owner did not send it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    CertificateCheck, ConnectionSecurity, ConnectorId, ConnectorKind, Fingerprint, Host, Mechanism, TrustKind,
};

/// Everything that a secret may be sent to. Each list names what is allowed; an empty one allows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destinations {
    /// Exact names, in ASCII (IDNA) where they are stored.
    pub hosts: Vec<Host>,
    /// The ports that may be connected to.
    pub ports: Vec<u16>,
    /// Without a network connector.
    pub direct: bool,
    /// The connectors that it may be used through, with where they led when that was permitted.
    pub connectors: Vec<ConnectorRoute>,
    /// Only over TLS whose certificate verified.
    pub verified_only: bool,
    /// PLAIN and LOGIN also without TLS.
    pub plain_in_clear: bool,
    /// Pinned certificates, and CAs of an account's own, that count as verified besides those the machine trusts.
    pub certificates: Vec<Fingerprint>,
}

/// A network connector and where it leads. One that leads elsewhere is another one, whatever its number is: its proxy
/// sees what goes through it, and chooses what it connects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorRoute {
    /// The connector's number.
    pub id: ConnectorId,
    /// The protocol of its proxy.
    pub kind: ConnectorKind,
    /// In ASCII (IDNA).
    pub host: Host,
    /// The port that is connected to.
    pub port: u16,
}

/// Where a secret is about to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination<'a> {
    /// The mail server, or the proxy whose sign-in it is; in ASCII.
    pub host: &'a Host,
    /// The port that is connected to.
    pub port: u16,
    /// None for a direct connection.
    pub connector: Option<&'a ConnectorRoute>,
    /// How the secret is protected on its way.
    pub protection: Protection<'a>,
    /// None where it is chosen when the server has said what it offers.
    pub mechanism: Option<Mechanism>,
}

/// How the way there is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection<'a> {
    /// Clear text.
    None,
    /// TLS with a certificate that nobody checks.
    Unverified,
    /// TLS with a certificate that the machine trusts.
    Verified,
    /// TLS with a certificate that the account itself trusts: this one, or one of these CAs.
    Own(&'a [Fingerprint]),
}

impl<'a> Protection<'a> {
    /// Of a connection with these settings. `own` are the certificates that are trusted besides those of the machine.
    pub fn of(
        security: ConnectionSecurity,
        certificates: CertificateCheck,
        trust: TrustKind,
        own: &'a [Fingerprint],
    ) -> Self {
        match (security, certificates, trust) {
            (ConnectionSecurity::None, ..) => Self::None,
            (_, CertificateCheck::Ignore, _) => Self::Unverified,
            (_, CertificateCheck::Verify, TrustKind::Machine) => Self::Verified,
            (_, CertificateCheck::Verify, TrustKind::Certificate | TrustKind::Ca) => Self::Own(own),
        }
    }
}

/// Why a secret may not go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAllowed {
    /// This host is not among those that are permitted.
    Host(Host),
    /// This port is not among those that are permitted.
    Port(u16),
    /// It may only be used through a connector.
    Direct,
    /// It may not be used through this connector.
    Connector,
    /// The connector was permitted while it led elsewhere.
    ConnectorChanged,
    /// It wants verified TLS, and the connection is not encrypted.
    ClearText,
    /// It wants verified TLS, and certificate errors are ignored.
    Unverified,
    /// It wants verified TLS, and does not know a certificate that the account itself trusts.
    Certificate,
    /// PLAIN or LOGIN would send the password over a connection that is not encrypted.
    PlainInClear,
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => write!(f, "This credential is not for {host}."),
            Self::Port(port) => write!(f, "This credential is not for port {port}."),
            Self::Direct => f.write_str("This credential is only for use through a network connector."),
            Self::Connector => f.write_str("This credential is not for use through this network connector."),
            Self::ConnectorChanged => {
                f.write_str("This network connector leads elsewhere than when the credential permitted it.")
            }
            Self::ClearText => {
                f.write_str("This credential asks for verified TLS, and the connection is in clear text.")
            }
            Self::Unverified => {
                f.write_str("This credential asks for verified TLS, and certificate errors are ignored.")
            }
            Self::Certificate => {
                f.write_str("This credential does not know the certificate that the account trusts by itself.")
            }
            Self::PlainInClear => f.write_str("This credential does not allow PLAIN and LOGIN in clear text."),
        }
    }
}

impl Destinations {
    /// Whether a secret may go there; the first reason why not.
    pub fn permit(&self, to: &Destination<'_>) -> Result<(), NotAllowed> {
        let Self { hosts, ports, direct, connectors, verified_only, plain_in_clear, certificates } = self;
        let Destination { host, port, connector, protection, mechanism } = to;
        if !hosts.contains(host) {
            return Err(NotAllowed::Host((*host).clone()));
        }
        if !ports.contains(port) {
            return Err(NotAllowed::Port(*port));
        }
        match connector {
            None if !direct => return Err(NotAllowed::Direct),
            Some(route) if connectors.contains(route) => {}
            Some(route) if connectors.iter().any(|permitted| permitted.id == route.id) => {
                return Err(NotAllowed::ConnectorChanged);
            }
            Some(_) => return Err(NotAllowed::Connector),
            None => {}
        }
        match protection {
            Protection::None if *verified_only => return Err(NotAllowed::ClearText),
            Protection::None if !plain_in_clear && mechanism.is_some_and(Mechanism::shows_the_password) => {
                return Err(NotAllowed::PlainInClear);
            }
            Protection::Unverified if *verified_only => return Err(NotAllowed::Unverified),
            Protection::Own(own) if *verified_only && !own.iter().all(|one| certificates.contains(one)) => {
                return Err(NotAllowed::Certificate);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether these allow anything that the others do not. Whoever widens them enters the secret again: else
    /// changing where it may go would be a way to have it sent there.
    pub fn widen(&self, before: &Self) -> bool {
        let Self { hosts, ports, direct, connectors, verified_only, plain_in_clear, certificates } = self;
        hosts.iter().any(|host| !before.hosts.contains(host))
            || ports.iter().any(|port| !before.ports.contains(port))
            || (*direct && !before.direct)
            || connectors.iter().any(|connector| !before.connectors.contains(connector))
            || (!verified_only && before.verified_only)
            || (*plain_in_clear && !before.plain_in_clear)
            || certificates.iter().any(|certificate| !before.certificates.contains(certificate))
    }

    /// The same, each list in order and without doubles.
    pub fn in_order(mut self) -> Self {
        self.hosts.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        self.hosts.dedup();
        self.ports.sort_unstable();
        self.ports.dedup();
        self.connectors.sort_by_key(|route| route.id);
        self.connectors.dedup();
        self.certificates.sort_unstable();
        self.certificates.dedup();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> Host {
        Host::parse(name).expect(name)
    }

    fn fingerprint(digit: &str) -> Fingerprint {
        Fingerprint::parse(&digit.repeat(64)).expect(digit)
    }

    fn route(id: i64) -> ConnectorRoute {
        ConnectorRoute { id: ConnectorId(id), kind: ConnectorKind::Socks5, host: host("proxy.example.org"), port: 1080 }
    }

    fn rules() -> Destinations {
        Destinations {
            hosts: vec![host("smtp.example.org")],
            ports: vec![587],
            direct: true,
            connectors: vec![route(7)],
            verified_only: true,
            plain_in_clear: false,
            certificates: vec![fingerprint("a")],
        }
    }

    /// The connector of the rules, with one thing about it changed each.
    fn led_elsewhere() -> [ConnectorRoute; 3] {
        [
            ConnectorRoute { kind: ConnectorKind::HttpConnect, ..route(7) },
            ConnectorRoute { host: host("proxy.stranger.example"), ..route(7) },
            ConnectorRoute { port: 1081, ..route(7) },
        ]
    }

    #[test]
    fn a_secret_goes_only_where_it_may() {
        let (own, other) = ([fingerprint("a")], [fingerprint("b")]);
        let smtp = host("smtp.example.org");
        let stranger = host("mx.stranger.example");
        let good =
            Destination { host: &smtp, port: 587, connector: None, protection: Protection::Verified, mechanism: None };
        let check = |to: Destination<'_>, expected: Result<(), NotAllowed>| {
            assert_eq!(rules().permit(&to), expected, "{to:?}");
        };
        check(good, Ok(()));
        check(Destination { connector: Some(&route(7)), ..good }, Ok(()));
        check(Destination { protection: Protection::Own(&own), ..good }, Ok(()));
        check(Destination { host: &stranger, ..good }, Err(NotAllowed::Host(stranger.clone())));
        check(Destination { port: 25, ..good }, Err(NotAllowed::Port(25)));
        check(Destination { connector: Some(&route(8)), ..good }, Err(NotAllowed::Connector));
        for changed in led_elsewhere() {
            check(Destination { connector: Some(&changed), ..good }, Err(NotAllowed::ConnectorChanged));
        }
        check(Destination { protection: Protection::None, ..good }, Err(NotAllowed::ClearText));
        check(Destination { protection: Protection::Unverified, ..good }, Err(NotAllowed::Unverified));
        check(Destination { protection: Protection::Own(&other), ..good }, Err(NotAllowed::Certificate));
        let unverified = Destinations { verified_only: false, ..rules() };
        let plain = Destination { protection: Protection::None, mechanism: Some(Mechanism::Plain), ..good };
        assert_eq!(unverified.permit(&plain), Err(NotAllowed::PlainInClear));
        assert_eq!(unverified.permit(&Destination { mechanism: Some(Mechanism::CramMd5), ..plain }), Ok(()));
        assert_eq!(Destinations { plain_in_clear: true, ..unverified }.permit(&plain), Ok(()));
        assert_eq!(Destinations { direct: false, ..rules() }.permit(&good), Err(NotAllowed::Direct));
    }

    #[test]
    fn an_empty_list_allows_nothing() {
        let smtp = host("smtp.example.org");
        let to =
            Destination { host: &smtp, port: 587, connector: None, protection: Protection::Verified, mechanism: None };
        assert!(Destinations { direct: true, ..Destinations::default() }.permit(&to).is_err());
        assert!(Destinations { ports: Vec::new(), ..rules() }.permit(&to).is_err());
    }

    #[test]
    fn every_rule_that_is_loosened_widens() {
        let check = |wider: bool, after: Destinations| assert_eq!(after.widen(&rules()), wider, "{after:?}");
        check(false, rules());
        check(false, Destinations { hosts: Vec::new(), direct: false, ..rules() });
        check(true, Destinations { hosts: vec![host("a.example")], ..rules() });
        check(true, Destinations { ports: vec![587, 25], ..rules() });
        check(true, Destinations { connectors: vec![route(8)], ..rules() });
        for changed in led_elsewhere() {
            check(true, Destinations { connectors: vec![changed], ..rules() });
        }
        check(true, Destinations { verified_only: false, ..rules() });
        check(true, Destinations { plain_in_clear: true, ..rules() });
        check(true, Destinations { certificates: vec![fingerprint("b")], ..rules() });
        assert!(rules().widen(&Destinations { direct: false, ..rules() }));
    }
}
