//! Trust in what a test was shown: taken from the kept test itself, never from what a page says.

use model::{Account, Actor, CaPem, Fingerprint, Problem, Saved, ShownCertificate, TestSendId, Trust, TrustKind};

use super::{account_of, rules};
use crate::Backend;
use crate::store::{accounts, test_sends};

impl Backend {
    /// Makes the account of a test send trust the certificate, or the CA, that its server showed. It is a save like any
    /// other.
    pub async fn trust_shown(&self, actor: &Actor, test: TestSendId, what: TrustKind) -> Result<Saved, Problem> {
        let db = self.store().db();
        let find = async {
            let test = test_sends::find(db, test).await?;
            let record = accounts::find(db, test.account).await?;
            Ok((test, record))
        };
        let (test, record) = self.store().read(find).await?;
        let shown = test.report.and_then(|report| report.certificate);
        let account = account_of(&record);
        // Another server's certificate says nothing about this one.
        if (&account.host, account.port(), account.security) != (&test.host, test.port, test.security) {
            let text = "The account was pointed elsewhere since this test. Test it again, then trust what it shows.";
            return Err(Problem::Refused(text.to_owned()));
        }
        let trust = shown.and_then(|shown| trust(shown, what)).ok_or_else(|| {
            Problem::Refused(
                "This test was shown nothing of the kind. Test again, then trust what it shows.".to_owned(),
            )
        })?;
        let account = &Account { trust, ..account };
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
