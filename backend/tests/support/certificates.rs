//! Certificates made on the spot, and the TLS side of a scripted server.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
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
        acceptor(cert.der().clone(), &key)
    }
}

/// A server whose certificate is its own authority, as `openssl req -x509` makes it.
pub fn self_signed(names: &[&str]) -> TlsAcceptor {
    let key = key();
    let mut params = params(names, 2020..2100);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let cert = params.self_signed(&key).expect("a certificate signs itself");
    acceptor(cert.der().clone(), &key)
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

fn acceptor(cert: CertificateDer<'static>, key: &KeyPair) -> TlsAcceptor {
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a private key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![cert], key)
        .expect("key and certificate belong together");
    TlsAcceptor::from(Arc::new(config))
}
