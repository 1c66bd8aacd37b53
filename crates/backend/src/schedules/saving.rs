//! A schedule is saved, paused, resumed and restored: what has to hold is looked at in the transaction that writes it.

use model::{Actor, FieldErrors, Moment, Named, Problem, RecordName, Schedule, ScheduleId, UserId, ViewId};
use store::schedules::{self, Record, ScheduleChange};
use store::{StoreError, WriteTx, accounts, not_deleted, users};

use super::conversions::draft_of;
use super::limits::ReportLimits;
use super::times::Times;
use crate::accounts::name_taken;
use crate::clock::now;
use crate::conflict::{Newest, conflict};

/// What is to be saved, and by whom.
pub struct ScheduleSave<'a> {
    pub actor: &'a Actor,
    pub schedule: &'a Schedule,
    pub times: &'a Times,
}

/// Saves the form, over the schedule that it was loaded from at this version.
pub async fn save(
    tx: WriteTx,
    saving: &ScheduleSave<'_>,
    over: Option<(ScheduleId, i64)>,
    limits: &ReportLimits,
) -> Result<Named<ScheduleId>, StoreError> {
    let ScheduleSave { actor, schedule, .. } = saving;
    // What it sends through stays as it was read.
    accounts::lock(&tx).await?;
    let record = match over {
        None => None,
        Some((id, version)) => {
            let record = schedules::lock(&tx, id).await?;
            if record.version == version { Some(record) } else { return Err(stale(&record, schedule)?) }
        }
    };
    if record.is_none() && !has_room(&tx, actor.id, limits).await? {
        return Err(too_many("You have", limits));
    }
    let mut errors = FieldErrors::default();
    if schedules::name_is_taken(tx.db(), &schedule.name, record.as_ref().map(|record| record.id)).await? {
        errors.push("name", format!("“{}” exists already. Choose another name.", schedule.name));
    }
    let owner = record.as_ref().map_or(actor.id, |record| record.owner_id);
    if let Err(why) = schedules::followed(tx.db(), owner, schedule.view).await? {
        if schedule.enabled {
            errors.push("view", format!("{why} Choose another."));
        }
    } else if owner != actor.id && schedules::followed(tx.db(), actor.id, schedule.view).await?.is_err() {
        errors.push("view", PRIVATE_VIEW);
    }
    if let Some(why) = limits.refusal(&users::unknown(tx.db(), limits.strangers(&schedule.recipients)).await?) {
        errors.push("recipients", why);
    }
    if let Err(why) = schedules::account_for(tx.db(), schedule.account).await?
        && schedule.enabled
    {
        errors.push("account", format!("{why} Choose another account."));
    }
    keep(tx, saving, record, errors).await
}

/// Whether a person may have one more.
async fn has_room(tx: &WriteTx, owner: UserId, limits: &ReportLimits) -> Result<bool, StoreError> {
    Ok(schedules::count_of(tx.db(), owner).await? < limits.schedules)
}

fn too_many(who: &str, limits: &ReportLimits) -> StoreError {
    let count = limits.schedules;
    let text = format!("{who} {count} schedules, which is as many as one person can have. Delete one first.");
    Problem::Refused(text).into()
}

const PRIVATE_VIEW: &str =
    "It follows a view of its owner that is not shared with you. Choose another, or ask its owner to share the view.";

async fn keep(
    tx: WriteTx,
    saving: &ScheduleSave<'_>,
    record: Option<Record>,
    errors: FieldErrors,
) -> Result<Named<ScheduleId>, StoreError> {
    let ScheduleSave { actor, schedule, times } = saving;
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let at = now();
    let next_at = if schedule.enabled { times.after(at) } else { None };
    let saved = schedules::change(&tx, record, ScheduleChange::Save { schedule, next_at }, actor, at).await?;
    Ok(Named { id: saved.id, name: saved.name.to_string() })
}

/// It waits until it is resumed, whatever else may be wrong with it.
pub async fn pause_one(tx: WriteTx, actor: &Actor, id: ScheduleId) -> Result<String, StoreError> {
    let record = schedules::lock(&tx, id).await?;
    let schedule = &Schedule { enabled: false, ..record.schedule()? };
    let saved =
        schedules::change(&tx, Some(record), ScheduleChange::Save { schedule, next_at: None }, actor, now()).await?;
    Ok(saved.name.to_string())
}

/// It runs again, as it was last saved, where all that a save of the form asks for holds. Its view is its owner's
/// matter.
pub async fn resume(tx: WriteTx, actor: &Actor, id: ScheduleId, limits: &ReportLimits) -> Result<String, StoreError> {
    accounts::lock(&tx).await?;
    let record = schedules::lock(&tx, id).await?;
    let schedule = &Schedule { enabled: true, ..record.schedule()? };
    let times = &Times::of(schedule).map_err(Problem::Fields)?;
    let mut errors = FieldErrors::default();
    if let Err(why) = schedules::followed(tx.db(), record.owner_id, schedule.view).await? {
        errors.push("view", format!("{why} Choose another."));
    }
    if let Some(why) = limits.refusal(&users::unknown(tx.db(), limits.strangers(&schedule.recipients)).await?) {
        errors.push("recipients", why);
    }
    if let Err(why) = schedules::account_for(tx.db(), schedule.account).await? {
        errors.push("account", format!("{why} Choose another account."));
    }
    if users::active(tx.db(), &[record.owner_id]).await?.is_empty() {
        errors.push("owner", owner_gone(&record.owner));
    }
    let saved = keep(tx, &ScheduleSave { actor, schedule, times }, Some(record), errors).await?;
    Ok(saved.name)
}

/// Why the schedules of somebody who may not sign in do not run.
pub fn owner_gone(owner: &str) -> String {
    format!("Its owner, {owner}, can no longer sign in to Posthouse. Make a schedule of your own in its place.")
}

/// Brings a deleted schedule back, and gives its name. Its next run is the next planned time: none is made up for.
pub async fn restore(
    tx: WriteTx,
    actor: &Actor,
    id: ScheduleId,
    new_name: Option<&RecordName>,
    limits: &ReportLimits,
) -> Result<String, StoreError> {
    accounts::lock(&tx).await?;
    let record = schedules::lock_any(&tx, id).await?;
    if record.deleted_at.is_none() {
        return Err(not_deleted(record.name.as_str()));
    }
    if !has_room(&tx, record.owner_id, limits).await? {
        let who = if record.owner_id == actor.id { "You have".to_owned() } else { format!("{} has", record.owner) };
        return Err(too_many(&who, limits));
    }
    let name = new_name.unwrap_or(&record.name).clone();
    if schedules::name_is_taken(tx.db(), &name, Some(id)).await? {
        return Err(Problem::field("name", name_taken(&name)).into());
    }
    let at = now();
    let next_at = if record.enabled && record.stopped.is_none() { next_after(&record, at)? } else { None };
    let change = ScheduleChange::Restore { name: &name, next_at };
    let restored = schedules::change(&tx, Some(record), change, actor, at).await?;
    Ok(restored.name.to_string())
}

/// Lets schedules run again that stopped for this reason, since the view that they follow is back.
pub async fn resume_following(tx: &WriteTx, view: ViewId, why: &str, at: Moment) -> Result<(), StoreError> {
    for record in schedules::stopped_following(tx, view, why).await? {
        schedules::resume(tx, record.id, next_after(&record, at)?).await?;
    }
    Ok(())
}

/// None where its times are not known any more.
fn next_after(record: &Record, at: Moment) -> Result<Option<Moment>, StoreError> {
    let Schedule { recurrence, zone, .. } = record.schedule()?;
    Ok(Times::read(&recurrence, &zone).ok().and_then(|times| times.after(at)))
}

fn stale(record: &Record, mine: &Schedule) -> Result<StoreError, StoreError> {
    let newest = Newest {
        version: record.version,
        saved_by: &record.saved_by,
        saved_at: record.saved_at,
        draft: draft_of(&record.schedule()?),
    };
    Ok(conflict(newest, |theirs| draft_of(mine).differences(theirs)).into())
}
