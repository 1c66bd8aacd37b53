//! One account in the report: two lines, words before icons, and only the exception as a badge.

use leptos::prelude::*;
use model::{Acceptance, AccountRow, Cell, Column, ConnectionSecurity, FieldKind, LastTest};

use super::Listing;
use super::selection::Choose;
use crate::components::icon::Icon;
use crate::components::time::TimeAgo;
use crate::paths;

#[component]
pub fn Row(row: AccountRow, columns: Vec<Column>) -> impl IntoView {
    let listing: Listing = expect_context();
    let query = listing.filter.with_untracked(model::Filter::to_query);
    let cells = columns.into_iter().map(|column| cell(column, &row, &query)).collect_view();
    let (edit, test) = (paths::edit_account(row.id, &query), paths::test_account(row.id, &query));
    let (edit_label, test_label) = (format!("Edit {}", row.name), format!("Test setting {}", row.name));
    view! {
        <tr role="row" class:inactive=!row.enabled>
            <Choose id=row.id name=row.name />
            {cells}
            <td role="cell" class="row-actions no-print">
                <a href=edit aria-label=edit_label><Icon name="pencil" />"Edit"</a>
                <a href=test id=format!("test-{}", row.id) aria-label=test_label><Icon name="send" />"Test setting"</a>
            </td>
        </tr>
    }
}

fn cell(column: Column, row: &AccountRow, query: &str) -> AnyView {
    let mark = row.marks.of(column);
    let label = column.label();
    let cell = row.cell(column);
    match column.kind() {
        FieldKind::Id => view! { <td role="cell" class="id-cell">{row.id.0}</td> }.into_any(),
        FieldKind::Name => {
            let host = row.server();
            view! {
                <th role="rowheader" scope="row" class="row-head">
                    <a href=paths::edit_account(row.id, query)>{marked(&row.name, 0, mark)}</a>
                    " "
                    <span class="subtext host" title=host.clone()>{host.clone()}</span>
                </th>
            }
            .into_any()
        }
        FieldKind::Address => email(label, &cell.text(), mark),
        FieldKind::YesNo => yes_no(label, column, *cell == Cell::YesNo(true)),
        FieldKind::Security => security(label, row),
        FieldKind::Record
        | FieldKind::Text
        | FieldKind::Host
        | FieldKind::Port
        | FieldKind::Seconds
        | FieldKind::Trust
        | FieldKind::Mechanism => text(label, cell, mark),
        FieldKind::Test => view! {
            <td role="cell" class="last-test">{last_test(row, query)} {warnings(row)}</td>
        }
        .into_any(),
    }
}

/// What is an exception is a badge.
fn yes_no(label: &'static str, column: Column, yes: bool) -> AnyView {
    if column == Column::Enabled && !yes {
        return view! { <td role="cell" data-label=label><span class="badge"><Icon name="pause" />"No"</span></td> }
            .into_any();
    }
    if column == Column::Default && yes {
        return view! {
            <td role="cell" data-label=label><span class="badge default-badge"><Icon name="star" />"Yes"</span></td>
        }
        .into_any();
    }
    if yes {
        view! { <td role="cell" data-label=label>"Yes"</td> }.into_any()
    } else {
        view! { <td role="cell" data-label=label><span class="muted">"No"</span></td> }.into_any()
    }
}

fn text(label: &'static str, cell: &Cell<'_>, mark: Option<(usize, usize)>) -> AnyView {
    if *cell == Cell::Nothing {
        view! { <td role="cell" data-label=label><span class="muted">"None"</span></td> }.into_any()
    } else {
        view! { <td role="cell" data-label=label>{marked(&cell.text(), 0, mark)}</td> }.into_any()
    }
}

/// `local@domain`: the domain is dim and falls on the second line; it copies as one string.
fn email(label: &'static str, address: &str, mark: Option<(usize, usize)>) -> AnyView {
    let at = address.rfind('@').map_or(0, |at| at + 1);
    let (local, domain) = address.split_at(at);
    view! {
        <td role="cell" class="wide-cell" data-label=label>
            {marked(local, 0, mark)}<wbr /><span class="email-domain">{marked(domain, at, mark)}</span>
        </td>
    }
    .into_any()
}

/// The part of a value that begins at its byte `from`, with the matched text marked.
fn marked(part: &str, from: usize, mark: Option<(usize, usize)>) -> AnyView {
    match split_at_mark(part, from, mark) {
        Some([before, matched, after]) => {
            view! { {before.to_owned()}<mark>{matched.to_owned()}</mark>{after.to_owned()} }.into_any()
        }
        None => part.to_owned().into_any(),
    }
}

/// What stands before, in and after a match; None where none of it lies in this part.
fn split_at_mark(part: &str, from: usize, mark: Option<(usize, usize)>) -> Option<[&str; 3]> {
    let (start, end) = mark?;
    let start = start.max(from) - from;
    let end = end.min(from + part.len()).checked_sub(from)?;
    let (before, rest) = part.split_at_checked(start)?;
    let (matched, after) = rest.split_at_checked(end.checked_sub(start)?)?;
    (!matched.is_empty()).then_some([before, matched, after])
}

fn security(label: &'static str, row: &AccountRow) -> AnyView {
    let words = row.security.label();
    let icon = match (row.security, row.ignore_certificate) {
        (ConnectionSecurity::None, _) => Some("lock-open"),
        (_, true) => Some("triangle-alert"),
        (_, false) => None,
    };
    let word = match icon {
        Some(icon) => view! { <b class="warn tone"><Icon name=icon />" "{words}</b> }.into_any(),
        None => words.into_any(),
    };
    view! { <td role="cell" data-label=label>{word}" "<span class="subtext">{row.protection()}</span></td> }.into_any()
}

fn last_test(row: &AccountRow, query: &str) -> AnyView {
    let Some(test) = &row.last_test else {
        return view! { <span class="outcome label muted"><Icon name="circle-dashed" />"Never tested"</span> }
            .into_any();
    };
    let &LastTest { id, at, taken, passed, failed_at } = test;
    let (tone, icon) = match taken {
        None => ("muted", "loader-circle"),
        Some(Acceptance::Yes) => ("tone good", "circle-check"),
        Some(Acceptance::No) if failed_at.is_none() => ("tone good", "circle-check"),
        Some(Acceptance::Unknown) => ("tone warn", "circle-question-mark"),
        Some(Acceptance::No) => ("tone bad", "circle-x"),
    };
    let stations = model::Stage::way(row.security).len();
    let route = route(passed.into(), failed_at.is_some() || taken == Some(Acceptance::Unknown), stations);
    view! {
        <a class=format!("outcome label {tone}") href=paths::test_send(row.id, id, query)><Icon name=icon />{test.outcome().into_owned()}</a>
        <span class="subtext">{route}" "<TimeAgo at=at /></span>
    }
    .into_any()
}

fn warnings(row: &AccountRow) -> AnyView {
    let each = row.warnings.iter().cloned();
    each.map(|words| view! { <span class="row align-start subtext warn tone label"><Icon name="triangle-alert" />{words}</span> })
        .collect_view()
        .into_any()
}

/// How far a test came: a bar for each stage passed, a cross where it ended, dots for the rest.
fn route(passed: usize, ended: bool, stations: usize) -> AnyView {
    let x = |station: usize| 2 + 4 * station;
    let bars: String = (0..passed).map(|n| format!("M{} 2v8", x(n))).collect();
    // One and a half before its station. Writing decimal numbers would be a large part of the first load.
    let cross = ended.then(|| view! { <path class="failed" d=format!("M{}.5 4l4 4m0-4l-4 4", x(passed) - 2) /> });
    let dots: String =
        (passed + usize::from(ended)..stations.max(passed)).map(|n| format!("M{} 6h.01", x(n))).collect();
    let dots = ended.then(|| view! { <path stroke-linecap="round" d=dots /> });
    view! { <svg class="stage-track" viewBox="0 0 54 12" aria-hidden="true"><path d=bars />{cross}{dots}</svg> }
        .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_across_the_at_sign_is_marked_on_both_sides() {
        let check = |part, from, mark, pieces| assert_eq!(split_at_mark(part, from, mark), pieces, "{part}");
        check("ops@", 0, Some((1, 6)), Some(["o", "ps@", ""]));
        check("nord.example", 4, Some((1, 6)), Some(["", "no", "rd.example"]));
        check("nord.example", 4, Some((0, 3)), None);
        check("ops@", 0, Some((4, 6)), None);
        check("ops@", 0, None, None);
    }
}
