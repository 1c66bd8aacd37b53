//! The report on paper: a page without WebAssembly, whose rows are sent as they are read, so that thousands of them
//! cost neither the server's memory nor the browser's patience.

use std::convert::Infallible;

use app::api::people::Theme;
use app::paths;
use app::sections::REPORT;
use app::ssr::{self, IsHttps};
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use backend::{Backend, Cell, Print};
use futures_util::stream::{self, StreamExt};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use model::{AccountFilter, AccountRow, Actor, Column, ColumnWidth, ExportFormat, FieldKind, Filter, Problem};

use crate::http::assets;
use crate::http::refusal;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// A table of no more columns has room on a small screen.
const FEW: usize = 4;

/// All accounts that the query asks for.
pub async fn accounts(
    State(backend): State<Backend>,
    Extension(actor): Extension<Actor>,
    RawQuery(query): RawQuery,
    Extension(is_https): Extension<IsHttps>,
    headers: HeaderMap,
) -> Response {
    let filter = AccountFilter::from_query(query.as_deref().unwrap_or_default());
    match answer(&backend, &actor, &filter, ssr::theme_in(&headers, is_https)).await {
        Ok(response) => response,
        Err(problem) => refusal::answer(&headers, &problem),
    }
}

async fn answer(backend: &Backend, actor: &Actor, filter: &AccountFilter, theme: Theme) -> Result<Response, Problem> {
    let mut print = backend.print_accounts(actor, filter).await?;
    // What fails before anything is sent can still be said.
    let rows = print.next().await.transpose()?.unwrap_or_default();
    let Frame { before_rows, after_rows, end } = Frame::new(&print, actor, filter, theme);
    let first = before_rows + &table_rows(&rows, &print.columns).into_string();
    let rest = Some(Rest { print, written: rows.len(), after_rows, end });
    // The compression asks once more behind the end.
    let rest = stream::unfold(rest, async |rest: Option<Rest>| Some(rest?.next().await)).fuse();
    let pieces = stream::iter([first]).chain(rest).map(Ok::<_, Infallible>);
    let names = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    Ok((names, Body::from_stream(pieces)).into_response())
}

/// What follows the first rows.
struct Rest {
    print: Print,
    written: usize,
    after_rows: String,
    end: String,
}

impl Rest {
    /// The next piece of the page, and what follows it.
    async fn next(mut self) -> (String, Option<Self>) {
        let conclusion = match self.print.next().await {
            Some(Ok(rows)) => {
                self.written += rows.len();
                return (table_rows(&rows, &self.print.columns).into_string(), Some(self));
            }
            Some(Err(problem)) => incomplete(&problem),
            None => complete(self.written),
        };
        (self.after_rows + &conclusion.into_string() + &self.end, None)
    }
}

/// The page around its rows and what is said below them: what becomes of both is known only once the rest is sent.
struct Frame {
    before_rows: String,
    after_rows: String,
    end: String,
}

impl Frame {
    fn new(print: &Print, actor: &Actor, filter: &AccountFilter, theme: Theme) -> Self {
        /// A comment, which no text of the page can be taken for: text has no `<`.
        const GAP: PreEscaped<&str> = PreEscaped("<!--gap-->");
        let page = page(print, actor, filter, theme, GAP).into_string();
        let mut parts = page.split(GAP.0).map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        Self { before_rows: next(), after_rows: next(), end: next() }
    }
}

/// The whole page, with `gap` where the rows stand and what is said below them.
fn page(print: &Print, actor: &Actor, filter: &AccountFilter, theme: Theme, gap: PreEscaped<&str>) -> Markup {
    let (root, query) = (assets::root(), filter.to_query());
    let few_columns = print.columns.len() <= FEW;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                (refusal::head(REPORT.title, theme.color_scheme()))
                script type="module" src={ (root) "/print.js" } {}
            }
            body {
                main #main .standalone.print-page {
                    div.row.no-print {
                        a.btn.plain href=(paths::report(&query)) { (icon("chevron-left")) "Back to the report" }
                        p.help.no-script { "Print it with the browser: Ctrl+P, on a Mac Cmd+P." }
                        span #print .push-end hidden {
                            button.btn.primary { (icon("printer")) "Print" }
                        }
                    }
                    section.card aria-label="Report" {
                        h1 { small { "Settings · Email" } (REPORT.title) }
                        p { (filter.in_words()) "." }
                        p {
                            (counted(print.matching, print.total)) ". Printed "
                            time datetime=(print.at.to_rfc3339()) { (print.at) }
                            " by " (actor.email.as_str()) "."
                        }
                        @if print.rows < print.matching {
                            p.note.tinted.warn {
                                "The first " (print.rows) " of " (print.matching)
                                " accounts: more would not print. "
                                a href=(paths::export(ExportFormat::Csv, &query)) { "Export CSV" }
                                " has all of them."
                            }
                        }
                        div.table-scroll role="region" aria-label="Accounts" tabindex="0" {
                            table.print-table.few-columns[few_columns] aria-label="SMTP accounts" {
                                thead {
                                    tr {
                                        @for column in &print.columns {
                                            th scope="col" class=[width(*column)] { (column.label()) }
                                        }
                                    }
                                }
                                tbody { (gap) }
                            }
                        }
                        (gap)
                    }
                }
            }
        }
    }
}

fn icon(name: &str) -> Markup {
    html! {
        svg.icon aria-hidden="true" {
            use href={ (assets::root()) "/icons.svg#" (name) } {}
        }
    }
}

/// "12 of 240 accounts".
fn counted(matching: u64, total: u64) -> String {
    let plural = if total == 1 { "" } else { "s" };
    if matching == total {
        format!("{total} account{plural}")
    } else {
        format!("{matching} of {total} account{plural}")
    }
}

/// The class by which a column has its width.
fn width(column: Column) -> Option<&'static str> {
    match column.width() {
        ColumnWidth::Id => Some("id-column"),
        ColumnWidth::Badge | ColumnWidth::YesNo => Some("flag-column"),
        ColumnWidth::Security => Some("security-column"),
        ColumnWidth::Test => Some("medium-column"),
        ColumnWidth::Name | ColumnWidth::Record | ColumnWidth::Flexible => None,
    }
}

fn table_rows(rows: &[AccountRow], columns: &[Column]) -> Markup {
    html! {
        @for row in rows {
            tr class=[(!row.enabled).then_some("inactive")] {
                @for column in columns { (table_cell(row, *column)) }
            }
        }
    }
}

fn table_cell(row: &AccountRow, column: Column) -> Markup {
    let cell = row.cell(column);
    let text = cell.text();
    match (column.kind(), cell) {
        (FieldKind::Name, _) => html! {
            th scope="row" { (text) span.subtext { (breakable(&row.server())) } }
        },
        (FieldKind::Security, _) => html! {
            td { (text) span.subtext { (row.protection()) } }
        },
        (FieldKind::Address, _) => html! {
            td { (breakable(&text)) }
        },
        (_, Cell::Test(test)) => html! {
            td { (test.outcome()) span.subtext { (test.at) } }
        },
        (_, Cell::YesNo(false)) => html! {
            td.muted { (text) }
        },
        (_, Cell::Nothing) => html! {
            td.muted { @if column.kind() == FieldKind::Test { "Never tested" } @else { "None" } }
        },
        (_, Cell::Number(_) | Cell::Text(_) | Cell::Word(_) | Cell::YesNo(true)) => html! {
            td { (text) }
        },
    }
}

/// An address or a host, which breaks between its parts rather than anywhere.
fn breakable(text: &str) -> Markup {
    html! {
        @for part in text.split_inclusive(['@', '.']) {
            (part)
            @if part.ends_with(['@', '.']) { wbr; }
        }
    }
}

/// The end, by which a reader of the paper sees that no sheet is missing.
fn complete(written: usize) -> Markup {
    let plural = if written == 1 { "" } else { "s" };
    html! {
        p.help #end { "End of the report: " (written) " row" (plural) "." }
    }
}

/// What follows rows behind which others are missing. The dialogue stays closed: the script finds no end.
fn incomplete(problem: &Problem) -> Markup {
    html! {
        p.note.tinted.bad role="alert" {
            b { "This list is not whole." } " " (problem) " Load the page again."
        }
    }
}
