//! A fresh database for one test, and a backend that is open on it.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use backend::{Backend, Client, ClientAddress, Config, Database, KeySource, ReportLimits};
use fixtures::Fixtures;
use model::{AccountDraft, AccountFilter, AccountId, AccountPage, Actor, Filter, Moment, YesNo};
use sea_orm::{ConnectionTrait, DatabaseConnection};

/// Makes two tests of each function: `name::on_sqlite` and `name::on_postgres`.
#[macro_export]
macro_rules! on_both {
    ($($name:ident)*) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                let context = $crate::context::TestContext::new($crate::context::DatabaseKind::Sqlite).await;
                super::$name(&context).await;
                context.end().await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                let context = $crate::context::TestContext::new($crate::context::DatabaseKind::Postgres).await;
                super::$name(&context).await;
                context.end().await;
            }
        }
    )*};
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    Sqlite,
    Postgres,
}

pub struct TestContext {
    pub kind: DatabaseKind,
    pub backend: Backend,
    pub database: TestDatabase,
}

/// Where a database is, until it is dropped.
pub struct TestDatabase {
    pub name: String,
    pub folder: PathBuf,
    kind: DatabaseKind,
}

pub const PASSWORD: &str = "correct horse battery";

impl TestContext {
    pub async fn new(kind: DatabaseKind) -> Self {
        let database = TestDatabase::new(kind).await;
        let backend = Backend::open(database.config()).await.expect("a fresh database opens");
        Self { kind, backend, database }
    }

    /// Somebody who is registered.
    pub async fn actor(&self) -> Actor {
        self.person("ops@nordhavn.example").await
    }

    pub async fn person(&self, email: &str) -> Actor {
        self.backend.add_user(email, PASSWORD.into()).await.expect("a person is registered")
    }

    /// A connection past all use cases.
    pub async fn raw(&self) -> DatabaseConnection {
        let url = match self.kind {
            DatabaseKind::Sqlite => format!("sqlite:{}", self.database.file().display()),
            DatabaseKind::Postgres => with_database(&self.database.name),
        };
        sea_orm::Database::connect(url).await.expect("the database is there")
    }

    /// What fills the database past all use cases.
    pub async fn fixtures(&self) -> Fixtures {
        Fixtures::connect(&self.database.config().store_options(), None).await.expect("the database is there")
    }

    /// Adds accounts that are always the same.
    pub async fn add_accounts(&self, count: u64) {
        let fixtures = self.fixtures().await;
        fixtures.add_accounts(count).await.expect("accounts are made");
        fixtures.close().await;
    }

    /// Changes the database past all use cases.
    pub async fn execute(&self, sql: &str) {
        let raw = self.raw().await;
        raw.execute_unprepared(sql).await.expect(sql);
        raw.close().await.expect("it closes");
    }

    pub async fn list(&self, actor: &Actor, query: &str) -> AccountPage {
        self.backend.list_accounts(actor, &AccountFilter::from_query(query)).await.expect(query)
    }

    /// The IDs of the first page.
    pub async fn ids(&self, actor: &Actor, query: &str) -> Vec<i64> {
        self.list(actor, query).await.rows.iter().map(|row| row.id.0).collect()
    }

    pub async fn create(&self, actor: &Actor, draft: &AccountDraft) -> AccountId {
        self.backend.create_account(actor, draft).await.expect("the draft keeps the rules").id
    }

    /// The same database, opened once more by a server, which forgets what is due.
    pub async fn reopened(&self) -> Backend {
        let backend = Backend::open(self.database.config()).await.expect("it opens again");
        backend.maintain_at(now(), Duration::ZERO).await.expect("the database answers");
        backend
    }

    pub async fn end(self) {
        self.backend.close().await;
        if self.kind == DatabaseKind::Postgres {
            let admin = admin().await;
            admin
                .execute_unprepared(&format!("DROP DATABASE {} WITH (FORCE)", self.database.name))
                .await
                .expect("it is dropped");
        }
    }
}

impl TestDatabase {
    pub async fn new(kind: DatabaseKind) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("store_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("posthouse_{name}"));
        if kind == DatabaseKind::Postgres {
            let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'");
            admin().await.execute_unprepared(&create).await.expect("a database is made");
        }
        Self { name, folder, kind }
    }

    pub fn file(&self) -> PathBuf {
        self.folder.join("posthouse.db")
    }

    pub fn config(&self) -> Config {
        let database = match self.kind {
            DatabaseKind::Sqlite => Database::Sqlite { path: self.file() },
            DatabaseKind::Postgres => Database::Postgres { url: with_database(&self.name).into() },
        };
        let vault = Some(KeySource::in_folder(&self.folder));
        let domain = ReportLimits::domain("nordhavn.example").expect("it is one");
        let reports = ReportLimits { domains: vec![domain], ..ReportLimits::default() };
        Config { vault, reports, ..Config::new(database, "posthouse.test") }
    }

    /// With a time limit that a test can wait for.
    pub fn impatient(&self) -> Config {
        Config { store_limit: Duration::from_millis(300), ..self.config() }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Made by SQLite and by the vault.
        let _absent = std::fs::remove_dir_all(&self.folder);
    }
}

/// What the clock says.
pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    Moment(since.as_micros() as i64)
}

fn base() -> String {
    std::env::var("POSTHOUSE_TEST_POSTGRES").expect(
        "POSTHOUSE_TEST_POSTGRES names no PostgreSQL server. Run `cargo xtask test`, which starts one for the tests.",
    )
}

/// The server's URL with this database in place of its own.
pub fn with_database(name: &str) -> String {
    let base = base();
    let server = base.rsplit_once('/').expect("postgres://user@host:port/database").0;
    format!("{server}/{name}")
}

async fn admin() -> DatabaseConnection {
    sea_orm::Database::connect(base()).await.expect("the PostgreSQL of POSTHOUSE_TEST_POSTGRES answers")
}

/// A browser at this address, that nobody signed in with.
pub fn client(address: &str) -> Client {
    let address: IpAddr = address.parse().expect(address);
    ClientAddress::from(address).into()
}

/// Where people sign in from, unless a test says otherwise.
pub fn here() -> Client {
    client("192.0.2.1")
}

/// An account that keeps all rules, by this name.
pub fn draft(name: &str) -> AccountDraft {
    AccountDraft {
        name: name.to_owned(),
        sender: "billing@nordhavn.example".to_owned(),
        reply: "desk@nordhavn.example".to_owned(),
        return_path: "bounces@nordhavn.example".to_owned(),
        confirmation: "receipts@nordhavn.example".to_owned(),
        host: "smtp.nordhavn.example".to_owned(),
        authentication: YesNo::No,
        ..AccountDraft::default()
    }
}

/// The same, to be the default.
pub fn default_draft(name: &str) -> AccountDraft {
    AccountDraft { default: YesNo::Yes, ..draft(name) }
}
