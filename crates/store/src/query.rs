//! From a filter to SQL: what matches, in which order, and which page of it.
//!
//! A text of three letters or more is looked up in the search index; a shorter one has nothing to look up there and is
//! compared row by row. All texts are folded, on both sides, and none of their characters means anything special.

use model::{AccountFilter, Direction, Sort, text};
use sea_orm::sea_query::extension::sqlite::SqliteExpr;
use sea_orm::sea_query::{Asterisk, Condition, Expr, ExprTrait, Func, NullOrdering, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, IdenStatic, Iterable, Order};

use super::entity;
use super::entity::account::{Column, Entity, sorted_by};

/// The letters that one entry of the search index covers.
const TRIGRAM: usize = 3;
/// No stored text is longer: 120 characters, of which the longest folds to 18. A longer term matches nothing.
const LONGEST_FOLDED: usize = 120 * 18;
/// What the PostgreSQL search index is made of, word for word.
const SEARCHED: &str = "(name_folded || ' ' || sender_folded || ' ' || reply_folded || ' ' || return_path_folded || ' ' || confirmation_folded)";

/// How many rows match.
pub fn count(filter: &AccountFilter, backend: DbBackend) -> SelectStatement {
    let mut select = Query::select();
    select.expr(Func::count(Expr::col(Asterisk))).from(Entity).cond_where(condition(filter, backend));
    select
}

/// One page of what matches.
pub fn page(filter: &AccountFilter, backend: DbBackend, offset: u64, rows: u64) -> SelectStatement {
    all(filter, backend).limit(rows).offset(offset).take()
}

/// All that matches, in its order.
pub fn all(filter: &AccountFilter, backend: DbBackend) -> SelectStatement {
    matching(filter, backend).columns(Column::iter()).take()
}

/// The same, of which nothing is selected yet.
pub fn matching(filter: &AccountFilter, backend: DbBackend) -> SelectStatement {
    let mut matching = Query::select();
    matching.from(Entity).cond_where(condition(filter, backend));
    let mut select = match backend {
        // Left to itself, PostgreSQL may walk an index of the order through the whole table in search of the few rows
        // that match. Behind OFFSET the hits are found first, and only they are sorted.
        DbBackend::Postgres if has_text(filter) => {
            let hits = matching.column(Asterisk).offset(0).take();
            Query::select().from_subquery(hits, Entity).take()
        }
        _ => matching,
    };
    order(&mut select, filter.sort);
    select
}

/// What matches. Each filter is named here, so that a new one that is forgotten does not compile.
pub(super) fn condition(filter: &AccountFilter, backend: DbBackend) -> Condition {
    let AccountFilter {
        id: _, // read by `ids`, which knows its form
        name,
        sender,
        reply,
        return_path,
        confirmation,
        credential,
        connector,
        ignores_errors,
        enabled,
        sort: _,
        page: _,
        page_size: _,
        columns: _,
    } = filter;
    let mut condition = Condition::all().add(Column::DeletedAt.into_expr().is_null());
    match filter.ids() {
        Ok(ids) if !ids.is_empty() => condition = condition.add(Column::Id.into_expr().is_in(ids)),
        _ => {}
    }
    if let Some(enabled) = enabled {
        condition = condition.add(Column::Enabled.into_expr().eq(*enabled));
    }
    if let Some(ignores) = ignores_errors {
        condition = condition.add(Column::IgnoreCertificate.into_expr().eq(*ignores));
    }
    for (column, typed, names) in [
        (Column::CredentialId, credential, named::<entity::credential::Entity> as Named),
        (Column::ConnectorId, connector, named::<entity::connector::Entity>),
    ] {
        let term = text::fold(typed.trim());
        if term.contains('\0') {
            condition = condition.add(Expr::val(1).eq(0));
        } else if !term.is_empty() {
            condition = condition.add(column.into_expr().in_subquery(names(term, backend)));
        }
    }
    let mut indexed = Vec::new();
    for (column, typed) in [
        (Column::NameFolded, name),
        (Column::SenderFolded, sender),
        (Column::ReplyFolded, reply),
        (Column::ReturnPathFolded, return_path),
        (Column::ConfirmationFolded, confirmation),
    ] {
        let term = text::fold(typed.trim());
        match term.chars().count() {
            0 => {}
            // PostgreSQL refuses NUL in a text, and no stored text holds one.
            n if n > LONGEST_FOLDED || term.contains('\0') => condition = condition.add(Expr::val(1).eq(0)),
            n if n < TRIGRAM => condition = condition.add(contains(column.into_expr(), term, backend)),
            _ => indexed.push((column, term)),
        }
    }
    match (indexed.is_empty(), backend) {
        (true, _) => condition,
        (false, DbBackend::Postgres) => by_pg_trgm(condition, indexed),
        (false, _) => condition.add(by_fts5(&indexed)),
    }
}

fn has_text(filter: &AccountFilter) -> bool {
    let AccountFilter { name, sender, reply, return_path, confirmation, .. } = filter;
    [name, sender, reply, return_path, confirmation].into_iter().any(|typed| !typed.trim().is_empty())
}

type Named = fn(String, DbBackend) -> SelectStatement;

/// The numbers of the records of another table whose name holds the term.
fn named<E: EntityTrait>(term: String, backend: DbBackend) -> SelectStatement {
    Query::select().column("id").from(E::default()).and_where(contains(Expr::col("name_folded"), term, backend)).take()
}

/// Row by row.
pub(super) fn contains(column: impl Into<Expr>, term: String, backend: DbBackend) -> Expr {
    let function = match backend {
        DbBackend::Postgres => "strpos",
        _ => "instr",
    };
    Func::cust(function).arg(column).arg(term).gt(0)
}

/// The index knows that a row holds the term somewhere; the column's own condition says where.
fn by_pg_trgm(mut condition: Condition, terms: Vec<(Column, String)>) -> Condition {
    for (column, term) in terms {
        let pattern = format!("%{}%", term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        condition = condition.add(Expr::cust(SEARCHED).like(&pattern)).add(column.into_expr().like(&pattern));
    }
    condition
}

/// Between quotes nothing but the quote itself means anything to FTS5.
fn by_fts5(terms: &[(Column, String)]) -> Expr {
    let phrases = terms.iter().map(|(column, term)| format!("{} : \"{}\"", column.as_str(), term.replace('"', "\"\"")));
    let wanted = phrases.collect::<Vec<_>>().join(" AND ");
    let hits = Query::select()
        .column("rowid")
        .from("account_search")
        .and_where(Expr::col("account_search").matches(wanted))
        .take();
    Column::Id.into_expr().in_subquery(hits)
}

/// Ties are broken by ID, in the same direction. Texts sort by their folded copies. Accounts that were never tested
/// count as tested before all others, and those without a time limit of their own as having the shortest.
fn order(select: &mut SelectStatement, sort: Sort) {
    let Sort { column, direction } = sort;
    let (direction, nulls) = match direction {
        Direction::Ascending => (Order::Asc, NullOrdering::First),
        Direction::Descending => (Order::Desc, NullOrdering::Last),
    };
    match sorted_by(column) {
        Column::Id => {}
        by @ (Column::LastTestAt | Column::TimeLimit) => {
            select.order_by_with_nulls(by, direction.clone(), nulls);
        }
        by => {
            select.order_by(by, direction.clone());
        }
    }
    select.order_by(Column::Id, direction);
}
