//! Sessions and what pages keep in them: until when, and how much.

use backend::{KEPT_OCTETS, SaveFormOutcome};
use model::{Actor, Problem, UserId};

use crate::context::{TestContext, here};
use crate::on_both;

on_both! {
    a_session_says_whose_it_is_until_it_ends
    a_session_begins_only_for_whom_may_sign_in
    of_more_than_fifty_sessions_the_oldest_end
    a_session_ends_when_nothing_is_asked_for
    a_session_ends_in_time_however_much_is_asked_for
    what_pages_keep_is_taken_once
    a_session_holds_a_bounded_amount
    nothing_is_kept_for_a_session_that_has_ended
}

const MINUTE: i64 = 60_000_000;

async fn key(context: &TestContext, actor: &Actor) -> Vec<u8> {
    context.backend.find_user(actor.id, &actor.origin).await.expect("it answers").expect("the person is there").1
}

/// Somebody with a session under this id.
async fn signed_in(context: &TestContext, id: &str) -> Actor {
    let actor = context.actor().await;
    let key = key(context, &actor).await;
    assert_eq!(context.backend.create_session(id, actor.id, &key).await, Ok(true));
    actor
}

async fn is_there(context: &TestContext, id: &str) -> bool {
    context.backend.load_session(id).await.expect("it answers").is_some()
}

/// Moves an instant of all sessions into the past.
async fn earlier(context: &TestContext, column: &str, minutes: i64) {
    context.execute(&format!("UPDATE sessions SET {column} = {column} - {}", minutes * MINUTE)).await;
}

async fn a_session_says_whose_it_is_until_it_ends(context: &TestContext) {
    let actor = signed_in(context, "one").await;
    let key = key(context, &actor).await;
    assert_eq!(context.backend.create_session("one", actor.id, &key).await, Ok(false), "it is there");
    let found = context.backend.load_session("one").await.expect("it answers").expect("it is there");
    assert_eq!((found.user, found.proof), (actor.id, key));
    assert!(!is_there(context, "two").await);
    let again = context.reopened().await;
    assert!(again.load_session("one").await.expect("it answers").is_some(), "it outlives a restart");
    again.delete_session("one").await.expect("it is deleted");
    again.delete_session("one").await.expect("it is gone already");
    assert!(!is_there(context, "one").await);
    again.close().await;
}

async fn a_session_begins_only_for_whom_may_sign_in(context: &TestContext) {
    let actor = context.actor().await;
    let key = key(context, &actor).await;
    for (user, key) in [(actor.id, &b"an older key"[..]), (UserId(99), &key)] {
        assert_eq!(context.backend.create_session("one", user, key).await, Err(Problem::SignedOut));
    }
    context.execute("UPDATE users SET disabled_at = 1").await;
    assert_eq!(context.backend.create_session("one", actor.id, &key).await, Err(Problem::SignedOut));
    assert!(!is_there(context, "one").await);
    assert_eq!(context.backend.find_user(actor.id, &actor.origin).await, Ok(None), "nor is an older session of use");
}

async fn of_more_than_fifty_sessions_the_oldest_end(context: &TestContext) {
    let actor = signed_in(context, "0").await;
    let key = key(context, &actor).await;
    context.backend.keep_form("0", "form", b"typed").await.expect("it is kept");
    context.backend.add_user("other@nordhavn.example", "a long password".into()).await.expect("it is added");
    let other = context.backend.sign_in(&here(), "other@nordhavn.example", "a long password".into()).await;
    let other = other.expect("the password is right");
    assert_eq!(context.backend.create_session("other", other.actor.id, &other.session_key).await, Ok(true));
    for number in 1..50 {
        earlier(context, "signed_in_at", 1).await;
        assert_eq!(context.backend.create_session(&number.to_string(), actor.id, &key).await, Ok(true));
    }
    assert!(is_there(context, "0").await, "fifty are kept");
    // Signed in by a clock that was set back since.
    context.execute("UPDATE sessions SET signed_in_at = signed_in_at + 86400000000").await;
    for number in 50..52 {
        assert_eq!(context.backend.create_session(&number.to_string(), actor.id, &key).await, Ok(true));
        assert!(is_there(context, &number.to_string()).await, "the one that begins goes on");
    }
    let mut left = Vec::new();
    for number in 0..52 {
        if is_there(context, &number.to_string()).await {
            left.push(number);
        }
    }
    assert_eq!(left, (1..50).chain([51]).collect::<Vec<_>>());
    assert_eq!(context.backend.peek_form("0", "form").await, Ok(None), "what it kept ended with it");
    assert!(is_there(context, "other").await, "another person's goes on");
}

async fn a_session_ends_when_nothing_is_asked_for(context: &TestContext) {
    signed_in(context, "one").await;
    // Each request begins the half hour anew.
    for _ in 0..3 {
        earlier(context, "seen_at", 29).await;
        assert!(is_there(context, "one").await);
    }
    // It is noted once a minute at most: the request in between leaves no trace.
    context.execute("UPDATE sessions SET seen_at = seen_at - 30000000").await;
    assert!(is_there(context, "one").await);
    context.execute("UPDATE sessions SET seen_at = seen_at - 1770000000").await;
    assert!(!is_there(context, "one").await, "30 minutes");
}

async fn a_session_ends_in_time_however_much_is_asked_for(context: &TestContext) {
    signed_in(context, "one").await;
    let found = context.backend.load_session("one").await.expect("it answers").expect("it is there");
    earlier(context, "seen_at", 10).await;
    context.backend.keep_form("one", "form", b"typed").await.expect("it is kept");
    let again = context.backend.load_session("one").await.expect("it answers").expect("it is there");
    assert_eq!(again.expires_at, found.expires_at, "neither a request nor a form prolongs it");
    for column in ["expires_at", "signed_in_at"] {
        earlier(context, column, 12 * 60 - 1).await;
        assert!(is_there(context, "one").await, "{column}");
        earlier(context, column, 1).await;
        assert!(!is_there(context, "one").await, "{column}");
        context.execute(&format!("UPDATE sessions SET {column} = {column} + {}", 12 * 60 * MINUTE)).await;
    }
}

async fn what_pages_keep_is_taken_once(context: &TestContext) {
    signed_in(context, "one").await;
    let backend = &context.backend;
    for data in [&b"first"[..], b"second\0\xFF"] {
        assert_eq!(backend.keep_form("one", "form", data).await, Ok(SaveFormOutcome::Kept));
    }
    assert_eq!(backend.take_form("one", "other").await, Ok(None));
    assert_eq!(backend.peek_form("one", "form").await, Ok(Some(b"second\0\xFF".to_vec())));
    assert_eq!(backend.take_form("one", "form").await, Ok(Some(b"second\0\xFF".to_vec())));
    assert_eq!(backend.take_form("one", "form").await, Ok(None));
}

async fn a_session_holds_a_bounded_amount(context: &TestContext) {
    signed_in(context, "one").await;
    let backend = &context.backend;
    let is_kept = async |name: &str| backend.peek_form("one", name).await.expect("it answers").is_some();
    let large = vec![b'x'; KEPT_OCTETS];
    assert_eq!(backend.keep_form("one", "large", &large).await, Ok(SaveFormOutcome::TooLarge));
    assert!(!is_kept("large").await);
    let third = &large[..KEPT_OCTETS / 3];
    for name in ["a", "b", "c"] {
        assert_eq!(backend.keep_form("one", name, third).await, Ok(SaveFormOutcome::Kept));
    }
    assert_eq!(
        (is_kept("a").await, is_kept("b").await, is_kept("c").await),
        (false, true, true),
        "the oldest made room"
    );
    for number in 0..60 {
        let name = format!("small {number}");
        assert_eq!(backend.keep_form("one", &name, b"x").await, Ok(SaveFormOutcome::Kept));
    }
    assert_eq!((is_kept("c").await, is_kept("small 9").await, is_kept("small 10").await), (false, false, true));
}

async fn nothing_is_kept_for_a_session_that_has_ended(context: &TestContext) {
    signed_in(context, "one").await;
    let backend = &context.backend;
    assert_eq!(backend.keep_form("one", "form", b"typed").await, Ok(SaveFormOutcome::Kept));
    backend.delete_session("one").await.expect("it is deleted");
    assert_eq!(backend.peek_form("one", "form").await, Ok(None), "what was kept ends with it");
    for session in ["one", "two"] {
        assert_eq!(backend.keep_form(session, "form", b"late").await, Ok(SaveFormOutcome::Ended));
        assert_eq!(backend.peek_form(session, "form").await, Ok(None));
        assert!(!is_there(context, session).await, "it does not come back");
    }
}
