//! `posthouse vault check`: opens every secret, shows none, and names those that do not open.

use super::Vault;
use super::fault::VaultError;
use crate::credentials::rules::place;
use crate::store::{Fault, Store, credentials, secrets};
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
        Ok(checked.map_err(VaultError::from)?)
    }
}

async fn check(store: &Store, vault: &Vault) -> Result<Checked, model::Problem> {
    let mut checked = Checked::default();
    for record in store.read(credentials::all_with_deleted(store.db())).await? {
        if !record.in_vault {
            continue;
        }
        let open = async {
            let rules = record.rules()?;
            let place = place(record.id, record.secret_version, &record.user_name, &rules);
            match secrets::get(store.db(), vault, &place).await {
                Ok(_secret) => Ok(None),
                Err(Fault::Problem(problem)) => Ok(Some(problem.to_string())),
                Err(fault) => Err(fault),
            }
        };
        match store.read(open).await? {
            None => checked.opened += 1,
            Some(why) => checked.failed.push((record.name.to_string(), why)),
        }
    }
    Ok(checked)
}
