//! Tests of several accounts, one after the other and a few at a time. Each is a test like any other: one of an
//! account runs at a time, and a person begins only so many within a minute.

use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use model::batch::BATCH_AT_MOST;
use model::{
    Actor, BatchForm, BatchId, BatchItem, BatchPage, BatchRow, LastTest, Moment, Problem, Selection, StopAfter,
    TestSendDraft, UserId,
};
use store::accounts::Record;
use store::audit::{Action, Event, Resource};
use store::{WriteTx, batches, changes, test_sends};
use tokio::sync::watch;
use tokio::time::timeout;

use super::TestOf;
use crate::Backend;
use crate::accounts::check_selection;
use crate::clock::now;

/// Tests of one batch that run at the same time.
const AT_ONCE: usize = 4;
/// How long is waited where a person has started as many tests as is allowed.
const WAIT: Duration = Duration::from_secs(1);
/// How often one says that it is still there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);
/// Tests of one person that wait for their time.
const LATER: usize = 20;
/// Names that the form shows.
const NAMED: usize = 10;

/// The batches that run in this program.
#[derive(Default)]
pub struct Batches(Mutex<Vec<Entry>>);

struct Entry {
    id: BatchId,
    by: UserId,
    /// It waits for its time.
    later: bool,
    cancel: watch::Sender<bool>,
}

impl Batches {
    fn with<T>(&self, change: impl FnOnce(&mut Vec<Entry>) -> T) -> T {
        // Each change is one step: a thread that panicked left nothing half done.
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A batch that runs; its items, and where they are kept.
struct Run {
    backend: Backend,
    id: BatchId,
    actor: Actor,
    draft: TestSendDraft,
    begins_at: Option<Moment>,
    items: tokio::sync::Mutex<Vec<BatchItem>>,
    cancelled: watch::Receiver<bool>,
}

impl Backend {
    /// What would be tested.
    pub async fn preview_batch(&self, actor: &Actor, selection: &Selection) -> Result<BatchForm, Problem> {
        let chosen = self.chosen(selection).await?;
        Ok(BatchForm {
            chosen: chosen.len() as u64,
            first: chosen.into_iter().take(NAMED).map(|record| record.name.to_string()).collect(),
            per_minute: self.inner.test_rate_limit.at_most(),
            recipient: actor.email.to_string(),
        })
    }

    /// Begins to test them; it goes on when nobody waits for it.
    pub async fn begin_batch(
        &self,
        actor: &Actor,
        selection: &Selection,
        draft: &TestSendDraft,
    ) -> Result<BatchId, Problem> {
        draft.parse()?;
        let chosen = self.chosen(selection).await?;
        if chosen.is_empty() {
            return Err(Problem::Refused("None of the chosen accounts is there any more.".to_owned()));
        }
        let another = self.inner.batches.with(|all| all.iter().any(|entry| entry.by == actor.id && !entry.later));
        if another {
            let text = "Another test of several accounts that you began is running. Wait for its end, or cancel it.";
            return Err(Problem::Refused(text.to_owned()));
        }
        self.begin(actor, chosen, draft, None).await
    }

    /// Begins one test at that time.
    pub(crate) async fn begin_later(
        &self,
        actor: &Actor,
        account: Record,
        draft: &TestSendDraft,
        begins_at: Moment,
    ) -> Result<BatchId, Problem> {
        draft.parse()?;
        let waiting =
            self.inner.batches.with(|all| all.iter().filter(|entry| entry.by == actor.id && entry.later).count());
        if waiting >= LATER {
            let text = format!("{LATER} tests of yours wait for their time. Cancel one of them first.");
            return Err(Problem::Refused(text));
        }
        self.begin(actor, vec![account], draft, Some(begins_at)).await
    }

    async fn begin(
        &self,
        actor: &Actor,
        accounts: Vec<Record>,
        draft: &TestSendDraft,
        begins_at: Option<Moment>,
    ) -> Result<BatchId, Problem> {
        let item =
            |record: Record| BatchItem { account: record.id, name: record.name.to_string(), test: None, problem: None };
        let items: Vec<_> = accounts.into_iter().map(item).collect();
        let kept = &items;
        let insert = move |tx: WriteTx| async move {
            let id = batches::insert(&tx, kept, draft, begins_at, actor, now()).await?;
            let event = Event::by(actor, Action::Test).on(Resource::Batch(id));
            tx.audit(event.detail(format_args!("accounts: {}", kept.len())));
            Ok(id)
        };
        let id = self.store().write(insert).await?;
        let (cancel, cancelled) = watch::channel(false);
        let entry = Entry { id, by: actor.id, later: begins_at.is_some(), cancel };
        self.inner.batches.with(|all| all.push(entry));
        let run = Run {
            backend: self.clone(),
            id,
            actor: actor.clone(),
            draft: draft.clone(),
            begins_at,
            items: items.into(),
            cancelled,
        };
        tokio::spawn(run.walk());
        Ok(id)
    }

    /// How far a batch is.
    pub async fn find_batch(&self, _actor: &Actor, id: BatchId) -> Result<BatchPage, Problem> {
        let lost = LastTest::oldest_running(now());
        let read = async {
            let db = self.store().db();
            let (record, items) = batches::find(db, id).await?;
            let tests: Vec<_> = items.iter().filter_map(|item| item.test).collect();
            let ends = test_sends::ends(db, &tests, lost).await?;
            // Its server was stopped: what had not started never will.
            let running = !record.ended && record.seen_at > lost;
            let row = |mut item: BatchItem| {
                let (ended, failed_at) = item.test.and_then(|test| ends.get(&test).copied()).unwrap_or_default();
                if !running && item.test.is_none() && item.problem.is_none() {
                    item.problem = Some("The server was stopped before its turn.".to_owned());
                }
                BatchRow { item, ended, failed_at }
            };
            let stop_after = StopAfter::from_key(&record.stop_after);
            Ok(BatchPage {
                id,
                started_at: record.started_at,
                started_by: record.started_by,
                recipient: record.recipient,
                stop_after: stop_after.map(|stage| stage.label().to_owned()),
                rows: items.into_iter().map(row).collect(),
                running,
                begins_at: record.begins_at,
            })
        };
        self.store().read(read).await
    }

    /// Breaks a batch off: what runs is cancelled where that is still possible, and nothing more begins.
    pub async fn cancel_batch(&self, actor: &Actor, id: BatchId) -> Result<(), Problem> {
        let found = self.inner.batches.with(|all| {
            let found = all.iter().find(|entry| entry.id == id);
            found.map(|entry| entry.cancel.send_replace(true))
        });
        if found.is_none() {
            return Err(Problem::Refused("It has ended, or runs in another Posthouse.".to_owned()));
        }
        for row in self.find_batch(actor, id).await?.rows {
            if let (Some(test), None) = (row.item.test, row.ended) {
                // What cannot be held back any more ends by itself.
                drop(self.cancel_test(actor, test).await);
            }
        }
        Event::by(actor, Action::Cancel).on(Resource::Batch(id)).record();
        Ok(())
    }

    /// Those of a selection that are there, by ID; refused where there are more than one batch takes.
    async fn chosen(&self, selection: &Selection) -> Result<Vec<Record>, Problem> {
        check_selection(selection)?;
        let most = BATCH_AT_MOST as u64;
        let found = self.store().read(changes::find_chosen(self.store().db(), selection, most + 1)).await?;
        if found.len() > BATCH_AT_MOST {
            Err(Problem::Refused(format!("At most {BATCH_AT_MOST} accounts are tested together. Choose fewer.")))
        } else {
            Ok(found)
        }
    }
}

impl Run {
    /// Tests them all, with a sign of life now and then.
    async fn walk(self) {
        let mut tested = pin!(self.test_all());
        while timeout(SIGN_OF_LIFE, &mut tested).await.is_err() {
            self.keep(false, |_| ()).await;
        }
        self.keep(true, |_| ()).await;
        self.backend.inner.batches.with(|all| all.retain(|entry| entry.id != self.id));
    }

    async fn test_all(&self) {
        if let Some(left) = self.begins_at.map(|at| at.0 - now().0).filter(|left| *left > 0) {
            self.pause(Duration::from_micros(left.unsigned_abs())).await;
        }
        let count = self.items.lock().await.len();
        stream::iter(0..count).for_each_concurrent(AT_ONCE, |number| self.test(number)).await;
    }

    /// Waits so long, or until it is cancelled.
    async fn pause(&self, time: Duration) {
        let mut cancelled = self.cancelled.clone();
        // Whoever could cancel is there as long as this runs.
        let _ = timeout(time, cancelled.wait_for(|cancelled| *cancelled)).await;
    }

    async fn test(&self, number: usize) {
        let account = self.items.lock().await[number].account;
        let started = loop {
            if *self.cancelled.borrow() {
                break Err("It was cancelled.".to_owned());
            }
            match self.backend.find_user(self.actor.id, &self.actor.origin).await {
                Ok(Some(_)) => {}
                Ok(None) => break Err(format!("{} can no longer sign in to Posthouse.", self.actor.email)),
                Err(problem) => break Err(problem.to_string()),
            }
            match self.backend.begin_test(&self.actor, TestOf::Saved(account), &self.draft).await {
                // As many as may run, or may be started within a minute.
                Err(Problem::TooMany(_)) => self.pause(WAIT).await,
                started => break started.map_err(|problem| problem.to_string()),
            }
        };
        match started {
            Err(why) => self.keep(false, |items| items[number].problem = Some(why.clone())).await,
            Ok(started) => {
                let id = started.test.id;
                self.keep(false, |items| items[number].test = Some(id)).await;
                // The test itself keeps what came of it.
                drop(started.ended().await);
            }
        }
    }

    /// Changes the items, and keeps them as they are then.
    async fn keep(&self, ended: bool, change: impl Fn(&mut Vec<BatchItem>)) {
        let mut items = self.items.lock().await;
        change(&mut items);
        let (id, items) = (self.id, &*items);
        let update = move |tx: WriteTx| async move { batches::update(&tx, id, items, ended, now()).await };
        if let Err(problem) = self.backend.store().write(update).await {
            tracing::error!(batch = id.0, problem = %problem, "how far a test of several accounts is was not kept");
        }
    }
}
