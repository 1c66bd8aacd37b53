//! TLS by rustls: one handshake, what it agreed on, and what it means where it failed.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use model::{CertificateCheck, ConnectionSecurity, FailureKind, TlsFacts};
use rustls::client::ResolvesClientCert;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, InvalidMessage, ProtocolVersion, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::{SmtpError, broken};
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

/// Encrypts a connection. `shown` gets the certificate that the server shows, verified or not.
pub async fn encrypt(
    stream: TcpStream,
    options: TlsOptions<'_>,
    shown: Shown,
) -> Result<(TlsStream<TcpStream>, TlsFacts), SmtpError> {
    let TlsOptions { host, security, check, trusted } = options;
    let name = match host.parse::<IpAddr>() {
        Ok(address) => ServerName::from(address),
        Err(_) => ServerName::try_from(host.to_owned())
            .map_err(|_| FailureKind::Settings(format!("“{host}” is no name that a certificate can hold.")))?,
    };
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
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let fault = witness.fault();
    let stream = connected.map_err(|error| match (check, fault) {
        (CertificateCheck::Verify, Some(fault)) => SmtpError::from(fault.clone()),
        _ => SmtpError::from(handshake(&error, security, none.asked.load(Ordering::Relaxed))),
    })?;
    let (_, session) = stream.get_ref();
    let facts = TlsFacts {
        version: version(session.protocol_version()),
        cipher: session.negotiated_cipher_suite().map_or_else(String::new, |suite| format!("{:?}", suite.suite())),
        verified: fault.is_none(),
        fingerprint: shown.get().map_or_else(String::new, |shown| shown.fingerprint.to_string()),
    };
    Ok((stream, facts))
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

/// What a handshake that failed means; `asked` is whether the server asked for a certificate before.
fn handshake(error: &io::Error, security: ConnectionSecurity, asked: bool) -> FailureKind {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (tls, security) {
        // The first bytes of "220 mx" are neither a type nor a version nor a length of TLS.
        (
            Some(rustls::Error::InvalidMessage(
                InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::MessageTooLarge,
            )),
            ConnectionSecurity::ImplicitTls,
        ) => FailureKind::TlsNotSpoken,
        // TLS 1.2 has no alert of its own for it.
        (Some(alert @ rustls::Error::AlertReceived(_)), _) if asked => {
            FailureKind::ClientCertificateWanted(alert.to_string())
        }
        (Some(rustls::Error::InvalidCertificate(error)), _) => refused_certificate(error, None),
        _ => broken(error),
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
