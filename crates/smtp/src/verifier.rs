//! Which certificates are trusted. A verifier of our own asks the platform's one and whom the account itself trusts,
//! and keeps what it saw, so that a report can say what was wrong with a certificate, and whether one that was let
//! through would have been refused.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use model::escape_controls::escape_controls;
use model::{CaPem, Certificate, CertificateCheck, FailureKind, Fingerprint, Moment, ShownCa, ShownCertificate, Trust};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::certificate::{Validity, check_ca, fingerprint, roots, shown, validity};

/// How long the platform's certificates are kept: reading them takes milliseconds, and they hardly ever change.
const ROOTS_KEPT: Duration = Duration::from_secs(60);

pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Whom an account trusts.
#[derive(Clone, Debug)]
pub enum Trusted {
    Machine(Roots),
    /// This very certificate, and no other.
    Certificate(Fingerprint),
    /// CAs of the account's own, besides the machine's.
    Cas {
        machine: Roots,
        own: Arc<WebPkiServerVerifier>,
        fingerprints: Vec<Fingerprint>,
    },
}

impl Trusted {
    pub async fn load(trust: &Trust) -> Result<Self, String> {
        match trust {
            Trust::Machine => Ok(Self::Machine(Roots::load().await)),
            Trust::Certificate(pin) => Ok(Self::Certificate(pin.clone())),
            Trust::Ca(pem) => {
                let (own, fingerprints) = (verifier_of(pem)?, check_ca(pem)?);
                Ok(Self::Cas { machine: Roots::load().await, own, fingerprints })
            }
        }
    }
}

fn verifier_of(cas: &CaPem) -> Result<Arc<WebPkiServerVerifier>, String> {
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots(cas)?), provider());
    builder.build().map_err(|error| error.to_string())
}

/// The platform's verifier; the words of the error where there is none.
#[derive(Clone, Debug)]
pub struct Roots(Result<Arc<Verifier>, String>);

impl Roots {
    /// The certificates that the platform trusts: on Linux its usual files, or `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    async fn load() -> Self {
        // One reads, and whoever comes meanwhile waits for it.
        static CACHED: tokio::sync::Mutex<Option<(Instant, Roots)>> = tokio::sync::Mutex::const_new(None);
        let mut cached = CACHED.lock().await;
        if let Some((read, roots)) = cached.as_ref()
            && read.elapsed() < ROOTS_KEPT
        {
            return roots.clone();
        }
        let read = tokio::task::spawn_blocking(|| Verifier::new(provider()).map_err(|error| error.to_string()));
        let roots = Self(read.await.unwrap_or_else(|error| Err(error.to_string())).map(Arc::new));
        *cached = Some((Instant::now(), roots.clone()));
        roots
    }
}

/// Decides by whom the account trusts, and keeps what it saw.
#[derive(Debug)]
pub struct Witness {
    trusted: Trusted,
    check: CertificateCheck,
    algorithms: WebPkiSupportedAlgorithms,
    shown: Shown,
    fault: OnceLock<FailureKind>,
}

/// The certificate that a server showed, from that moment on: also where the handshake never ends.
pub type Shown = Arc<OnceLock<ShownCertificate>>;

impl Witness {
    pub fn new(trusted: Trusted, check: CertificateCheck, shown: Shown) -> Self {
        let algorithms = provider().signature_verification_algorithms;
        Self { trusted, check, algorithms, shown, fault: OnceLock::new() }
    }

    /// What was wrong with the certificate, first.
    pub fn fault(&self) -> Option<&FailureKind> {
        self.fault.get()
    }

    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Refusal> {
        let by_machine = |roots: &Roots| match &roots.0 {
            Ok(verifier) => verifier.verify_server_cert(leaf, intermediates, name, ocsp, now),
            Err(why) => Err(rustls::Error::General(why.clone())),
        };
        let result = match &self.trusted {
            Trusted::Machine(roots) => by_machine(roots),
            Trusted::Cas { machine, own, fingerprints } => by_machine(machine).or_else(|by_machine| {
                if fingerprints.contains(&fingerprint(leaf)) {
                    return trusted_itself(leaf, name, now);
                }
                match own.verify_server_cert(leaf, intermediates, name, ocsp, now) {
                    // It is nobody's that the account trusts: then the machine's reason counts.
                    Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)) => Err(by_machine),
                    result => result,
                }
            }),
            Trusted::Certificate(pin) => {
                return match fingerprint(leaf) {
                    shown if shown == *pin => Ok(ServerCertVerified::assertion()),
                    shown => Err(Refusal {
                        error: CertificateError::ApplicationVerificationFailure.into(),
                        kind: FailureKind::CertificateChanged { trusted: pin.clone(), shown },
                    }),
                };
            }
        };
        result.map_err(|error| Refusal::new(error, leaf))
    }

    /// Lets a refusal pass only where errors are ignored; it is kept in either case.
    fn judge<T>(&self, result: Result<T, Refusal>, pass: T) -> Result<T, rustls::Error> {
        let Refusal { error, kind } = match result {
            Ok(verified) => return Ok(verified),
            Err(refusal) => refusal,
        };
        self.fault.get_or_init(|| kind);
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
        let result = self.verify(leaf, intermediates, name, ocsp, now);
        self.shown.get_or_init(|| {
            let refusal = result.as_ref().err();
            let mut shown = shown(leaf, intermediates, refusal.map(|refusal| refusal.kind.clone()));
            if let Some(Refusal { error, .. }) = refusal {
                shown.at_fault = at_fault(error, &shown.chain);
                let helps = |ca: &ShownCa| {
                    let verifier = CaPem::parse(&ca.pem).and_then(|pem| verifier_of(&pem));
                    verifier.is_ok_and(|ca| ca.verify_server_cert(leaf, intermediates, name, ocsp, now).is_ok())
                };
                shown.ca = shown.ca.filter(helps);
            }
            shown
        });
        self.judge(result, ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let result = verify_tls12_signature(message, leaf, signed, &self.algorithms);
        self.judge(result.map_err(|error| Refusal::new(error, leaf)), HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let result = verify_tls13_signature(message, leaf, signed, &self.algorithms);
        self.judge(result.map_err(|error| Refusal::new(error, leaf)), HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A certificate that the account trusts as a CA and the server shows as its own, as `openssl req -x509` makes it: its
/// names and dates are checked as ever.
fn trusted_itself(
    leaf: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, rustls::Error> {
    let Validity { from, until } = validity(leaf).ok_or(CertificateError::BadEncoding)?;
    if now < from {
        return Err(CertificateError::NotValidYetContext { time: now, not_before: from }.into());
    }
    if now > until {
        return Err(CertificateError::ExpiredContext { time: now, not_after: until }.into());
    }
    verify_server_name(&ParsedCertificate::try_from(leaf)?, name).map(|()| ServerCertVerified::assertion())
}

/// Which of the chain is refused, where its dates show it.
fn at_fault(error: &rustls::Error, chain: &[Certificate]) -> Option<usize> {
    let moment = |time: &UnixTime| i64::try_from(time.as_secs()).ok().map(|seconds| Moment(seconds * 1_000_000));
    match error {
        rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. }) => {
            let until = moment(not_after)?;
            chain.iter().position(|certificate| certificate.until == until)
        }
        rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext { not_before, .. }) => {
            let from = moment(not_before)?;
            chain.iter().position(|certificate| certificate.from == from)
        }
        _ => None,
    }
}

/// Why a certificate is refused: what rustls gets, and what people read.
struct Refusal {
    error: rustls::Error,
    kind: FailureKind,
}

impl Refusal {
    fn new(error: rustls::Error, leaf: &CertificateDer<'_>) -> Self {
        let kind = match &error {
            rustls::Error::InvalidCertificate(error) => refused_certificate(error, Some(leaf)),
            other => FailureKind::CertificateBad(other.to_string()),
        };
        Self { error, kind }
    }
}

/// What is wrong with a certificate. `leaf` is the certificate, where it is known.
pub fn refused_certificate(error: &CertificateError, leaf: Option<&CertificateDer<'_>>) -> FailureKind {
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
        CertificateError::Other(OtherError(inner)) => match inner.downcast_ref() {
            // What `openssl req -x509` makes: a certificate that is its own authority.
            Some(webpki::Error::CaUsedAsEndEntity) if leaf.is_some_and(is_self_issued) => {
                FailureKind::CertificateUnknownIssuer
            }
            Some(webpki::Error::CaUsedAsEndEntity) => FailureKind::CertificateOfCa,
            Some(webpki::Error::UnsupportedCertVersion) => FailureKind::CertificateVersion,
            Some(other) => FailureKind::CertificateBad(other.to_string()),
            None => FailureKind::CertificateBad(error.to_string()),
        },
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
    escape_controls(inner.as_bytes())
}
