//! Seals of an older version of the format, sealed anew by the first start that has the key.
//!
//! The first version bound network connectors by their number; what stands with the credential since the migration says
//! where each of them led then, and that is what the secret is bound to from now on. References were bound to nothing,
//! and are bound to the destinations that they have. Some credentials at a time, each with its secret in one
//! transaction: whoever is killed goes on at the next start. Once all are done the database says so, and what is still
//! sealed in the older format, or is put back, does not open any more.

use model::secret::SecretField;
use model::{CredentialId, Destinations, SecretLocation};
use store::credentials::{self, Record};
use store::vault_state::{self, State};
use store::{Store, StoreError, WriteTx, accounts};
use vault::{FORMAT, Sealed, Vault, VaultError, VaultFault};

use crate::secrets::{self, credential_context};

/// Credentials of a transaction.
const ROWS: u64 = 100;

/// Brings every seal to the present format.
pub async fn run(store: &Store, vault: &Vault) -> Result<(), VaultError> {
    if store.read(vault_state::find(store.db())).await?.seal_format >= FORMAT {
        return Ok(());
    }
    let (mut after, mut sealed, mut is_complete) = (CredentialId(i64::MIN), 0, true);
    loop {
        let done = step(store, vault, after, ROWS).await?;
        sealed += done.sealed;
        is_complete &= done.is_complete;
        match done.last {
            Some(last) => after = last,
            None => break,
        }
    }
    if is_complete {
        finish(store).await?;
    }
    if sealed > 0 {
        tracing::info!(sealed, "secrets were sealed anew, for where their network connectors lead");
    }
    Ok(())
}

/// Seals the secrets of the next credentials anew, in one transaction.
async fn step(store: &Store, vault: &Vault, after: CredentialId, rows: u64) -> Result<Done, VaultError> {
    let some = move |tx: WriteTx| async move {
        // As those who save credentials take their locks.
        accounts::lock(&tx).await?;
        if vault_state::lock(&tx).await?.seal_format >= FORMAT {
            // Another server was faster.
            return Ok(Done::default());
        }
        seal_some(&tx, vault, after, rows).await
    };
    Ok(store.write(some).await?)
}

/// Says that every secret has the present format: from now on no older one opens.
async fn finish(store: &Store) -> Result<(), VaultError> {
    let finish = |tx: WriteTx| async move {
        let state = vault_state::lock(&tx).await?;
        vault_state::keep(&tx, &State { seal_format: FORMAT, ..state }).await?;
        Ok(())
    };
    Ok(store.write(finish).await?)
}

struct Done {
    sealed: u64,
    /// No secret was left for a later start.
    is_complete: bool,
    /// The last credential that was looked at; None where there was none.
    last: Option<CredentialId>,
}

impl Default for Done {
    fn default() -> Self {
        Self { sealed: 0, is_complete: true, last: None }
    }
}

async fn seal_some(tx: &WriteTx, vault: &Vault, after: CredentialId, rows: u64) -> Result<Done, StoreError> {
    let mut done = Done::default();
    for record in credentials::after(tx.db(), after, rows).await? {
        done.last = Some(record.id);
        match seal(tx, vault, &record).await? {
            Outcome::Sealed => done.sealed += 1,
            Outcome::Nothing => {}
            Outcome::Damaged(fault) => {
                tracing::warn!(credential = record.id.0, %fault, "a secret was not sealed anew: it does not open");
            }
            Outcome::NoKey(fault) => {
                tracing::warn!(credential = record.id.0, %fault, "a secret was left for a later start");
                done.is_complete = false;
            }
        }
    }
    Ok(done)
}

enum Outcome {
    Sealed,
    Nothing,
    /// It will not open later either.
    Damaged(VaultFault),
    /// Its key is not in the file at present.
    NoKey(VaultFault),
}

/// Seals the secret or the reference of one credential anew, for the destinations that stand with it.
async fn seal(tx: &WriteTx, vault: &Vault, record: &Record) -> Result<Outcome, StoreError> {
    let rules = record.rules()?;
    let next = record.secret_version + 1;
    match record.place() {
        SecretLocation::None => {
            credentials::keep_sealed_anew(tx, record, &rules, record.secret_version).await?;
            return Ok(Outcome::Nothing);
        }
        SecretLocation::Vault => match open(tx, vault, record, &rules).await? {
            Opened::Already => return Ok(Outcome::Nothing),
            Opened::No(fault @ (VaultFault::NoKey { .. } | VaultFault::KeyFile(_))) => {
                return Ok(Outcome::NoKey(fault));
            }
            Opened::No(fault) => return Ok(Outcome::Damaged(fault)),
            Opened::Secret(secret) => {
                secrets::put(
                    tx,
                    vault,
                    &credential_context(record.id, SecretField::Secret, next, &record.user_name, &rules),
                    &secret,
                )
                .await?;
            }
        },
        SecretLocation::Elsewhere(reference) => {
            let own = credential_context(record.id, SecretField::Reference, next, &record.user_name, &rules);
            if secrets::find(tx.db(), &own).await?.is_some() {
                return Ok(Outcome::Nothing);
            }
            secrets::put(tx, vault, &own, &reference.as_str().into()).await?;
        }
    }
    credentials::keep_sealed_anew(tx, record, &rules, next).await?;
    Ok(Outcome::Sealed)
}

enum Opened {
    Secret(secrecy::SecretString),
    /// It has the present format.
    Already,
    No(VaultFault),
}

async fn open(tx: &WriteTx, vault: &Vault, record: &Record, rules: &Destinations) -> Result<Opened, StoreError> {
    let own = credential_context(record.id, SecretField::Secret, record.secret_version, &record.user_name, rules);
    let Some(row) = secrets::find(tx.db(), &own).await? else { return Ok(Opened::No(VaultFault::Gone)) };
    if row.format >= FORMAT {
        return Ok(Opened::Already);
    }
    if row.version != own.version {
        return Ok(Opened::No(VaultFault::Version { found: row.version, expected: own.version }));
    }
    let sealed = Sealed { key: row.key, wrapped: row.wrapped, sealed: row.sealed };
    let opened = match vault.key(&sealed.key).await {
        Ok(key) => key.open_first_format(&own, &record.connector_numbers()?, &sealed),
        Err(fault) => Err(fault),
    };
    Ok(match opened {
        Ok(secret) => Opened::Secret(secret),
        Err(fault) => Opened::No(fault),
    })
}

#[cfg(test)]
mod tests;
