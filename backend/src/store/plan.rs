//! How the database answers a list, and the same statements run bare: for the tests of the indexes and the bench.

use std::sync::Arc;

use futures_util::{Stream, TryStreamExt};
use model::{AccountFilter, Column as Shown, CredentialFilter, Problem};
use sea_orm::sea_query::SelectStatement;
use sea_orm::sqlx::{self, ColumnIndex, Decode, Row, Type};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::{credentials, query, rows};
use crate::Backend;
use crate::export_columns::Field;
use crate::paging::ROWS;

impl Backend {
    /// The database's plan for the page of a list, a line each: for the tests of the indexes and `cargo xtask bench`.
    pub async fn explain_accounts(&self, filter: &AccountFilter) -> Result<Vec<String>, Problem> {
        let db = self.store().db();
        let backend = db.get_database_backend();
        let mut statement = backend.build(&page(filter, backend));
        let (explain, column) = match backend {
            DbBackend::Postgres => ("EXPLAIN", "QUERY PLAN"),
            _ => ("EXPLAIN QUERY PLAN", "detail"),
        };
        statement.sql = format!("{explain} {}", statement.sql);
        let explain = async {
            let lines = db.query_all_raw(statement).await?;
            Ok(lines.iter().map(|line| line.try_get::<String>("", column)).collect::<Result<_, DbErr>>()?)
        };
        self.store().read(explain).await
    }

    /// The statements of a list of credentials, likewise.
    pub async fn bare_credentials(&self, filter: &CredentialFilter) -> Result<BareList, Problem> {
        let db = self.store().db();
        let read = async {
            let rows = credentials::page(db, filter, 0, ROWS).await?;
            let ids: Vec<_> = rows.iter().map(|row| row.id.0).collect();
            Ok(credentials::statements(db.get_database_backend(), filter, ROWS, &ids))
        };
        let statements = self.store().read(read).await?;
        Ok(BareList { db: db.clone(), statements: statements.iter().map(Statement::to_string).collect() })
    }

    /// The statements of a list, made once, to be run again and again by the driver alone: for `cargo xtask bench`.
    pub fn bare_accounts(&self, filter: &AccountFilter) -> BareList {
        let db = self.store().db();
        let backend = db.get_database_backend();
        let count = match filter.is_narrowed() {
            true => backend.build(&query::count(filter, backend)),
            false => Statement::from_string(backend, "SELECT account_count FROM settings WHERE id = 1"),
        };
        let page = backend.build(&page(filter, backend));
        BareList { db: db.clone(), statements: Arc::new([count.to_string(), page.to_string()]) }
    }
}

impl Backend {
    /// The statement of an export of these columns, to be written as CSV as it comes: for `cargo xtask bench`.
    pub fn bare_export(&self, filter: &AccountFilter) -> BareExport {
        let db = self.store().db();
        let fields = BareExport::COLUMNS.map(Field::Shown);
        BareExport {
            db: db.clone(),
            sql: db.get_database_backend().build(&rows::select(filter, &fields, db)).to_string(),
        }
    }
}

/// The least that an export could do: rows as the driver gives them, and the `csv` crate.
#[derive(Clone)]
pub struct BareExport {
    db: DatabaseConnection,
    sql: String,
}

impl BareExport {
    /// A number, and else texts.
    pub const COLUMNS: [Shown; 6] =
        [Shown::Id, Shown::Name, Shown::Sender, Shown::Reply, Shown::ReturnPath, Shown::Confirmation];

    /// Writes the rows to nowhere, and gives how many.
    pub async fn run(&self) -> Result<u64, BareError> {
        let sql = sqlx::AssertSqlSafe(self.sql.clone());
        match self.db.get_database_backend() {
            DbBackend::Postgres => write(sqlx::query(sql).fetch(self.db.get_postgres_connection_pool())).await,
            _ => write(sqlx::query(sql).fetch(self.db.get_sqlite_connection_pool())).await,
        }
    }
}

async fn write<R: Row>(mut rows: impl Stream<Item = Result<R, sqlx::Error>> + Unpin) -> Result<u64, BareError>
where
    usize: ColumnIndex<R>,
    i64: Type<R::Database> + for<'r> Decode<'r, R::Database>,
    for<'r> &'r str: Type<R::Database> + Decode<'r, R::Database>,
{
    let (mut writer, mut count) = (csv::Writer::from_writer(std::io::sink()), 0);
    while let Some(row) = rows.try_next().await? {
        writer.write_field(row.try_get::<i64, _>(0)?.to_string())?;
        for text in 1..BareExport::COLUMNS.len() {
            writer.write_field(row.try_get::<&str, _>(text)?)?;
        }
        writer.write_record(None::<&[u8]>)?;
        count += 1;
    }
    Ok(count)
}

fn page(filter: &AccountFilter, backend: DbBackend) -> SelectStatement {
    let rows = filter.page_size.unwrap_or_default().rows();
    query::page(filter, backend, filter.page.saturating_sub(1).saturating_mul(rows), rows)
}

/// The statements of one list as SQL.
#[derive(Clone)]
pub struct BareList {
    db: DatabaseConnection,
    statements: Arc<[String]>,
}

impl BareList {
    /// Runs them through sqlx and gives how many rows came back.
    pub async fn run(&self) -> Result<usize, BareError> {
        let mut rows = 0;
        for sql in self.statements.iter() {
            let query = sqlx::AssertSqlSafe(sql.clone());
            rows += match self.db.get_database_backend() {
                DbBackend::Postgres => {
                    sqlx::query(query).fetch_all(self.db.get_postgres_connection_pool()).await?.len()
                }
                _ => sqlx::query(query).fetch_all(self.db.get_sqlite_connection_pool()).await?.len(),
            };
        }
        Ok(rows)
    }
}

/// A bare statement failed.
#[derive(Debug, thiserror::Error)]
pub enum BareError {
    #[error("a bare statement failed: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("its rows could not be written: {0}")]
    Csv(#[from] csv::Error),
}
