//! What a failed test send means: the cause in one sentence, who found it, whether it lasts, and what to do, in order.

use serde::{Deserialize, Serialize};

use crate::text::capitalized;
use crate::{AccountDraft, ConnectionSecurity, MechanismChoice, TlsType, TrustKind, YesNo};

/// Who said that it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// The mail server, by its reply.
    Server,
    /// Of a network connector.
    Proxy,
    /// Posthouse, before or instead of asking the server.
    Posthouse,
    /// The network between the two, or the DNS.
    Network,
}

impl FoundBy {
    /// As the report shows it, at the beginning of a line.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Server => "The mail server",
            Self::Proxy => "The proxy",
            Self::Posthouse => "Posthouse, by its own rules",
            Self::Network => "The network",
        }
    }
}

/// A failure, explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The cause's name, for scripts: "wrong-password".
    pub key: String,
    /// Follows "Failed at TLS: ".
    pub cause: String,
    /// The cause in one sentence, with what was observed.
    pub explanation: String,
    /// Who said that it failed.
    pub found_by: FoundBy,
    /// It may pass by itself.
    pub temporary: bool,
    /// What to do, in order.
    pub fixes: Vec<Fix>,
    /// Where the cause is not known for certain: what usually causes it, the likeliest first. Empty where `cause` names
    /// it.
    #[serde(default)]
    pub possibilities: Vec<Possibility>,
    /// Whose server it is, where that is known.
    pub provider: Option<ProviderFacts>,
    /// What of the server's certificate can be trusted so that the next test gets further.
    #[serde(default)]
    pub trust: TrustOffer,
}

/// What is offered to be trusted, for one account alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TrustOffer {
    /// It would not help, or it would hand the mail to whoever opens the connection.
    #[default]
    Nothing,
    /// It is refused for its names, dates or form, which no CA mends.
    Certificate,
    /// The certificate, or the CA that issued it.
    CertificateOrCa,
}

impl TrustOffer {
    /// Whether this is offered.
    pub fn includes(self, what: TrustKind) -> bool {
        match what {
            TrustKind::Machine => false,
            TrustKind::Certificate => self != Self::Nothing,
            TrustKind::Ca => self == Self::CertificateOrCa,
        }
    }
}

impl Diagnosis {
    /// Everything that is offered to be done, in the order of its numbers: the fixes, then the first step for each
    /// possible cause.
    pub fn offers(&self) -> impl Iterator<Item = &Fix> {
        self.fixes.iter().chain(self.possibilities.iter().map(|possibility| &possibility.fix))
    }
}

/// What may have caused a failure, where nothing settles it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Possibility {
    /// The cause's name, for scripts: "relay-denied".
    pub key: String,
    /// As `Diagnosis::cause`.
    pub cause: String,
    /// One sentence: what of the reply speaks for it.
    pub evidence: String,
    /// What to do first if this is it.
    pub fix: Fix,
}

impl Possibility {
    /// The cause as a sentence, with what speaks for it.
    pub fn in_words(&self) -> String {
        format!("{}. {}", capitalized(&self.cause), self.evidence)
    }

    /// Possible causes as plain text, each on a line of its own that follows a line's end; nothing where there is none.
    pub fn list(possibilities: &[Self]) -> String {
        let lines = possibilities.iter().map(|one| format!("\n- {} {}", one.in_words(), one.fix.text));
        let heading = if possibilities.is_empty() { "" } else { "\nPossible causes:" };
        std::iter::once(heading.to_owned()).chain(lines).collect()
    }
}

/// Something to do about a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// One or two sentences.
    pub text: String,
    /// Where the account's form itself can do it.
    pub remedy: Option<Remedy>,
}

impl From<&str> for Fix {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), remedy: None }
    }
}

/// What is known of a provider that bears on a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderFacts {
    /// The provider's name: "Gmail".
    pub name: String,
    /// Sentences, each with the address of its source.
    pub facts: Vec<(String, String)>,
}

/// What one press does: a change of the account's form, or the same test at another time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Remedy {
    /// Another host.
    Host(String),
    /// Another port.
    Port(u16),
    /// How the way is protected; without a port the usual one of it.
    Secure(ConnectionSecurity, Option<u16>),
    /// Another server, how the way to it is protected, and its port.
    Server(String, ConnectionSecurity, u16),
    /// The strongest mechanism that the server offers, in place of a fixed one.
    StrongestMechanism,
    /// No sign-in.
    NoSignIn,
    /// The same again, in so many minutes, by itself.
    Later(u32),
}

impl Remedy {
    /// Makes the change.
    pub fn apply(&self, draft: &mut AccountDraft) {
        match self {
            Self::Host(host) => draft.host.clone_from(host),
            Self::Port(port) => draft.port = port.to_string(),
            Self::Server(host, security, port) => {
                draft.host.clone_from(host);
                Self::Secure(*security, Some(*port)).apply(draft);
            }
            Self::Secure(security, port) => {
                draft.safe_connection = YesNo::from(*security != ConnectionSecurity::None);
                draft.tls_type = if *security == ConnectionSecurity::ImplicitTls { TlsType::Ssl } else { TlsType::Tls };
                draft.port = port.map(|port| port.to_string()).unwrap_or_default();
            }
            Self::StrongestMechanism => draft.mechanism = MechanismChoice::Auto,
            Self::NoSignIn => draft.authentication = YesNo::No,
            // Nothing is wrong with the answers.
            Self::Later(_) => {}
        }
    }

    /// The words on its button: "Use STARTTLS on port 587 and test again".
    pub fn label(&self) -> String {
        let what = match self {
            Self::Host(host) => format!("Use {host}"),
            Self::Port(port) => format!("Use port {port}"),
            Self::Server(host, _, port) => format!("Use {host} on port {port}"),
            Self::Secure(security, port) => {
                format!("Use {} on port {}", security.term(), port.unwrap_or(security.usual_port()))
            }
            Self::StrongestMechanism => "Use the strongest mechanism that is offered".to_owned(),
            Self::NoSignIn => "Send without a sign-in".to_owned(),
            Self::Later(1) => return "Test again in 1 minute, by itself".to_owned(),
            Self::Later(minutes) => return format!("Test again in {minutes} minutes, by itself"),
        };
        format!("{what} and test again")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnosis_that_was_kept_without_possible_causes_is_read() {
        let kept = r#"{"key": "unknown", "cause": "c", "explanation": "e", "found_by": "server", "temporary": false,
            "fixes": [{"text": "first", "remedy": null}], "provider": null}"#;
        let mut read: Diagnosis = serde_json::from_str(kept).expect("it is read");
        assert_eq!(read.possibilities, []);
        let fix = Fix::from("second");
        let (key, evidence) = ("busy".to_owned(), "The code 421 at MAIL speaks for it.".to_owned());
        read.possibilities.push(Possibility { key, cause: "the server is too busy".to_owned(), evidence, fix });
        let offers: Vec<&str> = read.offers().map(|fix| fix.text.as_str()).collect();
        assert_eq!(offers, ["first", "second"]);
        let words = "\nPossible causes:\n- The server is too busy. The code 421 at MAIL speaks for it. second";
        assert_eq!(Possibility::list(&read.possibilities), words);
        assert_eq!(Possibility::list(&[]), "");
    }
}
