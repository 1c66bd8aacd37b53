//! Opening a database, and what is said when it cannot be opened.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use backend::{Backend, Config, ConnectError, Database, OpenError};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::context::{DatabaseKind, TestContext, TestDatabase, draft};
use crate::on_both;

on_both! {
    what_was_saved_is_there_after_opening_again
    a_database_of_a_newer_posthouse_is_left_alone
    several_programs_open_one_new_database_together
    a_closed_backend_says_that_nothing_was_changed
}

async fn what_was_saved_is_there_after_opening_again(context: &TestContext) {
    let actor = context.actor().await;
    context.create(&actor, &draft("Kept")).await;
    context.backend.close().await;
    let again = context.reopened().await;
    assert!(again.ready().await.is_ok_and(|ready| ready.warnings.is_empty()));
    let page = again.list_accounts(&actor, &model::AccountFilter::default()).await.expect("it is listed");
    assert_eq!((page.total, page.rows[0].name.as_str()), (1, "Kept"));
    again.close().await;
    Backend::migrate(&context.database.config()).await.expect("there is nothing to do");
}

async fn a_database_of_a_newer_posthouse_is_left_alone(context: &TestContext) {
    context.execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)").await;
    let error = Backend::open(context.database.config()).await.err().expect("it is newer");
    assert!(
        matches!(&error, OpenError::Store(ConnectError::Newer { change, .. }) if change == "m9999_future"),
        "{error}"
    );
    one_line(&error);
}

async fn several_programs_open_one_new_database_together(context: &TestContext) {
    let database = TestDatabase::new(context.kind).await;
    let all: Vec<_> = (0..6).map(|_| tokio::spawn(Backend::open(database.config()))).collect();
    for one in all {
        one.await.expect("nothing panics").expect("each opens").close().await;
    }
}

async fn a_closed_backend_says_that_nothing_was_changed(context: &TestContext) {
    let actor = context.actor().await;
    context.backend.close().await;
    let problem = context.backend.create_account(&actor, &draft("Late")).await.expect_err("it is closed");
    assert_eq!(problem.to_string(), "The database did not answer in time. Nothing was changed; try again.");
    assert!(context.backend.ready().await.is_err());
}

fn one_line(error: &OpenError) {
    let text = error.to_string();
    assert!(!text.contains('\n') && text.ends_with('.') && text.len() < 400, "{text}");
}

async fn refusal(config: Config) -> OpenError {
    let error = Backend::open(config).await.err().expect("it does not open");
    one_line(&error);
    error
}

#[tokio::test]
async fn a_folder_and_its_file_are_made_for_one_user_alone() {
    let database = TestDatabase::new(DatabaseKind::Sqlite).await;
    let mut deep = TestDatabase::new(DatabaseKind::Sqlite).await;
    deep.folder = database.folder.join("a b%20?#");
    Backend::open(deep.config()).await.expect("it opens").close().await;
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&database.folder), mode(&deep.folder), mode(&deep.file())), (0o700, 0o700, 0o600));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let file = std::env::temp_dir().join(format!("posthouse_file_{}", std::process::id()));
    std::fs::write(&file, "a file, no folder").expect("it is written");
    let error = refusal(Config::new(Database::Sqlite { path: file.join("posthouse.db") }, "x")).await;
    std::fs::remove_file(&file).expect("it is removed");
    assert!(matches!(&error, OpenError::Store(ConnectError::Unwritable { .. })), "{error:?}");
    assert!(error.to_string().contains("--data-dir"), "{error}");
    let folder = Database::Sqlite { path: std::env::temp_dir() };
    assert!(matches!(refusal(Config::new(folder, "x")).await, OpenError::Store(ConnectError::Unwritable { .. })));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let database = TestDatabase::new(DatabaseKind::Sqlite).await;
    std::fs::create_dir_all(&database.folder).expect("it is made");
    std::fs::write(database.file(), "this is no database at all, whatever its name says").expect("it is written");
    let error = refusal(database.config()).await;
    assert!(matches!(&error, OpenError::Store(ConnectError::BadFile { .. })), "{error:?}");
}

#[tokio::test]
async fn a_file_that_another_program_holds_is_named() {
    let context = TestContext::new(DatabaseKind::Sqlite).await;
    let raw = context.raw().await;
    let held = raw.begin().await.expect("it begins");
    held.execute_unprepared("UPDATE settings SET account_count = 7").await.expect("it is locked");
    let error = refusal(context.database.impatient()).await;
    assert!(matches!(&error, OpenError::Store(ConnectError::Locked { .. })), "{error:?}");
    held.rollback().await.expect("it ends");
}

fn server(url: &str) -> Config {
    let config = Config::new(Database::Postgres { url: url.into() }, "x");
    Config { store_limit: Duration::from_millis(300), ..config }
}

#[tokio::test]
async fn a_server_that_is_not_there_or_does_not_answer_is_named_without_its_password() {
    let mute = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = mute.local_addr().expect("it has one").port();
    let gone =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free").local_addr().expect("it has one").port();
    for port in [port, gone] {
        let error = refusal(server(&format!("postgres://me:canary@127.0.0.1:{port}/posthouse"))).await;
        assert!(matches!(&error, OpenError::Store(ConnectError::NoAnswer { .. })), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(&port.to_string()) && !text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_is_quoted() {
    let error = refusal(server(&crate::context::with_database("no_such_database"))).await;
    assert!(
        matches!(&error, OpenError::Store(ConnectError::Refused { reason, .. }) if reason.contains("does not exist")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_database_that_is_not_utf_8_is_refused() {
    let database = TestDatabase::new(DatabaseKind::Postgres).await;
    let admin = sea_orm::Database::connect(crate::context::with_database("postgres")).await.expect("it answers");
    let name = &database.name;
    let latin = format!("{name}_latin");
    let create = format!("CREATE DATABASE {latin} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    admin.execute_unprepared(&create).await.expect("it is made");
    let error = refusal(server(&crate::context::with_database(&latin))).await;
    assert!(
        matches!(&error, OpenError::Store(ConnectError::Encoding { encoding, .. }) if encoding == "LATIN1"),
        "{error:?}"
    );
}
