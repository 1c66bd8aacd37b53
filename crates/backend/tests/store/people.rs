//! Setting up, registering, signing in.

use std::fmt::Debug;

use backend::ProvenUser;
use model::{Actor, PasswordDraft, Problem};

use crate::context::{PASSWORD, TestContext, client, here};
use crate::on_both;

on_both! {
    the_set_up_link_makes_the_first_person_once
    a_late_wrong_or_old_link_is_refused
    a_raced_link_makes_one_person
    a_person_is_registered_once
    signing_in_says_the_same_whether_somebody_exists_or_not
    a_person_is_found_with_what_their_sessions_carry
    a_sign_in_with_an_older_password_begins_no_session
    a_session_that_has_ended_changes_no_password
    a_reset_wins_over_a_change_under_way
}

fn draft() -> PasswordDraft {
    PasswordDraft { email: "first@nordhavn.example".to_owned() }
}

async fn set_up(context: &TestContext, token: &str) -> Result<Actor, Problem> {
    context.backend.set_up(&here(), token, &draft(), PASSWORD.into()).await.map(|proven| proven.actor)
}

fn forbidden<T: Debug>(result: Result<T, Problem>, says: &str) {
    assert!(matches!(&result, Err(Problem::Forbidden(text)) if text.contains(says)), "{result:?}");
}

async fn the_set_up_link_makes_the_first_person_once(context: &TestContext) {
    let token = context.backend.set_up_token().await.expect("it is made").expect("nobody is registered");
    assert!(token.len() >= 43, "it cannot be guessed");
    assert_eq!(context.backend.check_set_up_token(&token).await, Ok(()));
    let wrong = context.backend.set_up(&here(), &token, &PasswordDraft { email: "x".to_owned() }, "short".into()).await;
    assert_eq!(wrong.expect_err("both answers are wrong").field_errors().map(|errors| errors.0.len()), Some(2));
    let actor = set_up(context, &token).await.expect("the link works");
    assert_eq!(actor.email.as_str(), "first@nordhavn.example");
    let signed_in = context.backend.sign_in(&here(), "First@Nordhavn.example", PASSWORD.into()).await;
    assert_eq!(signed_in.map(|proven| proven.actor), Ok(actor));
    forbidden(set_up(context, &token).await, "Sign in instead");
    assert!(context.backend.check_set_up_token(&token).await.is_err());
    assert_eq!(context.backend.set_up_token().await, Ok(None), "somebody is registered");
}

async fn a_late_wrong_or_old_link_is_refused(context: &TestContext) {
    forbidden(set_up(context, "").await, "restart Posthouse");
    let old = context.backend.set_up_token().await.expect("it is made").expect("nobody is registered");
    let token = context.backend.set_up_token().await.expect("it is made").expect("nobody is registered");
    forbidden(set_up(context, &old).await, "restart Posthouse");
    forbidden(set_up(context, &token[1..]).await, "restart Posthouse");
    context.execute("UPDATE settings SET set_up_expires_at = set_up_expires_at - 86400000000").await;
    forbidden(set_up(context, &token).await, "Restart Posthouse");
    assert_eq!(context.backend.password_hashes(), 0, "no work for strangers");
    let token = context.backend.set_up_token().await.expect("it is made").expect("nobody is registered");
    set_up(context, &token).await.expect("the newest link works");
}

async fn a_raced_link_makes_one_person(context: &TestContext) {
    let token = context.backend.set_up_token().await.expect("it is made").expect("nobody is registered");
    let racers: Vec<_> = (0..8)
        .map(|number| {
            let (backend, token) = (context.backend.clone(), token.clone());
            let draft = PasswordDraft { email: format!("racer{number}@nordhavn.example") };
            let from = client(&format!("198.51.100.{number}"));
            tokio::spawn(async move { backend.set_up(&from, &token, &draft, PASSWORD.into()).await })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        match racer.await.expect("nothing panics") {
            Ok(_) => winners += 1,
            refused => forbidden(refused, "set up already"),
        }
    }
    assert_eq!(winners, 1);
}

async fn a_person_is_registered_once(context: &TestContext) {
    context.actor().await;
    let problem = context.backend.add_user("OPS@nordhavn.example", PASSWORD.into()).await.expect_err("it is there");
    assert!(matches!(&problem, Problem::Refused(text) if text.contains("is registered already")), "{problem}");
    let problem = context.backend.add_user("not an address", "short".into()).await.expect_err("both are wrong");
    assert_eq!(problem.field_errors().map(|errors| errors.0.len()), Some(2));
}

async fn signing_in_says_the_same_whether_somebody_exists_or_not(context: &TestContext) {
    let actor = context.actor().await;
    let before = context.backend.password_hashes();
    let wrong = context.backend.sign_in(&here(), "ops@nordhavn.example", "not the password".into()).await;
    let somebody = context.backend.password_hashes();
    let nobody = context.backend.sign_in(&here(), "nobody@nordhavn.example", PASSWORD.into()).await;
    let all = context.backend.password_hashes();
    assert_eq!((somebody - before, all - somebody), (1, 1), "one hash each");
    assert_eq!(wrong, nobody);
    forbidden(wrong, "E-mail or password is wrong");
    forbidden(context.backend.sign_in(&here(), "a\0b", PASSWORD.into()).await, "E-mail or password is wrong");
    let right = context.backend.sign_in(&here(), " OPS@nordhavn.example", PASSWORD.into()).await;
    assert_eq!(right.map(|proven| proven.actor.id), Ok(actor.id));
}

async fn a_person_is_found_with_what_their_sessions_carry(context: &TestContext) {
    let (actor, other) = (context.actor().await, context.person("other@nordhavn.example").await);
    let (found, key) =
        context.backend.find_user(actor.id, &actor.origin).await.expect("it answers").expect("the person is there");
    let (_, other_key) =
        context.backend.find_user(other.id, &other.origin).await.expect("it answers").expect("the person is there");
    assert_eq!((found, key.len()), (actor.clone(), 32));
    assert_ne!(key, other_key);
    assert_eq!(context.backend.find_user(model::UserId(99), &actor.origin).await, Ok(None));
}

const EMAIL: &str = "ops@nordhavn.example";

/// Signs in with a session of this name.
async fn begin(context: &TestContext, session: &str, password: &str) -> ProvenUser {
    let proven = context.backend.sign_in(&here(), EMAIL, password.into()).await.expect("the password is right");
    let begun = context.backend.create_session(session, proven.actor.id, &proven.session_key).await;
    assert_eq!(begun, Ok(true));
    proven
}

async fn a_sign_in_with_an_older_password_begins_no_session(context: &TestContext) {
    let actor = context.actor().await;
    let proven = context.backend.sign_in(&here(), EMAIL, PASSWORD.into()).await.expect("the password is right");
    context.backend.reset_password(EMAIL, "another long password".into()).await.expect("it is reset");
    let begun = context.backend.create_session("one", actor.id, &proven.session_key).await;
    assert_eq!(begun, Err(Problem::SignedOut));
}

async fn a_session_that_has_ended_changes_no_password(context: &TestContext) {
    context.actor().await;
    let ProvenUser { actor, .. } = begin(context, "one", PASSWORD).await;
    context.backend.delete_session("one").await.expect("it ends");
    let from = here();
    let changed = context.backend.change_password(&actor, &from, "one", PASSWORD.into(), "a newer password".into());
    assert_eq!(changed.await, Err(Problem::SignedOut));
    assert!(context.backend.sign_in(&here(), EMAIL, PASSWORD.into()).await.is_ok(), "it is as it was");
}

async fn a_reset_wins_over_a_change_under_way(context: &TestContext) {
    context.actor().await;
    let mut current = PASSWORD.to_owned();
    for round in 0..4 {
        let (session, theirs, ours) =
            (round.to_string(), format!("their password {round}"), format!("our password {round}"));
        let ProvenUser { actor, .. } = begin(context, &session, &current).await;
        let from = here();
        let change =
            context.backend.change_password(&actor, &from, &session, current.as_str().into(), theirs.as_str().into());
        let (_, reset) = tokio::join!(change, context.backend.reset_password(EMAIL, ours.as_str().into()));
        reset.expect("it is reset");
        let signed_in = context.backend.sign_in(&here(), EMAIL, theirs.into()).await;
        forbidden(signed_in, "E-mail or password is wrong");
        current = ours;
    }
}
