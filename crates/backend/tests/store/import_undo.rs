//! An import that is taken back as a whole, but for what was changed since.

use model::{AccountDraft, AccountId, Actor, ChangeId, ExportFormat, Problem, Undone, YesNo};

use crate::context::{TestContext, draft};
use crate::import::{counts, credential, errors, export, import};
use crate::on_both;

on_both! {
    accounts_are_what_they_were_and_new_ones_are_gone
    what_was_changed_since_stays_and_is_named
    the_default_goes_back
    what_is_not_permitted_any_more_does_not_come_back
    an_import_can_be_undone_once_and_for_30_days
    what_changed_nothing_has_nothing_to_undo
    a_large_import_is_undone_at_once
}

const NEW: &str = "ID,Name,Sender e-mail,Reply e-mail,Return e-mail,Confirmation mail,Host SMTP,Credential,Footer";

fn row(id: &str, name: &str, footer: &str) -> String {
    format!("{id},{name},a@x.example,b@x.example,c@x.example,d@x.example,smtp.x.example,,{footer}\n")
}

async fn two(context: &TestContext) -> Actor {
    let actor = context.actor().await;
    for name in ["One", "Two"] {
        context.create(&actor, &draft(name)).await;
    }
    actor
}

async fn imported(context: &TestContext, actor: &Actor, file: &str) -> ChangeId {
    let imported = import(context, actor, file, ExportFormat::Csv).await;
    imported.undo.unwrap_or_else(|| panic!("{:?}", errors(&imported)))
}

async fn undone(context: &TestContext, actor: &Actor, id: ChangeId) -> Undone {
    context.backend.undo_change(actor, id).await.expect("it is undone")
}

async fn accounts_are_what_they_were_and_new_ones_are_gone(context: &TestContext) {
    let actor = two(context).await;
    let pinned = AccountDraft {
        host: "smtp.münchen.example".into(),
        port: "2525".into(),
        pin: "ab".repeat(32),
        trust: model::TrustKind::Certificate,
        ..draft("Pinned")
    };
    context.create(&actor, &pinned).await;
    let before = export(context, &actor, ExportFormat::Json).await;
    let file = format!("{NEW}\n{}{}{}", row("1", "Uno", "Yes"), row("3", "Pin", "Yes"), row("", "New", "No"));
    let id = imported(context, &actor, &file).await;
    assert_eq!(context.list(&actor, "").await.total, 4);
    let form = context.backend.find_account(&actor, AccountId(1)).await.expect("it is there");
    let back = undone(context, &actor, id).await;
    assert_eq!((back.count, back.left), (3, 0));
    assert_eq!(back.to_string(), "3 accounts are as they were.");
    assert_eq!(export(context, &actor, ExportFormat::Json).await, before);
    assert_eq!(context.list(&actor, "").await.total, 3);
    let stale = context.backend.update_account(&actor, AccountId(1), form.version, &draft("Uno")).await;
    assert!(matches!(stale, Err(Problem::Conflict(_))), "a form that was open meanwhile is stale: {stale:?}");
    // What was registered can be restored, as anything that was deleted.
    context.backend.restore_account(&actor, AccountId(4), None).await.expect("it comes back");
}

async fn what_was_changed_since_stays_and_is_named(context: &TestContext) {
    let actor = two(context).await;
    let file = format!("{NEW}\n{}{}{}", row("1", "Uno", "Yes"), row("2", "Due", "Yes"), row("", "New", "No"));
    let id = imported(context, &actor, &file).await;
    let form = context.backend.find_account(&actor, AccountId(3)).await.expect("it is there");
    let edited = AccountDraft { footer: YesNo::Yes, ..draft("New") };
    context.backend.update_account(&actor, AccountId(3), form.version, &edited).await.expect("it is saved");
    // The name that an account had was taken.
    context.create(&actor, &draft("One")).await;
    let back = undone(context, &actor, id).await;
    assert_eq!((back.count, back.left, back.names.as_slice()), (1, 2, ["New".to_owned(), "Uno".to_owned()].as_slice()));
    assert!(back.to_string().ends_with("“New”, “Uno”."), "{back}");
    let names: Vec<_> = context.list(&actor, "").await.rows.into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["Uno", "Two", "New", "One"]);
}

/// ID, Enabled and Default of each account that is there.
async fn state(context: &TestContext, actor: &Actor) -> Vec<(i64, bool, bool)> {
    context.list(actor, "").await.rows.iter().map(|row| (row.id.0, row.enabled, row.default)).collect()
}

async fn the_default_goes_back(context: &TestContext) {
    let actor = two(context).await;
    let before = state(context, &actor).await;
    for file in
        ["ID,Enabled,Default\n1,No,No\n2,Yes,Yes\n", "ID,Default\n2,Yes\n", "ID,Enabled,Default\n1,No,No\n2,No,No\n"]
    {
        let id = imported(context, &actor, file).await;
        assert_ne!(state(context, &actor).await, before, "{file}");
        undone(context, &actor, id).await;
        assert_eq!(state(context, &actor).await, before, "{file}");
    }
    // An account that was registered and became the default goes, and the mark with it.
    let file = format!("{NEW},Default\n{},Yes\n", row("", "New", "No").trim_end());
    let id = imported(context, &actor, &file).await;
    assert_eq!(state(context, &actor).await, [(1, true, false), (2, true, false), (3, true, true)]);
    undone(context, &actor, id).await;
    assert_eq!(state(context, &actor).await, before);
    // Somebody else's choice of a default stays.
    let id = imported(context, &actor, "ID,Footer\n2,Yes\n").await;
    imported(context, &actor, "ID,Default\n2,Yes\n").await;
    assert_eq!(undone(context, &actor, id).await.left, 1);
    assert_eq!(state(context, &actor).await, [(1, true, false), (2, true, true)]);
}

async fn what_is_not_permitted_any_more_does_not_come_back(context: &TestContext) {
    let actor = two(context).await;
    let relay: i64 = credential(context, &actor, "Relay").await.parse().expect("a number");
    imported(context, &actor, "ID,Credential\n1,Relay\n").await;
    let id = imported(context, &actor, "ID,Credential\n1,\n").await;
    context.backend.delete_credential(&actor, model::CredentialId(relay)).await.expect("nobody uses it");
    let back = undone(context, &actor, id).await;
    assert_eq!((back.count, back.left, back.names.as_slice()), (0, 1, ["One".to_owned()].as_slice()));
}

async fn refused(context: &TestContext, actor: &Actor, id: ChangeId, words: &str) {
    let refused = context.backend.undo_change(actor, id).await.expect_err(words);
    assert!(matches!(&refused, Problem::Refused(text) if text.contains(words)), "{refused:?}");
}

async fn an_import_can_be_undone_once_and_for_30_days(context: &TestContext) {
    let actor = two(context).await;
    let first = imported(context, &actor, "ID,Footer\n1,Yes\n").await;
    undone(context, &actor, first).await;
    refused(context, &actor, first, "undone already").await;
    let second = imported(context, &actor, "ID,Footer\n1,Yes\n").await;
    context.execute("UPDATE changes SET changed_at = changed_at - 2592060000000").await;
    // What is due is forgotten when a server begins.
    context.reopened().await.close().await;
    refused(context, &actor, second, "no longer").await;
    // As many as are kept.
    let third = imported(context, &actor, "ID,Footer\n2,Yes\n").await;
    for round in 0..10 {
        imported(context, &actor, &format!("ID,Footer\n1,{}\n", if round % 2 == 0 { "No" } else { "Yes" })).await;
    }
    refused(context, &actor, third, "ten others").await;
}

async fn what_changed_nothing_has_nothing_to_undo(context: &TestContext) {
    let actor = two(context).await;
    for file in ["ID,Footer\n1,No\n", "ID,Port\n1,99999\n"] {
        assert_eq!(import(context, &actor, file, ExportFormat::Csv).await.undo, None, "{file}");
    }
}

async fn a_large_import_is_undone_at_once(context: &TestContext) {
    let actor = two(context).await;
    let rows: String = (0..1_200).map(|number| row("", &format!("New {number}"), "No")).collect();
    let made = import(context, &actor, format!("{NEW}\n{rows}"), ExportFormat::Csv).await;
    assert_eq!(made.counts(), counts(1_200, 0, 0, 0));
    assert_eq!(undone(context, &actor, made.undo.expect("it changed something")).await.count, 1_200);
    assert_eq!(context.list(&actor, "").await.total, 2);
}
