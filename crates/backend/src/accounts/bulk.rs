//! Several accounts enabled, disabled or deleted in one transaction, with a preview before, and how it is undone. The
//! default stays as it is while another account is enabled.

use model::{AccountId, Actor, CHOSEN_AT_MOST, ChangeKind, ChangePreview, Changed, Moment, Problem, Selection, Undone};
use store::accounts::{self, Record};
use store::{Snapshot, StoreError, Transaction, WriteTx, changes};

use crate::Backend;
use crate::clock::now;

/// Names that a preview shows.
const NAMED: u64 = 10;

impl Backend {
    /// What a change would do.
    pub async fn preview_change(
        &self,
        _actor: &Actor,
        selection: &Selection,
        kind: ChangeKind,
    ) -> Result<ChangePreview, Problem> {
        check_selection(selection)?;
        // One transaction, so that the numbers belong together.
        let preview = move |snapshot: Snapshot| async move {
            let tx = snapshot.db();
            let plan = Plan::of(tx, selection, kind).await?;
            let chosen = changes::count_chosen(tx, selection).await?;
            let (changing, first) = changes::find_changing(tx, selection, kind, plan.kept(), NAMED).await?;
            let becomes_default = match (kind, plan.default.is_none()) {
                (ChangeKind::Enable, true) => first.first().map(|record| record.name.to_string()),
                _ => None,
            };
            Ok(ChangePreview {
                kind,
                chosen,
                changing,
                first: first.into_iter().map(|record| record.name.to_string()).collect(),
                kept_default: plan.kept_name(),
                becomes_default,
            })
        };
        self.store().snapshot(preview).await
    }

    /// Makes the change: all of it or nothing.
    pub async fn change_accounts(
        &self,
        actor: &Actor,
        selection: &Selection,
        kind: ChangeKind,
    ) -> Result<Changed, Problem> {
        check_selection(selection)?;
        let change = move |tx: WriteTx| async move {
            accounts::lock(&tx).await?;
            let plan = Plan::of(tx.db(), selection, kind).await?;
            let made = changes::make(&tx, selection, kind, plan.kept(), plan.loses(), actor, now()).await?;
            let becomes_default = needs_default(&tx, None).await?;
            Ok(Changed {
                id: (made.count > 0).then_some(made.id),
                kind,
                count: u64::try_from(made.count).unwrap_or(0),
                kept_default: plan.kept_name(),
                becomes_default,
            })
        };
        self.store().write(change).await
    }
}

/// Undoes a change, as far as its accounts were not saved since.
pub(crate) async fn undo(
    tx: &WriteTx,
    record: &changes::Record,
    kind: ChangeKind,
    actor: &Actor,
    at: Moment,
) -> Result<Undone, StoreError> {
    // Undoing Enable disables: the default stays then, too, as long as it is not the only one enabled.
    let default = accounts::find_default(tx.db()).await?.map(|default| default.id);
    let kept = match (kind, default) {
        (ChangeKind::Enable, Some(default)) => {
            changes::others_stay_enabled(tx.db(), record.id, default).await?.then_some(default)
        }
        _ => None,
    };
    let count = changes::undo(tx, record, kind, kept, actor, at).await?;
    needs_default(tx, record.was_default).await?;
    let left = u64::try_from(record.count).unwrap_or(0).saturating_sub(count);
    Ok(Undone { count, left, names: Vec::new() })
}

pub(crate) fn check_selection(selection: &Selection) -> Result<(), Problem> {
    match selection {
        Selection::These(ids) if ids.is_empty() => {
            Err(Problem::Malformed("No account was chosen. Go back and choose some.".to_owned()))
        }
        Selection::These(ids) if ids.len() > CHOSEN_AT_MOST => {
            Err(Problem::Malformed(format!("At most {CHOSEN_AT_MOST} accounts are chosen one by one.")))
        }
        Selection::Matching(filter) => match filter.ids() {
            // A list whose ID cannot be read shows more than what was meant.
            Err(message) => Err(Problem::Malformed(message)),
            Ok(_) => Ok(()),
        },
        Selection::These(_) => Ok(()),
    }
}

/// What becomes of the default.
struct Plan {
    default: Option<Record>,
    effect: DefaultEffect,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum DefaultEffect {
    /// The default account is not affected by the change.
    Unchanged,
    /// It stays, since another account is enabled.
    Retained,
    /// No other account is enabled: it goes with the rest.
    Removed,
}

impl Plan {
    async fn of(tx: &Transaction, selection: &Selection, kind: ChangeKind) -> Result<Self, StoreError> {
        let default = accounts::find_default(tx).await?;
        let effect = match (&default, kind) {
            (None, _) | (_, ChangeKind::Enable) => DefaultEffect::Unchanged,
            (Some(default), _) if !changes::is_chosen(tx, selection, default.id).await? => DefaultEffect::Unchanged,
            (Some(_), _) => {
                if changes::another_is_enabled(tx, selection).await? {
                    DefaultEffect::Retained
                } else {
                    DefaultEffect::Removed
                }
            }
        };
        Ok(Self { default, effect })
    }

    fn of_effect(&self, effect: DefaultEffect) -> Option<&Record> {
        self.default.as_ref().filter(|_| self.effect == effect)
    }

    fn kept(&self) -> Option<AccountId> {
        self.of_effect(DefaultEffect::Retained).map(|record| record.id)
    }

    fn kept_name(&self) -> Option<String> {
        self.of_effect(DefaultEffect::Retained).map(|record| record.name.to_string())
    }

    fn loses(&self) -> Option<AccountId> {
        self.of_effect(DefaultEffect::Removed).map(|record| record.id)
    }
}

/// Where accounts are enabled and none is the default, one becomes it: this one if it is enabled, else the first. Gives
/// its name.
pub(crate) async fn needs_default(tx: &WriteTx, wanted: Option<AccountId>) -> Result<Option<String>, StoreError> {
    if accounts::find_default(tx.db()).await?.is_some() {
        return Ok(None);
    }
    let wanted = match wanted {
        None => None,
        Some(id) => Some(accounts::find_any(tx.db(), id).await?).filter(|it| it.enabled && it.deleted_at.is_none()),
    };
    let chosen = match wanted {
        Some(record) => Some(record),
        None => changes::first_enabled(tx.db()).await?,
    };
    match chosen {
        None => Ok(None),
        Some(record) => {
            changes::make_default(tx, record.id).await?;
            Ok(Some(record.name.to_string()))
        }
    }
}
