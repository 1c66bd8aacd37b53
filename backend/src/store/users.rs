//! People in the store.

use model::{EmailAddress, Moment, Preferences, Problem, UserId, ViewId, text};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

pub use super::entity::user::Model as Record;
use super::entity::user::{ActiveModel, Column, Entity};
use super::{Fault, Write};

pub async fn any(db: &impl ConnectionTrait) -> Result<bool, Fault> {
    Ok(Entity::find().limit(1).one(db).await?.is_some())
}

pub async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Record>, Fault> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// Which of these people are registered and may work in Posthouse.
pub async fn active(db: &impl ConnectionTrait, ids: &[UserId]) -> Result<Vec<UserId>, Fault> {
    let active = Entity::find().select_only().column(Column::Id).filter(Column::Id.is_in(ids.iter().copied()));
    Ok(active.into_tuple().all(db).await?)
}

/// Which of these addresses are of nobody who is registered and may work in Posthouse.
pub async fn unknown<'a>(
    db: &impl ConnectionTrait,
    addresses: Vec<&'a EmailAddress>,
) -> Result<Vec<&'a EmailAddress>, Fault> {
    let folded: Vec<_> = addresses.iter().map(|address| text::fold(address.as_str())).collect();
    let known = Entity::find().select_only().column(Column::EmailFolded).filter(Column::EmailFolded.is_in(&folded));
    let known: Vec<String> = known.into_tuple().all(db).await?;
    let unknown = addresses.into_iter().zip(folded).filter(|(_, folded)| !known.contains(folded));
    Ok(unknown.map(|(address, _)| address).collect())
}

/// By an address as it was typed.
pub async fn find_by_email(db: &impl ConnectionTrait, typed: &str) -> Result<Option<Record>, Fault> {
    // PostgreSQL refuses NUL in a text.
    match typed.contains('\0') {
        true => Ok(None),
        false => Ok(Entity::find().filter(Column::EmailFolded.eq(text::fold(typed.trim()))).one(db).await?),
    }
}

/// A person who signs in by password.
pub struct NewUser<'a> {
    pub email: &'a EmailAddress,
    pub password_hash: &'a str,
    pub session_key: &'a [u8],
}

pub async fn insert(tx: &Write, user: &NewUser<'_>, at: Moment) -> Result<Record, Fault> {
    let NewUser { email, password_hash, session_key } = user;
    let row = ActiveModel {
        email: Set((*email).clone()),
        email_folded: Set(text::fold(email.as_str())),
        password_hash: Set((*password_hash).to_owned()),
        session_key: Set(session_key.to_vec()),
        preferences: Set(None),
        default_view_id: Set(None),
        created_at: Set(at),
        ..Default::default()
    };
    Ok(row.insert(tx.db()).await?)
}

/// What a person chose, or the usual.
pub async fn preferences(db: &impl ConnectionTrait, id: UserId) -> Result<Preferences, Fault> {
    let kept = find(db, id).await?.and_then(|user| user.preferences);
    // What cannot be read any more is as good as never chosen.
    Ok(kept.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

pub async fn keep_preferences(tx: &Write, id: UserId, json: &str) -> Result<(), Fault> {
    let kept = ActiveModel { id: Set(id), preferences: Set(Some(json.to_owned())), ..Default::default() };
    match Entity::update(kept).exec(tx.db()).await {
        Ok(_) => Ok(()),
        Err(sea_orm::DbErr::RecordNotUpdated) => Err(Problem::SignedOut.into()),
        Err(error) => Err(error.into()),
    }
}

/// The view that a person chose to begin with, whether they may still see it or not.
pub async fn default_view(db: &impl ConnectionTrait, id: UserId) -> Result<Option<ViewId>, Fault> {
    Ok(find(db, id).await?.and_then(|user| user.default_view_id))
}

pub async fn set_default_view(tx: &Write, id: UserId, view: Option<ViewId>) -> Result<(), Fault> {
    let kept = ActiveModel { id: Set(id), default_view_id: Set(view), ..Default::default() };
    match Entity::update(kept).exec(tx.db()).await {
        Ok(_) => Ok(()),
        Err(sea_orm::DbErr::RecordNotUpdated) => Err(Problem::SignedOut.into()),
        Err(error) => Err(error.into()),
    }
}
