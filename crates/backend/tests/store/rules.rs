//! The rules between accounts: names, the default, stale forms, deleting and restoring.

use model::{AccountDraft, AccountId, Actor, Problem, YesNo};

use crate::context::{TestContext, default_draft, draft};
use crate::on_both;

on_both! {
    the_first_enabled_account_becomes_the_default
    choosing_another_default_moves_the_mark_and_says_so
    the_default_stays_while_another_account_is_enabled
    the_only_enabled_account_can_be_disabled_and_deleted
    a_name_is_there_once_whatever_its_case
    a_stale_form_shows_what_somebody_else_saved
    a_deleted_account_is_gone_and_can_be_restored
    a_restored_account_whose_name_was_taken_asks_for_another
    an_account_deleted_long_ago_is_forgotten
    a_copy_has_a_name_of_its_own
    the_footer_is_saved_on_top_of_what_was_seen
}

const CHOOSE_FIRST: &str = "This is the default. Make another account the default first.";

async fn defaults(context: &TestContext, actor: &Actor) -> Vec<i64> {
    context.list(actor, "").await.rows.iter().filter(|row| row.default).map(|row| row.id.0).collect()
}

async fn form(context: &TestContext, actor: &Actor, id: AccountId) -> (i64, AccountDraft) {
    let form = context.backend.find_account(actor, id).await.expect("it is there");
    (form.version, form.draft)
}

async fn the_first_enabled_account_becomes_the_default(context: &TestContext) {
    let actor = context.actor().await;
    assert_eq!(context.backend.new_account(&actor).await, Ok(model::AccountForm::default()));
    let disabled = AccountDraft { enabled: YesNo::No, ..draft("Disabled") };
    let saved = context.backend.create_account(&actor, &disabled).await.expect("it is saved");
    assert_eq!((saved.to_string().as_str(), defaults(context, &actor).await), ("“Disabled” is saved.", vec![]));
    let saved = context.backend.create_account(&actor, &draft("Enabled")).await.expect("it is saved");
    assert_eq!(saved.to_string(), "“Enabled” is saved. It is the default.");
    assert_eq!(defaults(context, &actor).await, [2]);
    let saved = context.backend.create_account(&actor, &draft("Third")).await.expect("it is saved");
    assert_eq!((saved.to_string().as_str(), defaults(context, &actor).await), ("“Third” is saved.", vec![2]));
    let new = context.backend.new_account(&actor).await.expect("it is known");
    assert_eq!((new.others_enabled, new.default_name.as_deref()), (true, Some("Enabled")));
}

async fn choosing_another_default_moves_the_mark_and_says_so(context: &TestContext) {
    let actor = context.actor().await;
    context.create(&actor, &draft("One")).await;
    let saved = context.backend.create_account(&actor, &default_draft("Two")).await.expect("it is saved");
    assert_eq!(saved.to_string(), "“Two” is now the default, in place of “One”.");
    assert_eq!(defaults(context, &actor).await, [2]);
    let (version, one) = form(context, &actor, AccountId(1)).await;
    assert_eq!((version, one.default), (2, YesNo::No), "losing the mark is a change: an open form is stale");
    let chosen = AccountDraft { default: YesNo::Yes, ..one };
    let saved = context.backend.update_account(&actor, AccountId(1), 2, &chosen).await.expect("it is saved");
    assert_eq!(saved.to_string(), "“One” is now the default, in place of “Two”.");
    assert_eq!(defaults(context, &actor).await, [1]);
    let saved = context.backend.update_account(&actor, AccountId(1), 3, &chosen).await.expect("it is saved");
    assert_eq!(saved.default_moved, None, "it was the default before");
}

async fn the_default_stays_while_another_account_is_enabled(context: &TestContext) {
    let actor = context.actor().await;
    let id = context.create(&actor, &draft("One")).await;
    context.create(&actor, &draft("Two")).await;
    let refused = async |draft: AccountDraft, fields: &[&str]| {
        let problem = context.backend.update_account(&actor, id, 1, &draft).await.expect_err("it is the default");
        let errors = problem.field_errors().expect("they stand beside fields").clone();
        assert_eq!(errors.0.iter().map(|error| error.field.as_ref()).collect::<Vec<_>>(), fields);
        assert!(errors.0.iter().all(|error| error.message == CHOOSE_FIRST), "{errors:?}");
    };
    refused(draft("One"), &["default"]).await;
    refused(AccountDraft { enabled: YesNo::No, ..draft("One") }, &["enabled", "default"]).await;
    let mut taken = draft("Two");
    taken.enabled = YesNo::No;
    let problem = context.backend.update_account(&actor, id, 1, &taken).await.expect_err("two rules stand against it");
    assert_eq!(problem.field_errors().map(|errors| errors.0.len()), Some(3));
    let problem = context.backend.delete_account(&actor, id).await.expect_err("it is the default");
    assert!(
        matches!(&problem, Problem::Refused(text) if text.contains("Make another account the default first")),
        "{problem}"
    );
    assert_eq!(
        (defaults(context, &actor).await, form(context, &actor, id).await.0),
        (vec![1], 1),
        "nothing was changed"
    );
}

async fn the_only_enabled_account_can_be_disabled_and_deleted(context: &TestContext) {
    let actor = context.actor().await;
    let id = context.create(&actor, &draft("One")).await;
    let other = context.create(&actor, &AccountDraft { enabled: YesNo::No, ..draft("Two") }).await;
    let saved = context.backend.update_account(&actor, id, 1, &draft("One")).await.expect("a No that cannot stand");
    assert_eq!(saved.to_string(), "“One” is saved. It is the default.");
    let disabled = AccountDraft { enabled: YesNo::No, ..draft("One") };
    context.backend.update_account(&actor, id, 2, &disabled).await.expect("no other one is enabled");
    assert_eq!(defaults(context, &actor).await, Vec::<i64>::new());
    let saved = context.backend.update_account(&actor, other, 1, &draft("Two")).await.expect("it is enabled");
    assert_eq!((saved.default_moved.is_some(), defaults(context, &actor).await), (true, vec![2]));
    assert_eq!(context.backend.delete_account(&actor, other).await, Ok("Two".to_owned()));
    assert_eq!(defaults(context, &actor).await, Vec::<i64>::new());
    let back = context.backend.restore_account(&actor, other, None).await.expect("it is restored");
    assert_eq!(back.to_string(), "“Two” is saved. It is the default.");
}

async fn a_name_is_there_once_whatever_its_case(context: &TestContext) {
    let actor = context.actor().await;
    context.create(&actor, &draft("Straße Süd")).await;
    let id = context.create(&actor, &draft("Other")).await;
    for name in ["Straße Süd", "STRASSE SÜD", " strasse su\u{308}d "] {
        let problem = context.backend.create_account(&actor, &draft(name)).await.expect_err(name);
        let wanted = format!("“{}” exists already. Choose another name.", name.trim());
        assert_eq!(problem.field_errors().and_then(|errors| errors.get("name")), Some(wanted.as_str()));
        let problem = context.backend.update_account(&actor, id, 1, &draft(name)).await.expect_err(name);
        assert_eq!(problem.field_errors().and_then(|errors| errors.get("name")), Some(wanted.as_str()));
    }
    context.backend.update_account(&actor, id, 1, &draft("OTHER")).await.expect("its own name in another case");
    context.backend.delete_account(&actor, id).await.expect("it is deleted");
    context.create(&actor, &draft("other")).await;
}

async fn a_stale_form_shows_what_somebody_else_saved(context: &TestContext) {
    let (actor, anna) = (context.actor().await, context.person("anna@nordhavn.example").await);
    let id = context.create(&actor, &draft("One")).await;
    let theirs = AccountDraft { host: "mail.nordhavn.example".to_owned(), ..default_draft("One") };
    context.backend.update_account(&anna, id, 1, &theirs).await.expect("it is saved");
    let mine = AccountDraft { port: "2525".to_owned(), ..default_draft("One") };
    let problem = context.backend.update_account(&actor, id, 1, &mine).await.expect_err("it is stale");
    let Problem::Conflict(conflict) = problem else { panic!("{problem}") };
    assert_eq!((conflict.version, conflict.saved_by.as_str()), (2, "anna@nordhavn.example"));
    let fields: Vec<_> = conflict.differences.iter().map(|difference| difference.field.as_ref()).collect();
    assert_eq!(fields, ["host", "port"]);
    let shown = conflict.theirs.as_deref().map(serde_json::from_str::<AccountDraft>);
    assert_eq!(shown.and_then(Result::ok).as_ref(), Some(&theirs));
    assert!(conflict.saved_at.0 > 0);
    assert_eq!(form(context, &actor, id).await.1, theirs, "nothing was changed");
    context.backend.update_account(&actor, id, conflict.version, &mine).await.expect("on top of theirs");
}

async fn a_deleted_account_is_gone_and_can_be_restored(context: &TestContext) {
    let actor = context.actor().await;
    context.create(&actor, &draft("One")).await;
    let id = context.create(&actor, &draft("Two")).await;
    assert_eq!(context.backend.delete_account(&actor, id).await, Ok("Two".to_owned()));
    let gone = |problem: Problem| {
        assert!(
            matches!(&problem, Problem::NotFound(text) if text.starts_with("“Two” was deleted by ops@nordhavn.example on ")),
            "{problem}"
        )
    };
    gone(context.backend.find_account(&actor, id).await.expect_err("find"));
    gone(context.backend.update_account(&actor, id, 1, &draft("Two")).await.expect_err("update"));
    gone(context.backend.delete_account(&actor, id).await.expect_err("delete"));
    gone(context.backend.copy_of_account(&actor, id).await.expect_err("copy"));
    let page = context.list(&actor, "").await;
    assert_eq!((page.total, page.matching, page.rows.len()), (1, 1, 1));
    let saved = context.backend.restore_account(&actor, id, None).await.expect("it is restored");
    assert_eq!((saved.id, saved.name.as_str(), saved.default_moved), (id, "Two", None));
    assert_eq!(context.list(&actor, "").await.total, 2);
    let problem = context.backend.restore_account(&actor, id, None).await.expect_err("it is there");
    assert_eq!(problem, Problem::Refused("“Two” is not deleted.".to_owned()));
}

async fn a_restored_account_whose_name_was_taken_asks_for_another(context: &TestContext) {
    let actor = context.actor().await;
    context.create(&actor, &draft("One")).await;
    let id = context.create(&actor, &draft("Two")).await;
    context.backend.delete_account(&actor, id).await.expect("it is deleted");
    context.create(&actor, &draft("TWO")).await;
    let problem = context.backend.restore_account(&actor, id, None).await.expect_err("its name was taken");
    assert_eq!(problem.field_errors().and_then(|e| e.get("name")), Some("“Two” exists already. Choose another name."));
    let problem = context.backend.restore_account(&actor, id, Some(" ")).await.expect_err("no name");
    assert_eq!(problem.field_errors().and_then(|e| e.get("name")), Some("Enter an account name."));
    let saved = context.backend.restore_account(&actor, id, Some("Two again")).await.expect("it is restored");
    assert_eq!((saved.id, saved.name.as_str()), (id, "Two again"));
    assert_eq!(context.ids(&actor, "name=again").await, [2]);
}

async fn an_account_deleted_long_ago_is_forgotten(context: &TestContext) {
    let actor = context.actor().await;
    context.create(&actor, &draft("One")).await;
    for name in ["Two", "Three"] {
        let id = context.create(&actor, &draft(name)).await;
        context.backend.delete_account(&actor, id).await.expect("it is deleted");
    }
    let days =
        |days: i64| format!("UPDATE accounts SET deleted_at = deleted_at - {} WHERE id = ", days * 86_400_000_000);
    context.execute(&format!("{} 2", days(31))).await;
    context.execute(&format!("{} 3", days(29))).await;
    let again = context.reopened().await;
    assert_eq!(again.restore_account(&actor, AccountId(2), None).await.expect_err("it is forgotten").status(), 404);
    again.restore_account(&actor, AccountId(3), None).await.expect("it is kept");
    assert_eq!(context.list(&actor, "").await.total, 2);
    assert_eq!(context.create(&actor, &draft("Four")).await, AccountId(4), "a number never comes back");
    again.close().await;
}

async fn a_copy_has_a_name_of_its_own(context: &TestContext) {
    let actor = context.actor().await;
    let long = "ü".repeat(120);
    let id = context.create(&actor, &default_draft("One")).await;
    let copy = context.backend.copy_of_account(&actor, id).await.expect("it is copied").draft;
    assert_eq!(copy, draft("One (copy)"));
    context.create(&actor, &copy).await;
    let copy = context.backend.copy_of_account(&actor, id).await.expect("it is copied").draft;
    assert_eq!(copy.name, "One (copy 2)");
    let id = context.create(&actor, &draft(&long)).await;
    let copy = context.backend.copy_of_account(&actor, id).await.expect("it is copied").draft;
    assert_eq!(copy.name, format!("{} (copy)", "ü".repeat(113)));
    context.create(&actor, &copy).await;
}

async fn the_footer_is_saved_on_top_of_what_was_seen(context: &TestContext) {
    let (actor, anna) = (context.actor().await, context.person("anna@nordhavn.example").await);
    let mut seen = context.backend.find_footer(&actor).await.expect("it is there");
    assert_eq!(seen, model::FooterDraft::default());
    seen.text = "Nordhavn\r\nOslo ".to_owned();
    seen.html = "<p>Nordhavn · 東京</p>".to_owned();
    let saved = context.backend.save_footer(&actor, &seen).await.expect("it is saved");
    assert_eq!(
        (saved.text.as_str(), saved.html.as_str(), saved.version),
        ("Nordhavn\nOslo", "<p>Nordhavn · 東京</p>", 1)
    );
    assert_eq!(context.backend.find_footer(&anna).await, Ok(saved.clone()));
    let problem = context.backend.save_footer(&anna, &seen).await.expect_err("it is stale");
    let Problem::Conflict(conflict) = problem else { panic!("{problem}") };
    assert_eq!((conflict.version, conflict.saved_by.as_str()), (1, "ops@nordhavn.example"));
    assert_eq!(conflict.differences, [], "the same, with other line ends");
    context.backend.save_footer(&anna, &saved).await.expect("on top of it");
    let wrong = model::FooterDraft { text: "\0".to_owned(), ..saved };
    assert_eq!(context.backend.save_footer(&anna, &wrong).await.expect_err("a NUL").status(), 422);
}
