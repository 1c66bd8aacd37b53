//! Signing in to a real Postfix with Cyrus SASL: each mechanism, right and wrong, over each kind of connection.

use model::{
    Acceptance, CertificateCheck, ConnectionSecurity, FailureKind, Mechanism, SmtpReport, Stage, StageState, Trust,
};
use smtp::{ServerSignIn, Target};

use crate::support::postfix::Postfix;
use crate::support::{HELLO, address, letter, patient, send};

/// The two users of the test's Postfix.
const OPS: (&str, &str) = ("ops@example.test", "s3cret");
const ODD: (&str, &str) = ("odd@example.test", "pä ss\"%\\🔑");
const WAYS: [ConnectionSecurity; 3] =
    [ConnectionSecurity::None, ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls];

fn sign_in((user_name, secret): (&str, &str), mechanism: Option<Mechanism>) -> ServerSignIn {
    ServerSignIn {
        user_name: user_name.to_owned(),
        secret: secret.into(),
        mechanism,
        plain_in_clear: true,
        verified_only: false,
    }
}

fn target(postfix: &Postfix, security: ConnectionSecurity, with: ServerSignIn) -> Target {
    Target { sign_in: Some(with), ..postfix.target(security, CertificateCheck::Ignore) }
}

fn no_secret(report: &SmtpReport, secret: &str) {
    let seen = format!("{report:?} {}", serde_json::to_string(report).expect("a report is JSON"));
    let escaped = secret.escape_debug().to_string();
    assert!(!seen.contains(secret) && !seen.contains(&escaped), "{seen}");
}

#[tokio::test]
async fn each_mechanism_signs_in() {
    let postfix = Postfix::find();
    for security in WAYS {
        for mechanism in Mechanism::ALL {
            for user in [OPS, ODD] {
                let case = format!("{security:?}, {mechanism:?}, {}", user.0);
                let target = target(&postfix, security, sign_in(user, Some(mechanism)));
                let (report, file) = postfix.deliver_to(&letter(), &target).await;
                assert_eq!(report.mechanism, Some(mechanism), "{case}");
                no_secret(&report, user.1);
                let received = String::from_utf8_lossy(&file);
                // Postfix knows who it was (RFC 3848).
                let with = if security == ConnectionSecurity::None { "with ESMTPA id" } else { "with ESMTPSA id" };
                assert!(received.contains(with), "{case}: {received}");
            }
        }
    }
}

#[tokio::test]
async fn a_wrong_secret_and_a_stranger_are_refused() {
    let postfix = Postfix::find();
    for mechanism in Mechanism::ALL {
        for user in [(OPS.0, "s3cret "), (OPS.0, ODD.1), ("nobody@example.test", OPS.1)] {
            let case = format!("{mechanism:?}, {user:?}");
            let with = sign_in(user, Some(mechanism));
            let report =
                send(&target(&postfix, ConnectionSecurity::StartTls, with), &letter(), HELLO, &patient()).await;
            let failure = report.failure.clone().expect(&case);
            assert_eq!((failure.stage, failure.kind), (Stage::Auth, FailureKind::Refused), "{case}");
            assert_eq!(failure.reply.map(|reply| (reply.code, reply.enhanced)), Some((535, Some((5, 7, 8)))), "{case}");
            assert_eq!((report.taken, report.mechanism), (Acceptance::No, None), "{case}");
            let quit = report.transcript.iter().any(|line| line.text.starts_with("221 "));
            assert!(quit, "{case}: the session ends in order");
            no_secret(&report, user.1);
        }
    }
}

#[tokio::test]
async fn the_strongest_is_chosen_and_none_goes_in_clear_text_against_the_rules() {
    let postfix = Postfix::find();
    for security in WAYS {
        let with = ServerSignIn { plain_in_clear: false, ..sign_in(OPS, None) };
        let (report, _) = postfix.deliver_to(&letter(), &target(&postfix, security, with)).await;
        assert_eq!(report.mechanism, Some(Mechanism::ScramSha256));
    }
    for mechanism in [Mechanism::Plain, Mechanism::Login] {
        let with = ServerSignIn { plain_in_clear: false, ..sign_in(OPS, Some(mechanism)) };
        let report = send(&target(&postfix, ConnectionSecurity::None, with), &letter(), HELLO, &patient()).await;
        let failure = report.failure.expect("the password is kept back");
        assert_eq!((failure.stage, failure.kind), (Stage::Auth, FailureKind::ClearTextSignIn));
    }
}

#[tokio::test]
async fn whoever_is_signed_in_may_ask_for_more() {
    let postfix = Postfix::find();
    let elsewhere = smtp::OutgoingMessage { recipients: vec![address("someone@elsewhere.example")], ..letter() };
    let signed_in = target(&postfix, ConnectionSecurity::StartTls, sign_in(OPS, None));
    let stranger = Target { sign_in: None, ..signed_in.clone() };
    let check = async |target: &Target, auth: StageState, words: &str| {
        let report = send(target, &elsewhere, HELLO, &patient()).await;
        let failure = report.failure.expect("there is no way to elsewhere");
        assert_eq!(failure.stage, Stage::Rcpt);
        let reply = failure.reply.expect("Postfix says why").to_string();
        assert!(reply.contains(words), "{reply}");
        let found = report.stages.iter().find(|entry| entry.stage == Stage::Auth).map(|entry| entry.state);
        assert_eq!(found, Some(auth));
    };
    check(&stranger, StageState::Skipped, "Relay access denied").await;
    // Relaying is allowed; that this Postfix has no way to other domains comes after it.
    check(&signed_in, StageState::Done, "no way out").await;
}

#[tokio::test]
async fn the_one_certificate_that_is_trusted_is_enough_for_a_credential_for_verified_tls() {
    let postfix = Postfix::find();
    let with = ServerSignIn { verified_only: true, plain_in_clear: false, ..sign_in(ODD, Some(Mechanism::Plain)) };
    for security in [ConnectionSecurity::StartTls, ConnectionSecurity::ImplicitTls] {
        let target = Target {
            certificates: CertificateCheck::Verify,
            trust: Trust::Certificate(postfix.fingerprint()),
            ..target(&postfix, security, with.clone())
        };
        let (report, _) = postfix.deliver_to(&letter(), &target).await;
        assert!(report.tls.is_some_and(|tls| tls.verified));
        let shown = report.certificate.expect("it was shown");
        assert_eq!((shown.subject.as_str(), shown.issuer.as_str(), shown.ca), ("CN=localhost", "CN=localhost", None));
    }
}
