//! The rules between accounts: names are there once, and of the accounts that are enabled exactly one is the default.
//!
//! Each function here is one transaction that locks first, so that what it reads stays true until it commits.

use model::{Account, AccountDraft, AccountId, Actor, DefaultMoved, FieldErrors, Problem, RecordName, Saved};
use store::accounts::{self, AccountChange, Record};
use store::{StoreError, WriteTx};

use super::references;
use crate::clock::now;
use crate::conflict::{Newest, conflict};

/// Saves an account: a new one, or the one of this number that is still at this version.
pub async fn save(
    tx: WriteTx,
    actor: &Actor,
    over: Option<(AccountId, i64)>,
    account: &Account,
) -> Result<Saved, StoreError> {
    accounts::lock(&tx).await?;
    let record = match over {
        None => None,
        Some((id, version)) => {
            let record = accounts::find(tx.db(), id).await?;
            if record.version == version { Some(record) } else { return Err(stale(&record, account)) }
        }
    };
    let id = record.as_ref().map(|record| record.id);
    let is_default = record.as_ref().is_some_and(|record| record.is_default);
    let mut errors = FieldErrors::default();
    if accounts::name_is_taken(tx.db(), account.name.as_str(), id).await? {
        errors.push("name", name_taken(&account.name));
    }
    if is_default && accounts::another_is_enabled(tx.db(), id).await? {
        for (field, answer) in [("enabled", account.enabled), ("default", account.default)] {
            if !answer {
                errors.push(field, "This is the default. Make another account the default first.");
            }
        }
    }
    let names = &references::check(&tx, account, &mut errors).await?;
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let other = accounts::find_default(tx.db()).await?.filter(|other| Some(other.id) != id);
    let becomes = account.enabled && (account.default || other.is_none());
    // A No that could not stand is told like a move: "it is the default".
    let is_news = becomes && !(is_default && account.default);
    let from = if becomes { take_from(&tx, other, actor).await? } else { None };
    let change = AccountChange::Save { account, names, is_default: becomes };
    let saved = accounts::change(&tx, record, change, actor, now()).await?;
    Ok(saved_as(saved, is_news, from))
}

/// Deletes an account, and gives its name.
pub async fn delete(tx: WriteTx, actor: &Actor, id: AccountId) -> Result<String, StoreError> {
    accounts::lock(&tx).await?;
    let record = accounts::find(tx.db(), id).await?;
    if record.is_default && accounts::another_is_enabled(tx.db(), Some(id)).await? {
        let name = &record.name;
        let text = format!("“{name}” is the default. Make another account the default first, then delete this one.");
        return Err(Problem::Refused(text).into());
    }
    let deleted = accounts::change(&tx, Some(record), AccountChange::Delete, actor, now()).await?;
    Ok(deleted.name.to_string())
}

/// Brings a deleted account back.
pub async fn restore(
    tx: WriteTx,
    actor: &Actor,
    id: AccountId,
    new_name: Option<&RecordName>,
) -> Result<Saved, StoreError> {
    accounts::lock(&tx).await?;
    let record = accounts::find_any(tx.db(), id).await?;
    if record.deleted_at.is_none() {
        return Err(Problem::Refused(format!("“{}” is not deleted.", record.name)).into());
    }
    let name = new_name.unwrap_or(&record.name).clone();
    if accounts::name_is_taken(tx.db(), name.as_str(), Some(id)).await? {
        return Err(Problem::field("name", name_taken(&name)).into());
    }
    let is_default = record.enabled && accounts::find_default(tx.db()).await?.is_none();
    let change = AccountChange::Restore { name: &name, is_default };
    let restored = accounts::change(&tx, Some(record), change, actor, now()).await?;
    Ok(saved_as(restored, is_default, None))
}

/// Takes the mark from the account that has it, and gives that one's name.
async fn take_from(tx: &WriteTx, other: Option<Record>, actor: &Actor) -> Result<Option<String>, StoreError> {
    let Some(other) = other else {
        return Ok(None);
    };
    let other = accounts::change(tx, Some(other), AccountChange::LoseDefault, actor, now()).await?;
    Ok(Some(other.name.to_string()))
}

fn saved_as(record: Record, default_is_news: bool, from: Option<String>) -> Saved {
    let name = record.name.to_string();
    let default_moved = default_is_news.then(|| DefaultMoved { to: name.clone(), from });
    Saved { id: record.id, version: record.version, name, default_moved }
}

pub fn name_taken(name: &RecordName) -> String {
    format!("“{name}” exists already. Choose another name.")
}

fn stale(record: &Record, mine: &Account) -> StoreError {
    let newest = Newest {
        version: record.version,
        saved_by: &record.saved_by,
        saved_at: record.saved_at,
        draft: AccountDraft::of(&record.account()),
    };
    conflict(newest, |theirs| AccountDraft::of(mine).differences(theirs)).into()
}
