//! Many people at the same moment, through HTTP.

use std::sync::Barrier;

use model::{AccountFilter, AccountPage, Filter, Saved};
use serde_json::json;

use crate::http::{HttpResponse, Visitor};
use crate::installation::{Installation, edit_account, new_account, with};
use crate::on_both;

on_both! {
    forty_people_choose_a_default_and_one_is_left
    two_hundred_writers_all_succeed
    one_form_at_once_is_saved_once
    each_page_is_the_one_that_was_asked_for
}

/// Runs `work` for 0 to `count` at the same moment, each with its own connection.
fn at_once(count: i64, work: impl Fn(i64) -> HttpResponse + Sync) -> Vec<HttpResponse> {
    let barrier = Barrier::new(usize::try_from(count).expect("a small number"));
    std::thread::scope(|scope| {
        let start = |number| {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                work(number)
            })
        };
        let all: Vec<_> = (0..count).map(start).collect();
        all.into_iter().map(|one| one.join().expect("the server answers")).collect()
    })
}

fn list(visitor: &Visitor, query: &str) -> AccountPage {
    let filter = AccountFilter::from_query(query);
    visitor.call("list_accounts", &json!({ "filter": filter })).expect_status(200).json()
}

fn one_default(visitor: &Visitor) -> String {
    let page = list(visitor, "sort=-default&page_size=100");
    let defaults: Vec<_> = page.rows.into_iter().filter(|row| row.default).collect();
    assert_eq!(defaults.len(), 1, "one default at the end");
    defaults[0].name.clone()
}

fn forty_people_choose_a_default_and_one_is_left(installation: &Installation) {
    let (server, visitor) = installation.served();
    for number in 0..41 {
        visitor.post("save_account", &new_account(&format!("Account {number}"))).expect_status(200);
    }
    // Two sign-ins are enough to tell people apart: a session is all that the server knows of them.
    let people = [visitor.clone(), server.sign_in()];
    let saved = at_once(40, |number| {
        let name = format!("Account {}", number + 1);
        let form = with(&edit_account(number + 2, 1, &name), &[("draft[default]", "Yes")]);
        people[usize::try_from(number % 2).expect("0 or 1")].post("save_account", &form)
    });
    let last = one_default(&visitor);
    let mut from: Vec<_> = saved
        .into_iter()
        .map(|answer| answer.expect_status(200).json::<Saved>().default_moved.expect("each took the mark").from)
        .collect();
    from.sort();
    from.dedup();
    assert_eq!(from.len(), 40, "each took it from another one");
    assert!(!from.contains(&Some(last)), "the last one kept it");
}

fn two_hundred_writers_all_succeed(installation: &Installation) {
    let (_server, visitor) = installation.served();
    let saved = at_once(200, |number| match number % 4 {
        0 => visitor.post_plainly("set_theme", &[("theme", "dark"), ("next", "/")]),
        1 => visitor.post_plainly("save_account", &new_account(&format!("Account {number}"))),
        _ => visitor.post("save_account", &new_account(&format!("Account {number}"))),
    });
    for answer in saved {
        assert!(matches!(answer.status, 200 | 303), "{answer:?}");
        assert_eq!(answer.header("serverfnerror"), None, "{answer:?}");
    }
    let page = list(&visitor, "name=account");
    assert_eq!((page.total, page.matching), (150, 150));
    one_default(&visitor);
}

fn one_form_at_once_is_saved_once(installation: &Installation) {
    let (_server, visitor) = installation.served();
    visitor.post("save_account", &new_account("One")).expect_status(200);
    let saved = at_once(20, |number| visitor.post("save_account", &edit_account(1, 1, &format!("Number {number}"))));
    let mut statuses: Vec<_> = saved.iter().map(|answer| answer.status).collect();
    statuses.sort();
    assert_eq!(statuses, [&[200][..], &[409; 19]].concat());
    assert_eq!(list(&visitor, "").total, 1);
}

/// Whatever others read meanwhile.
fn each_page_is_the_one_that_was_asked_for(installation: &Installation) {
    let (_server, visitor) = installation.served();
    let account = |number: i64| format!("Account {number}");
    for number in 1..=8 {
        visitor.post("save_account", &new_account(&account(number))).expect_status(200);
    }
    at_once(8, |person| {
        let number = person + 1;
        let pages = [
            (format!("/settings/email/smtp/{number}/test"), format!("{}: Test Email - Account", account(number))),
            ("/settings/email/credentials".to_owned(), "Credentials".to_owned()),
            (format!("/settings/email/smtp/{number}/edit"), format!("{} · SMTP server settings", account(number))),
            ("/settings/email/connectors".to_owned(), "Network connectors".to_owned()),
        ];
        for (path, title) in pages.iter().cycle().skip(usize::try_from(person).expect("a small number")).take(120) {
            let page = visitor.page(path).expect_status(200);
            let title = format!("<title>{title} · Posthouse</title>");
            assert!(page.body.contains(&title), "{title} at {path}: {}", page.body);
        }
        visitor.page("/settings/email/smtp").expect_status(200)
    });
}
