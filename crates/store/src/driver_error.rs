//! What SQLx, the driver below sea-orm, says of an error.

use sea_orm::{DbErr, RuntimeErr, sqlx};

use super::chain;

/// The error of the driver, where it is one.
pub(super) fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

/// SQLite's primary result code.
pub(super) fn sqlite_code(error: &DbErr) -> Option<u32> {
    match sqlx_error(error)? {
        sqlx::Error::Database(refusal) => {
            refusal.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
            refusal.code()?.parse::<u32>().ok().map(|code| code & 0xFF)
        }
        _ => None,
    }
}

/// The database's own words, on one line and without a full stop.
pub(super) fn reason(error: &DbErr) -> String {
    let text = match sqlx_error(error) {
        Some(sqlx::Error::Database(refusal)) => refusal.message().to_owned(),
        Some(other) => chain(other),
        None => chain(error),
    };
    text.replace('\n', " ").trim_end_matches('.').to_owned()
}
