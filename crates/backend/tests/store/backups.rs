//! Backups: made while servers write, and restored into either kind of database, or not at all.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use backend::backup::{BackupFile, Existing, KeyInBackup};
use backend::{Backend, Config, OpenError};
use migrations::{Migrator, MigratorTrait};
use model::{
    AccountFilter, Actor, ConnectorDraft, ConnectorFilter, CredentialFilter, Filter, FooterDraft, ScheduleFilter,
    ViewDraft,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use crate::context::{DatabaseKind, PASSWORD, TestContext, TestDatabase, draft, here, with_database};
use crate::on_both;
use crate::schedules::morning;
use crate::vault::all_open;

on_both! {
    either_database_takes_a_backup_as_it_was
    a_backup_is_of_one_moment_while_servers_write
    a_backup_of_an_older_posthouse_is_brought_up_to_date
    no_number_is_given_twice_after_a_restore
    a_run_that_was_open_is_not_sent_again_after_a_restore
    every_table_is_in_a_backup_or_left_out_on_purpose
}

const PASSPHRASE: &str = "a passphrase of canaries";
const BOTH: [DatabaseKind; 2] = [DatabaseKind::Sqlite, DatabaseKind::Postgres];

impl TestContext {
    fn backup_file(&self) -> BackupFile {
        std::fs::create_dir_all(&self.database.folder).expect("it is made");
        BackupFile { path: self.database.folder.join("backup.age"), passphrase: PASSPHRASE.into() }
    }

    pub async fn backup(&self, key: KeyInBackup) -> BackupFile {
        let file = self.backup_file();
        Backend::backup(&self.config(), &file, key, Existing::Replaced).await.expect("a backup is made");
        file
    }
}

fn path(database: &TestDatabase, kind: DatabaseKind) -> String {
    match kind {
        DatabaseKind::Sqlite => format!("sqlite:{}", database.file().display()),
        DatabaseKind::Postgres => with_database(&database.name),
    }
}

async fn raw(database: &TestDatabase, kind: DatabaseKind) -> DatabaseConnection {
    sea_orm::Database::connect(path(database, kind)).await.expect("the database is there")
}

async fn number(db: &DatabaseConnection, sql: &str) -> i64 {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect(sql);
    row.expect("a row").try_get_by_index(0).expect("a number")
}

pub async fn counted(database: &TestDatabase, kind: DatabaseKind, sql: &str) -> i64 {
    let db = raw(database, kind).await;
    let count = number(&db, sql).await;
    db.close().await.expect("it closes");
    count
}

/// One record of each kind, and a deleted account.
pub async fn furnish(context: &TestContext) -> Actor {
    let (actor, backend) = (context.actor().await, &context.backend);
    context.person("audit@nordhavn.example").await;
    context.credentials(&actor, 2).await;
    let connector = ConnectorDraft { name: "DMZ".to_owned(), host: "10.0.0.1".to_owned(), ..ConnectorDraft::default() };
    backend.create_connector(&actor, &connector).await.expect("it is saved");
    for name in ["Billing", "Ærø \"quoted\"", "Gone"] {
        context.create(&actor, &draft(name)).await;
    }
    backend.delete_account(&actor, model::AccountId(3)).await.expect("it is deleted");
    backend.create_schedule(&actor, &morning()).await.expect("it is saved");
    let view = ViewDraft { name: "Mine".to_owned(), ..ViewDraft::default() };
    backend.create_view(&actor, &AccountFilter::default(), &view).await.expect("it is saved");
    let footer = FooterDraft { text: "Kind regards".to_owned(), ..FooterDraft::default() };
    backend.save_footer(&actor, &footer).await.expect("it is saved");
    actor
}

/// Everything that its pages show.
pub async fn picture(backend: &Backend, actor: &Actor) -> Vec<String> {
    let accounts = backend.list_accounts(actor, &AccountFilter::default()).await.expect("they are listed");
    let account = backend.find_account(actor, model::AccountId(2)).await.expect("it is there");
    let credentials = backend.list_credentials(actor, &CredentialFilter::default()).await.expect("they are listed");
    let connectors = backend.list_connectors(actor, &ConnectorFilter::default()).await.expect("they are listed");
    let schedules = backend.list_schedules(actor, &ScheduleFilter::default()).await.expect("they are listed");
    let views = backend.list_views(actor).await.expect("they are listed");
    let footer = backend.find_footer(actor).await.expect("it is there");
    let deleted = backend.deleted_account_name(actor, model::AccountId(3)).await.expect("it can be restored");
    let searched = backend.list_accounts(actor, &AccountFilter::from_query("name=quoted")).await.expect("it is found");
    vec![
        format!("{accounts:?}"),
        format!("{account:?}"),
        format!("{credentials:?}"),
        format!("{connectors:?}"),
        format!("{schedules:?}"),
        format!("{views:?}"),
        format!("{footer:?}"),
        format!("{deleted:?}"),
        format!("{searched:?}"),
    ]
}

fn key_beside(database: &TestDatabase) -> PathBuf {
    database.folder.join("vault.key")
}

async fn either_database_takes_a_backup_as_it_was(context: &TestContext) {
    let actor = furnish(context).await;
    let before = picture(&context.backend, &actor).await;
    for (kind, key) in BOTH.into_iter().zip([KeyInBackup::Included, KeyInBackup::LeftOut]) {
        let file = context.backup(key).await;
        let summary = Backend::check_backup(&file).expect("it is whole");
        assert_eq!(summary.key, key);
        let database = TestDatabase::new(kind).await;
        let restored = Backend::restore(&database.config(), &file, Existing::Kept).await.expect("it is restored");
        assert_eq!(restored.backup, summary);
        assert_eq!(restored.wanted_key.is_some(), key == KeyInBackup::LeftOut);
        if key == KeyInBackup::LeftOut {
            let refused = Backend::open(database.config()).await.err().expect("its secrets have no key");
            assert!(matches!(refused, OpenError::Vault(_)), "{refused}");
            std::fs::create_dir_all(&database.folder).expect("it is made");
            std::fs::copy(context.key_file(), key_beside(&database)).expect("it is copied, with its mode");
        }
        let again = Backend::open(database.config()).await.expect("it opens");
        assert_eq!(picture(&again, &actor).await, before);
        assert!(again.sign_in(&here(), "audit@nordhavn.example", PASSWORD.into()).await.is_ok());
        again.close().await;
        all_open(Backend::check_vault(&database.config()).await, 2);
    }
}

async fn a_backup_is_of_one_moment_while_servers_write(context: &TestContext) {
    let actor = context.actor().await;
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let (backend, actor, stop) = (context.backend.clone(), actor.clone(), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut saved = 0;
                while !stop.load(Ordering::Relaxed) {
                    let draft = draft(&format!("Writer {writer} number {saved}"));
                    backend.create_account(&actor, &draft).await.expect("nothing is in its way");
                    saved += 1;
                }
                saved
            })
        })
        .collect();
    let mut files = Vec::new();
    for number in 0..3 {
        let path = context.backup_file().path.with_extension(format!("{number}"));
        let file = BackupFile { path, passphrase: PASSPHRASE.into() };
        let made = Backend::backup(&context.config(), &file, KeyInBackup::LeftOut, Existing::Kept).await;
        made.expect("a backup is made");
        files.push(file);
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        assert!(writer.await.expect("no save is refused") > 0);
    }
    for file in files {
        let database = TestDatabase::new(context.kind).await;
        Backend::restore(&database.config(), &file, Existing::Kept).await.expect("it is restored");
        let rows = counted(&database, context.kind, "SELECT COUNT(*) FROM accounts WHERE deleted_at IS NULL").await;
        assert_eq!(counted(&database, context.kind, "SELECT account_count FROM settings").await, rows);
    }
}

async fn a_backup_of_an_older_posthouse_is_brought_up_to_date(context: &TestContext) {
    let old = TestDatabase::new(context.kind).await;
    std::fs::create_dir_all(&old.folder).expect("it is made");
    if context.kind == DatabaseKind::Sqlite {
        std::fs::write(old.file(), "").expect("an empty file is an empty database");
    }
    let db = raw(&old, context.kind).await;
    Migrator::up(&db, Some(5)).await.expect("the first changes");
    let person = "INSERT INTO users (id, email, email_folded, password_hash, session_key, created_at) \
                  VALUES (7, 'old@nordhavn.example', 'old@nordhavn.example', 'x', '', 0)";
    db.execute_unprepared(person).await.expect(person);
    db.close().await.expect("it closes");
    let config = Config { vault: None, ..old.config() };
    let file = context.backup_file();
    let made = Backend::backup(&config, &file, KeyInBackup::LeftOut, Existing::Replaced).await;
    made.expect("a backup is made of the tables as they are");
    for kind in BOTH {
        let database = TestDatabase::new(kind).await;
        Backend::restore(&database.config(), &file, Existing::Kept).await.expect("it is restored");
        Backend::open(database.config()).await.expect("it is up to date").close().await;
        assert_eq!(counted(&database, kind, "SELECT COUNT(*) FROM users WHERE id = 7").await, 1);
    }
}

async fn no_number_is_given_twice_after_a_restore(context: &TestContext) {
    let actor = context.actor().await;
    for name in ["One", "Two", "Three"] {
        context.create(&actor, &draft(name)).await;
    }
    context.execute("DELETE FROM accounts WHERE id > 1").await;
    context.execute("UPDATE settings SET account_count = 1").await;
    let file = context.backup(KeyInBackup::Included).await;
    for kind in BOTH {
        let database = TestDatabase::new(kind).await;
        Backend::restore(&database.config(), &file, Existing::Kept).await.expect("it is restored");
        let again = Backend::open(database.config()).await.expect("it opens");
        let id = again.create_account(&actor, &draft("New")).await.expect("it is saved").id;
        assert_eq!(id, model::AccountId(4));
        again.close().await;
    }
}

async fn a_run_that_was_open_is_not_sent_again_after_a_restore(context: &TestContext) {
    furnish(context).await;
    let run = |id: i64, state: &str| {
        format!(
            "INSERT INTO schedule_runs (schedule_id, planned_at, state, by_hand, late, missed, tries, due_at, claim, \
             recipients, words) VALUES (1, {id}, '{state}', FALSE, FALSE, 0, 0, 0, 0, 1, '')"
        )
    };
    for (id, state) in [(1, "waiting"), (2, "running"), (3, "sending"), (4, "sent")] {
        context.execute(&run(id, state)).await;
    }
    let file = context.backup(KeyInBackup::Included).await;
    let database = TestDatabase::new(context.kind).await;
    Backend::restore(&database.config(), &file, Existing::Kept).await.expect("it is restored");
    let unknown = "SELECT COUNT(*) FROM schedule_runs WHERE state = 'unknown' AND ended_at IS NOT NULL";
    assert_eq!(counted(&database, context.kind, unknown).await, 3);
    assert_eq!(counted(&database, context.kind, "SELECT COUNT(*) FROM schedule_runs WHERE state = 'sent'").await, 1);
}

/// A new table is named here, or in [`LEFT_OUT`].
const BACKED_UP: &[&str] = &[
    "accounts",
    "changes",
    "connectors",
    "credentials",
    "footers",
    "imported_accounts",
    "networks",
    "schedule_runs",
    "schedules",
    "secrets",
    "settings",
    "test_batches",
    "test_sends",
    "users",
    "vault",
    "views",
];
const LEFT_OUT: &[&str] = &[
    "imports",
    "kept_forms",
    "known_devices",
    "login_counters",
    "report_usage",
    "schedule_files",
    "seaql_migrations",
    "sessions",
];

async fn every_table_is_in_a_backup_or_left_out_on_purpose(context: &TestContext) {
    let file = context.backup(KeyInBackup::LeftOut).await;
    let all = match context.kind {
        DatabaseKind::Sqlite => {
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT GLOB 'sqlite_*'"
        }
        DatabaseKind::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
    };
    let db = raw(&context.database, context.kind).await;
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), all)).await.expect(all);
    let found: BTreeSet<String> = rows.iter().map(|row| row.try_get_by_index(0).expect("a name")).collect();
    db.close().await.expect("it closes");
    assert_eq!(found, BACKED_UP.iter().chain(LEFT_OUT).map(|name| (*name).to_owned()).collect());
    let summary = Backend::check_backup(&file).expect("it is whole");
    assert_eq!(summary.tables, BACKED_UP.len() as u64);
}
