//! `posthouse vault rotate`: beside servers that seal and open, and ended early at each step.

use std::os::unix::fs::PermissionsExt;

use backend::{Backend, Config, KeySource, OpenError, Rotation, TypedSecret, VaultError};
use model::{CredentialDraft, CredentialId, SecretAnswer};
use sea_orm::{ConnectionTrait, Statement};

use crate::context::TestContext;
use crate::on_both;
use crate::vault::all_open;

on_both! {
    a_rotation_that_ends_after_any_row_is_resumed
    a_rotation_that_ended_between_file_and_database_is_resumed
    a_rotation_that_ended_before_the_file_was_cleaned_is_resumed
    two_rotations_at_once_join
    a_server_seals_and_opens_while_another_program_rotates
    a_secret_that_does_not_open_does_not_hold_a_rotation_up
    a_file_that_cannot_be_written_stops_a_rotation_before_anything_changed
    a_credential_of_systemd_is_rotated_by_hand
}

impl TestContext {
    /// Secrets under each key, the most first.
    async fn counts(&self) -> Vec<(String, i64)> {
        let raw = self.raw().await;
        let sql = r#"SELECT "key", COUNT(*) FROM secrets GROUP BY "key" ORDER BY COUNT(*) DESC"#;
        let rows = raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.expect(sql);
        let count = |row: &sea_orm::QueryResult| {
            (row.try_get_by_index(0).expect("a text"), row.try_get_by_index(1).expect("a number"))
        };
        let counts = rows.iter().map(count).collect();
        raw.close().await.expect("it closes");
        counts
    }
}

async fn a_rotation_that_ends_after_any_row_is_resumed(context: &TestContext) {
    const SECRETS: usize = 4;
    let actor = context.actor().await;
    context.credentials(&actor, SECRETS).await;
    // Rotated once for each number of rows that it comes to before it is killed.
    for rows in 0..=SECRETS {
        let before = context.keys().await.0.expect("a key");
        let mut killed = Rotation::begin(&context.config()).await.expect("it begins");
        for _ in 0..rows {
            assert_eq!(killed.step(1).await.expect("a row is moved"), 1);
        }
        drop(killed);
        let (current, previous) = context.keys().await;
        let current = current.expect("a key");
        assert_eq!((previous.as_ref(), context.key_lines().len()), (Some(&before), 2));
        let moved = context.counts().await.into_iter().find(|(key, _)| *key == current).map_or(0, |(_, count)| count);
        assert_eq!(moved, rows as i64);
        all_open(Backend::check_vault(&context.config()).await, SECRETS as u64);
        context.reopened().await.close().await;
        // The server that was running all the time seals under the new key.
        context.rename(&actor, CredentialId(1), &format!("relay {rows}")).await.expect("it opens and is sealed");
        let rotated = Backend::rotate_vault(&context.config()).await.expect("it is resumed");
        assert_eq!((rotated.key.as_str(), rotated.resumed, rotated.damaged), (current.as_str(), true, 0));
        // The first one was sealed under the new key by the server, or by the run that was killed.
        assert_eq!(rotated.secrets, (SECRETS - rows.max(1)) as u64);
        assert_eq!(context.counts().await, [(current.clone(), SECRETS as i64)]);
        assert_eq!((context.keys().await, context.key_lines().len()), ((Some(current), None), 1));
        all_open(Backend::check_vault(&context.config()).await, SECRETS as u64);
    }
    // Killed after the last row, and again right after it was resumed.
    let mut rotation = Rotation::begin(&context.config()).await.expect("it begins");
    while rotation.step(1).await.expect("a row is moved") > 0 {}
    drop(rotation);
    drop(Rotation::begin(&context.config()).await.expect("it is resumed"));
    let rotated = Backend::rotate_vault(&context.config()).await.expect("it is resumed");
    assert_eq!((rotated.secrets, rotated.resumed, context.key_lines().len()), (0, true, 1));
    let rotated = Backend::rotate_vault(&context.config()).await.expect("the next one begins");
    assert_eq!((rotated.secrets, rotated.resumed), (SECRETS as u64, false));
}

/// The line of a new key, and its fingerprint.
async fn other_key(context: &TestContext) -> (String, String) {
    let other = TestContext::new(context.kind).await;
    let key = (other.key_lines().remove(0), other.keys().await.0.expect("a key"));
    other.end().await;
    key
}

async fn a_rotation_that_ended_between_file_and_database_is_resumed(context: &TestContext) {
    let actor = context.actor().await;
    context.credentials(&actor, 3).await;
    let (line, key) = other_key(context).await;
    let old = context.key_lines().remove(0);
    std::fs::write(context.key_file(), format!("{line}\n{old}\n")).expect("it is written");
    context.reopened().await.close().await;
    all_open(Backend::check_vault(&context.config()).await, 3);
    context.credential(&actor, "Meanwhile").await;
    let rotated = Backend::rotate_vault(&context.config()).await.expect("it is resumed");
    assert_eq!((rotated.key.as_str(), rotated.secrets, rotated.resumed), (key.as_str(), 4, true));
    assert_eq!((context.keys().await, context.key_lines()), ((Some(key), None), vec![line]));
    all_open(Backend::check_vault(&context.config()).await, 4);
}

async fn a_rotation_that_ended_before_the_file_was_cleaned_is_resumed(context: &TestContext) {
    let actor = context.actor().await;
    context.credentials(&actor, 3).await;
    let old = context.key_lines().remove(0);
    let first = Backend::rotate_vault(&context.config()).await.expect("it rotates");
    assert_eq!((first.secrets, first.resumed, first.older_keys_in), (3, false, None));
    let new = context.key_lines();
    std::fs::write(context.key_file(), format!("{}\n{old}\n", new[0])).expect("it is written");
    let rotated = Backend::rotate_vault(&context.config()).await.expect("it is resumed");
    assert_eq!((rotated.secrets, rotated.resumed, rotated.key), (0, true, first.key));
    assert_eq!(context.key_lines(), new);
    all_open(Backend::check_vault(&context.config()).await, 3);
}

async fn two_rotations_at_once_join(context: &TestContext) {
    let actor = context.actor().await;
    context.credentials(&actor, 12).await;
    let rotate = || {
        let config = context.config();
        tokio::spawn(async move {
            let mut rotation = Rotation::begin(&config).await.expect("it begins or joins");
            while rotation.step(1).await.expect("a row is moved") > 0 {}
            rotation.finish().await.expect("it ends")
        })
    };
    let all = [rotate(), rotate(), rotate()];
    for one in all {
        one.await.expect("nothing panics");
    }
    let (current, previous) = context.keys().await;
    assert_eq!((previous, context.key_lines().len()), (None, 1));
    assert_eq!(context.counts().await, [(current.expect("a key"), 12)]);
    all_open(Backend::check_vault(&context.config()).await, 12);
}

async fn a_server_seals_and_opens_while_another_program_rotates(context: &TestContext) {
    let actor = context.actor().await;
    context.credentials(&actor, 10).await;
    let second = context.reopened().await;
    let config = context.config();
    let rotating = tokio::spawn(async move {
        let mut keys = Vec::new();
        for _ in 0..3 {
            let mut rotation = Rotation::begin(&config).await.expect("it begins");
            while rotation.step(1).await.expect("a row is moved") > 0 {}
            keys.push(rotation.finish().await.expect("it ends").key);
        }
        keys
    });
    let mut saves = 0;
    while !rotating.is_finished() || saves < 10 {
        let id = CredentialId(1 + saves % 10);
        context.rename(&actor, id, &format!("relay {saves}")).await.expect("it opens and is sealed");
        context.credential(&actor, &format!("Meanwhile {saves}")).await;
        saves += 1;
    }
    let keys = rotating.await.expect("nothing panics");
    assert_eq!(context.keys().await, (keys.last().cloned(), None));
    let count = 10 + u64::try_from(saves).expect("a small number");
    all_open(Backend::check_vault(&context.config()).await, count);
    // Another server did nothing all the time.
    let form = second.find_credential(&actor, CredentialId(1)).await.expect("it is there");
    let draft = CredentialDraft { user_name: "late".to_owned(), ..form.draft };
    let keep = TypedSecret { answer: SecretAnswer::Keep, secret: String::new().into(), reference: String::new() };
    second.update_credential(&actor, CredentialId(1), form.version, &draft, keep).await.expect("it finds the new key");
    second.close().await;
    all_open(Backend::check_vault(&context.config()).await, count);
}

async fn a_secret_that_does_not_open_does_not_hold_a_rotation_up(context: &TestContext) {
    let actor = context.actor().await;
    context.credentials(&actor, 3).await;
    context.execute("UPDATE secrets SET version = 7 WHERE record_id = 2").await;
    let rotated = Backend::rotate_vault(&context.config()).await.expect("it ends");
    assert_eq!((rotated.secrets, rotated.damaged), (2, 1));
    assert_eq!((context.keys().await.1, context.key_lines().len()), (None, 1));
    assert_eq!(context.failing().await, ["Credential 1"]);
    let rotated = Backend::rotate_vault(&context.config()).await.expect("so does the next one");
    assert_eq!((rotated.secrets, rotated.damaged, rotated.resumed), (2, 0, false));
}

async fn a_file_that_cannot_be_written_stops_a_rotation_before_anything_changed(context: &TestContext) {
    let actor = context.actor().await;
    context.credentials(&actor, 2).await;
    let before = (context.key_lines(), context.keys().await);
    std::fs::set_permissions(context.key_file(), std::fs::Permissions::from_mode(0o400)).expect("it is ours");
    let error = Backend::rotate_vault(&context.config()).await.expect_err("the file is read-only");
    assert!(matches!(&error, OpenError::Vault(VaultError::Unwritable { .. })), "{error:?}");
    assert!(error.to_string().contains("Nothing was changed."), "{error}");
    assert_eq!((context.key_lines(), context.keys().await), before);
    // A key that is none of this database's is not rotated either.
    let (line, _) = other_key(context).await;
    let other = context.database.folder.join("other.key");
    std::fs::write(&other, line).expect("it is written");
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    let config = Config { vault: Some(KeySource::Named(other)), ..context.config() };
    let error = Backend::rotate_vault(&config).await.expect_err("it is another installation's");
    assert!(matches!(&error, OpenError::Vault(VaultError::Other { .. })), "{error:?}");
    let config = Config { vault: Some(KeySource::Named(context.database.folder.join("none"))), ..context.config() };
    let error = Backend::rotate_vault(&config).await.expect_err("it is not there");
    assert!(matches!(&error, OpenError::Vault(VaultError::Lost { .. })), "{error:?}");
    assert_eq!((context.key_lines(), context.keys().await), before);
    all_open(Backend::check_vault(&context.config()).await, 2);
}

async fn a_credential_of_systemd_is_rotated_by_hand(context: &TestContext) {
    let actor = context.actor().await;
    context.credentials(&actor, 2).await;
    let file = context.database.folder.join("posthouse-vault-key");
    let old = context.key_lines().remove(0);
    let write = |text: &str| {
        let _absent = std::fs::remove_file(&file);
        std::fs::write(&file, text).expect("it is written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o440)).expect("it is ours");
    };
    write(&old);
    let config = Config { vault: Some(KeySource::Systemd(file.clone())), ..context.config() };
    all_open(Backend::check_vault(&config).await, 2);
    let said = Backend::rotate_vault(&config).await.expect_err("it is systemd's").to_string();
    assert!(said.contains("Put the line of a new key before the one that is there"), "{said}");
    assert_eq!(context.keys().await.1, None);
    let (new, key) = other_key(context).await;
    write(&format!("{new}\n{old}\n"));
    let rotated = Backend::rotate_vault(&config).await.expect("the new key is there");
    assert_eq!((rotated.key.as_str(), rotated.secrets), (key.as_str(), 2));
    assert_eq!(rotated.older_keys_in.as_ref(), Some(&file), "it is said what is left to do");
    write(&new);
    all_open(Backend::check_vault(&config).await, 2);
    assert_eq!(context.keys().await, (Some(key), None));
}
