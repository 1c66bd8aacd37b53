//! All tables as the database itself describes them, for backups: a table or a column that a later change adds is in
//! them without being named anywhere.

use base64ct::{Base64, Encoding};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};
use serde_json::Value as Json;

use super::StoreError;

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
    pub(crate) kind: ColumnType,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    Flag,
    Integer,
    Long,
    Text,
    Bytes,
}

/// The tables that a backup holds, by name.
pub(crate) async fn tables(db: &impl ConnectionTrait) -> Result<Vec<TableLayout>, StoreError> {
    let mut tables = Vec::new();
    for name in all_tables(db, TableKind::Plain).await? {
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
pub(crate) enum TableKind {
    /// Those that rows are kept in.
    Plain,
    /// Search indexes of SQLite, which have tables of their own.
    Virtual,
}

pub(crate) async fn all_tables(db: &impl ConnectionTrait, kind: TableKind) -> Result<Vec<String>, StoreError> {
    let statement = match (db.get_database_backend(), kind) {
        (DbBackend::Postgres, TableKind::Virtual) => return Ok(Vec::new()),
        (DbBackend::Postgres, TableKind::Plain) => {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename::text COLLATE \"C\""
        }
        (_, TableKind::Virtual) => "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'virtual'",
        (_, TableKind::Plain) => {
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
        let known = ColumnType::of(&kind);
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

pub(crate) async fn texts(db: &impl ConnectionTrait, statement: &str) -> Result<Vec<String>, StoreError> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), statement)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

async fn numbers(db: &impl ConnectionTrait, statement: &str) -> Result<Vec<i64>, StoreError> {
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), statement)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

pub(crate) async fn count(db: &impl ConnectionTrait, statement: &str) -> Result<i64, StoreError> {
    Ok(numbers(db, statement).await?.first().copied().unwrap_or(0))
}

impl ColumnType {
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

    pub(crate) fn read(self, row: &QueryResult, at: usize) -> Result<Json, DbErr> {
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
    pub(crate) fn value(self, json: &Json) -> Option<Value> {
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
