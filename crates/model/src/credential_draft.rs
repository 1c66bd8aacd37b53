//! The form "Credential" as it was typed, and its rules.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::address::control;
use crate::problem::Answer;
use crate::secret::check_secret;
use crate::{
    ConnectorId, ConnectorRoute, Credential, Destinations, Difference, FieldErrors, Fingerprint, Host, Pasted,
    PastedAnswer, Port, RecordName, YesNo,
};

/// The form "Credential" as it was typed, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialDraft {
    /// "Credential name".
    #[serde(default)]
    pub name: String,
    /// "User name", as the mail server knows it.
    #[serde(default)]
    pub user_name: String,
    /// Separated by spaces, commas or line ends.
    #[serde(default)]
    pub hosts: String,
    /// Separated in the same way.
    #[serde(default)]
    pub ports: String,
    /// It may be used without a network connector.
    #[serde(default)]
    pub direct: YesNo,
    /// The connectors that it may be used through.
    #[serde(default)]
    pub connectors: Vec<ConnectorId>,
    /// "Only over verified TLS".
    #[serde(default = "YesNo::yes")]
    pub verified_only: YesNo,
    /// PLAIN and LOGIN may be used without TLS.
    #[serde(default)]
    pub plain_in_clear: YesNo,
    /// SHA-256 fingerprints, a line each.
    #[serde(default)]
    pub certificates: String,
    /// What becomes of characters that were pasted along with the user name or the secret.
    #[serde(default)]
    pub pasted: PastedAnswer,
}

impl Default for CredentialDraft {
    fn default() -> Self {
        Self {
            name: String::new(),
            user_name: String::new(),
            hosts: String::new(),
            ports: String::new(),
            direct: YesNo::Yes,
            connectors: Vec::new(),
            verified_only: YesNo::Yes,
            plain_in_clear: YesNo::No,
            certificates: String::new(),
            pasted: PastedAnswer::Ask,
        }
    }
}

/// The longest user name, in characters.
pub const USER_NAME_CHARACTERS: usize = 255;
/// The most hosts, ports or certificates that a credential names.
pub const NAMED_AT_MOST: usize = 100;

impl CredentialDraft {
    /// The fields that can be wrong, with those of the secret, in the order of the form.
    pub const FIELDS: [&str; 8] =
        ["name", "user_name", "secret", Self::PASTED, "reference", "hosts", "ports", "certificates"];
    /// Where a form asks what becomes of characters that were pasted along.
    pub const PASTED: &str = "pasted";

    /// All rules of the form that need no other record; in the browser and on the server alike. `routes` are those of
    /// the connectors that there are: what was chosen and is not among them is left out.
    pub fn parse(&self, routes: &[ConnectorRoute]) -> Result<Credential, FieldErrors> {
        let Self {
            name,
            user_name,
            hosts,
            ports,
            direct,
            connectors,
            verified_only,
            plain_in_clear,
            certificates,
            pasted,
        } = self;
        let mut errors = FieldErrors::default();
        let name = errors.take("name", RecordName::parse_as("credential name", name));
        let cleaned = errors.take(Self::PASTED, pasted.applied(Pasted::UserName, user_name.trim()));
        let user_name = cleaned.and_then(|user_name| errors.take("user_name", parse_user_name(&user_name)));
        let hosts = errors.take("hosts", each(hosts, "hosts", Host::parse));
        let port = |typed: &str| Port::parse(typed).map(|port| port.map(Port::get).unwrap_or_default());
        let ports = errors.take("ports", each(ports, "ports", port));
        let certificates = errors.take("certificates", each_line(certificates, "certificates", Fingerprint::parse));
        let (Some(name), Some(user_name), Some(hosts), Some(ports), Some(certificates)) =
            (name, user_name, hosts, ports, certificates)
        else {
            return Err(errors);
        };
        let verified_only = verified_only.is_yes();
        let destinations = Destinations {
            hosts,
            ports,
            direct: direct.is_yes(),
            connectors: routes.iter().filter(|route| connectors.contains(&route.id)).cloned().collect(),
            verified_only,
            plain_in_clear: !verified_only && plain_in_clear.is_yes(),
            certificates,
        };
        Ok(Credential { name, user_name, destinations: destinations.in_order() })
    }

    /// The secret as it is to be sealed: what was typed, without what was pasted along and is to be taken out.
    pub fn secret<'a>(&self, typed: &'a str) -> Result<Cow<'a, str>, FieldErrors> {
        let secret = self.pasted.applied(Pasted::Secret, typed);
        let secret = secret.map_err(|why| FieldErrors::one(Self::PASTED, why))?;
        check_secret(&secret).map_err(|why| FieldErrors::one("secret", why))?;
        Ok(secret)
    }

    /// The fields whose answers differ: for a form that went stale.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        crate::problem::differing(self.answers(), other.answers())
    }

    fn answers(&self) -> [Answer; 9] {
        let Self {
            name,
            user_name,
            hosts,
            ports,
            direct,
            connectors,
            verified_only,
            plain_in_clear,
            certificates,
            pasted: _,
        } = self.clone();
        let ids = connectors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        [
            ("name", "Credential name", name),
            ("user_name", "User name", user_name),
            ("hosts", "Hosts", hosts),
            ("ports", "Ports", ports),
            ("direct", "Without a network connector", direct.label().to_owned()),
            ("connectors", "Network connectors", ids),
            ("verified_only", "Only over verified TLS", verified_only.label().to_owned()),
            ("plain_in_clear", "Allow PLAIN and LOGIN in clear text", plain_in_clear.label().to_owned()),
            ("certificates", "Own certificates", certificates),
        ]
    }
}

fn parse_user_name(typed: &str) -> Result<String, String> {
    let text = typed.trim();
    if let Some(what) = control(text) {
        return Err(format!("User name holds {what}. Take it out."));
    }
    match text.chars().count() {
        0 => Err("Enter the user name to sign in with.".to_owned()),
        n if n > USER_NAME_CHARACTERS => {
            Err(format!("User name has {n} characters. Use at most {USER_NAME_CHARACTERS}."))
        }
        _ => Ok(text.to_owned()),
    }
}

/// Each of the values that stand between spaces, commas and line ends.
fn each<T>(typed: &str, what: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    let parts = typed.split(|c: char| c.is_whitespace() || c == ',' || c == ';').filter(|part| !part.is_empty());
    all(parts, what, parse)
}

/// Each of the values that stand on a line of their own.
fn each_line<T>(typed: &str, what: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    all(typed.lines().map(str::trim).filter(|line| !line.is_empty()), what, parse)
}

fn all<'a, T>(
    parts: impl Iterator<Item = &'a str>,
    what: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let values = parts.map(parse).collect::<Result<Vec<_>, _>>()?;
    match values.len() {
        n if n > NAMED_AT_MOST => Err(format!("A credential names at most {NAMED_AT_MOST} {what}; these are {n}.")),
        _ => Ok(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> CredentialDraft {
        CredentialDraft {
            name: "Relay".to_owned(),
            user_name: "NORDHAVN\\relay".to_owned(),
            hosts: "smtp.nordhavn.example, 10.0.0.25\nSMTP.nordhavn.example".to_owned(),
            ports: "587 465".to_owned(),
            ..CredentialDraft::default()
        }
    }

    #[test]
    fn hosts_and_ports_are_lists_in_order_without_doubles() {
        let credential = draft().parse(&[]).expect("the draft keeps the rules");
        let hosts: Vec<_> = credential.destinations.hosts.iter().map(Host::as_str).collect();
        assert_eq!(hosts, ["10.0.0.25", "smtp.nordhavn.example"]);
        assert_eq!(credential.destinations.ports, [465, 587]);
        assert_eq!(credential.user_name, "NORDHAVN\\relay");
    }

    #[test]
    fn each_answer_that_is_wrong_is_named() {
        let wrong = CredentialDraft {
            name: " ".to_owned(),
            user_name: "a\0b".to_owned(),
            hosts: "https://a.example".to_owned(),
            ports: "587, 70000".to_owned(),
            certificates: "12:34".to_owned(),
            ..CredentialDraft::default()
        };
        let errors = wrong.parse(&[]).expect_err("nothing of it is right");
        let fields: Vec<_> = errors.0.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["name", "user_name", "hosts", "ports", "certificates"]);
    }

    #[test]
    fn clear_text_is_allowed_only_where_tls_need_not_be_verified() {
        let draft = CredentialDraft { plain_in_clear: YesNo::Yes, ..draft() };
        assert!(!draft.parse(&[]).expect("it keeps the rules").destinations.plain_in_clear);
        let draft = CredentialDraft { verified_only: YesNo::No, ..draft };
        assert!(draft.parse(&[]).expect("it keeps the rules").destinations.plain_in_clear);
    }

    #[test]
    fn what_was_pasted_along_is_asked_for_and_then_taken_out_or_kept() {
        let typed = "\u{A0}hunter2";
        let with = |pasted| CredentialDraft { user_name: "relay\u{200B}".to_owned(), pasted, ..draft() };
        let asked = with(PastedAnswer::Ask);
        let errors = asked.parse(&[]).expect_err("nothing was answered");
        assert_eq!(errors.get("pasted").map(|said| said.contains("ends with a zero-width space")), Some(true));
        let errors = asked.secret(typed).expect_err("nothing was answered");
        assert_eq!(errors.get("pasted").map(|said| said.contains("begins with a no-break space")), Some(true));
        for (pasted, user_name, secret) in
            [(PastedAnswer::TakeOut, "relay", "hunter2"), (PastedAnswer::Keep, "relay\u{200B}", typed)]
        {
            let answered = with(pasted);
            assert_eq!(answered.parse(&[]).map(|credential| credential.user_name).as_deref(), Ok(user_name));
            assert_eq!(answered.secret(typed).as_deref(), Ok(secret));
        }
        // A line break is no part of any secret, and nothing is left of a blank.
        for (pasted, typed) in [(PastedAnswer::Keep, "a\nb"), (PastedAnswer::TakeOut, " "), (PastedAnswer::Ask, "")] {
            let errors = with(pasted).secret(typed).expect_err("it is no secret");
            assert!(errors.get("secret").is_some(), "{errors:?}");
        }
    }
}
