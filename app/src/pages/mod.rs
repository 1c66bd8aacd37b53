//! The pages, a folder or file for each thing that a person knows.

pub mod account;
pub mod batch;
pub mod bulk_change;
pub mod connectors;
pub mod credentials;
pub mod explain;
pub mod footer;
pub mod history;
pub mod import;
pub mod networks;
pub mod not_found;
pub mod parts;
pub mod password;
pub mod preferences;
pub mod report;
pub mod restore;
pub mod schedules;
pub mod set_up;
pub mod sign_in;
pub mod test_send;
pub mod views;

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::params::ParamsMap;
use model::{AccountId, ConnectorId, CredentialId, TestSendId};

/// The number of the account in an address. Anything else becomes 0, which no account has: the page says "not found".
pub fn account_in(params: &ParamsMap) -> AccountId {
    AccountId(number(params, "id"))
}

/// The number of the credential in an address, likewise.
pub fn credential_in(params: &ParamsMap) -> CredentialId {
    CredentialId(number(params, "id"))
}

/// The number of the network connector in an address, likewise.
pub fn connector_in(params: &ParamsMap) -> ConnectorId {
    ConnectorId(number(params, "id"))
}

/// The number of the test send in an address, likewise.
pub fn test_send_in(params: &ParamsMap) -> TestSendId {
    TestSendId(number(params, "test"))
}

/// The query of the page's address: for most, that of the list that leads to it.
fn query() -> String {
    use_location().search.get_untracked().trim_start_matches('?').to_owned()
}

fn number(params: &ParamsMap, name: &str) -> i64 {
    params.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// "1 account", "12 accounts".
fn accounts(count: u64) -> String {
    match count {
        1 => "1 account".to_owned(),
        n => format!("{n} accounts"),
    }
}
