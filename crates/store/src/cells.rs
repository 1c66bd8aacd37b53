//! Accounts as the rows of lists and files: what their cells say, whether a row was read whole or only in part.

use std::borrow::Cow;
use std::slice::Iter;

use futures_util::{Stream, StreamExt};
use model::hosts::to_unicode;
use model::{
    AccountField, AccountFilter, Cell, Column as Shown, ConnectionSecurity, FieldKind, Mechanism, MechanismChoice,
    Moment, Port, TimeLimit, TrustKind,
};
use sea_orm::sea_query::{Expr, ExprTrait, IntoIden, Query, SelectStatement, ValueType};
use sea_orm::sqlx::Row;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, ModelTrait, QueryResult, StreamTrait, TryGetable};

use super::entity::account::{Column, Entity, Model, ReferenceKind, ReferenceNames, Stored, stored, stored_test};
use super::{StoreError, query};

/// An account as the database gave it, of which no more was read than what its cells say: its texts stay where they
/// came.
pub struct Record(QueryResult);

impl Record {
    /// What the fields say, of which it was read.
    pub fn cells(&self, fields: &[AccountField], now: Moment) -> Result<Vec<Cell<'_>>, StoreError> {
        let mut values = RowValues { row: &self.0, next: 0 };
        Ok(fields.iter().map(|field| cell(field.kind(), &mut values, now)).collect::<Result<_, _>>()?)
    }
}

/// What the columns of the report say of an account that was read whole, in their order.
pub fn cells(record: &Model, names: &ReferenceNames, now: Moment) -> Result<Vec<Cell<'static>>, StoreError> {
    let cell = |column: Shown| match stored(AccountField::Shown(column)) {
        Stored::Columns(columns) => cell(column.kind(), &mut RecordValues { record, columns: columns.iter() }, now),
        Stored::Name(kind) => match names.of(kind) {
            "" => Ok(Cell::Nothing),
            name => Ok(Cell::Text(name.to_owned().into())),
        },
    };
    Ok(Shown::ALL.into_iter().map(cell).collect::<Result<_, _>>()?)
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
        match stored(*field) {
            Stored::Columns(columns) => select.columns(columns.iter().copied()),
            Stored::Name(kind) => select.expr(name_of(kind)),
        };
    }
    select
}

/// The name of the record that an account points at.
fn name_of(kind: ReferenceKind) -> Expr {
    let table = kind.table();
    let is_it = Expr::col((table.into_iden(), "id".into_iden())).equals((Entity, kind.column()));
    Query::select().column("name").from(table).and_where(is_it).take().into()
}

/// The values that cells are made of, one after another.
trait Values<'a> {
    fn text(&mut self) -> Result<Option<Cow<'a, str>>, DbErr>;

    fn take<T: TryGetable + ValueType>(&mut self) -> Result<T, DbErr>;
}

/// The values of a row, from left to right; by place, since looking a column up by name takes longer than reading it.
struct RowValues<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl<'a> Values<'a> for RowValues<'a> {
    /// A text, as it stands in the answer of the database.
    fn text(&mut self) -> Result<Option<Cow<'a, str>>, DbErr> {
        let text: Result<Option<&str>, _> = match (self.row.try_as_pg_row(), self.row.try_as_sqlite_row()) {
            (Some(row), _) => row.try_get(self.next),
            (_, Some(row)) => row.try_get(self.next),
            (None, None) => return Err(DbErr::Type("a row of a database that is not served".to_owned())),
        };
        self.next += 1;
        text.map(|text| text.map(Cow::Borrowed)).map_err(|error| DbErr::Type(error.to_string()))
    }

    fn take<T: TryGetable + ValueType>(&mut self) -> Result<T, DbErr> {
        let value = self.row.try_get_by_index(self.next)?;
        self.next += 1;
        Ok(value)
    }
}

/// The values of these columns.
struct RecordValues<'r> {
    record: &'r Model,
    columns: Iter<'static, Column>,
}

impl Values<'static> for RecordValues<'_> {
    fn text(&mut self) -> Result<Option<Cow<'static, str>>, DbErr> {
        Ok(self.take::<Option<String>>()?.map(Cow::Owned))
    }

    fn take<T: TryGetable + ValueType>(&mut self) -> Result<T, DbErr> {
        let column = self.columns.next().ok_or_else(|| DbErr::Type("a cell is made of more columns".to_owned()))?;
        T::try_from(self.record.get(*column)).map_err(|error| DbErr::Type(error.to_string()))
    }
}

/// The cell of a field of this kind.
fn cell<'a>(kind: FieldKind, values: &mut impl Values<'a>, now: Moment) -> Result<Cell<'a>, DbErr> {
    Ok(match kind {
        FieldKind::Id => Cell::Number(values.take()?),
        FieldKind::Name | FieldKind::Address | FieldKind::Text | FieldKind::Record => {
            values.text()?.map_or(Cell::Nothing, Cell::Text)
        }
        FieldKind::YesNo => Cell::YesNo(values.take()?),
        FieldKind::Host => Cell::Text(to_unicode(&values.take()?).into()),
        FieldKind::Port => values.take::<Option<Port>>()?.map_or(Cell::Nothing, |port| Cell::Number(port.get().into())),
        FieldKind::Seconds => {
            values.take::<Option<TimeLimit>>()?.map_or(Cell::Nothing, |limit| Cell::Number(limit.seconds().into()))
        }
        FieldKind::Security => Cell::Word(values.take::<ConnectionSecurity>()?.label().into()),
        FieldKind::Trust => {
            let (pin, ca) = (values.text()?, values.text()?);
            let kind = match (pin, ca) {
                (Some(_), _) => TrustKind::Certificate,
                (None, Some(_)) => TrustKind::Ca,
                (None, None) => TrustKind::Machine,
            };
            Cell::Word(kind.label().into())
        }
        FieldKind::Mechanism => {
            let (credential, mechanism): (Option<i64>, Option<Mechanism>) = (values.take()?, values.take()?);
            match credential {
                None => Cell::Nothing,
                Some(_) => {
                    let choice = mechanism.map_or(MechanismChoice::Auto, MechanismChoice::Fixed);
                    Cell::Word(choice.key().into())
                }
            }
        }
        FieldKind::Test => {
            let (id, at, taken) = (values.take()?, values.take()?, values.take()?);
            let test = stored_test(id, at, taken, values.take()?, values.take()?);
            test.map_or(Cell::Nothing, |test| Cell::Test(test.ended(now)))
        }
    })
}
