//! The rules of saving a credential: its name is there once, its secret is sealed for what it may be used with, and
//! whoever widens that enters the secret again.

use model::hosts::to_ascii;
use model::secret::SecretField;
use model::{
    Actor, ConnectorId, ConnectorRoute, Credential, CredentialDraft, CredentialId, Destinations, FieldErrors, Host,
    Named, Problem, RecordName, SecretAnswer, SecretLocation, SecretReference,
};
use secrecy::{ExposeSecret, SecretString};
use store::accounts::{self, Reference};
use store::credentials::{self, Record, SecretStorage};
use store::{StoreError, WriteTx, connectors, not_deleted};
use vault::{SealContext, Vault};

use super::{TypedSecret, credential_of, draft_of, together};
use crate::accounts::name_taken;
use crate::clock::now;
use crate::conflict::{Newest, conflict};
use crate::secret_references::ReferenceRules;
use crate::secrets::{self, credential_context};

/// What is to become of the secret.
pub enum SecretChange {
    Keep,
    Replace(SecretString),
    Refer(SecretReference),
    Clear,
}

/// A form that keeps every rule of its own.
pub struct Parsed {
    /// Without the connectors that it permits.
    pub credential: Credential,
    /// Where they lead is looked up in the transaction that saves.
    pub connectors: Vec<ConnectorId>,
    pub secret_change: SecretChange,
}

/// All rules of one credential, with those of host names, which are too large for a browser, and of the secret.
pub fn parse(draft: &CredentialDraft, typed: &TypedSecret, is_new: bool) -> Result<Parsed, FieldErrors> {
    let parsed = draft.parse(&[]);
    let mut errors = parsed.as_ref().err().cloned().unwrap_or_default();
    let TypedSecret { answer, secret, reference } = typed;
    let secret_change = match answer {
        SecretAnswer::Keep if is_new => Some(SecretChange::Clear),
        SecretAnswer::Keep => Some(SecretChange::Keep),
        SecretAnswer::Clear => Some(SecretChange::Clear),
        SecretAnswer::Replace => match draft.secret(secret.expose_secret()) {
            Ok(secret) => Some(SecretChange::Replace(secret.into_owned().into())),
            Err(wrong) => {
                errors.0.extend(wrong.0);
                None
            }
        },
        SecretAnswer::Refer => errors.take("reference", SecretReference::parse(reference)).map(SecretChange::Refer),
    };
    let hosts = match &parsed {
        Ok(credential) => {
            let ascii = credential.destinations.hosts.iter().map(to_ascii).collect::<Result<Vec<Host>, _>>();
            errors.take("hosts", ascii)
        }
        Err(_) => None,
    };
    match (parsed, hosts, secret_change) {
        (Ok(credential), Some(hosts), Some(secret_change)) if errors.is_empty() => {
            let destinations = Destinations { hosts, ..credential.destinations }.in_order();
            let credential = Credential { destinations, ..credential };
            Ok(Parsed { credential, connectors: draft.connectors.clone(), secret_change })
        }
        _ => Err(errors.in_order_of(&CredentialDraft::FIELDS)),
    }
}

/// What saving needs to know besides the form.
#[derive(Clone, Copy)]
pub struct CredentialSave<'a> {
    pub vault: &'a Vault,
    pub references: &'a ReferenceRules,
    pub actor: &'a Actor,
}

/// Saves a credential: a new one, or the one of this number that is still at this version.
pub async fn save(
    tx: WriteTx,
    saving: CredentialSave<'_>,
    over: Option<(CredentialId, i64)>,
    parsed: &Parsed,
) -> Result<Named<CredentialId>, StoreError> {
    let Parsed { credential, connectors, secret_change } = parsed;
    accounts::lock(&tx).await?;
    let destinations =
        Destinations { connectors: routes(&tx, connectors).await?, ..credential.destinations.clone() }.in_order();
    let credential = &Credential { destinations, ..credential.clone() };
    let record = match over {
        None => None,
        Some((id, version)) => {
            let record = credentials::find(tx.db(), id).await?;
            if record.version == version { Some(record) } else { return Err(stale(&record, credential)?) }
        }
    };
    let id = record.as_ref().map(|record| record.id);
    let mut errors = FieldErrors::default();
    if credentials::name_is_taken(tx.db(), &credential.name, id).await? {
        errors.push("name", format!("“{}” exists already. Choose another name.", credential.name));
    }
    if let (Some(record), SecretChange::Keep) = (&record, secret_change)
        && credential.destinations.widen(&record.rules()?)
    {
        match record.place() {
            SecretLocation::None => {}
            SecretLocation::Vault => {
                let text = "It may now be used with more than before. Choose Replace and enter the secret again.";
                errors.push("secret", text);
            }
            SecretLocation::Elsewhere(_) => {
                let text = "It may now be used with more than before. Choose Reference and enter the reference again.";
                errors.push("reference", text);
            }
        }
    }
    let storage = storage_after(record.as_ref(), secret_change);
    if let SecretStorage::Elsewhere { reference, .. } = &storage
        && let Err(why) = saving.references.check_destinations(reference, &credential.destinations)
    {
        errors.push("reference", why);
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let was = record.clone();
    let saved =
        write(&tx, saving.vault, saving.actor, record, CredentialChange { credential, storage, secret_change }).await?;
    if let Some(was) = was
        && was.name != saved.name
    {
        accounts::rename_reference(&tx, Reference::Credential(saved.id), &saved.name).await?;
    }
    Ok(Named { id: saved.id, name: saved.name.to_string() })
}

/// Where the connectors that were chosen lead now, as far as they are there.
async fn routes(tx: &WriteTx, chosen: &[ConnectorId]) -> Result<Vec<ConnectorRoute>, StoreError> {
    let found = connectors::find_some(tx.db(), chosen.to_vec()).await?;
    Ok(found.iter().map(|record| record.connector().route(record.id)).collect())
}

/// Where the secret will be once it is saved.
fn storage_after(record: Option<&Record>, secret_change: &SecretChange) -> SecretStorage {
    let version = record.map_or(0, |record| record.secret_version) + 1;
    match (secret_change, record.map(Record::place).unwrap_or_default()) {
        (SecretChange::Replace(_), _) | (SecretChange::Keep, SecretLocation::Vault) => SecretStorage::InVault(version),
        (SecretChange::Refer(reference), _) => SecretStorage::Elsewhere { reference: reference.clone(), version },
        (SecretChange::Keep, SecretLocation::Elsewhere(reference)) => SecretStorage::Elsewhere { reference, version },
        (SecretChange::Clear, _) | (SecretChange::Keep, SecretLocation::None) => SecretStorage::None,
    }
}

struct CredentialChange<'a> {
    credential: &'a Credential,
    storage: SecretStorage,
    secret_change: &'a SecretChange,
}

/// Writes a credential, and seals what is to be sealed for what it may now be used with.
async fn write(
    tx: &WriteTx,
    vault: &Vault,
    actor: &Actor,
    record: Option<Record>,
    CredentialChange { credential, storage, secret_change }: CredentialChange<'_>,
) -> Result<Record, StoreError> {
    let was = record.clone();
    let saved = credentials::change(tx, record, credential, &storage, actor, now()).await?;
    let Credential { user_name, destinations, .. } = credential;
    let at = |field| credential_context(saved.id, field, saved.secret_version, user_name, destinations);
    match (secret_change, &storage) {
        (SecretChange::Replace(secret), _) => {
            secrets::put(tx, vault, &at(SecretField::Secret), secret).await?;
            secrets::remove(tx, &at(SecretField::Reference)).await?;
        }
        (SecretChange::Refer(reference), _) => {
            secrets::put(tx, vault, &at(SecretField::Reference), &reference.as_str().into()).await?;
            secrets::remove(tx, &at(SecretField::Secret)).await?;
        }
        (SecretChange::Keep, SecretStorage::InVault(_) | SecretStorage::Elsewhere { .. }) => {
            if let Some(was) = was {
                seal_anew(tx, vault, &was, &storage, at).await?;
            }
        }
        (SecretChange::Clear, _) | (SecretChange::Keep, SecretStorage::None) => {
            secrets::remove(tx, &at(SecretField::Secret)).await?;
            secrets::remove(tx, &at(SecretField::Reference)).await?;
        }
    }
    Ok(saved)
}

/// Opens what was sealed for the record as it was, and seals it for the context that it has now.
async fn seal_anew<'a>(
    tx: &WriteTx,
    vault: &Vault,
    was: &Record,
    storage: &SecretStorage,
    at: impl Fn(SecretField) -> SealContext<'a>,
) -> Result<(), StoreError> {
    let before = was.rules()?;
    let old = |field| credential_context(was.id, field, was.secret_version, &was.user_name, &before);
    match storage {
        SecretStorage::None => Ok(()),
        SecretStorage::InVault(_) => {
            secrets::reseal(tx, vault, &old(SecretField::Secret), &at(SecretField::Secret)).await
        }
        SecretStorage::Elsewhere { reference, .. } => {
            secrets::confirm(tx.db(), vault, &old(SecretField::Reference), reference).await?;
            secrets::put(tx, vault, &at(SecretField::Reference), &reference.as_str().into()).await
        }
    }
}

/// Removes a connector that leads elsewhere now from what credentials may be used with, and gives their names. What it
/// led to was permitted, not its number: whoever wants it again enters the secret again.
pub async fn withdraw_connector(
    tx: &WriteTx,
    vault: &Vault,
    actor: &Actor,
    id: ConnectorId,
) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    for record in permitting(credentials::all_with_deleted(tx.db()).await?, id)? {
        if record.deleted_at.is_some() {
            withdraw_from_deleted(tx, vault, &record, id).await?;
            continue;
        }
        let Credential { name, user_name, mut destinations } = credential_of(&record)?;
        destinations.connectors.retain(|route| route.id != id);
        let credential = &Credential { name, user_name, destinations };
        let storage = storage_after(Some(&record), &SecretChange::Keep);
        let change = CredentialChange { credential, storage, secret_change: &SecretChange::Keep };
        match write(tx, vault, actor, Some(record), change).await {
            Ok(_) => {}
            Err(StoreError::Problem(problem)) => {
                let text = format!("The credential “{}” permits this network connector. {problem}", credential.name);
                return Err(Problem::Refused(text).into());
            }
            Err(fault) => return Err(fault),
        }
        names.push(credential.name.to_string());
    }
    Ok(names)
}

/// The same of a credential that may come back. What does not open stays as it is: it permits where the connector led,
/// and nothing else.
async fn withdraw_from_deleted(
    tx: &WriteTx,
    vault: &Vault,
    record: &Record,
    id: ConnectorId,
) -> Result<(), StoreError> {
    let mut destinations = record.rules()?;
    destinations.connectors.retain(|route| route.id != id);
    let storage = storage_after(Some(record), &SecretChange::Keep);
    let version = match &storage {
        SecretStorage::None => record.secret_version,
        SecretStorage::InVault(version) | SecretStorage::Elsewhere { version, .. } => *version,
    };
    let at = |field| credential_context(record.id, field, version, &record.user_name, &destinations);
    match seal_anew(tx, vault, record, &storage, at).await {
        Ok(()) => credentials::keep_sealed_anew(tx, record, &destinations, version).await,
        Err(StoreError::Problem(problem)) => {
            tracing::warn!(credential = record.id.0, %problem, "a deleted credential was not sealed anew");
            Ok(())
        }
        Err(fault) => Err(fault),
    }
}

/// Those of the credentials that may be used through a connector.
pub fn permitting(all: Vec<Record>, id: ConnectorId) -> Result<Vec<Record>, StoreError> {
    let mut found = Vec::new();
    for record in all {
        if record.rules()?.connectors.iter().any(|route| route.id == id) {
            found.push(record);
        }
    }
    Ok(found)
}

/// Deletes a credential, and gives its name.
pub async fn delete(tx: WriteTx, actor: &Actor, id: CredentialId) -> Result<String, StoreError> {
    accounts::lock(&tx).await?;
    let record = credentials::find(tx.db(), id).await?;
    let used = accounts::uses(tx.db(), Reference::Credential(id), super::NAMED).await?;
    let used = together(used, connectors::uses(tx.db(), id).await?);
    let name = &record.name;
    if used.count > 0 {
        return Err(
            Problem::Refused(format!("“{name}” is in use by {used}. Choose another credential there first.")).into()
        );
    }
    credentials::delete(&tx, id, actor, now()).await?;
    Ok(record.name.to_string())
}

/// Brings a deleted credential back with its secret, and gives its name.
pub async fn restore(
    tx: WriteTx,
    actor: &Actor,
    id: CredentialId,
    new_name: Option<&RecordName>,
) -> Result<String, StoreError> {
    accounts::lock(&tx).await?;
    let record = credentials::find_any(tx.db(), id).await?;
    if record.deleted_at.is_none() {
        return Err(not_deleted(record.name.as_str()));
    }
    let name = new_name.unwrap_or(&record.name).clone();
    if credentials::name_is_taken(tx.db(), &name, Some(id)).await? {
        return Err(Problem::field("name", name_taken(&name)).into());
    }
    credentials::restore(&tx, id, &name, actor, now()).await?;
    Ok(name.to_string())
}

fn stale(record: &Record, mine: &Credential) -> Result<StoreError, StoreError> {
    let newest = Newest {
        version: record.version,
        saved_by: &record.saved_by,
        saved_at: record.saved_at,
        draft: draft_of(&credential_of(record)?),
    };
    Ok(conflict(newest, |theirs| draft_of(mine).differences(theirs)).into())
}
