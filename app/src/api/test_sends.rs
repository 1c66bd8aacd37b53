//! Test sends: the window "Test Email - Account".

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{
    AccountDraft, AccountId, ConnectionSecurity, HistoryFilter, HistoryPage, Host, LiveReport, TestSendDraft,
    TestSendId, TestShown,
};
use serde::{Deserialize, Serialize};

use super::{Fail, FormFor, FormInit};

/// The account as the window shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    pub id: AccountId,
    pub name: String,
    pub host: Host,
    pub port: u16,
    pub security: ConnectionSecurity,
    /// The prefilled answers: the message goes to one's own address.
    pub draft: TestSendDraft,
    /// The account's test that goes on.
    pub running: Option<TestSendId>,
}

#[server(endpoint = "load_test_form", input = Json)]
pub async fn load_test_form(account: AccountId) -> Result<FormInit<Tested, TestSendDraft>, Fail> {
    use crate::{paths, ssr};
    let actor = ssr::actor()?;
    let backend = ssr::backend();
    let found = ssr::loaded(backend.saved_account(&actor, account).await)?;
    let running = ssr::loaded(backend.running_test(&actor, account).await)?;
    let data = Tested {
        id: account,
        name: found.name.to_string(),
        port: found.port(),
        host: found.host,
        security: found.security,
        draft: TestSendDraft::prefilled(actor.email.as_str()),
        running,
    };
    ssr::load_form(Ok(data), &paths::test_account(account, "")).await
}

/// One page of the account's test sends.
#[server(endpoint = "list_tests", input = Json)]
pub async fn list_tests(account: AccountId, filter: HistoryFilter) -> Result<HistoryPage, Fail> {
    use crate::ssr;
    let actor = ssr::actor()?;
    ssr::loaded(ssr::backend().list_tests(&actor, account, &filter).await)
}

/// Sends the message. Answers when the test has ended, whatever its outcome; with `at_once` as soon as it has begun.
#[server(endpoint = "send_test")]
pub async fn send_test(
    account: AccountId,
    draft: TestSendDraft,
    #[server(default)] list: String,
    #[server(default)] at_once: bool,
) -> Result<TestSendId, Fail> {
    use backend::TestOf;

    use crate::{paths, ssr};
    let actor = ssr::actor()?;
    let begin = async {
        let started = ssr::backend().begin_test(&actor, TestOf::Saved(account), &draft).await?;
        let id = started.test.id;
        if !at_once {
            started.ended().await?;
        }
        Ok(id)
    };
    let next = |id: &TestSendId| ssr::Next::without_wasm(paths::test_send(account, *id, &list));
    ssr::answer_form(begin.await, &paths::test_account(account, &list), draft, next).await
}

/// Sends the message through the account that the form describes, saved or not.
#[server(endpoint = "test_typed", input = Json)]
pub async fn test_typed(
    form: FormFor<AccountId>,
    account: AccountDraft,
    draft: TestSendDraft,
) -> Result<TestSendId, Fail> {
    use backend::TestOf;

    use crate::ssr;
    let of = TestOf::Typed(form.edited(), Box::new(account));
    let started = ssr::backend().begin_test(&ssr::actor()?, of, &draft).await.map_err(Fail)?;
    Ok(started.test.id)
}

/// A test send, and why what it was shown could not be trusted, where that was asked and refused.
#[server(endpoint = "find_test_send", input = Json)]
pub async fn find_test_send(id: TestSendId) -> Result<FormInit<TestShown, ()>, Fail> {
    use crate::{paths, ssr};
    let data = ssr::loaded(ssr::backend().find_test_send(&ssr::actor()?, id).await)?;
    let restored = match data.test.account {
        Some(account) => ssr::take_form(&paths::test_send(account, id, "")).await,
        None => None,
    };
    Ok(FormInit { data, restored })
}

/// What is known so far of a test that goes on here; None when it has ended.
#[server(endpoint = "load_live", input = Json)]
pub async fn load_live(id: TestSendId) -> Result<Option<LiveReport>, Fail> {
    use crate::ssr;
    Ok(ssr::backend().find_test_send(&ssr::actor()?, id).await.map_err(Fail)?.live)
}

/// Breaks a test off, before its message is handed over.
#[server(endpoint = "cancel_test")]
pub async fn cancel_test(test: TestSendId, #[server(default)] list: String) -> Result<(), Fail> {
    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let account = backend.find_test_send(&actor, test).await.map_err(Fail)?.test.account;
    let page = account.map_or_else(|| paths::report(&list), |account| paths::test_send(account, test, &list));
    ssr::answer_form(backend.cancel_test(&actor, test).await, &page, (), |()| ssr::Next::without_wasm(&page)).await
}

/// Makes the account trust what this test was shown, then leads to the next test.
#[server(endpoint = "trust_certificate")]
pub async fn trust_certificate(
    test: TestSendId,
    what: model::TrustKind,
    #[server(default)] list: String,
) -> Result<(), Fail> {
    use model::Saved;

    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let account = backend.find_test_send(&actor, test).await.map_err(Fail)?.test.account.unwrap_or(AccountId(0));
    let result = backend.trust_shown(&actor, test, what).await;
    let what = if what == model::TrustKind::Ca { "this CA" } else { "this certificate" };
    let next = |saved: &Saved| {
        let notice = format!("“{}” trusts {what} now. Test it again.", saved.name);
        ssr::Next::to(paths::test_account(account, &list)).saying(notice)
    };
    ssr::answer_form(result, &paths::test_send(account, test, &list), (), next).await.map(drop)
}

/// Makes the change that the test's diagnosis offers under this number, then tests again.
#[server(endpoint = "apply_remedy")]
pub async fn apply_remedy(test: TestSendId, number: usize, #[server(default)] list: String) -> Result<(), Fail> {
    use backend::Applied;

    use crate::{paths, ssr};
    let (backend, actor) = (ssr::backend(), ssr::actor()?);
    let account = backend.find_test_send(&actor, test).await.map_err(Fail)?.test.account.unwrap_or(AccountId(0));
    let result = backend.apply_remedy(&actor, test, number).await;
    let next = |applied: &Applied| {
        ssr::Next::to(match applied {
            Applied::Started(started) => paths::test_send(account, started.test.id, &list),
            Applied::Later(batch) => paths::batch(*batch, &list),
        })
    };
    ssr::answer_form(result, &paths::test_send(account, test, &list), (), next).await.map(drop)
}
