//! Test sends: one message through the saved account, kept with all that was found.

use std::sync::Arc;
use std::time::Duration;

use model::{
    Account, AccountId, Actor, Connector, Destinations, Footer, LastTest, Problem, SignIn, SmtpReport, Taken, TestSend,
    TestSendDraft, TestSendId, TestSendRequest,
};
use tokio::sync::TryAcquireError;

use crate::Backend;
use crate::accounts::pointed::{destination, own_certificates, proxy_words};
use crate::accounts::{account_of, last_test};
use crate::clock::now;
use crate::connectors::connector_of;
use crate::store::accounts::{self, Change};
use crate::store::{Write, connectors, credentials, footer, test_sends};
use crate::{message, smtp};

/// Test sends that run at the same time.
pub const AT_ONCE: usize = 32;
/// How often keeping a result is tried, and the pause in between.
const KEEP_TRIES: u32 = 3;
const KEEP_PAUSE: Duration = Duration::from_millis(500);

impl Backend {
    /// Sends a real message through the account as it is saved, and gives what was found. It runs to its end and is
    /// kept
    /// also when nobody waits for it any more.
    pub async fn send_test(&self, actor: &Actor, id: AccountId, typed: &TestSendDraft) -> Result<TestSend, Problem> {
        let request = typed.parse()?;
        let permit = Arc::clone(&self.inner.test_sends).try_acquire_owned().map_err(|why| match why {
            TryAcquireError::NoPermits => {
                Problem::TooMany("Too many test sends run at this moment. Try again in a few seconds.".to_owned())
            }
            TryAcquireError::Closed => Problem::Unavailable("Posthouse is stopping. Nothing was sent.".to_owned()),
        })?;
        let (backend, actor) = (self.clone(), actor.clone());
        let run = tokio::spawn(async move {
            let _permit = permit;
            backend.run_test(&actor, id, &request).await
        });
        run.await.unwrap_or_else(|error| {
            tracing::error!(account = id.0, error = %error, "a test send ended early");
            Err(Problem::Unavailable(
                "The test ended early; whether the message was taken is not known. The server's log says why."
                    .to_owned(),
            ))
        })
    }

    /// A test send as it was kept.
    pub async fn find_test_send(&self, _actor: &Actor, id: TestSendId) -> Result<TestSend, Problem> {
        self.store().read(test_sends::find(self.store().db(), id)).await
    }

    async fn run_test(&self, actor: &Actor, id: AccountId, request: &TestSendRequest) -> Result<TestSend, Problem> {
        let begin = move |tx: Write| async move {
            // One at a time for each account, on all servers together.
            accounts::lock(&tx).await?;
            let record = accounts::find(tx.db(), id).await?;
            if last_test(&record, now()).is_some_and(|test| test.taken.is_none()) {
                let name = &record.name;
                return Err(Problem::Refused(format!("A test of “{name}” is running. Wait for its end.")).into());
            }
            let account = account_of(&record);
            let connector = match account.connector {
                None => None,
                Some(id) => Some(connector_of(&connectors::find(tx.db(), id).await?)),
            };
            let through = connector
                .as_ref()
                .map(|connector| proxy_words(connector.name.as_str(), &connector.host, connector.port()));
            let footer::Record { text, html, .. } = footer::find(tx.db()).await?;
            let test = test_sends::insert(&tx, id, &account, through, request, actor, now()).await?;
            let running = LastTest { id: test.id, at: test.sent_at, taken: None, passed: 0, failed_at: None };
            accounts::change(&tx, Some(record), Change::Test(&running), actor, test.sent_at).await?;
            Ok((tx, (test, account, connector, Footer { text, html })))
        };
        let (test, account, connector, footer) = self.store().write(begin).await?;
        let report = self.send(&test, &account, connector.as_ref(), &footer, request).await;
        tracing::info!(
            test_send = test.id.0, account = id.0, recipient = %request.recipient.masked(), taken = ?report.taken,
            "test send"
        );
        self.keep(actor, &test, &report).await?;
        Ok(TestSend { report: Some(report), ..test })
    }

    async fn send(
        &self,
        test: &TestSend,
        account: &Account,
        connector: Option<&Connector>,
        footer: &Footer,
        request: &TestSendRequest,
    ) -> SmtpReport {
        let letter = match message::compose(account, footer, request, test.sent_at, &self.inner.hello_name) {
            Ok(letter) => letter,
            Err(reason) => return smtp::not_sent(account.security, reason),
        };
        match self.target(account, connector).await {
            Ok(target) => {
                let way = (self.inner.hello_name.as_str(), &self.inner.limits);
                smtp::send_or_stop(&target, &letter, request.stop_after, way).await
            }
            Err(reason) => smtp::not_sent(account.security, reason),
        }
    }

    /// Where and how the account sends, with the secrets that it may use there; else why it cannot.
    pub(crate) async fn target(
        &self,
        account: &Account,
        connector: Option<&Connector>,
    ) -> Result<smtp::Target, String> {
        let own = own_certificates(&account.trust)?;
        let sign_in = match account.sign_in {
            None => None,
            Some(SignIn { credential, mechanism }) => {
                let store = self.store();
                let found = store.read(credentials::find(store.db(), credential)).await;
                let record = found.map_err(|problem| problem.to_string())?;
                let secret = self.release(&record, &destination(account, &own)).await?;
                let Destinations { plain_in_clear, verified_only, .. } =
                    record.rules().map_err(|fault| Problem::from(fault).to_string())?;
                Some(smtp::SignIn { user_name: record.user_name, secret, mechanism, plain_in_clear, verified_only })
            }
        };
        let proxy = match connector {
            None => None,
            Some(connector) => Some(self.proxy(connector).await?),
        };
        Ok(smtp::Target {
            host: account.host.clone(),
            port: account.port(),
            security: account.security,
            certificates: account.certificates,
            trust: account.trust.clone(),
            sign_in,
            proxy,
        })
    }

    /// Keeps what was found. What cannot be kept is told at least, since the message may be on its way.
    async fn keep(&self, actor: &Actor, test: &TestSend, report: &SmtpReport) -> Result<(), Problem> {
        let finish = move |tx: Write| async move {
            test_sends::finish(&tx, test.id, report).await?;
            let record = accounts::find_any(tx.db(), test.account).await?;
            // A test that was given up for lost can end after a newer one began.
            if record.last_test_id == Some(test.id) {
                let last = LastTest {
                    id: test.id,
                    at: test.sent_at,
                    taken: Some(report.taken),
                    passed: report.passed(),
                    failed_at: report.failure.as_ref().map(|failure| failure.stage),
                };
                accounts::change(&tx, Some(record), Change::Test(&last), actor, test.sent_at).await?;
            }
            Ok((tx, ()))
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match self.store().write(finish).await {
                Ok(()) => return Ok(()),
                Err(Problem::Unavailable(_)) if tries < KEEP_TRIES => tokio::time::sleep(KEEP_PAUSE).await,
                Err(problem) => {
                    tracing::error!(test_send = test.id.0, taken = ?report.taken, problem = %problem, "a result was not kept");
                    return Err(Problem::Unavailable(not_kept(report)));
                }
            }
        }
    }
}

fn not_kept(report: &SmtpReport) -> String {
    let taken = match (report.taken, &report.final_reply, &report.failure) {
        (Taken::Yes, Some(reply), _) => format!("The mail server took the message ({reply})"),
        (Taken::Yes, None, _) => "The mail server took the message".to_owned(),
        (Taken::No, _, Some(failure)) => format!("The message was not taken: it ended at {}", failure.stage.label()),
        (Taken::No, _, None) => "The message was not taken".to_owned(),
        (Taken::Unknown, ..) => "Whether the mail server took the message is not known".to_owned(),
    };
    format!("{taken}. The result could not be kept: the database did not answer.")
}
