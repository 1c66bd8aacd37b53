//! Schedules in the store. Every change of one by a person goes through [`change`].

use model::{
    AccountId, Actor, Filter, Moment, Named, Problem, RecordName, Recurrence, Schedule, ScheduleColumn, ScheduleFilter,
    ScheduleFilterKey, ScheduleId, Sort, UserId, ViewId, text,
};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};

pub use super::entity::schedule::Model as Record;
use super::entity::schedule::{ActiveModel, Column, Entity};
pub use super::planned_schedules::{any_due, due, move_next, plan, waiting};
pub use super::stopped_schedules::{resume, stop, stop_following, stop_of, stopped_following};
use super::{StoreError, WriteTx, records};
use crate::audit::{Action, Event, Resource};

impl Record {
    /// The schedule that a record holds.
    pub fn schedule(&self) -> Result<Schedule, StoreError> {
        let recurrence: Recurrence =
            serde_json::from_str(&self.recurrence).map_err(|error| DbErr::Json(error.to_string()))?;
        let addresses = self.recipients.lines().map(|line| model::EmailAddress::parse("Recipient", line));
        Ok(Schedule {
            name: self.name.clone(),
            filter: model::AccountFilter::from_query(&self.query),
            view: self.view_id,
            format: self.format,
            recurrence,
            zone: self.zone.clone(),
            recipients: addresses.collect::<Result<_, _>>().map_err(DbErr::Custom)?,
            account: self.account_id,
            subject: self.subject.clone(),
            send_empty: self.send_empty,
            enabled: self.enabled,
        })
    }
}

/// A schedule that is not deleted, or the sentence that it is not there.
pub async fn find(db: &impl ConnectionTrait, id: ScheduleId) -> Result<Record, StoreError> {
    not_deleted(find_any(db, id).await?)
}

/// A schedule, deleted or not.
pub async fn find_any(db: &impl ConnectionTrait, id: ScheduleId) -> Result<Record, StoreError> {
    Entity::find_by_id(id).one(db).await?.ok_or_else(|| unknown(id))
}

/// A schedule that is not deleted, kept for this transaction.
pub async fn lock(tx: &WriteTx, id: ScheduleId) -> Result<Record, StoreError> {
    not_deleted(lock_any(tx, id).await?)
}

/// A schedule, deleted or not, kept for this transaction.
pub async fn lock_any(tx: &WriteTx, id: ScheduleId) -> Result<Record, StoreError> {
    Entity::find_by_id(id).lock_exclusive().one(tx.db()).await?.ok_or_else(|| unknown(id))
}

fn not_deleted(record: Record) -> Result<Record, StoreError> {
    records::check_there(&record.name, &record.saved_by, record.deleted_at)?;
    Ok(record)
}

fn unknown(id: ScheduleId) -> StoreError {
    Problem::NotFound(format!("There is no schedule {id}.")).into()
}

/// Whether another schedule than this one has the name.
pub async fn name_is_taken(
    db: &impl ConnectionTrait,
    name: &RecordName,
    id: Option<ScheduleId>,
) -> Result<bool, StoreError> {
    records::name_is_taken::<Entity>(db, name, id.map(|id| id.0)).await
}

/// How many schedules match.
pub async fn count(db: &impl ConnectionTrait, filter: &ScheduleFilter) -> Result<u64, StoreError> {
    Ok(matching(filter, db).count(db).await?)
}

/// One page of the schedules that match.
pub async fn page(
    db: &impl ConnectionTrait,
    filter: &ScheduleFilter,
    offset: u64,
    rows: u64,
) -> Result<Vec<Record>, StoreError> {
    let Sort { column, direction } = filter.sort;
    let by = match column {
        ScheduleColumn::Id => Column::Id,
        ScheduleColumn::Name => Column::NameFolded,
        ScheduleColumn::Next => Column::NextAt,
    };
    Ok(records::in_order(matching(filter, db), by, direction).offset(offset).limit(rows).all(db).await?)
}

/// The statement for the schedules that match, without an order.
pub fn matching(filter: &ScheduleFilter, db: &impl ConnectionTrait) -> Select<Entity> {
    let column = |key| match key {
        ScheduleFilterKey::Name => Column::NameFolded,
        ScheduleFilterKey::Recipient => Column::RecipientsFolded,
    };
    records::matching(filter, column, db.get_database_backend())
}

/// How many of a person's schedules have a result that was not seen.
pub async fn count_unseen(db: &impl ConnectionTrait, owner: UserId) -> Result<u64, StoreError> {
    let unseen = Entity::find().filter(Column::Unseen.eq(true)).filter(records::is_there());
    Ok(unseen.filter(Column::OwnerId.eq(owner)).count(db).await?)
}

/// What can happen to a schedule.
pub enum ScheduleChange<'a> {
    /// It is saved as this, and runs next at this time.
    Save {
        /// What the form says.
        schedule: &'a Schedule,
        /// None where it does not run.
        next_at: Option<Moment>,
    },
    /// Its owner has seen what failed.
    Seen,
    /// It is deleted, and can be restored for a while.
    Delete,
    /// It comes back under this name, and runs next at this time.
    Restore {
        /// Its own name, or another one where that is taken by now.
        name: &'a RecordName,
        /// None where it does not run.
        next_at: Option<Moment>,
    },
}

/// Makes one change, to this schedule or to a new one.
pub async fn change(
    tx: &WriteTx,
    record: Option<Record>,
    change: ScheduleChange<'_>,
    actor: &Actor,
    at: Moment,
) -> Result<Record, StoreError> {
    let action = match (&record, &change) {
        (None, _) => Some(Action::Create),
        (Some(_), ScheduleChange::Save { .. }) => Some(Action::Update),
        (Some(_), ScheduleChange::Seen) => None,
        (Some(_), ScheduleChange::Delete) => Some(Action::Delete),
        (Some(_), ScheduleChange::Restore { .. }) => Some(Action::Restore),
    };
    let changed = changed(tx, record, change, actor, at).await?;
    if let Some(action) = action {
        tx.audit(Event::by(actor, action).on(Resource::Schedule(changed.id)));
    }
    Ok(changed)
}

async fn changed(
    tx: &WriteTx,
    record: Option<Record>,
    change: ScheduleChange<'_>,
    actor: &Actor,
    at: Moment,
) -> Result<Record, StoreError> {
    match (record, change) {
        (None, ScheduleChange::Save { schedule, next_at }) => {
            Ok(new_row(schedule, next_at, actor, at)?.insert(tx.db()).await?)
        }
        (Some(record), ScheduleChange::Save { schedule, next_at }) => {
            let version = record.version;
            let mut row = record.into_active_model();
            set_schedule(&mut row, schedule, next_at, actor, at)?;
            row.version = Set(version + 1);
            Ok(row.update(tx.db()).await?)
        }
        (Some(record), ScheduleChange::Seen) => {
            let mut row = record.into_active_model();
            row.unseen = Set(false);
            Ok(row.update(tx.db()).await?)
        }
        (Some(record), ScheduleChange::Delete) => {
            let mut row = counted(record, actor, at);
            row.deleted_at = Set(Some(at));
            row.next_at = Set(None);
            row.unseen = Set(false);
            Ok(row.update(tx.db()).await?)
        }
        (Some(record), ScheduleChange::Restore { name, next_at }) => {
            let mut row = counted(record, actor, at);
            row.name = Set(name.clone());
            row.name_folded = Set(text::fold(name.as_str()));
            row.deleted_at = Set(None);
            row.next_at = Set(next_at);
            Ok(row.update(tx.db()).await?)
        }
        (None, _) => Err(DbErr::RecordNotFound("a schedule that is not there yet".to_owned()).into()),
    }
}

fn counted(record: Record, actor: &Actor, at: Moment) -> ActiveModel {
    let version = record.version;
    let mut row = record.into_active_model();
    row.version = Set(version + 1);
    row.saved_at = Set(at);
    row.saved_by = Set(actor.email.to_string());
    row
}

/// A schedule that is not there yet.
pub fn new_row(
    schedule: &Schedule,
    next_at: Option<Moment>,
    actor: &Actor,
    at: Moment,
) -> Result<ActiveModel, StoreError> {
    let mut row = ActiveModel {
        id: NotSet,
        owner_id: Set(actor.id),
        owner: Set(actor.email.to_string()),
        created_at: Set(at),
        version: Set(1),
        ..Default::default()
    };
    set_schedule(&mut row, schedule, next_at, actor, at)?;
    Ok(row)
}

fn set_schedule(
    row: &mut ActiveModel,
    schedule: &Schedule,
    next_at: Option<Moment>,
    actor: &Actor,
    at: Moment,
) -> Result<(), StoreError> {
    let Schedule { name, filter, view, format, recurrence, zone, recipients, account, subject, send_empty, enabled } =
        schedule;
    let recipients: Vec<_> = recipients.iter().map(|address| address.as_str()).collect();
    let recipients = recipients.join("\n");
    row.name = Set(name.clone());
    row.name_folded = Set(text::fold(name.as_str()));
    row.query = Set(filter.to_query());
    row.view_id = Set(*view);
    row.format = Set(*format);
    row.recurrence = Set(serde_json::to_string(recurrence).map_err(|error| DbErr::Json(error.to_string()))?);
    row.zone = Set(zone.clone());
    row.recipients_folded = Set(text::fold(&recipients));
    row.recipients = Set(recipients);
    row.account_id = Set(*account);
    row.subject = Set(subject.clone());
    row.send_empty = Set(*send_empty);
    row.enabled = Set(*enabled);
    row.next_at = Set(next_at);
    row.stopped = Set(None);
    row.unseen = Set(false);
    row.saved_at = Set(at);
    row.saved_by = Set(actor.email.to_string());
    Ok(())
}

/// How many schedules a person has.
pub async fn count_of(db: &impl ConnectionTrait, owner: UserId) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(records::is_there()).filter(Column::OwnerId.eq(owner)).count(db).await?)
}

/// What happened last is to be seen, or is well.
pub async fn set_unseen(tx: &WriteTx, ids: &[ScheduleId], unseen: bool) -> Result<(), StoreError> {
    Entity::update_many()
        .col_expr(Column::Unseen, Expr::val(unseen))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The view that a schedule of this person follows, if it follows one; else why it cannot.
pub async fn followed(
    db: &impl ConnectionTrait,
    owner: UserId,
    view: Option<ViewId>,
) -> Result<Result<Option<super::views::Record>, String>, StoreError> {
    let Some(id) = view else { return Ok(Ok(None)) };
    let found = super::views::find_for(db, owner, id).await?;
    Ok(found.map(Some).ok_or_else(|| "The view that it follows is not there any more.".to_owned()))
}

/// The account that a schedule sends through, the chosen one or the default; else why it cannot.
pub async fn account_for(
    db: &impl ConnectionTrait,
    chosen: Option<AccountId>,
) -> Result<Result<super::accounts::Record, String>, StoreError> {
    let Some(id) = chosen else {
        let default = super::accounts::find_default(db).await?;
        return Ok(default.ok_or_else(|| "There is no default account.".to_owned()));
    };
    Ok(match super::accounts::find_any(db, id).await? {
        record if record.deleted_at.is_some() => Err(format!("The account “{}” was deleted.", record.name)),
        record if !record.enabled => Err(format!("The account “{}” is disabled.", record.name)),
        record => Ok(record),
    })
}

/// Which of these schedules send through an account that cannot.
pub async fn blocked(db: &impl ConnectionTrait, records: &[Record]) -> Result<Vec<ScheduleId>, StoreError> {
    use super::entity::account::{Column, Entity};
    let chosen = records.iter().filter_map(|record| record.account_id);
    let good = Entity::find().select_only().column(Column::Id).filter(Column::Id.is_in(chosen));
    let good = good.filter(Column::Enabled.eq(true)).filter(Column::DeletedAt.is_null());
    let good: Vec<AccountId> = good.into_tuple().all(db).await?;
    let has_default = super::accounts::find_default(db).await?.is_some();
    let is_good = |record: &Record| record.account_id.map_or(has_default, |id| good.contains(&id));
    Ok(records.iter().filter(|record| !is_good(record)).map(|record| record.id).collect())
}

/// Enabled accounts by name, as many as this.
pub async fn enabled_accounts(db: &impl ConnectionTrait, at_most: u64) -> Result<Vec<Named<AccountId>>, StoreError> {
    use super::entity::account::{Column, Entity};
    let enabled = Entity::find().select_only().columns([Column::Id, Column::Name]);
    let enabled = enabled.filter(Column::Enabled.eq(true)).filter(Column::DeletedAt.is_null());
    let rows = enabled.order_by_asc(Column::NameFolded).limit(at_most).into_tuple::<(AccountId, String)>();
    Ok(rows.all(db).await?.into_iter().map(|(id, name)| Named { id, name }).collect())
}
