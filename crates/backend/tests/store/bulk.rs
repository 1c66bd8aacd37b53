//! Several accounts changed at once: all or nothing, the default kept, and undone again.

use model::{AccountDraft, AccountId, Actor, ChangeId, ChangeKind, Changed, Problem, Selection, YesNo};

use crate::context::{TestContext, draft};
use crate::on_both;

on_both! {
    chosen_accounts_are_disabled_and_come_back
    the_default_stays_while_another_is_enabled
    where_all_enabled_accounts_go_the_default_goes_with_them
    the_first_enabled_account_becomes_the_default
    deleted_accounts_come_back_but_for_names_that_were_taken
    what_was_saved_since_is_left_alone
    all_that_match_are_changed_on_every_page
    a_selection_that_means_nothing_is_refused
    a_preview_changes_nothing
    many_changes_at_once_leave_one_default
}

async fn three(context: &TestContext) -> Actor {
    let actor = context.actor().await;
    for name in ["One", "Two", "Three"] {
        context.create(&actor, &draft(name)).await;
    }
    actor
}

fn these(ids: &[i64]) -> Selection {
    Selection::These(ids.iter().copied().map(AccountId).collect())
}

async fn change(context: &TestContext, actor: &Actor, selection: &Selection, kind: ChangeKind) -> Changed {
    context.backend.change_accounts(actor, selection, kind).await.expect("it is made")
}

/// ID, Enabled and Default of each account that is there.
async fn state(context: &TestContext, actor: &Actor) -> Vec<(i64, bool, bool)> {
    context.list(actor, "").await.rows.iter().map(|row| (row.id.0, row.enabled, row.default)).collect()
}

async fn chosen_accounts_are_disabled_and_come_back(context: &TestContext) {
    let actor = three(context).await;
    let changed = change(context, &actor, &these(&[2, 3, 404]), ChangeKind::Disable).await;
    assert_eq!((changed.count, changed.kept_default.as_deref()), (2, None));
    assert_eq!(state(context, &actor).await, [(1, true, true), (2, false, false), (3, false, false)]);
    let form = context.backend.find_account(&actor, AccountId(2)).await.expect("it is there");
    assert_eq!(form.version, 2, "a form that was open meanwhile is stale");
    let again = change(context, &actor, &these(&[2, 3]), ChangeKind::Disable).await;
    assert_eq!((again.count, again.id), (0, None));

    let id = changed.id.expect("it changed something");
    let undone = context.backend.undo_change(&actor, id).await.expect("it is undone");
    assert_eq!((undone.count, undone.left), (2, 0));
    assert_eq!(state(context, &actor).await, [(1, true, true), (2, true, false), (3, true, false)]);
    let twice = context.backend.undo_change(&actor, id).await.expect_err("it was undone");
    assert!(matches!(twice, Problem::Refused(_)), "{twice:?}");
    let none = context.backend.undo_change(&actor, ChangeId(404)).await.expect_err("there is none");
    assert!(matches!(none, Problem::NotFound(_)), "{none:?}");
}

async fn the_default_stays_while_another_is_enabled(context: &TestContext) {
    let actor = three(context).await;
    for kind in [ChangeKind::Disable, ChangeKind::Delete] {
        let changed = change(context, &actor, &these(&[1, 2]), kind).await;
        assert_eq!((changed.count, changed.kept_default.as_deref()), (1, Some("One")), "{kind:?}");
        assert_eq!(state(context, &actor).await[0], (1, true, true));
        context.backend.undo_change(&actor, changed.id.expect("one changed")).await.expect("it is undone");
    }
}

async fn where_all_enabled_accounts_go_the_default_goes_with_them(context: &TestContext) {
    let actor = three(context).await;
    for kind in [ChangeKind::Disable, ChangeKind::Delete] {
        let changed = change(context, &actor, &these(&[1, 2, 3]), kind).await;
        assert_eq!((changed.count, changed.kept_default), (3, None), "{kind:?}");
        assert!(state(context, &actor).await.iter().all(|(_, enabled, default)| !enabled && !default), "{kind:?}");
        context.backend.undo_change(&actor, changed.id.expect("they changed")).await.expect("it is undone");
        assert_eq!(state(context, &actor).await, [(1, true, true), (2, true, false), (3, true, false)], "{kind:?}");
    }
    assert_eq!(context.list(&actor, "").await.total, 3);
}

async fn the_first_enabled_account_becomes_the_default(context: &TestContext) {
    let actor = context.actor().await;
    for name in ["One", "Two"] {
        context.create(&actor, &AccountDraft { enabled: YesNo::No, ..draft(name) }).await;
    }
    let changed = change(context, &actor, &these(&[1, 2]), ChangeKind::Enable).await;
    assert_eq!((changed.count, changed.becomes_default.as_deref()), (2, Some("One")));
    assert_eq!(state(context, &actor).await, [(1, true, true), (2, true, false)]);
    context.backend.undo_change(&actor, changed.id.expect("they changed")).await.expect("it is undone");
    assert_eq!(state(context, &actor).await, [(1, false, false), (2, false, false)]);
}

async fn deleted_accounts_come_back_but_for_names_that_were_taken(context: &TestContext) {
    let actor = three(context).await;
    let changed = change(context, &actor, &these(&[2, 3]), ChangeKind::Delete).await;
    assert_eq!(context.list(&actor, "").await.total, 1);
    context.create(&actor, &draft("TWO")).await;
    let undone = context.backend.undo_change(&actor, changed.id.expect("they changed")).await.expect("it is undone");
    assert_eq!((undone.count, undone.left), (1, 1));
    assert_eq!(context.ids(&actor, "").await, [1, 3, 4]);
    assert_eq!(context.list(&actor, "").await.total, 3);
}

async fn what_was_saved_since_is_left_alone(context: &TestContext) {
    let actor = three(context).await;
    let changed = change(context, &actor, &these(&[2, 3]), ChangeKind::Disable).await;
    let renamed = AccountDraft { enabled: YesNo::No, ..draft("Renamed") };
    context.backend.update_account(&actor, AccountId(2), 2, &renamed).await.expect("it is saved");
    let undone = context.backend.undo_change(&actor, changed.id.expect("they changed")).await.expect("it is undone");
    assert_eq!((undone.count, undone.left), (1, 1));
    assert_eq!(state(context, &actor).await, [(1, true, true), (2, false, false), (3, true, false)]);
}

async fn all_that_match_are_changed_on_every_page(context: &TestContext) {
    let actor = context.actor().await;
    context.add_accounts(300).await;
    let all = Selection::from_query("name=київ&page=3&page_size=10&all=Yes");
    let matching = context.list(&actor, "name=київ&enabled=Yes").await.matching;
    let preview = context.backend.preview_change(&actor, &all, ChangeKind::Disable).await.expect("it is told");
    let kept = u64::from(preview.kept_default.is_some());
    assert_eq!((preview.changing + kept, preview.first.len()), (matching, 10.min(preview.changing as usize)));
    let changed = change(context, &actor, &all, ChangeKind::Disable).await;
    assert_eq!(changed.count, preview.changing);
    assert_eq!(context.list(&actor, "name=київ&enabled=Yes").await.matching, kept);
    let changed = change(context, &actor, &Selection::from_query("name=київ&all=Yes"), ChangeKind::Delete).await;
    assert_eq!(context.list(&actor, "").await.total, 300 - changed.count);
    context.backend.undo_change(&actor, changed.id.expect("they changed")).await.expect("it is undone");
    assert_eq!(context.list(&actor, "").await.total, 300);
    let defaults = context.list(&actor, "sort=-default&page_size=100").await;
    assert_eq!(defaults.rows.iter().filter(|row| row.default).count(), 1);
}

async fn a_selection_that_means_nothing_is_refused(context: &TestContext) {
    let actor = three(context).await;
    let many: Vec<_> = (1..=1_001).collect();
    for selection in [these(&[]), these(&many), Selection::from_query("all=Yes&id=abc")] {
        let refused = context.backend.change_accounts(&actor, &selection, ChangeKind::Delete).await;
        assert!(matches!(refused, Err(Problem::Malformed(_))), "{refused:?}");
    }
    assert_eq!(context.list(&actor, "").await.total, 3);
}

async fn a_preview_changes_nothing(context: &TestContext) {
    let actor = three(context).await;
    let before = state(context, &actor).await;
    let preview =
        context.backend.preview_change(&actor, &these(&[1, 2, 404]), ChangeKind::Delete).await.expect("it is told");
    assert_eq!((preview.chosen, preview.changing, preview.first), (2, 1, vec!["Two".to_owned()]));
    assert_eq!(preview.kept_default.as_deref(), Some("One"));
    assert_eq!(state(context, &actor).await, before);
}

async fn many_changes_at_once_leave_one_default(context: &TestContext) {
    let actor = three(context).await;
    let mut running = tokio::task::JoinSet::new();
    for round in 0..24 {
        let (backend, actor) = (context.backend.clone(), actor.clone());
        running.spawn(async move {
            let kind = ChangeKind::ALL[round % 2];
            let ids = [[1, 2], [2, 3], [1, 3]][round % 3];
            let changed = backend.change_accounts(&actor, &these(&ids), kind).await.expect("it is made");
            if let (Some(id), 0) = (changed.id, round % 4) {
                backend.undo_change(&actor, id).await.expect("it is undone");
            }
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.expect("none failed");
    }
    let after = state(context, &actor).await;
    let enabled = after.iter().filter(|(_, enabled, _)| *enabled).count();
    let defaults = after.iter().filter(|(_, enabled, default)| *enabled && *default).count();
    assert_eq!(defaults, usize::from(enabled > 0), "{after:?}");
    assert!(after.iter().all(|(_, enabled, default)| *enabled || !default), "{after:?}");
}
