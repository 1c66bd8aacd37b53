//! An import that is taken back as a whole, but for what was changed since.

use model::{AccountDraft, AccountId, Actor, ChangeId, ExportFormat, Problem, Undone, YesNo};

use crate::import::{counts, credential, errors, export, import};
use crate::on_both;
use crate::world::{World, draft};

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

async fn two(world: &World) -> Actor {
    let actor = world.actor().await;
    for name in ["One", "Two"] {
        world.create(&actor, &draft(name)).await;
    }
    actor
}

async fn imported(world: &World, actor: &Actor, file: &str) -> ChangeId {
    let imported = import(world, actor, file, ExportFormat::Csv).await;
    imported.undo.unwrap_or_else(|| panic!("{:?}", errors(&imported)))
}

async fn undone(world: &World, actor: &Actor, id: ChangeId) -> Undone {
    world.backend.undo_change(actor, id).await.expect("it is undone")
}

async fn accounts_are_what_they_were_and_new_ones_are_gone(world: &World) {
    let actor = two(world).await;
    let pinned = AccountDraft {
        host: "smtp.münchen.example".into(),
        port: "2525".into(),
        pin: "ab".repeat(32),
        trust: model::TrustKind::Certificate,
        ..draft("Pinned")
    };
    world.create(&actor, &pinned).await;
    let before = export(world, &actor, ExportFormat::Json).await;
    let file = format!("{NEW}\n{}{}{}", row("1", "Uno", "Yes"), row("3", "Pin", "Yes"), row("", "New", "No"));
    let id = imported(world, &actor, &file).await;
    assert_eq!(world.list(&actor, "").await.total, 4);
    let form = world.backend.find_account(&actor, AccountId(1)).await.expect("it is there");
    let back = undone(world, &actor, id).await;
    assert_eq!((back.count, back.left), (3, 0));
    assert_eq!(back.to_string(), "3 accounts are as they were.");
    assert_eq!(export(world, &actor, ExportFormat::Json).await, before);
    assert_eq!(world.list(&actor, "").await.total, 3);
    let stale = world.backend.update_account(&actor, AccountId(1), form.version, &draft("Uno")).await;
    assert!(matches!(stale, Err(Problem::Conflict(_))), "a form that was open meanwhile is stale: {stale:?}");
    // What was registered can be restored, as anything that was deleted.
    world.backend.restore_account(&actor, AccountId(4), None).await.expect("it comes back");
}

async fn what_was_changed_since_stays_and_is_named(world: &World) {
    let actor = two(world).await;
    let file = format!("{NEW}\n{}{}{}", row("1", "Uno", "Yes"), row("2", "Due", "Yes"), row("", "New", "No"));
    let id = imported(world, &actor, &file).await;
    let form = world.backend.find_account(&actor, AccountId(3)).await.expect("it is there");
    let edited = AccountDraft { footer: YesNo::Yes, ..draft("New") };
    world.backend.update_account(&actor, AccountId(3), form.version, &edited).await.expect("it is saved");
    // The name that an account had was taken.
    world.create(&actor, &draft("One")).await;
    let back = undone(world, &actor, id).await;
    assert_eq!((back.count, back.left, back.names.as_slice()), (1, 2, ["New".to_owned(), "Uno".to_owned()].as_slice()));
    assert!(back.to_string().ends_with("“New”, “Uno”."), "{back}");
    let names: Vec<_> = world.list(&actor, "").await.rows.into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["Uno", "Two", "New", "One"]);
}

/// ID, Enabled and Default of each account that is there.
async fn state(world: &World, actor: &Actor) -> Vec<(i64, bool, bool)> {
    world.list(actor, "").await.rows.iter().map(|row| (row.id.0, row.enabled, row.default)).collect()
}

async fn the_default_goes_back(world: &World) {
    let actor = two(world).await;
    let before = state(world, &actor).await;
    for file in
        ["ID,Enabled,Default\n1,No,No\n2,Yes,Yes\n", "ID,Default\n2,Yes\n", "ID,Enabled,Default\n1,No,No\n2,No,No\n"]
    {
        let id = imported(world, &actor, file).await;
        assert_ne!(state(world, &actor).await, before, "{file}");
        undone(world, &actor, id).await;
        assert_eq!(state(world, &actor).await, before, "{file}");
    }
    // An account that was registered and became the default goes, and the mark with it.
    let file = format!("{NEW},Default\n{},Yes\n", row("", "New", "No").trim_end());
    let id = imported(world, &actor, &file).await;
    assert_eq!(state(world, &actor).await, [(1, true, false), (2, true, false), (3, true, true)]);
    undone(world, &actor, id).await;
    assert_eq!(state(world, &actor).await, before);
    // Somebody else's choice of a default stays.
    let id = imported(world, &actor, "ID,Footer\n2,Yes\n").await;
    imported(world, &actor, "ID,Default\n2,Yes\n").await;
    assert_eq!(undone(world, &actor, id).await.left, 1);
    assert_eq!(state(world, &actor).await, [(1, true, false), (2, true, true)]);
}

async fn what_is_not_permitted_any_more_does_not_come_back(world: &World) {
    let actor = two(world).await;
    let relay: i64 = credential(world, &actor, "Relay").await.parse().expect("a number");
    imported(world, &actor, "ID,Credential\n1,Relay\n").await;
    let id = imported(world, &actor, "ID,Credential\n1,\n").await;
    world.backend.delete_credential(&actor, model::CredentialId(relay)).await.expect("nobody uses it");
    let back = undone(world, &actor, id).await;
    assert_eq!((back.count, back.left, back.names.as_slice()), (0, 1, ["One".to_owned()].as_slice()));
}

async fn refused(world: &World, actor: &Actor, id: ChangeId, words: &str) {
    let refused = world.backend.undo_change(actor, id).await.expect_err(words);
    assert!(matches!(&refused, Problem::Refused(text) if text.contains(words)), "{refused:?}");
}

async fn an_import_can_be_undone_once_and_for_30_days(world: &World) {
    let actor = two(world).await;
    let first = imported(world, &actor, "ID,Footer\n1,Yes\n").await;
    undone(world, &actor, first).await;
    refused(world, &actor, first, "undone already").await;
    let second = imported(world, &actor, "ID,Footer\n1,Yes\n").await;
    world.execute("UPDATE changes SET changed_at = changed_at - 2592060000000").await;
    // What is due is forgotten when a server begins.
    world.reopened().await.close().await;
    refused(world, &actor, second, "no longer").await;
    // As many as are kept.
    let third = imported(world, &actor, "ID,Footer\n2,Yes\n").await;
    for round in 0..10 {
        imported(world, &actor, &format!("ID,Footer\n1,{}\n", if round % 2 == 0 { "No" } else { "Yes" })).await;
    }
    refused(world, &actor, third, "ten others").await;
}

async fn what_changed_nothing_has_nothing_to_undo(world: &World) {
    let actor = two(world).await;
    for file in ["ID,Footer\n1,No\n", "ID,Port\n1,99999\n"] {
        assert_eq!(import(world, &actor, file, ExportFormat::Csv).await.undo, None, "{file}");
    }
}

async fn a_large_import_is_undone_at_once(world: &World) {
    let actor = two(world).await;
    let rows: String = (0..1_200).map(|number| row("", &format!("New {number}"), "No")).collect();
    let made = import(world, &actor, format!("{NEW}\n{rows}"), ExportFormat::Csv).await;
    assert_eq!(made.counts(), counts(1_200, 0, 0, 0));
    assert_eq!(undone(world, &actor, made.undo.expect("it changed something")).await.count, 1_200);
    assert_eq!(world.list(&actor, "").await.total, 2);
}
