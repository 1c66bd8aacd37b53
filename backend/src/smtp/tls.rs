//! TLS by rustls. A verifier of our own asks the platform's one and keeps what it saw, so that a report can say what
//! was wrong with a certificate, and whether one that was let through would have been refused.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use model::{CertificateCheck, FailureKind, Security, TlsFacts};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, InvalidMessage, OtherError, ProtocolVersion, SignatureScheme,
};
use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::fault::{Fault, broken};
use super::visible::visible;

/// How long the platform's certificates are kept: reading them takes milliseconds, and they hardly ever change.
const ROOTS_KEPT: Duration = Duration::from_secs(60);

/// The platform's verifier; the words of the error where there is none.
#[derive(Clone, Debug)]
pub struct Roots(Result<Arc<Verifier>, String>);

impl Roots {
    /// The certificates that the platform trusts: on Linux its usual files, or `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    pub async fn load() -> Self {
        // One reads, and whoever comes meanwhile waits for it.
        static KEPT: tokio::sync::Mutex<Option<(Instant, Roots)>> = tokio::sync::Mutex::const_new(None);
        let mut kept = KEPT.lock().await;
        if let Some((read, roots)) = kept.as_ref()
            && read.elapsed() < ROOTS_KEPT
        {
            return roots.clone();
        }
        let read = tokio::task::spawn_blocking(|| Verifier::new(provider()).map_err(|error| error.to_string()));
        let roots = Self(read.await.unwrap_or_else(|error| Err(error.to_string())).map(Arc::new));
        *kept = Some((Instant::now(), roots.clone()));
        roots
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Encrypts a connection to `host`, which is an address or a name in ASCII. `security` tells how it came here.
pub async fn encrypt(
    stream: TcpStream,
    host: &str,
    check: CertificateCheck,
    security: Security,
    roots: Roots,
) -> Result<(TlsStream<TcpStream>, TlsFacts), Fault> {
    let name = match host.parse::<IpAddr>() {
        Ok(address) => ServerName::from(address),
        Err(_) => ServerName::try_from(host.to_owned())
            .map_err(|_| FailureKind::Settings(format!("“{host}” is no name that a certificate can hold.")))?,
    };
    let provider = provider();
    let witness = Arc::new(Witness {
        roots,
        check,
        algorithms: provider.signature_verification_algorithms,
        seen: Mutex::new(Seen::default()),
    });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| FailureKind::TlsFailed(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&witness) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    // Each test looks at the certificate anew.
    config.resumption = rustls::client::Resumption::disabled();
    let connected = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
    let Seen { fingerprint, fault } = witness.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let stream = connected.map_err(|error| match (check, fault.clone()) {
        (CertificateCheck::Verify, Some(fault)) => Fault::from(fault),
        _ => Fault::from(handshake(&error, security)),
    })?;
    let (_, session) = stream.get_ref();
    let facts = TlsFacts {
        version: version(session.protocol_version()),
        cipher: session.negotiated_cipher_suite().map_or_else(String::new, |suite| format!("{:?}", suite.suite())),
        verified: fault.is_none(),
        fingerprint,
    };
    Ok((stream, facts))
}

/// What a handshake that failed means.
fn handshake(error: &io::Error, security: Security) -> FailureKind {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match (tls, security) {
        // The first bytes of "220 mx" are neither a type nor a version nor a length of TLS.
        (
            Some(rustls::Error::InvalidMessage(
                InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::MessageTooLarge,
            )),
            Security::ImplicitTls,
        ) => FailureKind::TlsNotSpoken,
        (Some(rustls::Error::InvalidCertificate(error)), _) => certificate(error, None),
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

/// Decides by the platform's verifier, and keeps what it saw.
#[derive(Debug)]
struct Witness {
    roots: Roots,
    check: CertificateCheck,
    algorithms: WebPkiSupportedAlgorithms,
    seen: Mutex<Seen>,
}

#[derive(Clone, Debug, Default)]
struct Seen {
    fingerprint: String,
    fault: Option<FailureKind>,
}

impl Witness {
    /// Lets a fault pass only where errors are ignored; it is kept in either case.
    fn judge<T>(
        &self,
        result: Result<T, rustls::Error>,
        leaf: &CertificateDer<'_>,
        pass: T,
    ) -> Result<T, rustls::Error> {
        let Err(error) = result else { return result };
        let kind = match &error {
            rustls::Error::InvalidCertificate(error) => certificate(error, Some(leaf)),
            other => FailureKind::CertificateBad(other.to_string()),
        };
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).fault.get_or_insert(kind);
        match self.check {
            CertificateCheck::Verify => Err(error),
            CertificateCheck::Ignore => Ok(pass),
        }
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).fingerprint = fingerprint(leaf);
        let result = match &self.roots.0 {
            Ok(verifier) => verifier.verify_server_cert(leaf, intermediates, name, ocsp, now),
            Err(why) => Err(rustls::Error::General(why.clone())),
        };
        self.judge(result, leaf, ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let result = verify_tls12_signature(message, leaf, signed, &self.algorithms);
        self.judge(result, leaf, HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let result = verify_tls13_signature(message, leaf, signed, &self.algorithms);
        self.judge(result, leaf, HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn certificate(error: &CertificateError, leaf: Option<&CertificateDer<'_>>) -> FailureKind {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => FailureKind::CertificateExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            FailureKind::CertificateNotYetValid
        }
        CertificateError::NotValidForName => FailureKind::CertificateWrongName(Vec::new()),
        CertificateError::NotValidForNameContext { presented, .. } => {
            FailureKind::CertificateWrongName(presented.iter().map(|name| plain_name(name)).collect())
        }
        CertificateError::UnknownIssuer => FailureKind::CertificateUnknownIssuer,
        // What `openssl req -x509` makes: a certificate that is its own authority.
        CertificateError::Other(OtherError(inner))
            if matches!(inner.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
                && leaf.is_some_and(is_self_issued) =>
        {
            FailureKind::CertificateUnknownIssuer
        }
        other => FailureKind::CertificateBad(other.to_string()),
    }
}

fn is_self_issued(leaf: &CertificateDer<'_>) -> bool {
    webpki::EndEntityCert::try_from(leaf).is_ok_and(|cert| cert.issuer() == cert.subject())
}

/// webpki writes names as `DnsName("mx.example")` and `IpAddress(192.0.2.1)`. They are the server's words.
fn plain_name(name: &str) -> String {
    let inner = name.split_once('(').map_or(name, |(_, inner)| inner.strip_suffix(')').unwrap_or(inner));
    let inner = inner.strip_prefix('"').and_then(|inner| inner.strip_suffix('"')).unwrap_or(inner);
    visible(inner.as_bytes())
}

/// SHA-256 of the certificate, in hexadecimal.
fn fingerprint(leaf: &CertificateDer<'_>) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, leaf);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
