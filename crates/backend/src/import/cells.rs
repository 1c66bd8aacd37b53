//! What the cells of a row say about an account, as if they had been typed into its form.

use std::collections::HashMap;

use model::{
    Account, AccountDraft, AccountField, Column, FieldErrors, MechanismChoice, TlsType, TrustKind, YesNo, text,
};
use store::{StoreError, Transaction, connectors, credentials};

use super::table::{Row, shortened};

/// The records that accounts may point at, by their folded names.
pub struct Known {
    pub credentials: HashMap<String, credentials::Record>,
    pub connectors: HashMap<String, connectors::Record>,
}

impl Known {
    pub async fn read(tx: &Transaction) -> Result<Self, StoreError> {
        let credentials = credentials::all(tx).await?.into_iter();
        let connectors = connectors::all(tx).await?.into_iter();
        Ok(Self {
            credentials: credentials.map(|record| (text::fold(record.name.as_str()), record)).collect(),
            connectors: connectors.map(|record| (text::fold(record.name.as_str()), record)).collect(),
        })
    }
}

impl Known {
    /// The record that the account signs in with, if it is there.
    pub fn credential_of(&self, account: &Account) -> Option<&credentials::Record> {
        let id = account.sign_in?.credential;
        self.credentials.values().find(|record| record.id == id)
    }

    pub fn connector_of(&self, account: &Account) -> Option<&connectors::Record> {
        let id = account.connector?;
        self.connectors.values().find(|record| record.id == id)
    }
}

/// Types the cells of a row into the form. An empty cell empties its field; an answer that is chosen from a few stays
/// as it was.
pub fn type_into(draft: &mut AccountDraft, row: &Row, known: &Known, errors: &mut FieldErrors) {
    for (field, cell) in &row.cells {
        let typed = cell.trim();
        match *field {
            AccountField::Shown(column) => match column {
                Column::Id | Column::LastTest => {}
                Column::Name => draft.name.clone_from(cell),
                Column::Sender => draft.sender.clone_from(cell),
                Column::Reply => draft.reply.clone_from(cell),
                Column::ReturnPath => draft.return_path.clone_from(cell),
                Column::Confirmation => draft.confirmation.clone_from(cell),
                Column::Enabled => choose(&mut draft.enabled, &YES_NO, *field, typed, errors),
                Column::Default => choose(&mut draft.default, &YES_NO, *field, typed, errors),
                Column::ForceSettings => choose(&mut draft.force_settings, &YES_NO, *field, typed, errors),
                Column::ReadReceipt => choose(&mut draft.read_receipt, &YES_NO, *field, typed, errors),
                Column::Footer => choose(&mut draft.footer, &YES_NO, *field, typed, errors),
                Column::Security => {
                    let mut chosen = (draft.safe_connection, draft.tls_type);
                    choose(&mut chosen, &SECURITY, *field, typed, errors);
                    (draft.safe_connection, draft.tls_type) = chosen;
                }
                Column::Credential => {
                    draft.authentication = YesNo::from(!typed.is_empty());
                    let found = known.credentials.get(&text::fold(typed)).map(|record| record.id.to_string());
                    draft.credential = pointed("credential", *field, typed, found, errors);
                }
                Column::Connector => {
                    draft.use_connector = YesNo::from(!typed.is_empty());
                    let found = known.connectors.get(&text::fold(typed)).map(|record| record.id.to_string());
                    draft.connector = pointed("network connector", *field, typed, found, errors);
                }
            },
            AccountField::Host => draft.host.clone_from(cell),
            AccountField::Port => draft.port.clone_from(cell),
            AccountField::IgnoreCertificate => choose(&mut draft.ignore_certificate, &YES_NO, *field, typed, errors),
            AccountField::Trust => {
                let kinds = TrustKind::ALL.map(|kind| (kind.label(), kind));
                choose(&mut draft.trust, &kinds, *field, typed, errors);
            }
            AccountField::Pin => draft.pin.clone_from(cell),
            AccountField::Ca => draft.ca.clone_from(cell),
            AccountField::Mechanism => {
                let choices = MechanismChoice::ALL.map(|choice| (choice.key(), choice));
                choose(&mut draft.mechanism, &choices, *field, typed, errors);
            }
        }
    }
}

const YES_NO: [(&str, YesNo); 2] = [("Yes", YesNo::Yes), ("No", YesNo::No)];
const SECURITY: [(&str, (YesNo, TlsType)); 3] =
    [("No", (YesNo::No, TlsType::Tls)), ("TLS", (YesNo::Yes, TlsType::Tls)), ("SSL", (YesNo::Yes, TlsType::Ssl))];

fn choose<T: Copy>(answer: &mut T, all: &[(&str, T)], field: AccountField, typed: &str, errors: &mut FieldErrors) {
    if typed.is_empty() {
        return;
    }
    match all.iter().find(|(word, _)| text::fold(word) == text::fold(typed)) {
        Some((_, chosen)) => *answer = *chosen,
        None => {
            let words: Vec<_> = all.iter().map(|(word, _)| *word).collect();
            errors.push(
                field.key(),
                format!("{} is one of: {}. Not “{}”.", field.label(), words.join(", "), shortened(typed)),
            );
        }
    }
}

/// The number of the record of this name.
fn pointed(what: &str, field: AccountField, name: &str, found: Option<String>, errors: &mut FieldErrors) -> String {
    if found.is_none() && !name.is_empty() {
        let name = shortened(name);
        errors.push(field.key(), format!("There is no {what} “{name}”. Register it first, or choose another one."));
    }
    found.unwrap_or_default()
}

/// The answer of a form in the words of a file; the names are those of what it points at.
pub fn word(draft: &AccountDraft, field: AccountField, credential: &str, connector: &str) -> String {
    match field {
        AccountField::Shown(column) => match column {
            Column::Id | Column::LastTest => String::new(),
            Column::Name => draft.name.clone(),
            Column::Sender => draft.sender.clone(),
            Column::Reply => draft.reply.clone(),
            Column::ReturnPath => draft.return_path.clone(),
            Column::Confirmation => draft.confirmation.clone(),
            Column::Enabled => draft.enabled.label().to_owned(),
            Column::Default => draft.default.label().to_owned(),
            Column::Security => draft.security().label().to_owned(),
            Column::ForceSettings => draft.force_settings.label().to_owned(),
            Column::ReadReceipt => draft.read_receipt.label().to_owned(),
            Column::Footer => draft.footer.label().to_owned(),
            Column::Credential => credential.to_owned(),
            Column::Connector => connector.to_owned(),
        },
        AccountField::Host => draft.host.clone(),
        AccountField::Port => draft.port.clone(),
        AccountField::IgnoreCertificate => draft.ignore_certificate.label().to_owned(),
        AccountField::Trust => draft.trust.label().to_owned(),
        AccountField::Pin => draft.pin.clone(),
        AccountField::Ca => draft.ca.clone(),
        AccountField::Mechanism => match draft.authentication {
            YesNo::Yes => draft.mechanism.key().to_owned(),
            YesNo::No => String::new(),
        },
    }
}
