//! Schedules: reports that are e-mailed again and again. Here is what people do with them; `planner` takes what is due,
//! `run` makes one run.

use model::{
    AccountName, Actor, FieldErrors, ListPage, Moment, Named, NextRuns, Problem, RunId, Schedule, ScheduleDraft,
    ScheduleFilter, ScheduleForm, ScheduleId, ScheduleListPage, SchedulePage, Stale, UserId, ViewId, YesNo,
};

mod content;
mod limits;
mod planner;
mod resync;
mod run;
mod shapes;
mod times;

use crate::Backend;
use crate::accounts::name_taken;
use crate::clock::now;
use crate::paging::{ROWS, page_of};
use crate::restore::not_deleted;
use crate::store::schedules::{self, Change, Record};
use crate::store::{Fault, Write, accounts, runs, users, views};
use crate::views::tab;

pub use limits::{DayBudget, ReportLimits};
pub(crate) use planner::Planner;
use shapes::{Followed, draft_of, page, row};
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
        // Nobody is told a private view of another person: neither its name nor what it shows.
        let (told, private): (Vec<_>, Vec<_>) = views.into_iter().partition(|view| is_visible(view, actor));
        let follows_private = private.iter().any(|view| view.id.to_string() == draft.view);
        let views = told.into_iter().map(tab).collect();
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

    pub async fn create_schedule(&self, actor: &Actor, draft: &ScheduleDraft) -> Result<Named<ScheduleId>, Problem> {
        let (schedule, times) = parse(draft)?;
        let (saving, limits) = (&Saving { actor, schedule: &schedule, times: &times }, &self.inner.reports);
        self.store().write(move |tx| save(tx, saving, None, limits)).await
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
        let (saving, limits) = (&Saving { actor, schedule: &schedule, times: &times }, &self.inner.reports);
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

    /// Runs a schedule now, besides its times; paused or not. Gives its name. Counts as a test does.
    pub async fn run_schedule(&self, actor: &Actor, id: ScheduleId) -> Result<String, Problem> {
        self.inner.pace.begin(actor.id)?;
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
                Ok(Some(view)) if is_visible(&view, actor) => Followed::View(tab(view)),
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
            match is_told {
                true => Ok(RunFile { name: file.name, media_type: file.media_type, content: file.content }),
                false => Err(Problem::Forbidden(PRIVATE_FILE.to_owned()).into()),
            }
        };
        self.store().read(find).await
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

/// What is to be saved, and by whom.
struct Saving<'a> {
    actor: &'a Actor,
    schedule: &'a Schedule,
    times: &'a Times,
}

/// Saves the form, over the schedule that it was loaded from at this version.
async fn save(
    tx: Write,
    saving: &Saving<'_>,
    over: Option<(ScheduleId, i64)>,
    limits: &ReportLimits,
) -> Result<(Write, Named<ScheduleId>), Fault> {
    let Saving { actor, schedule, .. } = saving;
    // What it sends through stays as it was read.
    accounts::lock(&tx).await?;
    let record = match over {
        None => None,
        Some((id, version)) => {
            let record = schedules::lock(&tx, id).await?;
            match record.version == version {
                true => Some(record),
                false => return Err(stale(&record, schedule)?),
            }
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
async fn has_room(tx: &Write, owner: UserId, limits: &ReportLimits) -> Result<bool, Fault> {
    Ok(schedules::count_of(tx.db(), owner).await? < limits.schedules)
}

fn too_many(who: &str, limits: &ReportLimits) -> Fault {
    let count = limits.schedules;
    let text = format!("{who} {count} schedules, which is as many as one person can have. Delete one first.");
    Problem::Refused(text).into()
}

const PRIVATE_VIEW: &str =
    "It follows a view of its owner that is not shared with you. Choose another, or ask its owner to share the view.";

async fn keep(
    tx: Write,
    saving: &Saving<'_>,
    record: Option<Record>,
    errors: FieldErrors,
) -> Result<(Write, Named<ScheduleId>), Fault> {
    let Saving { actor, schedule, times } = saving;
    if !errors.is_empty() {
        return Err(errors.into());
    }
    let at = now();
    let next_at = if schedule.enabled { times.after(at) } else { None };
    let saved = schedules::change(&tx, record, Change::Save { schedule, next_at }, actor, at).await?;
    Ok((tx, Named { id: saved.id, name: saved.name.to_string() }))
}

/// It waits until it is resumed, whatever else may be wrong with it.
async fn pause_one(tx: Write, actor: &Actor, id: ScheduleId) -> Result<(Write, String), Fault> {
    let record = schedules::lock(&tx, id).await?;
    let schedule = &Schedule { enabled: false, ..record.schedule()? };
    let saved = schedules::change(&tx, Some(record), Change::Save { schedule, next_at: None }, actor, now()).await?;
    Ok((tx, saved.name.to_string()))
}

/// It runs again, as it was last saved, where all that a save of the form asks for holds. Its view is its owner's
/// matter.
async fn resume(tx: Write, actor: &Actor, id: ScheduleId, limits: &ReportLimits) -> Result<(Write, String), Fault> {
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
    let (tx, saved) = keep(tx, &Saving { actor, schedule, times }, Some(record), errors).await?;
    Ok((tx, saved.name))
}

pub(crate) fn owner_gone(owner: &str) -> String {
    format!("Its owner, {owner}, can no longer sign in to Posthouse. Make a schedule of your own in its place.")
}

/// Brings a deleted schedule back, and gives its name. Its next run is the next planned time: none is made up for.
pub(crate) async fn restore(
    tx: Write,
    actor: &Actor,
    id: ScheduleId,
    new_name: Option<&AccountName>,
    limits: &ReportLimits,
) -> Result<(Write, String), Fault> {
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
