//! A zoo of certificates, made by OpenSSL in a folder, and servers that show them.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use backend::diagnose;
use model::{
    Acceptance, CaPem, CertificateCheck, ConnectionSecurity, Diagnosis, FailureKind, Fingerprint, Host,
    ShownCertificate, SmtpReport, Trust, TrustOffer,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use smtp::Target;
use tempfile::TempDir;

use crate::support::certificates::{acceptor_of, fingerprint};
use crate::support::dns::Dns;
use crate::support::scripted::Script;
use crate::support::{HELLO, letter, patient, send, target, test_send};

/// What the DNS of these tests knows.
pub const NAMES: &[(&str, &[&str])] = &[
    ("mx.zoo.example", &["127.0.0.1"]),
    ("deep.mx.zoo.example", &["127.0.0.1"]),
    ("xn--bcher-kva.example", &["127.0.0.1"]),
    ("mail_server", &["127.0.0.1"]),
    ("smtp.gmail.com", &["127.0.0.1"]),
];

/// Keys and certificates in a folder, made by the command line.
pub struct Zoo(TempDir);

impl Zoo {
    pub fn new() -> Self {
        let zoo = Self(TempDir::new().expect("a folder"));
        zoo.authority("root", "CN=Zoo Root", None);
        zoo.authority("middle", "CN=Zoo Intermediate", Some("root"));
        zoo
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn openssl(&self, line: &str, more: &[&str]) {
        let output = Command::new("openssl").current_dir(&self.0).args(line.split(' ')).args(more).output();
        let output = output.expect("OpenSSL runs");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub fn key(&self, name: &str, kind: &str) {
        match kind {
            "ec" => self.key(name, "P-256"),
            "P-256" | "P-384" | "P-521" => {
                self.openssl(&format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{kind} -out {name}.key"), &[])
            }
            "Ed25519" | "RSA-PSS" => self.openssl(&format!("genpkey -algorithm {kind} -out {name}.key"), &[]),
            bits => self.openssl(&format!("genrsa -out {name}.key {bits}"), &[]),
        }
    }

    pub fn authority(&self, name: &str, subject: &str, issuer: Option<&str>) {
        if !self.path(&format!("{name}.key")).exists() {
            self.key(name, "ec");
        }
        self.sign(name, subject, issuer, "basicConstraints=critical,CA:TRUE", "-days 3650");
    }

    /// A certificate for `names`, as "DNS:a.example,IP:192.0.2.1".
    pub fn server(&self, name: &str, names: &str, issuer: Option<&str>, options: &str) {
        if !self.path(&format!("{name}.key")).exists() {
            self.key(name, "ec");
        }
        self.sign(name, &format!("CN={name}"), issuer, &format!("subjectAltName={names}"), options);
    }

    pub fn sign(&self, name: &str, subject: &str, issuer: Option<&str>, extension: &str, options: &str) {
        let subject = format!("/{subject}");
        let ext = format!("{name}.ext");
        std::fs::write(self.path(&ext), extension).expect("it is written");
        self.openssl(&format!("req -new -key {name}.key -out {name}.csr"), &["-subj", &subject, "-utf8"]);
        let by = issuer.map_or_else(
            || format!("-signkey {name}.key"),
            |issuer| format!("-CA {issuer}.pem -CAkey {issuer}.key -CAcreateserial"),
        );
        self.openssl(&format!("x509 -req -in {name}.csr {by} {options} -extfile {ext} -out {name}.pem"), &[]);
    }

    /// A server's certificate, issued by the intermediate, from one instant to another.
    pub fn dated(&self, name: &str, from: &str, until: &str) {
        self.server(name, NAMED, None, DAYS);
        self.issue_again(name, "middle", from, until);
    }

    /// Issues what was issued before from one instant to another: what `x509` cannot do, `ca` can.
    pub fn issue_again(&self, name: &str, issuer: &str, from: &str, until: &str) {
        std::fs::write(self.path("index.txt"), "").expect("it is written");
        std::fs::write(self.path("ca.cnf"), CA).expect("it is written");
        let issued = format!("ca -batch -notext -config ca.cnf -cert {issuer}.pem -keyfile {issuer}.key");
        self.openssl(
            &format!("{issued} -startdate {from} -enddate {until} -in {name}.csr -extfile {name}.ext -out {name}.pem"),
            &[],
        );
    }

    pub fn der(&self, name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.path(&format!("{name}.pem"))).expect("a certificate")
    }

    pub fn private_key(&self, name: &str) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_file(self.path(&format!("{name}.key"))).expect("a key")
    }

    pub fn pem(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{name}.pem"))).expect("it was made")
    }

    /// Trusts the zoo's own root.
    pub fn trust(&self) -> Trust {
        self.trust_in("root")
    }

    pub fn trust_in(&self, ca: &str) -> Trust {
        Trust::Ca(CaPem::parse(&self.pem(ca)).expect("a CA"))
    }

    pub fn fingerprint(&self, name: &str) -> Fingerprint {
        Fingerprint::parse(&fingerprint(&self.der(name))).expect("a fingerprint")
    }

    /// Sends to a server of OpenSSL's with this certificate, which speaks TLS from the first byte.
    pub async fn sent_to(&self, name: &str, options: &[&str], trust: Trust) -> SmtpReport {
        let (port, _server) = TlsServer::start(self.0.path(), name, options);
        let dns = Dns::knowing(NAMES).await;
        let target = Target {
            host: Host::parse(HOST).expect("a name"),
            certificates: CertificateCheck::Verify,
            trust,
            egress: dns.egress(),
            ..target(port, ConnectionSecurity::ImplicitTls)
        };
        send(&target, &letter(), HELLO, &patient()).await
    }

    /// A server that shows the first of these with its key, and the others with it.
    pub async fn shown(&self, host: &str, chain: &[&str], check: CertificateCheck, trust: Trust) -> SmtpReport {
        let key = self.private_key(chain[0]);
        let mut script = Script::new(ConnectionSecurity::StartTls);
        script.tls = acceptor_of(chain.iter().map(|name| self.der(name)).collect(), key);
        let (port, served) = script.start().await;
        let dns = Dns::knowing(NAMES).await;
        let target = Target {
            host: Host::parse(host).expect("a name"),
            certificates: check,
            trust,
            egress: dns.egress(),
            ..target(port, ConnectionSecurity::StartTls)
        };
        let report = send(&target, &letter(), HELLO, &patient()).await;
        assert!(report.certificate.is_some(), "{host} is reached: {:?}", report.failure);
        let heard = served.await.expect("the server ends");
        let sent = heard.commands.iter().any(|command| command.starts_with("MAIL"));
        assert_eq!(sent, report.taken == Acceptance::Yes, "nothing is sent over a connection that failed");
        report
    }

    /// Refused for this reason where certificates are verified, and for no other where that is switched off.
    pub async fn refused(
        &self,
        host: &str,
        chain: &[&str],
        trust: Trust,
        kind: impl Fn(&FailureKind) -> bool,
    ) -> Refused {
        let ignored = self.shown(host, chain, CertificateCheck::Ignore, trust.clone()).await;
        assert_eq!(ignored.taken, Acceptance::Yes);
        let report = self.shown(host, chain, CertificateCheck::Verify, trust).await;
        let failure = report.failure.clone().expect("it is refused");
        assert!(kind(&failure.kind), "{:?}", failure.kind);
        for report in [&ignored, &report] {
            let fault = report.certificate.as_ref().and_then(|shown| shown.fault.clone());
            assert_eq!(fault.as_ref(), Some(&failure.kind), "the check that failed is told in either case");
        }
        Refused::new(host, report)
    }
}

/// What `openssl ca` wants to know.
const CA: &str = "[ca]
default_ca = zoo
[zoo]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
";

/// A certificate that was refused, and what was made of it.
pub struct Refused {
    pub shown: ShownCertificate,
    pub found: Diagnosis,
}

impl Refused {
    pub fn trust(&self) -> TrustOffer {
        self.found.trust
    }

    pub fn new(host: &str, report: SmtpReport) -> Self {
        let test =
            model::TestSend { host: Host::parse(host).expect("a name"), ..test_send(25, ConnectionSecurity::StartTls) };
        let found = diagnose(&test, &report).expect("it failed");
        assert!(!found.fixes.is_empty());
        Self { shown: report.certificate.expect("it was shown"), found }
    }

    pub fn is(&self, key: &str, said: &[&str]) {
        let Diagnosis { key: found, cause, explanation, .. } = &self.found;
        assert_eq!(found, key, "{cause}: {explanation}");
        for said in said {
            assert!(explanation.contains(said), "{explanation}");
        }
    }
}

pub const HOST: &str = "mx.zoo.example";
pub const NAMED: &str = "DNS:mx.zoo.example";
pub const DAYS: &str = "-days 90";

/// `openssl s_server` with one certificate of the zoo.
pub struct TlsServer(Child);

impl TlsServer {
    pub fn start(folder: &Path, name: &str, options: &[&str]) -> (u16, Self) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let child = Command::new("openssl")
            .current_dir(folder)
            .args(["s_server", "-quiet", "-key", &format!("{name}.key"), "-cert", &format!("{name}.pem")])
            .args(["-cert_chain", "middle.pem", "-accept", &format!("127.0.0.1:{port}")])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("OpenSSL runs");
        let server = Self(child);
        for tries in 1.. {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            assert!(tries < 500, "OpenSSL listens");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        (port, server)
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
