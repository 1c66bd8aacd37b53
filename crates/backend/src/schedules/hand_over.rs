//! The message of a run is composed and handed over, once.

use std::sync::{Arc, OnceLock};

use futures_util::FutureExt;
use model::{Account, Connector, Footer, Moment, Problem, Schedule, UserId};
use smtp::{OutgoingMessage, SendOptions};
use store::report_usage::Usage;
use store::runs::{self, Lease};
use store::schedules::Record;
use store::{WriteTx, connectors, footer};

use super::attempt::{Attempt, Clock};
use super::content::Content;
use super::run::owner_of;
use crate::Backend;
use crate::message::{self, MessageHead, Report};
use crate::target::limits_for;

impl Backend {
    pub(super) async fn hand_over(
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
        let limits = limits_for(&self.inner.schedule_limits, account);
        let options = SendOptions { gate: Some(&*gate), ..SendOptions::new(&self.inner.hello_name, &limits) };
        let recipients = schedule.recipients.clone();
        let message = OutgoingMessage { envelope_from: account.return_path.clone(), recipients, message };
        let sent = smtp::send(&target, &message, &options).await;
        Ok(match refused.get() {
            Some(why) => Attempt::refused(String::clone(why)),
            None => sent.into(),
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
