//! A database that is locked or gone in the middle.

use std::time::{Duration, Instant};

use backend::{Backend, Config, Database};
use model::Problem;
use sea_orm::{ConnectionTrait, TransactionTrait};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::context::{DatabaseKind, TestContext, draft, with_database};

const NO_ANSWER: &str = "The database did not answer in time. Nothing was changed; try again.";

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_file_refuses_the_save_and_stays_as_it_was() {
    let context = TestContext::new(DatabaseKind::Sqlite).await;
    let actor = context.actor().await;
    let id = context.create(&actor, &draft("Before")).await;
    let backend = Backend::open(context.database.impatient()).await.expect("it opens");
    let raw = context.raw().await;
    let held = raw.begin().await.expect("it begins");
    held.execute_unprepared("UPDATE settings SET account_count = 99").await.expect("it is locked");
    let locked = |problem: Problem| assert_eq!((problem.status(), problem.to_string().as_str()), (503, NO_ANSWER));
    locked(backend.update_account(&actor, id, 1, &draft("After")).await.expect_err("update"));
    locked(backend.create_account(&actor, &draft("New")).await.expect_err("create"));
    locked(backend.delete_account(&actor, id).await.expect_err("delete"));
    let (_, key) =
        backend.find_user(actor.id, &actor.origin).await.expect("reading goes on").expect("the person is there");
    locked(backend.create_session("id", actor.id, &key).await.expect_err("session"));
    let page = backend.list_accounts(&actor, &model::AccountFilter::default()).await.expect("reading goes on");
    assert_eq!((page.total, page.rows[0].name.as_str()), (1, "Before"));
    held.rollback().await.expect("it ends");
    backend.update_account(&actor, id, 1, &draft("After")).await.expect("the lock is gone");
    assert_eq!(context.ids(&actor, "name=after").await, [1]);
    backend.close().await;
    context.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_row_refuses_the_save_on_postgresql() {
    let context = TestContext::new(DatabaseKind::Postgres).await;
    let actor = context.actor().await;
    let backend = Backend::open(context.database.impatient()).await.expect("it opens");
    let raw = context.raw().await;
    let held = raw.begin().await.expect("it begins");
    held.execute_unprepared("UPDATE settings SET account_count = 99").await.expect("it is locked");
    let problem = backend.create_account(&actor, &draft("New")).await.expect_err("it is locked");
    assert_eq!((problem.status(), problem.to_string().as_str()), (503, NO_ANSWER));
    held.rollback().await.expect("it ends");
    backend.create_account(&actor, &draft("New")).await.expect("the lock is gone");
    assert_eq!(context.list(&actor, "").await.total, 1);
    backend.close().await;
    context.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_gone_is_told_and_found_again() {
    let context = TestContext::new(DatabaseKind::Postgres).await;
    let actor = context.actor().await;
    let (wire, database) = Wire::to(&context).await;
    let backend = Backend::open(Config { database, ..context.database.impatient() }).await.expect("it opens");
    let id = backend.create_account(&actor, &draft("Before")).await.expect("it is saved").id;
    wire.set(State::Cut);
    for _ in 0..3 {
        let problem = backend.update_account(&actor, id, 1, &draft("After")).await.expect_err("it is gone");
        assert_eq!((problem.status(), problem.to_string().as_str()), (503, NO_ANSWER));
        let problem = backend.find_account(&actor, id).await.expect_err("it is gone");
        assert_eq!(problem.status(), 503);
    }
    assert!(backend.ready().await.is_err());
    assert_eq!(context.ids(&actor, "name=before").await, [1], "the store is as it was");
    wire.set(State::Flows);
    assert!(backend.ready().await.is_ok());
    backend.update_account(&actor, id, 1, &draft("After")).await.expect("it is back");
    backend.close().await;
    context.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_is_not_waited_for() {
    let context = TestContext::new(DatabaseKind::Postgres).await;
    let actor = context.actor().await;
    let (wire, database) = Wire::to(&context).await;
    let backend = Backend::open(Config { database, ..context.database.impatient() }).await.expect("it opens");
    let id = backend.create_account(&actor, &draft("Before")).await.expect("it is saved").id;
    wire.set(State::Silent);
    let begun = Instant::now();
    assert_eq!(backend.find_account(&actor, id).await.expect_err("it is silent").status(), 503);
    assert_eq!(backend.update_account(&actor, id, 1, &draft("After")).await.expect_err("it is silent").status(), 503);
    assert!(backend.ready().await.is_err());
    assert!(begun.elapsed() < Duration::from_secs(5));
    wire.set(State::Flows);
    context.end().await;
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Flows,
    /// Nothing passes, and nobody hangs up.
    Silent,
    Cut,
}

/// A connection to the server that can fail.
struct Wire {
    state: watch::Sender<State>,
}

impl Wire {
    async fn to(context: &TestContext) -> (Self, Database) {
        let direct = with_database(&context.database.name);
        let server = direct.split('@').nth(1).and_then(|rest| rest.split('/').next()).expect("user@host:port/database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it has one").to_string();
        let (sender, receiver) = watch::channel(State::Flows);
        let url = direct.replace(server, &address);
        let server = server.to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(join(client, server.clone(), receiver.clone()));
            }
        });
        (Self { state: sender }, Database::Postgres { url: url.into() })
    }

    fn set(&self, state: State) {
        self.state.send_replace(state);
    }
}

async fn join(mut client: TcpStream, server: String, mut state: watch::Receiver<State>) {
    let mut server = TcpStream::connect(server).await.expect("the server is there");
    loop {
        let now = *state.borrow_and_update();
        tokio::select! {
            biased;
            changed = state.changed() => if changed.is_err() { return },
            _ = copy_bidirectional(&mut client, &mut server), if now == State::Flows => return,
            () = std::future::ready(()), if now == State::Cut => return,
        }
    }
}
