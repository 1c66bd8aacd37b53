//! The networks that are closed: kept, and held against every connection.

use backend::TestOf;
use model::{AccountDraft, FailureKind, NetworksDraft, Stage, TestSendDraft, YesNo};

use crate::on_both;
use crate::world::{World, draft};

on_both! {
    what_is_closed_is_not_connected_to
    a_save_on_top_of_another_is_refused
}

fn closing(closed: &str, open: &str, version: i64) -> NetworksDraft {
    NetworksDraft { closed: closed.to_owned(), open: open.to_owned(), version }
}

async fn what_is_closed_is_not_connected_to(world: &World) {
    let actor = world.actor().await;
    let saved = world.backend.save_networks(&actor, &closing("127.0.0.1\r\n10.0.0.0/8", "", 0)).await.expect("saved");
    assert_eq!(saved, closing("127.0.0.1/32\n10.0.0.0/8\n", "", 1));
    assert_eq!(world.backend.find_networks(&actor).await, Ok(saved));
    let account = AccountDraft {
        host: "127.0.0.1".to_owned(),
        port: "9".to_owned(),
        safe_connection: YesNo::No,
        ..draft("Inside")
    };
    let message = TestSendDraft::prefilled("to@nordhavn.example");
    let begun = world.backend.begin_test(&actor, TestOf::Typed(None, Box::new(account)), &message).await;
    let test = begun.expect("it begins").ended().await.expect("it ends");
    let failure = test.report.and_then(|report| report.failure).expect("it fails");
    let FailureKind::Unreachable(words) = &failure.kind else { panic!("{failure:?}") };
    assert_eq!(failure.stage, Stage::Tcp);
    assert!(words.contains("a network that an administrator closed"), "{words}");
}

async fn a_save_on_top_of_another_is_refused(world: &World) {
    let actor = world.actor().await;
    world.backend.save_networks(&actor, &closing("10.0.0.0/8", "", 0)).await.expect("saved");
    let problem = world.backend.save_networks(&actor, &closing("", "", 0)).await.expect_err("it is stale");
    assert!(problem.to_string().starts_with("ops@nordhavn.example saved the networks meanwhile"), "{problem}");
    let problem = world.backend.save_networks(&actor, &closing("ten", "x", 1)).await.expect_err("no networks");
    assert_eq!(problem.field_errors().map(|errors| errors.0.len()), Some(2));
    assert_eq!(world.backend.find_networks(&actor).await.map(|draft| draft.version), Ok(1));
}
