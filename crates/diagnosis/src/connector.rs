//! What it means when a way ends at its network connector.

use model::{Diagnosis, Failure, FailureKind, FoundBy, ProxyAnswer};

use super::key;

/// A way that ended at its network connector. `proxy` is its name and address.
pub fn of_connector(proxy: &str, failure: &Failure) -> Diagnosis {
    use FailureKind as Kind;
    use FoundBy::{Network, Posthouse, Proxy};
    const CHECK: &str = "Check the connector's proxy host, port and kind.";
    let (found_by, temporary, cause, explanation, fixes): (_, _, &str, String, &[&str]) = match &failure.kind {
        Kind::NoSuchName => (
            Network,
            false,
            "the proxy's name does not exist",
            format!("The DNS knows no address of {proxy}."),
            &[CHECK],
        ),
        Kind::NoAddress => {
            (Network, false, "the proxy's name has no address", format!("{proxy} has no address."), &[CHECK])
        }
        Kind::ConnectionRefused => (
            Network,
            false,
            "nothing listens where the proxy should",
            format!("{proxy} refused the connection at once."),
            &[CHECK, "Check that the proxy runs."],
        ),
        Kind::TimedOut(limit) => (
            Network,
            true,
            "the proxy does not answer",
            format!("No answer came from {proxy} within {} s.", *limit as f64 / 1_000.0),
            &["Check that the proxy runs, and that a firewall lets this machine reach it.", CHECK],
        ),
        Kind::Closed => (
            Proxy,
            true,
            "the proxy ended the connection",
            format!("{proxy} closed the connection without an answer."),
            &[CHECK, "The proxy may not let this machine in: ask its administrator."],
        ),
        Kind::NotAProxy(_) => (
            Posthouse,
            false,
            "this is not a proxy of this kind",
            format!("{proxy} does not answer as a proxy of the connector's kind."),
            &[CHECK],
        ),
        Kind::ProxySignInWanted(words) => (
            Proxy,
            false,
            "the proxy wants a sign-in",
            format!("{proxy} answered: {words}"),
            &["Answer Yes to Proxy authentication in the connector, and choose a credential for it."],
        ),
        Kind::ProxySignInRefused(words) => (
            Proxy,
            false,
            "the proxy does not take the sign-in",
            format!("{proxy} answered: {words}"),
            &["Check the user name and the secret of the connector's credential."],
        ),
        Kind::ProxyRefused { answer, words } => {
            let (cause, temporary, fixes): (&str, bool, &[&str]) = match answer {
                ProxyAnswer::Socks(2) | ProxyAnswer::Http(403 | 405) => (
                    "the proxy's rules do not allow this",
                    false,
                    &[
                        "Ask the proxy's administrator to allow this host and port. Many allow only 443.",
                        "Where its rules go by name, an administrator can answer Yes to “Resolves names itself” in the connector.",
                    ],
                ),
                ProxyAnswer::Socks(3) => {
                    ("the proxy has no way to that network", true, &["Ask the proxy's administrator about its routes."])
                }
                ProxyAnswer::Socks(4) | ProxyAnswer::Http(502 | 503) => (
                    "the proxy cannot reach the mail server",
                    true,
                    &[
                        "Check Host SMTP, and whether the proxy knows it.",
                        "Ask the proxy's administrator whether it can reach it.",
                    ],
                ),
                ProxyAnswer::Socks(5) => {
                    ("nothing listens on that port of the mail server", false, &["Check Host SMTP and Port."])
                }
                ProxyAnswer::Socks(6) | ProxyAnswer::Http(504) => (
                    "the mail server does not answer the proxy",
                    true,
                    &["Check Host SMTP and Port.", "Test again in a minute."],
                ),
                ProxyAnswer::Socks(7 | 8) => ("the proxy does not know this kind of request", false, &[CHECK]),
                _ => (
                    "the proxy refused",
                    false,
                    &["Its own words stand here; its administrator can say what they mean."],
                ),
            };
            (Proxy, temporary, cause, format!("{proxy} answered: {words}"), fixes)
        }
        other => (
            Network,
            true,
            "the way through the proxy broke",
            match other {
                Kind::Unreachable(words) | Kind::ResolverFailed(words) | Kind::Broken(words) => {
                    format!("{proxy} cannot be used: {words}.")
                }
                _ => format!("{proxy} cannot be used."),
            },
            &[CHECK],
        ),
    };
    Diagnosis {
        key: key(&failure.kind).to_owned(),
        cause: cause.to_owned(),
        explanation,
        found_by,
        temporary,
        fixes: fixes.iter().map(|&fix| fix.into()).collect(),
        provider: None,
    }
}

/// What to do where the name may be one that the proxy alone knows.
pub(super) const RESOLVES_NAMES: &str =
    "If only the proxy knows the name, an administrator can answer Yes to “Resolves names itself” in the connector.";

/// A host that was to be reached through a connector, and whose name leads to no address.
pub fn of_host(host: &str, failure: &Failure) -> Diagnosis {
    use FailureKind as Kind;
    const CHECK: &str = "Check Host to reach for a mistyped letter.";
    let (temporary, cause, explanation, fixes): (_, &str, String, &[&str]) = match &failure.kind {
        Kind::NoSuchName => (
            false,
            "there is no such host name",
            format!("The DNS says that {host} does not exist. The proxy was not asked."),
            &[CHECK, RESOLVES_NAMES],
        ),
        Kind::NoAddress => (
            false,
            "the host name has no address",
            format!("{host} exists, but has neither an IPv4 nor an IPv6 address. The proxy was not asked."),
            &[CHECK, RESOLVES_NAMES],
        ),
        Kind::ResolverFailed(words) | Kind::Settings(words) => (
            true,
            "the DNS did not answer",
            format!("The resolver gave no answer for {host}: {words}. The proxy was not asked."),
            &["Check again in a minute.", "Check the DNS settings of the machine that runs Posthouse.", RESOLVES_NAMES],
        ),
        _ => (
            true,
            "the DNS did not answer",
            format!("The resolver gave no answer for {host}. The proxy was not asked."),
            &["Check again in a minute.", "Check the DNS settings of the machine that runs Posthouse.", RESOLVES_NAMES],
        ),
    };
    Diagnosis {
        key: key(&failure.kind).to_owned(),
        cause: cause.to_owned(),
        explanation,
        found_by: FoundBy::Network,
        temporary,
        fixes: fixes.iter().map(|&fix| fix.into()).collect(),
        provider: None,
    }
}
