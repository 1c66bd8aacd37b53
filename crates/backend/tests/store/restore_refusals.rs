//! Restores that are refused: of files that are damaged or too new, and over databases that hold something or are in
//! use.

use backend::backup::{BackupError, BackupFile, Existing, KeyInBackup};
use backend::{Backend, Config, ConnectError, OpenError};

use crate::backups::{counted, furnish, picture};
use crate::context::{DatabaseKind, TestContext, TestDatabase, draft};
use crate::on_both;
use crate::vault::all_open;

on_both! {
    a_file_that_was_changed_cut_or_is_not_opened_restores_nothing
    a_database_that_holds_something_is_replaced_only_where_that_is_asked_for
    a_database_that_a_server_has_open_is_not_restored
    a_backup_of_a_newer_posthouse_is_refused
}

/// What is restored over a database that holds something, and leaves it as it was.
async fn changes_nothing(context: &TestContext, config: &Config, file: &BackupFile) -> BackupError {
    let refused = Backend::restore(config, file, Existing::Replaced).await.expect_err("it is refused");
    let said = refused.to_string();
    assert!(said.contains("Nothing was changed.") && !said.contains('\n') && said.len() < 400, "{said}");
    let names = counted(&context.database, context.kind, "SELECT COUNT(*) FROM accounts WHERE name = 'Billing'").await;
    assert_eq!(names, 1, "{said}");
    refused
}

async fn a_file_that_was_changed_cut_or_is_not_opened_restores_nothing(context: &TestContext) {
    furnish(context).await;
    // So much that what is damaged in the middle comes after rows that were put into the database already.
    let long = "x".repeat(300_000);
    let change = "INSERT INTO changes (kind, count, changed_at, changed_by, undone)";
    context.execute(&format!("{change} VALUES ('enable', 1, 0, '{long}', FALSE)")).await;
    let file = context.backup(KeyInBackup::Included).await;
    context.backend.close().await;
    let config = context.config();
    let other = BackupFile { passphrase: "another passphrase".into(), ..file.clone() };
    assert!(matches!(changes_nothing(context, &config, &other).await, BackupError::Passphrase { .. }));
    let whole = std::fs::read(&file.path).expect("it is there");
    let write = |octets: &[u8]| std::fs::write(&file.path, octets).expect("it is written");
    for length in [whole.len() - 1, whole.len() - 40, whole.len() * 3 / 4, whole.len() / 2] {
        write(&whole[..length]);
        assert!(matches!(changes_nothing(context, &config, &file).await, BackupError::Damaged { .. }), "{length}");
        assert!(Backend::check_backup(&file).is_err());
    }
    for length in [0, 10, 100] {
        write(&whole[..length]);
        assert!(matches!(changes_nothing(context, &config, &file).await, BackupError::NotABackup { .. }), "{length}");
    }
    let header = whole.windows(4).position(|octets| octets == b"\n---").expect("age's header ends so");
    for at in [5, header - 10, header + 10, header + 70, whole.len() / 2, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        write(&changed);
        changes_nothing(context, &config, &file).await;
        assert!(Backend::check_backup(&file).is_err(), "{at}");
    }
    write(&[whole.as_slice(), b"more"].concat());
    changes_nothing(context, &config, &file).await;
    write(&whole);
    Backend::restore(&config, &file, Existing::Replaced).await.expect("the whole one is restored");
}

async fn a_database_that_holds_something_is_replaced_only_where_that_is_asked_for(context: &TestContext) {
    let actor = furnish(context).await;
    let file = context.backup(KeyInBackup::Included).await;
    let before = picture(&context.backend, &actor).await;
    context.create(&actor, &draft("Later")).await;
    context.backend.close().await;
    let refused = Backend::restore(&context.config(), &file, Existing::Kept).await.expect_err("it holds something");
    assert!(matches!(refused, BackupError::NotEmpty), "{refused}");
    assert_eq!(counted(&context.database, context.kind, "SELECT COUNT(*) FROM accounts WHERE name = 'Later'").await, 1);
    Backend::restore(&context.config(), &file, Existing::Replaced).await.expect("it was asked for");
    let again = context.reopened().await;
    assert_eq!(picture(&again, &actor).await, before);
    again.close().await;
    // A server that was started once made a key of its own, and kept nothing.
    let database = TestDatabase::new(context.kind).await;
    Backend::open(database.config()).await.expect("it opens").close().await;
    let refused = Backend::restore(&database.config(), &file, Existing::Kept).await.expect_err("it has another key");
    assert!(refused.to_string().contains("holds another key than the backup"), "{refused}");
    Backend::restore(&database.config(), &file, Existing::Replaced).await.expect("the other key is put aside");
    all_open(Backend::check_vault(&database.config()).await, 2);
    let aside = std::fs::read_dir(&database.folder).expect("it is there").filter_map(Result::ok);
    let aside = aside.filter(|file| file.file_name().to_string_lossy().starts_with("vault.key.before-restore-"));
    assert_eq!(aside.count(), 1);
}

async fn a_database_that_a_server_has_open_is_not_restored(context: &TestContext) {
    furnish(context).await;
    let file = context.backup(KeyInBackup::LeftOut).await;
    let refused = Backend::restore(&context.database.impatient(), &file, Existing::Replaced).await;
    let refused = refused.expect_err("the server runs");
    match context.kind {
        DatabaseKind::Sqlite => {
            assert!(matches!(refused, BackupError::Open(OpenError::Store(ConnectError::Locked { .. }))), "{refused}")
        }
        DatabaseKind::Postgres => assert!(matches!(refused, BackupError::InUse), "{refused}"),
    }
    let actor = context.person("still@nordhavn.example").await;
    context.create(&actor, &draft("Still there")).await;
}

async fn a_backup_of_a_newer_posthouse_is_refused(context: &TestContext) {
    context.execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_future', 0)").await;
    let file = context.backup(KeyInBackup::LeftOut).await;
    let database = TestDatabase::new(context.kind).await;
    let refused = Backend::restore(&database.config(), &file, Existing::Kept).await.expect_err("it is newer");
    assert!(matches!(&refused, BackupError::Newer { what, .. } if what == "m9999_future"), "{refused}");
    Backend::open(database.config()).await.expect("it is as empty as before").close().await;
}
