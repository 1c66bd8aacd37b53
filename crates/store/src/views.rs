//! Views of the report in the store, and which of them opens for whom.

use model::{Actor, Moment, Problem, UserId, View, ViewId, ViewName, ViewTab, text};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};

pub use super::entity::view::Model as Record;
use super::entity::view::{ActiveModel, Column, Entity};
use super::records::is_there;
use super::{StoreError, WriteTx, users};
use crate::audit::{Action, Event, Resource};

impl Record {
    /// The view as the report's tabs show it.
    pub fn into_tab(self) -> ViewTab {
        ViewTab { id: self.id, name: self.name.to_string(), query: self.query }
    }
}

/// One's own views, then those that others share; by name.
pub async fn visible(db: &impl ConnectionTrait, to: UserId) -> Result<Vec<Record>, StoreError> {
    let mut views = Entity::find().filter(visible_to(to)).order_by_asc(Column::NameFolded).all(db).await?;
    views.sort_by_key(|view| view.owner_id != to);
    Ok(views)
}

/// A view that this person may see, or the sentence that it is not there.
pub async fn find(db: &impl ConnectionTrait, to: UserId, id: ViewId) -> Result<Record, StoreError> {
    find_for(db, to, id).await?.ok_or_else(|| Problem::NotFound(format!("There is no view {id}.")).into())
}

/// A view that this person may see, if it is there.
pub async fn find_for(db: &impl ConnectionTrait, to: UserId, id: ViewId) -> Result<Option<Record>, StoreError> {
    Ok(Entity::find_by_id(id).filter(visible_to(to)).one(db).await?)
}

fn visible_to(person: UserId) -> Condition {
    let seen = Condition::any().add(Column::OwnerId.eq(person)).add(Column::IsShared.eq(true));
    Condition::all().add(is_there()).add(seen)
}

/// One's own view, whether it is deleted or not, or the sentence that it is not there.
pub async fn find_own(db: &impl ConnectionTrait, of: UserId, id: ViewId) -> Result<Record, StoreError> {
    let found = Entity::find_by_id(id).filter(Column::OwnerId.eq(of)).one(db).await?;
    found.ok_or_else(|| Problem::NotFound(format!("There is no view {id}.")).into())
}

/// The view that opens for this person, if they chose one and may still see it.
pub async fn find_default(db: &impl ConnectionTrait, of: UserId) -> Result<Option<Record>, StoreError> {
    match users::default_view(db, of).await? {
        None => Ok(None),
        Some(id) => find_for(db, of, id).await,
    }
}

/// One's own views, by name.
pub async fn own(db: &impl ConnectionTrait, of: UserId) -> Result<Vec<Record>, StoreError> {
    Ok(Entity::find()
        .filter(is_there())
        .filter(Column::OwnerId.eq(of))
        .order_by_asc(Column::NameFolded)
        .all(db)
        .await?)
}

/// How many views a person has.
pub async fn count(db: &impl ConnectionTrait, owner: UserId) -> Result<u64, StoreError> {
    Ok(Entity::find().filter(is_there()).filter(Column::OwnerId.eq(owner)).count(db).await?)
}

/// Saves a view, new or over this record.
pub async fn change(
    tx: &WriteTx,
    record: Option<Record>,
    view: &View,
    query: String,
    actor: &Actor,
    at: Moment,
) -> Result<Record, StoreError> {
    let is_new = record.is_none();
    let mut row = match record {
        Some(record) => record.into_active_model(),
        None => ActiveModel { id: NotSet, owner_id: Set(actor.id), ..Default::default() },
    };
    row.name = Set(view.name.clone());
    row.name_folded = Set(text::fold(view.name.as_str()));
    row.query = Set(query);
    row.is_shared = Set(view.shared);
    row.saved_at = Set(at);
    let saved: Record = if is_new { row.insert(tx.db()).await? } else { row.update(tx.db()).await? };
    let action = if is_new { Action::Create } else { Action::Update };
    tx.audit(Event::by(actor, action).on(Resource::View(saved.id)));
    Ok(saved)
}

/// Deletes a view. Whoever chose it to begin with begins with it again once it is restored.
pub async fn delete(tx: &WriteTx, record: Record, actor: &Actor, at: Moment) -> Result<(), StoreError> {
    tx.audit(Event::by(actor, Action::Delete).on(Resource::View(record.id)));
    let mut row = record.into_active_model();
    row.deleted_at = Set(Some(at));
    row.update(tx.db()).await?;
    Ok(())
}

/// Brings a deleted view back, under this name.
pub async fn restore(tx: &WriteTx, record: Record, name: &ViewName, actor: &Actor) -> Result<(), StoreError> {
    tx.audit(Event::by(actor, Action::Restore).on(Resource::View(record.id)));
    let mut row = record.into_active_model();
    row.name = Set(name.clone());
    row.name_folded = Set(text::fold(name.as_str()));
    row.deleted_at = Set(None);
    row.update(tx.db()).await?;
    Ok(())
}

/// Forgets views that were deleted before this, and gives how many.
pub async fn purge(tx: &WriteTx, before: Moment) -> Result<u64, StoreError> {
    Ok(Entity::delete_many().filter(Column::DeletedAt.lt(before)).exec(tx.db()).await?.rows_affected)
}
