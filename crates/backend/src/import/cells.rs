//! What the cells of a row say about an account, as if they had been typed into its form.

use std::collections::HashMap;

use model::{
    Account, AccountDraft, AccountField, ConnectionSecurity, DraftAnswer, FieldErrors, MechanismChoice, TlsType,
    TrustKind, YesNo, text,
};
use store::accounts::Names;
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
        match draft.answer(*field) {
            DraftAnswer::Unasked => {}
            DraftAnswer::Text(text) => text.clone_from(cell),
            DraftAnswer::YesNo(answer) => choose(answer, &YES_NO, *field, typed, errors),
            DraftAnswer::Security { safe_connection, tls_type } => {
                let mut chosen = (*safe_connection, *tls_type);
                choose(&mut chosen, &SECURITY, *field, typed, errors);
                (*safe_connection, *tls_type) = chosen;
            }
            DraftAnswer::Trust(answer) => {
                choose(answer, &TrustKind::ALL.map(|kind| (kind.label(), kind)), *field, typed, errors);
            }
            DraftAnswer::Mechanism { choice, .. } => {
                choose(choice, &MechanismChoice::ALL.map(|choice| (choice.key(), choice)), *field, typed, errors);
            }
            DraftAnswer::Credential { authentication, id } => {
                *authentication = YesNo::from(!typed.is_empty());
                let found = known.credentials.get(&text::fold(typed)).map(|record| record.id.to_string());
                *id = pointed("credential", *field, typed, found, errors);
            }
            DraftAnswer::Connector { use_connector, id } => {
                *use_connector = YesNo::from(!typed.is_empty());
                let found = known.connectors.get(&text::fold(typed)).map(|record| record.id.to_string());
                *id = pointed("network connector", *field, typed, found, errors);
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

/// The answer of a form in the words of a file; the names are those of what the account points at.
pub fn word(answer: DraftAnswer<'_>, names: &Names) -> String {
    match answer {
        DraftAnswer::Unasked => String::new(),
        DraftAnswer::Text(text) => text.clone(),
        DraftAnswer::YesNo(answer) => answer.label().to_owned(),
        DraftAnswer::Security { safe_connection, tls_type } => {
            ConnectionSecurity::chosen(*safe_connection, *tls_type).label().to_owned()
        }
        DraftAnswer::Trust(kind) => kind.label().to_owned(),
        DraftAnswer::Mechanism { authentication, choice } => match authentication {
            YesNo::Yes => choice.key().to_owned(),
            YesNo::No => String::new(),
        },
        DraftAnswer::Credential { .. } => names.credential.clone(),
        DraftAnswer::Connector { .. } => names.connector.clone(),
    }
}
