//! Certificates: one that verifies, and each way in which one does not.

use std::process::Command;

use model::{Acceptance, CertificateCheck, ConnectionSecurity, FailureKind, Host, SmtpReport, Stage};
use smtp::{Target, send};
use tokio_rustls::TlsAcceptor;

use crate::support::certificates::{Authority, self_signed};
use crate::support::scripted::Script;
use crate::support::{HELLO, letter, patient, target};

async fn send_to(
    host: &str,
    tls: TlsAcceptor,
    certificates: CertificateCheck,
    security: ConnectionSecurity,
) -> SmtpReport {
    let mut script = Script::new(security);
    script.tls = tls;
    let (port, served) = script.start().await;
    let host = Host::parse(host).expect("a host");
    let report = send(&Target { host, certificates, ..target(port, security) }, &letter(), HELLO, &patient()).await;
    let heard = served.await.expect("the server ends");
    let mail = heard.commands.iter().any(|command| command.starts_with("MAIL"));
    assert_eq!(mail, report.failure.is_none(), "nothing is sent over a connection that failed");
    report
}

/// The platform's certificates are read from the file that `SSL_CERT_FILE` names, which holds for a whole process:
/// the test starts itself once more with it.
#[tokio::test]
async fn certificates_are_told_apart_once_an_authority_is_trusted() {
    const TEST: &str = "certificates::certificates_are_told_apart_once_an_authority_is_trusted";
    let Some(ca) = std::env::var_os("POSTHOUSE_TEST_AUTHORITY") else {
        let folder = std::env::temp_dir().join(format!("posthouse-authority-{}", std::process::id()));
        let output = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", TEST, "--nocapture"])
            .env("POSTHOUSE_TEST_AUTHORITY", &folder)
            .env("SSL_CERT_FILE", &folder)
            .env_remove("SSL_CERT_DIR")
            .output()
            .expect("the test starts itself");
        let _ = std::fs::remove_file(&folder);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
        return;
    };
    let (trusted, stranger) = (Authority::new("Trusted"), Authority::new("Stranger"));
    std::fs::write(&ca, trusted.pem()).expect("the authority is written");
    let names: &[&str] = &["localhost", "127.0.0.1"];

    for security in [ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
        for host in ["localhost", "127.0.0.1"] {
            let tls = trusted.server(names, 2020..2100);
            let report = send_to(host, tls, CertificateCheck::Verify, security).await;
            assert_eq!((report.taken, &report.failure), (Acceptance::Yes, &None), "{host}, {security:?}");
            assert!(report.tls.is_some_and(|tls| tls.verified));
            assert!(report.stages.iter().any(|stage| stage.fact == "TLS 1.3, certificate verified"));
        }
        let check = async |tls: TlsAcceptor, kind: FailureKind| {
            let report = send_to("localhost", tls.clone(), CertificateCheck::Verify, security).await;
            let failure = report.failure.expect("the certificate is refused");
            assert_eq!((failure.stage, failure.kind), (Stage::Tls, kind), "{security:?}");
            assert_eq!((report.taken, report.tls), (Acceptance::No, None));

            let report = send_to("localhost", tls, CertificateCheck::Ignore, security).await;
            assert_eq!(report.taken, Acceptance::Yes, "its error can be ignored");
            assert_eq!(report.tls.map(|tls| tls.verified), Some(false), "and is still known");
        };
        let other = vec!["mx.example.test".to_owned(), "*.example.org".to_owned(), "192.0.2.1".to_owned()];
        let named: Vec<&str> = other.iter().map(String::as_str).collect();
        check(trusted.server(&named, 2020..2100), FailureKind::CertificateWrongName(other.clone())).await;
        check(trusted.server(names, 2001..2002), FailureKind::CertificateExpired).await;
        check(trusted.server(names, 2099..2100), FailureKind::CertificateNotYetValid).await;
        check(stranger.server(names, 2020..2100), FailureKind::CertificateUnknownIssuer).await;
        check(self_signed(names), FailureKind::CertificateUnknownIssuer).await;
    }

    let report =
        send_to("localhost", trusted.server(names, 2020..2100), CertificateCheck::Ignore, ConnectionSecurity::StartTls);
    assert_eq!(report.await.tls.map(|tls| tls.verified), Some(true), "ignoring errors does not invent one");
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_stops_the_send_before_mail() {
    for security in [ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
        let report = send_to("127.0.0.1", self_signed(&["127.0.0.1"]), CertificateCheck::Verify, security).await;
        let failure = report.failure.expect("the certificate is refused");
        assert_eq!((failure.stage, failure.kind), (Stage::Tls, FailureKind::CertificateUnknownIssuer));
    }
}
