//! TLS by rustls: one handshake, what it agreed on, and what it means where it failed.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::reply::could_be_reply;
use model::{CertificateCheck, ConnectionSecurity, FailureKind, HandshakeFault, TlsFacts};
use rustls::client::ResolvesClientCert;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription, ClientConfig, ClientConnection, InvalidMessage, PeerIncompatible, ProtocolVersion, RootCertStore,
    SignatureScheme,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::{SmtpError, broken, is_about_client_certificate, of_rustls};
use super::reader::sample;
use super::stream::Recorded;
use super::verifier::{Shown, Trusted, Witness, provider, refused_certificate};

/// How a connection is to be encrypted.
pub struct TlsOptions<'a> {
    /// An address, or a name in ASCII.
    pub host: &'a str,
    /// How the connection came here.
    pub security: ConnectionSecurity,
    pub check: CertificateCheck,
    pub trusted: Trusted,
}

/// A connection that is encrypted, and what of it is told.
pub struct Encrypted {
    pub stream: TlsStream<Recorded>,
    pub facts: TlsFacts,
    /// The server has asked for a certificate of the client's, and has not said yet whether it goes on without one: so
    /// by TLS 1.3, whose handshake is over for the client before.
    pub may_want_certificate: bool,
}

/// Encrypts a connection. `shown` gets the certificate that the server shows, verified or not.
pub async fn encrypt(stream: TcpStream, options: TlsOptions<'_>, shown: Shown) -> Result<Encrypted, SmtpError> {
    let TlsOptions { host, security, check, trusted } = options;
    let name = server_name(host)?;
    let witness = Arc::new(Witness::new(trusted, check, Arc::clone(&shown)));
    let none = Arc::new(NoCertificate::default());
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| FailureKind::TlsFailed(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&witness) as Arc<dyn ServerCertVerifier>)
        .with_client_cert_resolver(Arc::clone(&none) as Arc<dyn ResolvesClientCert>);
    // Each test checks the certificate anew.
    config.resumption = rustls::client::Resumption::disabled();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, Recorded::new(stream));
    let connected = connecting.into_fallible().await;
    let (fault, asked) = (witness.fault(), none.asked.load(Ordering::Relaxed));
    let stream = connected.map_err(|(error, stream)| match (check, fault) {
        (CertificateCheck::Verify, Some(fault)) => SmtpError::from(fault.clone()),
        _ if security == ConnectionSecurity::ImplicitTls && !is_tls(&error) => {
            SmtpError::from(clear_text(stream.first()))
        }
        _ => SmtpError::from(handshake(&error, asked)),
    })?;
    let (_, session) = stream.get_ref();
    let may_want_certificate = asked && session.protocol_version() == Some(ProtocolVersion::TLSv1_3);
    let facts = TlsFacts {
        version: version(session.protocol_version()),
        cipher: session.negotiated_cipher_suite().map_or_else(String::new, |suite| format!("{:?}", suite.suite())),
        verified: fault.is_none(),
        fingerprint: shown.get().map_or_else(String::new, |shown| shown.fingerprint.to_string()),
    };
    Ok(Encrypted { stream, facts, may_want_certificate })
}

/// The name that TLS asks for (RFC 6066, section 3), or the address.
fn server_name(host: &str) -> Result<ServerName<'static>, FailureKind> {
    match host.parse::<IpAddr>() {
        Ok(address) => Ok(ServerName::from(address)),
        Err(_) => ServerName::try_from(host.to_owned())
            .map_err(|_| FailureKind::Settings(format!("“{host}” is no name that a certificate can hold."))),
    }
}

/// The first octets that a TLS client sends to this host.
pub fn client_hello(host: &str) -> Option<Vec<u8>> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .ok()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let mut connection = ClientConnection::new(Arc::new(config), server_name(host).ok()?).ok()?;
    let mut hello = Vec::new();
    connection.write_tls(&mut hello).ok()?;
    Some(hello)
}

/// No certificate to show, and whether one was asked for: some ask, and go on without.
#[derive(Debug, Default)]
struct NoCertificate {
    asked: AtomicBool,
}

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Whether what came had the form of TLS: the first octets of "220 mx" are neither a type nor a version nor a length of
/// its.
fn is_tls(error: &io::Error) -> bool {
    use InvalidMessage::{InvalidContentType, MessageTooLarge, UnknownProtocolVersion};
    !matches!(
        of_rustls(error),
        Some(rustls::Error::InvalidMessage(InvalidContentType | UnknownProtocolVersion | MessageTooLarge))
    )
}

/// What it means that a port answered to TLS in clear text: a mail server greets so, or another service.
fn clear_text(first: &[u8]) -> FailureKind {
    if could_be_reply(first) { FailureKind::TlsNotSpoken } else { FailureKind::NotSmtp(sample(first)) }
}

/// What a handshake that failed means; `asked` is whether the server asked for a certificate before.
fn handshake(error: &io::Error, asked: bool) -> FailureKind {
    let Some(tls) = of_rustls(error) else {
        return match broken(error) {
            FailureKind::Closed if asked => FailureKind::ClientCertificateWanted(ASKED.to_owned()),
            FailureKind::Closed => ended(HandshakeFault::Closed, "the connection ended without an alert".to_owned()),
            other => other,
        };
    };
    match tls {
        // TLS 1.2 has no alert of its own for it.
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::AccessDenied) if asked => {
            FailureKind::ClientCertificateWanted(tls.to_string())
        }
        rustls::Error::AlertReceived(alert) if !is_about_client_certificate(*alert) => {
            ended(fault(*alert), tls.to_string())
        }
        rustls::Error::PeerIncompatible(found) => match incompatible(found) {
            Some(fault) => ended(fault, tls.to_string()),
            None => broken(error),
        },
        rustls::Error::InvalidCertificate(error) => refused_certificate(error, None),
        _ => broken(error),
    }
}

/// What stands for an alert where there is none.
pub const ASKED: &str = "it asked for one, got none, and ended the connection";

const fn ended(fault: HandshakeFault, words: String) -> FailureKind {
    FailureKind::Handshake { fault, words }
}

/// What an alert of the server's means in a handshake (RFC 8446, section 6.2).
fn fault(alert: AlertDescription) -> HandshakeFault {
    match alert {
        AlertDescription::ProtocolVersion => HandshakeFault::Version,
        AlertDescription::HandshakeFailure => HandshakeFault::Parameters,
        AlertDescription::InsufficientSecurity => HandshakeFault::Weak,
        AlertDescription::UnrecognisedName => HandshakeFault::ServerName,
        AlertDescription::InternalError => HandshakeFault::Internal,
        AlertDescription::AccessDenied => HandshakeFault::AccessDenied,
        _ => HandshakeFault::OtherAlert,
    }
}

/// What the server chose and Posthouse does not take.
const fn incompatible(found: &PeerIncompatible) -> Option<HandshakeFault> {
    use PeerIncompatible::*;
    match found {
        ServerDoesNotSupportTls12Or13 | ServerTlsVersionIsDisabledByOurConfig => Some(HandshakeFault::Version),
        NoCipherSuitesInCommon | NoKxGroupsInCommon | NoSignatureSchemesInCommon | NoEcPointFormatsInCommon => {
            Some(HandshakeFault::Parameters)
        }
        _ => None,
    }
}

fn version(version: Option<ProtocolVersion>) -> String {
    match version {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
        Some(other) => format!("{other:?}"),
        None => "TLS".to_owned(),
    }
}
