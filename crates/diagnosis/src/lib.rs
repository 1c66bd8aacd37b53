//! What a failed test send means: the cause in one sentence, who found it, whether it lasts, and what to do, in order.
//! Told apart by stage, then by the type of what was observed, then by reply code and enhanced code, then by the
//! provider; by words last, and only in the reply itself.

mod certificate;
mod connector;
mod explain;
mod knowledge;
mod providers;
mod refused;
mod remedies;

use std::sync::LazyLock;

use model::{
    ConnectionSecurity, Diagnosis, Failure, FailureKind, FoundBy, ProviderFacts, Reply, SmtpReport, Stage, TestSend,
};

pub use connector::{of_connector, of_host};
pub use explain::{Explained, PASTED_OCTETS, explain};
use knowledge::Knowledge;

/// What is known of servers; the build script has checked it.
static KNOWN: LazyLock<Knowledge> = LazyLock::new(|| {
    let made = include_bytes!(concat!(env!("OUT_DIR"), "/knowledge.json"));
    serde_json::from_slice(made).unwrap_or_default()
});

/// Explains a test send that failed; None where it did not.
pub fn diagnose(test: &TestSend, report: &SmtpReport) -> Option<Diagnosis> {
    let failure = report.failure.as_ref()?;
    if failure.stage == Stage::Connector {
        return Some(of_connector(test.connector.as_deref().unwrap_or("the proxy"), failure));
    }
    let found = providers::find(&KNOWN, test.host.as_str(), report);
    let mut diagnosis = match failure.kind {
        FailureKind::Refused => refused::refused(&KNOWN, found, test.security, failure),
        _ => certificate::refused(test, report, failure).unwrap_or_else(|| of_kind(test, failure)),
    };
    if failure.stage == Stage::Dns && test.connector.is_some() {
        diagnosis.fixes.push(connector::RESOLVES_NAMES.into());
    }
    for record in &report.observed.sender_records {
        diagnosis.explanation = format!("{} {}", diagnosis.explanation, record.in_words());
    }
    remedies::offer(&KNOWN, test, report, failure, &mut diagnosis);
    diagnosis.provider = found.map(|found| found.facts(failure));
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

/// What was observed by Posthouse itself, by its type.
fn of_kind(test: &TestSend, failure: &Failure) -> Diagnosis {
    let at = test.host.with_port(test.port);
    let host = test.host.as_str();
    let explained = |found_by, temporary, cause: &str, explanation: String, fixes: &[&str]| Diagnosis {
        key: key(&failure.kind).to_owned(),
        cause: cause.to_owned(),
        explanation,
        found_by,
        temporary,
        fixes: fixes.iter().map(|&fix| fix.into()).collect(),
        provider: None,
    };
    use FoundBy::{Network, Posthouse, Server};
    match &failure.kind {
        FailureKind::Settings(why) => explained(
            Posthouse,
            false,
            "the message could not be made",
            format!("The settings do not make a message: {why}."),
            &["Change the answer in the account's settings, then test again."],
        ),
        FailureKind::NoSuchName => explained(
            Network,
            false,
            "there is no such host name",
            format!("The DNS says that {host} does not exist."),
            &[
                "Check Host SMTP for a mistyped letter.",
                "If the name exists only inside your network, let Posthouse use its DNS.",
            ],
        ),
        FailureKind::NoAddress => explained(
            Network,
            false,
            "the host name has no address",
            format!("{host} exists, but has neither an IPv4 nor an IPv6 address."),
            &["A mail domain is not its mail server: enter the server's own name, such as smtp.example.org."],
        ),
        FailureKind::ResolverFailed(words) => explained(
            Network,
            true,
            "the DNS did not answer",
            format!("The resolver gave no answer for {host}: {words}."),
            &["Test again in a minute.", "Check the DNS settings of the machine that runs Posthouse."],
        ),
        FailureKind::ConnectionRefused => explained(
            Network,
            false,
            "nothing listens on that port",
            format!("{at} refused the connection at once."),
            &["Check Port: 587 is usual for TLS, 465 for SSL, 25 for clear text.", "Check that the mail server runs."],
        ),
        FailureKind::Unreachable(words) => explained(
            Network,
            false,
            "there is no way to the server",
            format!("{at} cannot be reached: {words}."),
            &["Check Host SMTP, and the routes and firewall of the machine that runs Posthouse."],
        ),
        FailureKind::TimedOut(limit) => {
            let waited = format!("No answer came from {at} within {} s.", *limit as f64 / 1_000.0);
            match failure.stage {
                Stage::Tcp => explained(
                    Network,
                    false,
                    "no answer in time",
                    waited,
                    &[
                        "A firewall may drop the connection: many clouds block port 25. Try 587 or 465.",
                        "Check Host SMTP and Port.",
                    ],
                ),
                Stage::Greeting if test.security != ConnectionSecurity::ImplicitTls => explained(
                    Network,
                    false,
                    "connected, then silence",
                    waited,
                    &["The server may be slow on purpose (a tarpit): test again in a minute."],
                ),
                _ => explained(
                    Network,
                    true,
                    "no answer in time",
                    waited,
                    &["Test again in a minute.", "If it stays so, the server's administrator can see why it is slow."],
                ),
            }
        }
        FailureKind::Closed => explained(
            Server,
            true,
            "the server ended the connection",
            format!("{at} closed the connection without an answer."),
            &["Test again in a minute.", "The server may refuse this machine's address: ask its administrator."],
        ),
        FailureKind::Broken(words) => explained(
            Network,
            true,
            "the connection broke",
            format!("The connection to {at} broke: {words}."),
            &["Test again in a minute."],
        ),
        FailureKind::NotSmtp(first) => explained(
            Posthouse,
            false,
            "this is not a mail server's port",
            format!("{at} answered with something other than SMTP: {first}"),
            &["Check Port: another service listens there."],
        ),
        FailureKind::LineTooLong(octets) => explained(
            Posthouse,
            false,
            "the server sent a line without end",
            format!(
                "A line of more than {octets} octets came from {at}; SMTP allows 512 (RFC 5321, section 4.5.3.1.5)."
            ),
            &["Check Host SMTP and Port: this may not be a mail server."],
        ),
        FailureKind::ReplyTooLong(lines) => explained(
            Posthouse,
            false,
            "the server's reply does not end",
            format!("A reply of more than {lines} lines came from {at}."),
            &["Check Host SMTP and Port: this may not be a mail server."],
        ),
        FailureKind::UnexpectedReply => explained(
            Server,
            false,
            "an answer that SMTP does not know here",
            format!("{at} answered: {}", words(failure.reply.as_ref())),
            &["Check Host SMTP and Port.", "The server's administrator can say what the answer means."],
        ),
        FailureKind::StartTlsNotOffered => explained(
            Posthouse,
            false,
            "the server does not offer STARTTLS here",
            format!("{at} does not offer STARTTLS. Posthouse broke off rather than go on in clear text."),
            &["Something in between may take the offer out: ask the network's administrator."],
        ),
        FailureKind::BytesAfterStartTls => explained(
            Posthouse,
            false,
            "something was slipped in before the encryption",
            format!(
                "Bytes in clear text came from {at} behind its answer to STARTTLS. That is how commands are injected; Posthouse broke off."
            ),
            &["Choose SSL on port 465 meanwhile.", "Tell the server's administrator: this needs mending."],
        ),
        FailureKind::ClientCertificateWanted(words) => explained(
            Server,
            false,
            "the server wants a certificate from us",
            format!("{at} takes only clients that show a certificate of their own: {words}."),
            &[
                "Posthouse has no client certificates. Use a server, or a port of it, that takes a user name and a password.",
            ],
        ),
        FailureKind::TlsFailed(words) => explained(
            Posthouse,
            false,
            "no encrypted connection could be agreed on",
            format!("The TLS handshake with {at} failed: {words}."),
            &["The server may know only TLS versions before 1.2: its administrator can bring it up to date."],
        ),
        FailureKind::TlsNotSpoken => explained(
            Posthouse,
            false,
            "the port speaks clear text",
            format!("{at} does not speak TLS from the first byte."),
            &["Check Port: SSL is usual on 465."],
        ),
        FailureKind::SmtpUtf8NotOffered => explained(
            Posthouse,
            false,
            "the server takes only ASCII addresses",
            format!("An address has letters beyond ASCII, and {at} does not offer SMTPUTF8 (RFC 6531)."),
            &["Use an address of ASCII letters, or another server."],
        ),
        FailureKind::TooLarge { message, limit } => explained(
            Server,
            false,
            "the message is larger than the server takes",
            format!("The message has {message} octets; {at} takes at most {limit}."),
            &["Shorten the message or its footer."],
        ),
        FailureKind::MechanismNotOffered { wanted, offered } => {
            let offers = match offered.is_empty() {
                true => format!("{at} offers no sign-in"),
                false => format!("{at} offers {}", offered.join(", ")),
            };
            let wants = wanted.map_or("a mechanism that Posthouse knows", |mechanism| mechanism.name());
            explained(
                Posthouse,
                false,
                if offered.is_empty() {
                    "the server offers no sign-in"
                } else {
                    "the server does not offer this mechanism"
                },
                format!("{offers}; the account wants {wants}."),
                match (offered.is_empty(), wanted) {
                    (true, _) if test.security == ConnectionSecurity::None => {
                        &["Answer Yes to Use safe connection?: many servers offer a sign-in only with TLS."]
                    }
                    (true, _) => &[
                        "Check Port: sign-ins are usual on 587 and 465, not on 25.",
                        "Answer No to User authentication, if the server takes mail without it.",
                    ],
                    (false, Some(_)) => &["Under Mechanism, choose the strongest that the server offers."],
                    (false, None) => {
                        &["Ask the server's administrator to offer PLAIN, LOGIN, CRAM-MD5 or SCRAM-SHA-256."]
                    }
                },
            )
        }
        FailureKind::Cancelled => explained(
            Posthouse,
            true,
            "it was cancelled",
            "Somebody broke the test off. No message was sent.".to_owned(),
            &["Test again."],
        ),
        FailureKind::ClearTextSignIn => explained(
            Posthouse,
            false,
            "the password would travel in clear text",
            format!(
                "{at} takes only PLAIN or LOGIN, and the connection is not encrypted. Posthouse kept the password back."
            ),
            &[
                "Answer Yes to Use safe connection?.",
                "Or allow PLAIN and LOGIN in clear text for this credential, if nobody can listen in between.",
            ],
        ),
        FailureKind::ServerNotProven => explained(
            Posthouse,
            false,
            "the server did not prove that it knows the password",
            format!("{at} took the sign-in without the proof that SCRAM asks for: it may be another server."),
            &["Check Host SMTP, and who stands in between.", "Nothing was sent; the password was not shown."],
        ),
        FailureKind::ChallengeBad(what) => explained(
            Posthouse,
            false,
            "the server's part of the sign-in makes no sense",
            format!("{at} answered the sign-in with something that Posthouse does not take: {what}."),
            &["Choose another mechanism for the account.", "The server's administrator can say what is wrong."],
        ),
        // These come from a connector, and have been explained above.
        FailureKind::ProxyRefused { words, .. }
        | FailureKind::ProxySignInWanted(words)
        | FailureKind::ProxySignInRefused(words) => {
            explained(Network, false, "the proxy refused", format!("The proxy answered: {words}"), &[])
        }
        FailureKind::NotAProxy(_) => {
            explained(Network, false, "the proxy refused", "It does not answer as a proxy.".to_owned(), &[])
        }
        // The server's own no is explained by `refused`, what is wrong with a certificate by `certificate`.
        FailureKind::CertificateExpired
        | FailureKind::CertificateNotYetValid
        | FailureKind::CertificateWrongName(_)
        | FailureKind::CertificateUnknownIssuer
        | FailureKind::CertificateBad(_)
        | FailureKind::CertificateChanged { .. }
        | FailureKind::Refused => explained(Server, false, "the server refused", String::new(), &[]),
    }
}

fn words(reply: Option<&Reply>) -> String {
    reply.map_or_else(|| "nothing".to_owned(), |reply| format!("“{reply}”"))
}

/// The name of a cause that is told by its type alone.
fn key(kind: &FailureKind) -> &'static str {
    match kind {
        FailureKind::Settings(_) => "settings",
        FailureKind::NoSuchName => "no-such-name",
        FailureKind::NoAddress => "no-address",
        FailureKind::ResolverFailed(_) => "dns-silent",
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
        FailureKind::TlsFailed(_) => "handshake",
        FailureKind::ClientCertificateWanted(_) => "client-certificate",
        FailureKind::TlsNotSpoken => "clear-text-port",
        FailureKind::CertificateExpired => "certificate-expired",
        FailureKind::CertificateNotYetValid => "certificate-not-yet-valid",
        FailureKind::CertificateWrongName(_) => "certificate-wrong-name",
        FailureKind::CertificateUnknownIssuer => "certificate-unknown-issuer",
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
