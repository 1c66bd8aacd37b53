//! A database as an older version left it, brought up to date: at once, in pieces, and after a rotation; on both
//! databases.

use std::sync::Arc;

use migrations::{Migrator, MigratorTrait};
use model::{
    Actor, ConnectorDraft, ConnectorId, CredentialDraft, DeletedRecord, EmailAddress, Host, Origin, RecordKind,
    SecretAnswer, UserId,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, Value};
use secrecy::{ExposeSecret, SecretString};
use vault::{Key, KeySource};

use super::*;
use crate::key_management::open_vault;
use crate::key_management::start::new_key;
use crate::test_database::{TestDatabase, on_both};
use crate::{Backend, TypedSecret};

mod first_format;

use first_format::sealed_in_first_format;

on_both! { Old:
    every_secret_opens_for_where_its_connectors_led_at_the_upgrade
    an_upgrade_that_is_killed_after_any_credential_goes_on_at_the_next_start
    a_rotation_before_the_upgrade_loses_nothing
    a_secret_whose_key_is_away_waits_for_it
    an_old_seal_that_is_put_back_does_not_open
    what_is_deleted_is_sealed_anew_with_the_rest
}

/// The names of the credentials, by their numbers from 1; all but those of [`DAMAGED`] and [`NONE`] open.
const NAMES: [&str; 6] = ["Direct", "Through", "Of one that is gone", "Reference", "Damaged", "None"];
const DAMAGED: i64 = 5;
const REFERENCE: i64 = 4;
/// Secrets in the vault that open.
const OPEN: u64 = 3;

/// The database of an older version, closed.
struct Old {
    database: TestDatabase,
}

impl Old {
    async fn new(postgres: bool) -> Self {
        let database = TestDatabase::new("upgrade", postgres).await;
        let key = new_key().expect("a key");
        KeySource::in_folder(&database.folder).write(vec![Arc::clone(&key)]).await.expect("it is written");
        let old = Self { database };
        old.fill(&key).await;
        old
    }

    async fn end(self) {
        self.database.remove().await;
    }

    async fn raw(&self) -> DatabaseConnection {
        sea_orm::Database::connect(self.database.url()).await.expect("the database is there")
    }

    /// The tables as they were before the change, and rows in them.
    async fn fill(&self, key: &Arc<Key>) {
        let db = self.raw().await;
        let before = Migrator::migrations().iter().position(|one| one.name() == "m0018_connector_routes");
        let before = u32::try_from(before.expect("it is one of them")).expect("a small number");
        Migrator::up(&db, Some(before)).await.expect("the older tables are made");
        let set = |sql: &'static str, values: Vec<Value>| {
            let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
            let db = &db;
            async move { db.execute_raw(statement).await.expect(sql) }
        };
        set(r#"UPDATE vault SET "current" = $1"#, vec![key.fingerprint().into()]).await;
        let connector =
            "INSERT INTO connectors (id, name, name_folded, kind, host, port, version, created_at, saved_at, saved_by)
             VALUES ($1, $2, $3, $4, $5, $6, 1, 0, 0, 'a@b.example')";
        for (id, name, kind, port) in [(7i64, "Socks", "socks5", None), (8, "Http", "http", Some(8080i32))] {
            let host = format!("proxy{id}.example");
            let folded = name.to_lowercase();
            let values = vec![id.into(), name.into(), folded.into(), kind.into(), host.into(), port.into()];
            set(connector, values).await;
        }
        let credential =
            "INSERT INTO credentials (id, name, name_folded, user_name, user_name_folded, destinations, hosts_folded,
             in_vault, secret_version, reference, version, created_at, saved_at, saved_by)
             VALUES ($1, $2, $3, 'relay', 'relay', $4, 'smtp.example.org', $5, $6, $7, 1, 0, 0, 'a@b.example')";
        for (name, id) in NAMES.into_iter().zip(1i64..) {
            let numbers: &[i64] = match name {
                "Direct" | "None" => &[],
                "Of one that is gone" => &[3, 7, 8],
                _ => &[7],
            };
            let rules = Destinations {
                hosts: vec![Host::parse("smtp.example.org").expect("a host")],
                ports: vec![587],
                direct: true,
                ..Destinations::default()
            };
            let numbers_json = serde_json::to_string(numbers).expect("numbers");
            let json = serde_json::to_string(&rules).expect("it is JSON");
            let json = json.replace(r#""connectors":[]"#, &format!(r#""connectors":{numbers_json}"#));
            let reference = (name == "Reference").then(|| "env:CARGO_PKG_NAME".to_owned());
            let in_vault = reference.is_none() && name != "None";
            let values = vec![
                id.into(),
                name.into(),
                name.to_lowercase().into(),
                json.into(),
                in_vault.into(),
                i64::from(in_vault).into(),
                reference.into(),
            ];
            set(credential, values).await;
            if !in_vault {
                continue;
            }
            let own = credential_context(CredentialId(id), SecretField::Secret, 1, "relay", &rules);
            let sealed_for: &[i64] = if name == "Damaged" { &[8] } else { numbers };
            let secret = SecretString::from(format!("secret of {name}"));
            let Sealed { key, wrapped, sealed } = sealed_in_first_format(key, &own, sealed_for, &secret);
            let values = vec![id.into(), key.into(), wrapped.into(), sealed.into()];
            let secret = r#"INSERT INTO secrets (kind, record_id, field, version, "key", wrapped, sealed)
                 VALUES ('credential', $1, 'secret', 1, $2, $3, $4)"#;
            set(secret, values).await;
        }
        db.close().await.expect("it closes");
    }

    async fn execute(&self, sql: &str) {
        let db = self.raw().await;
        db.execute_unprepared(sql).await.expect(sql);
        db.close().await.expect("it closes");
    }

    /// What is wrong, as the start finds it.
    async fn expect_all_open(&self) {
        let checked = Backend::check_vault(&self.database.config).await.expect("the vault opens");
        let failed: Vec<_> = checked.failed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((checked.opened, failed), (OPEN, vec!["Damaged"]));
    }

    /// The secret of a credential, opened by whoever has the key.
    async fn secret(&self, id: i64) -> String {
        let (store, vault) = self.opened().await;
        let read = async {
            let record = credentials::find(store.db(), CredentialId(id)).await?;
            let rules = record.rules()?;
            let own =
                credential_context(record.id, SecretField::Secret, record.secret_version, &record.user_name, &rules);
            secrets::get(store.db(), &vault, &own).await
        };
        let secret = store.read(read).await.expect("it opens").expose_secret().to_owned();
        store.close().await;
        secret
    }

    async fn opened(&self) -> (Store, Vault) {
        let store = Store::open(&self.database.config.store_options()).await.expect("it opens");
        let vault = open_vault(&store, KeySource::in_folder(&self.database.folder)).await.expect("the key is there");
        (store, vault)
    }

    /// As much of a start as comes before the seals are looked at.
    async fn half_opened(&self) -> (Store, Vault) {
        let store = Store::open(&self.database.config.store_options()).await.expect("it opens");
        let source = KeySource::in_folder(&self.database.folder);
        let keys = source.read().await.expect("it is read").expect("it is there");
        (store, Vault::new(source, keys))
    }
}

fn actor() -> Actor {
    let email = EmailAddress::parse("E-mail", "ops@nordhavn.example").expect("an address");
    Actor { id: UserId(1), email, origin: Origin::default() }
}

async fn every_secret_opens_for_where_its_connectors_led_at_the_upgrade(old: &Old) {
    let backend = Backend::open(old.database.config.clone()).await.expect("it is brought up to date");
    old.expect_all_open().await;
    for (name, id) in NAMES.into_iter().zip(1..=3) {
        assert_eq!(old.secret(id).await, format!("secret of {name}"));
    }
    let routes = async |id| {
        let record = credentials::find(backend.store().db(), CredentialId(id)).await.expect("it is there");
        let routes = record.rules().expect("they are read").connectors;
        let words =
            |route: &model::ConnectorRoute| format!("{} {:?} {}:{}", route.id, route.kind, route.host, route.port);
        routes.iter().map(words).collect::<Vec<String>>()
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(routes(1).await, none);
    assert_eq!(routes(2).await, ["7 Socks5 proxy7.example:1080"]);
    assert_eq!(routes(3).await, ["7 Socks5 proxy7.example:1080", "8 HttpConnect proxy8.example:8080"]);
    assert_eq!(routes(4).await, ["7 Socks5 proxy7.example:1080"]);
    // A credential is saved as before, and a connector that is made to lead elsewhere is taken out of those above.
    let form = backend.find_credential(&actor(), CredentialId(3)).await.expect("it is there");
    let draft = CredentialDraft { user_name: "other".to_owned(), ..form.draft };
    let keep = TypedSecret { answer: SecretAnswer::Keep, secret: "".into(), reference: String::new() };
    backend.update_credential(&actor(), CredentialId(3), form.version, &draft, keep).await.expect("it is kept");
    old.execute(&format!("DELETE FROM secrets WHERE record_id = {DAMAGED}")).await;
    old.execute(&format!("UPDATE credentials SET in_vault = false WHERE id = {DAMAGED}")).await;
    let form = backend.find_connector(&actor(), ConnectorId(7)).await.expect("it is there");
    let draft = ConnectorDraft { host: "proxy.stranger.example".to_owned(), ..form.draft };
    let saved = backend.update_connector(&actor(), ConnectorId(7), form.version, &draft).await.expect("it is saved");
    assert_eq!(saved.withdrawn, ["Damaged", "Of one that is gone", "Reference", "Through"]);
    let checked = Backend::check_vault(&old.database.config).await.expect("the vault opens");
    assert_eq!((checked.opened, checked.failed), (OPEN, Vec::new()));
    backend.close().await;
}

async fn an_upgrade_that_is_killed_after_any_credential_goes_on_at_the_next_start(old: &Old) {
    let (store, vault) = old.half_opened().await;
    let mut after = CredentialId(i64::MIN);
    for steps in 0..=NAMES.len() {
        let state = vault_state::find(store.db()).await.expect("it is read");
        assert!(state.seal_format < FORMAT, "it does not count as done after {steps} credentials");
        let done = step(&store, &vault, after, 1).await.expect("it is sealed anew");
        assert_eq!(done.last.is_none(), steps == NAMES.len());
        after = done.last.unwrap_or(after);
        // Begun again from the first one, it finds what is done and does it once.
        let mut again = CredentialId(i64::MIN);
        while again != after {
            let done = step(&store, &vault, again, 1).await.expect("it looks again");
            assert_eq!(done.sealed, 0, "after {steps} credentials");
            again = done.last.expect("there is one");
        }
    }
    store.close().await;
    old.expect_all_open().await;
    let (store, _) = old.opened().await;
    assert_eq!(vault_state::find(store.db()).await.expect("it is read").seal_format, FORMAT);
    store.close().await;
    for (name, id) in NAMES.into_iter().zip(1..=3) {
        assert_eq!(old.secret(id).await, format!("secret of {name}"));
    }
}

async fn a_rotation_before_the_upgrade_loses_nothing(old: &Old) {
    let rotated = Backend::rotate_vault(&old.database.config).await.expect("it rotates");
    assert_eq!((rotated.secrets, rotated.damaged), (OPEN + 1, 0), "a data key is rotated in whatever format it seals");
    old.expect_all_open().await;
    let rotated = Backend::rotate_vault(&old.database.config).await.expect("it rotates");
    assert_eq!((rotated.secrets, rotated.damaged), (OPEN + 2, 0), "and what the reference may go to with it");
    old.expect_all_open().await;
}

async fn a_secret_whose_key_is_away_waits_for_it(old: &Old) {
    old.execute(r#"UPDATE secrets SET "key" = '0123456789abcdef' WHERE record_id = 2"#).await;
    let (store, _) = old.opened().await;
    let state = vault_state::find(store.db()).await.expect("it is read");
    assert!(state.seal_format < FORMAT, "one is left for a later start");
    store.close().await;
    let key = state.current.expect("a key");
    old.execute(&format!(r#"UPDATE secrets SET "key" = '{key}' WHERE record_id = 2"#)).await;
    old.expect_all_open().await;
    assert_eq!(old.secret(2).await, "secret of Through");
}

async fn an_old_seal_that_is_put_back_does_not_open(old: &Old) {
    Backend::migrate(&old.database.config).await.expect("the tables are brought up to date");
    old.execute("CREATE TABLE old_secrets AS SELECT * FROM secrets").await;
    old.execute("CREATE TABLE old_credentials AS SELECT * FROM credentials").await;
    old.expect_all_open().await;
    // All of it, with the route that a stranger would like.
    old.execute(
        "DELETE FROM secrets; INSERT INTO secrets SELECT * FROM old_secrets;
         DELETE FROM credentials; INSERT INTO credentials SELECT * FROM old_credentials;
         UPDATE credentials SET destinations = replace(destinations, 'proxy7.example', 'proxy.stranger.example')",
    )
    .await;
    let checked = Backend::check_vault(&old.database.config).await.expect("the vault opens");
    assert_eq!(checked.opened, 0, "{:?}", checked.failed);
    let said = |name: &str| checked.failed.iter().find(|(failed, _)| failed == name).map(|(_, why)| why.as_str());
    assert!(said("Through").is_some_and(|why| why.contains("sealed by an older version of Posthouse")), "{checked:?}");
    assert!(said(NAMES[REFERENCE as usize - 1]).is_some_and(|why| why.contains("not in the vault")), "{checked:?}");
}

async fn what_is_deleted_is_sealed_anew_with_the_rest(old: &Old) {
    Backend::migrate(&old.database.config).await.expect("the tables are brought up to date");
    let now = crate::clock::now().0;
    old.execute(&format!("UPDATE credentials SET deleted_at = {now} WHERE id IN (2, {REFERENCE})")).await;
    let backend = Backend::open(old.database.config.clone()).await.expect("the seals are brought up to date");
    old.expect_all_open().await;
    for id in [2, REFERENCE] {
        let deleted = DeletedRecord { kind: RecordKind::Credential, id };
        backend.restore_record(&actor(), deleted, None).await.expect("it comes back");
    }
    old.expect_all_open().await;
    assert_eq!(old.secret(2).await, "secret of Through");
    backend.close().await;
}
