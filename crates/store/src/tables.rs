//! All tables as the database itself describes them, for backups: a table or a column that a later change adds is in
//! them without being named anywhere.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64ct::{Base64, Encoding};
use futures_util::{Stream, StreamExt};
use migrations::{Migrator, MigratorTrait};
use sea_orm::sea_query::{Alias, Expr, Order, Query};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};
use serde_json::Value as Json;

use super::migrate::LOCK;
use super::{Snapshot, Store, StoreError, WriteTx};

/// What a backup does not hold: what ends by itself, and what only the running servers need.
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
/// Values of one statement; SQLite takes 32,766.
const VALUES: usize = 30_000;
/// Rows of one statement.
const ROWS: usize = 500;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableLayout {
    /// As the database knows it.
    pub name: String,
    /// In the order of the table.
    pub columns: Vec<ColumnLayout>,
    /// The last number that the database gave to a row; None where it numbers none. No number is given twice.
    pub last_number: Option<i64>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnLayout {
    /// As the database knows it.
    pub name: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Flag,
    Integer,
    Long,
    Text,
    Bytes,
}

impl Store {
    /// The database as of one moment, for as long as it takes to read all of it.
    pub async fn contents(&self) -> Result<Snapshot, StoreError> {
        let snapshot = self.begin_snapshot().await?;
        if self.db().get_database_backend() == DbBackend::Postgres {
            snapshot.db().execute_unprepared("SET LOCAL statement_timeout = 0").await?;
        }
        Ok(snapshot)
    }
}

impl Snapshot {
    /// The names of the changes that made the tables.
    pub async fn changes(&self) -> Result<Vec<String>, StoreError> {
        texts(self.db(), "SELECT version FROM seaql_migrations ORDER BY version").await
    }

    /// The tables that a backup holds, by name.
    pub async fn tables(&self) -> Result<Vec<TableLayout>, StoreError> {
        tables(self.db()).await
    }

    /// The rows of a table in the order of its first column, each with a value for each of its columns.
    pub async fn rows<'a>(
        &'a self,
        table: &'a TableLayout,
    ) -> Result<impl Stream<Item = Result<Vec<Json>, StoreError>> + use<'a>, StoreError> {
        let mut select = Query::select();
        select.columns(table.columns.iter().map(|column| Alias::new(&column.name))).from(Alias::new(&table.name));
        if let Some(first) = table.columns.first() {
            select.order_by(Alias::new(&first.name), Order::Asc);
        }
        let rows = sea_orm::StreamTrait::stream(&self.0, &select).await?;
        Ok(rows.map(|row| {
            let row = row?;
            let columns = table.columns.iter().enumerate();
            columns.map(|(at, column)| Ok(column.kind.read(&row, at)?)).collect()
        }))
    }
}

/// A transaction that puts other contents in the place of everything that the database holds.
pub struct Replacement(WriteTx);

impl Store {
    /// Begins one. None where another Posthouse has the database open, and keeps it so for as long as the time limit.
    pub async fn replacement(&self, limit: Duration) -> Result<Option<Replacement>, StoreError> {
        let turn = Arc::clone(&self.writers).acquire_owned().await.map_err(|e| StoreError::NoAnswer(e.to_string()))?;
        let write = self.begin(turn).await?;
        if write.db().get_database_backend() != DbBackend::Postgres {
            // The file is locked.
            return Ok(Some(Replacement(write)));
        }
        // Whoever starts now waits for the lock until this transaction has ended.
        let lock = format!("SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({LOCK})");
        write.db().execute_unprepared(&lock).await?;
        let started = Instant::now();
        while count(write.db(), OTHERS).await? > 0 {
            if started.elapsed() > limit {
                return Ok(None);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Some(Replacement(write)))
    }
}

const OTHERS: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                      AND application_name = 'posthouse' AND pid <> pg_backend_pid()";

impl Replacement {
    /// The transaction, for what else belongs to it.
    pub fn write(&self) -> &WriteTx {
        &self.0
    }

    /// Whether somebody kept something in the database; what the changes of the tables wrote themselves is nothing.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        let db = self.0.db();
        for table in tables(db).await?.iter().filter(|table| table.last_number.is_some()) {
            if count(db, &format!("SELECT COUNT(*) FROM \"{}\"", table.name)).await? > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Drops every table, and makes them anew by the first changes, as many as these.
    pub async fn clear(&self, changes: usize) -> Result<(), StoreError> {
        let db = self.0.db();
        for table in all_tables(db, Which::Virtual).await?.into_iter().chain(all_tables(db, Which::Plain).await?) {
            let cascade = match db.get_database_backend() {
                DbBackend::Postgres => " CASCADE",
                _ => "",
            };
            db.execute_unprepared(&format!("DROP TABLE \"{table}\"{cascade}")).await?;
        }
        let changes = u32::try_from(changes).unwrap_or(u32::MAX);
        Ok(Migrator::up(db, Some(changes)).await?)
    }

    /// The tables that are there now.
    pub async fn tables(&self) -> Result<Vec<TableLayout>, StoreError> {
        tables(self.0.db()).await
    }

    /// Empties a table of what the changes of the tables wrote.
    pub async fn empty(&self, table: &TableLayout) -> Result<(), StoreError> {
        self.0.db().execute_unprepared(&format!("DELETE FROM \"{}\"", table.name)).await?;
        Ok(())
    }

    /// Adds rows, each with a value for each of these columns. False if they do not fit.
    pub async fn insert(
        &self,
        table: &TableLayout,
        columns: &[ColumnLayout],
        rows: &[Vec<Json>],
    ) -> Result<bool, StoreError> {
        for some in rows.chunks((VALUES / columns.len().max(1)).clamp(1, ROWS)) {
            let mut insert = Query::insert();
            insert.into_table(Alias::new(&table.name));
            insert.columns(columns.iter().map(|column| Alias::new(&column.name)));
            for row in some {
                let values: Option<Vec<_>> =
                    columns.iter().zip(row).map(|(column, json)| column.kind.value(json)).collect();
                let Some(values) = values else { return Ok(false) };
                if insert.values(values.into_iter().map(Expr::value)).is_err() {
                    return Ok(false);
                }
            }
            self.0.db().execute(&insert).await?;
        }
        Ok(true)
    }

    /// The next row of a table gets a number after this one, and after those that are there.
    pub async fn number_after(&self, table: &TableLayout, last: i64) -> Result<(), StoreError> {
        let (db, name) = (self.0.db(), &table.name);
        let last = last.max(count(db, &format!("SELECT COALESCE(MAX(id), 0) FROM \"{name}\"")).await?);
        let statement = match db.get_database_backend() {
            DbBackend::Postgres => format!("ALTER TABLE \"{name}\" ALTER COLUMN id RESTART WITH {}", last + 1),
            _ => format!(
                "DELETE FROM sqlite_sequence WHERE name = '{name}';
                 INSERT INTO sqlite_sequence (name, seq) VALUES ('{name}', {last})"
            ),
        };
        db.execute_unprepared(&statement).await?;
        Ok(())
    }

    /// Makes the changes of tables that came after those of the contents.
    pub async fn bring_up_to_date(&self) -> Result<(), StoreError> {
        Ok(Migrator::up(self.0.db(), None).await?)
    }

    /// Keeps all that was replaced.
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.into_open()?.tx.commit().await?)
    }
}

/// The names of all changes of tables that this program knows, in their order.
pub fn known_changes() -> Vec<String> {
    Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

async fn tables(db: &impl ConnectionTrait) -> Result<Vec<TableLayout>, StoreError> {
    let mut tables = Vec::new();
    for name in all_tables(db, Which::Plain).await? {
        if !LEFT_OUT.contains(&name.as_str()) {
            tables.push(TableLayout {
                columns: columns(db, &name).await?,
                last_number: last_number(db, &name).await?,
                name,
            });
        }
    }
    Ok(tables)
}

#[derive(Clone, Copy)]
enum Which {
    Plain,
    /// Search indexes of SQLite, which have tables of their own.
    Virtual,
}

async fn all_tables(db: &impl ConnectionTrait, which: Which) -> Result<Vec<String>, StoreError> {
    let statement = match (db.get_database_backend(), which) {
        (DbBackend::Postgres, Which::Virtual) => return Ok(Vec::new()),
        (DbBackend::Postgres, Which::Plain) => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename::text COLLATE \"C\""
        }
        (_, Which::Virtual) => "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'",
        (_, Which::Plain) => {
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name"
        }
    };
    texts(db, statement).await
}

async fn columns(db: &impl ConnectionTrait, table: &str) -> Result<Vec<ColumnLayout>, StoreError> {
    let statement = match db.get_database_backend() {
        DbBackend::Postgres => format!(
            "SELECT column_name::text, data_type::text FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"
        ),
        _ => format!("SELECT name, type FROM pragma_table_info('{table}') ORDER BY cid"),
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), statement)).await?;
    let column = |row: &QueryResult| {
        let (name, kind): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let known = Kind::of(&kind);
        let kind = known.ok_or_else(|| DbErr::Type(format!("{table}.{name} has the type {kind}")))?;
        Ok(ColumnLayout { name, kind })
    };
    rows.iter().map(column).collect()
}

async fn last_number(db: &impl ConnectionTrait, table: &str) -> Result<Option<i64>, StoreError> {
    let statement = match db.get_database_backend() {
        DbBackend::Postgres => format!(
            "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('\"{table}\"', 'id')::regclass), 0) \
             FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '{table}' \
             AND column_name = 'id' AND is_identity = 'YES'"
        ),
        _ => {
            let numbered = format!("SELECT 1 FROM sqlite_master WHERE name = '{table}' AND sql LIKE '%AUTOINCREMENT%'");
            if numbers(db, &numbered).await?.is_empty() {
                return Ok(None);
            }
            format!("SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0)")
        }
    };
    Ok(numbers(db, &statement).await?.first().copied())
}

async fn texts(db: &impl ConnectionTrait, statement: &str) -> Result<Vec<String>, StoreError> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), statement)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

async fn numbers(db: &impl ConnectionTrait, statement: &str) -> Result<Vec<i64>, StoreError> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), statement)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

async fn count(db: &impl ConnectionTrait, statement: &str) -> Result<i64, StoreError> {
    Ok(numbers(db, statement).await?.first().copied().unwrap_or(0))
}

impl Kind {
    /// By its name in SQLite or in PostgreSQL. Every whole number of SQLite has 64 bits.
    fn of(name: &str) -> Option<Self> {
        match name {
            "BOOLEAN" | "boolean" => Some(Self::Flag),
            "integer" => Some(Self::Integer),
            "BIGINT" | "INTEGER" | "bigint" => Some(Self::Long),
            "TEXT" | "text" => Some(Self::Text),
            "BLOB" | "bytea" => Some(Self::Bytes),
            _ => None,
        }
    }

    fn read(self, row: &QueryResult, at: usize) -> Result<Json, DbErr> {
        Ok(match self {
            Self::Flag => row.try_get_by_index::<Option<bool>>(at)?.map_or(Json::Null, Json::from),
            Self::Integer => row.try_get_by_index::<Option<i32>>(at)?.map_or(Json::Null, Json::from),
            Self::Long => row.try_get_by_index::<Option<i64>>(at)?.map_or(Json::Null, Json::from),
            Self::Text => row.try_get_by_index::<Option<String>>(at)?.map_or(Json::Null, Json::from),
            Self::Bytes => {
                let bytes = row.try_get_by_index::<Option<Vec<u8>>>(at)?;
                bytes.map_or(Json::Null, |bytes| Base64::encode_string(&bytes).into())
            }
        })
    }

    /// None where it is of another kind.
    fn value(self, json: &Json) -> Option<Value> {
        if json.is_null() {
            return Some(match self {
                Self::Flag => Value::Bool(None),
                Self::Integer => Value::Int(None),
                Self::Long => Value::BigInt(None),
                Self::Text => Value::String(None),
                Self::Bytes => Value::Bytes(None),
            });
        }
        match self {
            Self::Flag => json.as_bool().map(Value::from),
            Self::Integer => json.as_i64().and_then(|number| i32::try_from(number).ok()).map(Value::from),
            Self::Long => json.as_i64().map(Value::from),
            Self::Text => json.as_str().map(Value::from),
            Self::Bytes => json.as_str().and_then(|text| Base64::decode_vec(text).ok()).map(Value::from),
        }
    }
}
