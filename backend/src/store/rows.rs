//! Accounts as the rows of a file: of each, no more is read than what its cells say.

use futures_util::{Stream, StreamExt};
use model::{AccountFilter, Column as Shown, LastTest, Mechanism, MechanismChoice, Port, Security, TrustKind};
use sea_orm::sea_query::{Expr, ExprTrait, IntoIden, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, StreamTrait, TryGetable};

use super::entity::account::{Column, Entity};
use super::{Fault, query};
use crate::export::Cell;
use crate::fields::Field;
use crate::hosts::to_unicode;

/// All accounts that match, as the database gives them.
pub async fn stream<'a>(
    db: &'a DatabaseConnection,
    filter: &AccountFilter,
    fields: &'a [Field],
) -> Result<impl Stream<Item = Result<Vec<Cell>, Fault>> + Send + 'a, Fault> {
    let rows = db.stream(&select(filter, fields, db)).await?;
    Ok(rows.map(|row| Ok(cells(&row?, fields)?)))
}

/// The statement of [`stream`].
pub(super) fn select(filter: &AccountFilter, fields: &[Field], db: &impl ConnectionTrait) -> SelectStatement {
    let mut select = query::matching(filter, db.get_database_backend());
    for field in fields {
        match field {
            Field::Shown(Shown::Credential) => select.expr(name_in("credentials", Column::CredentialId)),
            Field::Shown(Shown::Connector) => select.expr(name_in("connectors", Column::ConnectorId)),
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
fn columns(field: Field) -> &'static [Column] {
    match field {
        Field::Shown(column) => match column {
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
        Field::Host => &[Column::Host],
        Field::Port => &[Column::Port],
        Field::IgnoreCertificate => &[Column::IgnoreCertificate],
        Field::Trust => &[Column::Pin, Column::Ca],
        Field::Pin => &[Column::Pin],
        Field::Ca => &[Column::Ca],
        Field::Mechanism => &[Column::CredentialId, Column::Mechanism],
    }
}

/// The values of a row, from left to right; by place, since looking a column up by name takes longer than reading it.
struct Values<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl Values<'_> {
    fn take<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let value = self.row.try_get_by_index(self.next)?;
        self.next += 1;
        Ok(value)
    }
}

fn cells(row: &QueryResult, fields: &[Field]) -> Result<Vec<Cell>, DbErr> {
    let mut values = Values { row, next: 0 };
    fields.iter().map(|field| cell(&mut values, *field)).collect()
}

fn cell(values: &mut Values<'_>, field: Field) -> Result<Cell, DbErr> {
    let text_or_nothing = |text: Option<String>| text.map_or(Cell::Nothing, Cell::Text);
    Ok(match field {
        Field::Shown(column) => match column {
            Shown::Id => Cell::Number(values.take()?),
            Shown::Name | Shown::Sender | Shown::Reply | Shown::ReturnPath | Shown::Confirmation => {
                Cell::Text(values.take()?)
            }
            Shown::Enabled | Shown::Default | Shown::ForceSettings | Shown::ReadReceipt | Shown::Footer => {
                Cell::YesNo(values.take()?)
            }
            Shown::Security => Cell::Word(values.take::<Security>()?.label()),
            Shown::Credential | Shown::Connector => text_or_nothing(values.take()?),
            Shown::LastTest => last_test(values)?.map_or(Cell::Nothing, Cell::Test),
        },
        Field::Host => Cell::Text(to_unicode(&values.take()?)),
        Field::Port => values.take::<Option<Port>>()?.map_or(Cell::Nothing, |port| Cell::Number(port.get().into())),
        Field::IgnoreCertificate => Cell::YesNo(values.take()?),
        Field::Trust => {
            let (pin, ca): (Option<String>, Option<String>) = (values.take()?, values.take()?);
            let kind = match (pin, ca) {
                (Some(_), _) => TrustKind::Certificate,
                (None, Some(_)) => TrustKind::Ca,
                (None, None) => TrustKind::Machine,
            };
            Cell::Word(kind.label())
        }
        Field::Pin | Field::Ca => text_or_nothing(values.take()?),
        Field::Mechanism => {
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
