//! People in the store.

use model::{Actor, EmailAddress, Moment, Preferences, Problem, UserId, ViewId, text};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

pub use super::entity::user::Model as Record;
use super::entity::user::{ActiveModel, Column, Entity};
use super::{StoreError, WriteTx};
use crate::audit::{Action, Event, Resource};

/// Whether anybody is registered.
pub async fn any(db: &impl ConnectionTrait) -> Result<bool, StoreError> {
    Ok(Entity::find().limit(1).one(db).await?.is_some())
}

/// The person of this number, who may be disabled.
pub async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Record>, StoreError> {
    Ok(Entity::find_by_id(id).one(db).await?)
}

/// The same, kept as it is for this transaction.
pub async fn lock(tx: &WriteTx, id: UserId) -> Result<Option<Record>, StoreError> {
    Ok(Entity::find_by_id(id).lock_exclusive().one(tx.db()).await?)
}

/// Which of these people are registered and may work in Posthouse.
pub async fn active(db: &impl ConnectionTrait, ids: &[UserId]) -> Result<Vec<UserId>, StoreError> {
    let active = Entity::find().select_only().column(Column::Id).filter(Column::Id.is_in(ids.iter().copied()));
    let active = active.filter(Column::DisabledAt.is_null());
    Ok(active.into_tuple().all(db).await?)
}

/// Which of these addresses are of nobody who is registered and may work in Posthouse.
pub async fn unknown<'a>(
    db: &impl ConnectionTrait,
    addresses: Vec<&'a EmailAddress>,
) -> Result<Vec<&'a EmailAddress>, StoreError> {
    let folded: Vec<_> = addresses.iter().map(|address| text::fold(address.as_str())).collect();
    let known = Entity::find().select_only().column(Column::EmailFolded).filter(Column::EmailFolded.is_in(&folded));
    let known = known.filter(Column::DisabledAt.is_null());
    let known: Vec<String> = known.into_tuple().all(db).await?;
    let unknown = addresses.into_iter().zip(folded).filter(|(_, folded)| !known.contains(folded));
    Ok(unknown.map(|(address, _)| address).collect())
}

/// By an address as it was typed.
pub async fn find_by_email(db: &impl ConnectionTrait, typed: &str) -> Result<Option<Record>, StoreError> {
    // PostgreSQL refuses NUL in a text.
    if typed.contains('\0') {
        Ok(None)
    } else {
        Ok(Entity::find().filter(Column::EmailFolded.eq(text::fold(typed.trim()))).one(db).await?)
    }
}

/// A person who signs in by password.
pub struct NewUser<'a> {
    /// What the person signs in with.
    pub email: &'a EmailAddress,
    /// A PHC string: `$argon2id$...`.
    pub password_hash: &'a str,
    /// Random bytes, which the person's sessions carry.
    pub session_key: &'a [u8],
}

/// Registers a person. Fails with [`Unique::UserEmail`](crate::Unique::UserEmail) where the address is known.
pub async fn insert(tx: &WriteTx, user: &NewUser<'_>, at: Moment) -> Result<Record, StoreError> {
    let NewUser { email, password_hash, session_key } = user;
    let row = ActiveModel {
        email: Set((*email).clone()),
        email_folded: Set(text::fold(email.as_str())),
        password_hash: Set((*password_hash).to_owned()),
        session_key: Set(session_key.to_vec()),
        preferences: Set(None),
        default_view_id: Set(None),
        created_at: Set(at),
        disabled_at: Set(None),
        last_sign_in_at: Set(None),
        ..Default::default()
    };
    Ok(row.insert(tx.db()).await?)
}

/// Everybody, by address.
pub async fn list(db: &impl ConnectionTrait) -> Result<Vec<Record>, StoreError> {
    Ok(Entity::find().order_by_asc(Column::EmailFolded).all(db).await?)
}

/// Whether anybody but this person may sign in.
pub async fn another_is_enabled(db: &impl ConnectionTrait, id: UserId) -> Result<bool, StoreError> {
    let others = Entity::find().filter(Column::Id.ne(id)).filter(Column::DisabledAt.is_null());
    Ok(others.limit(1).one(db).await?.is_some())
}

/// Disables a person from this moment on, or enables one.
pub async fn set_disabled(tx: &WriteTx, id: UserId, since: Option<Moment>) -> Result<(), StoreError> {
    let changed = ActiveModel { id: Set(id), disabled_at: Set(since), ..Default::default() };
    Entity::update(changed).exec(tx.db()).await?;
    Ok(())
}

/// Gives a person another password, and ends the sessions that carry another key.
pub async fn set_password(tx: &WriteTx, id: UserId, hash: &str, session_key: &[u8]) -> Result<(), StoreError> {
    let (password_hash, session_key) = (Set(hash.to_owned()), Set(session_key.to_vec()));
    let changed = ActiveModel { id: Set(id), password_hash, session_key, ..Default::default() };
    Entity::update(changed).exec(tx.db()).await?;
    Ok(())
}

/// Notes that somebody signed in.
pub async fn keep_sign_in(tx: &WriteTx, id: UserId, at: Moment) -> Result<(), StoreError> {
    let changed = ActiveModel { id: Set(id), last_sign_in_at: Set(Some(at)), ..Default::default() };
    Entity::update(changed).exec(tx.db()).await?;
    Ok(())
}

/// What a person chose, or the usual.
pub async fn preferences(db: &impl ConnectionTrait, id: UserId) -> Result<Preferences, StoreError> {
    let stored = find(db, id).await?.and_then(|user| user.preferences);
    // What cannot be read any more is as good as never chosen.
    Ok(stored.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
}

/// Keeps what a person chose to see, as JSON.
pub async fn keep_preferences(tx: &WriteTx, id: UserId, json: &str) -> Result<(), StoreError> {
    let changed = ActiveModel { id: Set(id), preferences: Set(Some(json.to_owned())), ..Default::default() };
    match Entity::update(changed).exec(tx.db()).await {
        Ok(_) => Ok(()),
        Err(sea_orm::DbErr::RecordNotUpdated) => Err(Problem::SignedOut.into()),
        Err(error) => Err(error.into()),
    }
}

/// The view that a person chose to begin with, whether they may still see it or not.
pub async fn default_view(db: &impl ConnectionTrait, id: UserId) -> Result<Option<ViewId>, StoreError> {
    Ok(find(db, id).await?.and_then(|user| user.default_view_id))
}

/// Keeps the view that Posthouse opens with for this person; None for the report itself.
pub async fn set_default_view(tx: &WriteTx, actor: &Actor, view: Option<ViewId>) -> Result<(), StoreError> {
    let changed = ActiveModel { id: Set(actor.id), default_view_id: Set(view), ..Default::default() };
    tx.audit(Event::by(actor, Action::Update).on(Resource::Preferences));
    match Entity::update(changed).exec(tx.db()).await {
        Ok(_) => Ok(()),
        Err(sea_orm::DbErr::RecordNotUpdated) => Err(Problem::SignedOut.into()),
        Err(error) => Err(error.into()),
    }
}
