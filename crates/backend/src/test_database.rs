//! A fresh database for a unit test, on SQLite or PostgreSQL.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::ConnectionTrait;
use vault::KeySource;

use crate::{Config, Database};

/// Makes two tests of each function, `name::on_sqlite` and `name::on_postgres`.
///
/// `$fixture` has `new(postgres)` and `end`.
macro_rules! on_both {
    ($fixture:ident: $($name:ident)*) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                let fixture = super::$fixture::new(false).await;
                super::$name(&fixture).await;
                fixture.end().await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                let fixture = super::$fixture::new(true).await;
                super::$name(&fixture).await;
                fixture.end().await;
            }
        }
    )*};
}
pub(crate) use on_both;

/// A database with a folder of its own, which also has the vault's key.
pub struct TestDatabase {
    pub folder: PathBuf,
    pub config: Config,
    /// Of PostgreSQL, the database's name.
    name: Option<String>,
}

impl TestDatabase {
    /// `of` is what it is for, in its name.
    pub async fn new(of: &str, postgres: bool) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("{of}_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("posthouse_{name}"));
        std::fs::create_dir_all(&folder).expect("it can be made");
        let database = if postgres {
            admin(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")).await;
            Database::Postgres { url: with_database(&name).into() }
        } else {
            Database::Sqlite { path: folder.join("posthouse.db") }
        };
        let config = Config { vault: Some(KeySource::in_folder(&folder)), ..Config::new(database, "posthouse.test") };
        Self { folder, config, name: postgres.then_some(name) }
    }

    /// As sea-orm opens it, past the store.
    pub fn url(&self) -> String {
        match &self.name {
            None => format!("sqlite:{}?mode=rwc", self.folder.join("posthouse.db").display()),
            Some(name) => with_database(name),
        }
    }

    pub async fn remove(self) {
        std::fs::remove_dir_all(&self.folder).expect("it was made");
        if let Some(name) = self.name {
            admin(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

fn with_database(name: &str) -> String {
    let base = base();
    let server = base.rsplit_once('/').expect("postgres://user@host:port/database").0;
    format!("{server}/{name}")
}

fn base() -> String {
    std::env::var("POSTHOUSE_TEST_POSTGRES").expect(
        "POSTHOUSE_TEST_POSTGRES names no PostgreSQL server. Run `cargo xtask test`, which starts one for the tests.",
    )
}

async fn admin(sql: &str) {
    let db = sea_orm::Database::connect(base()).await.expect("PostgreSQL answers");
    db.execute_unprepared(sql).await.expect(sql);
    db.close().await.expect("it closes");
}
