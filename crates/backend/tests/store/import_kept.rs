//! A file between its preview and its import: what was shown is what is imported, by the same person, and soon.

use model::{Actor, ImportCounts, Problem};

use crate::context::{TestContext, draft};
use crate::on_both;

on_both! {
    what_was_shown_is_imported
    a_kept_file_is_of_one_person_and_of_one_choice
    a_preview_shows_what_needs_a_look
}

async fn chosen(context: &TestContext, actor: &Actor, file: &str) -> String {
    context.backend.keep_import(actor, "accounts.CSV", file.as_bytes()).await.expect("it is kept")
}

async fn gone(context: &TestContext, actor: &Actor, token: &str) {
    let refused = context.backend.make_import(actor, token).await.expect_err("it is kept no longer");
    assert!(matches!(&refused, Problem::Malformed(text) if text.contains("Choose it again")), "{refused:?}");
}

async fn what_was_shown_is_imported(context: &TestContext) {
    let actor = context.actor().await;
    context.create(&actor, &draft("One")).await;
    let token = chosen(context, &actor, "ID,Name\n1,Uno\n").await;
    let preview = context.backend.preview_import(&actor, &token).await.expect("it is told");
    let counts = ImportCounts { changed: 1, ..ImportCounts::default() };
    assert_eq!((preview.name.as_str(), preview.counts, preview.more), ("accounts.CSV", counts, 0));
    assert_eq!(context.list(&actor, "").await.rows[0].name, "One");
    let made = context.backend.make_import(&actor, &token).await.expect("it is imported");
    assert_eq!(made.to_string(), "Imported: 0 created, 1 changed, 0 unchanged.");
    assert_eq!(context.list(&actor, "").await.rows[0].name, "Uno");
    // A second press changes nothing more.
    let again = context.backend.make_import(&actor, &token).await.expect("it says the same");
    assert_eq!(again.counts(), ImportCounts { unchanged: 1, ..ImportCounts::default() });
}

async fn a_kept_file_is_of_one_person_and_of_one_choice(context: &TestContext) {
    let actor = context.actor().await;
    let other = context.person("other@nordhavn.example").await;
    context.create(&actor, &draft("One")).await;
    let first = chosen(context, &actor, "ID,Name\n1,Uno\n").await;
    gone(context, &other, &first).await;
    let second = chosen(context, &actor, "ID,Name\n1,Due\n").await;
    gone(context, &actor, &first).await;
    context.execute("UPDATE imports SET expires_at = 1").await;
    gone(context, &actor, &second).await;
    assert_eq!(context.list(&actor, "").await.rows[0].name, "One");
    let wrong = context.backend.keep_import(&actor, "accounts.pdf", b"%PDF").await.expect("it is kept");
    let refused = context.backend.preview_import(&actor, &wrong).await.expect_err("it is no file of accounts");
    assert!(matches!(&refused, Problem::Malformed(text) if text.contains(".csv, .xlsx or .json")), "{refused:?}");
}

async fn a_preview_shows_what_needs_a_look(context: &TestContext) {
    let actor = context.actor().await;
    context.add_accounts(300).await;
    let rows: String = (1..=300).map(|id| format!("{id},{}\n", if id == 300 { "x" } else { "" })).collect();
    let token = chosen(context, &actor, &format!("ID,Footer\n{rows}")).await;
    let preview = context.backend.preview_import(&actor, &token).await.expect("it is told");
    assert_eq!((preview.told.rows.len(), preview.more), (200, 100));
    assert_eq!((preview.told.rows[0].place.as_str(), preview.counts.refused), ("Line 301", 1));
}
