//! Accounts as the rows of a file: of each, no more is read than what its cells say.

use futures_util::{Stream, StreamExt};
use model::hosts::to_unicode;
use model::{
    AccountField, AccountFilter, Cell, Column as Shown, ConnectionSecurity, LastTest, Mechanism, MechanismChoice,
    Moment, Port, TrustKind,
};
use sea_orm::sea_query::{Expr, ExprTrait, IntoIden, Query, SelectStatement};
use sea_orm::sqlx::Row;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, StreamTrait, TryGetable};

use super::entity::account::{Column, Entity};
use super::{StoreError, query};

/// An account as the database gave it: its texts stay where they came.
pub struct Record(QueryResult);

impl Record {
    /// What the fields say, of which it was read.
    pub fn cells(&self, fields: &[AccountField], now: Moment) -> Result<Vec<Cell<'_>>, StoreError> {
        let mut values = Values { row: &self.0, next: 0 };
        Ok(fields.iter().map(|field| cell(&mut values, *field, now)).collect::<Result<_, _>>()?)
    }
}

/// All accounts that match, as the database gives them.
pub async fn stream<'a>(
    db: &'a DatabaseConnection,
    filter: &AccountFilter,
    fields: &[AccountField],
) -> Result<impl Stream<Item = Result<Record, StoreError>> + Send + 'a, StoreError> {
    let rows = db.stream(&select(filter, fields, db)).await?;
    Ok(rows.map(|row| Ok(Record(row?))))
}

/// The statement of [`stream`].
pub fn select(filter: &AccountFilter, fields: &[AccountField], db: &impl ConnectionTrait) -> SelectStatement {
    let mut select = query::matching(filter, db.get_database_backend());
    for field in fields {
        match field {
            AccountField::Shown(Shown::Credential) => select.expr(name_in("credentials", Column::CredentialId)),
            AccountField::Shown(Shown::Connector) => select.expr(name_in("connectors", Column::ConnectorId)),
            field => select.columns(columns(*field).iter().copied()),
        };
    }
    select
}

/// The name of the record that an account points at.
fn name_in(table: &'static str, points: Column) -> Expr {
    let is_it = Expr::col((table.into_iden(), "id".into_iden())).equals((Entity, points));
    Query::select().column("name").from(table).and_where(is_it).take().into()
}

/// What the cells of a field are made of.
fn columns(field: AccountField) -> &'static [Column] {
    match field {
        AccountField::Shown(column) => match column {
            Shown::Id => &[Column::Id],
            Shown::Name => &[Column::Name],
            Shown::Sender => &[Column::Sender],
            Shown::Reply => &[Column::Reply],
            Shown::ReturnPath => &[Column::ReturnPath],
            Shown::Confirmation => &[Column::Confirmation],
            Shown::Enabled => &[Column::Enabled],
            Shown::Default => &[Column::IsDefault],
            Shown::Security => &[Column::Security],
            Shown::ForceSettings => &[Column::ForceSettings],
            Shown::ReadReceipt => &[Column::ReadReceipt],
            Shown::Footer => &[Column::Footer],
            Shown::Credential | Shown::Connector => &[],
            Shown::LastTest => &[
                Column::LastTestId,
                Column::LastTestAt,
                Column::LastTestTaken,
                Column::LastTestPassed,
                Column::LastTestFailedAt,
            ],
        },
        AccountField::Host => &[Column::Host],
        AccountField::Port => &[Column::Port],
        AccountField::IgnoreCertificate => &[Column::IgnoreCertificate],
        AccountField::Trust => &[Column::Pin, Column::Ca],
        AccountField::Pin => &[Column::Pin],
        AccountField::Ca => &[Column::Ca],
        AccountField::Mechanism => &[Column::CredentialId, Column::Mechanism],
    }
}

/// The values of a row, from left to right; by place, since looking a column up by name takes longer than reading it.
struct Values<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl<'a> Values<'a> {
    /// A text, as it stands in the answer of the database.
    fn text(&mut self) -> Result<Option<&'a str>, DbErr> {
        let text = match (self.row.try_as_pg_row(), self.row.try_as_sqlite_row()) {
            (Some(row), _) => row.try_get(self.next),
            (_, Some(row)) => row.try_get(self.next),
            (None, None) => return Err(DbErr::Type("a row of a database that is not served".to_owned())),
        };
        self.next += 1;
        text.map_err(|error| DbErr::Type(error.to_string()))
    }

    fn take<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let value = self.row.try_get_by_index(self.next)?;
        self.next += 1;
        Ok(value)
    }
}

fn cell<'a>(values: &mut Values<'a>, field: AccountField, now: Moment) -> Result<Cell<'a>, DbErr> {
    let text_or_nothing = |text: Option<&'a str>| text.map_or(Cell::Nothing, |text| Cell::Text(text.into()));
    Ok(match field {
        AccountField::Shown(column) => match column {
            Shown::Id => Cell::Number(values.take()?),
            Shown::Name | Shown::Sender | Shown::Reply | Shown::ReturnPath | Shown::Confirmation => {
                text_or_nothing(values.text()?)
            }
            Shown::Enabled | Shown::Default | Shown::ForceSettings | Shown::ReadReceipt | Shown::Footer => {
                Cell::YesNo(values.take()?)
            }
            Shown::Security => Cell::Word(values.take::<ConnectionSecurity>()?.label()),
            Shown::Credential | Shown::Connector => text_or_nothing(values.text()?),
            Shown::LastTest => last_test(values)?.map_or(Cell::Nothing, |test| Cell::Test(test.ended(now))),
        },
        AccountField::Host => Cell::Text(to_unicode(&values.take()?).into()),
        AccountField::Port => {
            values.take::<Option<Port>>()?.map_or(Cell::Nothing, |port| Cell::Number(port.get().into()))
        }
        AccountField::IgnoreCertificate => Cell::YesNo(values.take()?),
        AccountField::Trust => {
            let (pin, ca) = (values.text()?, values.text()?);
            let kind = match (pin, ca) {
                (Some(_), _) => TrustKind::Certificate,
                (None, Some(_)) => TrustKind::Ca,
                (None, None) => TrustKind::Machine,
            };
            Cell::Word(kind.label())
        }
        AccountField::Pin | AccountField::Ca => text_or_nothing(values.text()?),
        AccountField::Mechanism => {
            let (credential, mechanism): (Option<i64>, Option<Mechanism>) = (values.take()?, values.take()?);
            match credential {
                None => Cell::Nothing,
                Some(_) => Cell::Word(mechanism.map_or(MechanismChoice::Auto, MechanismChoice::Fixed).key()),
            }
        }
    })
}

fn last_test(values: &mut Values<'_>) -> Result<Option<LastTest>, DbErr> {
    let (id, at, taken) = (values.take()?, values.take()?, values.take()?);
    let passed: Option<i32> = values.take()?;
    let failed_at = values.take()?;
    let (Some(id), Some(at)) = (id, at) else {
        return Ok(None);
    };
    let passed = passed.and_then(|passed| u8::try_from(passed).ok()).unwrap_or(0);
    Ok(Some(LastTest { id, at, taken, passed, failed_at }))
}
