//! A zoo of certificates, made by OpenSSL: each is inspected in full and told by its fault, also where errors are
//! ignored.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use backend::diagnose;
use model::{
    Acceptance, CaPem, CertificateCheck, ConnectionSecurity, Diagnosis, FailureKind, Fingerprint, Host,
    ShownCertificate, SmtpReport, Stage, Trust,
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
const NAMES: &[(&str, &[&str])] = &[
    ("mx.zoo.example", &["127.0.0.1"]),
    ("deep.mx.zoo.example", &["127.0.0.1"]),
    ("xn--bcher-kva.example", &["127.0.0.1"]),
];

/// Keys and certificates in a folder, made by the command line.
struct Zoo(TempDir);

impl Zoo {
    fn new() -> Self {
        let zoo = Self(TempDir::new().expect("a folder"));
        zoo.authority("root", "CN=Zoo Root", None);
        zoo.authority("middle", "CN=Zoo Intermediate", Some("root"));
        zoo
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn openssl(&self, line: &str, more: &[&str]) {
        let output = Command::new("openssl").current_dir(&self.0).args(line.split(' ')).args(more).output();
        let output = output.expect("OpenSSL runs");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn key(&self, name: &str, kind: &str) {
        match kind {
            "ec" => {
                self.openssl(&format!("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out {name}.key"), &[])
            }
            bits => self.openssl(&format!("genrsa -out {name}.key {bits}"), &[]),
        }
    }

    fn authority(&self, name: &str, subject: &str, issuer: Option<&str>) {
        self.key(name, "ec");
        self.sign(name, subject, issuer, "basicConstraints=critical,CA:TRUE", "-days 3650");
    }

    /// A certificate for `names`, as "DNS:a.example,IP:192.0.2.1".
    fn server(&self, name: &str, names: &str, issuer: Option<&str>, options: &str) {
        if !self.path(&format!("{name}.key")).exists() {
            self.key(name, "ec");
        }
        self.sign(name, &format!("CN={name}"), issuer, &format!("subjectAltName={names}"), options);
    }

    fn sign(&self, name: &str, subject: &str, issuer: Option<&str>, extension: &str, options: &str) {
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

    /// The same, issued by the intermediate, from one instant to another: what `x509` cannot do, `ca` can.
    fn dated(&self, name: &str, from: &str, until: &str) {
        self.server(name, NAMED, None, DAYS);
        std::fs::write(self.path("index.txt"), "").expect("it is written");
        std::fs::write(self.path("ca.cnf"), CA).expect("it is written");
        let issued = "ca -batch -notext -config ca.cnf -cert middle.pem -keyfile middle.key";
        self.openssl(
            &format!("{issued} -startdate {from} -enddate {until} -in {name}.csr -extfile {name}.ext -out {name}.pem"),
            &[],
        );
    }

    fn der(&self, name: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.path(&format!("{name}.pem"))).expect("a certificate")
    }

    fn pem(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(&format!("{name}.pem"))).expect("it was made")
    }

    /// Trusts the zoo's own root.
    fn trust(&self) -> Trust {
        Trust::Ca(CaPem::parse(&self.pem("root")).expect("a CA"))
    }

    fn fingerprint(&self, name: &str) -> Fingerprint {
        Fingerprint::parse(&fingerprint(&self.der(name))).expect("a fingerprint")
    }

    /// A server that shows the first of these with its key, and the others with it.
    async fn shown(&self, host: &str, chain: &[&str], (check, trust): (CertificateCheck, Trust)) -> SmtpReport {
        let key = PrivateKeyDer::from_pem_file(self.path(&format!("{}.key", chain[0]))).expect("a key");
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
    async fn refused(&self, host: &str, chain: &[&str], trust: Trust, kind: impl Fn(&FailureKind) -> bool) -> Refused {
        let ignored = self.shown(host, chain, (CertificateCheck::Ignore, trust.clone())).await;
        assert_eq!(ignored.taken, Acceptance::Yes);
        let report = self.shown(host, chain, (CertificateCheck::Verify, trust)).await;
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

struct Refused {
    shown: ShownCertificate,
    found: Diagnosis,
}

impl Refused {
    fn new(host: &str, report: SmtpReport) -> Self {
        let test =
            model::TestSend { host: Host::parse(host).expect("a name"), ..test_send(25, ConnectionSecurity::StartTls) };
        let found = diagnose(&test, &report).expect("it failed");
        assert!(!found.fixes.is_empty());
        Self { shown: report.certificate.expect("it was shown"), found }
    }

    fn is(&self, key: &str, said: &[&str]) {
        let Diagnosis { key: found, cause, explanation, .. } = &self.found;
        assert_eq!(found, key, "{cause}: {explanation}");
        for said in said {
            assert!(explanation.contains(said), "{explanation}");
        }
    }
}

const HOST: &str = "mx.zoo.example";
const NAMED: &str = "DNS:mx.zoo.example";
const DAYS: &str = "-days 90";

#[tokio::test]
async fn a_whole_chain_is_inspected() {
    let zoo = Zoo::new();
    zoo.key("good", "2048");
    zoo.server("good", "DNS:mx.zoo.example,DNS:*.example.org,IP:192.0.2.1", Some("middle"), DAYS);
    let report = zoo.shown(HOST, &["good", "middle"], (CertificateCheck::Verify, zoo.trust())).await;
    assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None));
    let shown = report.certificate.expect("it was shown");
    assert_eq!((&shown.fault, shown.missing_issuer()), (&None, Some("CN=Zoo Root")));
    let [leaf, middle] = shown.chain.as_slice() else { panic!("two were shown: {:?}", shown.chain) };
    assert_eq!((leaf.subject.as_str(), leaf.issuer.as_str()), ("CN=good", "CN=Zoo Intermediate"));
    assert_eq!(leaf.names, ["mx.zoo.example", "*.example.org", "192.0.2.1"]);
    assert_eq!((leaf.key.as_str(), leaf.signature.as_str()), ("RSA, 2048 bits", "SHA-256 with ECDSA"));
    assert_eq!((leaf.fingerprint.clone(), leaf.is_ca), (zoo.fingerprint("good"), false));
    assert_eq!(leaf.until.0 - leaf.from.0, 90 * 86_400_000_000);
    assert_eq!((middle.key.as_str(), middle.is_ca), ("ECDSA, P-256", true));
    assert_eq!(shown.until(), Some(leaf.until), "it is the server's own that counts");
}

#[tokio::test]
async fn a_chain_without_its_intermediate_names_what_is_missing() {
    let zoo = Zoo::new();
    zoo.server("mx", NAMED, Some("middle"), DAYS);
    let refused = zoo.refused(HOST, &["mx"], zoo.trust(), |kind| *kind == FailureKind::CertificateUnknownIssuer).await;
    refused.is("certificate-chain", &["CN=Zoo Intermediate"]);
    assert!(refused.found.fixes[0].text.contains("fullchain"));
}

#[tokio::test]
async fn dates_are_told_with_the_day() {
    let zoo = Zoo::new();
    zoo.dated("old", "20200101000000Z", "20210101000000Z");
    zoo.dated("new", "20990101000000Z", "20991231000000Z");
    let chain = |name| [name, "middle"];
    let expired = |kind: &FailureKind| *kind == FailureKind::CertificateExpired;
    let refused = zoo.refused(HOST, &chain("old"), zoo.trust(), expired).await;
    refused.is("certificate-expired", &["1 Jan 2021"]);
    let early = |kind: &FailureKind| *kind == FailureKind::CertificateNotYetValid;
    let refused = zoo.refused(HOST, &chain("new"), zoo.trust(), early).await;
    refused.is("certificate-not-yet-valid", &["1 Jan 2099"]);
}

#[tokio::test]
async fn who_issued_it_is_told() {
    let zoo = Zoo::new();
    let unknown = |kind: &FailureKind| *kind == FailureKind::CertificateUnknownIssuer;
    zoo.server("own", NAMED, None, DAYS);
    zoo.refused(HOST, &["own"], zoo.trust(), unknown).await.is("certificate-self-signed", &["issued by itself"]);

    zoo.authority("stranger", "CN=Stranger", None);
    zoo.server("mx", NAMED, Some("stranger"), DAYS);
    let refused = zoo.refused(HOST, &["mx", "stranger"], zoo.trust(), unknown).await;
    refused.is("certificate-unknown-issuer", &[]);
    assert_eq!(refused.shown.ca.map(|ca| ca.fingerprint), Some(zoo.fingerprint("stranger")));
}

#[tokio::test]
async fn names_are_held_against_the_host() {
    let zoo = Zoo::new();
    zoo.server("wild", "DNS:*.zoo.example", Some("middle"), DAYS);
    zoo.server("idn", "DNS:xn--bcher-kva.example", Some("middle"), DAYS);
    let accepted = async |host: &str, name: &str| {
        let report = zoo.shown(host, &[name, "middle"], (CertificateCheck::Verify, zoo.trust())).await;
        assert_eq!((report.taken, report.failure), (Acceptance::Yes, None), "{host} with {name}");
    };
    accepted(HOST, "wild").await;
    accepted("bücher.example", "idn").await;
    accepted("xn--bcher-kva.example", "idn").await;

    let other = |kind: &FailureKind| matches!(kind, FailureKind::CertificateWrongName(_));
    let refused = zoo.refused("deep.mx.zoo.example", &["wild", "middle"], zoo.trust(), other).await;
    refused.is("certificate-wrong-name", &["*.zoo.example"]);
    let refused = zoo.refused(HOST, &["idn", "middle"], zoo.trust(), other).await;
    refused.is("certificate-wrong-name", &["xn--bcher-kva.example"]);
}

#[tokio::test]
async fn a_signature_of_yesterday_is_told_by_its_digest() {
    let zoo = Zoo::new();
    zoo.server("sha1", NAMED, Some("middle"), "-days 90 -sha1");
    let refused = zoo.refused(HOST, &["sha1", "middle"], zoo.trust(), |_| true).await;
    refused.is("certificate-weak", &["SHA-1", "can be forged"]);
    assert_eq!(refused.shown.chain[0].signature, "SHA-1 with ECDSA");
}

/// ring, which serves in these tests, signs with no such key: OpenSSL does.
#[tokio::test]
async fn a_key_that_is_too_short_is_told_by_its_bits() {
    let zoo = Zoo::new();
    zoo.key("short", "1024");
    zoo.server("short", NAMED, Some("middle"), DAYS);
    let (port, _server) = TlsServer::start(zoo.0.path(), "short", &["-cipher", "DEFAULT@SECLEVEL=0"]);
    let dns = Dns::knowing(NAMES).await;
    let host = Host::parse(HOST).expect("a name");
    let (trust, egress) = (zoo.trust(), dns.egress());
    let verified = Target {
        host,
        trust,
        egress,
        certificates: CertificateCheck::Verify,
        ..target(port, ConnectionSecurity::ImplicitTls)
    };
    let report = send(&verified, &letter(), HELLO, &patient()).await;
    assert_eq!(report.certificate.as_ref().map(|shown| shown.chain[0].key.as_str()), Some("RSA, 1024 bits"));
    Refused::new(HOST, report).is("certificate-weak", &["1024 bits"]);
}

#[tokio::test]
async fn a_pinned_certificate_passes_and_a_changed_one_is_told() {
    let zoo = Zoo::new();
    zoo.server("pinned", "DNS:elsewhere.example", None, DAYS);
    zoo.server("changed", NAMED, None, DAYS);
    let pin = || Trust::Certificate(zoo.fingerprint("pinned"));
    let report = zoo.shown(HOST, &["pinned"], (CertificateCheck::Verify, pin())).await;
    assert_eq!((report.taken, report.certificate.expect("it was shown").fault), (Acceptance::Yes, None));
    let changed = |kind: &FailureKind| matches!(kind, FailureKind::CertificateChanged { .. });
    let refused = zoo.refused(HOST, &["changed"], pin(), changed).await;
    refused.is("certificate-changed", &[zoo.fingerprint("changed").as_str(), zoo.fingerprint("pinned").as_str()]);
}

#[tokio::test]
async fn a_name_of_ten_kilobytes_is_cut_and_shown_as_text() {
    let zoo = Zoo::new();
    let long: Vec<String> = (0..700).map(|n| format!("DNS:n{n}.zoo.example")).collect();
    zoo.key("<script>long", "ec");
    zoo.server("<script>long", &format!("{},{NAMED}", long.join(",")), None, DAYS);
    let report = zoo.shown(HOST, &["<script>long"], (CertificateCheck::Ignore, Trust::Machine)).await;
    let shown = report.certificate.expect("it was shown");
    let leaf = shown.leaf().expect("it can be read");
    assert_eq!((leaf.names.len(), leaf.more_names), (50, 651));
    assert_eq!(leaf.subject, "CN=<script>long", "it is text to whoever shows it");
}

/// Whether it says so in the handshake, as by TLS 1.2, or behind it, as by TLS 1.3.
#[tokio::test]
async fn a_server_that_wants_a_certificate_of_the_client_is_told() {
    let zoo = Zoo::new();
    zoo.server("mx", NAMED, Some("middle"), DAYS);
    let dns = Dns::knowing(NAMES).await;
    for (version, stage) in [("-tls1_2", Stage::Tls), ("-tls1_3", Stage::Greeting)] {
        let (port, _server) = TlsServer::start(zoo.0.path(), "mx", &[version, "-Verify", "1", "-CAfile", "root.pem"]);
        let to = Target {
            host: Host::parse(HOST).expect("a name"),
            trust: zoo.trust(),
            egress: dns.egress(),
            certificates: CertificateCheck::Verify,
            ..target(port, ConnectionSecurity::ImplicitTls)
        };
        let report = send(&to, &letter(), HELLO, &patient()).await;
        let failure = report.failure.as_ref().expect("it is refused");
        assert_eq!(failure.stage, stage, "{version}: {failure:?}");
        let refused = Refused::new(HOST, report);
        assert_eq!(refused.shown.fault, None, "the server's own is good");
        refused.is("client-certificate", &["takes only clients that show a certificate of their own"]);
    }
}

/// `openssl s_server` with one certificate of the zoo.
struct TlsServer(Child);

impl TlsServer {
    fn start(folder: &Path, name: &str, options: &[&str]) -> (u16, Self) {
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
