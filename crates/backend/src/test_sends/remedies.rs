//! What the result of a test offers to change in its account: trust in what it was shown, or another way. Both are
//! taken from the kept test itself, never from what a page says, and are saves like any other.

use diagnosis::diagnose;
use model::moment::MINUTE;
use model::{
    Account, AccountDraft, Actor, BatchId, CaPem, Fingerprint, Moment, Problem, Remedy, Saved, ShownCertificate,
    TestSend, TestSendDraft, TestSendId, Trust, TrustKind,
};
use store::accounts::{self, Record};
use store::test_sends;

use super::{StartedTest, TestOf};
use crate::Backend;
use crate::accounts::{parse, rules};
use crate::clock::now;

/// What came of a remedy that was applied.
#[derive(Debug)]
pub enum Applied {
    /// The account was changed, and is tested again.
    Started(Box<StartedTest>),
    /// Nothing was changed: the account is tested later, as this batch.
    Later(BatchId),
}

impl Backend {
    /// Makes the account of a test send trust the certificate, or the CA, that its server showed.
    pub async fn trust_shown(&self, actor: &Actor, test: TestSendId, what: TrustKind) -> Result<Saved, Problem> {
        let (test, record) = self.tested(test).await?;
        let diagnosis = test.report.as_ref().and_then(|report| diagnose(&test, report));
        let offered = diagnosis.map(|diagnosis| diagnosis.trust).unwrap_or_default();
        let shown = test.report.and_then(|report| report.certificate).filter(|_| offered.includes(what));
        let trust = shown.and_then(|shown| trust(shown, what)).ok_or_else(|| {
            Problem::Refused("This test offers nothing of the kind. Test again, then see what it offers.".to_owned())
        })?;
        self.save_over(actor, &record, &Account { trust, ..record.account() }).await
    }

    /// Does what the diagnosis of a test send offers under this number, counted from 0: makes the change and begins the
    /// same test again, or has it begin later by itself.
    pub async fn apply_remedy(&self, actor: &Actor, test: TestSendId, number: usize) -> Result<Applied, Problem> {
        let (test, record) = self.tested(test).await?;
        let diagnosis = test.report.as_ref().and_then(|report| diagnose(&test, report));
        let fix = diagnosis.and_then(|diagnosis| diagnosis.offers().nth(number).cloned());
        let remedy = fix.and_then(|fix| fix.remedy).ok_or_else(|| {
            Problem::Refused("This test offers no such change. Test again, then see what it offers.".to_owned())
        })?;
        let message = TestSendDraft { subject: test.subject, ..TestSendDraft::prefilled(test.recipient.as_str()) };
        if let Remedy::Later(minutes) = remedy {
            let begins_at = Moment(now().0 + i64::from(minutes) * MINUTE);
            return self.begin_later(actor, record, &message, begins_at).await.map(Applied::Later);
        }
        let mut draft = AccountDraft::of(&record.account());
        remedy.apply(&mut draft);
        let account = parse(&draft).map_err(|errors| beside_no_field(errors.into()))?;
        self.save_over(actor, &record, &account).await?;
        self.begin_test(actor, TestOf::Saved(record.id), &message).await.map(|begun| Applied::Started(Box::new(begun)))
    }

    /// A test send and its account, which still goes where it went then.
    async fn tested(&self, test: TestSendId) -> Result<(TestSend, Record), Problem> {
        let db = self.store().db();
        let find = async {
            let test = test_sends::find(db, test).await?;
            let account = test.account.filter(|_| !test.typed).ok_or_else(|| {
                Problem::Refused("This was a test of what stood on the screen. Change it there.".to_owned())
            })?;
            let record = accounts::find(db, account).await?;
            Ok((test, record))
        };
        let (test, record) = self.store().read(find).await?;
        let account = record.account();
        // What another server showed or said is nothing about this one.
        if (&account.host, account.port(), account.security) != (&test.host, test.port, test.security) {
            let text = "The account was pointed elsewhere since this test. Test it again, then see what it offers.";
            return Err(Problem::Refused(text.to_owned()));
        }
        Ok((test, record))
    }

    async fn save_over(&self, actor: &Actor, record: &Record, account: &Account) -> Result<Saved, Problem> {
        let over = Some((record.id, record.version));
        self.store().write(move |tx| rules::save(tx, actor, over, account)).await.map_err(beside_no_field)
    }
}

fn trust(shown: ShownCertificate, what: TrustKind) -> Option<Trust> {
    let fingerprint: Fingerprint = shown.fingerprint;
    match what {
        TrustKind::Machine => None,
        TrustKind::Certificate => Some(Trust::Certificate(fingerprint)),
        TrustKind::Ca => Some(Trust::Ca(CaPem::parse(&shown.ca?.pem).ok()?)),
    }
}

/// There is no form here that errors could stand in.
fn beside_no_field(problem: Problem) -> Problem {
    match problem {
        Problem::Fields(errors) => {
            let messages: Vec<_> = errors.0.into_iter().map(|error| error.message).collect();
            Problem::Refused(messages.join(" "))
        }
        other => other,
    }
}
