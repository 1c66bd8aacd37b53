//! The real Postfix, which `POSTHOUSE_TEST_POSTFIX` names as `FOLDER:PORT:PORT:PORT`: clear text and STARTTLS on the
//! first port, implicit TLS on the second, greylisting on the third; mailboxes in `FOLDER/mail/`, the certificate in
//! `FOLDER/etc/cert.pem`. And the real Exim, whose two ports `POSTHOUSE_TEST_EXIM` names.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use model::{Acceptance, CertificateCheck, ConnectionSecurity, Fingerprint, Host, SmtpReport};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use smtp::{OutgoingMessage, Target};

use super::{HELLO, patient, send, target};

pub struct Postfix {
    pub folder: PathBuf,
    pub clear: u16,
    pub implicit: u16,
    pub greylists: u16,
}

impl Postfix {
    pub fn find() -> Self {
        let named = std::env::var("POSTHOUSE_TEST_POSTFIX")
            .expect("These tests need a Postfix, which `cargo xtask test` starts and names: run that.");
        let mut parts = named.rsplitn(4, ':');
        let mut part = || parts.next().expect("POSTHOUSE_TEST_POSTFIX is FOLDER:PORT:PORT:PORT");
        let [greylists, implicit, clear] = [part(), part(), part()].map(|port| port.parse().expect("a port"));
        Self { folder: PathBuf::from(part()), clear, implicit, greylists }
    }

    pub fn target(&self, security: ConnectionSecurity, certificates: CertificateCheck) -> Target {
        let port = match security {
            ConnectionSecurity::None | ConnectionSecurity::StartTls => self.clear,
            ConnectionSecurity::ImplicitTls => self.implicit,
        };
        Target { host: Host::parse("localhost").expect("a name"), certificates, ..target(port, security) }
    }

    pub fn fingerprint(&self) -> Fingerprint {
        let file = self.folder.join("etc/cert.pem");
        let certificate = CertificateDer::from_pem_file(file).expect("Postfix has a certificate");
        Fingerprint::parse(&super::certificates::fingerprint(&certificate)).expect("a fingerprint")
    }

    /// Sends, and waits until the message lies in the mailbox.
    pub async fn deliver(&self, letter: &OutgoingMessage, security: ConnectionSecurity) -> (SmtpReport, Vec<u8>) {
        self.deliver_to(letter, &self.target(security, CertificateCheck::Ignore)).await
    }

    /// As [`Self::deliver`], by this way.
    pub async fn deliver_to(&self, letter: &OutgoingMessage, target: &Target) -> (SmtpReport, Vec<u8>) {
        let report = send(target, letter, HELLO, &patient()).await;
        assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{target:?}: {:?}", report.transcript);
        let id = report.queue_id.clone().expect("Postfix names the message");
        let mailbox = self.folder.join("mail/to/new");
        let begun = Instant::now();
        let mut again = tokio::time::interval(Duration::from_millis(20));
        loop {
            again.tick().await;
            if let Some(file) = arrived(&mailbox, &id) {
                return (report, file);
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{id} arrives in {}", mailbox.display());
        }
    }
}

/// The file whose newest `Received` line names this queue id.
fn arrived(mailbox: &Path, id: &str) -> Option<Vec<u8>> {
    let files = std::fs::read_dir(mailbox).ok()?.filter_map(Result::ok);
    let mut messages = files.filter_map(|file| std::fs::read(file.path()).ok());
    messages.find(|message| String::from_utf8_lossy(message).contains(&format!(" id {id}\n")))
}

pub struct Exim {
    pub clear: u16,
    pub implicit: u16,
}

impl Exim {
    pub fn find() -> Self {
        let named = std::env::var("POSTHOUSE_TEST_EXIM")
            .expect("These tests need an Exim, which `cargo xtask test` starts and names: run that.");
        let (clear, implicit) = named.split_once(':').expect("POSTHOUSE_TEST_EXIM is PORT:PORT");
        Self { clear: clear.parse().expect("a port"), implicit: implicit.parse().expect("a port") }
    }
}
