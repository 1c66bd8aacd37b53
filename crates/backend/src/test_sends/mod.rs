//! Test sends: one message through an account, kept with all that was found.

mod batch;
mod remedies;
mod running;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use model::{
    Acceptance, Account, AccountDraft, AccountId, Actor, Connector, Destinations, Footer, HistoryFilter, HistoryPage,
    LastTest, ListPage, Problem, ShownCertificate, SignIn, SmtpReport, Stage, TestSend, TestSendDraft, TestSendId,
    TestSendRequest, TestShown,
};
use tokio::sync::{OwnedSemaphorePermit, TryAcquireError, oneshot};
use tokio::task::JoinHandle;

use crate::Backend;
use crate::accounts::parse;
use crate::accounts::references::{destination, own_certificates, proxy_words};
use crate::clock::now;
use crate::credentials::pasted_along;
use crate::message;
use crate::paging::{ROWS, page_of};
use diagnosis::{coming, diagnose};
use smtp::SendOptions;
use store::accounts::{self, AccountChange};
use store::audit::{Action, Event, Outcome, Resource};
use store::{WriteTx, connectors, credentials, footer, test_sends};

pub use batch::Batches;
pub use remedies::Applied;
pub use running::Running;

/// Test sends that run at the same time.
pub const AT_ONCE: usize = 128;
/// How often saving a result is attempted, and the pause in between.
const SAVE_ATTEMPTS: u32 = 3;
const SAVE_PAUSE: Duration = Duration::from_millis(500);

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
            let text =
                "The message has been handed over: it cannot be held back any more. The server’s answer follows.";
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

    async fn run_test(
        &self,
        actor: &Actor,
        (id, typed): (Option<AccountId>, Option<Account>),
        request: &TestSendRequest,
        started: oneshot::Sender<TestSend>,
    ) -> Result<TestSend, Problem> {
        let typed = &typed;
        let begin = move |tx: WriteTx| async move {
            let record = match id {
                None => None,
                Some(id) => {
                    // One at a time for each account, on all servers together.
                    accounts::lock(&tx).await?;
                    let record = accounts::find(tx.db(), id).await?;
                    if test_sends::is_running(&tx, id, LastTest::oldest_running(now())).await? {
                        let name = &record.name;
                        return Err(
                            Problem::Refused(format!("A test of “{name}” is running. Wait for its end.")).into()
                        );
                    }
                    Some(record)
                }
            };
            let account = match (typed, &record) {
                (Some(account), _) => account.clone(),
                (None, Some(record)) => record.account(),
                (None, None) => return Err(Problem::NotFound("There is nothing to test.".to_owned()).into()),
            };
            let connector = match account.connector {
                None => None,
                Some(id) => Some(connectors::find(tx.db(), id).await?.connector()),
            };
            let through = connector
                .as_ref()
                .map(|connector| proxy_words(connector.name.as_str(), &connector.host, connector.port()));
            let footer::Record { text, html, .. } = footer::find(tx.db()).await?;
            let of = (id, typed.is_some());
            let test = test_sends::insert(&tx, of, &account, through, request, actor, now()).await?;
            let mut before = None;
            if let (Some(record), None) = (record, typed) {
                before = record.last_test();
                let running = LastTest { id: test.id, at: test.sent_at, taken: None, passed: 0, failed_at: None };
                accounts::change(&tx, Some(record), AccountChange::Test(Some(&running)), actor, test.sent_at).await?;
            }
            Ok((test, account, connector, Footer { text, html }, before))
        };
        let (test, account, connector, footer, before) = self.store().write(begin).await?;
        let running = self.inner.running.begin(test.id);
        // Nobody may wait for it any more.
        drop(started.send(test.clone()));
        let report = self.send(actor, (&test, &account), connector.as_ref(), &footer, (request, &running.live)).await;
        if report.tried_other_ports() {
            self.inner.test_rate_limit.record_unchecked(actor.id);
        }
        let of = id.filter(|_| !test.typed).map_or(Resource::UnsavedAccount, Resource::Account);
        let outcome = Outcome::of_success(report.failure.is_none());
        let detail = format!("test/{} to {}:{}", test.id.0, test.host, test.port);
        Event::by(actor, Action::Test).on(of).ended(outcome).detail(detail).record();
        self.keep(actor, &test, &report, before).await?;
        Ok(TestSend { report: Some(report), ..test })
    }

    async fn send(
        &self,
        actor: &Actor,
        (test, account): (&TestSend, &Account),
        connector: Option<&Connector>,
        footer: &Footer,
        (request, live): (&TestSendRequest, &Arc<smtp::ProgressFeed>),
    ) -> SmtpReport {
        let message = match message::compose(account, footer, request, test.sent_at, &self.inner.hello_name) {
            Ok(message) => message,
            Err(reason) => return smtp::not_sent(account.security, reason),
        };
        match self.target(actor, account, connector).await {
            Ok(target) => {
                let options = SendOptions {
                    stop_after: request.stop_after,
                    progress: Some(live),
                    ..SendOptions::new(&self.inner.hello_name, &self.inner.limits)
                };
                let mut report = smtp::send(&target, &message, &options).await.report;
                if report.failure.as_ref().is_some_and(|failure| failure.stage == Stage::Auth) {
                    report.observed.pasted = target.sign_in.as_ref().map(pasted_along).unwrap_or_default();
                }
                report
            }
            Err(reason) => smtp::not_sent(account.security, reason),
        }
    }

    /// Where and how the account sends, with the secrets that it may use there; else why it cannot.
    pub(crate) async fn target(
        &self,
        actor: &Actor,
        account: &Account,
        connector: Option<&Connector>,
    ) -> Result<smtp::Target, String> {
        let own = own_certificates(&account.trust)?;
        let route = account.connector.zip(connector).map(|(id, connector)| connector.route(id));
        if account.connector.is_some() && route.is_none() {
            return Err("The account’s network connector is not there any more. Choose another one.".to_owned());
        }
        let sign_in = match account.sign_in {
            None => None,
            Some(SignIn { credential, mechanism }) => {
                let store = self.store();
                let found = store.read(credentials::find(store.db(), credential)).await;
                let record = found.map_err(|problem| problem.to_string())?;
                let secret = self.release(actor, &record, &destination(account, &own, route.as_ref())).await?;
                let Destinations { plain_in_clear, verified_only, .. } =
                    record.rules().map_err(|fault| Problem::from(fault).to_string())?;
                Some(smtp::ServerSignIn {
                    user_name: record.user_name,
                    secret,
                    mechanism,
                    plain_in_clear,
                    verified_only,
                })
            }
        };
        let proxy = match connector {
            None => None,
            Some(connector) => Some(self.proxy(actor, connector).await?),
        };
        Ok(smtp::Target {
            host: account.host.clone(),
            port: account.port(),
            security: account.security,
            certificates: account.certificates,
            trust: account.trust.clone(),
            sign_in,
            proxy,
            egress: self.egress().await.map_err(|problem| problem.to_string())?,
        })
    }

    /// Keeps what was found. What cannot be kept is reported at least, since the message may be on its way.
    async fn keep(
        &self,
        actor: &Actor,
        test: &TestSend,
        report: &SmtpReport,
        before: Option<LastTest>,
    ) -> Result<(), Problem> {
        let before = &before;
        let finish = move |tx: WriteTx| async move {
            test_sends::finish(&tx, test.id, report).await?;
            let (Some(id), false) = (test.account, test.typed) else { return Ok(()) };
            let record = accounts::find_any(tx.db(), id).await?;
            // A test that was given up for lost can end after a newer one began.
            if record.last_test_id == Some(test.id) {
                let found = LastTest {
                    id: test.id,
                    at: test.sent_at,
                    taken: Some(report.taken),
                    passed: report.passed(),
                    failed_at: report.failure.as_ref().map(|failure| failure.stage),
                };
                // What was cancelled says nothing about the account.
                let last = if report.was_cancelled() { before.as_ref() } else { Some(&found) };
                let change = match report.certificate.as_ref().and_then(ShownCertificate::until) {
                    Some(until) => AccountChange::Shown(last, until),
                    None => AccountChange::Test(last),
                };
                accounts::change(&tx, Some(record), change, actor, test.sent_at).await?;
            }
            Ok(())
        };
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.store().write(finish).await {
                Ok(()) => return Ok(()),
                Err(Problem::Unavailable(_)) if attempts < SAVE_ATTEMPTS => tokio::time::sleep(SAVE_PAUSE).await,
                Err(problem) => {
                    tracing::error!(test_send = test.id.0, taken = ?report.taken, problem = %problem, "a result was not kept");
                    return Err(Problem::Unavailable(not_kept(report)));
                }
            }
        }
    }
}

/// A new account may have no name yet; that keeps nobody from testing it.
fn named(draft: &AccountDraft) -> AccountDraft {
    let name = if draft.name.trim().is_empty() { "New account".to_owned() } else { draft.name.clone() };
    AccountDraft { name, ..draft.clone() }
}

fn not_kept(report: &SmtpReport) -> String {
    let accepted = match (report.taken, &report.final_reply, &report.failure) {
        (Acceptance::Yes, Some(reply), _) => format!("The mail server accepted the message ({reply})"),
        (Acceptance::Yes, None, _) => "The mail server accepted the message".to_owned(),
        (Acceptance::No, _, Some(failure)) => {
            format!("The message was not accepted: it ended at {}", failure.stage.label())
        }
        (Acceptance::No, _, None) => "The message was not accepted".to_owned(),
        (Acceptance::Unknown, ..) => "Whether the mail server accepted the message is not known".to_owned(),
    };
    format!("{accepted}. The result could not be kept: the database did not answer.")
}
