//! `posthouse vault check`: opens every secret, shows none, and names those that do not open.

use model::{Origin, SecretPlace};

use super::fault::VaultError;
use super::{Field, Vault};
use crate::audit::{Action, Event, Outcome, Resource};
use crate::credentials::rules::place;
use crate::store::{Store, StoreError, credentials, secrets};
use crate::{Backend, Config, OpenError};

/// What a check of the vault found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Secrets that opened.
    pub opened: u64,
    /// Of each that did not: the credential's name, and why.
    pub failed: Vec<(String, String)>,
}

impl Backend {
    /// Opens every secret in the vault, as for use. Nothing is changed.
    pub async fn check_vault(config: &Config) -> Result<Checked, OpenError> {
        let source =
            config.vault.clone().ok_or_else(|| VaultError::NotNow { why: "No key file is named.".to_owned() })?;
        let store = Store::open(config).await?;
        let vault = Vault::open(&store, source).await?;
        let checked = check(&store, &vault).await;
        store.close().await;
        let checked = checked.map_err(VaultError::from)?;
        let outcome = Outcome::of_success(checked.failed.is_empty());
        Event::from(&Origin::CommandLine, Action::CheckVault).on(Resource::Vault).ended(outcome).record();
        Ok(checked)
    }
}

async fn check(store: &Store, vault: &Vault) -> Result<Checked, model::Problem> {
    let mut checked = Checked::default();
    for record in store.read(credentials::all_with_deleted(store.db())).await? {
        let kept = record.place();
        let open = async {
            let rules = record.rules()?;
            let place = |field| place(record.id, field, record.secret_version, &record.user_name, &rules);
            let opened = match &kept {
                SecretPlace::None => Ok(()),
                SecretPlace::Vault => secrets::get(store.db(), vault, &place(Field::Secret)).await.map(drop),
                SecretPlace::Elsewhere(reference) => {
                    secrets::confirm(store.db(), vault, &place(Field::Reference), reference).await
                }
            };
            match opened {
                Ok(()) => Ok(None),
                Err(StoreError::Problem(problem)) => Ok(Some(problem.to_string())),
                Err(fault) => Err(fault),
            }
        };
        match store.read(open).await? {
            None => checked.opened += u64::from(kept == SecretPlace::Vault),
            Some(why) => checked.failed.push((record.name.to_string(), why)),
        }
    }
    Ok(checked)
}
