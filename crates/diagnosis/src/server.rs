//! What ended a conversation with a mail server, where Posthouse itself observed it.

use model::{
    ConnectionSecurity, Diagnosis, Failure, FailureKind, ShownCertificate, SmtpReport, Speaker, Stage, TestSend,
    TranscriptLine,
};

use super::observations::Observation;
use super::{KNOWN, certificate, key, render};

/// Explains what was observed; None where the mail server or a proxy refused, which has other texts.
pub fn observed(test: &TestSend, report: &SmtpReport, failure: &Failure) -> Option<Diagnosis> {
    let shown = report.certificate.as_ref();
    let text = match failure.kind {
        FailureKind::TimedOut(_) if greeting_has_begun(report) => &KNOWN.observations.server.no_answer_greeting_begun,
        _ => text(test, shown, failure)?,
    };
    let mut values = render::values(failure);
    values.push(("host", test.host.to_string()));
    values.push(("server", test.host.with_port(test.port)));
    values.extend(shown.map(certificate::values).unwrap_or_default());
    let (key, text) =
        shown.and_then(|shown| certificate::specific(shown, &failure.kind)).unwrap_or((key(&failure.kind), text));
    Some(text.diagnosis(key, &values))
}

/// A line of the greeting came, and its last one did not: the port speaks SMTP, and no TLS before it.
pub fn greeting_has_begun(report: &SmtpReport) -> bool {
    let begins = |line: &TranscriptLine| line.speaker == Speaker::Server && line.text.starts_with("220-");
    report.failure.as_ref().is_some_and(|failure| failure.stage == Stage::Greeting)
        && report.transcript.iter().any(begins)
}

/// The text for each kind of failure.
fn text(test: &TestSend, shown: Option<&ShownCertificate>, failure: &Failure) -> Option<&'static Observation> {
    use FailureKind as Kind;
    let texts = &KNOWN.observations.server;
    let leaf = shown.and_then(ShownCertificate::leaf);
    Some(match &failure.kind {
        Kind::Settings(_) => &texts.settings,
        Kind::NoSuchName => &texts.no_such_name,
        Kind::NoAddress => &texts.no_address,
        Kind::ResolverFailed(_) => &texts.dns_silent,
        Kind::ConnectionRefused => &texts.connection_refused,
        Kind::Unreachable(_) => &texts.unreachable,
        Kind::TimedOut(_) => match failure.stage {
            Stage::Tcp => &texts.no_answer_connecting,
            Stage::Greeting if test.security != ConnectionSecurity::ImplicitTls => &texts.no_answer_greeting,
            Stage::Auth => &texts.no_answer_sign_in,
            _ => &texts.no_answer,
        },
        Kind::Closed => &texts.closed,
        Kind::Broken(_) => &texts.broken,
        Kind::NotSmtp(_) => &texts.not_smtp,
        Kind::LineTooLong(_) => &texts.endless_reply_line,
        Kind::ReplyTooLong(_) => &texts.endless_reply,
        Kind::UnexpectedReply => &texts.unexpected_reply,
        Kind::StartTlsNotOffered => &texts.starttls_not_offered,
        Kind::BytesAfterStartTls => &texts.injection,
        Kind::TlsFailed(_) => &texts.handshake,
        Kind::ClientCertificateWanted(_) => &texts.client_certificate,
        Kind::TlsNotSpoken => &texts.clear_text_port,
        Kind::CertificateExpired if leaf.is_some() => &texts.certificate_expired,
        Kind::CertificateExpired => &texts.certificate_expired_undated,
        Kind::CertificateNotYetValid if leaf.is_some() => &texts.certificate_not_yet_valid,
        Kind::CertificateNotYetValid => &texts.certificate_not_yet_valid_undated,
        Kind::CertificateWrongName(names) if names.is_empty() => &texts.certificate_wrong_name_none,
        Kind::CertificateWrongName(_) => &texts.certificate_wrong_name,
        Kind::CertificateUnknownIssuer if shown.is_some_and(|shown| shown.missing_issuer().is_some()) => {
            &texts.certificate_unknown_issuer_root
        }
        Kind::CertificateUnknownIssuer => &texts.certificate_unknown_issuer,
        Kind::CertificateBad(_) => &texts.certificate_bad,
        Kind::CertificateChanged { .. } => &texts.certificate_changed,
        Kind::MechanismNotOffered { wanted, offered } => match (offered.is_empty(), wanted) {
            (true, _) if test.security == ConnectionSecurity::None => &texts.sign_in_not_offered_clear_text,
            (true, _) => &texts.sign_in_not_offered,
            (false, Some(_)) => &texts.mechanism_unknown_fixed,
            (false, None) => &texts.mechanism_unknown,
        },
        Kind::ClearTextSignIn => &texts.clear_text_sign_in,
        Kind::ServerNotProven => &texts.server_not_proven,
        Kind::ChallengeBad(_) => &texts.challenge_bad,
        Kind::SmtpUtf8NotOffered => &texts.smtputf8,
        Kind::TooLarge { .. } => &texts.too_large,
        Kind::Cancelled => &texts.cancelled,
        Kind::Refused
        | Kind::ProxyRefused { .. }
        | Kind::ProxySignInWanted(_)
        | Kind::ProxySignInRefused(_)
        | Kind::NotAProxy(_) => return None,
    })
}
