//! `posthouse vault check`: opens every secret, shows none, and names those that do not open.

use model::SecretLocation;
use model::secret::SecretField;
use store::audit::{Action, Event, Outcome, Resource};
use store::{Store, StoreError, credentials};
use vault::{Vault, VaultError};

use super::start::open_vault;
use crate::audit::from_command;
use crate::secrets::{self, credential_context};
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
        let checked = Self::open_each_secret(config).await;
        let outcome = Outcome::of_success(checked.as_ref().is_ok_and(|checked| checked.failed.is_empty()));
        Event::from(&from_command(), Action::CheckVault).on(Resource::Vault).ended(outcome).record();
        checked
    }

    async fn open_each_secret(config: &Config) -> Result<Checked, OpenError> {
        let source =
            config.vault.clone().ok_or_else(|| VaultError::NotNow { why: "No key file is named.".to_owned() })?;
        let store = Store::open(&config.store_options()).await?;
        let vault = open_vault(&store, source).await?;
        let checked = check(&store, &vault).await;
        store.close().await;
        Ok(checked.map_err(VaultError::from)?)
    }
}

async fn check(store: &Store, vault: &Vault) -> Result<Checked, model::Problem> {
    let mut checked = Checked::default();
    for record in store.read(credentials::all_with_deleted(store.db())).await? {
        let kept = record.place();
        let open = async {
            let rules = record.rules()?;
            let context =
                |field| credential_context(record.id, field, record.secret_version, &record.user_name, &rules);
            let opened = match &kept {
                SecretLocation::None => Ok(()),
                SecretLocation::Vault => secrets::get(store.db(), vault, &context(SecretField::Secret)).await.map(drop),
                SecretLocation::Elsewhere(reference) => {
                    secrets::confirm(store.db(), vault, &context(SecretField::Reference), reference).await
                }
            };
            match opened {
                Ok(()) => Ok(None),
                Err(StoreError::Problem(problem)) => Ok(Some(problem.to_string())),
                Err(fault) => Err(fault),
            }
        };
        match store.read(open).await? {
            None => checked.opened += u64::from(kept == SecretLocation::Vault),
            Some(why) => checked.failed.push((record.name.to_string(), why)),
        }
    }
    Ok(checked)
}
