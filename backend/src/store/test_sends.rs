//! Test sends in the store.

use model::{Account, AccountId, Actor, Moment, Problem, SmtpReport, TestSend, TestSendId, TestSendRequest};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::entity::test_send::{ActiveModel, Column, Entity, Model};
use super::{Fault, Write};

/// Stands for the account that is not saved yet.
const NONE: AccountId = AccountId(0);

/// Keeps a test send that begins now: of an account as it is saved, or as it was typed.
pub async fn insert(
    tx: &Write,
    (id, typed): (Option<AccountId>, bool),
    account: &Account,
    connector: Option<String>,
    request: &TestSendRequest,
    actor: &Actor,
    at: Moment,
) -> Result<TestSend, Fault> {
    let TestSendRequest { recipient, subject, message: _, stop_after: _ } = request;
    let row = ActiveModel {
        account_id: Set(id.unwrap_or(NONE)),
        typed: Set(typed),
        account_name: Set(account.name.to_string()),
        sent_by: Set(actor.email.to_string()),
        sent_at: Set(at),
        recipient: Set(recipient.clone()),
        subject: Set(subject.clone()),
        host: Set(account.host.clone()),
        port: Set(i32::from(account.port())),
        security: Set(account.security),
        connector: Set(connector),
        taken: Set(None),
        report: Set(None),
        ..Default::default()
    };
    test_send(row.insert(tx.db()).await?)
}

/// Keeps how it ended.
pub async fn finish(tx: &Write, id: TestSendId, report: &SmtpReport) -> Result<(), Fault> {
    let json = serde_json::to_string(report).map_err(|error| DbErr::Json(error.to_string()))?;
    let row =
        ActiveModel { id: Set(id), taken: Set(Some(report.taken)), report: Set(Some(json)), ..Default::default() };
    Entity::update(row).exec(tx.db()).await?;
    Ok(())
}

/// Whether a test of this account runs that began after `since`.
pub async fn is_running(tx: &Write, account: AccountId, since: Moment) -> Result<bool, Fault> {
    let running = Entity::find()
        .filter(Column::AccountId.eq(account))
        .filter(Column::SentAt.gt(since))
        .filter(Column::Taken.is_null());
    Ok(running.one(tx.db()).await?.is_some())
}

pub async fn find(db: &impl ConnectionTrait, id: TestSendId) -> Result<TestSend, Fault> {
    match Entity::find_by_id(id).one(db).await? {
        Some(row) => test_send(row),
        None => Err(Problem::NotFound(format!("There is no test send {id}.")).into()),
    }
}

fn test_send(row: Model) -> Result<TestSend, Fault> {
    let Model {
        id,
        account_id,
        typed,
        account_name,
        sent_by,
        sent_at,
        recipient,
        subject,
        host,
        port,
        security,
        connector,
        taken: _, // for queries; the report says it as well
        report,
    } = row;
    let report = report.map(|json| serde_json::from_str(&json)).transpose();
    Ok(TestSend {
        id,
        account: Some(account_id).filter(|&id| id != NONE),
        typed,
        account_name,
        sent_by,
        sent_at,
        recipient,
        subject,
        host,
        port: u16::try_from(port).unwrap_or(0),
        security,
        connector,
        report: report.map_err(|error| DbErr::Json(error.to_string()))?,
    })
}
