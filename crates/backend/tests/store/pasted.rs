//! Characters that were pasted along with a user name or a secret: asked for, taken out or kept, and named where a
//! server refuses them.

use backend::{Backend, Config, ReferenceRules, TypedSecret};
use diagnosis::diagnose;
use model::{
    AccountDraft, ConnectionSecurity, CredentialDraft, PastedAnswer, SecretAnswer, Stage, TestSendDraft, YesNo,
};

use crate::context::{TestContext, draft};
use crate::on_both;
use crate::support::scripted::Script;

on_both! {
    what_was_pasted_along_is_saved_only_as_the_form_says
    a_refused_sign_in_says_what_its_secret_was_pasted_with
}

fn credential(port: u16) -> CredentialDraft {
    CredentialDraft {
        name: "Relay".to_owned(),
        user_name: "relay".to_owned(),
        hosts: "127.0.0.1".to_owned(),
        ports: port.to_string(),
        verified_only: YesNo::No,
        plain_in_clear: YesNo::Yes,
        ..CredentialDraft::default()
    }
}

fn replaced(secret: &str) -> TypedSecret {
    TypedSecret { answer: SecretAnswer::Replace, secret: secret.into(), reference: String::new() }
}

async fn what_was_pasted_along_is_saved_only_as_the_form_says(context: &TestContext) {
    let actor = context.actor().await;
    let draft = CredentialDraft { user_name: "relay\u{200B}".to_owned(), ..credential(1) };
    let refused =
        context.backend.create_credential(&actor, &draft, replaced("“canary”\u{A0}")).await.expect_err("it asks");
    let errors = refused.field_errors().expect("beside the fields").clone();
    let said: Vec<_> = errors.0.iter().map(|error| (error.field.as_ref(), error.message.as_str())).collect();
    let choose = "Choose whether to take this out or to keep it.";
    let of_name = format!("The user name ends with a zero-width space. {choose}");
    let of_secret = format!(
        "The secret has a curly quotation mark inside (characters 1 and 8) and ends with a no-break space. {choose}"
    );
    assert_eq!(said, [("pasted", of_name.as_str()), ("pasted", of_secret.as_str())]);
    for (pasted, user_name, again) in [
        (PastedAnswer::TakeOut, "relay", PastedAnswer::Ask),
        // What was kept is not asked for again.
        (PastedAnswer::Keep, "relay\u{200B}", PastedAnswer::Keep),
    ] {
        let answered = CredentialDraft { name: format!("{pasted:?}"), pasted, ..draft.clone() };
        let id = context
            .backend
            .create_credential(&actor, &answered, replaced("“canary”\u{A0}"))
            .await
            .expect("it is saved")
            .id;
        let form = context.backend.find_credential(&actor, id).await.expect("it is there");
        assert_eq!((form.draft.user_name.as_str(), form.draft.pasted), (user_name, again));
        let keep = TypedSecret { answer: SecretAnswer::Keep, ..replaced("") };
        context
            .backend
            .update_credential(&actor, id, form.version, &form.draft, keep)
            .await
            .expect("it is saved again");
    }
}

async fn a_refused_sign_in_says_what_its_secret_was_pasted_with(context: &TestContext) {
    let actor = context.actor().await;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("relay"), "\u{A0}canary\tsecret\n").expect("a file");
    let references = ReferenceRules { folder: Some(folder.path().to_owned()), ..ReferenceRules::default() };
    let backend = Backend::open(Config { references, ..context.config() }).await.expect("it opens");
    for (secret, said) in [
        (
            TypedSecret { answer: SecretAnswer::Refer, secret: "".into(), reference: "file:relay".to_owned() },
            "The secret begins with a no-break space and has a tab inside.",
        ),
        (replaced("canary secret "), "The secret ends with a space."),
        (replaced("canary secret"), ""),
    ] {
        let mut script = Script::new(ConnectionSecurity::None);
        script.offers.push("AUTH PLAIN");
        let (port, server) = script.start().await;
        let name = format!("At port {port}");
        let draft_of = CredentialDraft { name: name.clone(), pasted: PastedAnswer::Keep, ..credential(port) };
        let id = backend.create_credential(&actor, &draft_of, secret).await.expect("it is saved").id;
        let account = AccountDraft {
            host: "127.0.0.1".to_owned(),
            port: port.to_string(),
            safe_connection: YesNo::No,
            authentication: YesNo::Yes,
            credential: id.to_string(),
            ..draft(&name)
        };
        let account = backend.create_account(&actor, &account).await.expect("it is saved").id;
        let message = TestSendDraft::prefilled("to@nordhavn.example");
        let sent = backend.send_test(&actor, account, &message).await.expect("it runs");
        let report = sent.report.as_ref().expect("it ended");
        assert_eq!(report.failure.as_ref().map(|failure| failure.stage), Some(Stage::Auth), "{report:?}");
        let explained = diagnose(&sent, report).expect("it failed").explanation;
        assert!(explained.ends_with(said), "{explained}");
        assert_eq!(explained.contains("The secret"), !said.is_empty(), "{explained}");
        assert!(!explained.contains("canary"), "{explained}");
        server.await.expect("it ends");
    }
    backend.close().await;
}
