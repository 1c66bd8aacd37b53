//! Schedules: reports that are e-mailed again and again. Here is what people do with them; `planner` takes what is due,
//! `run` makes one run.

use model::{
    Actor, FieldErrors, Filter, ListPage, Named, NextRuns, Problem, RunId, Schedule, ScheduleDraft, ScheduleFilter,
    ScheduleForm, ScheduleId, ScheduleListPage, SchedulePage, UserId, ViewId, YesNo,
};

mod attempt;
mod content;
mod conversions;
mod hand_over;
mod limits;
mod planner;
mod resync;
mod run;
mod saving;
mod times;

use crate::Backend;
use crate::clock::now;
use crate::paging::{ROWS, page_of};
use store::audit::{Action, Event, Resource};
use store::schedules::{self, Record, ScheduleChange};
use store::{StoreError, WriteTx, accounts, runs, views};

use conversions::{Followed, draft_of, page, row};
pub use limits::{DayBudget, ReportLimits};
pub(crate) use planner::Planner;
use saving::{ScheduleSave, pause_one, resume, save};
pub(crate) use saving::{owner_gone, restore, resume_following};
use times::Times;

/// Accounts that the form offers, by name.
const OFFERED: u64 = 1_000;
/// Runs that the page of a schedule shows.
const RUNS_SHOWN: u64 = 100;

/// The file of a run.
pub struct RunFile {
    /// The name for a download, with its extension.
    pub name: String,
    /// The media type (RFC 6838).
    pub media_type: String,
    /// The bytes as they were sent.
    pub content: Vec<u8>,
}

impl Backend {
    /// One page of the list.
    pub async fn list_schedules(&self, _actor: &Actor, filter: &ScheduleFilter) -> Result<ScheduleListPage, Problem> {
        let db = self.store().db();
        let list = async {
            let total = schedules::count(db, &ScheduleFilter::default()).await?;
            let matching = if filter.is_empty() { total } else { schedules::count(db, filter).await? };
            let (page, pages) = page_of(filter.page, matching, ROWS);
            let records = schedules::page(db, filter, (page - 1) * ROWS, ROWS).await?;
            let ids: Vec<_> = records.iter().map(|record| record.id).collect();
            let last = runs::last_of(db, &ids).await?;
            let blocked = schedules::blocked(db, &records).await?;
            let rows = records.into_iter().map(|record| row(record, &last, &blocked));
            let rows = rows.collect::<Result<_, StoreError>>()?;
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
        // Nobody sees a private view of another person: neither its name nor what it shows.
        let (visible, private): (Vec<_>, Vec<_>) = views.into_iter().partition(|view| is_visible(view, actor));
        let follows_private = private.iter().any(|view| view.id.to_string() == draft.view);
        let views = visible.into_iter().map(views::Record::into_tab).collect();
        // One that is offered no longer is shown all the same, so that saving does not change it.
        if let Some(chosen) = draft.account.parse().ok().map(model::AccountId)
            && !accounts.iter().any(|account| account.id == chosen)
            && let Ok(record) = self.store().read(accounts::find_any(db, chosen)).await
        {
            accounts.push(Named { id: chosen, name: record.name.to_string() });
        }
        let next = next_runs(&draft);
        let default_name = default.map(|default| default.name.to_string());
        let may_receive = self.inner.reports.in_words();
        let zones = times::zones();
        Ok(ScheduleForm { version, draft, views, follows_private, may_receive, accounts, default_name, zones, next })
    }

    /// The next five times of what is typed; its errors are those of the recurrence and the zone alone.
    pub fn preview_schedule(&self, _actor: &Actor, draft: &ScheduleDraft) -> NextRuns {
        next_runs(draft)
    }

    /// Saves a new schedule and plans its first run. [`Problem::Fields`] names the fields that are wrong.
    pub async fn create_schedule(&self, actor: &Actor, draft: &ScheduleDraft) -> Result<Named<ScheduleId>, Problem> {
        let (schedule, times) = parse(draft)?;
        let (saving, limits) = (&ScheduleSave { actor, schedule: &schedule, times: &times }, &self.inner.reports);
        self.store().write(move |tx| save(tx, saving, None, limits)).await
    }

    /// Saves a form that was loaded at `version`; a [`Problem::Conflict`] if somebody else saved since then.
    pub async fn update_schedule(
        &self,
        actor: &Actor,
        id: ScheduleId,
        version: i64,
        draft: &ScheduleDraft,
    ) -> Result<Named<ScheduleId>, Problem> {
        let (schedule, times) = parse(draft)?;
        let (saving, limits) = (&ScheduleSave { actor, schedule: &schedule, times: &times }, &self.inner.reports);
        self.store().write(move |tx| save(tx, saving, Some((id, version)), limits)).await
    }

    /// Pauses a schedule, or lets it run again from now on; also one that was stopped. Gives its name.
    pub async fn pause_schedule(&self, actor: &Actor, id: ScheduleId, pause: YesNo) -> Result<String, Problem> {
        let limits = &self.inner.reports;
        let saved = match pause {
            YesNo::Yes => self.store().write(move |tx| pause_one(tx, actor, id)).await,
            YesNo::No => self.store().write(move |tx| resume(tx, actor, id, limits)).await,
        };
        saved.map_err(|problem| match problem {
            // There is no form to say it in.
            Problem::Fields(FieldErrors(errors)) => {
                let messages: Vec<_> = errors.into_iter().map(|error| error.message).collect();
                Problem::Refused(messages.join(" "))
            }
            other => other,
        })
    }

    /// Deletes a schedule and cancels its run that waits, and gives its name. It can be restored for 30 days.
    pub async fn delete_schedule(&self, actor: &Actor, id: ScheduleId) -> Result<String, Problem> {
        let words = &format!("{} deleted the schedule.", actor.email);
        let delete = move |tx: WriteTx| async move {
            let record = schedules::lock(&tx, id).await?;
            runs::cancel(&tx, id, words, now()).await?;
            let record = schedules::change(&tx, Some(record), ScheduleChange::Delete, actor, now()).await?;
            Ok(record.name.to_string())
        };
        self.store().write(delete).await
    }

    /// What failed was seen: the badge goes away. Gives the schedule's name.
    pub async fn see_schedule(&self, actor: &Actor, id: ScheduleId) -> Result<String, Problem> {
        let see = move |tx: WriteTx| async move {
            let record = schedules::lock(&tx, id).await?;
            let record = schedules::change(&tx, Some(record), ScheduleChange::Seen, actor, now()).await?;
            Ok(record.name.to_string())
        };
        self.store().write(see).await
    }

    /// How many of one's own schedules failed or were stopped, and nobody has seen it.
    pub async fn count_unseen_schedules(&self, actor: &Actor) -> Result<u64, Problem> {
        self.store().read(schedules::count_unseen(self.store().db(), actor.id)).await
    }

    /// Runs a schedule now, besides its times; paused or not. Gives its name. Counts as a test does.
    pub async fn run_schedule(&self, actor: &Actor, id: ScheduleId) -> Result<String, Problem> {
        self.inner.test_rate_limit.begin(actor.id)?;
        let begin = move |tx: WriteTx| async move {
            let record = schedules::lock(&tx, id).await?;
            if runs::is_open(tx.db(), id).await? {
                let text = format!("“{}” is running, or waits to be tried again.", record.name);
                return Err(Problem::Refused(text).into());
            }
            let (at, recipients) = (now(), record.recipients.lines().count() as u64);
            let planned = runs::Planned { schedule: id, at, late: false, missed: 0, recipients, by_hand: true };
            runs::plan(&tx, vec![planned], at).await?;
            tx.audit(Event::by(actor, Action::Run).on(Resource::Schedule(id)));
            Ok(record.name.to_string())
        };
        let name = self.store().write(begin).await?;
        self.inner.planner.wake();
        Ok(name)
    }

    /// Cancels the run that waits or was not handed over yet. Gives the schedule's name.
    pub async fn cancel_run(&self, actor: &Actor, id: ScheduleId) -> Result<String, Problem> {
        let words = &format!("Cancelled by {}.", actor.email);
        let cancel = move |tx: WriteTx| async move {
            let record = schedules::lock(&tx, id).await?;
            let cancelled = runs::cancel(&tx, id, words, now()).await?;
            if cancelled {
                tx.audit(Event::by(actor, Action::Cancel).on(Resource::Schedule(id)));
            }
            Ok(cancelled.then(|| record.name.to_string()))
        };
        // Refused once the schedule is free again: a transaction that was given up lets go of it a moment later, and
        // meanwhile it is passed over.
        let refused =
            || Problem::Refused("No run waits any more. What is being handed over is not held back.".to_owned());
        self.store().write(cancel).await?.ok_or_else(refused)
    }

    /// A schedule with its newest runs.
    pub async fn schedule_page(&self, actor: &Actor, id: ScheduleId) -> Result<SchedulePage, Problem> {
        let db = self.store().db();
        let find = async {
            let record = schedules::find(db, id).await?;
            let runs = runs::newest(db, id, RUNS_SHOWN).await?;
            let ids: Vec<_> = runs.iter().map(|run| run.id).collect();
            let files =
                files_for(actor, &record, runs::with_file(db, &ids).await?, &views::visible(db, actor.id).await?);
            let account = match record.account_id {
                Some(account) => Some(accounts::find_any(db, account).await?.name.to_string()),
                None => None,
            };
            let view = schedules::followed(db, record.owner_id, record.view_id).await?;
            let blocked = match &view {
                Err(why) => Some(why.clone()),
                Ok(_) => schedules::account_for(db, record.account_id).await?.err(),
            };
            let followed = match view {
                Ok(Some(view)) if is_visible(&view, actor) => Followed::View(view.into_tab()),
                Ok(Some(_)) => Followed::Private,
                Ok(None) | Err(_) => Followed::Nothing,
            };
            page(record, followed, account, blocked, runs, &files)
        };
        self.store().read(find).await
    }

    /// The file that a run sent, while it is kept. That of a private view is for who may see the view, and for the
    /// owner of the schedule.
    pub async fn find_run_file(&self, actor: &Actor, run: RunId) -> Result<RunFile, Problem> {
        let db = self.store().db();
        let find = async {
            let file = runs::find_file(db, run).await?;
            let is_told = match file.view_id {
                None => true,
                Some(_) if runs::owner_of(db, run).await? == Some(actor.id) => true,
                Some(view) => views::find_for(db, actor.id, view).await?.is_some(),
            };
            if is_told {
                Ok(RunFile { name: file.name, media_type: file.media_type, content: file.content })
            } else {
                Err(Problem::Forbidden(PRIVATE_FILE.to_owned()).into())
            }
        };
        let file = self.store().read(find).await?;
        Event::by(actor, Action::Export).on(Resource::Run(run)).record();
        Ok(file)
    }
}

const PRIVATE_FILE: &str =
    "This file shows a view that is not shared with you. The owner of the schedule can download it.";

fn is_visible(view: &views::Record, actor: &Actor) -> bool {
    view.is_shared || view.owner_id == actor.id
}

/// The runs whose files this person may have.
fn files_for(
    actor: &Actor,
    schedule: &Record,
    files: Vec<(RunId, Option<ViewId>)>,
    visible: &[views::Record],
) -> Vec<RunId> {
    let may_have = |view: Option<ViewId>| {
        schedule.owner_id == actor.id || view.is_none_or(|id| visible.iter().any(|view| view.id == id))
    };
    files.into_iter().filter(|(_, view)| may_have(*view)).map(|(run, _)| run).collect()
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
