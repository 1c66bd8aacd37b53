//! Files that are shown or imported while others write, and several of them at once.

use backend::Import;
use model::{Cell, ChangeKind, Column, ExportFormat, Problem, Selection};
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use tokio::task::JoinSet;

use crate::import::counts;
use crate::on_both;
use crate::world::{World, draft};

on_both! {
    a_preview_waits_for_no_writer
    accounts_are_saved_while_files_are_shown
    an_import_finds_what_changed_since_its_preview
    one_person_has_one_file_read_at_a_time
}

const FILE: &str = "ID,Name\n1,Uno\n";

/// Holds what every change of an account has to wait for.
async fn locked(world: &World) -> DatabaseTransaction {
    let held = world.raw().await.begin().await.expect("it begins");
    held.execute_unprepared("UPDATE settings SET account_count = account_count").await.expect("it is locked");
    held
}

async fn a_preview_waits_for_no_writer(world: &World) {
    let actor = world.actor().await;
    world.create(&actor, &draft("One")).await;
    let token = world.backend.keep_import(&actor, "accounts.csv", FILE.as_bytes()).await.expect("it is kept");
    let held = locked(world).await;
    let preview = world.backend.preview_import(&actor, &token).await.expect("it is told");
    assert_eq!(preview.counts, counts(0, 1, 0, 0));
    let all = Selection::from_query("all=Yes");
    let change = world.backend.preview_change(&actor, &all, ChangeKind::Disable).await.expect("it is told");
    assert_eq!(change.changing, 1);
    held.rollback().await.expect("it ends");
}

async fn accounts_are_saved_while_files_are_shown(world: &World) {
    let actor = world.actor().await;
    world.add_accounts(3_000).await;
    let rows: String = (1..=3_000).map(|id| format!("{id},Yes\n")).collect();
    let file = format!("ID,Footer\n{rows}");
    let mut shown = JoinSet::new();
    for _ in 0..3 {
        let (backend, actor, file) = (world.backend.clone(), actor.clone(), file.clone());
        shown.spawn(
            async move { backend.import_accounts(&actor, file.into(), ExportFormat::Csv, Import::Preview).await },
        );
    }
    for number in 0..20 {
        world.create(&actor, &draft(&format!("Saved meanwhile {number}"))).await;
    }
    let mut told = 0;
    while let Some(ended) = shown.join_next().await {
        match ended.expect("it ends") {
            Ok(preview) => {
                assert_eq!(preview.rows.len(), 3_000);
                told += 1;
            }
            // One at a time.
            Err(problem) => assert!(matches!(problem, Problem::TooMany(_)), "{problem:?}"),
        }
    }
    assert!(told > 0);
    assert_eq!(world.list(&actor, "").await.total, 3_020);
}

async fn an_import_finds_what_changed_since_its_preview(world: &World) {
    let actor = world.actor().await;
    world.create(&actor, &draft("One")).await;
    let file = "ID,Name,Footer\n1,One,Yes\n,Two,No\n";
    let token = world.backend.keep_import(&actor, "accounts.csv", file.as_bytes()).await.expect("it is kept");
    let preview = world.backend.preview_import(&actor, &token).await.expect("it is told");
    assert_eq!(preview.counts.refused, 1, "Two lacks what a new account needs");
    let two = world.create(&actor, &draft("Two")).await;
    let preview = world.backend.preview_import(&actor, &token).await.expect("it is told");
    assert_eq!(preview.counts, counts(0, 1, 1, 0));
    world.backend.delete_account(&actor, two).await.expect("it is deleted");
    let refused = world.backend.make_import(&actor, &token).await.expect("it is told");
    assert_eq!(refused.counts(), counts(0, 1, 0, 1), "{refused:?}");
    let listed = world.list(&actor, "").await;
    assert_eq!(*listed.rows[0].cell(Column::Footer), Cell::YesNo(false), "nothing is half done");
}

async fn one_person_has_one_file_read_at_a_time(world: &World) {
    let people = [world.actor().await, world.person("b@x.example").await, world.person("c@x.example").await];
    world.create(&people[0], &draft("One")).await;
    let held = locked(world).await;
    let mut waiting = JoinSet::new();
    let [first, second, _] = people.clone();
    for actor in [first, second] {
        let backend = world.backend.clone();
        // Held up behind the lock, with what was read.
        waiting
            .spawn(async move { backend.import_accounts(&actor, FILE.into(), ExportFormat::Csv, Import::Make).await });
    }
    let again =
        |number: usize| world.backend.import_accounts(&people[number], FILE.into(), ExportFormat::Csv, Import::Preview);
    // Until both of them have their turns.
    let mut rounds = 0;
    let (own, all) = loop {
        rounds += 1;
        assert!(rounds < 1_000, "they never had their turns");
        match tokio::join!(again(0), again(2)) {
            (Err(own), Err(all)) => break (own, all),
            (Ok(_), _) | (_, Ok(_)) => {}
        }
    };
    for (refused, words) in [(own, "Another file of yours"), (all, "two other files")] {
        assert!(matches!(&refused, Problem::TooMany(text) if text.contains(words)), "{refused:?}");
    }
    held.rollback().await.expect("it ends");
    while let Some(ended) = waiting.join_next().await {
        ended.expect("it ends").expect("it is imported");
    }
    assert_eq!(again(0).await.expect("there is a turn").counts(), counts(0, 0, 1, 0));
}
