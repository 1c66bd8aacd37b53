//! Where a connection goes: the server, how it is protected, through which proxy, and what is signed in with.

use std::net::SocketAddr;
use std::sync::Arc;

use model::{
    CertificateCheck, ConfiguredNetworks, ConnectionSecurity, ConnectorKind, Host, Mechanism, Networks, Trust,
};
use secrecy::SecretString;

/// Where a connection goes, and how it is protected.
#[derive(Clone, Debug)]
pub struct Target {
    /// The server's name or address.
    pub host: Host,
    /// Its TCP port.
    pub port: u16,
    /// Implicit TLS, STARTTLS, or no TLS.
    pub security: ConnectionSecurity,
    /// Whether a certificate that does not verify ends the conversation.
    pub certificates: CertificateCheck,
    /// Which CAs or which certificate are trusted.
    pub trust: Trust,
    /// None where the server accepts mail without a sign-in.
    pub sign_in: Option<ServerSignIn>,
    /// None where the server is connected to directly.
    pub proxy: Option<Proxy>,
    /// Which DNS server is asked, and which networks may be connected to.
    pub egress: Arc<Egress>,
}

impl Target {
    /// The host's name is resolved and checked before a proxy is asked for its address.
    pub(super) fn looks_up_first(&self) -> bool {
        self.host.ip().is_none() && self.proxy.as_ref().is_some_and(|proxy| !proxy.resolves_names)
    }
}

/// Who looks names up, and where a connection may go.
#[derive(Clone, Debug, Default)]
pub struct Egress {
    /// The DNS server that is asked; None for those of the machine.
    pub dns: Option<SocketAddr>,
    /// What an administrator closed.
    pub networks: Networks,
    /// What the configuration says, which wins over that.
    pub configured: ConfiguredNetworks,
}

/// What is signed in with. Whoever makes one has asked whether the secret may go to this target.
#[derive(Clone, Debug)]
pub struct ServerSignIn {
    /// The identity of the sign-in (RFC 4954).
    pub user_name: String,
    /// The password.
    pub secret: SecretString,
    /// None means the strongest that the server offers.
    pub mechanism: Option<Mechanism>,
    /// PLAIN and LOGIN also without TLS.
    pub plain_in_clear: bool,
    /// Only over TLS whose certificate verified.
    pub verified_only: bool,
}

/// A network connector's proxy.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// The protocol that the proxy speaks.
    pub kind: ConnectorKind,
    /// The proxy's name or address.
    pub host: Host,
    /// Its TCP port.
    pub port: u16,
    /// It gets names as they are, past the egress policy: an administrator marked the connector so.
    pub resolves_names: bool,
    /// None where the proxy asks for no sign-in.
    pub sign_in: Option<ProxySignIn>,
}

/// What is signed in to a proxy with.
#[derive(Clone, Debug)]
pub struct ProxySignIn {
    /// At most 255 octets for SOCKS5 (RFC 1929), without a colon for Basic (RFC 7617).
    pub user_name: String,
    /// The password; at most 255 octets for SOCKS5.
    pub secret: SecretString,
}
