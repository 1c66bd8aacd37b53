//! What an account points at: its credential, which allows only what it names, and its network connector.

use model::{Account, ConnectorRoute, Destination, FieldErrors, Fingerprint, Host, NotAllowed, Protection, Trust};
use store::accounts::{Record, ReferenceNames};
use store::{Store, StoreError, WriteTx, connectors, credentials};

use super::conversions::NamesById;

/// Whether what the account points at is there and may be used for it; the errors stand beside its fields.
pub async fn check(tx: &WriteTx, account: &Account, errors: &mut FieldErrors) -> Result<ReferenceNames, StoreError> {
    let credential = match account.sign_in {
        Some(sign_in) => credentials::find_some(tx.db(), vec![sign_in.credential]).await?.pop(),
        None => None,
    };
    let connector = match account.connector {
        Some(id) => connectors::find_some(tx.db(), vec![id]).await?.pop(),
        None => None,
    };
    permitted(account, credential.as_ref(), connector.as_ref(), errors)
}

/// The same, of records that were read before; None where they are not there.
pub fn permitted(
    account: &Account,
    credential: Option<&credentials::Record>,
    connector: Option<&connectors::Record>,
    errors: &mut FieldErrors,
) -> Result<ReferenceNames, StoreError> {
    let mut names = ReferenceNames::default();
    let own = match own_certificates(&account.trust) {
        Ok(own) => own,
        Err(message) => {
            errors.push("ca", message);
            return Ok(names);
        }
    };
    if account.sign_in.is_some() {
        match credential {
            None => errors.push("credential", "This credential was deleted meanwhile. Choose another one."),
            Some(credential) => {
                let route = connector.map(|connector| connector.connector().route(connector.id));
                // What goes through a connector that is gone goes nowhere: that is said below.
                if account.connector.is_some() == route.is_some()
                    && let Err(why) = credential.rules()?.permit(&destination(account, &own, route.as_ref()))
                {
                    errors.push("credential", refusal(&why));
                }
                names.credential = credential.name.to_string();
            }
        }
    }
    if account.connector.is_some() {
        match connector {
            None => errors.push("connector", "This network connector was deleted meanwhile. Choose another one."),
            Some(connector) => names.connector = connector.name.to_string(),
        }
    }
    Ok(names)
}

/// Where the account's secret goes. `own` are the certificates that it trusts by itself, `route` is where its connector
/// leads.
pub fn destination<'a>(
    account: &'a Account,
    own: &'a [Fingerprint],
    route: Option<&'a ConnectorRoute>,
) -> Destination<'a> {
    Destination {
        host: &account.host,
        port: account.port(),
        connector: route,
        protection: Protection::of(account.security, account.certificates, account.trust.kind(), own),
        mechanism: account.sign_in.and_then(|sign_in| sign_in.mechanism),
    }
}

/// The certificates that an account trusts besides those of the machine.
pub fn own_certificates(trust: &Trust) -> Result<Vec<Fingerprint>, String> {
    match trust {
        Trust::Machine => Ok(Vec::new()),
        Trust::Certificate(pin) => Ok(vec![pin.clone()]),
        Trust::Ca(ca) => smtp::check_ca(ca),
    }
}

/// The reason, and what to do.
pub fn refusal(why: &NotAllowed) -> String {
    let what = match why {
        NotAllowed::Host(_) | NotAllowed::Port(_) | NotAllowed::Direct | NotAllowed::Connector => {
            "Choose another one, or allow this in the credential."
        }
        NotAllowed::ConnectorChanged => "Choose it in the credential again, and enter the secret again there.",
        NotAllowed::ClearText | NotAllowed::PlainInClear => {
            "Answer Yes to Use safe connection?, or choose another one."
        }
        NotAllowed::Unverified => "Answer No to Ignore certificate error, or choose another one.",
        NotAllowed::Certificate => "Add its fingerprint to the credential's own certificates, or choose another one.",
    };
    format!("{why} {what}")
}

/// What the records that these rows point at are called.
pub async fn names(store: &Store, records: &[Record]) -> Result<NamesById, StoreError> {
    let mut used: Vec<_> = records.iter().filter_map(|record| record.credential_id).collect();
    used.sort_unstable();
    used.dedup();
    let mut through: Vec<_> = records.iter().filter_map(|record| record.connector_id).collect();
    through.sort_unstable();
    through.dedup();
    let found = credentials::find_some(store.db(), used).await?;
    let credentials = found.into_iter().map(|record| (record.id, record.name.to_string())).collect();
    let found = connectors::find_some(store.db(), through).await?;
    let connectors = found.into_iter().map(|record| (record.id, record.name.to_string())).collect();
    Ok(NamesById { credentials, connectors })
}

/// A host's place in a sentence of a log or a test's record.
pub fn proxy_words(name: &str, host: &Host, port: u16) -> String {
    format!("{name} ({})", host.with_port(port))
}
