//! Test sends in the store.

use std::collections::HashMap;

use model::history::Part;
use model::moment::DAY;
use model::{
    Account, AccountId, Actor, Filter, HistoryFilter, HistoryFilterKey, HistoryRow, Moment, Problem, SmtpReport, Stage,
    StageReport, TestEnd, TestSend, TestSendId, TestSendRequest,
};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};

use super::entity::test_send::{ActiveModel, Column, Entity, Model};
use super::{StoreError, WriteTx};

/// Stands for the account that is not saved yet.
const UNSAVED: AccountId = AccountId(0);

/// Keeps a test send that begins now: of an account as it is saved, or as it was typed.
pub async fn insert(
    tx: &WriteTx,
    (id, typed): (Option<AccountId>, bool),
    account: &Account,
    connector: Option<String>,
    request: &TestSendRequest,
    actor: &Actor,
    at: Moment,
) -> Result<TestSend, StoreError> {
    let TestSendRequest { recipient, subject, message: _, stop_after: _ } = request;
    let row = ActiveModel {
        account_id: Set(id.unwrap_or(UNSAVED)),
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
        ended: Set(None),
        failed_at: Set(None),
        report: Set(None),
        ..Default::default()
    };
    test_send(row.insert(tx.db()).await?)
}

/// Keeps how it ended.
pub async fn finish(tx: &WriteTx, id: TestSendId, report: &SmtpReport) -> Result<(), StoreError> {
    let json = serde_json::to_string(report).map_err(|error| DbErr::Json(error.to_string()))?;
    let row = ActiveModel {
        id: Set(id),
        taken: Set(Some(report.taken)),
        ended: Set(Some(report.ended())),
        failed_at: Set(report.failure.as_ref().map(|failure| failure.stage)),
        report: Set(Some(json)),
        ..Default::default()
    };
    Entity::update(row).exec(tx.db()).await?;
    Ok(())
}

/// Whether a test of this account runs that began after `since`.
pub async fn is_running(tx: &WriteTx, account: AccountId, since: Moment) -> Result<bool, StoreError> {
    let running = Entity::find()
        .filter(Column::AccountId.eq(account))
        .filter(Column::SentAt.gt(since))
        .filter(Column::Taken.is_null());
    Ok(running.one(tx.db()).await?.is_some())
}

/// A test send, or the sentence that it is not there.
pub async fn find(db: &impl ConnectionTrait, id: TestSendId) -> Result<TestSend, StoreError> {
    match Entity::find_by_id(id).one(db).await? {
        Some(row) => test_send(row),
        None => Err(Problem::NotFound(format!("There is no test send {id}.")).into()),
    }
}

/// How many test sends of this account there are, and how many match.
pub async fn count(
    db: &impl ConnectionTrait,
    account: AccountId,
    filter: &HistoryFilter,
    lost: Moment,
) -> Result<(u64, u64), StoreError> {
    let all = Entity::find().filter(Column::AccountId.eq(account));
    Ok((all.clone().count(db).await?, all.filter(matches(filter, lost)).count(db).await?))
}

/// One page of those that match, the newest first. What began before `lost` and has no end is not known.
pub async fn page(
    db: &impl ConnectionTrait,
    account: AccountId,
    (filter, lost): (&HistoryFilter, Moment),
    (offset, rows): (u64, u64),
) -> Result<Vec<HistoryRow>, StoreError> {
    let found = Entity::find()
        .filter(Column::AccountId.eq(account))
        .filter(matches(filter, lost))
        .order_by_desc(Column::Id)
        .offset(offset)
        .limit(rows)
        .all(db)
        .await?;
    found.into_iter().map(|row| history_row(row, lost)).collect()
}

/// How each of these test sends ended, and where it failed; None as long as it runs.
pub async fn ends(
    db: &impl ConnectionTrait,
    ids: &[TestSendId],
    lost: Moment,
) -> Result<HashMap<TestSendId, (Option<TestEnd>, Option<Stage>)>, StoreError> {
    let rows: Vec<(TestSendId, Moment, Option<TestEnd>, Option<Stage>)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::SentAt, Column::Ended, Column::FailedAt])
        .filter(Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    let ended = |at, ended: Option<TestEnd>| ended.or((at < lost).then_some(TestEnd::Unknown));
    Ok(rows.into_iter().map(|(id, at, end, failed_at)| (id, (ended(at, end), failed_at))).collect())
}

fn matches(filter: &HistoryFilter, lost: Moment) -> Condition {
    let mut all = Condition::all();
    for key in filter.active() {
        let value = filter.value(key).trim();
        let meets = match key {
            HistoryFilterKey::Ended => TestEnd::from_key(value).map(|end| {
                let is = Column::Ended.eq(end);
                let was_lost = Column::Ended.is_null().and(Column::SentAt.lt(lost));
                if end == TestEnd::Unknown { is.or(was_lost) } else { is }
            }),
            HistoryFilterKey::FailedAt => Stage::from_key(value).map(|stage| Column::FailedAt.eq(stage)),
            // Addresses of people are kept in lower case.
            HistoryFilterKey::By => {
                let pattern = LikeExpr::new(format!("%{}%", escaped(&value.to_lowercase()))).escape('\\');
                Some(Expr::col(Column::SentBy).like(pattern))
            }
            HistoryFilterKey::From => Moment::of_day(value).map(|from| Column::SentAt.gte(from)),
            HistoryFilterKey::To => Moment::of_day(value).map(|to| Column::SentAt.lt(Moment(to.0 + DAY))),
        };
        all = all.add_option(meets);
    }
    all
}

/// `%`, `_` and `\` stand for themselves.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c])).collect()
}

/// What a row of the history needs of a report.
#[derive(Default, serde::Deserialize)]
struct ReportSummary {
    stages: Vec<StageReport>,
    took: u64,
}

fn history_row(row: Model, lost: Moment) -> Result<HistoryRow, StoreError> {
    let report = row.report.map(|json| serde_json::from_str(&json)).transpose();
    let ReportSummary { stages, took } = report.map_err(|error| DbErr::Json(error.to_string()))?.unwrap_or_default();
    let mut parts = [0; 5];
    for StageReport { stage, took, .. } in stages {
        parts[Part::of(stage) as usize] += took;
    }
    Ok(HistoryRow {
        id: row.id,
        sent_at: row.sent_at,
        sent_by: row.sent_by,
        recipient: row.recipient.to_string(),
        server: row.host.with_port(u16::try_from(row.port).unwrap_or(0)),
        security: row.security,
        typed: row.typed,
        ended: row.ended.or((row.sent_at < lost).then_some(TestEnd::Unknown)),
        failed_at: row.failed_at,
        took,
        parts,
    })
}

fn test_send(row: Model) -> Result<TestSend, StoreError> {
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
        taken: _, // for queries, as the next two: the report says it as well
        ended: _,
        failed_at: _,
        report,
    } = row;
    let report = report.map(|json| serde_json::from_str(&json)).transpose();
    Ok(TestSend {
        id,
        account: Some(account_id).filter(|&id| id != UNSAVED),
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
