//! A credential permits what a connector leads to, and not its number: who points it elsewhere takes the permission
//! away.

use backend::{Backend, TypedSecret};
use model::{
    Actor, ConnectorDraft, ConnectorId, ConnectorKind, CredentialDraft, CredentialId, DeletedRecord, RecordKind,
    SecretAnswer, YesNo,
};

use crate::context::TestContext;
use crate::on_both;
use crate::vault::all_open;

on_both! {
    a_connector_that_leads_elsewhere_is_taken_out_of_credentials
    a_change_that_leads_to_the_same_proxy_takes_nothing_away
    a_secret_that_does_not_open_keeps_a_connector_where_it_is
    a_connector_that_is_gone_is_permitted_to_nobody
    a_deleted_credential_does_not_come_back_to_a_connector_that_leads_elsewhere
}

fn typed(answer: SecretAnswer) -> TypedSecret {
    TypedSecret { answer, secret: "a secret".into(), reference: String::new() }
}

fn connector(name: &str) -> ConnectorDraft {
    ConnectorDraft { name: name.to_owned(), host: "proxy.nordhavn.example".to_owned(), ..ConnectorDraft::default() }
}

fn credential(name: &str, connectors: &[ConnectorId]) -> CredentialDraft {
    CredentialDraft {
        name: name.to_owned(),
        user_name: "relay".to_owned(),
        hosts: "smtp.nordhavn.example".to_owned(),
        ports: "587".to_owned(),
        connectors: connectors.to_vec(),
        ..CredentialDraft::default()
    }
}

async fn create(context: &TestContext, actor: &Actor, draft: &CredentialDraft) -> CredentialId {
    context.backend.create_credential(actor, draft, typed(SecretAnswer::Replace)).await.expect("it is saved").id
}

async fn a_connector_that_leads_elsewhere_is_taken_out_of_credentials(context: &TestContext) {
    let (actor, other, backend) = (context.actor().await, context.person("b@nordhavn.example").await, &context.backend);
    let first = backend.create_connector(&actor, &connector("First")).await.expect("it is saved").id;
    let second = backend.create_connector(&actor, &connector("Second")).await.expect("it is saved").id;
    let both = create(context, &actor, &credential("Both", &[first, second])).await;
    let one = create(context, &actor, &credential("One", &[first])).await;
    let none = create(context, &actor, &credential("None", &[second])).await;
    let form = backend.find_connector(&actor, first).await.expect("it is there");
    assert_eq!(form.permitted_by, ["Both", "One"], "it is said before anything is changed");

    let elsewhere = [
        ConnectorDraft { host: "proxy.stranger.example".to_owned(), ..connector("First") },
        ConnectorDraft { port: "1081".to_owned(), ..connector("First") },
        ConnectorDraft { kind: ConnectorKind::HttpConnect, port: "1080".to_owned(), ..connector("First") },
    ];
    for draft in elsewhere {
        let version = backend.find_connector(&actor, first).await.expect("it is there").version;
        let saved = backend.update_connector(&other, first, version, &draft).await.expect("it is saved");
        assert_eq!(saved.withdrawn, ["Both", "One"], "{draft:?}");
        assert!(saved.to_string().contains("the credentials “Both”, “One” are no longer permitted"), "{saved}");
        assert_eq!(backend.find_connector(&actor, first).await.expect("it is there").permitted_by, [""; 0]);
        for (id, left) in [(both, vec![second]), (one, vec![]), (none, vec![second])] {
            let form = backend.find_credential(&actor, id).await.expect("it is there");
            assert_eq!(form.draft.connectors, left, "{draft:?}");
        }
        all_open(Backend::check_vault(&context.config()).await, 3);
        // It comes back with the secret, and not without.
        for (id, name, connectors) in [(both, "Both", vec![first, second]), (one, "One", vec![first])] {
            let draft = credential(name, &connectors);
            let version = backend.find_credential(&actor, id).await.expect("it is there").version;
            let kept = backend.update_credential(&actor, id, version, &draft, typed(SecretAnswer::Keep)).await;
            let kept = kept.expect_err("it widens");
            assert!(kept.field_errors().is_some_and(|errors| errors.get("secret").is_some()), "{kept:?}");
            let again = backend.update_credential(&actor, id, version, &draft, typed(SecretAnswer::Replace)).await;
            again.expect("the secret was entered again");
        }
        let back = backend.find_connector(&actor, first).await.expect("it is there");
        backend.update_connector(&actor, first, back.version, &connector("First")).await.expect("it leads back");
        for (id, name, connectors) in [(both, "Both", vec![first, second]), (one, "One", vec![first])] {
            let version = backend.find_credential(&actor, id).await.expect("it is there").version;
            let (draft, secret) = (credential(name, &connectors), typed(SecretAnswer::Replace));
            backend.update_credential(&actor, id, version, &draft, secret).await.expect("and is permitted again");
        }
    }
    // A form that was loaded before does not bring it back either.
    let form = backend.find_credential(&actor, one).await.expect("it is there");
    let version = backend.find_connector(&actor, first).await.expect("it is there").version;
    let moved = ConnectorDraft { host: "proxy.stranger.example".to_owned(), ..connector("First") };
    backend.update_connector(&other, first, version, &moved).await.expect("it is saved");
    let stale = backend.update_credential(&actor, one, form.version, &form.draft, typed(SecretAnswer::Keep)).await;
    let model::Problem::Conflict(stale) = stale.expect_err("it is stale") else { panic!("another problem") };
    assert_eq!(stale.saved_by, "b@nordhavn.example", "it is said who took it away");
}

async fn a_change_that_leads_to_the_same_proxy_takes_nothing_away(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let id = backend.create_connector(&actor, &connector("First")).await.expect("it is saved").id;
    let one = create(context, &actor, &credential("One", &[id])).await;
    for draft in [
        connector("Another name"),
        ConnectorDraft { host: "PROXY.Nordhavn.Example".to_owned(), ..connector("First") },
        // The usual port, by its number.
        ConnectorDraft { port: "1080".to_owned(), ..connector("First") },
    ] {
        let version = backend.find_connector(&actor, id).await.expect("it is there").version;
        let saved = backend.update_connector(&actor, id, version, &draft).await.expect("it is saved");
        assert_eq!(saved.withdrawn, [""; 0], "{draft:?}");
    }
    let form = backend.find_credential(&actor, one).await.expect("it is there");
    assert_eq!((form.version, form.draft.connectors), (1, vec![id]));
}

async fn a_secret_that_does_not_open_keeps_a_connector_where_it_is(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let id = backend.create_connector(&actor, &connector("First")).await.expect("it is saved").id;
    create(context, &actor, &credential("Good", &[id])).await;
    let damaged = create(context, &actor, &credential("Damaged", &[id])).await;
    context.execute(&format!("UPDATE secrets SET version = 7 WHERE record_id = {damaged}")).await;
    let moved = ConnectorDraft { host: "proxy.stranger.example".to_owned(), ..connector("First") };
    let refused = backend.update_connector(&actor, id, 1, &moved).await.expect_err("it cannot be sealed anew");
    let said = refused.to_string();
    assert!(said.starts_with("The credential “Damaged” permits this network connector."), "{said}");
    assert!(said.contains("Enter it again"), "{said}");
    let form = backend.find_connector(&actor, id).await.expect("it is there");
    assert_eq!(
        (form.version, form.permitted_by),
        (1, vec!["Damaged".to_owned(), "Good".to_owned()]),
        "nothing changed"
    );
}

async fn a_connector_that_is_gone_is_permitted_to_nobody(context: &TestContext) {
    let (actor, backend) = (context.actor().await, &context.backend);
    let id = backend.create_connector(&actor, &connector("First")).await.expect("it is saved").id;
    let one = create(context, &actor, &credential("One", &[id, ConnectorId(404)])).await;
    assert_eq!(backend.find_credential(&actor, one).await.expect("it is there").draft.connectors, [id]);
    backend.delete_connector(&actor, id).await.expect("no account uses it");
    let draft = CredentialDraft { direct: YesNo::Yes, ..credential("One", &[id]) };
    backend.update_credential(&actor, one, 1, &draft, typed(SecretAnswer::Keep)).await.expect("it narrows");
    assert_eq!(backend.find_credential(&actor, one).await.expect("it is there").draft.connectors, []);
    all_open(Backend::check_vault(&context.config()).await, 1);
}

async fn a_deleted_credential_does_not_come_back_to_a_connector_that_leads_elsewhere(context: &TestContext) {
    let (actor, other, backend) = (context.actor().await, context.person("b@nordhavn.example").await, &context.backend);
    let first = backend.create_connector(&actor, &connector("First")).await.expect("it is saved").id;
    let second = backend.create_connector(&actor, &connector("Second")).await.expect("it is saved").id;
    let one = create(context, &actor, &credential("One", &[first, second])).await;
    let damaged = create(context, &actor, &credential("Damaged", &[first])).await;
    context.execute(&format!("UPDATE secrets SET version = 7 WHERE record_id = {damaged}")).await;
    for id in [one, damaged] {
        backend.delete_credential(&actor, id).await.expect("nothing uses it");
    }
    assert_eq!(backend.find_connector(&actor, first).await.expect("it is there").permitted_by, [""; 0]);
    let moved = ConnectorDraft { host: "proxy.stranger.example".to_owned(), ..connector("First") };
    let saved = backend.update_connector(&other, first, 1, &moved).await.expect("what is deleted is not in its way");
    assert_eq!(saved.withdrawn, [""; 0], "nothing that is there");
    let said = backend.find_credential(&actor, one).await.expect_err("it is deleted").to_string();
    assert!(said.starts_with("“One” was deleted by ops@nordhavn.example on "), "{said}");
    for id in [one, damaged] {
        let deleted = DeletedRecord { kind: RecordKind::Credential, id: id.0 };
        backend.restore_record(&actor, deleted, None).await.expect("it comes back");
    }
    let form = backend.find_credential(&actor, one).await.expect("it is back");
    assert_eq!(form.draft.connectors, [second]);
    // What could not be sealed anew permits where the connector led, and does not open besides.
    for (id, name, connectors) in [(one, "One", vec![first, second]), (damaged, "Damaged", vec![first])] {
        let version = backend.find_credential(&actor, id).await.expect("it is back").version;
        let draft = credential(name, &connectors);
        let kept = backend.update_credential(&actor, id, version, &draft, typed(SecretAnswer::Keep)).await;
        let kept = kept.expect_err("it widens");
        assert!(kept.field_errors().is_some_and(|errors| errors.get("secret").is_some()), "{kept:?}");
    }
    let checked = Backend::check_vault(&context.config()).await.expect("the vault opens");
    let failed: Vec<_> = checked.failed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!((checked.opened, failed), (1, vec!["Damaged"]));
}
