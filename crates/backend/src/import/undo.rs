//! An import that is taken back: accounts that it changed become what they were, and those that it registered are
//! deleted. What was changed since stays as it is.

use std::collections::HashMap;

use model::{Account, AccountDraft, Actor, FieldErrors, Moment, Problem, Undone};
use store::accounts::{self, AccountChange, Record, ReferenceNames};
use store::imported::{self, ImportedAccount};
use store::{StoreError, WriteTx, changes};

use super::cells::Known;
use crate::accounts::{needs_default, parse, references};

/// Names that are told of accounts that stay.
const NAMED: usize = 10;

/// An account as it was, to be kept.
pub fn previous(record: &Record) -> Result<String, StoreError> {
    serde_json::to_string(&AccountDraft::of(&record.account())).map_err(unreadable)
}

pub async fn undo(tx: &WriteTx, record: &changes::Record, actor: &Actor, at: Moment) -> Result<Undone, StoreError> {
    let kept = imported::find(tx, record.id).await?;
    if kept.is_empty() {
        let text = "This import can be undone no longer: it was made 30 days ago, or ten others were made since.";
        return Err(Problem::Refused(format!("{text} Nothing was changed.")).into());
    }
    let known = &Known::read(tx.db()).await?;
    let ids: Vec<_> = kept.iter().map(|imported| imported.account).collect();
    let there = accounts::find_some(tx.db(), &ids).await?;
    let mut there: HashMap<_, _> = there.into_iter().map(|record| (record.id, record)).collect();
    let (new, changed): (Vec<_>, Vec<_>) = kept.into_iter().partition(|imported| imported.previous.is_none());
    let mut undone = Vec::new();
    let mut left = Vec::new();
    // The names of new accounts are free then.
    for ImportedAccount { account, version, previous: _ } in new {
        match there.remove(&account) {
            Some(record) if record.version == version => {
                undone.push(accounts::change(tx, Some(record), AccountChange::Delete, actor, at).await?.id);
            }
            Some(record) => left.push(record.name.to_string()),
            // It was deleted meanwhile.
            None => {}
        }
    }
    for ImportedAccount { account, version, previous } in changed {
        let draft: AccountDraft = serde_json::from_str(&previous.unwrap_or_default()).map_err(unreadable)?;
        let Some(record) = there.remove(&account).filter(|record| record.version == version) else {
            left.push(draft.name);
            continue;
        };
        match allowed(tx, known, &record, &draft).await? {
            Some((account, names)) => {
                // The mark of the default goes back at the end.
                let is_default = record.is_default && account.enabled;
                let change = AccountChange::Save { account: &account, names: &names, is_default };
                undone.push(accounts::change(tx, Some(record), change, actor, at).await?.id);
            }
            None => left.push(record.name.to_string()),
        }
    }
    // Whoever got the mark by the import gives it back.
    let holder = accounts::find_default(tx.db()).await?.filter(|holder| undone.contains(&holder.id));
    if let (Some(was), Some(holder)) = (record.was_default, holder) {
        let was = accounts::find_some(tx.db(), &[was]).await?.pop();
        if was.is_some_and(|was| was.enabled && was.id != holder.id) {
            accounts::change(tx, Some(holder), AccountChange::LoseDefault, actor, at).await?;
        }
    }
    needs_default(tx, record.was_default).await?;
    changes::end(tx, record, actor).await?;
    imported::forget(tx, record.id).await?;
    let (count, stay) = (undone.len() as u64, left.len() as u64);
    left.truncate(NAMED);
    Ok(Undone { count, left: stay, names: left })
}

/// What an account was, if it may be that again: its name is free, and what it points at is there and allows it.
async fn allowed(
    tx: &WriteTx,
    known: &Known,
    record: &Record,
    draft: &AccountDraft,
) -> Result<Option<(Account, ReferenceNames)>, StoreError> {
    let Ok(account) = parse(draft) else {
        return Ok(None);
    };
    let is_renamed = account.name != record.name;
    if is_renamed && accounts::name_is_taken(tx.db(), account.name.as_str(), Some(record.id)).await? {
        return Ok(None);
    }
    let mut errors = FieldErrors::default();
    let names =
        references::permitted(&account, known.credential_of(&account), known.connector_of(&account), &mut errors)?;
    Ok(errors.is_empty().then_some((account, names)))
}

/// It was written by [`previous`].
fn unreadable(error: serde_json::Error) -> StoreError {
    tracing::error!(%error, "what an account was before an import cannot be read");
    Problem::Internal.into()
}
