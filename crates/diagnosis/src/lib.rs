//! What a failed test send means: the cause in one sentence, who found it, whether it lasts, and what to do, in order.
//! Distinguished by stage, then by the type of what was observed, then by reply code and enhanced code, then by the
//! provider; by words last, and only in the reply itself. The texts are data, in `knowledge/`.

#![deny(missing_docs)]

mod certificate;
mod charset;
mod connector;
mod explain;
mod knowledge;
mod letters;
mod observations;
mod providers;
mod refused;
mod remedies;
mod render;
mod reply_text;
mod rules;
mod server;
mod services;

use std::sync::LazyLock;

use model::{
    Diagnosis, FailureKind, FoundBy, HandshakeFault, ProviderFacts, SmtpReport, Speaker, Stage, StageState, TestSend,
    TrustOffer,
};

pub use connector::{of_connector, of_host};
pub use explain::{PASTED_OCTETS, explain};
use knowledge::{ANOTHER_SERVER, Knowledge, Provider, TextStage};
use reply_text::contradiction;
use rules::Server;

/// What is known of servers; the build script has checked it.
static KNOWN: LazyLock<Knowledge> = LazyLock::new(|| {
    let made = include_bytes!(concat!(env!("OUT_DIR"), "/knowledge.json"));
    serde_json::from_slice(made).unwrap_or_default()
});

impl From<TextStage> for Stage {
    fn from(stage: TextStage) -> Self {
        match stage {
            TextStage::Dns => Self::Dns,
            TextStage::Tcp => Self::Tcp,
            TextStage::Greeting => Self::Greeting,
            TextStage::Ehlo => Self::Ehlo,
            TextStage::Tls => Self::Tls,
            TextStage::Auth => Self::Auth,
            TextStage::Mail => Self::Mail,
            TextStage::Rcpt => Self::Rcpt,
            TextStage::Data => Self::Data,
        }
    }
}

/// Explains a test send that failed; None where it did not.
pub fn diagnose(test: &TestSend, report: &SmtpReport) -> Option<Diagnosis> {
    let failure = report.failure.as_ref()?;
    let at_connector = || of_connector(test.connector.as_deref().unwrap_or("the proxy"), failure);
    if failure.stage == Stage::Connector {
        return Some(at_connector());
    }
    let found = providers::find(&KNOWN, test.host.as_str(), report);
    let signed_in = report.stages.iter().any(|stage| stage.stage == Stage::Auth && stage.state == StageState::Done);
    let server = Server { signed_in, ..Server::new(&KNOWN, greeting(report), test.security) };
    let contradicts_itself = failure.reply.as_ref().and_then(|said| Some((said, contradiction(said)?)));
    let mut diagnosis = match (&failure.kind, contradicts_itself) {
        (FailureKind::Refused | FailureKind::UnexpectedReply, Some((said, meant))) => {
            refused::contradictory(server, failure.stage, said, meant)
        }
        (FailureKind::Refused, None) => {
            // Who proves by its certificate to be the host that was named is no other server.
            let proven = report.tls.as_ref().is_some_and(|tls| tls.verified);
            let named = providers::named(&KNOWN, test.host.as_str(), None).filter(|_| !proven);
            server::another_service(test, report, failure)
                .or_else(|| another_server(named, greeting(report), failure.stage))
                .unwrap_or_else(|| refused::refused(found, server, failure))
        }
        _ => server::observed(test, report, failure).unwrap_or_else(at_connector),
    };
    if failure.stage == Stage::Dns && test.connector.is_some() {
        diagnosis.fixes.push(KNOWN.observations.fix.resolves_names.as_str().into());
    }
    let is_missing = matches!(failure.kind, FailureKind::StartTlsNotOffered | FailureKind::MechanismNotOffered { .. });
    if is_missing && knows_helo_alone(report) {
        diagnosis.explanation = format!("{} {}", diagnosis.explanation, KNOWN.observations.reply.helo_alone);
    }
    for record in &report.observed.sender_records {
        diagnosis.explanation = format!("{} {}", diagnosis.explanation, record.in_words());
    }
    for found in &report.observed.pasted {
        diagnosis.explanation = format!("{} {found}", diagnosis.explanation);
    }
    remedies::offer(&KNOWN, test, report, failure, &mut diagnosis);
    diagnosis.provider = found.map(|found| found.facts(failure));
    diagnosis.trust = certificate::trust_offer(test, report, &failure.kind);
    Some(diagnosis)
}

/// What will change at the provider, so that an account that signs in today will not then.
pub fn coming(test: &TestSend, report: &SmtpReport) -> Option<ProviderFacts> {
    report.mechanism?;
    providers::find(&KNOWN, test.host.as_str(), report)?.coming()
}

/// The same of a host by its name, for an account that signs in there.
pub fn coming_at(host: &str) -> Option<ProviderFacts> {
    providers::named(&KNOWN, host, None)?.coming()
}

/// The same in a few words each.
pub fn coming_in_short(host: &str) -> impl Iterator<Item = &'static str> {
    let changes = providers::named(&KNOWN, host, None).into_iter().flat_map(|provider| &provider.coming);
    changes.map(|change| change.short.as_str())
}

/// The server did not know EHLO, and so offers no extension.
fn knows_helo_alone(report: &SmtpReport) -> bool {
    report.transcript.iter().any(|line| line.speaker == Speaker::Client && line.text.starts_with("HELO "))
}

/// The words with which the server greeted, as far as they were kept.
fn greeting(report: &SmtpReport) -> Option<&str> {
    let done = |stage: &&model::StageReport| stage.stage == Stage::Greeting && stage.state == StageState::Done;
    report.stages.iter().find(done).map(|stage| stage.fact.as_str())
}

/// The diagnosis for the host name of a known provider whose greeting comes from a different server: that server
/// rejects the sign-in or the recipient because it does not have the mailbox.
fn another_server(provider: Option<&Provider>, greeting: Option<&str>, stage: Stage) -> Option<Diagnosis> {
    let (provider, greeting) = (provider?, greeting?);
    let phrase = &KNOWN.phrases.phrase.iter().find(|phrase| phrase.key == ANOTHER_SERVER)?;
    (matches!(stage, Stage::Auth | Stage::Mail | Stage::Rcpt) && providers::is_foreign(provider, greeting)).then(|| {
        Diagnosis {
            key: phrase.key.clone(),
            cause: phrase.cause.clone(),
            explanation: format!("It greeted as “{greeting}”, which is no server of {}.", provider.name),
            found_by: FoundBy::Server,
            temporary: phrase.temporary,
            fixes: phrase.fixes.iter().map(|fix| fix.as_str().into()).collect(),
            possibilities: Vec::new(),
            provider: None,
            trust: TrustOffer::Nothing,
        }
    })
}

/// The key of a cause that its kind alone determines.
fn key(kind: &FailureKind) -> &'static str {
    match kind {
        FailureKind::Settings(_) => "settings",
        FailureKind::NoSuchName => "no-such-name",
        FailureKind::NoAddress => "no-address",
        FailureKind::ResolverSilent(_) => "dns-silent",
        FailureKind::ResolverServFail(_) => "dns-servfail",
        FailureKind::ResolverRefused(_) => "dns-refused",
        FailureKind::ResolverFailed(_) => "dns-failed",
        FailureKind::ConnectionRefused => "connection-refused",
        FailureKind::Unreachable(_) => "unreachable",
        FailureKind::TimedOut(_) => "no-answer",
        FailureKind::Closed => "closed",
        FailureKind::Broken(_) => "broken",
        FailureKind::NotSmtp(_) => "not-smtp",
        FailureKind::LineTooLong(_) | FailureKind::ReplyTooLong(_) => "endless-reply",
        FailureKind::Refused => "unknown",
        FailureKind::StartTlsNotOffered => "starttls-not-offered",
        FailureKind::BytesAfterStartTls => "injection",
        FailureKind::TlsFromFirstByte => "tls-port",
        FailureKind::TlsFailed(_) => "handshake",
        FailureKind::Handshake { fault, words: _ } => match fault {
            HandshakeFault::Version => "tls-version",
            HandshakeFault::Parameters => "tls-parameters",
            HandshakeFault::Weak => "tls-weak",
            HandshakeFault::ServerName => "tls-server-name",
            HandshakeFault::Internal => "tls-internal-error",
            HandshakeFault::AccessDenied => "tls-access-denied",
            HandshakeFault::OtherAlert => "tls-alert",
            HandshakeFault::Closed => "tls-closed",
        },
        FailureKind::ClientCertificateWanted(_) => "client-certificate",
        FailureKind::TlsNotSpoken => "clear-text-port",
        FailureKind::CertificateExpired => "certificate-expired",
        FailureKind::CertificateNotYetValid => "certificate-not-yet-valid",
        FailureKind::CertificateWrongName(_) => "certificate-wrong-name",
        FailureKind::CertificateUnknownIssuer => "certificate-unknown-issuer",
        FailureKind::CertificateVersion => "certificate-version",
        FailureKind::CertificateOfCa => "certificate-of-ca",
        FailureKind::CertificateBad(_) => "certificate-bad",
        FailureKind::CertificateChanged { .. } => "certificate-changed",
        FailureKind::MechanismNotOffered { offered, .. } if offered.is_empty() => "sign-in-not-offered",
        FailureKind::MechanismNotOffered { .. } => "mechanism-unknown",
        FailureKind::ClearTextSignIn => "clear-text-sign-in",
        FailureKind::ServerNotProven => "server-not-proven",
        FailureKind::ChallengeBad(_) => "challenge-bad",
        FailureKind::ProxyRefused { .. } => "proxy-refused",
        FailureKind::ProxySignInWanted(_) => "proxy-sign-in-wanted",
        FailureKind::ProxySignInRefused(_) => "proxy-sign-in-refused",
        FailureKind::NotAProxy(_) => "not-a-proxy",
        FailureKind::SmtpUtf8NotOffered => "smtputf8",
        FailureKind::TooLarge { .. } => "too-large",
        FailureKind::Cancelled => "cancelled",
        FailureKind::UnexpectedReply => "unexpected-reply",
    }
}
