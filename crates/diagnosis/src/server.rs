//! What ended a conversation with a mail server, where Posthouse itself observed it.

use model::hosts::{readable, to_unicode};
use model::{
    ConnectionSecurity, Diagnosis, Failure, FailureKind, HandshakeFault, Host, ShownCertificate, SmtpReport, Speaker,
    Stage, TestSend, TranscriptLine,
};

use super::certificate::Specific;
use super::observations::Observation;
use super::render::Value;
use super::{KNOWN, certificate, key, render, services};

/// Explains what was observed; None where the mail server or a proxy refused, which has other texts.
pub fn observed(test: &TestSend, report: &SmtpReport, failure: &Failure) -> Option<Diagnosis> {
    let specific = certificate::specific(test, report, &failure.kind);
    let text = match failure.kind {
        FailureKind::TimedOut(_) if greeting_has_begun(report) => &KNOWN.observations.server.no_answer_greeting_begun,
        _ => text(test, report, failure)?,
    };
    let key = match (&failure.kind, failure.stage) {
        (FailureKind::TimedOut(_), Stage::Dns) => "dns-silent",
        (kind, _) => key(kind),
    };
    let Specific { key, text, mut values } = specific.unwrap_or(Specific { key, text, values: Vec::new() });
    if let FailureKind::CertificateWrongName(names) = &failure.kind {
        values.push(("names", names.iter().map(|name| readable(name)).collect::<Vec<_>>().join(", ")));
    }
    values.extend(render::values(failure));
    values.extend(of_test(test));
    values.extend(report.certificate.as_ref().map(certificate::values).unwrap_or_default());
    values.extend(report.observed.alias.clone().map(|alias| ("alias", alias)));
    if let FailureKind::NotSmtp(first) = &failure.kind {
        values.extend(services::speaking(first).map(|service| ("service", service.to_owned())));
    }
    Some(text.diagnosis(key, &values))
}

/// A line of the greeting came, and its last one did not: the port speaks SMTP, and no TLS before it.
pub fn greeting_has_begun(report: &SmtpReport) -> bool {
    let begins = |line: &TranscriptLine| line.speaker == Speaker::Server && line.text.starts_with("220-");
    report.failure.as_ref().is_some_and(|failure| failure.stage == Stage::Greeting)
        && report.transcript.iter().any(begins)
}

/// A refusal of EHLO by another service, which greets as SMTP does.
pub fn another_service(test: &TestSend, report: &SmtpReport, failure: &Failure) -> Option<Diagnosis> {
    let refused_for_good = failure.reply.as_ref().is_some_and(|reply| reply.code >= 500);
    let service = services::greeting(report).filter(|_| failure.stage == Stage::Ehlo && refused_for_good)?;
    let mut values = of_test(test);
    values.push(("service", service.to_owned()));
    Some(KNOWN.observations.server.not_smtp_service.diagnosis("not-smtp", &values))
}

/// The host as people write it.
fn of_test(test: &TestSend) -> Vec<Value> {
    let host = Host::parse(&to_unicode(&test.host)).unwrap_or_else(|_| test.host.clone());
    vec![("host", host.to_string()), ("server", host.with_port(test.port))]
}

/// The text for each kind of failure.
fn text(test: &TestSend, report: &SmtpReport, failure: &Failure) -> Option<&'static Observation> {
    use FailureKind as Kind;
    let texts = &KNOWN.observations.server;
    let (shown, observed) = (report.certificate.as_ref(), &report.observed);
    let leaf = shown.and_then(ShownCertificate::leaf);
    Some(match &failure.kind {
        Kind::Settings(_) => &texts.settings,
        Kind::NoSuchName if observed.alias.is_some() => &texts.no_such_name_alias,
        Kind::NoSuchName => &texts.no_such_name,
        Kind::NoAddress if observed.alias.is_some() => &texts.no_address_alias,
        Kind::NoAddress if observed.null_mx => &texts.no_address_null_mx,
        Kind::NoAddress => &texts.no_address,
        Kind::ResolverSilent(_) => &texts.dns_silent,
        Kind::ResolverServFail(_) => &texts.dns_servfail,
        Kind::ResolverRefused(_) => &texts.dns_refused,
        Kind::ResolverFailed(_) => &texts.dns_failed,
        Kind::ConnectionRefused => &texts.connection_refused,
        Kind::Unreachable(_) => &texts.unreachable,
        Kind::TimedOut(_) => match failure.stage {
            Stage::Dns => &texts.dns_silent_timeout,
            Stage::Tcp => &texts.no_answer_connecting,
            Stage::Greeting if test.security != ConnectionSecurity::ImplicitTls => &texts.no_answer_greeting,
            Stage::Auth => &texts.no_answer_sign_in,
            _ => &texts.no_answer,
        },
        Kind::Closed => &texts.closed,
        Kind::Broken(_) => &texts.broken,
        Kind::NotSmtp(first) if services::speaking(first).is_some() => &texts.not_smtp_service,
        Kind::NotSmtp(_) => &texts.not_smtp,
        Kind::TlsFromFirstByte => &texts.tls_port,
        Kind::LineTooLong(_) => &texts.endless_reply_line,
        Kind::ReplyTooLong(_) => &texts.endless_reply,
        Kind::UnexpectedReply => &texts.unexpected_reply,
        Kind::StartTlsNotOffered => &texts.starttls_not_offered,
        Kind::BytesAfterStartTls => &texts.injection,
        Kind::TlsFailed(_) => &texts.handshake,
        Kind::Handshake { fault, words: _ } => handshake(*fault),
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
        Kind::CertificateVersion => &texts.certificate_version,
        Kind::CertificateOfCa => &texts.certificate_of_ca,
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

fn handshake(fault: HandshakeFault) -> &'static Observation {
    let texts = &KNOWN.observations.server;
    match fault {
        HandshakeFault::Version => &texts.tls_version,
        HandshakeFault::Parameters => &texts.tls_parameters,
        HandshakeFault::Weak => &texts.tls_weak,
        HandshakeFault::ServerName => &texts.tls_server_name,
        HandshakeFault::Internal => &texts.tls_internal_error,
        HandshakeFault::AccessDenied => &texts.tls_access_denied,
        HandshakeFault::OtherAlert => &texts.tls_alert,
        HandshakeFault::Closed => &texts.tls_closed,
    }
}
