//! Several accounts changed at once, in a few statements, in a transaction that holds the lock of accounts. Like
//! [`super::accounts::change`] it counts versions and keeps who did it.

use model::{AccountId, Actor, ChangeId, ChangeKind, Moment, Problem, Selection};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::entity::account::{self, Column, Entity};
use super::entity::change;
pub use super::entity::change::{Model as Record, StoredChangeKind};
use super::{StoreError, WriteTx, query, settings};
use crate::audit::{Action, Event, Resource};

/// The accounts of a selection that are not deleted.
fn chosen(selection: &Selection, db: &impl ConnectionTrait) -> Condition {
    match selection {
        Selection::These(ids) => {
            Condition::all().add(Column::DeletedAt.is_null()).add(Column::Id.is_in(ids.iter().copied()))
        }
        Selection::Matching(filter) => query::condition(filter, db.get_database_backend()),
    }
}

/// How many accounts were chosen and are there.
pub async fn count_chosen(db: &impl ConnectionTrait, selection: &Selection) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(chosen(selection, db)).count(db).await?)
}

/// The first of those that were chosen and are there, by ID.
pub async fn find_chosen(
    db: &impl ConnectionTrait,
    selection: &Selection,
    first: u64,
) -> Result<Vec<account::Model>, StoreError> {
    Ok(Entity::find().filter(chosen(selection, db)).order_by_asc(Column::Id).limit(first).all(db).await?)
}

/// Those of them that a change would change; all but `except`.
fn changing(
    db: &impl ConnectionTrait,
    selection: &Selection,
    kind: ChangeKind,
    except: Option<AccountId>,
) -> Condition {
    let mut condition = chosen(selection, db);
    match kind {
        ChangeKind::Enable => condition = condition.add(Column::Enabled.eq(false)),
        ChangeKind::Disable => condition = condition.add(Column::Enabled.eq(true)),
        ChangeKind::Delete => {}
    }
    match except {
        Some(except) => condition.add(Column::Id.ne(except)),
        None => condition,
    }
}

/// How many accounts a change would change, and the first of them by ID.
pub async fn find_changing(
    db: &impl ConnectionTrait,
    selection: &Selection,
    kind: ChangeKind,
    except: Option<AccountId>,
    first: u64,
) -> Result<(u64, Vec<account::Model>), StoreError> {
    let all = Entity::find().filter(changing(db, selection, kind, except));
    let count = all.clone().count(db).await?;
    Ok((count, all.order_by_asc(Column::Id).limit(first).all(db).await?))
}

/// Whether an account was chosen.
pub async fn is_chosen(db: &impl ConnectionTrait, selection: &Selection, id: AccountId) -> Result<bool, StoreError> {
    let found = Entity::find().filter(chosen(selection, db)).filter(Column::Id.eq(id)).one(db).await?;
    Ok(found.is_some())
}

/// Whether an account that is enabled was not chosen.
pub async fn another_is_enabled(db: &impl ConnectionTrait, selection: &Selection) -> Result<bool, StoreError> {
    let enabled = Condition::all().add(Column::DeletedAt.is_null()).add(Column::Enabled.eq(true));
    let all = Entity::find().filter(enabled.clone()).count(db).await?;
    let chosen = Entity::find().filter(chosen(selection, db)).filter(enabled).count(db).await?;
    Ok(all > chosen)
}

/// Makes the change, and keeps that it was made.
pub async fn make(
    tx: &WriteTx,
    selection: &Selection,
    kind: ChangeKind,
    except: Option<AccountId>,
    was_default: Option<AccountId>,
    actor: &Actor,
    at: Moment,
) -> Result<Record, StoreError> {
    let made = begin(tx, kind.into(), was_default, actor, at).await?;
    let values = match kind {
        ChangeKind::Enable => vec![(Column::Enabled, Expr::value(true))],
        ChangeKind::Disable => vec![(Column::Enabled, Expr::value(false)), (Column::IsDefault, Expr::value(false))],
        ChangeKind::Delete => vec![(Column::DeletedAt, Expr::value(at)), (Column::IsDefault, Expr::value(false))],
    };
    let values = values.into_iter().chain([(Column::ChangedIn, Expr::value(made.id))]);
    let count = update(tx, values, changing(tx.db(), selection, kind, except), actor, at).await?;
    if kind == ChangeKind::Delete {
        settings::add_accounts(tx, -signed(count)).await?;
    }
    let action = match kind {
        ChangeKind::Enable => Action::Enable,
        ChangeKind::Disable => Action::Disable,
        ChangeKind::Delete => Action::Delete,
    };
    let event = Event::by(actor, action).on(Resource::Change(made.id));
    tx.audit(event.detail(format_args!("accounts: {count}")));
    counted(tx, made, count).await
}

/// Keeps that a change is made.
pub async fn begin(
    tx: &WriteTx,
    kind: StoredChangeKind,
    was_default: Option<AccountId>,
    actor: &Actor,
    at: Moment,
) -> Result<Record, StoreError> {
    let row = change::ActiveModel {
        id: NotSet,
        kind: Set(kind),
        count: Set(0),
        was_default: Set(was_default),
        changed_at: Set(at),
        changed_by: Set(actor.email.to_string()),
        undone: Set(false),
    };
    Ok(row.insert(tx.db()).await?)
}

/// Keeps how many accounts it changed.
pub async fn counted(tx: &WriteTx, record: Record, count: u64) -> Result<Record, StoreError> {
    let mut row = record.into_active_model();
    row.count = Set(signed(count));
    Ok(row.update(tx.db()).await?)
}

/// A change that was made and not undone yet, kept for this transaction.
pub async fn find(tx: &WriteTx, id: ChangeId) -> Result<Record, StoreError> {
    let found = change::Entity::find_by_id(id).lock_exclusive().one(tx.db()).await?;
    match found {
        Some(record) if record.undone => {
            Err(Problem::Refused("This was undone already. Nothing was changed.".to_owned()).into())
        }
        Some(record) => Ok(record),
        None => Err(Problem::NotFound(format!("There is no change {id}.")).into()),
    }
}

/// Whether another account than this one is enabled that the change did not enable.
pub async fn others_stay_enabled(db: &impl ConnectionTrait, id: ChangeId, but: AccountId) -> Result<bool, StoreError> {
    let not_in_it = Condition::any().add(Column::ChangedIn.is_null()).add(Column::ChangedIn.ne(id));
    let others = Entity::find()
        .filter(Column::DeletedAt.is_null())
        .filter(Column::Enabled.eq(true))
        .filter(Column::Id.ne(but))
        .filter(not_in_it);
    Ok(others.one(db).await?.is_some())
}

/// Undoes a change, as far as its accounts were not saved by themselves since; gives of how many it was undone.
pub async fn undo(
    tx: &WriteTx,
    record: &Record,
    kind: ChangeKind,
    except: Option<AccountId>,
    actor: &Actor,
    at: Moment,
) -> Result<u64, StoreError> {
    let mut condition = Condition::all().add(Column::ChangedIn.eq(record.id));
    if let Some(except) = except {
        condition = condition.add(Column::Id.ne(except));
    }
    let values = match kind {
        ChangeKind::Enable => {
            condition = condition.add(Column::DeletedAt.is_null());
            vec![(Column::Enabled, Expr::value(false)), (Column::IsDefault, Expr::value(false))]
        }
        ChangeKind::Disable => {
            condition = condition.add(Column::DeletedAt.is_null());
            vec![(Column::Enabled, Expr::value(true))]
        }
        ChangeKind::Delete => {
            let names =
                Query::select().column(Column::NameFolded).from(Entity).and_where(Column::DeletedAt.is_null()).take();
            condition = condition.add(Column::DeletedAt.is_not_null()).add(Column::NameFolded.not_in_subquery(names));
            vec![(Column::DeletedAt, Expr::value(Option::<Moment>::None))]
        }
    };
    let values = values.into_iter().chain([(Column::ChangedIn, Expr::value(Option::<ChangeId>::None))]);
    let count = update(tx, values, condition, actor, at).await?;
    if kind == ChangeKind::Delete {
        settings::add_accounts(tx, signed(count)).await?;
    }
    end(tx, record, actor).await?;
    Ok(count)
}

/// Keeps that a change was undone, by whom.
pub async fn end(tx: &WriteTx, record: &Record, actor: &Actor) -> Result<(), StoreError> {
    tx.audit_as_one(Event::by(actor, Action::Undo).on(Resource::Change(record.id)));
    let mut row = record.clone().into_active_model();
    row.undone = Set(true);
    row.update(tx.db()).await?;
    Ok(())
}

async fn update(
    tx: &WriteTx,
    values: impl IntoIterator<Item = (Column, Expr)>,
    condition: Condition,
    actor: &Actor,
    at: Moment,
) -> Result<u64, StoreError> {
    let mut statement = Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::SavedAt, Expr::value(at))
        .col_expr(Column::SavedBy, Expr::value(actor.email.to_string()));
    for (column, value) in values {
        statement = statement.col_expr(column, value);
    }
    Ok(statement.filter(condition).exec(tx.db()).await?.rows_affected)
}

/// Gives an account that is enabled the mark of the default. That is part of a change, and no save of its own.
pub async fn make_default(tx: &WriteTx, id: AccountId) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::IsDefault, Expr::value(true))
        .filter(Column::Id.eq(id))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The enabled account of the lowest ID.
pub async fn first_enabled(db: &impl ConnectionTrait) -> Result<Option<account::Model>, StoreError> {
    let enabled = Entity::find().filter(Column::DeletedAt.is_null()).filter(Column::Enabled.eq(true));
    Ok(enabled.order_by_asc(Column::Id).one(db).await?)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
