//! One SMTP account as it was typed, and the rules that make an [`Account`] of it.

use serde::{Deserialize, Serialize};

use crate::connector::{chosen_connector, chosen_credential};
use crate::{
    Account, AccountName, CaPem, CertificateCheck, ConnectionSecurity, Difference, EmailAddress, FieldErrors,
    Fingerprint, Host, MechanismChoice, Port, SignIn, TlsType, Trust, TrustKind, YesNo,
};

/// The form "SMTP server settings" as it was typed. A control that is disabled is not sent: each field has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDraft {
    #[serde(default)]
    pub name: String,
    #[serde(default = "YesNo::yes")]
    pub enabled: YesNo,
    #[serde(default)]
    pub default: YesNo,
    #[serde(default)]
    pub sender: String,
    #[serde(default)]
    pub reply: String,
    #[serde(default)]
    pub return_path: String,
    #[serde(default)]
    pub confirmation: String,
    #[serde(default)]
    pub force_settings: YesNo,
    #[serde(default)]
    pub read_receipt: YesNo,
    #[serde(default)]
    pub footer: YesNo,
    #[serde(default)]
    pub host: String,
    #[serde(default)]
    pub port: String,
    #[serde(default = "YesNo::yes")]
    pub safe_connection: YesNo,
    #[serde(default)]
    pub tls_type: TlsType,
    #[serde(default)]
    pub ignore_certificate: YesNo,
    #[serde(default)]
    pub trust: TrustKind,
    /// A SHA-256 fingerprint.
    #[serde(default)]
    pub pin: String,
    /// PEM.
    #[serde(default)]
    pub ca: String,
    #[serde(default = "YesNo::yes")]
    pub authentication: YesNo,
    /// A credential's number; empty for none.
    #[serde(default)]
    pub credential: String,
    #[serde(default)]
    pub mechanism: MechanismChoice,
    #[serde(default)]
    pub use_connector: YesNo,
    /// A connector's number; empty for none.
    #[serde(default)]
    pub connector: String,
}

impl Default for AccountDraft {
    fn default() -> Self {
        Self {
            name: String::new(),
            enabled: YesNo::Yes,
            default: YesNo::No,
            sender: String::new(),
            reply: String::new(),
            return_path: String::new(),
            confirmation: String::new(),
            force_settings: YesNo::No,
            read_receipt: YesNo::No,
            footer: YesNo::No,
            host: String::new(),
            port: String::new(),
            safe_connection: YesNo::Yes,
            tls_type: TlsType::Tls,
            ignore_certificate: YesNo::No,
            trust: TrustKind::Machine,
            pin: String::new(),
            ca: String::new(),
            authentication: YesNo::Yes,
            credential: String::new(),
            mechanism: MechanismChoice::Auto,
            use_connector: YesNo::No,
            connector: String::new(),
        }
    }
}

impl AccountDraft {
    /// The fields that can be wrong, in the order of the form.
    pub const FIELDS: [&str; 13] = [
        "name",
        "enabled",
        "default",
        "sender",
        "reply",
        "return_path",
        "confirmation",
        "host",
        "port",
        "pin",
        "ca",
        "credential",
        "connector",
    ];

    /// All rules of the form that need no other record; in the browser and on the server alike.
    pub fn parse(&self) -> Result<Account, FieldErrors> {
        let Self {
            name,
            enabled,
            default,
            sender,
            reply,
            return_path,
            confirmation,
            force_settings,
            read_receipt,
            footer,
            host,
            port,
            safe_connection: _,
            tls_type: _,
            ignore_certificate: _,
            trust: _,
            pin: _,
            ca: _,
            authentication,
            credential,
            mechanism,
            use_connector,
            connector,
        } = self;
        let mut errors = FieldErrors::default();
        let name = errors.take("name", AccountName::parse(name));
        if default.is_yes() && !enabled.is_yes() {
            errors.push("default", "The default account is enabled. Answer Yes to Enabled, or No here.");
        }
        let sender = errors.take("sender", EmailAddress::parse("Sender e-mail", sender));
        let reply = errors.take("reply", EmailAddress::parse("Reply e-mail", reply));
        let return_path = errors.take("return_path", EmailAddress::parse("Reply e-mail (Return-Path)", return_path));
        let confirmation = errors.take("confirmation", EmailAddress::parse("Confirmation mail", confirmation));
        let host = errors.take("host", Host::parse(host));
        let port = errors.take("port", Port::parse(port));
        let trust = self.trust(&mut errors);
        let sign_in = if authentication.is_yes() {
            errors
                .take("credential", chosen_credential(credential))
                .map(|credential| SignIn { credential, mechanism: mechanism.mechanism() })
        } else {
            None
        };
        let connector =
            if use_connector.is_yes() { errors.take("connector", chosen_connector(connector)) } else { None };
        match (name, sender, reply, return_path, confirmation, host, port) {
            (Some(name), Some(sender), Some(reply), Some(return_path), Some(confirmation), Some(host), Some(port))
                if errors.is_empty() =>
            {
                Ok(Account {
                    name,
                    enabled: enabled.is_yes(),
                    default: default.is_yes(),
                    sender,
                    reply,
                    return_path,
                    confirmation,
                    force_settings: force_settings.is_yes(),
                    read_receipt: read_receipt.is_yes(),
                    footer: footer.is_yes(),
                    host,
                    port,
                    security: self.security(),
                    certificates: self.certificates(),
                    trust,
                    sign_in,
                    connector,
                })
            }
            _ => Err(errors),
        }
    }

    /// The chosen security; the type counts only with a safe connection.
    pub fn security(&self) -> ConnectionSecurity {
        match (self.safe_connection, self.tls_type) {
            (YesNo::No, _) => ConnectionSecurity::None,
            (YesNo::Yes, TlsType::Tls) => ConnectionSecurity::StartTls,
            (YesNo::Yes, TlsType::Ssl) => ConnectionSecurity::ImplicitTls,
        }
    }

    /// Whether certificates are checked; only a safe connection can ignore their errors.
    pub fn certificates(&self) -> CertificateCheck {
        if self.safe_connection.is_yes() && self.ignore_certificate.is_yes() {
            CertificateCheck::Ignore
        } else {
            CertificateCheck::Verify
        }
    }

    /// Whom the account trusts by itself; it counts only where certificates are checked.
    fn trust(&self, errors: &mut FieldErrors) -> Trust {
        let checked = self.safe_connection.is_yes() && self.certificates() == CertificateCheck::Verify;
        let trust = match self.trust {
            TrustKind::Certificate if checked => {
                errors.take("pin", Fingerprint::parse(&self.pin)).map(Trust::Certificate)
            }
            TrustKind::Ca if checked => errors.take("ca", CaPem::parse(&self.ca)).map(Trust::Ca),
            _ => None,
        };
        trust.unwrap_or_default()
    }

    /// The fields whose answers differ: for a form that went stale.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let answers = |draft: &Self| -> [(&'static str, &'static str, String); 23] {
            let Self {
                name,
                enabled,
                default,
                sender,
                reply,
                return_path,
                confirmation,
                force_settings,
                read_receipt,
                footer,
                host,
                port,
                safe_connection,
                tls_type,
                ignore_certificate,
                trust,
                pin,
                ca,
                authentication,
                credential,
                mechanism,
                use_connector,
                connector,
            } = draft.clone();
            let tls_type = match tls_type {
                TlsType::Tls => "TLS",
                TlsType::Ssl => "SSL",
            };
            [
                ("name", "Account name", name),
                ("enabled", "Enabled", enabled.label().to_owned()),
                ("default", "Default account", default.label().to_owned()),
                ("sender", "Sender e-mail", sender),
                ("reply", "Reply e-mail", reply),
                ("return_path", "Reply e-mail (Return-Path)", return_path),
                ("confirmation", "Confirmation mail", confirmation),
                ("force_settings", "Force settings use", force_settings.label().to_owned()),
                ("read_receipt", "Send read receipt", read_receipt.label().to_owned()),
                ("footer", "Enable footnote", footer.label().to_owned()),
                ("host", "Host SMTP", host),
                ("port", "Port", port),
                ("safe_connection", "Use safe connection?", safe_connection.label().to_owned()),
                ("tls_type", "Secure connection type", tls_type.to_owned()),
                ("ignore_certificate", "Ignore certificate error", ignore_certificate.label().to_owned()),
                ("trust", "Trusted certificates", trust.label().to_owned()),
                ("pin", "Certificate's fingerprint", pin),
                ("ca", "CA's certificate", ca),
                ("authentication", "User authentication", authentication.label().to_owned()),
                ("credential", "Credential for authentication", credential),
                ("mechanism", "Mechanism", mechanism.label().to_owned()),
                ("use_connector", "Use network connector", use_connector.label().to_owned()),
                ("connector", "Network connector", connector),
            ]
        };
        crate::problem::differing(answers(self), answers(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConnectorId, CredentialId, Mechanism};

    fn draft() -> AccountDraft {
        AccountDraft {
            name: "Billing".to_owned(),
            sender: "billing@nordhavn.example".to_owned(),
            reply: "billing@nordhavn.example".to_owned(),
            return_path: "bounces@nordhavn.example".to_owned(),
            confirmation: "billing@nordhavn.example".to_owned(),
            host: "smtp.nordhavn.example".to_owned(),
            authentication: YesNo::No,
            ..AccountDraft::default()
        }
    }

    #[test]
    fn an_empty_form_names_every_answer_that_is_missing() {
        let errors = AccountDraft::default().parse().expect_err("nothing was typed");
        let fields: Vec<_> = errors.0.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["name", "sender", "reply", "return_path", "confirmation", "host", "credential"]);
        assert_eq!(errors.summary(), "Not saved: seven answers need a change");
    }

    #[test]
    fn the_port_follows_the_security() {
        let check = |safe_connection, tls_type, typed: &str, port: u16| {
            let draft = AccountDraft { safe_connection, tls_type, port: typed.to_owned(), ..draft() };
            assert_eq!(draft.parse().map(|account| account.port()), Ok(port));
        };
        check(YesNo::Yes, TlsType::Tls, "", 587);
        check(YesNo::Yes, TlsType::Ssl, "", 465);
        check(YesNo::No, TlsType::Ssl, "", 25);
        check(YesNo::Yes, TlsType::Tls, "2525", 2525);
    }

    #[test]
    fn answers_that_do_not_apply_are_ignored() {
        let draft = AccountDraft { safe_connection: YesNo::No, ignore_certificate: YesNo::Yes, ..draft() };
        let account = draft.parse().expect("the draft keeps the rules");
        assert_eq!((account.security, account.certificates), (ConnectionSecurity::None, CertificateCheck::Verify));
    }

    #[test]
    fn what_is_chosen_counts_only_where_it_applies() {
        let check = |draft: AccountDraft, fields: &[&str]| {
            let errors = draft.parse().err().unwrap_or_default();
            assert_eq!(errors.0.iter().map(|error| error.field.as_ref()).collect::<Vec<_>>(), fields);
        };
        let pinned = AccountDraft { trust: TrustKind::Certificate, ..draft() };
        check(pinned.clone(), &["pin"]);
        check(AccountDraft { ignore_certificate: YesNo::Yes, ..pinned.clone() }, &[]);
        check(AccountDraft { safe_connection: YesNo::No, ..pinned.clone() }, &[]);
        check(AccountDraft { pin: "ab".repeat(32), ..pinned }, &[]);
        check(AccountDraft { trust: TrustKind::Ca, ..draft() }, &["ca"]);
        check(
            AccountDraft { authentication: YesNo::Yes, use_connector: YesNo::Yes, ..draft() },
            &["credential", "connector"],
        );
        let chosen = AccountDraft { credential: "3".to_owned(), connector: "4".to_owned(), ..draft() };
        let account = chosen.parse().expect("it keeps the rules");
        assert_eq!((account.sign_in, account.connector), (None, None));
        let chosen = AccountDraft {
            authentication: YesNo::Yes,
            use_connector: YesNo::Yes,
            mechanism: MechanismChoice::Fixed(Mechanism::Plain),
            ..chosen
        };
        let account = chosen.parse().expect("it keeps the rules");
        let sign_in = SignIn { credential: CredentialId(3), mechanism: Some(Mechanism::Plain) };
        assert_eq!((account.sign_in, account.connector), (Some(sign_in), Some(ConnectorId(4))));
    }

    #[test]
    fn a_disabled_account_is_not_the_default() {
        let draft = AccountDraft { enabled: YesNo::No, default: YesNo::Yes, ..draft() };
        let errors = draft.parse().expect_err("two answers contradict each other");
        assert_eq!(errors.get("default"), Some("The default account is enabled. Answer Yes to Enabled, or No here."));
    }

    #[test]
    fn a_draft_without_fields_has_the_forms_defaults() {
        let empty: AccountDraft = serde_json::from_str("{}").expect("every field has a default");
        assert_eq!(empty, AccountDraft::default());
    }

    #[test]
    fn differences_name_the_fields_and_both_answers() {
        let theirs = AccountDraft { host: "mail.nordhavn.example".to_owned(), footer: YesNo::Yes, ..draft() };
        let fields: Vec<_> = draft().differences(&theirs).into_iter().map(|differs| differs.field).collect();
        assert_eq!(fields, ["footer", "host"]);
    }
}
