//! Registering a credential or a connector from within an account's form: the form waits in the session, and takes up
//! what was registered.

use leptos::prelude::*;
use model::{AccountDraft, AccountId, ConnectorId, CredentialDraft, CredentialId, Port, TrustKind, YesNo};
use serde::{Deserialize, Serialize};

use super::{Fail, FormFor};

/// What the account's form misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Missing {
    Credential,
    Connector,
}

/// Keeps the account's form as it was typed, and goes to where the missing record is registered.
#[server(endpoint = "begin_registration")]
pub async fn begin_registration(
    form: FormFor<AccountId>,
    #[server(default)] version: i64,
    draft: AccountDraft,
    #[server(default)] list: String,
    missing: Missing,
) -> Result<(), Fail> {
    use super::RestoredForm;
    use crate::{paths, ssr};
    let page = form.page(&list);
    let version = form.edited().map(|_| version);
    ssr::keep_form(&page, RestoredForm { version, ..RestoredForm::new(draft, None) }).await;
    let query = paths::for_form(&page);
    let next = ssr::Next::to(match missing {
        Missing::Credential => paths::new_credential(&query),
        Missing::Connector => paths::new_connector(&query),
    });
    next.follow().await;
    Ok(())
}

/// The beginning of a credential for this account: it may be used there, and nowhere else.
pub fn credential_for(account: &AccountDraft) -> CredentialDraft {
    let port = Port::parse(&account.port).ok().flatten().map_or(account.security().usual_port(), Port::get);
    let through = account.use_connector.is_yes().then(|| account.connector.trim().parse().ok().map(ConnectorId));
    let pinned = account.trust == TrustKind::Certificate;
    CredentialDraft {
        name: account.name.clone(),
        hosts: account.host.trim().to_owned(),
        ports: port.to_string(),
        direct: YesNo::from(through.is_none()),
        connectors: through.flatten().into_iter().collect(),
        certificates: if pinned { account.pin.trim().to_owned() } else { String::new() },
        ..CredentialDraft::default()
    }
}

/// The account signs in with this credential.
pub fn choose_credential(account: &mut AccountDraft, id: CredentialId) {
    account.authentication = YesNo::Yes;
    account.credential = id.to_string();
}

/// The account is reached through this connector.
pub fn choose_connector(account: &mut AccountDraft, id: ConnectorId) {
    account.use_connector = YesNo::Yes;
    account.connector = id.to_string();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_begins_with_what_the_account_says() {
        let account = AccountDraft {
            name: "Relay".to_owned(),
            host: " smtp.nordhavn.example ".to_owned(),
            trust: TrustKind::Certificate,
            pin: "0a".repeat(32),
            ..AccountDraft::default()
        };
        let credential = credential_for(&account);
        assert_eq!((credential.hosts.as_str(), credential.ports.as_str()), ("smtp.nordhavn.example", "587"));
        assert_eq!((credential.direct, credential.certificates), (YesNo::Yes, "0a".repeat(32)));
        let account = AccountDraft { port: "2525".to_owned(), trust: TrustKind::Machine, ..account };
        let account = AccountDraft { use_connector: YesNo::Yes, connector: "7".to_owned(), ..account };
        let credential = credential_for(&account);
        assert_eq!((credential.ports.as_str(), credential.certificates.as_str()), ("2525", ""));
        assert_eq!((credential.direct, credential.connectors), (YesNo::No, vec![ConnectorId(7)]));
    }
}
