//! TLS served by Posthouse itself: the certificate and its key, read again when their files change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow, bail};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;
use tokio::signal::unix::Signal;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use crate::private_file::{self, Readers};

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Where certificate and key are.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// The certificate that new connections are served with.
pub struct Certificates {
    files: TlsFiles,
    current: RwLock<TlsAcceptor>,
}

impl Certificates {
    pub fn load(files: TlsFiles) -> anyhow::Result<Self> {
        let current = RwLock::new(acceptor(&files)?);
        Ok(Self { files, current })
    }

    pub fn acceptor(&self) -> TlsAcceptor {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the files again whenever one of them changed, and on each signal. A pair that cannot be used leaves the
    /// one before in use.
    pub async fn follow(&self, mut signal: Signal) {
        let mut seen = self.seen();
        loop {
            let is_asked = tokio::select! {
                () = sleep(LOOK) => false,
                received = signal.recv() => received.is_some(),
            };
            let now = self.seen();
            if now == seen && !is_asked {
                continue;
            }
            seen = now;
            match acceptor(&self.files) {
                Ok(acceptor) => {
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
                    tracing::info!("The TLS certificate was read again");
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(error, "The new TLS certificate cannot be used; the one before stays in use");
                }
            }
        }
    }

    /// When each file was changed, and how long it is.
    fn seen(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.files.certificate, &self.files.key].map(|file| {
            let metadata = std::fs::metadata(file).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        })
    }
}

fn acceptor(files: &TlsFiles) -> anyhow::Result<TlsAcceptor> {
    let TlsFiles { certificate, key } = files;
    let chain = chain(certificate)?;
    let text = private_file::read(key, "the TLS key file", Readers::Group)?;
    let key_der = PrivateKeyDer::from_pem_slice(text.expose_secret().as_bytes())
        .map_err(|_| anyhow!("the TLS key file {} holds no private key in PEM form", key.display()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)
        .with_context(|| {
            format!("the TLS certificate {} and the key {} cannot be used", certificate.display(), key.display())
        })?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn chain(file: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let text =
        std::fs::read(file).with_context(|| format!("the TLS certificate file {} cannot be read", file.display()))?;
    let chain = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => bail!("the TLS certificate file {} holds no certificate in PEM form", file.display()),
    }
}
