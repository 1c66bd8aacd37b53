//! One run of a schedule: the report is made, the message composed, and handed over once.

use std::time::Duration;

use model::moment::DAY;
use model::{AccountFilter, Actor, EmailAddress, Filter, Moment, Origin, Problem, RunState, Schedule, Stage};
use store::audit::{Action, Event, Outcome, Resource};
use store::runs::{self, File, Lease, RunEnd};
use store::schedules::{self, Record};
use store::{WriteTx, users};

use super::attempt::{Attempt, Clock, retry_delay};
use super::content::Content;
use super::owner_gone;
use crate::Backend;

/// How long the file of a run is kept.
const FILE_KEPT: i64 = 7 * DAY;
/// How often storing a result is attempted, and the pause in between.
const STORE_ATTEMPTS: u32 = 3;
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// What was found out meanwhile.
#[derive(Default)]
struct Facts {
    rows: Option<u64>,
    size: Option<u64>,
    account_name: Option<String>,
    /// Whose schedule it is.
    owner: Option<Actor>,
}

impl Backend {
    /// Makes this run, and keeps how it ended.
    pub(super) async fn make_run(&self, run: &runs::Record, now: Moment) {
        let clock = Clock::set_to(now);
        let mut facts = Facts::default();
        let attempt = match self.attempt(run, clock, &mut facts).await {
            Ok(attempt) => attempt,
            Err(Problem::Refused(words)) => Attempt::refused(words),
            Err(problem) => Attempt::Failed { stage: None, words: problem.to_string() },
        };
        let now = clock.now();
        let Facts { rows, size, account_name, owner } = facts;
        let ended = |state, failed_at, words: String| RunEnd {
            state,
            due_at: None,
            rows,
            size,
            account_name,
            failed_at,
            words,
        };
        let (ended, unseen, stop) = match attempt {
            Attempt::Sent { words, refused } if refused.is_empty() => {
                (ended(RunState::Sent, None, words), Some(false), None)
            }
            Attempt::Sent { words, refused } => {
                let words = format!("{words} Not accepted for {}.", refused.join("; "));
                (ended(RunState::Sent, Some(Stage::Rcpt), words), Some(true), None)
            }
            Attempt::Empty => (ended(RunState::Empty, None, String::new()), Some(false), None),
            Attempt::Unknown(words) => (ended(RunState::Unknown, Some(Stage::Data), words), Some(true), None),
            Attempt::Dropped(words) => (ended(RunState::Failed, None, words), None, None),
            Attempt::Refused { stage, words } => (ended(RunState::Failed, stage, words), Some(true), None),
            Attempt::Stopped(why) => {
                (ended(RunState::Failed, Some(Stage::Settings), why.clone()), Some(true), Some(why))
            }
            Attempt::Failed { stage, words } => {
                let delay = retry_delay(run.attempts);
                let state = if delay.is_some() { RunState::Waiting } else { RunState::Failed };
                let due_at = delay.map(|delay| Moment(now.0 + delay));
                (RunEnd { due_at, ..ended(state, stage, words) }, delay.is_none().then_some(true), None)
            }
        };
        let outcome = match ended.state {
            RunState::Sent | RunState::Empty => Outcome::Success,
            _ => Outcome::Failure,
        };
        let event = match &owner {
            Some(owner) => Event::by(owner, Action::Send),
            None => Event::from(&Origin::Server, Action::Send),
        };
        let event = event.on(Resource::Run(run.id)).ended(outcome);
        event.detail(format_args!("schedule/{}: {:?}", run.schedule_id.0, ended.state)).record();
        self.keep_run(run, &ended, unseen, stop.as_deref(), now).await;
    }

    async fn keep_run(
        &self,
        run: &runs::Record,
        ended: &RunEnd,
        unseen: Option<bool>,
        stop: Option<&str>,
        now: Moment,
    ) {
        let (lease, schedule) = (Lease::from(run), run.schedule_id);
        let keep = move |tx: WriteTx| async move {
            let saved = runs::finish(&tx, lease, ended, now).await?;
            if let (true, Some(unseen)) = (saved, unseen) {
                schedules::set_unseen(&tx, &[schedule], unseen).await?;
            }
            if let (true, Some(why)) = (saved, stop) {
                schedules::stop(&tx, schedule, why).await?;
            }
            Ok(saved)
        };
        for attempts in 1.. {
            match self.store().write(keep).await {
                Ok(true) => return,
                Ok(false) => {
                    tracing::warn!(run = run.id.0, state = ?ended.state, "another server has this run by now");
                    return;
                }
                Err(Problem::Unavailable(_)) if attempts < STORE_ATTEMPTS => tokio::time::sleep(STORE_PAUSE).await,
                Err(problem) => {
                    // Its lease expires: not known if it was being handed over, else it waits again.
                    tracing::error!(run = run.id.0, state = ?ended.state, %problem, "a run's end was not kept");
                    return;
                }
            }
        }
    }

    async fn attempt(&self, run: &runs::Record, clock: Clock, facts: &mut Facts) -> Result<Attempt, Problem> {
        let store = self.store();
        let record = match store.read(schedules::find(store.db(), run.schedule_id)).await {
            Ok(record) => record,
            Err(Problem::NotFound(words)) => return Ok(Attempt::Dropped(words)),
            Err(problem) => return Err(problem),
        };
        if !run.by_hand && !record.enabled {
            return Ok(Attempt::Dropped("The schedule was paused before this run.".to_owned()));
        }
        let read = async { Ok((record.schedule()?, schedules::account_for(store.db(), record.account_id).await?)) };
        let (schedule, account) = store.read(read).await?;
        let account = match account {
            Ok(record) => record.account(),
            Err(why) => return Ok(Attempt::Stopped(format!("{why} Choose another account, or enable it again."))),
        };
        facts.account_name = Some(account.name.to_string());
        let owner = owner_of(&record)?;
        facts.owner = Some(owner.clone());
        if let Some(stopped) = self.may_not_send(&record, &schedule, clock.now()).await? {
            return Ok(stopped);
        }
        let schedule = match store.read(schedules::followed(store.db(), owner.id, schedule.view)).await? {
            Ok(None) => schedule,
            Ok(Some(view)) => Schedule { filter: AccountFilter::from_query(&view.query), ..schedule },
            Err(why) => return Ok(Attempt::Stopped(format!("{why} Choose another report."))),
        };
        let signed = format!("Sent by the schedule “{}” of {} in Posthouse.", record.name, record.owner);
        let content = self.report(&schedule, &owner, &signed).await?;
        facts.rows = Some(content.rows);
        facts.size = Some(content.file.len() as u64);
        if content.rows == 0 && !schedule.send_empty {
            return Ok(Attempt::Empty);
        }
        self.keep_file(run, &schedule, &content, clock.now()).await?;
        self.hand_over(run, &record, &schedule, &account, &content, clock).await
    }

    /// What keeps a schedule from sending to its recipients, or from sending at all; None where nothing does.
    async fn may_not_send(
        &self,
        record: &Record,
        schedule: &Schedule,
        now: Moment,
    ) -> Result<Option<Attempt>, Problem> {
        let (store, limits) = (self.store(), &self.inner.reports);
        let strangers = limits.strangers(&schedule.recipients);
        let read = async {
            let active = users::active(store.db(), &[record.owner_id]).await?;
            Ok((active, users::unknown(store.db(), strangers).await?))
        };
        let (active, unknown) = store.read(read).await?;
        if active.is_empty() {
            return Ok(Some(Attempt::Stopped(owner_gone(&record.owner))));
        }
        if let Some(why) = limits.refusal(&unknown) {
            return Ok(Some(Attempt::Stopped(why)));
        }
        let messages = schedule.recipients.len() as u64;
        let budget = limits.check_budget(store, record.owner_id, messages, now).await?;
        Ok(budget.err().map(Attempt::refused))
    }

    /// Keeps the file, once, however many attempts there are.
    async fn keep_file(
        &self,
        run: &runs::Record,
        schedule: &Schedule,
        content: &Content,
        now: Moment,
    ) -> Result<(), Problem> {
        let file = &File {
            run_id: run.id,
            name: content.file_name.clone(),
            media_type: content.media_type.to_owned(),
            content: content.file.clone(),
            kept_until: Moment(now.0 + FILE_KEPT),
            view_id: schedule.view,
        };
        let at_most = self.inner.planner.counts_file(file.content.len() as u64, self.inner.reports.file_octets);
        let keep = move |tx: WriteTx| async move {
            if let Some(at_most) = at_most {
                runs::drop_oldest_files(&tx, at_most).await?;
            }
            runs::keep_file(&tx, file.clone()).await?;
            Ok(())
        };
        self.store().write(keep).await
    }
}

/// Whose columns the report has where its address names none.
pub fn owner_of(record: &Record) -> Result<Actor, Problem> {
    let email = EmailAddress::parse("Owner", &record.owner).map_err(|why| {
        tracing::error!(schedule = record.id.0, %why, "a schedule's owner is no address");
        Problem::Internal
    })?;
    Ok(Actor { id: record.owner_id, email, origin: Origin::Server })
}
