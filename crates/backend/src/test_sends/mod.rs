//! Test sends: one message through an account, kept with all that was found.

mod batch;
mod remedies;
mod run;
mod running;

use std::sync::Arc;

use futures_util::FutureExt;
use model::{
    AccountDraft, AccountId, Actor, HistoryFilter, HistoryPage, LastTest, ListPage, Problem, TestSend, TestSendDraft,
    TestSendId, TestShown,
};
use tokio::sync::{OwnedSemaphorePermit, TryAcquireError, oneshot};
use tokio::task::JoinHandle;

use crate::Backend;
use crate::accounts::parse;
use crate::clock::now;
use crate::paging::{ROWS, page_of};
use diagnosis::{coming, diagnose};
use store::audit::{Action, Event, Resource};
use store::{accounts, test_sends};

pub use batch::Batches;
pub use remedies::Applied;
pub use running::Running;

/// Test sends that run at the same time.
pub const AT_ONCE: usize = 128;

/// What is tested.
#[derive(Clone, Debug)]
pub enum TestOf {
    /// The account as it is saved.
    Saved(AccountId),
    /// The account's form as it stands on the screen; None where the account is a new one.
    Typed(Option<AccountId>, Box<AccountDraft>),
}

impl TestOf {
    fn account(&self) -> Option<AccountId> {
        match self {
            Self::Saved(id) => Some(*id),
            Self::Typed(id, _) => *id,
        }
    }
}

/// A test send that has started. It runs to its end and is kept also when nobody waits for it any more.
#[derive(Debug)]
pub struct StartedTest {
    /// The test as it was stored at its start.
    pub test: TestSend,
    run: JoinHandle<Result<TestSend, Problem>>,
}

impl StartedTest {
    /// Waits for its end.
    pub async fn ended(self) -> Result<TestSend, Problem> {
        self.run.await.unwrap_or_else(|error| {
            tracing::error!(error = %error, "a test send ended early");
            Err(lost())
        })
    }
}

fn lost() -> Problem {
    let text = "The test ended early; whether the message was accepted is not known. The server’s log says why.";
    Problem::Unavailable(text.to_owned())
}

impl Backend {
    /// Sends a real message through the account as it is saved, and gives what was found.
    pub async fn send_test(&self, actor: &Actor, id: AccountId, typed: &TestSendDraft) -> Result<TestSend, Problem> {
        self.begin_test(actor, TestOf::Saved(id), typed).await?.ended().await
    }

    /// Begins to send a real message.
    pub async fn begin_test(&self, actor: &Actor, of: TestOf, typed: &TestSendDraft) -> Result<StartedTest, Problem> {
        let request = typed.parse()?;
        let account = match &of {
            TestOf::Saved(_) => None,
            TestOf::Typed(_, draft) => Some(parse(&named(draft))?),
        };
        let permit = self.begin_throttled(actor)?;
        let (backend, actor, id) = (self.clone(), actor.clone(), of.account());
        let (started, begins) = oneshot::channel();
        let run = tokio::spawn(async move {
            let _permit = permit;
            backend.run_test(&actor, (id, account), &request, started).await
        });
        match begins.await {
            Ok(test) => Ok(StartedTest { test, run }),
            // It did not begin: that is its end.
            Err(_) => Err(match run.await {
                Ok(Err(problem)) => problem,
                Ok(Ok(_)) | Err(_) => lost(),
            }),
        }
    }

    /// Counts a test, of an account or of a connector, towards what one person may begin within a minute; and holds a
    /// place among those that run.
    pub(crate) fn begin_throttled(&self, actor: &Actor) -> Result<OwnedSemaphorePermit, Problem> {
        self.inner.test_rate_limit.begin(actor.id)?;
        Arc::clone(&self.inner.test_sends).try_acquire_owned().map_err(|why| match why {
            TryAcquireError::NoPermits => {
                Problem::TooMany("Too many test sends run at this moment. Try again in a few seconds.".to_owned())
            }
            TryAcquireError::Closed => Problem::Unavailable("Posthouse is stopping. Nothing was sent.".to_owned()),
        })
    }

    /// A test send as it was kept, explained; and what is known of it so far where it runs in this program.
    pub async fn find_test_send(&self, actor: &Actor, id: TestSendId) -> Result<TestShown, Problem> {
        // Asked before: what ends in between is kept by then.
        let live = self.follow_test(actor, id).and_then(|mut follower| follower.next().now_or_never().flatten());
        let test = self.store().read(test_sends::find(self.store().db(), id)).await?;
        let diagnosis = test.report.as_ref().and_then(|report| diagnose(&test, report));
        let coming = test.report.as_ref().and_then(|report| coming(&test, report));
        Ok(TestShown { test, live, diagnosis, coming })
    }

    /// The test sends of an account, the newest first.
    pub async fn list_tests(
        &self,
        _actor: &Actor,
        account: AccountId,
        filter: &HistoryFilter,
    ) -> Result<HistoryPage, Problem> {
        let lost = LastTest::oldest_running(now());
        let read = async {
            let db = self.store().db();
            let record = accounts::find_any(db, account).await?;
            let (total, matching) = test_sends::count(db, account, filter, lost).await?;
            let (page, pages) = page_of(filter.page, matching, ROWS);
            let rows = test_sends::page(db, account, (filter, lost), ((page - 1) * ROWS, ROWS)).await?;
            let list = ListPage { rows, matching, total, page, pages };
            Ok(HistoryPage { account, name: record.name.to_string(), list })
        };
        self.store().read(read).await
    }

    /// Reads along with a test send; None where it does not run in this program.
    pub fn follow_test(&self, _actor: &Actor, id: TestSendId) -> Option<smtp::ProgressReader> {
        self.inner.running.find(id).map(|live| live.follow())
    }

    /// Breaks a test send off, and waits for its end. Nothing is sent then.
    pub async fn cancel_test(&self, actor: &Actor, id: TestSendId) -> Result<(), Problem> {
        let Some(live) = self.inner.running.find(id) else {
            let test = self.store().read(test_sends::find(self.store().db(), id)).await?;
            return Err(Problem::Refused(match test.report {
                Some(_) => "This test has ended.".to_owned(),
                None => "This test runs in another Posthouse, or was lost with one.".to_owned(),
            }));
        };
        if !live.cancel() {
            let text = "The message has been handed over: it cannot be held back any more. Posthouse goes on waiting for the server’s answer.";
            return Err(Problem::Refused(text.to_owned()));
        }
        Event::by(actor, Action::Cancel).on(Resource::Test(id)).record();
        let mut follower = live.follow();
        drop(live);
        while follower.next().await.is_some() {}
        Ok(())
    }

    /// The number of the account's test that runs, on whatever server.
    pub async fn running_test(&self, _actor: &Actor, id: AccountId) -> Result<Option<TestSendId>, Problem> {
        let record = self.store().read(accounts::find(self.store().db(), id)).await?;
        let newest = record.last_test().map(|test| test.ended(now()));
        Ok(newest.filter(|test| test.taken.is_none()).map(|test| test.id))
    }
}

/// A new account may have no name yet; that keeps nobody from testing it.
fn named(draft: &AccountDraft) -> AccountDraft {
    let name = if draft.name.trim().is_empty() { "New account".to_owned() } else { draft.name.clone() };
    AccountDraft { name, ..draft.clone() }
}
