//! Fills in the texts of `knowledge/observations.toml`.

use model::{Diagnosis, Failure, FailureKind, Fix, FoundBy, Reply, TrustOffer};

use super::observations::{Observation, Observer, split};

/// A placeholder's name, and what stands for it.
pub type Value = (&'static str, String);

impl Observation {
    /// The diagnosis that the texts make with these values.
    pub fn diagnosis(&self, key: &str, values: &[Value]) -> Diagnosis {
        let Self { cause, explanation, found_by, temporary, fixes } = self;
        Diagnosis {
            key: key.to_owned(),
            cause: fill(cause, values),
            explanation: fill(explanation, values),
            found_by: match found_by {
                Observer::Server => FoundBy::Server,
                Observer::Proxy => FoundBy::Proxy,
                Observer::Posthouse => FoundBy::Posthouse,
                Observer::Network => FoundBy::Network,
            },
            temporary: *temporary,
            fixes: fixes.iter().map(|fix| Fix { text: fill(fix, values), remedy: None }).collect(),
            possibilities: Vec::new(),
            provider: None,
            trust: TrustOffer::Nothing,
        }
    }
}

/// The text with its values. They are not searched for placeholders: some are a server's own words.
pub fn fill(text: &str, values: &[Value]) -> String {
    let (before, placeholders) = split(text);
    let mut filled = before.to_owned();
    for (placeholder, behind) in placeholders {
        let value = values.iter().find(|(name, _)| *name == placeholder);
        filled.push_str(value.map_or(placeholder, |(_, value)| value));
        filled.push_str(behind);
    }
    filled
}

/// What a failure itself gives for the placeholders.
pub fn values(failure: &Failure) -> Vec<Value> {
    use FailureKind as Kind;
    match &failure.kind {
        Kind::Settings(detail)
        | Kind::ResolverFailed(detail)
        | Kind::Unreachable(detail)
        | Kind::Broken(detail)
        | Kind::NotSmtp(detail)
        | Kind::TlsFailed(detail)
        | Kind::Handshake { words: detail, fault: _ }
        | Kind::ClientCertificateWanted(detail)
        | Kind::CertificateBad(detail)
        | Kind::ChallengeBad(detail)
        | Kind::ProxyRefused { words: detail, answer: _ }
        | Kind::ProxySignInWanted(detail)
        | Kind::ProxySignInRefused(detail) => vec![("detail", detail.clone())],
        Kind::ResolverSilent(servers) => {
            vec![("servers", servers.clone()), ("detail", format!("no answer from {servers}"))]
        }
        Kind::ResolverServFail(servers) => {
            vec![("servers", servers.clone()), ("detail", format!("SERVFAIL from {servers}"))]
        }
        Kind::ResolverRefused(servers) => {
            vec![("servers", servers.clone()), ("detail", format!("REFUSED by {servers}"))]
        }
        Kind::TimedOut(milliseconds) => vec![("seconds", (*milliseconds as f64 / 1_000.0).to_string())],
        Kind::LineTooLong(octets) => vec![("octets", octets.to_string())],
        Kind::ReplyTooLong(lines) => vec![("lines", lines.to_string())],
        Kind::TooLarge { message, limit } => vec![("message", message.to_string()), ("limit", limit.to_string())],
        Kind::CertificateChanged { trusted, shown } => {
            vec![("trusted", trusted.to_string()), ("shown", shown.to_string())]
        }
        Kind::MechanismNotOffered { wanted, offered } => {
            let wanted = wanted.map_or("a mechanism that Posthouse knows", |mechanism| mechanism.name());
            vec![("wanted", wanted.to_owned()), ("offered", offered.join(", "))]
        }
        Kind::UnexpectedReply | Kind::Refused => vec![("reply", quoted(failure.reply.as_ref()))],
        Kind::NoSuchName
        | Kind::NoAddress
        | Kind::ConnectionRefused
        | Kind::Closed
        | Kind::StartTlsNotOffered
        | Kind::BytesAfterStartTls
        | Kind::TlsFromFirstByte
        | Kind::TlsNotSpoken
        | Kind::CertificateExpired
        | Kind::CertificateNotYetValid
        | Kind::CertificateWrongName(_)
        | Kind::CertificateUnknownIssuer
        | Kind::CertificateVersion
        | Kind::CertificateOfCa
        | Kind::ClearTextSignIn
        | Kind::ServerNotProven
        | Kind::NotAProxy(_)
        | Kind::SmtpUtf8NotOffered
        | Kind::Cancelled => Vec::new(),
    }
}

/// A reply in quotation marks.
pub fn quoted(reply: Option<&Reply>) -> String {
    reply.map_or_else(|| "nothing".to_owned(), |reply| format!("“{reply}”"))
}

#[cfg(test)]
mod tests {
    use super::super::KNOWN;
    use super::*;

    #[test]
    fn placeholders_are_filled_in_and_values_are_left_as_they_are() {
        let check = |text: &str, expected: &str| {
            let values = [("host", "mx.example".to_owned()), ("detail", "{host} {".to_owned())];
            assert_eq!(fill(text, &values), expected, "{text}");
        };
        check("", "");
        check("no placeholder", "no placeholder");
        check("{host}", "mx.example");
        check("{host} says: {detail}.", "mx.example says: {host} {.");
        check("{host}{host}", "mx.examplemx.example");
    }

    /// No entry is left over: `tests/observations` shows each of its texts.
    #[test]
    fn each_text_is_shown_in_a_case() {
        let cases = include_str!("../tests/observations/expected.txt");
        let texts = &KNOWN.observations;
        let entries = texts.server.into_iter().chain(&texts.proxy).chain(&texts.host_behind_proxy);
        for (name, texts, _) in entries.chain(&texts.reply).chain(&texts.fix) {
            for text in texts {
                assert!(!text.is_empty() && cases.lines().any(|line| shows(line, text)), "{name}: {text}");
            }
        }
    }

    /// Whether the text stands in the line, with anything in place of its placeholders.
    fn shows(line: &str, text: &str) -> bool {
        let (before, placeholders) = split(text);
        let mut parts = std::iter::once(before).chain(placeholders.map(|(_, behind)| behind));
        parts.try_fold(line, |rest, part| rest.split_once(part).map(|(_, rest)| rest)).is_some()
    }
}
