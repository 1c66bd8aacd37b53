//! Certificates made on the spot, and the TLS side of a scripted server.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WantsServerCert;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ConfigBuilder, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// An authority that signs servers' certificates.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        Self(CertifiedIssuer::self_signed(params, key()).expect("an authority signs itself"))
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server with a certificate for `names`, valid in `years`.
    pub fn server(&self, names: &[&str], years: std::ops::Range<i32>) -> TlsAcceptor {
        let key = key();
        let cert = params(names, years).signed_by(&key, &self.0).expect("the authority signs");
        acceptor(vec![cert.der().clone()], &key)
    }

    /// The same, which shows this authority with its own certificate.
    pub fn server_with_chain(&self, names: &[&str]) -> TlsAcceptor {
        let key = key();
        let cert = params(names, 2020..2100).signed_by(&key, &self.0).expect("the authority signs");
        acceptor(vec![cert.der().clone(), self.0.der().clone()], &key)
    }

    /// SHA-256 in hexadecimal.
    pub fn fingerprint(&self) -> String {
        fingerprint(self.0.der())
    }
}

/// A server whose certificate is its own authority, as `openssl req -x509` makes it.
pub fn self_signed(names: &[&str]) -> TlsAcceptor {
    pinnable(names, 2020..2100).0
}

/// The same, with the certificate's fingerprint.
pub fn pinnable(names: &[&str], years: std::ops::Range<i32>) -> (TlsAcceptor, String) {
    let key = key();
    let mut params = params(names, years);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let cert = params.self_signed(&key).expect("a certificate signs itself");
    (acceptor(vec![cert.der().clone()], &key), fingerprint(cert.der()))
}

/// A server that shows the certificate of one key, and signs with another.
pub fn thief(names: &[&str]) -> (TlsAcceptor, String) {
    let cert = params(names, 2020..2100).self_signed(&key()).expect("a certificate signs itself");
    let provider = rustls::crypto::ring::default_provider();
    let stolen = PrivateKeyDer::try_from(key().serialize_der()).expect("a private key");
    let key = provider.key_provider.load_private_key(stolen).expect("a private key");
    // It asks nobody whether the two belong together.
    let certified = CertifiedKey::new(vec![cert.der().clone()], key);
    let config = builder().with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    (TlsAcceptor::from(Arc::new(config)), fingerprint(cert.der()))
}

/// SHA-256 in hexadecimal.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, certificate);
    digest.as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key is made")
}

fn params(names: &[&str], years: std::ops::Range<i32>) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names of hosts");
    params.not_before = date_time_ymd(years.start, 1, 1);
    params.not_after = date_time_ymd(years.end, 1, 1);
    params
}

/// A server that shows its certificate and then says nothing more. It speaks TLS 1.2, where the handshake goes on
/// behind that.
pub async fn silent_after_certificate(mut stream: TcpStream) {
    let key = key();
    let cert = params(&["127.0.0.1"], 2020..2100).self_signed(&key).expect("a certificate signs itself");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a private key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .expect("ring speaks TLS 1.2")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .expect("key and certificate belong together");
    let mut server = rustls::ServerConnection::new(Arc::new(config)).expect("a server");
    let mut hello = vec![0; 4_096];
    let octets = stream.read(&mut hello).await.expect("the client's hello");
    server.read_tls(&mut &hello[..octets]).expect("it is read");
    server.process_new_packets().expect("it is a hello");
    let mut answer = Vec::new();
    server.write_tls(&mut answer).expect("an answer");
    stream.write_all(&answer).await.expect("the answer goes out");
    while matches!(stream.read(&mut hello).await, Ok(1..)) {}
}

fn builder() -> ConfigBuilder<ServerConfig, WantsServerCert> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_no_client_auth()
}

fn acceptor(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> TlsAcceptor {
    acceptor_of(chain, PrivateKeyDer::try_from(key.serialize_der()).expect("a private key"))
}

/// The TLS side of a server that shows this chain.
pub fn acceptor_of(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> TlsAcceptor {
    let config = builder().with_single_cert(chain, key).expect("key and certificate belong together");
    TlsAcceptor::from(Arc::new(config))
}
