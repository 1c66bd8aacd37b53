//! Whom an account trusts besides the machine: one certificate by its fingerprint, or a CA of its own.

use model::{
    Acceptance, CaPem, CertificateCheck, ConnectionSecurity, FailureKind, Fingerprint, Host, SmtpReport, Stage, Trust,
};
use smtp::{ServerSignIn, Target};
use tokio_rustls::TlsAcceptor;

use crate::support::certificates::{Authority, pinnable, self_signed, silent_after_certificate, thief};
use crate::support::scripted::Script;
use crate::support::{HELLO, letter, limits, patient, send, sign_in, target};

const NAMES: &[&str] = &["localhost", "127.0.0.1"];
const ENCRYPTED: [ConnectionSecurity; 2] = [ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls];

fn fingerprint(digits: &str) -> Fingerprint {
    Fingerprint::parse(digits).expect("a fingerprint")
}

fn pin(digits: &str) -> Trust {
    Trust::Certificate(fingerprint(digits))
}

fn ca(authority: &Authority) -> Trust {
    Trust::Ca(CaPem::parse(&authority.pem()).expect("a CA"))
}

/// Sends to a server with this certificate, signing in with what is for verified TLS alone.
async fn send_to(tls: TlsAcceptor, trust: Trust, security: ConnectionSecurity) -> SmtpReport {
    let mut script = Script::new(security);
    script.tls = tls;
    script.offers.push("AUTH PLAIN");
    let (port, served) = script.start().await;
    let with = ServerSignIn { verified_only: true, plain_in_clear: false, ..sign_in(None) };
    let host = Host::parse("localhost").expect("a name");
    let target =
        Target { host, certificates: CertificateCheck::Verify, trust, sign_in: Some(with), ..target(port, security) };
    let report = send(&target, &letter(), HELLO, &patient()).await;
    let heard = served.await.expect("the server ends");
    let sent = heard.commands.iter().any(|command| command.starts_with("AUTH"));
    assert_eq!(sent, report.failure.is_none(), "a secret goes only where the certificate is trusted");
    report
}

fn check(report: &SmtpReport, refused: Option<FailureKind>) {
    let failure = report.failure.as_ref().map(|failure| (failure.stage, failure.kind.clone()));
    assert_eq!(failure, refused.map(|kind| (Stage::Tls, kind)), "{:?}", report.transcript);
    match report.failure {
        None => assert!(report.tls.as_ref().is_some_and(|tls| tls.verified) && report.taken == Acceptance::Yes),
        Some(_) => assert_eq!((report.taken, &report.tls), (Acceptance::No, &None)),
    }
    assert!(report.certificate.is_some(), "what was shown is told in either case");
}

#[tokio::test]
async fn a_trusted_certificate_is_accepted_whatever_it_says_and_no_other_is() {
    for security in ENCRYPTED {
        let check_pinned = async |names: &[&str], years| {
            let (tls, digits) = pinnable(names, years);
            let report = send_to(tls, pin(&digits), security).await;
            check(&report, None);
            assert!(report.stages.iter().any(|entry| entry.fact == "TLS 1.3, the trusted certificate"));
            assert_eq!(report.tls.map(|tls| tls.fingerprint), Some(digits.clone()));
            assert_eq!(report.certificate.map(|seen| seen.fingerprint), Some(fingerprint(&digits)));
        };
        check_pinned(NAMES, 2020..2100).await;
        check_pinned(&["mx.elsewhere.example"], 2020..2100).await;
        check_pinned(NAMES, 2001..2002).await;
        check_pinned(NAMES, 2099..2100).await;

        let (tls, shown) = pinnable(NAMES, 2020..2100);
        let (_, trusted) = pinnable(NAMES, 2020..2100);
        let report = send_to(tls, pin(&trusted), security).await;
        let changed = FailureKind::CertificateChanged { trusted: fingerprint(&trusted), shown: fingerprint(&shown) };
        check(&report, Some(changed));
        assert_eq!(report.certificate.map(|seen| seen.fingerprint), Some(fingerprint(&shown)));
    }
}

#[tokio::test]
async fn a_certificate_that_was_copied_is_of_no_use_without_its_key() {
    for security in ENCRYPTED {
        let (tls, digits) = thief(NAMES);
        let report = send_to(tls, pin(&digits), security).await;
        let failure = report.failure.expect("the handshake's signature is wrong");
        assert_eq!(failure.stage, Stage::Tls);
        assert!(matches!(failure.kind, FailureKind::CertificateBad(_)), "{:?}", failure.kind);
    }
}

#[tokio::test]
async fn an_accounts_own_ca_is_trusted_and_name_and_dates_are_checked_as_ever() {
    let (own, stranger) = (Authority::new("Own"), Authority::new("Stranger"));
    for security in ENCRYPTED {
        check(&send_to(own.server(NAMES, 2020..2100), ca(&own), security).await, None);
        let refused = async |tls: TlsAcceptor, kind: FailureKind| {
            check(&send_to(tls, ca(&own), security).await, Some(kind));
        };
        let wrong = FailureKind::CertificateWrongName(vec!["mx.elsewhere.example".to_owned()]);
        refused(own.server(&["mx.elsewhere.example"], 2020..2100), wrong).await;
        refused(own.server(NAMES, 2001..2002), FailureKind::CertificateExpired).await;
        refused(own.server(NAMES, 2099..2100), FailureKind::CertificateNotYetValid).await;
        refused(stranger.server(NAMES, 2020..2100), FailureKind::CertificateUnknownIssuer).await;
        refused(self_signed(NAMES), FailureKind::CertificateUnknownIssuer).await;
    }
    let both = CaPem::parse(&format!("{}{}", stranger.pem(), own.pem())).expect("two CAs");
    check(&send_to(own.server(NAMES, 2020..2100), Trust::Ca(both), ConnectionSecurity::StartTls).await, None);
}

#[tokio::test]
async fn the_ca_that_a_server_shows_is_offered_and_then_trusted() {
    let authority = Authority::new("Nordhavn Root");
    let report = send_to(authority.server_with_chain(NAMES), Trust::Machine, ConnectionSecurity::StartTls).await;
    check(&report, Some(FailureKind::CertificateUnknownIssuer));
    let shown = report.certificate.expect("it was shown");
    assert_eq!((shown.issuer.as_str(), shown.ca.is_some()), ("CN=Nordhavn Root", true));
    let ca = shown.ca.expect("it was shown, too");
    assert_eq!(ca.fingerprint, fingerprint(&authority.fingerprint()));
    let trust = Trust::Ca(CaPem::parse(&ca.pem).expect("it can be trusted"));
    check(&send_to(authority.server_with_chain(NAMES), trust, ConnectionSecurity::StartTls).await, None);

    let report = send_to(self_signed(NAMES), Trust::Machine, ConnectionSecurity::ImplicitTls).await;
    assert_eq!(report.certificate.expect("it was shown").ca, None);
}

#[tokio::test]
async fn what_was_shown_is_told_also_where_the_handshake_never_ends() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { silent_after_certificate(listener.accept().await.expect("a connection").0).await });
    let target = target(port, ConnectionSecurity::ImplicitTls);
    let report = send(&target, &letter(), HELLO, &limits(Stage::Tls)).await;
    let failure = report.failure.expect("the server is silent");
    assert_eq!((failure.stage, failure.kind), (Stage::Tls, FailureKind::TimedOut(200)));
    assert!(report.certificate.is_some());
}

#[tokio::test]
async fn a_ca_that_cannot_be_read_ends_before_a_connection() {
    let broken = "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n";
    let trust = Trust::Ca(CaPem::parse(broken).expect("its frame is right"));
    let report = send(&Target { trust, ..target(9, ConnectionSecurity::StartTls) }, &letter(), HELLO, &patient()).await;
    let failure = report.failure.expect("it cannot be trusted");
    assert_eq!(failure.stage, Stage::Settings);
    assert_eq!(failure.kind, FailureKind::Settings("This certificate cannot be read.".to_owned()));
}
