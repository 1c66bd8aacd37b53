//! Secrets between the vault and the store. What is read opens for the context that asks for it, or is an error: never
//! an empty or another secret.

use model::secret::{SecretField, SecretOwner};
use model::{CredentialId, Destinations, Problem, SecretReference};
use secrecy::{ExposeSecret, SecretString};
use store::secrets::{NewSecret, Record, SecretSlot};
use store::{Connection, StoreError, WriteTx, chain, vault_state};
use vault::{FORMAT, SealContext, Sealed, Slot, Vault, VaultFault};

/// What a credential's secret, or its reference, is sealed for.
pub fn credential_context<'a>(
    id: CredentialId,
    field: SecretField,
    version: i64,
    user_name: &'a str,
    destinations: &'a Destinations,
) -> SealContext<'a> {
    SealContext { kind: SecretOwner::Credential, id: id.0, field, version, user_name, destinations }
}

/// Seals a secret for this context, in place of any other one there, under the database's current key: a rotation waits
/// until this transaction ends.
pub async fn put(
    tx: &WriteTx,
    vault: &Vault,
    context: &SealContext<'_>,
    secret: &SecretString,
) -> Result<(), StoreError> {
    let current = vault_state::lock_shared(tx).await?.current;
    let current = current.ok_or_else(|| not_sealed(context, &VaultFault::Closed))?;
    let sealed = match vault.key(&current).await {
        Ok(key) => key.seal(context, secret),
        Err(fault) => Err(fault),
    };
    let Sealed { key, wrapped, sealed } = sealed.map_err(|fault| not_sealed(context, &fault))?;
    let secret = NewSecret { slot: slot(context), version: context.version, key, wrapped, sealed, format: FORMAT };
    store::secrets::put(tx, secret).await
}

fn slot(context: &SealContext<'_>) -> SecretSlot {
    SecretSlot { kind: context.kind, id: context.id, field: context.field }
}

/// Opens the secret of this context.
pub async fn get(db: &impl Connection, vault: &Vault, context: &SealContext<'_>) -> Result<SecretString, StoreError> {
    let mut under = None;
    let opened = loop {
        let Some(row) = find(db, context).await? else { break Err(VaultFault::Gone) };
        if row.format != FORMAT {
            break Err(VaultFault::Outdated);
        }
        if row.version != context.version {
            break Err(VaultFault::Version { found: row.version, expected: context.version });
        }
        match vault.key(&row.key).await {
            Ok(key) => break key.open(context, &Sealed { key: row.key, wrapped: row.wrapped, sealed: row.sealed }),
            // A rotation may have ended between the two readings, and taken the old key out of the file.
            Err(VaultFault::NoKey { .. }) if under.as_ref() != Some(&row.key) => under = Some(row.key),
            Err(fault) => break Err(fault),
        }
    };
    opened.map_err(|fault| not_opened(context, &fault))
}

/// Keeps the secret of a context that changes: its rules, or the user name.
pub async fn reseal(
    tx: &WriteTx,
    vault: &Vault,
    old: &SealContext<'_>,
    new: &SealContext<'_>,
) -> Result<(), StoreError> {
    let secret = get(tx.db(), vault, old).await?;
    put(tx, vault, new, &secret).await
}

/// Whether this reference was permitted for this context: what it may go to is sealed together with it.
pub async fn confirm(
    db: &impl Connection,
    vault: &Vault,
    context: &SealContext<'_>,
    reference: &SecretReference,
) -> Result<(), StoreError> {
    if get(db, vault, context).await?.expose_secret() == reference.as_str() {
        Ok(())
    } else {
        Err(not_opened(context, &VaultFault::Damaged))
    }
}

/// Forgets the secret of this context, of whatever version it is.
pub async fn remove(tx: &WriteTx, context: &SealContext<'_>) -> Result<(), StoreError> {
    store::secrets::remove(tx, slot(context)).await
}

/// What is sealed for the field of this context, of whatever version it is.
pub async fn find(db: &impl Connection, context: &SealContext<'_>) -> Result<Option<Record>, StoreError> {
    store::secrets::find(db, slot(context)).await
}

fn not_sealed(context: &SealContext<'_>, fault: &VaultFault) -> StoreError {
    let kind = context.kind.as_str();
    refused(context, format!("The secret of this {kind} cannot be sealed: {fault}."), fault)
}

fn not_opened(context: &SealContext<'_>, fault: &VaultFault) -> StoreError {
    let (kind, what) = (context.kind.as_str(), context.field.as_str());
    refused(context, format!("The kept {what} of this {kind} cannot be opened: {fault}."), fault)
}

/// Logs it, with the context, and says it to a person with what to do.
fn refused(context: &SealContext<'_>, what: String, fault: &VaultFault) -> StoreError {
    let Slot { kind, id, field, version } = context.slot();
    tracing::error!(kind, id, field, version, error = %chain(fault), "{what}");
    let to_do = match fault {
        VaultFault::Damaged | VaultFault::Version { .. } => {
            "Enter it again, and find out who changed the database or restored a part of it."
        }
        VaultFault::Gone | VaultFault::Outdated => "Enter it again.",
        VaultFault::NoKey { .. } => {
            "Give this server the key file of the server that rotated, or put the older key back into it."
        }
        VaultFault::KeyFile(_) => "The server's log says why. Mend that, and try again.",
        VaultFault::Closed => "Start the server with its key file.",
        VaultFault::NoRandom => "Look into the system's log.",
    };
    Problem::Refused(format!("{what} {to_do}")).into()
}

#[cfg(test)]
mod tests;
