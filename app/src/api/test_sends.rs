//! Test sends: the window "Test Email - Account".

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use model::{AccountId, Host, Security, TestSend, TestSendDraft, TestSendId};
use serde::{Deserialize, Serialize};

use super::{Begun, Fail};

/// The account as the window shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tested {
    pub id: AccountId,
    pub name: String,
    pub host: Host,
    pub port: u16,
    pub security: Security,
    /// The prefilled answers: the message goes to one's own address.
    pub draft: TestSendDraft,
}

#[server(endpoint = "load_test_form", input = Json)]
pub async fn load_test_form(account: AccountId) -> Result<Begun<Tested, TestSendDraft>, Fail> {
    use crate::{paths, ssr};
    let actor = ssr::actor()?;
    let found = ssr::loaded(ssr::backend().saved_account(&actor, account).await)?;
    let data = Tested {
        id: account,
        name: found.name.to_string(),
        port: found.port(),
        host: found.host,
        security: found.security,
        draft: TestSendDraft::prefilled(actor.email.as_str()),
    };
    Ok(Begun { data, kept: ssr::take_form(&paths::test_account(account, "")).await })
}

/// Sends the message. Answers when the conversation has ended, whatever its outcome.
#[server(endpoint = "send_test")]
pub async fn send_test(
    account: AccountId,
    draft: TestSendDraft,
    #[server(default)] list: String,
) -> Result<TestSendId, Fail> {
    use crate::{paths, ssr};
    let result = ssr::backend().send_test(&ssr::actor()?, account, &draft).await;
    let sent = ssr::answered(&paths::test_account(account, &list), draft, result).await?;
    ssr::go_to_without_wasm(&paths::test_send(account, sent.id, &list));
    Ok(sent.id)
}

/// A test send, and why what it was shown could not be trusted, where that was asked and refused.
#[server(endpoint = "find_test_send", input = Json)]
pub async fn find_test_send(id: TestSendId) -> Result<Begun<TestSend, ()>, Fail> {
    use crate::{paths, ssr};
    let data = ssr::loaded(ssr::backend().find_test_send(&ssr::actor()?, id).await)?;
    let kept = ssr::take_form(&paths::test_send(data.account, id, "")).await;
    Ok(Begun { data, kept })
}

/// Makes the account trust what this test was shown, then leads to the next test.
#[server(endpoint = "trust_certificate")]
pub async fn trust_certificate(
    test: TestSendId,
    account: AccountId,
    what: model::TrustKind,
    #[server(default)] list: String,
) -> Result<(), Fail> {
    use crate::api::Notice;
    use crate::{paths, ssr};
    let result = ssr::backend().trust_shown(&ssr::actor()?, test, what).await;
    let saved = ssr::answered(&paths::test_send(account, test, &list), (), result).await?;
    let what = if what == model::TrustKind::Ca { "this CA" } else { "this certificate" };
    ssr::tell(&Notice::says(format!("“{}” trusts {what} now. Test it again.", saved.name))).await;
    ssr::go_to(&paths::test_account(account, &list));
    Ok(())
}
