//! Several accounts changed at once: all or nothing, the default kept, and undone again.

use model::{AccountDraft, AccountId, Actor, ChangeId, ChangeKind, Changed, Problem, Selection, YesNo};

use crate::on_both;
use crate::world::{World, draft};

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

async fn three(world: &World) -> Actor {
    let actor = world.actor().await;
    for name in ["One", "Two", "Three"] {
        world.create(&actor, &draft(name)).await;
    }
    actor
}

fn these(ids: &[i64]) -> Selection {
    Selection::These(ids.iter().copied().map(AccountId).collect())
}

async fn change(world: &World, actor: &Actor, selection: &Selection, kind: ChangeKind) -> Changed {
    world.backend.change_accounts(actor, selection, kind).await.expect("it is made")
}

/// ID, Enabled and Default of each account that is there.
async fn state(world: &World, actor: &Actor) -> Vec<(i64, bool, bool)> {
    world.list(actor, "").await.rows.iter().map(|row| (row.id.0, row.enabled, row.default)).collect()
}

async fn chosen_accounts_are_disabled_and_come_back(world: &World) {
    let actor = three(world).await;
    let changed = change(world, &actor, &these(&[2, 3, 404]), ChangeKind::Disable).await;
    assert_eq!((changed.count, changed.kept_default.as_deref()), (2, None));
    assert_eq!(state(world, &actor).await, [(1, true, true), (2, false, false), (3, false, false)]);
    let form = world.backend.find_account(&actor, AccountId(2)).await.expect("it is there");
    assert_eq!(form.version, 2, "a form that was open meanwhile is stale");
    let again = change(world, &actor, &these(&[2, 3]), ChangeKind::Disable).await;
    assert_eq!((again.count, again.id), (0, None));

    let id = changed.id.expect("it changed something");
    let undone = world.backend.undo_change(&actor, id).await.expect("it is undone");
    assert_eq!((undone.count, undone.left), (2, 0));
    assert_eq!(state(world, &actor).await, [(1, true, true), (2, true, false), (3, true, false)]);
    let twice = world.backend.undo_change(&actor, id).await.expect_err("it was undone");
    assert!(matches!(twice, Problem::Refused(_)), "{twice:?}");
    let none = world.backend.undo_change(&actor, ChangeId(404)).await.expect_err("there is none");
    assert!(matches!(none, Problem::NotFound(_)), "{none:?}");
}

async fn the_default_stays_while_another_is_enabled(world: &World) {
    let actor = three(world).await;
    for kind in [ChangeKind::Disable, ChangeKind::Delete] {
        let changed = change(world, &actor, &these(&[1, 2]), kind).await;
        assert_eq!((changed.count, changed.kept_default.as_deref()), (1, Some("One")), "{kind:?}");
        assert_eq!(state(world, &actor).await[0], (1, true, true));
        world.backend.undo_change(&actor, changed.id.expect("one changed")).await.expect("it is undone");
    }
}

async fn where_all_enabled_accounts_go_the_default_goes_with_them(world: &World) {
    let actor = three(world).await;
    for kind in [ChangeKind::Disable, ChangeKind::Delete] {
        let changed = change(world, &actor, &these(&[1, 2, 3]), kind).await;
        assert_eq!((changed.count, changed.kept_default), (3, None), "{kind:?}");
        assert!(state(world, &actor).await.iter().all(|(_, enabled, default)| !enabled && !default), "{kind:?}");
        world.backend.undo_change(&actor, changed.id.expect("they changed")).await.expect("it is undone");
        assert_eq!(state(world, &actor).await, [(1, true, true), (2, true, false), (3, true, false)], "{kind:?}");
    }
    assert_eq!(world.list(&actor, "").await.total, 3);
}

async fn the_first_enabled_account_becomes_the_default(world: &World) {
    let actor = world.actor().await;
    for name in ["One", "Two"] {
        world.create(&actor, &AccountDraft { enabled: YesNo::No, ..draft(name) }).await;
    }
    let changed = change(world, &actor, &these(&[1, 2]), ChangeKind::Enable).await;
    assert_eq!((changed.count, changed.becomes_default.as_deref()), (2, Some("One")));
    assert_eq!(state(world, &actor).await, [(1, true, true), (2, true, false)]);
    world.backend.undo_change(&actor, changed.id.expect("they changed")).await.expect("it is undone");
    assert_eq!(state(world, &actor).await, [(1, false, false), (2, false, false)]);
}

async fn deleted_accounts_come_back_but_for_names_that_were_taken(world: &World) {
    let actor = three(world).await;
    let changed = change(world, &actor, &these(&[2, 3]), ChangeKind::Delete).await;
    assert_eq!(world.list(&actor, "").await.total, 1);
    world.create(&actor, &draft("TWO")).await;
    let undone = world.backend.undo_change(&actor, changed.id.expect("they changed")).await.expect("it is undone");
    assert_eq!((undone.count, undone.left), (1, 1));
    assert_eq!(world.ids(&actor, "").await, [1, 3, 4]);
    assert_eq!(world.list(&actor, "").await.total, 3);
}

async fn what_was_saved_since_is_left_alone(world: &World) {
    let actor = three(world).await;
    let changed = change(world, &actor, &these(&[2, 3]), ChangeKind::Disable).await;
    let renamed = AccountDraft { enabled: YesNo::No, ..draft("Renamed") };
    world.backend.update_account(&actor, AccountId(2), 2, &renamed).await.expect("it is saved");
    let undone = world.backend.undo_change(&actor, changed.id.expect("they changed")).await.expect("it is undone");
    assert_eq!((undone.count, undone.left), (1, 1));
    assert_eq!(state(world, &actor).await, [(1, true, true), (2, false, false), (3, true, false)]);
}

async fn all_that_match_are_changed_on_every_page(world: &World) {
    let actor = world.actor().await;
    world.add_accounts(300).await;
    let all = Selection::from_query("name=київ&page=3&page_size=10&all=Yes");
    let matching = world.list(&actor, "name=київ&enabled=Yes").await.matching;
    let preview = world.backend.preview_change(&actor, &all, ChangeKind::Disable).await.expect("it is told");
    let kept = u64::from(preview.kept_default.is_some());
    assert_eq!((preview.changing + kept, preview.first.len()), (matching, 10.min(preview.changing as usize)));
    let changed = change(world, &actor, &all, ChangeKind::Disable).await;
    assert_eq!(changed.count, preview.changing);
    assert_eq!(world.list(&actor, "name=київ&enabled=Yes").await.matching, kept);
    let changed = change(world, &actor, &Selection::from_query("name=київ&all=Yes"), ChangeKind::Delete).await;
    assert_eq!(world.list(&actor, "").await.total, 300 - changed.count);
    world.backend.undo_change(&actor, changed.id.expect("they changed")).await.expect("it is undone");
    assert_eq!(world.list(&actor, "").await.total, 300);
    let defaults = world.list(&actor, "sort=-default&page_size=100").await;
    assert_eq!(defaults.rows.iter().filter(|row| row.default).count(), 1);
}

async fn a_selection_that_means_nothing_is_refused(world: &World) {
    let actor = three(world).await;
    let many: Vec<_> = (1..=1_001).collect();
    for selection in [these(&[]), these(&many), Selection::from_query("all=Yes&id=abc")] {
        let refused = world.backend.change_accounts(&actor, &selection, ChangeKind::Delete).await;
        assert!(matches!(refused, Err(Problem::Malformed(_))), "{refused:?}");
    }
    assert_eq!(world.list(&actor, "").await.total, 3);
}

async fn a_preview_changes_nothing(world: &World) {
    let actor = three(world).await;
    let before = state(world, &actor).await;
    let preview =
        world.backend.preview_change(&actor, &these(&[1, 2, 404]), ChangeKind::Delete).await.expect("it is told");
    assert_eq!((preview.chosen, preview.changing, preview.first), (2, 1, vec!["Two".to_owned()]));
    assert_eq!(preview.kept_default.as_deref(), Some("One"));
    assert_eq!(state(world, &actor).await, before);
}

async fn many_changes_at_once_leave_one_default(world: &World) {
    let actor = three(world).await;
    let mut running = tokio::task::JoinSet::new();
    for round in 0..24 {
        let (backend, actor) = (world.backend.clone(), actor.clone());
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
    let after = state(world, &actor).await;
    let enabled = after.iter().filter(|(_, enabled, _)| *enabled).count();
    let defaults = after.iter().filter(|(_, enabled, default)| *enabled && *default).count();
    assert_eq!(defaults, usize::from(enabled > 0), "{after:?}");
    assert!(after.iter().all(|(_, enabled, default)| *enabled || !default), "{after:?}");
}
