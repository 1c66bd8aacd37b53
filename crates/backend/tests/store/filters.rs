//! The list: what each filter finds, each order, pages, marks, preferences.

use std::collections::BTreeMap;

use model::{
    AccountDraft, AccountFilter, AccountFilterKey, Cell, Column, ConnectionSecurity, ConnectorDraft, Filter, PageSize,
    Preferences, YesNo,
};

use crate::context::{TestContext, draft};
use crate::on_both;

on_both! {
    every_filter_finds_its_rows
    every_text_filter_looks_in_its_own_column
    odd_texts_find_nothing_and_break_nothing
    every_column_sorts_both_ways
    pages_are_clamped_and_counted
    ids_that_cannot_be_read_leave_the_list_as_it_is
    preferences_decide_unless_the_address_does
    hits_are_marked
    a_changed_or_deleted_account_is_found_by_what_it_is_now
}

/// Names that differ in script, case and special characters; IDs 1 to 8.
const NAMES: [&str; 8] = [
    "Nordhavn Billing",
    "STRASSE süd",
    "Київ пошта",
    "100% sure",
    "under_score",
    "back\\slash",
    "東京メール",
    "o'neill \"q\"",
];

async fn fill(context: &TestContext) -> model::Actor {
    let actor = context.actor().await;
    for (number, name) in NAMES.iter().enumerate() {
        let number = number + 1;
        let account = AccountDraft {
            enabled: YesNo::from(number % 2 == 1),
            sender: format!("sender{number}@alpha.example"),
            reply: format!("reply{number}@bravo.example"),
            return_path: format!("bounce{number}@charlie.example"),
            confirmation: format!("receipt{number}@delta.example"),
            ..draft(name)
        };
        context.create(&actor, &account).await;
    }
    actor
}

async fn every_filter_finds_its_rows(context: &TestContext) {
    let actor = fill(context).await;
    for (filter, found) in [
        (AccountFilter::default(), vec![1, 2, 3, 4, 5, 6, 7, 8]),
        (name("nord"), vec![1]),
        (name("  BILL "), vec![1]),
        (name("straße"), vec![2]),
        (name("SÜD"), vec![2]),
        (name("su\u{308}d"), vec![2]),
        (name("київ"), vec![3]),
        (name("ПОШТА"), vec![3]),
        (name("ПО"), vec![3]),
        (name("京"), vec![7]),
        (name("京メー"), vec![7]),
        (name("ﾒｰﾙ"), vec![7]),
        (name("%"), vec![4]),
        (name("% s"), vec![4]),
        (name("00% su"), vec![4]),
        (name("_"), vec![5]),
        (name("r_s"), vec![5]),
        (name("r_score"), vec![5]),
        (name("\\"), vec![6]),
        (name("k\\s"), vec![6]),
        (name("back\\slash"), vec![6]),
        (name("'"), vec![8]),
        (name("o'n"), vec![8]),
        (name("\""), vec![8]),
        (name("\"q\""), vec![8]),
        (name("l \"q"), vec![8]),
        (name("%%%"), vec![]),
        (name("nord%"), vec![]),
        (name("n_rdhavn"), vec![]),
        (name("billing nordhavn"), vec![]),
        (name("name_folded"), vec![]),
        (name("nord OR київ"), vec![]),
        (query("sender=sender3"), vec![3]),
        (query("reply=BRAVO"), vec![1, 2, 3, 4, 5, 6, 7, 8]),
        (query("return_path=bounce8@"), vec![8]),
        (query("confirmation=t7"), vec![7]),
        (query("id=2,4,99"), vec![2, 4]),
        (query("id=5"), vec![5]),
        (query("enabled=Yes"), vec![1, 3, 5, 7]),
        (query("enabled=No"), vec![2, 4, 6, 8]),
        (
            query("name=nord&sender=sender1&reply=reply1&return_path=bounce1&confirmation=receipt1&enabled=Yes&id=1,2"),
            vec![1],
        ),
        (query("name=nord&sender=sender2"), vec![]),
        (query("name=o&enabled=No"), vec![8]),
    ] {
        let page = context.backend.list_accounts(&actor, &filter).await.expect("it is listed");
        let ids: Vec<_> = page.rows.iter().map(|row| row.id.0).collect();
        assert_eq!(ids, found, "{filter:?}");
        assert_eq!((page.matching, page.total), (found.len() as u64, 8), "{filter:?}");
    }
}

fn name(text: &str) -> AccountFilter {
    AccountFilter { name: text.to_owned(), ..AccountFilter::default() }
}

fn query(query: &str) -> AccountFilter {
    AccountFilter::from_query(query)
}

async fn every_text_filter_looks_in_its_own_column(context: &TestContext) {
    let actor = fill(context).await;
    // Each term stands in its own column alone. Two letters are compared row by row, more are looked up in the index.
    let columns = [
        (AccountFilterKey::Name, 1, ["nordhavn", "no"]),
        (AccountFilterKey::Sender, 8, ["alpha", "al"]),
        (AccountFilterKey::Reply, 8, ["bravo", "br"]),
        (AccountFilterKey::ReturnPath, 8, ["charlie", "ch"]),
        (AccountFilterKey::Confirmation, 8, ["delta", "ta"]),
    ];
    for (key, ..) in columns {
        for (own, rows, terms) in columns {
            for term in terms {
                let mut filter = AccountFilter::default();
                filter.set(key, term);
                let found = context.backend.list_accounts(&actor, &filter).await.expect("it is listed").matching;
                assert_eq!(found, if key == own { rows } else { 0 }, "{term} in {key:?}");
            }
        }
    }
}

async fn odd_texts_find_nothing_and_break_nothing(context: &TestContext) {
    let actor = fill(context).await;
    let long = "x".repeat(100_000);
    for text in [
        "\0",
        "a\0b",
        "nor\0",
        "\u{FFFF}",
        "\u{200B}\u{200B}\u{200B}",
        "\\\\\\",
        "\"\"\"",
        "'; DROP TABLE accounts; --",
        "{name_folded}: x",
        "-nord",
        "nord*",
        "^nor",
        "NEAR(a b)",
        &long,
    ] {
        for key in [AccountFilterKey::Name, AccountFilterKey::Sender, AccountFilterKey::Confirmation] {
            let mut filter = AccountFilter::default();
            filter.set(key, text);
            let page = context.backend.list_accounts(&actor, &filter).await.expect("it is listed");
            assert_eq!((page.matching, page.total, page.rows.len()), (0, 8, 0), "{text:.40}");
        }
    }
}

async fn every_column_sorts_both_ways(context: &TestContext) {
    let actor = fill(context).await;
    shuffle(context, &actor).await;
    let mut orders = BTreeMap::new();
    for column in Column::ALL {
        let up = context.list(&actor, &format!("sort={}", column.key())).await.rows;
        let down = context.list(&actor, &format!("sort=-{}", column.key())).await.rows;
        let mut expected = up.clone();
        expected.sort_by_key(|row| (sort_key(column, row), row.id));
        assert_eq!(ids(&up), ids(&expected), "{column:?}");
        expected.reverse();
        assert_eq!(ids(&down), ids(&expected), "{column:?} descending");
        assert_eq!(up.len(), 8);
        let other = orders.insert(ids(&up), column);
        assert_eq!(other, None, "{column:?} gives the same order: these accounts cannot tell the two apart");
    }
    assert_eq!(context.list(&actor, "sort=-last_test").await.rows[7].last_test, None, "never tested comes last");
    assert_eq!(context.ids(&actor, "sort=name&sender=same1").await, [6, 1]);
}

/// Gives the accounts values that order them differently by each column, with ties in all but ID and name.
async fn shuffle(context: &TestContext, actor: &model::Actor) {
    for name in ["relay c", "Relay A", "relay b"] {
        context.credential(actor, name).await;
    }
    for name in ["Proxy B", "proxy c", "proxy a"] {
        let connector =
            ConnectorDraft { name: name.to_owned(), host: "proxy.example".to_owned(), ..ConnectorDraft::default() };
        context.backend.create_connector(actor, &connector).await.expect("it is saved");
    }
    for (column, factor) in [("sender", 2), ("reply", 4), ("return_path", 5), ("confirmation", 7)] {
        let rest = format!("((id * {factor} % 9) / 2) || '@x.example'");
        context
            .execute(&format!(
                "UPDATE accounts SET {column}_folded = 'same' || {rest},
                 {column} = (CASE id % 2 WHEN 0 THEN 'same' ELSE 'SAME' END) || {rest}"
            ))
            .await;
    }
    context
        .execute(
            "UPDATE accounts SET security = CASE id % 3 WHEN 0 THEN 'none' WHEN 1 THEN 'ssl' ELSE 'tls' END,
             force_settings = (id % 2 = 0), read_receipt = (id % 3 = 0), footer = (id % 4 = 0),
             credential_id = NULLIF(id * 5 % 9 % 4, 0), connector_id = NULLIF(id * 7 % 9 % 4, 0)",
        )
        .await;
    for pointed in ["credential", "connector"] {
        context
            .execute(&format!(
                "UPDATE accounts SET {pointed}_folded =
                 COALESCE((SELECT name_folded FROM {pointed}s WHERE {pointed}s.id = accounts.{pointed}_id), '')"
            ))
            .await;
    }
    context.execute("UPDATE accounts SET time_limit = 5 + id % 7 WHERE id % 2 = 0").await;
    // The others were never tested.
    context.execute("UPDATE accounts SET last_test_id = id, last_test_at = 100 - id % 3 WHERE id > 4").await;
}

/// What a column sorts by, as a text that sorts in the same order.
fn sort_key(column: Column, row: &model::AccountRow) -> String {
    match column {
        Column::Id => String::new(),
        Column::Name
        | Column::Sender
        | Column::Reply
        | Column::ReturnPath
        | Column::Confirmation
        | Column::Credential
        | Column::Connector => model::text::fold(&row.cell(column).text()),
        Column::Enabled | Column::Default | Column::ForceSettings | Column::ReadReceipt | Column::Footer => {
            u8::from(*row.cell(column) == Cell::YesNo(true)).to_string()
        }
        Column::Security => match row.security {
            ConnectionSecurity::None => "0",
            ConnectionSecurity::ImplicitTls => "1",
            ConnectionSecurity::StartTls => "2",
        }
        .to_owned(),
        Column::TimeLimit => match row.cell(column) {
            Cell::Number(seconds) => format!("{seconds:05}"),
            _ => String::new(),
        },
        Column::LastTest => format!("{:05}", row.last_test.as_ref().map_or(0, |test| test.at.0)),
    }
}

fn ids(rows: &[model::AccountRow]) -> Vec<i64> {
    rows.iter().map(|row| row.id.0).collect()
}

async fn pages_are_clamped_and_counted(context: &TestContext) {
    let actor = context.actor().await;
    let empty = context.list(&actor, "page=7").await;
    assert_eq!((empty.rows.len(), empty.matching, empty.total, empty.page, empty.pages), (0, 0, 0, 1, 1));
    context.add_accounts(57).await;
    let check = async |query: &str, rows: usize, page: u64, pages: u64| {
        let found = context.list(&actor, query).await;
        assert_eq!((found.rows.len(), found.page, found.pages, found.total), (rows, page, pages, 57), "{query}");
    };
    check("", 25, 1, 3).await;
    check("page=3", 7, 3, 3).await;
    check("page=999999999999", 7, 3, 3).await;
    check("page_size=10&page=6", 7, 6, 6).await;
    check("page_size=100", 57, 1, 1).await;
    assert_eq!(context.ids(&actor, "page_size=10&page=2").await, (11..=20).collect::<Vec<_>>());
    assert_eq!(context.ids(&actor, "page_size=10&page=2&sort=-id").await, (38..=47).rev().collect::<Vec<_>>());
}

async fn ids_that_cannot_be_read_leave_the_list_as_it_is(context: &TestContext) {
    let actor = fill(context).await;
    for typed in ["abc", "1;2", "1,x", &vec!["7"; 1_001].join(",")] {
        let filter = AccountFilter { id: typed.to_owned(), name: "o".to_owned(), ..AccountFilter::default() };
        let page = context.backend.list_accounts(&actor, &filter).await.expect("it is listed");
        assert!(filter.ids().is_err(), "{typed}");
        assert_eq!(page.matching, context.list(&actor, "name=o").await.matching);
    }
    assert_eq!(context.ids(&actor, "id=1").await, [1]);
}

async fn preferences_decide_unless_the_address_does(context: &TestContext) {
    let (actor, other) = (fill(context).await, context.person("other@nordhavn.example").await);
    assert_eq!(context.backend.find_preferences(&actor).await, Ok(Preferences::default()));
    let chosen = Preferences { columns: vec![Column::Footer, Column::Id], page_size: PageSize::Ten };
    context.backend.save_preferences(&actor, chosen).await.expect("it is kept");
    let page = context.list(&actor, "").await;
    assert_eq!((page.columns, page.page_size), (vec![Column::Id, Column::Name, Column::Footer], PageSize::Ten));
    let page = context.list(&actor, "columns=sender&page_size=50").await;
    assert_eq!((page.columns, page.page_size), (vec![Column::Name, Column::Sender], PageSize::Fifty));
    let page = context.list(&other, "").await;
    assert_eq!((page.columns.len(), page.page_size), (13, PageSize::TwentyFive));
    let nobody = model::Actor { id: model::UserId(99), ..actor.clone() };
    let refused = context.backend.save_preferences(&nobody, Preferences::default()).await;
    assert_eq!(refused, Err(model::Problem::SignedOut));
}

async fn hits_are_marked(context: &TestContext) {
    let actor = fill(context).await;
    let page = context.list(&actor, "name=straße&sender=ALPHA").await;
    let row = &page.rows[0];
    let marked = |column: Column, value: &str| row.marks.of(column).map(|(from, to)| value[from..to].to_owned());
    assert_eq!(marked(Column::Name, &row.name).as_deref(), Some("STRASSE"));
    assert_eq!(marked(Column::Sender, &row.cell(Column::Sender).text()).as_deref(), Some("alpha"));
    assert_eq!(row.marks.0.len(), 2);
}

async fn a_changed_or_deleted_account_is_found_by_what_it_is_now(context: &TestContext) {
    let actor = fill(context).await;
    let id = model::AccountId(2);
    let form = context.backend.find_account(&actor, id).await.expect("it is there");
    let renamed = AccountDraft { name: "Harbour".to_owned(), ..form.draft };
    context.backend.update_account(&actor, id, form.version, &renamed).await.expect("it is saved");
    assert_eq!(context.ids(&actor, "name=strasse").await, Vec::<i64>::new());
    assert_eq!(context.ids(&actor, "name=HARBOUR").await, [2]);
    context.backend.delete_account(&actor, id).await.expect("it is deleted");
    assert_eq!(context.ids(&actor, "name=harbour").await, Vec::<i64>::new());
    assert_eq!(context.list(&actor, "").await.total, 7);
    context.backend.restore_account(&actor, id, None).await.expect("it is restored");
    assert_eq!(context.ids(&actor, "name=harbour").await, [2]);
    assert_eq!(context.list(&actor, "").await.total, 8);
}
