//! Accounts in the store. Every change of one goes through [`change`], in a transaction that holds the lock of
//! [`lock`]: versions, the count and who did it are kept there and nowhere else.

use futures_util::{Stream, StreamExt};
use model::moment::DAY;
use model::{
    Account, AccountFilter, AccountId, Actor, ConnectionSecurity, Host, LastTest, Moment, Port, Problem, RecordName,
    text,
};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, FromQueryResult, IntoActiveModel,
    PaginatorTrait, QueryFilter, QuerySelect, QueryTrait, StreamTrait, Value,
};

pub use super::account_references::{Reference, count_uses, rename_reference, uses, uses_of};
use super::entity::account::{ActiveModel, Column, Entity};
pub use super::entity::account::{Model as Record, ReferenceKind, ReferenceNames};
use super::entity::test_send;
use super::{StoreError, WriteTx, query, settings};
use crate::audit::{Action, Event, Resource};

/// How long a deleted account can be restored; other records as well.
pub const DELETED_RETENTION: i64 = 30 * DAY;

/// Lets one transaction at a time decide about accounts: what it reads after this stays true until it commits.
pub async fn lock(tx: &WriteTx) -> Result<(), StoreError> {
    settings::lock(tx).await.map(|_| ())
}

/// An account that is not deleted, or the sentence that it is not there.
pub async fn find(db: &impl ConnectionTrait, id: AccountId) -> Result<Record, StoreError> {
    match find_any(db, id).await? {
        record @ Record { deleted_at: None, .. } => Ok(record),
        Record { name, saved_by, deleted_at: Some(at), .. } => {
            Err(Problem::NotFound(format!("“{name}” was deleted by {saved_by} on {at}.")).into())
        }
    }
}

/// An account, deleted or not.
pub async fn find_any(db: &impl ConnectionTrait, id: AccountId) -> Result<Record, StoreError> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| unknown(id))
}

fn unknown(id: AccountId) -> StoreError {
    Problem::NotFound(format!("There is no account {id}.")).into()
}

/// The default account.
pub async fn find_default(db: &impl ConnectionTrait) -> Result<Option<Record>, StoreError> {
    Ok(Entity::find().filter(Column::IsDefault.eq(true)).filter(Column::DeletedAt.is_null()).one(db).await?)
}

/// Whether another account than this one is enabled.
pub async fn another_is_enabled(db: &impl ConnectionTrait, id: Option<AccountId>) -> Result<bool, StoreError> {
    let mut others = Entity::find().filter(Column::Enabled.eq(true)).filter(Column::DeletedAt.is_null());
    if let Some(id) = id {
        others = others.filter(Column::Id.ne(id));
    }
    Ok(others.limit(1).one(db).await?.is_some())
}

/// Whether another account than this one has the name.
pub async fn name_is_taken(db: &impl ConnectionTrait, name: &str, id: Option<AccountId>) -> Result<bool, StoreError> {
    let mut others = Entity::find().filter(Column::NameFolded.eq(text::fold(name))).filter(Column::DeletedAt.is_null());
    if let Some(id) = id {
        others = others.filter(Column::Id.ne(id));
    }
    Ok(others.one(db).await?.is_some())
}

/// Those of these accounts that are not deleted.
pub async fn find_some(db: &impl ConnectionTrait, ids: &[AccountId]) -> Result<Vec<Record>, StoreError> {
    find_in(db, Column::Id, ids.iter().map(|id| Value::from(id.0)).collect()).await
}

/// The accounts of these folded names.
pub async fn find_named(db: &impl ConnectionTrait, names: &[String]) -> Result<Vec<Record>, StoreError> {
    find_in(db, Column::NameFolded, names.iter().map(|name| Value::from(name.as_str())).collect()).await
}

async fn find_in(db: &impl ConnectionTrait, column: Column, values: Vec<Value>) -> Result<Vec<Record>, StoreError> {
    let mut found = Vec::new();
    // A statement takes a limited number of values.
    for values in values.chunks(500) {
        let some = Entity::find().filter(column.is_in(values.iter().cloned())).filter(Column::DeletedAt.is_null());
        found.extend(some.all(db).await?);
    }
    Ok(found)
}

/// How many accounts are enabled.
pub async fn count_enabled(db: &impl ConnectionTrait) -> Result<u64, StoreError> {
    let enabled = Entity::find().filter(Column::Enabled.eq(true)).filter(Column::DeletedAt.is_null());
    Ok(enabled.count(db).await?)
}

/// How many accounts match.
pub async fn count(db: &impl ConnectionTrait, filter: &AccountFilter) -> Result<u64, StoreError> {
    let row = db.query_one(&query::count(filter, db.get_database_backend())).await?;
    let count = row.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
}

/// One page of the accounts that match.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &AccountFilter,
    offset: u64,
    rows: u64,
) -> Result<Vec<Record>, StoreError> {
    let rows = db.query_all(&query::page(filter, db.get_database_backend(), offset, rows)).await?;
    Ok(rows.iter().map(|row| Record::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// The first accounts that match, so many at most, as the database gives them.
pub async fn stream<'a>(
    db: &'a DatabaseConnection,
    filter: &AccountFilter,
    at_most: u64,
) -> Result<impl Stream<Item = Result<Record, StoreError>> + Send + use<'a>, StoreError> {
    let rows = db.stream(&query::page(filter, db.get_database_backend(), 0, at_most)).await?;
    Ok(rows.map(|row| Ok(Record::from_query_result(&row?, "")?)))
}

/// What can happen to an account.
pub enum AccountChange<'a> {
    /// It is saved as this, by a form; whether it is the default is decided by the rules.
    Save {
        /// What the form says.
        account: &'a Account,
        /// The names of what it refers to.
        names: &'a ReferenceNames,
        /// Whether it is the default from now on.
        is_default: bool,
    },
    /// The mark of the default went to another one.
    LoseDefault,
    /// It is deleted, and can be restored for a while.
    Delete,
    /// It comes back under this name; whether it is the default is decided by the rules.
    Restore {
        /// Its own name, or another one where that is taken by now.
        name: &'a RecordName,
        /// Whether it is the default from now on.
        is_default: bool,
    },
    /// Its newest test, if it has one. That is no save: a form that is open stays fresh.
    Test(Option<&'a LastTest>),
    /// The same, and until when the certificate holds that the server showed in it.
    Shown(Option<&'a LastTest>, Moment),
}

/// Makes one change, to this account or to a new one.
pub async fn change(
    tx: &WriteTx,
    record: Option<Record>,
    change: AccountChange<'_>,
    actor: &Actor,
    at: Moment,
) -> Result<Record, StoreError> {
    let is_new = record.is_none();
    let version = record.as_ref().map_or(0, |record| record.version) + 1;
    let mut row = match record {
        Some(record) => record.into_active_model(),
        None => ActiveModel { created_at: Set(at), ..Default::default() },
    };
    let mut counted = 0;
    let action = match change {
        AccountChange::Save { .. } if is_new => Action::Create,
        AccountChange::Save { .. } | AccountChange::LoseDefault | AccountChange::Test(_) | AccountChange::Shown(..) => {
            Action::Update
        }
        AccountChange::Delete => Action::Delete,
        AccountChange::Restore { .. } => Action::Restore,
    };
    match change {
        AccountChange::Save { account, names, is_default } => {
            let Account { host, port, security, .. } = account;
            if connects_elsewhere(&row, host, *port, *security) {
                row.certificate_until = Set(None);
            }
            row.set_account(account, names);
            row.is_default = Set(is_default);
            counted = i64::from(is_new);
        }
        AccountChange::LoseDefault => row.is_default = Set(false),
        AccountChange::Delete => {
            row.deleted_at = Set(Some(at));
            row.is_default = Set(false);
            counted = -1;
        }
        AccountChange::Restore { name, is_default } => {
            row.set_name(name);
            row.deleted_at = Set(None);
            row.is_default = Set(is_default);
            counted = 1;
        }
        AccountChange::Test(test) | AccountChange::Shown(test, _) => {
            if let AccountChange::Shown(_, until) = change {
                row.certificate_until = Set(Some(until));
            }
            row.last_test_id = Set(test.map(|test| test.id));
            row.last_test_at = Set(test.map(|test| test.at));
            row.last_test_taken = Set(test.and_then(|test| test.taken));
            row.last_test_passed = Set(test.map(|test| i32::from(test.passed)));
            row.last_test_failed_at = Set(test.and_then(|test| test.failed_at));
            return Ok(row.update(tx.db()).await?);
        }
    }
    row.version = Set(version);
    row.saved_at = Set(at);
    row.saved_by = Set(actor.email.to_string());
    row.changed_in = Set(None);
    if counted != 0 {
        settings::add_accounts(tx, counted).await?;
    }
    let saved: Record = if is_new { row.insert(tx.db()).await? } else { row.update(tx.db()).await? };
    tx.audit(Event::by(actor, action).on(Resource::Account(saved.id)));
    Ok(saved)
}

/// The server is another than before.
fn connects_elsewhere(row: &ActiveModel, host: &Host, port: Option<Port>, security: ConnectionSecurity) -> bool {
    row.host.try_as_ref() != Some(host)
        || row.port.try_as_ref() != Some(&port)
        || row.security.try_as_ref() != Some(&security)
}

/// The row of a new account, for the generator, which saves many at once.
pub fn new_row(account: &Account, names: &ReferenceNames, is_default: bool, saved_by: &str, at: Moment) -> ActiveModel {
    let mut row = ActiveModel { id: NotSet, created_at: Set(at), ..Default::default() };
    row.set_account(account, names);
    row.is_default = Set(is_default);
    row.version = Set(1);
    row.saved_at = Set(at);
    row.saved_by = Set(saved_by.to_owned());
    row
}

/// Forgets accounts that were deleted 30 days ago with what is left of their tests, and gives how many.
pub async fn purge(tx: &WriteTx, now: Moment) -> Result<u64, StoreError> {
    let old = Column::DeletedAt.lt(now.minus(DELETED_RETENTION));
    let ids = Entity::find().select_only().column(Column::Id).filter(old.clone()).into_query();
    test_send::Entity::delete_many().filter(test_send::Column::AccountId.in_subquery(ids)).exec(tx.db()).await?;
    Ok(Entity::delete_many().filter(old).exec(tx.db()).await?.rows_affected)
}
