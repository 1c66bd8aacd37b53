//! Credentials and network connectors: saved, listed, in use, and never wider than their secret allows.

use backend::TypedSecret;
use model::{
    AccountDraft, Actor, ConnectorDraft, ConnectorFilter, ConnectorKind, CredentialDraft, CredentialFilter,
    CredentialId, Filter, Problem, SecretAnswer, SecretLocation, YesNo,
};

use crate::context::{TestContext, draft};
use crate::credential_uses::signed_in;
use crate::on_both;

on_both! {
    a_credential_is_saved_and_shown_again_without_its_secret
    keep_replace_refer_and_clear_are_four_answers
    widening_asks_for_the_secret_again
    a_credential_in_use_is_not_deleted
    a_stale_credential_is_not_saved
    answers_that_need_a_change_stand_beside_their_fields
    the_list_is_filtered_sorted_and_counted
    a_connector_is_saved_listed_and_kept_while_in_use
}

pub const SECRET: &str = "canary 'n\" %41 🔑 secret";

pub fn credential(name: &str) -> CredentialDraft {
    CredentialDraft {
        name: name.to_owned(),
        user_name: "NORDHAVN\\relay".to_owned(),
        hosts: "smtp.nordhavn.example".to_owned(),
        ports: "587".to_owned(),
        ..CredentialDraft::default()
    }
}

fn typed(answer: SecretAnswer, secret: &str, reference: &str) -> TypedSecret {
    TypedSecret { answer, secret: secret.into(), reference: reference.to_owned() }
}

fn replace() -> TypedSecret {
    typed(SecretAnswer::Replace, SECRET, "")
}

pub fn keep() -> TypedSecret {
    typed(SecretAnswer::Keep, "", "")
}

pub async fn create(context: &TestContext, actor: &Actor, draft: &CredentialDraft) -> CredentialId {
    context.backend.create_credential(actor, draft, replace()).await.expect("the draft keeps the rules").id
}

pub fn fields(problem: &Problem) -> Vec<String> {
    let errors = problem.field_errors().unwrap_or_else(|| panic!("no fields: {problem:?}"));
    errors.0.iter().map(|error| error.field.to_string()).collect()
}

async fn a_credential_is_saved_and_shown_again_without_its_secret(context: &TestContext) {
    let actor = context.actor().await;
    let draft = CredentialDraft {
        hosts: "Bücher.example\n10.0.0.25".to_owned(),
        ports: "587, 465".to_owned(),
        direct: YesNo::No,
        verified_only: YesNo::No,
        plain_in_clear: YesNo::Yes,
        certificates: "ab".repeat(32),
        ..credential("Relay")
    };
    let id = create(context, &actor, &draft).await;
    let form = context.backend.find_credential(&actor, id).await.expect("it was saved");
    let shown =
        CredentialDraft { hosts: "10.0.0.25\nbücher.example".to_owned(), ports: "465, 587".to_owned(), ..draft };
    assert_eq!((form.version, &form.draft, &form.secret), (1, &shown, &SecretLocation::Vault));
    assert_eq!(form.uses.count, 0);
    let json = serde_json::to_string(&form).expect("it can be sent");
    assert!(!json.contains("canary"), "{json}");

    let copy = context.backend.copy_of_credential(&actor, id).await.expect("it is there");
    assert_eq!((copy.version, copy.draft.name.as_str(), &copy.secret), (0, "Relay (copy)", &SecretLocation::None));
    let missing = context.backend.find_credential(&actor, CredentialId(404)).await.expect_err("there is none");
    assert_eq!(missing, Problem::NotFound("There is no credential 404.".to_owned()));
}

async fn keep_replace_refer_and_clear_are_four_answers(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let draft = credential("Relay");
    let id = create(context, &actor, &draft).await;
    let mut version = 1;
    for (answer, place) in [
        (keep(), SecretLocation::Vault),
        (typed(SecretAnswer::Replace, "another", ""), SecretLocation::Vault),
        (
            typed(SecretAnswer::Refer, "", "env:POSTHOUSE_SECRET_RELAY"),
            SecretLocation::Elsewhere(
                model::SecretReference::parse("env:POSTHOUSE_SECRET_RELAY").expect("a reference"),
            ),
        ),
        (
            keep(),
            SecretLocation::Elsewhere(
                model::SecretReference::parse("env:POSTHOUSE_SECRET_RELAY").expect("a reference"),
            ),
        ),
        (typed(SecretAnswer::Clear, "", ""), SecretLocation::None),
        (keep(), SecretLocation::None),
        (replace(), SecretLocation::Vault),
    ] {
        let what = format!("{:?}", answer.answer);
        backend.update_credential(&actor, id, version, &draft, answer).await.expect(&what);
        version += 1;
        let form = backend.find_credential(&actor, id).await.expect("it is there");
        assert_eq!((form.version, form.secret), (version, place), "{what}");
    }
    let new = backend.create_credential(&actor, &credential("No secret"), keep()).await.expect("it needs none yet");
    assert_eq!(backend.find_credential(&actor, new.id).await.expect("it is there").secret, SecretLocation::None);
}

async fn widening_asks_for_the_secret_again(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let before = credential("Relay");
    let id = create(context, &actor, &before).await;
    let connector = ConnectorDraft { name: "DMZ".to_owned(), host: "10.0.0.1".to_owned(), ..ConnectorDraft::default() };
    let connector = backend.create_connector(&actor, &connector).await.expect("it is saved").id;
    let wider = [
        CredentialDraft { hosts: "smtp.nordhavn.example mx.stranger.example".to_owned(), ..before.clone() },
        CredentialDraft { hosts: "mx.stranger.example".to_owned(), ..before.clone() },
        CredentialDraft { ports: "587 25".to_owned(), ..before.clone() },
        CredentialDraft { connectors: vec![connector], ..before.clone() },
        CredentialDraft { verified_only: YesNo::No, ..before.clone() },
        CredentialDraft { verified_only: YesNo::No, plain_in_clear: YesNo::Yes, ..before.clone() },
        CredentialDraft { certificates: "cd".repeat(32), ..before.clone() },
    ];
    for wider in &wider {
        let refused = backend.update_credential(&actor, id, 1, wider, keep()).await.expect_err("it widens");
        assert_eq!(fields(&refused), ["secret"], "{wider:?}");
    }
    assert_eq!(backend.find_credential(&actor, id).await.expect("it is there").draft, before, "nothing was changed");
    backend.update_credential(&actor, id, 1, &wider[0], replace()).await.expect("the secret was entered again");
    backend.update_credential(&actor, id, 2, &before, keep()).await.expect("narrowing needs nothing");
}

async fn a_credential_in_use_is_not_deleted(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let id = create(context, &actor, &credential("Relay")).await;
    let account = context.create(&actor, &signed_in("Billing", id)).await;
    let refused = backend.delete_credential(&actor, id).await.expect_err("it is in use");
    let Problem::Refused(text) = &refused else { panic!("{refused:?}") };
    assert!(text.contains("the account “Billing”"), "{text}");
    backend.delete_account(&actor, account).await.expect("it is deleted");
    let refused = backend.delete_credential(&actor, id).await.expect_err("what was deleted can be restored");
    assert!(refused.to_string().contains("the deleted account “Billing”"), "{refused}");
    backend.restore_account(&actor, account, None).await.expect("it comes back");
    let (form, draft) = (backend.find_account(&actor, account).await.expect("it is there"), draft("Billing"));
    backend.update_account(&actor, account, form.version, &draft).await.expect("it signs in no more");
    assert_eq!(backend.delete_credential(&actor, id).await.expect("nothing uses it"), "Relay");
    backend.find_credential(&actor, id).await.expect_err("it is gone");
}

async fn a_stale_credential_is_not_saved(context: &TestContext) {
    let (actor, other) = (context.actor().await, context.person("other@nordhavn.example").await);
    let id = create(context, &actor, &credential("Relay")).await;
    let theirs = CredentialDraft { user_name: "theirs".to_owned(), ..credential("Relay") };
    context.backend.update_credential(&other, id, 1, &theirs, keep()).await.expect("it is saved");
    let mine = CredentialDraft { user_name: "mine".to_owned(), ..credential("Relay") };
    let refused = context.backend.update_credential(&actor, id, 1, &mine, keep()).await.expect_err("it is stale");
    let Problem::Conflict(stale) = &refused else { panic!("{refused:?}") };
    assert_eq!((stale.version, stale.saved_by.as_str()), (2, "other@nordhavn.example"));
    let differs = &stale.differences[0];
    assert_eq!(
        (differs.label.as_ref(), differs.mine.as_str(), differs.theirs.as_str()),
        ("User name", "mine", "theirs")
    );
    context.backend.update_credential(&actor, id, stale.version, &mine, keep()).await.expect("on top of theirs");
}

async fn answers_that_need_a_change_stand_beside_their_fields(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    create(context, &actor, &credential("Relay")).await;
    let check = async |draft: CredentialDraft, answer: TypedSecret, expected: &[&str]| {
        let refused = backend.create_credential(&actor, &draft, answer).await.expect_err("it breaks a rule");
        assert_eq!(fields(&refused), expected, "{draft:?}");
    };
    check(CredentialDraft::default(), replace(), &["name", "user_name"]).await;
    check(credential(" RELAY "), replace(), &["name"]).await;
    check(CredentialDraft { hosts: "xn--a.example".to_owned(), ..credential("A") }, replace(), &["hosts"]).await;
    check(credential("A"), typed(SecretAnswer::Replace, "", ""), &["secret"]).await;
    check(credential("A"), typed(SecretAnswer::Replace, "two\nlines", ""), &["pasted"]).await;
    check(credential("A"), typed(SecretAnswer::Replace, &"x".repeat(1_001), ""), &["secret"]).await;
    check(credential("A"), typed(SecretAnswer::Refer, "", "env:POSTHOUSE_DATABASE_URL"), &["reference"]).await;
    let longest = typed(SecretAnswer::Replace, &"🔑".repeat(1_000), "");
    backend.create_credential(&actor, &credential("Longest"), longest).await.expect("1,000 characters are allowed");
}

async fn the_list_is_filtered_sorted_and_counted(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    for number in 1..=30 {
        let draft = CredentialDraft {
            user_name: format!("Użytkownik{}", number % 10),
            hosts: format!("smtp{number}.nordhavn.example"),
            ..credential(&format!("Relay {number:02}"))
        };
        create(context, &actor, &draft).await;
    }
    context
        .create(&actor, &AccountDraft { host: "smtp7.nordhavn.example".to_owned(), ..signed_in("A", CredentialId(7)) })
        .await;
    let list = async |query: &str| {
        backend.list_credentials(&actor, &CredentialFilter::from_query(query)).await.expect("it is listed")
    };
    let page = list("").await;
    assert_eq!((page.matching, page.total, page.pages, page.rows.len()), (30, 30, 2, 25));
    assert_eq!((page.rows[6].name.as_str(), page.rows[6].used_by), ("Relay 07", 1));
    assert_eq!(list("page=9").await.rows.len(), 5, "the last page stands for those behind it");
    assert_eq!(list("name=RELAY+1").await.matching, 10);
    assert_eq!(list("user_name=użytkownik3").await.matching, 3);
    assert_eq!(list("host=SMTP30.").await.rows[0].name, "Relay 30");
    assert_eq!(list("name=%25").await.matching, 0);
    assert_eq!(list("sort=-id").await.rows[0].id, CredentialId(30));
    assert_eq!(list("sort=user_name").await.rows[0].user_name, "Użytkownik0");
    assert_eq!(list("sort=-saved").await.rows[0].name, "Relay 30");
}

async fn a_connector_is_saved_listed_and_kept_while_in_use(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let sign_in = CredentialDraft {
        hosts: "proxy.nordhavn.example".to_owned(),
        ports: "1080".to_owned(),
        verified_only: YesNo::No,
        plain_in_clear: YesNo::Yes,
        ..credential("Proxy")
    };
    let strict = create(context, &actor, &credential("Strict")).await;
    let fits = create(context, &actor, &sign_in).await;
    let connector = ConnectorDraft {
        name: "DMZ".to_owned(),
        host: "Proxy.Nordhavn.example".to_owned(),
        authentication: YesNo::Yes,
        credential: strict.to_string(),
        ..ConnectorDraft::default()
    };
    let refused = backend.create_connector(&actor, &connector).await.expect_err("the credential is not for it");
    assert_eq!(fields(&refused), ["credential"]);
    let connector = ConnectorDraft { credential: fits.to_string(), ..connector };
    let id = backend.create_connector(&actor, &connector).await.expect("it fits").id;
    let form = backend.find_connector(&actor, id).await.expect("it was saved");
    assert_eq!(form.draft, ConnectorDraft { host: "proxy.nordhavn.example".to_owned(), ..connector.clone() });
    let refused = backend.delete_credential(&actor, fits).await.expect_err("the connector uses it");
    assert!(refused.to_string().contains("the network connector “DMZ”"), "{refused}");

    let account = AccountDraft { use_connector: YesNo::Yes, connector: id.to_string(), ..draft("Billing") };
    let account = context.create(&actor, &account).await;
    let page = backend.list_connectors(&actor, &ConnectorFilter::from_query("host=PROXY")).await.expect("it is listed");
    let row = &page.rows[0];
    assert_eq!((row.port, row.credential.as_deref(), row.used_by), (1080, Some("Proxy"), 1));
    let refused = backend.delete_connector(&actor, id).await.expect_err("it is in use");
    assert!(refused.to_string().contains("the account “Billing”"), "{refused}");

    let http = ConnectorDraft { kind: ConnectorKind::HttpConnect, authentication: YesNo::No, ..connector.clone() };
    backend.update_connector(&actor, id, 1, &http).await.expect("it is saved");
    let refused = backend.update_connector(&actor, id, 1, &connector).await.expect_err("it is stale");
    assert!(matches!(refused, Problem::Conflict(_)), "{refused:?}");
    let version = backend.find_account(&actor, account).await.expect("it is there").version;
    backend.update_account(&actor, account, version, &draft("Billing")).await.expect("it goes directly");
    assert_eq!(backend.delete_connector(&actor, id).await.expect("nothing uses it"), "DMZ");
    assert_eq!(backend.delete_credential(&actor, fits).await.expect("nothing uses it"), "Proxy");
}
