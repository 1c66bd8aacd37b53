//! Schedules: reports that are e-mailed again and again. Here is what people do with them; `planner` takes what is due,
//! `run` makes one run.

use model::{
    AccountName, Actor, FieldErrors, ListPage, Moment, Named, NextRuns, Problem, RunId, Schedule, ScheduleDraft,
    ScheduleFilter, ScheduleForm, ScheduleId, ScheduleListPage, SchedulePage, Stale, UserId, ViewId, YesNo,
};

mod content;
mod planner;
mod run;
mod shapes;
mod times;

use crate::Backend;
use crate::accounts::name_taken;
use crate::clock::now;
use crate::paging::{ROWS, page_of};
use crate::restore::not_deleted;
use crate::store::schedules::{self, Change, Record};
use crate::store::{Fault, Write, accounts, runs, views};
use crate::views::tab;

pub(crate) use planner::Planner;
use shapes::{draft_of, page, row};
use times::Times;

/// Accounts that the form offers, by name.
const OFFERED: u64 = 1_000;
/// Runs that the page of a schedule shows.
const RUNS_SHOWN: u64 = 100;

/// The file of a run.
pub struct RunFile {
    pub name: String,
    pub media_type: String,
    pub content: Vec<u8>,
}

impl Backend {
    /// One page of the list.
    pub async fn list_schedules(&self, _actor: &Actor, filter: &ScheduleFilter) -> Result<ScheduleListPage, Problem> {
        let db = self.store().db();
        let list = async {
            let total = schedules::count(db, &ScheduleFilter::default()).await?;
            let matching = if filter.is_narrowed() { schedules::count(db, filter).await? } else { total };
            let (page, pages) = page_of(filter.page, matching, ROWS);
            let records = schedules::page(db, filter, (page - 1) * ROWS, ROWS).await?;
            let ids: Vec<_> = records.iter().map(|record| record.id).collect();
            let last = runs::last_of(db, &ids).await?;
            let blocked = schedules::blocked(db, &records).await?;
            let rows = records.into_iter().map(|record| row(record, &last, &blocked));
            let rows = rows.collect::<Result<_, Fault>>()?;
            Ok(ListPage { rows, matching, total, page, pages })
        };
        self.store().read(list).await
    }

    /// The form New, for the report at this address.
    pub async fn new_schedule(&self, actor: &Actor, query: &str) -> Result<ScheduleForm, Problem> {
        let draft =
            ScheduleDraft { query: query.to_owned(), recipients: actor.email.to_string(), ..ScheduleDraft::default() };
        self.schedule_form(actor, actor.id, 0, draft).await
    }

    /// The form Edit.
    pub async fn find_schedule(&self, actor: &Actor, id: ScheduleId) -> Result<ScheduleForm, Problem> {
        let find = async {
            let record = schedules::find(self.store().db(), id).await?;
            Ok((record.owner_id, record.version, draft_of(&record.schedule()?)))
        };
        let (owner, version, draft) = self.store().read(find).await?;
        self.schedule_form(actor, owner, version, draft).await
    }

    async fn schedule_form(
        &self,
        actor: &Actor,
        owner: UserId,
        version: i64,
        draft: ScheduleDraft,
    ) -> Result<ScheduleForm, Problem> {
        let db = self.store().db();
        let accounts = schedules::enabled_accounts(db, OFFERED);
        let find = async { tokio::try_join!(views::visible(db, owner), accounts, accounts::find_default(db)) };
        let (views, mut accounts, default) = self.store().read(find).await?;
        // A private view of another person is told only where the schedule tells it already.
        let is_told =
            |view: &views::Record| view.is_shared || view.owner_id == actor.id || view.id.to_string() == draft.view;
        let views = views.into_iter().filter(is_told).map(tab).collect();
        // One that is offered no longer is shown all the same, so that saving does not change it.
        if let Some(chosen) = draft.account.parse().ok().map(model::AccountId)
            && !accounts.iter().any(|account| account.id == chosen)
            && let Ok(record) = self.store().read(accounts::find_any(db, chosen)).await
        {
            accounts.push(Named { id: chosen, name: record.name.to_string() });
        }
        let next = next_runs(&draft);
        let default_name = default.map(|default| default.name.to_string());
        Ok(ScheduleForm { version, draft, views, accounts, default_name, zones: times::zones(), next })
    }

    /// The next five times of what is typed; its errors are those of the recurrence and the zone alone.
    pub fn preview_schedule(&self, _actor: &Actor, draft: &ScheduleDraft) -> NextRuns {
        next_runs(draft)
    }

    pub async fn create_schedule(&self, actor: &Actor, draft: &ScheduleDraft) -> Result<Named<ScheduleId>, Problem> {
        let (schedule, times) = parse(draft)?;
        let (schedule, times) = (&schedule, &times);
        self.store().write(move |tx| save(tx, actor, None, schedule, times)).await
    }

    /// Saves a form that was loaded at `version`; a [`Problem::Stale`] if somebody else saved since then.
    pub async fn update_schedule(
        &self,
        actor: &Actor,
        id: ScheduleId,
        version: i64,
        draft: &ScheduleDraft,
    ) -> Result<Named<ScheduleId>, Problem> {
        let (schedule, times) = parse(draft)?;
        let (schedule, times) = (&schedule, &times);
        self.store().write(move |tx| save(tx, actor, Some((id, Some(version))), schedule, times)).await
    }

    /// Pauses a schedule, or lets it run again from now on; also one that was stopped. Gives its name.
    pub async fn pause_schedule(&self, actor: &Actor, id: ScheduleId, pause: YesNo) -> Result<String, Problem> {
        let find = async { schedules::find(self.store().db(), id).await?.schedule() };
        let schedule = Schedule { enabled: !pause.is_yes(), ..self.store().read(find).await? };
        let times = Times::of(&schedule)?;
        let (schedule, times) = (&schedule, &times);
        let saved = self.store().write(move |tx| save(tx, actor, Some((id, None)), schedule, times)).await;
        saved.map(|saved| saved.name).map_err(|problem| match problem {
            // There is no form to say it in.
            Problem::Fields(FieldErrors(errors)) => {
                let words: Vec<_> = errors.into_iter().map(|error| error.message).collect();
                Problem::Refused(words.join(" "))
            }
            other => other,
        })
    }

    /// Deletes a schedule and cancels its run that waits, and gives its name. It can be restored for 30 days.
    pub async fn delete_schedule(&self, actor: &Actor, id: ScheduleId) -> Result<String, Problem> {
        let words = &format!("{} deleted the schedule.", actor.email);
        let delete = move |tx: Write| async move {
            let record = schedules::lock(&tx, id).await?;
            runs::cancel(&tx, id, words, now()).await?;
            let record = schedules::change(&tx, Some(record), Change::Delete, actor, now()).await?;
            Ok((tx, record.name.to_string()))
        };
        self.store().write(delete).await
    }

    /// What failed was seen: the badge goes away. Gives the schedule's name.
    pub async fn see_schedule(&self, actor: &Actor, id: ScheduleId) -> Result<String, Problem> {
        let see = move |tx: Write| async move {
            let record = schedules::lock(&tx, id).await?;
            let record = schedules::change(&tx, Some(record), Change::Seen, actor, now()).await?;
            Ok((tx, record.name.to_string()))
        };
        self.store().write(see).await
    }

    /// How many of one's own schedules failed or were stopped, and nobody has seen it.
    pub async fn count_unseen_schedules(&self, actor: &Actor) -> Result<u64, Problem> {
        self.store().read(schedules::count_unseen(self.store().db(), actor.id)).await
    }

    /// Runs a schedule now, besides its times; paused or not. Gives its name.
    pub async fn run_schedule(&self, _actor: &Actor, id: ScheduleId) -> Result<String, Problem> {
        let begin = move |tx: Write| async move {
            let record = schedules::lock(&tx, id).await?;
            if runs::is_open(tx.db(), id).await? {
                let text = format!("“{}” is running, or waits to be tried again.", record.name);
                return Err(Problem::Refused(text).into());
            }
            let (at, recipients) = (now(), record.recipients.lines().count() as u64);
            let planned = runs::Planned { schedule: id, at, late: false, missed: 0, recipients, by_hand: true };
            runs::plan(&tx, vec![planned], at).await?;
            Ok((tx, record.name.to_string()))
        };
        let name = self.store().write(begin).await?;
        self.inner.planner.wake();
        Ok(name)
    }

    /// Cancels the run that waits or was not handed over yet. Gives the schedule's name.
    pub async fn cancel_run(&self, actor: &Actor, id: ScheduleId) -> Result<String, Problem> {
        let words = &format!("Cancelled by {}.", actor.email);
        let cancel = move |tx: Write| async move {
            let record = schedules::lock(&tx, id).await?;
            let cancelled = runs::cancel(&tx, id, words, now()).await?;
            Ok((tx, cancelled.then(|| record.name.to_string())))
        };
        // Refused once the schedule is free again: a transaction that was given up lets go of it a moment later, and
        // meanwhile it is passed over.
        let refused =
            || Problem::Refused("No run waits any more. What is being handed over is not held back.".to_owned());
        self.store().write(cancel).await?.ok_or_else(refused)
    }

    /// A schedule with its newest runs.
    pub async fn schedule_page(&self, _actor: &Actor, id: ScheduleId) -> Result<SchedulePage, Problem> {
        let db = self.store().db();
        let find = async {
            let record = schedules::find(db, id).await?;
            let runs = runs::newest(db, id, RUNS_SHOWN).await?;
            let ids: Vec<_> = runs.iter().map(|run| run.id).collect();
            let files = runs::with_file(db, &ids).await?;
            let account = match record.account_id {
                Some(account) => Some(accounts::find_any(db, account).await?.name.to_string()),
                None => None,
            };
            let view = schedules::followed(db, record.owner_id, record.view_id).await?;
            let blocked = match &view {
                Err(why) => Some(why.clone()),
                Ok(_) => schedules::account_for(db, record.account_id).await?.err(),
            };
            page(record, view.ok().flatten().map(tab), account, blocked, runs, &files)
        };
        self.store().read(find).await
    }

    /// The file that a run sent, while it is kept.
    pub async fn find_run_file(&self, _actor: &Actor, run: RunId) -> Result<RunFile, Problem> {
        let runs::File { name, media_type, content, .. } =
            self.store().read(runs::find_file(self.store().db(), run)).await?;
        Ok(RunFile { name, media_type, content })
    }
}

/// All rules of one schedule, with those of zones and cron lines, which are too large for a browser.
fn parse(draft: &ScheduleDraft) -> Result<(Schedule, Times), FieldErrors> {
    let parsed = draft.parse();
    let mut errors = parsed.as_ref().err().cloned().unwrap_or_default();
    match parsed.map_err(|_| ()).and_then(|schedule| match Times::of(&schedule) {
        Ok(times) => Ok((schedule, times)),
        Err(wrong) => {
            errors.0.extend(wrong.0);
            Err(())
        }
    }) {
        Ok(good) => Ok(good),
        Err(()) => Err(errors.in_order_of(&ScheduleDraft::FIELDS)),
    }
}

/// Only what the times depend on counts: the rest may not be typed yet.
fn next_runs(draft: &ScheduleDraft) -> NextRuns {
    let filled = ScheduleDraft {
        name: "-".to_owned(),
        query: String::new(),
        view: String::new(),
        recipients: "a@example.org".to_owned(),
        account: String::new(),
        subject: "-".to_owned(),
        ..draft.clone()
    };
    let (_, times) = parse(&filled)?;
    Ok(times.shown(times.after(now())))
}

/// A save of the form names the version that it was loaded at.
async fn save(
    tx: Write,
    actor: &Actor,
    over: Option<(ScheduleId, Option<i64>)>,
    schedule: &Schedule,
    times: &Times,
) -> Result<(Write, Named<ScheduleId>), Fault> {
    // What it sends through stays as it was read.
    accounts::lock(&tx).await?;
    let record = match over {
        None => None,
        Some((id, version)) => {
            let record = schedules::lock(&tx, id).await?;
            match version.is_none_or(|version| record.version == version) {
                true => Some(record),
                false => return Err(stale(&record, schedule)?),
            }
        }
    };
    let mut errors = FieldErrors::default();
    if schedules::name_is_taken(tx.db(), &schedule.name, record.as_ref().map(|record| record.id)).await? {
        errors.push("name", format!("“{}” exists already. Choose another name.", schedule.name));
    }
    let owner = record.as_ref().map_or(actor.id, |record| record.owner_id);
    if let Err(why) = schedules::followed(tx.db(), owner, schedule.view).await?
        && schedule.enabled
    {
        errors.push("view", format!("{why} Choose another."));
    }
    if let Err(why) = schedules::account_for(tx.db(), schedule.account).await?
        && schedule.enabled
    {
        errors.push("account", format!("{why} Choose another account."));
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let at = now();
    let next_at = if schedule.enabled { times.after(at) } else { None };
    let saved = schedules::change(&tx, record, Change::Save { schedule, next_at }, actor, at).await?;
    Ok((tx, Named { id: saved.id, name: saved.name.to_string() }))
}

/// Brings a deleted schedule back, and gives its name. Its next run is the next planned time: none is made up for.
pub(crate) async fn restore(
    tx: Write,
    actor: &Actor,
    id: ScheduleId,
    new_name: Option<&AccountName>,
) -> Result<(Write, String), Fault> {
    accounts::lock(&tx).await?;
    let record = schedules::lock_any(&tx, id).await?;
    if record.deleted_at.is_none() {
        return Err(not_deleted(record.name.as_str()));
    }
    let name = new_name.unwrap_or(&record.name).clone();
    if schedules::name_is_taken(tx.db(), &name, Some(id)).await? {
        return Err(Problem::field("name", name_taken(&name)).into());
    }
    let at = now();
    let next_at = match record.enabled && record.stopped.is_none() {
        true => next_after(&record, at)?,
        false => None,
    };
    let change = Change::Restore { name: &name, next_at };
    let restored = schedules::change(&tx, Some(record), change, actor, at).await?;
    Ok((tx, restored.name.to_string()))
}

/// Lets schedules run again that stopped for this reason, since the view that they follow is back.
pub(crate) async fn resume_following(tx: &Write, view: ViewId, why: &str, at: Moment) -> Result<(), Fault> {
    for record in schedules::stopped_following(tx, view, why).await? {
        schedules::resume(tx, record.id, next_after(&record, at)?).await?;
    }
    Ok(())
}

/// None where its times are not known any more.
fn next_after(record: &Record, at: Moment) -> Result<Option<Moment>, Fault> {
    Ok(Times::of(&record.schedule()?).ok().and_then(|times| times.after(at)))
}

fn stale(record: &Record, mine: &Schedule) -> Result<Fault, Fault> {
    Ok(Problem::Stale(Box::new(Stale {
        version: record.version,
        saved_by: record.saved_by.clone(),
        saved_at: record.saved_at,
        differences: draft_of(mine).differences(&draft_of(&record.schedule()?)),
    }))
    .into())
}
