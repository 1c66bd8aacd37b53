//! One test send, from its row to its result.

use std::sync::Arc;
use std::time::Duration;

use model::{
    Acceptance, Account, AccountId, Actor, Connector, Footer, LastTest, Problem, ShownCertificate, SmtpReport, Stage,
    TestSend, TestSendRequest,
};
use smtp::SendOptions;
use store::accounts::{self, AccountChange};
use store::audit::{Action, Event, Outcome, Resource};
use store::{WriteTx, connectors, footer, test_sends};
use tokio::sync::oneshot;

use crate::Backend;
use crate::accounts::references::proxy_words;
use crate::clock::now;
use crate::credentials::pasted_along;
use crate::message;
use crate::target::limits_for;

/// How often saving a result is attempted, and the pause in between.
const SAVE_ATTEMPTS: u32 = 3;
const SAVE_PAUSE: Duration = Duration::from_millis(500);

impl Backend {
    pub(super) async fn run_test(
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
                let limits = limits_for(&self.inner.test_limits, account);
                let options = SendOptions {
                    stop_after: request.stop_after,
                    progress: Some(live),
                    ..SendOptions::new(&self.inner.hello_name, &limits)
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
