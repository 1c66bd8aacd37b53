//! Accounts that sign in with a credential or connect through a connector: allowed, warned of, and shown in the report.

use model::{
    AccountDraft, AccountFilter, Cell, Column, ConnectorDraft, CredentialDraft, CredentialId, Filter, TlsType,
    TrustKind, YesNo,
};

use crate::context::{TestContext, draft};
use crate::credentials::{create, credential, fields, keep};
use crate::on_both;

on_both! {
    an_account_uses_only_what_allows_it
    who_will_not_be_signed_in_any_more_is_warned_beforehand
    the_report_shows_finds_and_sorts_by_what_accounts_use
}

/// An account that signs in with this credential, where the credential's rules allow it.
pub fn signed_in(name: &str, credential: CredentialId) -> AccountDraft {
    AccountDraft { authentication: YesNo::Yes, credential: credential.to_string(), ..draft(name) }
}

async fn an_account_uses_only_what_allows_it(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let id = create(context, &actor, &credential("Relay")).await;
    let good = signed_in("Good", id);
    let saved = context.create(&actor, &good).await;
    let connector = ConnectorDraft { name: "DMZ".to_owned(), host: "10.0.0.1".to_owned(), ..ConnectorDraft::default() };
    let connector = backend.create_connector(&actor, &connector).await.expect("it is saved").id;
    let refused = [
        AccountDraft { host: "mx.stranger.example".to_owned(), ..good.clone() },
        AccountDraft { port: "2525".to_owned(), ..good.clone() },
        AccountDraft { tls_type: TlsType::Ssl, ..good.clone() },
        AccountDraft { safe_connection: YesNo::No, port: "587".to_owned(), ..good.clone() },
        AccountDraft { ignore_certificate: YesNo::Yes, ..good.clone() },
        AccountDraft { use_connector: YesNo::Yes, connector: connector.to_string(), ..good.clone() },
        AccountDraft { trust: TrustKind::Certificate, pin: "ab".repeat(32), ..good.clone() },
        AccountDraft { credential: "404".to_owned(), ..good.clone() },
    ];
    for draft in &refused {
        for over in [None, Some(saved)] {
            let outcome = match over {
                None => {
                    backend.create_account(&actor, &AccountDraft { name: "Other".to_owned(), ..draft.clone() }).await
                }
                Some(saved) => backend.update_account(&actor, saved, 1, draft).await,
            };
            assert_eq!(fields(&outcome.expect_err("it is not allowed")), ["credential"], "{draft:?}");
        }
    }
    let gone = AccountDraft { use_connector: YesNo::Yes, connector: "404".to_owned(), ..draft("Other") };
    assert_eq!(fields(&backend.create_account(&actor, &gone).await.expect_err("there is none")), ["connector"]);
    assert_eq!(context.list(&actor, "").await.total, 1);
}

async fn who_will_not_be_signed_in_any_more_is_warned_beforehand(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let host = "smtp.office365.com".to_owned();
    let id = create(context, &actor, &CredentialDraft { hosts: host.clone(), ..credential("Mailbox") }).await;
    let with_password = AccountDraft { host: host.clone(), ..signed_in("With a password", id) };
    let warned = context.create(&actor, &with_password).await;
    let without = context.create(&actor, &AccountDraft { host, ..draft("Without") }).await;
    let elsewhere = create(context, &actor, &credential("Relay")).await;
    context.create(&actor, &signed_in("Elsewhere", elsewhere)).await;
    let rows = context.list(&actor, "sort=id").await.rows;
    let warnings: Vec<_> = rows.iter().map(|row| row.warnings.clone()).collect();
    assert_eq!(warnings, [vec!["Password sign-in ends Dec 2026".to_owned()], Vec::new(), Vec::new()]);
    let coming = async |id| backend.find_account(&actor, id).await.expect("it is there").coming;
    let facts = coming(warned).await.expect("it will change");
    assert!(facts.facts[0].1.starts_with("https://"), "it says who says so: {facts:?}");
    assert_eq!(coming(without).await, None);
}

async fn the_report_shows_finds_and_sorts_by_what_accounts_use(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let relay = create(context, &actor, &credential("Relay Größe")).await;
    let connector = ConnectorDraft { name: "DMZ".to_owned(), host: "10.0.0.1".to_owned(), ..ConnectorDraft::default() };
    let dmz = backend.create_connector(&actor, &connector).await.expect("it is saved").id;
    context.create(&actor, &draft("Plain")).await;
    context.create(&actor, &signed_in("Signs in", relay)).await;
    let through = AccountDraft { use_connector: YesNo::Yes, connector: dmz.to_string(), ..draft("Through") };
    context.create(&actor, &through).await;
    context.create(&actor, &AccountDraft { ignore_certificate: YesNo::Yes, ..draft("Ignores") }).await;

    assert_eq!(context.ids(&actor, "credential=GRÖSSE").await, [2]);
    assert_eq!(context.ids(&actor, "credential=e").await, [2]);
    assert_eq!(context.ids(&actor, "connector=dmz").await, [3]);
    assert_eq!(context.ids(&actor, "connector=dmz&credential=relay").await, [0i64; 0]);
    assert_eq!(context.ids(&actor, "ignores_errors=Yes").await, [4]);
    assert_eq!(context.ids(&actor, "ignores_errors=No").await, [1, 2, 3]);
    assert_eq!(context.ids(&actor, "sort=-credential").await, [2, 4, 3, 1]);
    assert_eq!(context.ids(&actor, "sort=connector").await, [1, 2, 4, 3]);
    let row = &context.list(&actor, "credential=größe").await.rows[0];
    assert_eq!(row.cell(Column::Credential).text(), "Relay Größe");
    assert_eq!(*row.cell(Column::Connector), Cell::Nothing);
    assert!(row.marks.of(Column::Credential).is_some());

    let renamed = CredentialDraft { name: "Aa".to_owned(), ..credential("") };
    backend.update_credential(&actor, relay, 1, &renamed, keep()).await.expect("it is renamed");
    assert_eq!(context.ids(&actor, "credential=aa").await, [2]);
    assert_eq!(context.ids(&actor, "sort=-credential").await[0], 2);
    let version = backend.find_account(&actor, model::AccountId(2)).await.expect("it is there").version;
    assert_eq!(version, 1, "renaming what an account uses is no save of the account");
    let filter = AccountFilter::from_query("credential=aa");
    assert_eq!(context.fixtures().await.bare_accounts(&filter).run().await.expect("it runs"), 2);
}
