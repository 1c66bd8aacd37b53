//! The table of secrets, looked at and damaged from behind, on both databases.

use model::secret::SecretOwner;
use model::{Destinations, Host};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QueryOrder};
use secrecy::ExposeSecret;
use store::Store;
use store::entity::secret::{Column, Entity};
use vault::KeySource;

use super::*;
use crate::Backend;
use crate::key_management::open_vault;
use crate::test_database::{TestDatabase, on_both};

on_both! { Fixture:
    a_secret_is_kept_replaced_and_forgotten
    any_secret_that_can_be_typed_comes_back_as_it_was
    a_secret_moves_to_the_place_that_changed
    rows_that_were_swapped_do_not_open
    a_field_that_was_swapped_does_not_open
    an_old_row_put_back_does_not_open
    a_row_that_calls_itself_of_an_older_format_does_not_open
    a_bit_that_was_flipped_does_not_open
    a_process_that_holds_the_old_key_opens_and_seals_after_a_rotation
    a_key_that_nobody_holds_is_named
    without_the_vault_nothing_is_sealed_or_opened
}

struct Fixture {
    database: TestDatabase,
    store: Store,
    vault: Vault,
}

impl Fixture {
    async fn new(postgres: bool) -> Self {
        let database = TestDatabase::new("secrets", postgres).await;
        let store = Store::open(&database.config.store_options()).await.expect("a fresh database opens");
        let vault = open_vault(&store, KeySource::in_folder(&database.folder)).await.expect("a key is made");
        Self { database, store, vault }
    }

    async fn end(self) {
        self.store.close().await;
        self.database.remove().await;
    }

    async fn put(&self, place: &SealContext<'_>, secret: &str) {
        let (vault, secret) = (&self.vault, &SecretString::from(secret));
        let put = |tx: WriteTx| async move { put(&tx, vault, place, secret).await };
        self.store.write(put).await.expect("it is sealed");
    }

    async fn get(&self, place: &SealContext<'_>) -> Result<String, Problem> {
        self.store.read(get(self.store.db(), &self.vault, place)).await.map(|secret| secret.expose_secret().to_owned())
    }

    async fn all(&self) -> Vec<Record> {
        Entity::find().order_by_asc(Column::Id).all(self.store.db()).await.expect("they are read")
    }

    /// Puts a row there as an attacker would.
    async fn write_row(&self, row: Record) {
        Entity::delete_by_id(row.id).exec(self.store.db()).await.expect("it is deleted");
        Entity::insert(row.into_active_model().reset_all()).exec(self.store.db()).await.expect("it is written");
    }

    #[track_caller]
    fn refused(&self, got: Result<String, Problem>, part: &str) {
        let said = got.expect_err("it does not open").to_string();
        assert!(said.starts_with("The kept secret of this credential cannot be opened: "), "{said}");
        assert!(said.contains(part), "{said}");
    }
}

const CHANGED: &str = "changed in the database";

fn rules() -> Destinations {
    Destinations {
        hosts: vec![Host::parse("smtp.example.org").expect("a host")],
        ports: vec![587],
        ..Default::default()
    }
}

fn place(id: i64, version: i64, destinations: &Destinations) -> SealContext<'_> {
    SealContext {
        kind: SecretOwner::Credential,
        id,
        field: SecretField::Secret,
        version,
        user_name: "ops",
        destinations,
    }
}

async fn a_secret_is_kept_replaced_and_forgotten(fixture: &Fixture) {
    let rules = rules();
    let (one, two) = (place(1, 1, &rules), place(1, 2, &rules));
    fixture.refused(fixture.get(&one).await, "it is not in the vault any more. Enter it again.");
    fixture.put(&one, "first").await;
    assert_eq!(fixture.get(&one).await, Ok("first".to_owned()));
    fixture.put(&two, "second").await;
    assert_eq!(fixture.get(&two).await, Ok("second".to_owned()));
    fixture.refused(fixture.get(&one).await, "version 2 of it, and the record asks for version 1");
    assert_eq!(fixture.all().await.len(), 1, "what was replaced is gone");
    let removed = fixture.store.write(|tx| {
        let two = &two;
        async move { remove(&tx, two).await }
    });
    removed.await.expect("it is forgotten");
    fixture.refused(fixture.get(&two).await, "not in the vault");
}

async fn any_secret_that_can_be_typed_comes_back_as_it_was(fixture: &Fixture) {
    let rules = rules();
    let long = ["x".repeat(1_000), "🔑".repeat(1_000), " ".repeat(60), "a".repeat(61)];
    let short =
        [" ", "%", "\"'`$\\%41%n", " blanks around it ", "'; DROP TABLE secrets; --", "\u{202E}\u{0301}\t\u{7f}"];
    for (id, secret) in short.into_iter().chain(long.iter().map(String::as_str)).enumerate() {
        let place = place(id as i64, 1, &rules);
        fixture.put(&place, secret).await;
        assert_eq!(fixture.get(&place).await.as_deref(), Ok(secret));
    }
}

async fn a_secret_moves_to_the_place_that_changed(fixture: &Fixture) {
    let (before, after) = (rules(), Destinations { ports: vec![465], ..rules() });
    let old = place(1, 1, &before);
    let new = SealContext { user_name: "other", ..place(1, 2, &after) };
    fixture.put(&old, "kept").await;
    let vault = &fixture.vault;
    let (old, new) = (&old, &new);
    let moved = fixture.store.write(|tx| async move { reseal(&tx, vault, old, new).await });
    moved.await.expect("it opens and is sealed again");
    assert_eq!(fixture.get(new).await, Ok("kept".to_owned()));
    fixture.refused(fixture.get(old).await, "version 2");
    fixture.refused(fixture.get(&place(1, 2, &after)).await, CHANGED);
    // One that does not open is not sealed again.
    let moved = fixture.store.write(|tx| async move { reseal(&tx, vault, old, new).await });
    moved.await.expect_err("its place is another one");
    assert_eq!(fixture.get(new).await, Ok("kept".to_owned()));
}

async fn rows_that_were_swapped_do_not_open(fixture: &Fixture) {
    let rules = rules();
    let (one, two) = (place(1, 1, &rules), place(2, 1, &rules));
    fixture.put(&one, "one").await;
    fixture.put(&two, "two").await;
    let rows = fixture.all().await;
    let [a, b] = &rows[..] else { panic!("two rows: {rows:?}") };
    // The rows; the sealed secrets alone; the data keys alone.
    let swaps = [
        [Record { record_id: 2, id: b.id, ..a.clone() }, Record { record_id: 1, id: a.id, ..b.clone() }],
        [Record { sealed: b.sealed.clone(), ..a.clone() }, Record { sealed: a.sealed.clone(), ..b.clone() }],
        [Record { wrapped: b.wrapped.clone(), ..a.clone() }, Record { wrapped: a.wrapped.clone(), ..b.clone() }],
    ];
    for swapped in swaps {
        for row in rows.iter() {
            Entity::delete_by_id(row.id).exec(fixture.store.db()).await.expect("it is deleted");
        }
        for row in swapped {
            fixture.write_row(row).await;
        }
        fixture.refused(fixture.get(&one).await, CHANGED);
        fixture.refused(fixture.get(&two).await, CHANGED);
    }
}

async fn a_field_that_was_swapped_does_not_open(fixture: &Fixture) {
    let rules = rules();
    let one = place(1, 1, &rules);
    fixture.put(&one, "one").await;
    let other = SealContext { field: SecretField::Reference, ..one };
    fixture.put(&other, "other").await;
    for row in fixture.all().await {
        Entity::delete_by_id(row.id).exec(fixture.store.db()).await.expect("it is deleted");
        if row.field == "reference" {
            fixture.write_row(Record { field: "secret".to_owned(), ..row }).await;
        }
    }
    fixture.refused(fixture.get(&one).await, CHANGED);
    let said = fixture.get(&other).await.expect_err("it is gone").to_string();
    assert!(
        said.starts_with("The kept reference of this credential cannot be opened: it is not in the vault"),
        "{said}"
    );
}

async fn an_old_row_put_back_does_not_open(fixture: &Fixture) {
    let rules = rules();
    fixture.put(&place(1, 1, &rules), "old").await;
    let old = fixture.all().await.remove(0);
    let now = place(1, 2, &rules);
    fixture.put(&now, "new").await;
    fixture.write_row(old.clone()).await;
    fixture.refused(fixture.get(&now).await, "version 1 of it, and the record asks for version 2");
    fixture.write_row(Record { version: 2, ..old }).await;
    fixture.refused(fixture.get(&now).await, CHANGED);
}

async fn a_row_that_calls_itself_of_an_older_format_does_not_open(fixture: &Fixture) {
    let rules = rules();
    let place = place(1, 1, &rules);
    fixture.put(&place, "one").await;
    let row = fixture.all().await.remove(0);
    for format in [0, 1, 3] {
        fixture.write_row(Record { format, ..row.clone() }).await;
        fixture.refused(fixture.get(&place).await, "sealed by an older version of Posthouse. Enter it again.");
    }
    // Nor does a start seal it anew: every secret had the present format once.
    drop(open_vault(&fixture.store, KeySource::in_folder(&fixture.database.folder)).await.expect("it opens"));
    fixture.refused(fixture.get(&place).await, "sealed by an older version of Posthouse");
    fixture.write_row(row).await;
    assert_eq!(fixture.get(&place).await, Ok("one".to_owned()));
}

async fn a_bit_that_was_flipped_does_not_open(fixture: &Fixture) {
    let rules = rules();
    let place = place(1, 1, &rules);
    fixture.put(&place, "one").await;
    let row = fixture.all().await.remove(0);
    for at in 0..row.sealed.len() {
        let mut damaged = row.clone();
        damaged.sealed[at] ^= 0x10;
        fixture.write_row(damaged).await;
        fixture.refused(fixture.get(&place).await, CHANGED);
    }
    for at in 0..row.wrapped.len() {
        let mut damaged = row.clone();
        damaged.wrapped[at] ^= 0x10;
        fixture.write_row(damaged).await;
        fixture.refused(fixture.get(&place).await, CHANGED);
    }
    for damaged in [
        Record { sealed: Vec::new(), ..row.clone() },
        Record { wrapped: Vec::new(), ..row.clone() },
        Record { wrapped: row.sealed.clone(), sealed: row.wrapped.clone(), ..row.clone() },
    ] {
        fixture.write_row(damaged).await;
        fixture.refused(fixture.get(&place).await, CHANGED);
    }
    fixture.write_row(row).await;
    assert_eq!(fixture.get(&place).await, Ok("one".to_owned()));
}

async fn a_process_that_holds_the_old_key_opens_and_seals_after_a_rotation(fixture: &Fixture) {
    let rules = rules();
    fixture.put(&place(1, 1, &rules), "before").await;
    let row = fixture.all().await.remove(0);
    let rotated = Backend::rotate_vault(&fixture.database.config).await.expect("it rotates");
    assert_eq!((rotated.secrets, rotated.damaged), (1, 0));
    let moved = fixture.all().await.remove(0);
    assert_eq!((&moved.sealed, &moved.key), (&row.sealed, &rotated.key), "the secret itself was left alone");
    assert_ne!((&moved.wrapped, &moved.key), (&row.wrapped, &row.key));
    // `fixture.vault` was opened before.
    assert_eq!(fixture.get(&place(1, 1, &rules)).await, Ok("before".to_owned()));
    let rotated = Backend::rotate_vault(&fixture.database.config).await.expect("it rotates");
    fixture.put(&place(2, 1, &rules), "after").await;
    assert_eq!(fixture.all().await.last().map(|row| row.key.clone()), Some(rotated.key));
    assert_eq!(fixture.get(&place(2, 1, &rules)).await, Ok("after".to_owned()));
    // A row that was read before the rotation was written is still under the old key, and so is its copy here.
    fixture.write_row(row).await;
    assert_eq!(fixture.get(&place(1, 1, &rules)).await, Ok("before".to_owned()));
}

async fn a_key_that_nobody_holds_is_named(fixture: &Fixture) {
    let rules = rules();
    let place = place(1, 1, &rules);
    fixture.put(&place, "one").await;
    let row = fixture.all().await.remove(0);
    fixture.write_row(Record { key: "0123456789abcdef".to_owned(), ..row.clone() }).await;
    let held = format!("sealed under the key 0123456789abcdef, and the key file holds {}.", row.key);
    fixture.refused(fixture.get(&place).await, &held);
    // A key that is held, but is not the one it is under.
    Backend::rotate_vault(&fixture.database.config).await.expect("it rotates");
    let other = vault_state::find(fixture.store.db()).await.expect("it is read").current.expect("there is a key");
    fixture.write_row(Record { key: other, ..row }).await;
    fixture.refused(fixture.get(&place).await, CHANGED);
    // A database whose key another server has, and this one has not.
    let state = vault_state::find(fixture.store.db()).await.expect("it is read");
    let foreign = vault_state::State { current: Some("fedcba9876543210".to_owned()), ..state };
    let (vault, place, foreign) = (&fixture.vault, &place, &foreign);
    let put = fixture.store.write(|tx| async move {
        vault_state::keep(&tx, foreign).await?;
        put(&tx, vault, place, &SecretString::from("two")).await?;
        Ok(())
    });
    let said = put.await.expect_err("it is not sealed under an older key").to_string();
    assert!(said.starts_with("The secret of this credential cannot be sealed: "), "{said}");
    assert!(said.contains("fedcba9876543210") && said.contains("Give this server the key file"), "{said}");
}

async fn without_the_vault_nothing_is_sealed_or_opened(fixture: &Fixture) {
    let rules = rules();
    let place = place(1, 1, &rules);
    fixture.put(&place, "one").await;
    let closed = Vault::default();
    let got = fixture.store.read(get(fixture.store.db(), &closed, &place)).await;
    fixture.refused(got.map(|_| String::new()), "the vault is not open");
    let (closed, place) = (&closed, &place);
    let put = fixture.store.write(|tx| async move { put(&tx, closed, place, &SecretString::from("two")).await });
    put.await.expect_err("it is not kept unsealed");
    assert_eq!(fixture.get(place).await, Ok("one".to_owned()));
}
