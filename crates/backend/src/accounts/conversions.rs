//! The shapes of an account, each from the stored row: parsed, as the form shows it, and as the report lists it.

use std::collections::HashMap;

use diagnosis::coming_in_short;
use model::certificate::{days_until, expiry_words};
use model::hosts::to_unicode;
use model::{
    Account, AccountDraft, AccountFilter, AccountRow, CertificateCheck, Column, ConnectionSecurity, ConnectorId,
    CredentialId, Highlights, LastTest, MechanismChoice, Moment, SignIn, TlsType, Trust, YesNo, text,
};
use store::accounts::Record;

/// An account as the form shows it; host names in their own script.
pub(crate) fn draft_of(account: &Account) -> AccountDraft {
    let yes_no = YesNo::from;
    AccountDraft {
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
        host: to_unicode(&account.host),
        port: account.port.map(|port| port.to_string()).unwrap_or_default(),
        safe_connection: yes_no(account.security != ConnectionSecurity::None),
        tls_type: if account.security == ConnectionSecurity::ImplicitTls { TlsType::Ssl } else { TlsType::Tls },
        ignore_certificate: yes_no(account.certificates == CertificateCheck::Ignore),
        trust: account.trust.kind(),
        pin: match &account.trust {
            Trust::Certificate(pin) => pin.to_string(),
            Trust::Machine | Trust::Ca(_) => String::new(),
        },
        ca: match &account.trust {
            Trust::Ca(ca) => ca.as_str().to_owned(),
            Trust::Machine | Trust::Certificate(_) => String::new(),
        },
        authentication: yes_no(account.sign_in.is_some()),
        credential: account.sign_in.map(|sign_in| sign_in.credential.to_string()).unwrap_or_default(),
        mechanism: match account.sign_in.and_then(|sign_in| sign_in.mechanism) {
            Some(mechanism) => MechanismChoice::Fixed(mechanism),
            None => MechanismChoice::Auto,
        },
        use_connector: yes_no(account.connector.is_some()),
        connector: account.connector.map(|connector| connector.to_string()).unwrap_or_default(),
    }
}

/// The account that a record holds.
pub(crate) fn account_of(record: &Record) -> Account {
    Account {
        name: record.name.clone(),
        enabled: record.enabled,
        default: record.is_default,
        sender: record.sender.clone(),
        reply: record.reply.clone(),
        return_path: record.return_path.clone(),
        confirmation: record.confirmation.clone(),
        force_settings: record.force_settings,
        read_receipt: record.read_receipt,
        footer: record.footer,
        host: record.host.clone(),
        port: record.port,
        security: record.security,
        certificates: if record.ignore_certificate { CertificateCheck::Ignore } else { CertificateCheck::Verify },
        trust: match (&record.pin, &record.ca) {
            (Some(pin), _) => Trust::Certificate(pin.clone()),
            (None, Some(ca)) => Trust::Ca(ca.clone()),
            (None, None) => Trust::Machine,
        },
        sign_in: record.credential_id.map(|credential| SignIn { credential, mechanism: record.mechanism }),
        connector: record.connector_id,
    }
}

/// The newest test of a record, as it is written.
pub(crate) fn kept_test(record: &Record) -> Option<LastTest> {
    let (id, at) = (record.last_test_id?, record.last_test_at?);
    let passed = record.last_test_passed.and_then(|passed| u8::try_from(passed).ok()).unwrap_or(0);
    Some(LastTest { id, at, taken: record.last_test_taken, passed, failed_at: record.last_test_failed_at })
}

/// The newest test of a record.
pub(crate) fn last_test(record: &Record, now: Moment) -> Option<LastTest> {
    kept_test(record).map(|kept| kept.ended(now))
}

/// What the records that a page's rows point at are called.
#[derive(Default)]
pub struct NamesById {
    pub credentials: HashMap<CredentialId, String>,
    pub connectors: HashMap<ConnectorId, String>,
}

pub(crate) fn row(record: Record, names: &NamesById, filter: &AccountFilter, now: Moment) -> AccountRow {
    let last_test = last_test(&record, now);
    let mut marks = Vec::new();
    for (column, term, value) in [
        (Column::Name, &filter.name, record.name.as_str()),
        (Column::Sender, &filter.sender, record.sender.as_str()),
        (Column::Reply, &filter.reply, record.reply.as_str()),
        (Column::ReturnPath, &filter.return_path, record.return_path.as_str()),
        (Column::Confirmation, &filter.confirmation, record.confirmation.as_str()),
        (Column::Credential, &filter.credential, name_of(&names.credentials, record.credential_id)),
        (Column::Connector, &filter.connector, name_of(&names.connectors, record.connector_id)),
    ] {
        if let Some(range) = text::find(value, term.trim()) {
            marks.push((column, range));
        }
    }
    let ends = record.certificate_until.and_then(|until| expiry_words(days_until(until, now)));
    let signed_in = record.credential_id.map(|_| coming_in_short(record.host.as_str()));
    let warnings = ends.into_iter().chain(signed_in.into_iter().flatten().map(str::to_owned)).collect();
    AccountRow {
        id: record.id,
        name: record.name.to_string(),
        sender: record.sender,
        reply: record.reply,
        return_path: record.return_path,
        confirmation: record.confirmation,
        enabled: record.enabled,
        default: record.is_default,
        security: record.security,
        ignore_certificate: record.ignore_certificate,
        credential: record.credential_id.and_then(|id| names.credentials.get(&id).cloned()),
        connector: record.connector_id.and_then(|id| names.connectors.get(&id).cloned()),
        force_settings: record.force_settings,
        read_receipt: record.read_receipt,
        footer: record.footer,
        host: record.host,
        port: record.port,
        last_test,
        warnings,
        marks: Highlights(marks),
    }
}

fn name_of<I: Eq + std::hash::Hash>(names: &HashMap<I, String>, id: Option<I>) -> &str {
    id.and_then(|id| names.get(&id)).map_or("", String::as_str)
}
