//! The runs of schedules in the store: planned once, leased to one server at a time, and ended once.

use std::collections::HashMap;

use model::{Moment, RunId, RunState, ScheduleId, Stage, UserId};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};

pub use super::entity::schedule_run::Model as Record;
use super::entity::schedule_run::{ActiveModel, Column, Entity};
use super::entity::{schedule, schedule_file as file};
pub use super::run_files::{File, drop_oldest_files, find_file, keep_file, with_file};
use super::{StoreError, WriteTx};

/// A planned time of a schedule.
pub struct Planned {
    /// The schedule that it runs.
    pub schedule: ScheduleId,
    /// The time that the schedule gave, or when a person asked for it.
    pub at: Moment,
    /// Whether no server ran when it was due.
    pub late: bool,
    /// Times after it that are left out, since no server ran.
    pub missed: u64,
    /// To how many addresses it goes.
    pub recipients: u64,
    /// Whether a person asked for it.
    pub by_hand: bool,
}

/// Keeps these runs, due now. One that is there already stays as it is.
pub async fn plan(tx: &WriteTx, planned: Vec<Planned>, now: Moment) -> Result<(), StoreError> {
    let rows: Vec<_> = planned.into_iter().map(|planned| row(planned, now)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let once = OnConflict::columns([Column::ScheduleId, Column::PlannedAt]).do_nothing().to_owned();
    Entity::insert_many(rows).on_conflict(once).exec_without_returning(tx.db()).await?;
    Ok(())
}

fn row(planned: Planned, now: Moment) -> ActiveModel {
    let Planned { schedule, at, late, missed, recipients, by_hand } = planned;
    ActiveModel {
        id: NotSet,
        schedule_id: Set(schedule),
        planned_at: Set(at),
        state: Set(RunState::Waiting),
        by_hand: Set(by_hand),
        late: Set(late),
        missed: Set(i64::try_from(missed).unwrap_or(i64::MAX)),
        attempts: Set(0),
        due_at: Set(now),
        lease: Set(0),
        lease_until: Set(None),
        started_at: Set(None),
        ended_at: Set(None),
        row_count: Set(None),
        size: Set(None),
        recipients: Set(i64::try_from(recipients).unwrap_or(i64::MAX)),
        account_name: Set(None),
        failed_at: Set(None),
        words: Set(String::new()),
    }
}

/// Whether a run is due, or a lease has expired.
pub async fn any_due(db: &impl ConnectionTrait, now: Moment) -> Result<bool, StoreError> {
    let waiting = Entity::find().filter(Column::State.eq(RunState::Waiting)).filter(Column::DueAt.lte(now));
    let lost = Entity::find().filter(Column::LeaseUntil.lt(now));
    Ok(waiting.limit(1).one(db).await?.is_some() || lost.limit(1).one(db).await?.is_some())
}

/// Ends leases that were not renewed: a run whose message was not being handed over waits again; of the others it is
/// not known whether they were sent. Gives the schedules of the latter.
pub async fn expire_leases(tx: &WriteTx, now: Moment) -> Result<Vec<ScheduleId>, StoreError> {
    let lost = Entity::find().filter(Column::LeaseUntil.lt(now));
    let lost = lost.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(tx.db()).await?;
    let mut unknown = Vec::new();
    for run in lost {
        let mut row = ActiveModel { id: Set(run.id), lease_until: Set(None), ..Default::default() };
        match run.state {
            RunState::Sending => {
                row.state = Set(RunState::Unknown);
                row.ended_at = Set(Some(now));
                row.failed_at = Set(Some(Stage::Data));
                row.words = Set(STOPPED.to_owned());
                unknown.push(run.schedule_id);
            }
            _ => {
                row.state = Set(RunState::Waiting);
                row.due_at = Set(now);
                // The attempt did not come to its end.
                row.attempts = Set(run.attempts - 1);
            }
        }
        row.update(tx.db()).await?;
    }
    Ok(unknown)
}

const STOPPED: &str = "The server of Posthouse was stopped while it handed the message over. Whether the mail server took it is not known: look into the mailbox.";

/// Acquires the leases of runs that are due, the oldest first.
pub async fn acquire_leases(
    tx: &WriteTx,
    now: Moment,
    lease_until: Moment,
    at_most: u64,
) -> Result<Vec<Record>, StoreError> {
    let due = Entity::find().filter(Column::State.eq(RunState::Waiting)).filter(Column::DueAt.lte(now));
    let due = due.order_by_asc(Column::DueAt).order_by_asc(Column::Id).limit(at_most);
    let due = due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(tx.db()).await?;
    let mut acquired = Vec::new();
    for run in due {
        let row = ActiveModel {
            id: Set(run.id),
            state: Set(RunState::Running),
            attempts: Set(run.attempts + 1),
            lease: Set(run.lease + 1),
            lease_until: Set(Some(lease_until)),
            started_at: Set(Some(run.started_at.unwrap_or(now))),
            words: Set(String::new()),
            failed_at: Set(None),
            ..Default::default()
        };
        acquired.push(row.update(tx.db()).await?);
    }
    Ok(acquired)
}

/// The right to work on a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The run that is worked on.
    pub run: RunId,
    /// Counts the leases of the run: only the newest counts.
    pub number: i64,
}

impl From<&Record> for Lease {
    fn from(run: &Record) -> Self {
        Self { run: run.id, number: run.lease }
    }
}

fn of(lease: Lease) -> Condition {
    Condition::all().add(Column::Id.eq(lease.run)).add(Column::Lease.eq(lease.number))
}

/// Renews leases.
pub async fn renew_leases(tx: &WriteTx, leases: &[Lease], until: Moment) -> Result<(), StoreError> {
    let mine = leases.iter().fold(Condition::any(), |all, lease| all.add(of(*lease)));
    Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::val(until.0))
        .filter(mine)
        .filter(Column::State.is_in([RunState::Running, RunState::Sending]))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// From here on the run is not repeated. False where somebody else has it, or it is gone.
pub async fn begin_to_send(tx: &WriteTx, lease: Lease) -> Result<bool, StoreError> {
    let updated = Entity::update_many()
        .col_expr(Column::State, Expr::val(RunState::Sending))
        .filter(of(lease))
        .filter(Column::State.eq(RunState::Running))
        .exec(tx.db())
        .await?;
    Ok(updated.rows_affected == 1)
}

/// How an attempt ended.
#[derive(Clone, Debug)]
pub struct RunEnd {
    /// The state that it is in from now on.
    pub state: RunState,
    /// When it is retried, where it waits for that.
    pub due_at: Option<Moment>,
    /// Rows of the report, if it was made.
    pub rows: Option<u64>,
    /// Octets of the report, if it was made.
    pub size: Option<u64>,
    /// The name of the account that it was sent through, if it came so far.
    pub account_name: Option<String>,
    /// The stage that failed, where one did.
    pub failed_at: Option<Stage>,
    /// What the mail server said, or why it could not be sent.
    pub words: String,
}

/// Keeps how it ended. False where somebody else has it by now.
pub async fn finish(tx: &WriteTx, lease: Lease, ended: &RunEnd, now: Moment) -> Result<bool, StoreError> {
    let RunEnd { state, due_at, rows, size, account_name, failed_at, words } = ended;
    let number = |number: &Option<u64>| number.and_then(|number| i64::try_from(number).ok());
    let row = ActiveModel {
        state: Set(*state),
        lease_until: Set(None),
        ended_at: Set((*state != RunState::Waiting).then_some(now)),
        row_count: Set(number(rows)),
        size: Set(number(size)),
        account_name: Set(account_name.clone()),
        failed_at: Set(*failed_at),
        words: Set(words.clone()),
        due_at: due_at.map_or(NotSet, Set),
        ..Default::default()
    };
    // A server that was given up for lost, and knows better, is heard.
    let mine = [RunState::Running, RunState::Sending, RunState::Unknown];
    let done = Entity::update_many().set(row).filter(of(lease)).filter(Column::State.is_in(mine)).exec(tx.db()).await?;
    Ok(done.rows_affected == 1)
}

/// Ends what waits or was not handed over yet; whoever works on it finds out before the message ends. False where there
/// is no such run.
pub async fn cancel(tx: &WriteTx, schedule: ScheduleId, words: &str, now: Moment) -> Result<bool, StoreError> {
    let row = ActiveModel {
        state: Set(RunState::Failed),
        lease_until: Set(None),
        ended_at: Set(Some(now)),
        failed_at: Set(None),
        words: Set(words.to_owned()),
        ..Default::default()
    };
    let cancelled = Entity::update_many()
        .set(row)
        .col_expr(Column::Lease, Expr::col(Column::Lease).add(1))
        .filter(Column::ScheduleId.eq(schedule))
        .filter(Column::State.is_in([RunState::Waiting, RunState::Running]))
        .exec(tx.db())
        .await?;
    Ok(cancelled.rows_affected > 0)
}

/// Ends all that waits or runs, as not known: for a database that was restored, whose runs may have been sent since.
pub async fn end_open(tx: &WriteTx, words: &str, now: Moment) -> Result<(), StoreError> {
    let row = ActiveModel {
        state: Set(RunState::Unknown),
        lease_until: Set(None),
        ended_at: Set(Some(now)),
        words: Set(words.to_owned()),
        ..Default::default()
    };
    let open = Column::State.is_in([RunState::Waiting, RunState::Running, RunState::Sending]);
    Entity::update_many().set(row).filter(open).exec(tx.db()).await?;
    Ok(())
}

/// The newest runs of a schedule.
pub async fn newest(db: &impl ConnectionTrait, schedule: ScheduleId, at_most: u64) -> Result<Vec<Record>, StoreError> {
    let runs = Entity::find().filter(Column::ScheduleId.eq(schedule));
    Ok(runs.order_by_desc(Column::PlannedAt).limit(at_most).all(db).await?)
}

/// The newest run of each of these schedules.
pub async fn last_of(
    db: &impl ConnectionTrait,
    schedules: &[ScheduleId],
) -> Result<HashMap<ScheduleId, Record>, StoreError> {
    let newest = Entity::find()
        .select_only()
        .column_as(Column::Id.max(), "newest")
        .filter(Column::ScheduleId.is_in(schedules.iter().copied()))
        .group_by(Column::ScheduleId)
        .into_query();
    let runs = Entity::find().filter(Column::Id.in_subquery(newest)).all(db).await?;
    Ok(runs.into_iter().map(|run| (run.schedule_id, run)).collect())
}

/// Whether a run of the schedule is due or runs.
pub async fn is_open(db: &impl ConnectionTrait, schedule: ScheduleId) -> Result<bool, StoreError> {
    let open = [RunState::Waiting, RunState::Running, RunState::Sending];
    let found = Entity::find().filter(Column::ScheduleId.eq(schedule)).filter(Column::State.is_in(open));
    Ok(found.limit(1).one(db).await?.is_some())
}

/// Who owns the schedule of a run.
pub async fn owner_of(db: &impl ConnectionTrait, run: RunId) -> Result<Option<UserId>, StoreError> {
    let Some(run) = Entity::find_by_id(run).one(db).await? else { return Ok(None) };
    let schedule = schedule::Entity::find_by_id(run.schedule_id).one(db).await?;
    Ok(schedule.map(|schedule| schedule.owner_id))
}

/// Whether this time of the schedule has a run.
pub async fn is_planned(db: &impl ConnectionTrait, schedule: ScheduleId, at: Moment) -> Result<bool, StoreError> {
    let planned = Entity::find().filter(Column::ScheduleId.eq(schedule)).filter(Column::PlannedAt.eq(at));
    Ok(planned.limit(1).one(db).await?.is_some())
}

/// After a clock was set back: no lease lasts longer than `lease_until`, and none waits for longer than
/// `due_at`.
pub async fn shorten_waits(tx: &WriteTx, lease_until: Moment, due_at: Moment) -> Result<u64, StoreError> {
    let shortened = Entity::update_many().col_expr(Column::LeaseUntil, Expr::val(lease_until.0));
    let shortened = shortened.filter(Column::LeaseUntil.gt(lease_until)).exec(tx.db()).await?;
    let due = Entity::update_many().col_expr(Column::DueAt, Expr::val(due_at.0));
    let due = due.filter(Column::State.eq(RunState::Waiting)).filter(Column::DueAt.gt(due_at)).exec(tx.db()).await?;
    Ok(shortened.rows_affected + due.rows_affected)
}

/// Forgets files that were kept long enough, and runs that ended before `before`.
pub async fn purge(tx: &WriteTx, now: Moment, before: Moment) -> Result<u64, StoreError> {
    let files = file::Entity::delete_many().filter(file::Column::KeptUntil.lt(now)).exec(tx.db()).await?;
    let runs = Entity::delete_many().filter(Column::EndedAt.lt(before)).exec(tx.db()).await?;
    Ok(files.rows_affected + runs.rows_affected)
}
