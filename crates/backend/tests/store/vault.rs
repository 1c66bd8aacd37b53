//! The vault's key: made, checked at every start, and given up; and what was changed in the database.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use backend::{Backend, Checked, Config, KeySource, OpenError, TypedSecret, VaultError};
use model::{Actor, CredentialDraft, CredentialId, SecretAnswer, SecretLocation};
use sea_orm::{ConnectionTrait, Statement};

use crate::context::{TestContext, TestDatabase};
use crate::on_both;

on_both! {
    the_first_start_makes_a_key_and_the_next_ones_keep_it
    servers_that_start_at_once_agree_on_one_key
    a_start_with_a_wrong_file_says_so_and_changes_nothing
    what_was_changed_in_the_database_is_found
    a_reset_forgets_everything_and_begins_anew
    a_reset_takes_no_file_that_is_not_its_own
}

/// What the tests look at of the row of the vault: current, previous.
pub type Keys = (Option<String>, Option<String>);

impl TestContext {
    pub async fn credential(&self, actor: &Actor, name: &str) -> CredentialId {
        let typed = TypedSecret {
            answer: SecretAnswer::Replace,
            secret: format!("secret of {name}").into(),
            reference: String::new(),
        };
        self.backend.create_credential(actor, &draft(name), typed).await.expect("it is saved").id
    }

    pub async fn credentials(&self, actor: &Actor, count: usize) {
        for number in 0..count {
            self.credential(actor, &format!("Credential {number}")).await;
        }
    }

    /// Saves it with another user name: its secret is opened, and sealed again.
    pub async fn rename(&self, actor: &Actor, id: CredentialId, user_name: &str) -> Result<(), model::Problem> {
        let form = self.backend.find_credential(actor, id).await?;
        let draft = CredentialDraft { user_name: user_name.to_owned(), ..form.draft };
        let keep = TypedSecret { answer: SecretAnswer::Keep, secret: String::new().into(), reference: String::new() };
        self.backend.update_credential(actor, id, form.version, &draft, keep).await.map(|_| ())
    }

    pub fn config(&self) -> Config {
        self.database.config()
    }

    pub fn key_file(&self) -> PathBuf {
        self.database.folder.join("vault.key")
    }

    pub fn key_lines(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.key_file()).expect("the key file is there");
        text.lines().map(str::to_owned).collect()
    }

    pub async fn keys(&self) -> Keys {
        let raw = self.raw().await;
        let sql = r#"SELECT "current", "previous" FROM vault"#;
        let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await.expect(sql);
        let row = row.expect("there is one row");
        let get = |at| row.try_get_by_index(at).expect("a text or none");
        let keys = (get(0), get(1));
        raw.close().await.expect("it closes");
        keys
    }

    /// What does not open: the credentials' names.
    pub async fn failing(&self) -> Vec<String> {
        let checked = Backend::check_vault(&self.config()).await.expect("the vault opens");
        checked.failed.into_iter().map(|(name, _)| name).collect()
    }
}

#[track_caller]
pub fn all_open(checked: Result<Checked, OpenError>, count: u64) {
    let checked = checked.expect("the vault opens");
    assert_eq!((checked.opened, checked.failed), (count, Vec::new()));
}

fn draft(name: &str) -> CredentialDraft {
    CredentialDraft {
        name: name.to_owned(),
        user_name: "relay".to_owned(),
        hosts: "smtp.nordhavn.example".to_owned(),
        ports: "587".to_owned(),
        ..CredentialDraft::default()
    }
}

async fn refusal(config: Config) -> VaultError {
    match Backend::open(config).await.err().expect("it does not open") {
        OpenError::Vault(error) => error,
        other => panic!("{other}"),
    }
}

async fn the_first_start_makes_a_key_and_the_next_ones_keep_it(context: &TestContext) {
    let mode = std::fs::metadata(context.key_file()).expect("it was made").permissions().mode() & 0o7777;
    let (lines, keys) = (context.key_lines(), context.keys().await);
    assert_eq!((mode, lines.len()), (0o600, 1));
    assert!(lines[0].starts_with("posthouse-vault-key-1:"), "its format is known");
    assert!(keys.0.as_ref().is_some_and(|key| key.len() == 16) && keys.1.is_none(), "{keys:?}");
    context.reopened().await.close().await;
    assert_eq!((context.key_lines(), context.keys().await), (lines, keys));
    // Commands that need no secret have no need of a key either.
    std::fs::rename(context.key_file(), context.database.folder.join("away")).expect("it is there");
    Backend::migrate(&context.config()).await.expect("it does not look at the key");
    let without = Config { vault: None, ..context.config() };
    Backend::open(without).await.expect("it does not look at the key").close().await;
    assert!(!context.key_file().exists());
}

async fn servers_that_start_at_once_agree_on_one_key(context: &TestContext) {
    let database = TestDatabase::new(context.kind).await;
    let all: Vec<_> = (0..6).map(|_| tokio::spawn(Backend::open(database.config()))).collect();
    for one in all {
        one.await.expect("nothing panics").expect("each opens").close().await;
    }
    let text = std::fs::read_to_string(database.folder.join("vault.key")).expect("it was made");
    assert_eq!(text.lines().count(), 1);
    Backend::open(database.config()).await.expect("it is the database's key").close().await;
}

async fn a_start_with_a_wrong_file_says_so_and_changes_nothing(context: &TestContext) {
    let actor = context.actor().await;
    context.credential(&actor, "Relay").await;
    let file = context.key_file();
    let (good, keys) = (std::fs::read(&file).expect("it is there"), context.keys().await);
    let current = keys.0.clone().expect("a key");
    let check = async |content: Option<&[u8]>, mode: u32, kind: &str, parts: &[&str]| {
        match content {
            Some(content) => std::fs::write(&file, content).expect("it is written"),
            None => std::fs::remove_file(&file).expect("it was there"),
        }
        if content.is_some() {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("it is ours");
        }
        let error = refusal(context.config()).await;
        let said = error.to_string();
        assert!(format!("{error:?}").starts_with(kind), "{error:?}");
        for part in parts.iter().chain(&["in the data folder", file.to_str().expect("text")]) {
            assert!(said.contains(part), "{part} is not in: {said}");
        }
        assert!(!said.contains('\n') && said.ends_with('.') && said.len() < 400, "{said}");
        match content {
            Some(content) => assert_eq!(std::fs::read(&file).expect("it is there"), content, "it is left alone"),
            None => assert!(!file.exists(), "no new key is made while the old one is only lost"),
        }
        std::fs::write(&file, &good).expect("it is written");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    };
    check(None, 0, "Lost", &[&current, "is not there", "backup", "vault reset --forget-secrets"]).await;
    check(Some(b""), 0o600, "Empty", &["posthouse-vault-key-1:"]).await;
    check(Some(b"hello"), 0o600, "NotUnderstood", &["line 1"]).await;
    check(Some(&good), 0o640, "TooOpen", &["0640", "chmod 600"]).await;
    check(Some(&good), 0o604, "TooOpen", &["0604"]).await;
    let other = TestDatabase::new(context.kind).await;
    Backend::open(other.config()).await.expect("it opens").close().await;
    let foreign = std::fs::read(other.folder.join("vault.key")).expect("it was made");
    check(Some(&foreign), 0o600, "Other", &[&current, "of another installation", "Put the right one there"]).await;
    std::fs::rename(&file, file.with_extension("away")).expect("it is there");
    std::fs::create_dir(&file).expect("it can be made");
    assert!(matches!(refusal(context.config()).await, VaultError::NotAFile { .. }));
    std::fs::remove_dir(&file).expect("it was made");
    std::fs::rename(file.with_extension("away"), &file).expect("it is there");
    assert_eq!(context.keys().await, keys);
    all_open(Backend::check_vault(&context.config()).await, 1);
    // A file that was named is made where its folder is there, and nowhere else.
    let fresh = TestDatabase::new(context.kind).await;
    let named = |path: PathBuf| Config { vault: Some(KeySource::Named(path)), ..fresh.config() };
    let error = refusal(named(context.database.folder.join("missing/key"))).await;
    assert!(matches!(error, VaultError::Unwritable { .. }), "{error}");
    let path = context.database.folder.join("named.key");
    Backend::open(named(path.clone())).await.expect("it opens").close().await;
    assert!(path.is_file());
}

async fn what_was_changed_in_the_database_is_found(context: &TestContext) {
    let actor = context.actor().await;
    context.credentials(&actor, 3).await;
    context.execute("CREATE TABLE before_it AS SELECT * FROM secrets").await;
    context.execute("CREATE TABLE before_it_too AS SELECT * FROM credentials").await;
    let check = async |sql: &str, failing: &[&str]| {
        context.execute(sql).await;
        assert_eq!(context.failing().await, failing, "{sql}");
        let restore = "DELETE FROM secrets; INSERT INTO secrets SELECT * FROM before_it;
             DELETE FROM credentials; INSERT INTO credentials SELECT * FROM before_it_too";
        context.execute(restore).await;
        assert_eq!(context.failing().await, [""; 0]);
    };
    let (first, both) = (["Credential 0"], ["Credential 0", "Credential 1"]);
    check(
        "UPDATE secrets SET record_id = 0 WHERE record_id = 1; UPDATE secrets SET record_id = 1 WHERE record_id = 2;
           UPDATE secrets SET record_id = 2 WHERE record_id = 0",
        &both,
    )
    .await;
    check("UPDATE secrets SET field = 'other' WHERE record_id = 1", &first).await;
    check("UPDATE secrets SET kind = 'connector' WHERE record_id = 1", &first).await;
    check("UPDATE secrets SET version = 2 WHERE record_id = 1", &first).await;
    check("UPDATE credentials SET secret_version = 2 WHERE id = 1", &first).await;
    check(
        "UPDATE secrets SET version = 2 WHERE record_id = 1; UPDATE credentials SET secret_version = 2 WHERE id = 1",
        &first,
    )
    .await;
    check("UPDATE credentials SET user_name = 'relay2' WHERE id = 1", &first).await;
    check("UPDATE secrets SET \"key\" = '0123456789abcdef' WHERE record_id = 1", &first).await;
    check("DELETE FROM secrets WHERE record_id = 1", &first).await;
    // Every rule of where it may go.
    for (rule, other) in [
        ("\"smtp.nordhavn.example\"", "\"mx.stranger.example\""),
        ("\"smtp.nordhavn.example\"", "\"smtp.nordhavn.example\",\"mx.stranger.example\""),
        ("587", "25"),
        ("\"direct\":true", "\"direct\":false"),
        ("\"connectors\":[]", "\"connectors\":[{\"id\":1,\"kind\":\"Socks5\",\"host\":\"a.example\",\"port\":1080}]"),
        ("\"verified_only\":true", "\"verified_only\":false"),
        ("\"plain_in_clear\":false", "\"plain_in_clear\":true"),
        ("\"certificates\":[]", &format!("\"certificates\":[\"{}\"]", "a".repeat(64))),
    ] {
        let sql =
            format!("UPDATE credentials SET destinations = REPLACE(destinations, '{rule}', '{other}') WHERE id = 1");
        check(&sql, &first).await;
    }
}

async fn a_reset_forgets_everything_and_begins_anew(context: &TestContext) {
    let actor = context.actor().await;
    context.credentials(&actor, 3).await;
    let before = context.keys().await.0.expect("a key");
    assert_eq!(Backend::count_secrets(&context.config()).await.expect("it counts"), 3);
    std::fs::remove_file(context.key_file()).expect("it was there");
    let forgotten = Backend::reset_vault(&context.config()).await.expect("it is the way out");
    assert_eq!(forgotten.secrets, 3);
    assert_ne!(forgotten.key, before);
    assert_eq!((context.keys().await, context.key_lines().len()), ((Some(forgotten.key), None), 1));
    let secret = context.backend.find_credential(&actor, CredentialId(1)).await.expect("it is there still").secret;
    assert_eq!(secret, SecretLocation::None, "it is said that it has none");
    all_open(Backend::check_vault(&context.config()).await, 0);
    // The server that was running all the time goes on.
    context.credential(&actor, "New").await;
    context.reopened().await.close().await;
    all_open(Backend::check_vault(&context.config()).await, 1);
    // A key that is there is kept under another name.
    let line = context.key_lines();
    Backend::reset_vault(&context.config()).await.expect("again");
    let entries = std::fs::read_dir(&context.database.folder).expect("it is there");
    let kept = entries.map(|entry| entry.expect("an entry").path()).find(|path| {
        path.file_name().is_some_and(|name| name.display().to_string().starts_with("vault.key.before-reset-"))
    });
    let kept = std::fs::read_to_string(kept.expect("it was kept")).expect("it is text");
    assert_eq!(kept.lines().collect::<Vec<_>>(), line);
    assert_ne!(context.key_lines(), line);
    // Also one that nobody understands.
    std::fs::write(context.key_file(), "hello").expect("it is written");
    Backend::reset_vault(&context.config()).await.expect("the file is ours");
    context.reopened().await.close().await;
}

async fn a_reset_takes_no_file_that_is_not_its_own(context: &TestContext) {
    let file = context.database.folder.join("letter");
    std::fs::write(&file, "Dear Sir or Madam").expect("it is written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    let folder = context.database.folder.join("folder");
    std::fs::create_dir(&folder).expect("it is made");
    let before = context.keys().await;
    for path in [&file, &folder] {
        let config = Config { vault: Some(KeySource::Named(path.clone())), ..context.config() };
        Backend::reset_vault(&config).await.expect_err("it may be anything");
    }
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), "Dear Sir or Madam");
    assert!(folder.is_dir());
    assert_eq!(context.keys().await, before);
    context.reopened().await.close().await;
}
