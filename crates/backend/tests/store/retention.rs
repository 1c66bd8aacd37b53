//! Test sends, and tests and changes of several accounts, are kept for a limited time.

use std::time::Duration;

use backend::{Backend, Config};
use model::{AccountId, ConnectionSecurity, Moment, SmtpReport, Speaker, TestSendId, TranscriptLine};
use sea_orm::{ConnectionTrait, Statement};

use crate::context::{TestContext, draft};
use crate::on_both;

on_both! {
    tests_are_forgotten_in_time_but_the_newest_of_an_account_stays
    what_was_said_in_the_newest_test_ends_in_time_and_its_result_stays
    more_tests_than_one_transaction_takes_are_forgotten
    tests_of_an_account_that_is_gone_for_good_go_with_it
    tests_and_changes_of_several_accounts_are_forgotten
}

const DAY: i64 = 24 * 60 * 60_000_000;

fn days_ago(days: i64) -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("it is past 1970");
    Moment(i64::try_from(now.as_micros()).expect("a small number")).0 - days * DAY
}

/// A test of an account, so many days ago.
async fn test(context: &TestContext, account: i64, days: i64) {
    let insert = format!(
        "INSERT INTO test_sends (account_id, account_name, sent_by, sent_at, recipient, subject, host, port, security) \
         VALUES ({account}, 'x', 'ops@nordhavn.example', {}, 'a@b.example', 'x', 'h.example', 25, 'none')",
        days_ago(days)
    );
    context.execute(&insert).await;
}

async fn ids(context: &TestContext, sql: &str) -> Vec<i64> {
    let raw = context.raw().await;
    let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.expect(sql);
    let ids = rows.iter().map(|row| row.try_get_by_index(0).expect("a number")).collect();
    raw.close().await.expect("it closes");
    ids
}

const TESTS: &str = "SELECT id FROM test_sends ORDER BY id";

/// Forgets what is due.
async fn forget(context: &TestContext, days: u32) {
    let config = Config { tests_kept_days: days, ..context.database.config() };
    let backend = Backend::open(config).await.expect("it opens");
    backend.maintain_at(Moment(days_ago(0)), Duration::ZERO).await.expect("the database answers");
    backend.close().await;
}

async fn tests_are_forgotten_in_time_but_the_newest_of_an_account_stays(context: &TestContext) {
    let actor = context.actor().await;
    for name in ["One", "Two"] {
        context.create(&actor, &draft(name)).await;
    }
    // The account's, and those of a form that was not saved.
    for (account, days) in [(1, 500), (1, 450), (1, 420), (2, 500), (2, 399), (0, 401), (0, 1)] {
        test(context, account, days).await;
    }
    // What the report shows as the last test: the two after it were of what stood on the screen.
    context.execute("UPDATE accounts SET last_test_id = 1 WHERE id = 1").await;
    forget(context, 400).await;
    assert_eq!(ids(context, TESTS).await, [1, 3, 5, 7]);
    forget(context, 1).await;
    assert_eq!(ids(context, TESTS).await, [1, 3, 5]);
}

async fn what_was_said_in_the_newest_test_ends_in_time_and_its_result_stays(context: &TestContext) {
    let actor = context.actor().await;
    let account = context.create(&actor, &draft("One")).await;
    let text = "MAIL FROM:<it's-said@nordhavn.example>".to_owned();
    let transcript = vec![TranscriptLine { at: 1, speaker: Speaker::Client, encrypted: false, text }];
    let report = smtp::not_sent(ConnectionSecurity::None, "The reason".to_owned());
    let report = SmtpReport { transcript, ..report };
    for days in [500, 399] {
        test(context, account.0, days).await;
    }
    let json = serde_json::to_string(&report).expect("it is written").replace('\'', "''");
    context.execute(&format!("UPDATE test_sends SET report = '{json}'")).await;
    context.execute("UPDATE accounts SET last_test_id = 1 WHERE id = 1").await;
    // The newest one was ended by a restart: it has no report.
    test(context, account.0, 390).await;
    let found = async |id: i64| {
        let shown = context.backend.find_test_send(&actor, TestSendId(id)).await.expect("it is there");
        shown.test.report.expect("its result stays")
    };
    forget(context, 400).await;
    assert_eq!(ids(context, TESTS).await, [1, 2, 3]);
    let without = SmtpReport { transcript: Vec::new(), ..report.clone() };
    assert_eq!((found(1).await, found(2).await), (without.clone(), report), "400 days");
    context.execute("UPDATE accounts SET last_test_id = 2 WHERE id = 1").await;
    forget(context, 1).await;
    assert_eq!(ids(context, TESTS).await, [2, 3]);
    assert_eq!(found(2).await, without);
}

async fn more_tests_than_one_transaction_takes_are_forgotten(context: &TestContext) {
    let actor = context.actor().await;
    context.create(&actor, &draft("One")).await;
    for _ in 0..2 {
        test(context, 1, 500).await;
    }
    for _ in 0..10 {
        let double = "INSERT INTO test_sends (account_id, account_name, sent_by, sent_at, recipient, subject, host, \
                      port, security) SELECT account_id, account_name, sent_by, sent_at, recipient, subject, host, \
                      port, security FROM test_sends";
        context.execute(double).await;
    }
    forget(context, 400).await;
    assert_eq!(ids(context, TESTS).await, [2_048]);
}

async fn tests_of_an_account_that_is_gone_for_good_go_with_it(context: &TestContext) {
    let actor = context.actor().await;
    for name in ["One", "Two", "Three"] {
        context.create(&actor, &draft(name)).await;
    }
    for account in [1, 2, 2, 3] {
        test(context, account, 10).await;
    }
    for id in [2, 3] {
        context.backend.delete_account(&actor, AccountId(id)).await.expect("it is deleted");
    }
    context.execute(&format!("UPDATE accounts SET deleted_at = {} WHERE id = 2", days_ago(31))).await;
    forget(context, 400).await;
    assert_eq!(ids(context, TESTS).await, [1, 4]);
    assert_eq!(ids(context, "SELECT id FROM accounts ORDER BY id").await, [1, 3]);
}

async fn tests_and_changes_of_several_accounts_are_forgotten(context: &TestContext) {
    for days in [401, 399] {
        let at = days_ago(days);
        let batch = "INSERT INTO test_batches (started_at, started_by, recipient, stop_after, items, seen_at, ended)";
        context.execute(&format!("{batch} VALUES ({at}, 'x', 'a@b.example', '', '[]', {at}, TRUE)")).await;
        let change = "INSERT INTO changes (kind, count, changed_at, changed_by, undone)";
        context.execute(&format!("{change} VALUES ('enable', 1, {at}, 'x', FALSE)")).await;
    }
    forget(context, 400).await;
    for table in ["test_batches", "changes"] {
        assert_eq!(ids(context, &format!("SELECT id FROM {table}")).await, [2], "{table}");
    }
}
