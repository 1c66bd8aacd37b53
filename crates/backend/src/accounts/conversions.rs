//! An account as the report lists it, from the stored row.

use std::collections::HashMap;

use diagnosis::coming_in_short;
use model::certificate::{days_until, expiry_words};
use model::{AccountFilter, AccountRow, Column, ConnectorId, CredentialId, Highlights, Moment, text};
use store::StoreError;
use store::accounts::{Record, ReferenceNames};

/// What the records that a page's rows point at are called.
#[derive(Default)]
pub struct NamesById {
    pub credentials: HashMap<CredentialId, String>,
    pub connectors: HashMap<ConnectorId, String>,
}

pub(crate) fn row(
    record: Record,
    by_id: &NamesById,
    filter: &AccountFilter,
    now: Moment,
) -> Result<AccountRow, StoreError> {
    let names = ReferenceNames {
        credential: name_of(&by_id.credentials, record.credential_id).to_owned(),
        connector: name_of(&by_id.connectors, record.connector_id).to_owned(),
    };
    let cells = store::cells::cells(&record, &names, now)?;
    let ends = record.certificate_until.and_then(|until| expiry_words(days_until(until, now)));
    let signed_in = record.credential_id.map(|_| coming_in_short(record.host.as_str()));
    let warnings = ends.into_iter().chain(signed_in.into_iter().flatten().map(str::to_owned)).collect();
    let mut row = AccountRow {
        id: record.id,
        name: record.name.to_string(),
        enabled: record.enabled,
        default: record.is_default,
        security: record.security,
        ignore_certificate: record.ignore_certificate,
        last_test: record.last_test().map(|test| test.ended(now)),
        host: record.host,
        port: record.port,
        warnings,
        marks: Highlights::default(),
        cells,
    };
    for (column, term) in [
        (Column::Name, &filter.name),
        (Column::Sender, &filter.sender),
        (Column::Reply, &filter.reply),
        (Column::ReturnPath, &filter.return_path),
        (Column::Confirmation, &filter.confirmation),
        (Column::Credential, &filter.credential),
        (Column::Connector, &filter.connector),
    ] {
        if let Some(range) = text::find(&row.cell(column).text(), term.trim()) {
            row.marks.0.push((column, range));
        }
    }
    Ok(row)
}

fn name_of<I: Eq + std::hash::Hash>(names: &HashMap<I, String>, id: Option<I>) -> &str {
    id.and_then(|id| names.get(&id)).map_or("", String::as_str)
}
