//! What a certificate says: for whom, by whom, and which CA a server showed with it. And whether what a person pasted
//! is a CA's certificate.

use std::net::IpAddr;
use std::time::Duration;

use base64ct::{Base64, Encoding};
use model::escape_controls::escape_controls;
use model::{CaPem, Certificate, FailureKind, Fingerprint, Moment, ShownCa, ShownCertificate};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::{OID_PKCS1_RSAENCRYPTION, OID_SIG_ED25519};
use x509_parser::prelude::{FromDer, X509Certificate, X509Name, X509Version};
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The most certificates of a chain, and names of a certificate, that are kept of what a server shows.
const CERTIFICATES: usize = 10;
const NAMES: usize = 50;

/// The curves that ring takes.
const P_256: &str = "1.2.840.10045.3.1.7";
const P_384: &str = "1.3.132.0.34";
/// The smallest key of RSA that ring takes, in bits.
const RSA_BITS: usize = 2_048;

/// The certificates of the CAs that a person pasted: each can be read, and is a CA's. Else a message that says which
/// one is not.
pub fn check_ca(pem: &CaPem) -> Result<Vec<Fingerprint>, String> {
    read_cas(pem).map(|(fingerprints, _)| fingerprints)
}

/// The same as what a certificate can be held against.
pub fn roots(pem: &CaPem) -> Result<RootCertStore, String> {
    read_cas(pem).map(|(_, roots)| roots)
}

fn read_cas(pem: &CaPem) -> Result<(Vec<Fingerprint>, RootCertStore), String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_str().as_bytes()).collect();
    let certificates = read.map_err(|_| "The text between BEGIN and END CERTIFICATE cannot be read.".to_owned())?;
    if certificates.is_empty() {
        return Err("This holds no certificate.".to_owned());
    }
    let mut roots = RootCertStore::empty();
    let mut fingerprints = Vec::new();
    for (i, der) in certificates.iter().enumerate() {
        let which = match (certificates.len(), i) {
            (1, _) => "This certificate".to_owned(),
            (_, i) => match ["first", "second", "third", "fourth"].get(i) {
                Some(ordinal) => format!("The {ordinal} certificate"),
                None => format!("Certificate {}", i + 1),
            },
        };
        let (_, parsed) = X509Certificate::from_der(der).map_err(|_| format!("{which} cannot be read."))?;
        if !parsed.is_ca() {
            return Err(format!("{which} is not a CA's."));
        }
        roots.add(der.clone()).map_err(|error| format!("{which} cannot be used: {error}."))?;
        fingerprints.push(fingerprint(der));
    }
    Ok((fingerprints, roots))
}

/// The certificate that a server showed, with the chain that came with it, and what is wrong with it.
pub fn shown(leaf: &CertificateDer<'_>, chain: &[CertificateDer<'_>], fault: Option<FailureKind>) -> ShownCertificate {
    let parsed = X509Certificate::from_der(leaf).ok().map(|(_, parsed)| parsed);
    let name =
        |pick: fn(&X509Certificate<'_>) -> String| parsed.as_ref().map_or_else(|| "(cannot be read)".to_owned(), pick);
    let all = std::iter::once(leaf).chain(chain);
    ShownCertificate {
        fingerprint: fingerprint(leaf),
        subject: name(|parsed| plain(parsed.subject())),
        issuer: name(|parsed| plain(parsed.issuer())),
        ca: parsed.as_ref().and_then(|parsed| topmost_ca(parsed, chain)),
        pinnable: parsed.as_ref().is_some_and(is_pinnable),
        chain: all.map_while(inspect).take(CERTIFICATES).collect(),
        fault,
        at_fault: None,
    }
}

/// Whether a handshake can be made with it: X.509 version 3, and a key of those that ring takes.
fn is_pinnable(certificate: &X509Certificate<'_>) -> bool {
    let info = certificate.public_key();
    certificate.version() == X509Version::V3
        && match info.parsed() {
            Ok(PublicKey::RSA(rsa)) => {
                info.algorithm.algorithm == OID_PKCS1_RSAENCRYPTION && rsa.key_size() >= RSA_BITS
            }
            Ok(PublicKey::EC(_)) => matches!(curve(info).as_deref(), Some(P_256 | P_384)),
            _ => info.algorithm.algorithm == OID_SIG_ED25519,
        }
}

/// From when until when a certificate holds.
pub struct Validity {
    pub from: UnixTime,
    pub until: UnixTime,
}

/// None where it cannot be read.
pub fn validity(der: &CertificateDer<'_>) -> Option<Validity> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let time = |time: ASN1Time| {
        let seconds = u64::try_from(time.timestamp()).unwrap_or_default();
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    };
    let validity = parsed.validity();
    Some(Validity { from: time(validity.not_before), until: time(validity.not_after) })
}

/// All that a certificate says of itself; None where it cannot be read.
fn inspect(der: &CertificateDer<'_>) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(der).ok()?;
    let alternative = parsed.subject_alternative_name().ok().flatten();
    let names = alternative.iter().flat_map(|extension| &extension.value.general_names).filter_map(host_in);
    let mut names: Vec<String> = names.collect();
    let more_names = names.len().saturating_sub(NAMES);
    names.truncate(NAMES);
    let algorithm = &parsed.signature_algorithm.algorithm;
    let validity = parsed.validity();
    Some(Certificate {
        fingerprint: fingerprint(der),
        subject: plain(parsed.subject()),
        issuer: plain(parsed.issuer()),
        names,
        more_names,
        from: moment(validity.not_before),
        until: moment(validity.not_after),
        key: key(parsed.public_key()),
        signature: signature(&algorithm.to_id_string()),
        is_ca: parsed.is_ca(),
    })
}

/// A name of a host, or an address (RFC 5280, section 4.2.1.6).
fn host_in(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(escape_controls(name.as_bytes())),
        GeneralName::IPAddress(octets) => {
            let four = <[u8; 4]>::try_from(*octets).map(IpAddr::from);
            let sixteen = || <[u8; 16]>::try_from(*octets).map(IpAddr::from);
            four.or_else(|_| sixteen()).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn moment(time: ASN1Time) -> Moment {
    Moment(time.timestamp().saturating_mul(1_000_000))
}

/// The kind of a key and its size, or the object identifier of what is not known.
fn key(info: &SubjectPublicKeyInfo<'_>) -> String {
    match info.parsed() {
        Ok(PublicKey::RSA(rsa)) => format!("RSA, {} bits", rsa.key_size()),
        Ok(PublicKey::EC(_)) => match curve(info).as_deref() {
            Some(P_256) => "ECDSA, P-256".to_owned(),
            Some(P_384) => "ECDSA, P-384".to_owned(),
            Some("1.3.132.0.35") => "ECDSA, P-521".to_owned(),
            Some(other) => format!("ECDSA, curve {other}"),
            None => "ECDSA".to_owned(),
        },
        _ => match info.algorithm.algorithm.to_id_string().as_str() {
            "1.3.101.112" => "Ed25519".to_owned(),
            "1.3.101.113" => "Ed448".to_owned(),
            "1.2.840.113549.1.1.10" => "RSASSA-PSS".to_owned(),
            other => other.to_owned(),
        },
    }
}

/// The named curve of a key (RFC 5480, section 2.1.1.1).
fn curve(info: &SubjectPublicKeyInfo<'_>) -> Option<String> {
    let named = info.algorithm.parameters.as_ref()?.as_oid().ok()?;
    Some(named.to_id_string())
}

/// RFC 8017, appendix C; RFC 5758, section 3.2; RFC 8410, section 3.
fn signature(oid: &str) -> String {
    match oid {
        "1.2.840.113549.1.1.4" => "MD5 with RSA",
        "1.2.840.113549.1.1.5" => "SHA-1 with RSA",
        "1.2.840.113549.1.1.10" => "RSASSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA-256 with RSA",
        "1.2.840.113549.1.1.12" => "SHA-384 with RSA",
        "1.2.840.113549.1.1.13" => "SHA-512 with RSA",
        "1.2.840.10045.4.1" => "SHA-1 with ECDSA",
        "1.2.840.10045.4.3.2" => "SHA-256 with ECDSA",
        "1.2.840.10045.4.3.3" => "SHA-384 with ECDSA",
        "1.2.840.10045.4.3.4" => "SHA-512 with ECDSA",
        "1.3.101.112" => "Ed25519",
        other => other,
    }
    .to_owned()
}

/// The last CA that one comes to from issuer to issuer, within what was shown.
fn topmost_ca(leaf: &X509Certificate<'_>, chain: &[CertificateDer<'_>]) -> Option<ShownCa> {
    let parsed = chain.iter().filter_map(|der| X509Certificate::from_der(der).ok().map(|(_, parsed)| (parsed, der)));
    let mut left: Vec<_> = parsed.filter(|(parsed, _)| parsed.is_ca()).collect();
    let mut top: Option<(X509Certificate<'_>, &CertificateDer<'_>)> = None;
    loop {
        let at = top.as_ref().map_or(leaf, |(parsed, _)| parsed);
        let issuer = at.issuer().as_raw();
        if at.subject().as_raw() == issuer {
            break;
        }
        let Some(next) = left.iter().position(|(parsed, _)| parsed.subject().as_raw() == issuer) else { break };
        top = Some(left.swap_remove(next));
    }
    let (parsed, der) = top?;
    let pem = pem(der);
    // What an account cannot trust is not offered.
    CaPem::parse(&pem).ok()?;
    Some(ShownCa { fingerprint: fingerprint(der), subject: plain(parsed.subject()), pem })
}

/// SHA-256 of the certificate.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> Fingerprint {
    Fingerprint::of_digest(Sha256::digest(certificate).into())
}

/// "CN=mx.example.org", on one line. They are the server's words.
fn plain(name: &X509Name<'_>) -> String {
    match name.to_string() {
        text if text.is_empty() => "(no name)".to_owned(),
        text => escape_controls(text.as_bytes()),
    }
}

/// RFC 7468, section 3.
fn pem(der: &CertificateDer<'_>) -> String {
    let mut text = "-----BEGIN CERTIFICATE-----\n".to_owned();
    for (i, c) in Base64::encode_string(der).chars().enumerate() {
        if i > 0 && i % 64 == 0 {
            text.push('\n');
        }
        text.push(c);
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::*;

    type Issuer = CertifiedIssuer<'static, KeyPair>;

    fn key() -> KeyPair {
        KeyPair::generate().expect("a key")
    }

    fn params(name: &str, is_ca: IsCa) -> CertificateParams {
        let mut params = CertificateParams::new(vec!["mx.example".to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = is_ca;
        params
    }

    fn root(name: &str) -> Issuer {
        CertifiedIssuer::self_signed(params(name, ca()), key()).expect("a root")
    }

    fn ca() -> IsCa {
        IsCa::Ca(BasicConstraints::Unconstrained)
    }

    fn leaf(issuer: &Issuer) -> CertificateDer<'static> {
        params("mx.example", IsCa::NoCa).signed_by(&key(), issuer).expect("a certificate").der().clone()
    }

    #[test]
    fn the_topmost_ca_is_found_in_any_order() {
        let root = root("Root");
        let middle = CertifiedIssuer::signed_by(params("Middle", ca()), key(), &root).expect("a CA");
        let stranger = self::root("Stranger");
        let leaf = leaf(&middle);
        let check = |chain: &[&Issuer], top: Option<&Issuer>| {
            let chain: Vec<CertificateDer<'_>> = chain.iter().map(|issuer| issuer.der().clone()).collect();
            let found = shown(&leaf, &chain, None);
            assert_eq!((found.subject.as_str(), found.issuer.as_str()), ("CN=mx.example", "CN=Middle"));
            assert_eq!(found.ca.as_ref().map(|ca| &ca.fingerprint), top.map(|top| fingerprint(top.der())).as_ref());
            if let Some(ca) = found.ca {
                let pem = CaPem::parse(&ca.pem).expect("it can be trusted");
                assert_eq!(check_ca(&pem), Ok(vec![ca.fingerprint]));
            }
        };
        check(&[&middle, &root], Some(&root));
        check(&[&root, &stranger, &middle], Some(&root));
        check(&[&middle], Some(&middle));
        check(&[&root], None);
        check(&[], None);
        check(&[&stranger], None);
    }

    #[test]
    fn a_certificate_of_its_own_has_no_ca() {
        let own = root("mx.example\u{202E}\n");
        let found = shown(own.der(), &[own.der().clone()], None);
        assert_eq!((found.subject.as_str(), found.ca), ("CN=mx.example<U+202E>\\x0a", None));
        let unreadable = shown(&CertificateDer::from(b"no certificate".to_vec()), &[own.der().clone()], None);
        assert_eq!((unreadable.subject.as_str(), unreadable.ca, unreadable.chain), ("(cannot be read)", None, vec![]));
    }

    #[test]
    fn only_cas_are_taken_for_cas() {
        let (one, two) = (root("One"), root("Two"));
        let server = pem(&leaf(&one));
        let check = |text: String, expected: Result<usize, &str>| {
            let pem = CaPem::parse(&text).expect("it is framed");
            let found = check_ca(&pem).map(|fingerprints| fingerprints.len());
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        };
        check(one.pem(), Ok(1));
        check(format!("One:\n{}\nTwo:\n{}", one.pem(), two.pem()), Ok(2));
        check(format!("{}{server}", one.pem()), Err("The second certificate is not a CA's."));
        check(server, Err("This certificate is not a CA's."));
        let framed = |inner: &str| format!("-----BEGIN CERTIFICATE-----\n{inner}\n-----END CERTIFICATE-----\n");
        check(framed("YWJj"), Err("This certificate cannot be read."));
        check(framed("***"), Err("The text between BEGIN and END CERTIFICATE cannot be read."));
        let cut = "-----BEGIN CERTIFICATE-----\nYWJj".to_owned();
        check(cut, Err("The text between BEGIN and END CERTIFICATE cannot be read."));
    }
}
