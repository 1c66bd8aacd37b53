//! Guessing passwords: who is refused, who is not, and what is kept of it.

use std::fmt::Debug;

use backend::{Backend, Client};
use model::{Actor, PasswordDraft, Problem};
use sea_orm::{ConnectionTrait, Statement};
use secrecy::ExposeSecret;

use crate::context::{PASSWORD, TestContext, client, here};
use crate::on_both;

const OWNER: &str = "ops@nordhavn.example";

on_both! {
    too_many_tries_have_to_wait
    tries_are_counted_by_all_servers_and_outlive_a_restart
    ten_thousand_tries_keep_neither_a_known_browser_nor_another_address_out
    an_attack_from_many_addresses_leaves_few_tries_to_each
    a_right_password_clears_what_the_person_mistyped_and_not_the_address
    a_browser_is_known_to_those_who_signed_in_with_it
    a_known_browser_has_ten_tries_as_well
    the_last_twenty_browsers_of_a_person_are_known
    a_password_that_nobody_can_have_is_not_hashed
    one_client_that_fills_the_queue_leaves_others_served
    a_clock_that_was_set_back_keeps_nobody_out
    counters_stay_bounded_and_those_that_counted_most_are_kept
    the_database_tells_neither_who_is_tried_nor_from_where
    tries_of_the_set_up_link_are_counted
    confirming_a_password_is_counted_as_signing_in_is
}

async fn wrong(backend: &Backend, client: &Client, email: &str) -> Result<Actor, Problem> {
    backend.sign_in(client, email, "not the password".into()).await.map(|proven| proven.actor)
}

async fn right(backend: &Backend, client: &Client) -> Result<Actor, Problem> {
    backend.sign_in(client, OWNER, PASSWORD.into()).await.map(|proven| proven.actor)
}

#[track_caller]
fn looked_at<T: Debug>(result: Result<T, Problem>) {
    let wrong = "E-mail or password is wrong. Check both and try again.";
    assert_eq!(result.expect_err("it is wrong"), Problem::Forbidden(wrong.to_owned()));
}

#[track_caller]
fn refused<T: Debug>(result: Result<T, Problem>, says: &str) {
    match result {
        Err(problem @ Problem::Throttled(_)) => assert!(problem.to_string().contains(says), "{problem}"),
        other => panic!("it is refused: {other:?}"),
    }
}

/// The same browser, once somebody signed in with it.
async fn known(context: &TestContext, actor: &Actor, client: &Client) -> Client {
    let device = context.backend.remember_device(actor, client).await;
    Client { device: Some(device.expect("it is remembered")), ..client.clone() }
}

/// What the browser's cookie holds.
fn token(client: &Client) -> String {
    client.device.as_ref().expect("it is known").expose_secret().to_owned()
}

async fn rows(context: &TestContext, table: &str) -> u64 {
    let raw = context.raw().await;
    let sql = format!("SELECT COUNT(*) AS rows FROM {table}");
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), &sql)).await.expect(&sql);
    let rows: i64 = row.expect("a count is one row").try_get("", "rows").expect("a number");
    raw.close().await.expect("it closes");
    u64::try_from(rows).expect("no less than none")
}

async fn too_many_tries_have_to_wait(context: &TestContext) {
    context.actor().await;
    for email in [OWNER, "nobody@nordhavn.example"] {
        for _ in 0..10 {
            looked_at(wrong(&context.backend, &here(), email).await);
        }
        let hashes = context.backend.password_hashes();
        for spelling in [email.to_owned(), format!(" {} ", email.to_uppercase())] {
            let result = context.backend.sign_in(&here(), &spelling, PASSWORD.into()).await;
            let wait = result.as_ref().err().and_then(Problem::retry_after).expect("it says when to try again");
            assert!((840..=900).contains(&wait), "{wait} s");
            refused(result, "Too many tries with this address. Try again in 15 minutes.");
        }
        assert_eq!(context.backend.password_hashes(), hashes, "no work for it");
    }
    right(&context.backend, &client("192.0.2.2")).await.expect("another address does not wait");
    right(&context.backend, &client("2001:db8::1")).await.expect("nor does this one");
    context.execute("UPDATE login_counters SET began_at = began_at - 900000000").await;
    right(&context.backend, &here()).await.expect("a quarter of an hour has passed");
}

async fn tries_are_counted_by_all_servers_and_outlive_a_restart(context: &TestContext) {
    context.actor().await;
    let other = context.reopened().await;
    for _ in 0..5 {
        looked_at(wrong(&context.backend, &here(), OWNER).await);
        looked_at(wrong(&other, &here(), OWNER).await);
    }
    refused(right(&context.backend, &here()).await, "with this address");
    refused(right(&other, &here()).await, "with this address");
    other.close().await;
    let again = context.reopened().await;
    refused(right(&again, &here()).await, "with this address");
    again.close().await;
}

async fn ten_thousand_tries_keep_neither_a_known_browser_nor_another_address_out(context: &TestContext) {
    let actor = context.actor().await;
    // The owner's own network attacks as well.
    let owner = known(context, &actor, &client("198.51.100.1")).await;
    let attackers = (1..=50).map(|host| {
        let backend = context.backend.clone();
        let client = client(&format!("198.51.100.{host}"));
        tokio::spawn(async move {
            for _ in 0..200 {
                let result = wrong(&backend, &client, OWNER).await;
                assert!(matches!(result, Err(Problem::Forbidden(_) | Problem::Throttled(_))), "{result:?}");
            }
        })
    });
    let attackers: Vec<_> = attackers.collect();
    right(&context.backend, &owner).await.expect("while it goes on");
    for attacker in attackers {
        attacker.await.expect("every try is answered");
    }
    assert!(context.backend.password_hashes() < 1_000, "few of them were looked at");
    right(&context.backend, &owner).await.expect("a browser that the owner signed in with");
    right(&context.backend, &client("203.0.113.1")).await.expect("an address that nobody attacks from");
    refused(right(&context.backend, &client("198.51.100.1")).await, "with this address");
    refused(right(&context.backend, &client("198.51.100.50")).await, "with this address");
}

async fn an_attack_from_many_addresses_leaves_few_tries_to_each(context: &TestContext) {
    let actor = context.actor().await;
    let owner = known(context, &actor, &here()).await;
    for host in 1..=10 {
        for _ in 0..10 {
            looked_at(wrong(&context.backend, &client(&format!("198.51.100.{host}")), OWNER).await);
        }
    }
    let fresh = client("203.0.113.1");
    for _ in 0..3 {
        looked_at(wrong(&context.backend, &fresh, OWNER).await);
    }
    refused(wrong(&context.backend, &fresh, OWNER).await, "with this address");
    looked_at(wrong(&context.backend, &fresh, "other@nordhavn.example").await);
    for _ in 0..9 {
        looked_at(wrong(&context.backend, &owner, OWNER).await);
    }
    right(&context.backend, &owner).await.expect("who is known has as many tries as ever");
}

async fn a_right_password_clears_what_the_person_mistyped_and_not_the_address(context: &TestContext) {
    context.actor().await;
    for _ in 0..3 {
        for _ in 0..9 {
            looked_at(wrong(&context.backend, &here(), OWNER).await);
        }
        right(&context.backend, &here()).await.expect("the tenth try is right");
    }
    // 27 were wrong until now, and all of them count for the address.
    for number in 0..33 {
        looked_at(wrong(&context.backend, &here(), &format!("person{number}@nordhavn.example")).await);
    }
    refused(wrong(&context.backend, &here(), "another@nordhavn.example").await, "from your network");
    refused(right(&context.backend, &here()).await, "from your network");
    // One network of IPv6 is one client.
    for number in 0..60 {
        let client = client(&format!("2001:db8::{number:x}"));
        looked_at(wrong(&context.backend, &client, &format!("person{number}@nordhavn.example")).await);
    }
    refused(right(&context.backend, &client("2001:db8::ffff:1")).await, "from your network");
    right(&context.backend, &client("2001:db8:0:1::1")).await.expect("the network beside it");
}

async fn a_browser_is_known_to_those_who_signed_in_with_it(context: &TestContext) {
    let (actor, other) = (context.actor().await, context.person("other@nordhavn.example").await);
    let of_other = known(context, &other, &here()).await;
    let forged = Client { device: Some("f".repeat(64).into()), ..here() };
    for _ in 0..10 {
        looked_at(wrong(&context.backend, &here(), OWNER).await);
    }
    for client in [&of_other, &forged] {
        refused(right(&context.backend, client).await, "with this address");
    }
    // Two people share a browser: its cookie stays, and knows both.
    let of_both = known(context, &actor, &of_other).await;
    assert_eq!(token(&of_both), token(&of_other));
    assert_ne!(token(&known(context, &actor, &forged).await), token(&forged), "only what was given here is kept");
    right(&context.backend, &of_both).await.expect("it is known now");
    context.execute(&format!("UPDATE known_devices SET used_at = used_at - {}", 181_i64 * 86_400_000_000)).await;
    refused(right(&context.backend, &of_both).await, "with this address");
}

async fn a_known_browser_has_ten_tries_as_well(context: &TestContext) {
    let actor = context.actor().await;
    let owner = known(context, &actor, &here()).await;
    for _ in 0..10 {
        looked_at(wrong(&context.backend, &owner, OWNER).await);
    }
    refused(right(&context.backend, &owner).await, "with this address");
    // A stolen cookie uses up neither the address's tries nor those of other browsers.
    right(&context.backend, &here()).await.expect("the same address, without the cookie");
}

async fn the_last_twenty_browsers_of_a_person_are_known(context: &TestContext) {
    let actor = context.actor().await;
    let mut browsers = Vec::new();
    for _ in 0..22 {
        browsers.push(known(context, &actor, &here()).await);
    }
    assert_eq!(rows(context, "known_devices").await, 20);
    for _ in 0..10 {
        looked_at(wrong(&context.backend, &here(), OWNER).await);
    }
    right(&context.backend, &browsers[21]).await.expect("the last one");
    right(&context.backend, &browsers[2]).await.expect("the twentieth from there");
    refused(right(&context.backend, &browsers[1]).await, "with this address");
}

async fn a_password_that_nobody_can_have_is_not_hashed(context: &TestContext) {
    context.actor().await;
    let longest = "é".repeat(128);
    context
        .backend
        .add_user("long@nordhavn.example", longest.as_str().into())
        .await
        .expect("128 characters are allowed");
    let hashes = context.backend.password_hashes();
    for email in [OWNER, "nobody@nordhavn.example"] {
        for password in ["x".repeat(129), "é".repeat(129), "x".repeat(1_000_000)] {
            looked_at(context.backend.sign_in(&here(), email, password.into()).await);
        }
    }
    assert_eq!(context.backend.password_hashes(), hashes);
    let signed_in = context.backend.sign_in(&here(), "long@nordhavn.example", longest.into()).await;
    signed_in.expect("the longest one that there is");
    assert_eq!(context.backend.password_hashes(), hashes + 1);
}

async fn one_client_that_fills_the_queue_leaves_others_served(context: &TestContext) {
    context.actor().await;
    let crowd: Vec<_> = (0..50)
        .map(|number| {
            let backend = context.backend.clone();
            tokio::spawn(async move { wrong(&backend, &here(), &format!("person{number}@nordhavn.example")).await })
        })
        .collect();
    right(&context.backend, &client("192.0.2.2")).await.expect("another client has its turn");
    let mut turned_away = 0;
    for one in crowd {
        match one.await.expect("every try is answered") {
            Err(problem @ Problem::Throttled(_)) => {
                assert!(problem.to_string().contains("at this moment"), "{problem}");
                turned_away += 1;
            }
            other => looked_at(other),
        }
    }
    assert!(turned_away > 0, "two run and two wait, the others are refused");
    assert!(context.backend.password_hashes() < 50);
}

async fn a_clock_that_was_set_back_keeps_nobody_out(context: &TestContext) {
    context.actor().await;
    for _ in 0..10 {
        looked_at(wrong(&context.backend, &here(), OWNER).await);
    }
    // Another server's clock may be some minutes ahead.
    context.execute("UPDATE login_counters SET began_at = began_at + 300000000").await;
    refused(right(&context.backend, &here()).await, "Try again in 20 minutes");
    context.execute("UPDATE login_counters SET began_at = began_at + 31536000000000").await;
    right(&context.backend, &here()).await.expect("it was set back by a year");
    looked_at(wrong(&context.backend, &here(), OWNER).await);
}

async fn counters_stay_bounded_and_those_that_counted_most_are_kept(context: &TestContext) {
    context.actor().await;
    for _ in 0..10 {
        looked_at(wrong(&context.backend, &here(), OWNER).await);
    }
    let now = "(SELECT MAX(began_at) FROM login_counters)";
    let numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100500)";
    let flood =
        format!("INSERT INTO login_counters (id, tries, began_at) {numbers} SELECT 'x' || n, 1, {now} FROM numbers");
    context.execute(&flood).await;
    context
        .execute(&format!("INSERT INTO login_counters (id, tries, began_at) VALUES ('past', 50, {now} - 901000000)"))
        .await;
    assert!(rows(context, "login_counters").await > 100_500);
    let again = context.reopened().await;
    assert_eq!(rows(context, "login_counters").await, 100_000);
    refused(right(&again, &here()).await, "with this address");
    again.close().await;
}

async fn the_database_tells_neither_who_is_tried_nor_from_where(context: &TestContext) {
    let actor = context.actor().await;
    let owner = known(context, &actor, &here()).await;
    looked_at(wrong(&context.backend, &here(), OWNER).await);
    looked_at(wrong(&context.backend, &owner, OWNER).await);
    let raw = context.raw().await;
    let sql = "SELECT id FROM login_counters UNION ALL SELECT id FROM known_devices";
    let found = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.expect(sql);
    let ids: Vec<String> = found.iter().map(|row| row.try_get("", "id").expect("text")).collect();
    raw.close().await.expect("it closes");
    assert_eq!(ids.len(), 5, "address, both, person; the device's tries, and the device");
    let token = token(&owner);
    for id in ids {
        assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) && id != token, "{id}");
    }
}

async fn tries_of_the_set_up_link_are_counted(context: &TestContext) {
    let token = context.backend.set_up_token().await.expect("it is made").expect("nobody is registered");
    let set_up = async |client: &Client, token: &str, email: &str| {
        let draft = PasswordDraft { email: email.to_owned() };
        context.backend.set_up(client, token, &draft, PASSWORD.into()).await
    };
    for _ in 0..3 {
        let mistyped = set_up(&here(), &token, "not an address").await;
        assert!(matches!(mistyped, Err(Problem::Fields(_))), "{mistyped:?}");
    }
    for _ in 0..10 {
        let wrong = set_up(&here(), "guessed", OWNER).await;
        assert!(matches!(wrong, Err(Problem::Forbidden(_))), "{wrong:?}");
    }
    refused(set_up(&here(), &token, OWNER).await, "Too many tries with a link that does not work.");
    set_up(&client("192.0.2.2"), &token, OWNER).await.expect("another address does not wait");
}

async fn confirming_a_password_is_counted_as_signing_in_is(context: &TestContext) {
    let actor = context.actor().await;
    let confirm = async |password: &str| context.backend.confirm_password(&actor, &here(), password.into()).await;
    assert_eq!(confirm(PASSWORD).await.expect("it is right").actor.id, actor.id);
    for _ in 0..5 {
        assert!(matches!(confirm("not the password").await, Err(Problem::Forbidden(_))));
        looked_at(wrong(&context.backend, &here(), OWNER).await);
    }
    assert!(matches!(confirm(PASSWORD).await, Err(Problem::Throttled(_))));
    refused(right(&context.backend, &here()).await, "with this address");
}
