//! Views of the report in the store, and which of them opens for whom.

use model::{Actor, Moment, Problem, UserId, View, ViewId, text};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder,
};

pub use super::entity::view::Model as Record;
use super::entity::view::{ActiveModel, Column, Entity};
use super::{Fault, Write, users};

/// One's own views, then those that others share; by name.
pub async fn visible(db: &impl ConnectionTrait, to: UserId) -> Result<Vec<Record>, Fault> {
    let mut views = Entity::find().filter(visible_to(to)).order_by_asc(Column::NameFolded).all(db).await?;
    views.sort_by_key(|view| view.owner_id != to);
    Ok(views)
}

/// A view that this person may see, or the sentence that it is not there.
pub async fn find(db: &impl ConnectionTrait, to: UserId, id: ViewId) -> Result<Record, Fault> {
    find_for(db, to, id).await?.ok_or_else(|| Problem::NotFound(format!("There is no view {id}.")).into())
}

/// A view that this person may see, if it is there.
pub async fn find_for(db: &impl ConnectionTrait, to: UserId, id: ViewId) -> Result<Option<Record>, Fault> {
    Ok(Entity::find_by_id(id).filter(visible_to(to)).one(db).await?)
}

fn visible_to(person: UserId) -> Condition {
    Condition::any().add(Column::OwnerId.eq(person)).add(Column::IsShared.eq(true))
}

/// The view that opens for this person, if they chose one and may still see it.
pub async fn find_default(db: &impl ConnectionTrait, of: UserId) -> Result<Option<Record>, Fault> {
    match users::default_view(db, of).await? {
        None => Ok(None),
        Some(id) => find_for(db, of, id).await,
    }
}

/// One's own views, by name.
pub async fn own(db: &impl ConnectionTrait, of: UserId) -> Result<Vec<Record>, Fault> {
    Ok(Entity::find().filter(Column::OwnerId.eq(of)).order_by_asc(Column::NameFolded).all(db).await?)
}

pub async fn count(db: &impl ConnectionTrait, owner: UserId) -> Result<u64, Fault> {
    Ok(Entity::find().filter(Column::OwnerId.eq(owner)).count(db).await?)
}

/// Saves a view, new or over this record.
pub async fn change(
    tx: &Write,
    record: Option<Record>,
    view: &View,
    query: String,
    actor: &Actor,
    at: Moment,
) -> Result<Record, Fault> {
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
    Ok(match is_new {
        true => row.insert(tx.db()).await?,
        false => row.update(tx.db()).await?,
    })
}

pub async fn delete(tx: &Write, id: ViewId) -> Result<(), Fault> {
    Entity::delete_by_id(id).exec(tx.db()).await?;
    Ok(())
}
