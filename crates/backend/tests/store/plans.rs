//! How the databases answer: from an index, and sorting nothing but hits.

use model::{AccountFilter, Column};

use crate::on_both;
use crate::world::{Kind, World};

on_both! {
    without_a_filter_nothing_is_scanned_and_nothing_sorted
    three_letters_are_looked_up_in_the_search_index
    accounts_made_for_the_bench_are_always_the_same
}

async fn plan(world: &World, query: &str) -> String {
    world.fixtures().await.explain_accounts(&AccountFilter::from_query(query)).await.expect(query).join("\n")
}

async fn without_a_filter_nothing_is_scanned_and_nothing_sorted(world: &World) {
    world.add_accounts(3_000).await;
    world.execute("UPDATE accounts SET last_test_id = 1, last_test_at = id WHERE id % 3 = 0").await;
    for column in Column::ALL {
        for sort in [column.key().to_owned(), format!("-{}", column.key())] {
            for page in [1, 4] {
                let plan = plan(world, &format!("sort={sort}&page={page}")).await;
                let index = format!("accounts_by_{}", column.key());
                // The unique index of names orders them as well.
                let by_name = column == Column::Name && plan.contains("accounts_name_taken");
                assert!(plan.contains(&index) || by_name, "{sort}: {plan}");
                for slow in ["Seq Scan", "Sort", "TEMP B-TREE"] {
                    assert!(!plan.contains(slow), "{sort}: {plan}");
                }
            }
        }
    }
}

async fn three_letters_are_looked_up_in_the_search_index(world: &World) {
    world.add_accounts(5_000).await;
    let terms = [
        "name=000123",
        "sender=ng123",
        "reply=desk77",
        "return_path=%2B1f4",
        "confirmation=ts42%40",
        "name=київ+audit",
        "name=000&sender=orders&reply=desk1&return_path=bounces&confirmation=receipts1&enabled=Yes",
    ];
    for term in terms {
        for sort in ["", "&sort=name", "&sort=-last_test"] {
            let query = format!("{term}{sort}");
            let plan = plan(world, &query).await;
            match world.kind {
                Kind::Sqlite => {
                    assert!(plan.contains("SCAN account_search VIRTUAL TABLE INDEX"), "{query}: {plan}");
                    assert!(plan.contains("SEARCH accounts USING"), "{query}: {plan}");
                }
                Kind::Postgres => assert!(plan.contains("Bitmap Index Scan on accounts_search"), "{query}: {plan}"),
            }
        }
    }
}

async fn accounts_made_for_the_bench_are_always_the_same(world: &World) {
    let actor = world.actor().await;
    world.add_accounts(700).await;
    world.add_accounts(10).await;
    let page = world.list(&actor, "sort=-id").await;
    assert_eq!((page.total, page.rows[0].id.0), (710, 710));
    let texts = [Column::Name, Column::Sender, Column::ReturnPath].map(|column| page.rows[0].cell(column).text());
    assert_eq!(
        texts,
        ["Straßburg newsletter 000709", "newsletter709@branch2986.example", "bounces+2c5@branch2986.example"]
    );
    assert_eq!(world.list(&actor, "name=0").await.rows.iter().filter(|row| row.default).count(), 1);
    assert!(world.list(&actor, "enabled=No").await.matching > 20);
    let filter = AccountFilter::from_query("name=kyiv&sort=name");
    assert_eq!(world.fixtures().await.bare_accounts(&filter).run().await.expect("it runs"), 1, "the count alone");
    let filter = AccountFilter::from_query("name=київ");
    let found = world.backend.list_accounts(&actor, &filter).await.expect("it is listed").rows.len();
    assert_eq!(world.fixtures().await.bare_accounts(&filter).run().await.expect("it runs"), found + 1);
}
