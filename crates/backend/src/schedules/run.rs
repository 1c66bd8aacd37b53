//! One run of a schedule: the report is made, the message composed, and handed over once.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use model::moment::{DAY, MINUTE};
use model::{
    Acceptance, Account, AccountFilter, Actor, Connector, EmailAddress, Filter, Footer, Moment, Origin, Problem,
    RunState, Schedule, Stage, UserId,
};
use smtp::{OutgoingMessage, SendOptions, Sent};
use store::audit::{Action, Event, Outcome, Resource};
use store::report_usage::Usage;
use store::runs::{self, File, Lease, RunEnd};
use store::schedules::{self, Record};
use store::{WriteTx, connectors, footer, users};

use super::content::Content;
use super::owner_gone;
use crate::Backend;
use crate::message::{self, MessageHead, Report};

/// How long a run that failed waits before each retry; after the last it has failed for good.
const RETRY_DELAYS: [i64; 3] = [MINUTE, 5 * MINUTE, 30 * MINUTE];
/// No run waits for longer.
pub(super) const LONGEST_RETRY_DELAY: i64 = RETRY_DELAYS[2];
/// How long the file of a run is kept.
const FILE_KEPT: i64 = 7 * DAY;
/// How often storing a result is attempted, and the pause in between.
const STORE_ATTEMPTS: u32 = 3;
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// A clock that was set once and goes on.
#[derive(Clone, Copy)]
struct Clock {
    set_to: Moment,
    at: Instant,
}

impl Clock {
    fn now(self) -> Moment {
        Moment(self.set_to.0 + self.at.elapsed().as_micros() as i64)
    }
}

/// How one attempt ended.
enum Attempt {
    Sent {
        words: String,
        refused: Vec<String>,
    },
    Unknown(String),
    Empty,
    /// A retry can succeed.
    Failed {
        stage: Option<Stage>,
        words: String,
    },
    /// The next one would fail as well.
    Refused(String),
    /// The account or its credential does not allow it: the schedule stops.
    Stopped(String),
    /// The schedule is gone, or paused.
    Dropped(String),
}

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
        let clock = Clock { set_to: now, at: Instant::now() };
        let mut facts = Facts::default();
        let attempt = match self.attempt(run, clock, &mut facts).await {
            Ok(attempt) => attempt,
            Err(Problem::Refused(words)) => Attempt::Refused(words),
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
            Attempt::Refused(words) => (ended(RunState::Failed, None, words), Some(true), None),
            Attempt::Stopped(why) => {
                (ended(RunState::Failed, Some(Stage::Settings), why.clone()), Some(true), Some(why))
            }
            Attempt::Failed { stage, words } => {
                let delay = usize::try_from(run.attempts - 1).ok().and_then(|retries| RETRY_DELAYS.get(retries));
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
        Ok(budget.err().map(Attempt::Refused))
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

    async fn hand_over(
        &self,
        run: &runs::Record,
        record: &Record,
        schedule: &Schedule,
        account: &Account,
        content: &Content,
        clock: Clock,
    ) -> Result<Attempt, Problem> {
        let (connector, footer) = self.connector_and_footer(account).await?;
        // The same for every attempt, so that a mailbox can tell that it has it already.
        let name = format!("{:x}.{:x}.{:x}", record.created_at.0, run.id.0, run.planned_at.0);
        let head = MessageHead {
            to: &schedule.recipients,
            subject: &schedule.subject,
            name: &name,
            at: clock.now(),
            hello: &self.inner.hello_name,
        };
        let file = content.is_attached().then_some((content.file_name.as_str(), content.media_type, &*content.file));
        let report = Report { text: &content.text, html: content.html.as_deref(), file };
        let message = match message::compose_report(account, &footer, &head, &report) {
            Ok(message) => message,
            Err(why) => return Ok(Attempt::Stopped(why)),
        };
        let target = match self.target(&owner_of(record)?, account, connector.as_ref()).await {
            Ok(target) => target,
            Err(why) => return Ok(Attempt::Stopped(why)),
        };
        let messages = schedule.recipients.len() as u64;
        let usage = Usage { messages, octets: (message.len() as u64).saturating_mul(messages) };
        let refused = Arc::new(OnceLock::new());
        let count = Count { owner: record.owner_id, usage, now: clock.now(), refused: Arc::clone(&refused) };
        let gate = self.gate(Lease::from(run), count);
        let options =
            SendOptions { gate: Some(&*gate), ..SendOptions::new(&self.inner.hello_name, &self.inner.limits) };
        let recipients = schedule.recipients.clone();
        let message = OutgoingMessage { envelope_from: account.return_path.clone(), recipients, message };
        let sent = smtp::send(&target, &message, &options).await;
        Ok(match refused.get() {
            Some(why) => Attempt::Refused(String::clone(why)),
            None => attempt_of(sent),
        })
    }

    /// What the message goes through and ends with.
    async fn connector_and_footer(&self, account: &Account) -> Result<(Option<Connector>, Footer), Problem> {
        let db = self.store().db();
        let read = async {
            let connector = match account.connector {
                None => None,
                Some(id) => Some(connectors::find(db, id).await?.connector()),
            };
            let footer::Record { text, html, .. } = footer::find(db).await?;
            Ok((connector, Footer { text, html }))
        };
        self.store().read(read).await
    }

    /// The last check before the end of the message is sent: this server still holds the lease, and the daily quota is
    /// not exceeded. Marks the run as sending, so that it is never retried.
    fn gate(&self, lease: Lease, count: Count) -> Box<smtp::Gate> {
        let backend = self.clone();
        let count = Arc::new(count);
        Box::new(move || {
            let (backend, count) = (backend.clone(), Arc::clone(&count));
            let begin = async move {
                let Count { owner, usage, now, refused } = &*count;
                let limits = &backend.inner.reports;
                let begin = move |tx: WriteTx| async move {
                    let is_leased = runs::begin_to_send(&tx, lease).await?;
                    if is_leased {
                        limits.count(&tx, *owner, *usage, *now).await?;
                    }
                    Ok(is_leased)
                };
                match backend.store().write(begin).await {
                    Ok(true) => Ok(()),
                    Err(Problem::Refused(why)) => Err(refused.get_or_init(|| why).clone()),
                    Ok(false) => Err("Another server of Posthouse has this run, or it was deleted.".to_owned()),
                    Err(problem) => Err(problem.to_string()),
                }
            };
            begin.boxed()
        })
    }
}

/// What is counted when a message is handed over.
struct Count {
    owner: UserId,
    usage: Usage,
    now: Moment,
    /// Why it was held back.
    refused: Arc<OnceLock<String>>,
}

/// What the conversation means for the run.
fn attempt_of(sent: Sent) -> Attempt {
    let Sent { report, refused } = sent;
    let words = report.final_reply.as_ref().map(ToString::to_string).unwrap_or_default();
    match (report.taken, report.failure) {
        (Acceptance::Yes, _) => {
            let refused = refused.into_iter().map(|(address, reply)| format!("{address} ({reply})")).collect();
            Attempt::Sent { words, refused }
        }
        (Acceptance::Unknown, _) => Attempt::Unknown(
            "The connection ended after the message and before the server’s answer. Whether it was accepted is not known: look into the mailbox."
                .to_owned(),
        ),
        (Acceptance::No, Some(failure)) => {
            let said = report.stages.into_iter().find(|stage| stage.stage == failure.stage).map(|stage| stage.fact);
            let words = failure.reply.as_ref().map(ToString::to_string).or(said).unwrap_or_default();
            match failure.stage {
                Stage::Settings => Attempt::Stopped(words),
                stage => Attempt::Failed { stage: Some(stage), words },
            }
        }
        (Acceptance::No, None) => Attempt::Failed { stage: None, words },
    }
}

/// Whose columns the report has where its address names none.
fn owner_of(record: &Record) -> Result<Actor, Problem> {
    let email = EmailAddress::parse("Owner", &record.owner).map_err(|why| {
        tracing::error!(schedule = record.id.0, %why, "a schedule's owner is no address");
        Problem::Internal
    })?;
    Ok(Actor { id: record.owner_id, email, origin: Origin::Server })
}
