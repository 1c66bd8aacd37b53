//! The rules of saving a credential: its name is there once, its secret is sealed for what it may be used with, and
//! whoever widens that enters the secret again.

use model::secret::check_secret;
use model::{
    AccountName, Actor, Credential, CredentialDraft, CredentialId, Destinations, FieldErrors, Host, Named, Problem,
    SecretAnswer, SecretReference, Stale,
};
use secrecy::{ExposeSecret, SecretString};

use super::{TypedSecret, credential_of, draft_of, together};
use crate::accounts::name_taken;
use crate::clock::now;
use crate::hosts::to_ascii;
use crate::restore::not_deleted;
use crate::store::accounts::{self, Pointed};
use crate::store::credentials::{self, Kept, Record};
use crate::store::{Fault, Write, connectors, secrets};
use crate::vault::{Kind, Place, Vault};

/// What is to become of the secret.
pub enum Wanted {
    Keep,
    Replace(SecretString),
    Refer(SecretReference),
    Clear,
}

/// All rules of one credential, with those of host names, which are too large for a browser, and of the secret.
pub fn parse(draft: &CredentialDraft, typed: &TypedSecret, is_new: bool) -> Result<(Credential, Wanted), FieldErrors> {
    let parsed = draft.parse();
    let mut errors = parsed.as_ref().err().cloned().unwrap_or_default();
    let TypedSecret { answer, secret, reference } = typed;
    let wanted = match answer {
        SecretAnswer::Keep if is_new => Some(Wanted::Clear),
        SecretAnswer::Keep => Some(Wanted::Keep),
        SecretAnswer::Clear => Some(Wanted::Clear),
        SecretAnswer::Replace => {
            errors.take("secret", check_secret(secret.expose_secret())).map(|()| Wanted::Replace(secret.clone()))
        }
        SecretAnswer::Refer => errors.take("reference", SecretReference::parse(reference)).map(Wanted::Refer),
    };
    let hosts = match &parsed {
        Ok(credential) => {
            let ascii = credential.destinations.hosts.iter().map(to_ascii).collect::<Result<Vec<Host>, _>>();
            errors.take("hosts", ascii)
        }
        Err(_) => None,
    };
    match (parsed, hosts, wanted) {
        (Ok(credential), Some(hosts), Some(wanted)) if errors.is_empty() => {
            let destinations = Destinations { hosts, ..credential.destinations }.in_order();
            Ok((Credential { destinations, ..credential }, wanted))
        }
        _ => Err(errors.in_order_of(&CredentialDraft::FIELDS)),
    }
}

/// Saves a credential: a new one, or the one of this number that is still at this version.
pub async fn save(
    tx: Write,
    vault: &Vault,
    actor: &Actor,
    over: Option<(CredentialId, i64)>,
    credential: &Credential,
    wanted: &Wanted,
) -> Result<(Write, Named<CredentialId>), Fault> {
    accounts::lock(&tx).await?;
    let record = match over {
        None => None,
        Some((id, version)) => {
            let record = credentials::find(tx.db(), id).await?;
            match record.version == version {
                true => Some(record),
                false => return Err(stale(&record, credential)?),
            }
        }
    };
    let id = record.as_ref().map(|record| record.id);
    let mut errors = FieldErrors::default();
    if credentials::name_is_taken(tx.db(), &credential.name, id).await? {
        errors.push("name", format!("“{}” exists already. Choose another name.", credential.name));
    }
    let before = record.as_ref().map(Record::rules).transpose()?;
    if let (Some(record), Some(before), Wanted::Keep) = (&record, &before, wanted)
        && record.in_vault
        && credential.destinations.widen(before)
    {
        let text = "It may now be used with more than before. Choose Replace and enter the secret again.";
        errors.push("secret", text);
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let seals = record.as_ref().map_or(0, |record| record.secret_version);
    let kept = match (wanted, &record) {
        (Wanted::Replace(_), _) => Kept::InVault(seals + 1),
        (Wanted::Refer(reference), _) => Kept::Elsewhere(reference.clone()),
        (Wanted::Keep, Some(Record { reference: Some(reference), .. })) => Kept::Elsewhere(reference.clone()),
        (Wanted::Keep, Some(Record { in_vault: true, .. })) => Kept::InVault(seals + 1),
        (Wanted::Clear | Wanted::Keep, _) => Kept::None,
    };
    let was = record.clone();
    let saved = credentials::change(&tx, record, credential, &kept, actor, now()).await?;
    let place = place(saved.id, saved.secret_version, &credential.user_name, &credential.destinations);
    match (wanted, &kept, &was, &before) {
        (Wanted::Replace(secret), ..) => secrets::put(&tx, vault, &place, secret).await?,
        (Wanted::Keep, Kept::InVault(_), Some(was), Some(before)) => {
            let old = self::place(was.id, was.secret_version, &was.user_name, before);
            secrets::reseal(&tx, vault, &old, &place).await?;
        }
        _ => secrets::remove(&tx, &place).await?,
    }
    if let Some(was) = was
        && was.name != saved.name
    {
        accounts::rename_pointed(&tx, Pointed::Credential(saved.id), &saved.name).await?;
    }
    Ok((tx, Named { id: saved.id, name: saved.name.to_string() }))
}

/// Deletes a credential, and gives its name.
pub async fn delete(tx: Write, actor: &Actor, id: CredentialId) -> Result<(Write, String), Fault> {
    accounts::lock(&tx).await?;
    let record = credentials::find(tx.db(), id).await?;
    let used = accounts::uses(tx.db(), Pointed::Credential(id), super::NAMED).await?;
    let used = together(used, connectors::uses(tx.db(), id).await?);
    let name = &record.name;
    if used.count > 0 {
        return Err(
            Problem::Refused(format!("“{name}” is in use by {used}. Choose another credential there first.")).into()
        );
    }
    let deleted = credentials::delete(&tx, record, actor, now()).await?;
    Ok((tx, deleted.name.to_string()))
}

/// Brings a deleted credential back with its secret, and gives its name.
pub async fn restore(
    tx: Write,
    actor: &Actor,
    id: CredentialId,
    new_name: Option<&AccountName>,
) -> Result<(Write, String), Fault> {
    accounts::lock(&tx).await?;
    let record = credentials::find_any(tx.db(), id).await?;
    if record.deleted_at.is_none() {
        return Err(not_deleted(record.name.as_str()));
    }
    let name = new_name.unwrap_or(&record.name).clone();
    if credentials::name_is_taken(tx.db(), &name, Some(id)).await? {
        return Err(Problem::field("name", name_taken(&name)).into());
    }
    let restored = credentials::restore(&tx, record, &name, actor, now()).await?;
    Ok((tx, restored.name.to_string()))
}

/// What a credential's secret is sealed for.
pub fn place<'a>(id: CredentialId, version: i64, user_name: &'a str, destinations: &'a Destinations) -> Place<'a> {
    Place { kind: Kind::Credential, id: id.0, field: "secret", version, user_name, destinations }
}

fn stale(record: &Record, mine: &Credential) -> Result<Fault, Fault> {
    let differences = draft_of(mine).differences(&draft_of(&credential_of(record)?));
    Ok(Problem::Stale(Box::new(Stale {
        version: record.version,
        saved_by: record.saved_by.clone(),
        saved_at: record.saved_at,
        differences,
    }))
    .into())
}
