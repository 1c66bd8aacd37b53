//! One SMTP account as it was typed, and the rules that make an [`Account`] of it.

mod security;

use serde::{Deserialize, Serialize};

use crate::connector::{chosen_connector, chosen_credential};
use crate::{
    Account, AccountField, Column, Difference, DraftAnswer, EmailAddress, FieldErrors, Host, MechanismChoice, Port,
    RecordName, SignIn, TimeLimit, TlsType, TrustKind, YesNo,
};

/// The form "SMTP server settings" as it was typed. A control that is disabled is not sent: each field has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountDraft {
    /// "Account name".
    pub name: String,
    /// "Enabled".
    pub enabled: YesNo,
    /// "Default account".
    pub default: YesNo,
    /// "Sender e-mail": one address.
    pub sender: String,
    /// "Reply e-mail": one address.
    pub reply: String,
    /// "Reply e-mail (Return-Path)", the envelope sender: one address.
    pub return_path: String,
    /// "Confirmation mail", where read receipts go: one address.
    pub confirmation: String,
    /// "Force settings use".
    pub force_settings: YesNo,
    /// "Send read receipt".
    pub read_receipt: YesNo,
    /// "Enable footnote".
    pub footer: YesNo,
    /// "Host SMTP": a name or an address.
    pub host: String,
    /// A number from 1 to 65535; empty for the usual port.
    pub port: String,
    /// "Use safe connection?": No means clear text.
    pub safe_connection: YesNo,
    /// "Secure connection type"; counts only with a safe connection.
    pub tls_type: TlsType,
    /// "Ignore certificate error"; counts only with a safe connection.
    pub ignore_certificate: YesNo,
    /// "Trusted certificates"; counts only where certificates are checked.
    pub trust: TrustKind,
    /// A SHA-256 fingerprint.
    pub pin: String,
    /// PEM.
    pub ca: String,
    /// "User authentication": No means without a sign-in.
    pub authentication: YesNo,
    /// A credential's number; empty for none.
    pub credential: String,
    /// "Mechanism"; counts only with a sign-in.
    pub mechanism: MechanismChoice,
    /// "Use network connector": No means a direct connection.
    pub use_connector: YesNo,
    /// A connector's number; empty for none.
    pub connector: String,
    /// Seconds; empty for the configured ones.
    pub time_limit: String,
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
            time_limit: String::new(),
        }
    }
}

impl AccountDraft {
    /// The answer to a field, to be read or changed.
    pub fn answer(&mut self, field: AccountField) -> DraftAnswer<'_> {
        use DraftAnswer::{Text, YesNo};
        match field {
            AccountField::Shown(column) => match column {
                Column::Id | Column::LastTest => DraftAnswer::Unasked,
                Column::Name => Text(&mut self.name),
                Column::Sender => Text(&mut self.sender),
                Column::Reply => Text(&mut self.reply),
                Column::ReturnPath => Text(&mut self.return_path),
                Column::Confirmation => Text(&mut self.confirmation),
                Column::Enabled => YesNo(&mut self.enabled),
                Column::Default => YesNo(&mut self.default),
                Column::Security => {
                    DraftAnswer::Security { safe_connection: &mut self.safe_connection, tls_type: &mut self.tls_type }
                }
                Column::ForceSettings => YesNo(&mut self.force_settings),
                Column::ReadReceipt => YesNo(&mut self.read_receipt),
                Column::Footer => YesNo(&mut self.footer),
                Column::Credential => {
                    DraftAnswer::Credential { authentication: &mut self.authentication, id: &mut self.credential }
                }
                Column::Connector => {
                    DraftAnswer::Connector { use_connector: &mut self.use_connector, id: &mut self.connector }
                }
                Column::TimeLimit => Text(&mut self.time_limit),
            },
            AccountField::Host => Text(&mut self.host),
            AccountField::Port => Text(&mut self.port),
            AccountField::IgnoreCertificate => YesNo(&mut self.ignore_certificate),
            AccountField::Trust => DraftAnswer::Trust(&mut self.trust),
            AccountField::Pin => Text(&mut self.pin),
            AccountField::Ca => Text(&mut self.ca),
            AccountField::Mechanism => {
                DraftAnswer::Mechanism { authentication: self.authentication, choice: &mut self.mechanism }
            }
        }
    }

    /// An account as the form shows it; host names in their own script.
    #[cfg(feature = "idna")]
    pub fn of(account: &Account) -> Self {
        use crate::{CertificateCheck, ConnectionSecurity, Trust};
        let yes_no = YesNo::from;
        let (pin, ca) = match &account.trust {
            Trust::Machine => (String::new(), String::new()),
            Trust::Certificate(pin) => (pin.to_string(), String::new()),
            Trust::Ca(ca) => (String::new(), ca.as_str().to_owned()),
        };
        Self {
            name: account.name.to_string(),
            enabled: yes_no(account.enabled),
            default: yes_no(account.default),
            sender: account.sender.to_string(),
            reply: account.reply.to_string(),
            return_path: account.return_path.to_string(),
            confirmation: account.confirmation.to_string(),
            force_settings: yes_no(account.force_settings),
            read_receipt: yes_no(account.read_receipt),
            footer: yes_no(account.footer),
            host: crate::hosts::to_unicode(&account.host),
            port: account.port.map(|port| port.to_string()).unwrap_or_default(),
            safe_connection: yes_no(account.security != ConnectionSecurity::None),
            tls_type: if account.security == ConnectionSecurity::ImplicitTls { TlsType::Ssl } else { TlsType::Tls },
            ignore_certificate: yes_no(account.certificates == CertificateCheck::Ignore),
            trust: account.trust.kind(),
            pin,
            ca,
            authentication: yes_no(account.sign_in.is_some()),
            credential: account.sign_in.map(|sign_in| sign_in.credential.to_string()).unwrap_or_default(),
            mechanism: match account.sign_in.and_then(|sign_in| sign_in.mechanism) {
                Some(mechanism) => MechanismChoice::Fixed(mechanism),
                None => MechanismChoice::Auto,
            },
            use_connector: yes_no(account.connector.is_some()),
            connector: account.connector.map(|connector| connector.to_string()).unwrap_or_default(),
            time_limit: account.time_limit.map(|limit| limit.to_string()).unwrap_or_default(),
        }
    }

    /// The fields that can be wrong, in the order of the form.
    pub const FIELDS: [&str; 14] = [
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
        "time_limit",
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
            time_limit,
        } = self;
        let address = |name: &str, typed: &str| EmailAddress::parse(AccountField::question(name), typed);
        let mut errors = FieldErrors::default();
        let name = errors.take("name", RecordName::parse(name));
        if default.is_yes() && !enabled.is_yes() {
            errors.push("default", "The default account is enabled. Answer Yes to Enabled, or No here.");
        }
        let sender = errors.take("sender", address("sender", sender));
        let reply = errors.take("reply", address("reply", reply));
        let return_path = errors.take("return_path", address("return_path", return_path));
        let confirmation = errors.take("confirmation", address("confirmation", confirmation));
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
        let time_limit = errors.take("time_limit", TimeLimit::parse(time_limit)).flatten();
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
                    time_limit,
                })
            }
            _ => Err(errors),
        }
    }

    /// The fields whose answers differ: for a form that went stale.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let answers = |draft: &Self| {
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
                time_limit,
            } = draft.clone();
            let tls_type = match tls_type {
                TlsType::Tls => "TLS",
                TlsType::Ssl => "SSL",
            };
            let answers: [(&'static str, String); 24] = [
                ("name", name),
                ("enabled", enabled.label().to_owned()),
                ("default", default.label().to_owned()),
                ("sender", sender),
                ("reply", reply),
                ("return_path", return_path),
                ("confirmation", confirmation),
                ("force_settings", force_settings.label().to_owned()),
                ("read_receipt", read_receipt.label().to_owned()),
                ("footer", footer.label().to_owned()),
                ("host", host),
                ("port", port),
                ("safe_connection", safe_connection.label().to_owned()),
                ("tls_type", tls_type.to_owned()),
                ("ignore_certificate", ignore_certificate.label().to_owned()),
                ("trust", trust.label().to_owned()),
                ("pin", pin),
                ("ca", ca),
                ("authentication", authentication.label().to_owned()),
                ("credential", credential),
                ("mechanism", mechanism.label().to_owned()),
                ("use_connector", use_connector.label().to_owned()),
                ("connector", connector),
                ("time_limit", time_limit),
            ];
            answers.map(|(name, answer)| (name, AccountField::question(name), answer))
        };
        crate::problem::differing(answers(self), answers(other))
    }
}

#[cfg(test)]
mod tests;
