//! The report on paper: a page without WebAssembly, whose rows are sent as they are read, so that thousands of them
//! cost neither the server's memory nor the browser's patience.

use std::convert::Infallible;
use std::fmt::Write;

use app::api::people::Theme;
use app::paths;
use app::ssr::{self, IsHttps};
use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use backend::{Backend, Cell, Print};
use futures_util::stream::{self, StreamExt};
use model::{AccountFilter, AccountRow, Actor, Column, ColumnWidth, ExportFormat, FieldKind, Problem};

use crate::assets;
use crate::refusal::{self, escaped};

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
    let mut page = head(&print, actor, filter, theme);
    write_rows(&mut page, &rows, &print.columns);
    let rest = Some(Rest { print, written: rows.len() });
    // The compression asks once more behind the end.
    let rest = stream::unfold(rest, async |rest: Option<Rest>| Some(rest?.next().await)).fuse();
    let pieces = stream::iter([page]).chain(rest).map(Ok::<_, Infallible>);
    let names = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    Ok((names, Body::from_stream(pieces)).into_response())
}

/// What follows the first rows.
struct Rest {
    print: Print,
    written: usize,
}

impl Rest {
    /// The next piece of the page, and what follows it.
    async fn next(mut self) -> (String, Option<Self>) {
        let mut piece = String::new();
        match self.print.next().await {
            Some(Ok(rows)) => {
                write_rows(&mut piece, &rows, &self.print.columns);
                self.written += rows.len();
                (piece, Some(self))
            }
            Some(Err(problem)) => (broken(&problem), None),
            None => (foot(self.written), None),
        }
    }
}

/// All that stands above the rows.
fn head(print: &Print, actor: &Actor, filter: &AccountFilter, theme: Theme) -> String {
    let (root, scheme, at) = (assets::root(), theme.color_scheme(), print.at);
    let query = filter.to_query();
    let back = escaped(&paths::report(&query));
    let words = escaped(&filter.in_words());
    let (who, when) = (escaped(actor.email.as_str()), at.to_rfc3339());
    let accounts = counted(print.matching, print.total);
    let note = if print.rows < print.matching {
        format!(
            "<p class=\"note tinted warn\">The first {} of {} accounts: more would not print. \
             <a href=\"{}\">Export CSV</a> has all of them.</p>",
            print.rows,
            print.matching,
            escaped(&paths::export(ExportFormat::Csv, &query))
        )
    } else {
        String::new()
    };
    let few = if print.columns.len() <= FEW { " few-columns" } else { "" };
    let heads: String = print.columns.iter().map(|column| column_head(*column)).collect();
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"{scheme}\">\
         <title>SMTP configuration · Posthouse</title><link rel=\"stylesheet\" href=\"{root}/style.css\">\
         <link rel=\"icon\" type=\"image/svg+xml\" href=\"{root}/icon.svg\">\
         <script type=\"module\" src=\"{root}/print.js\"></script></head>\
         <body><main id=\"main\" class=\"standalone print-page\"><div class=\"row no-print\">\
         <a class=\"btn plain\" href=\"{back}\"><svg class=\"icon\" aria-hidden=\"true\">\
         <use href=\"{root}/icons.svg#chevron-left\"/></svg>Back to the report</a>\
         <p class=\"help no-script\">Print it with the browser: Ctrl+P, on a Mac Cmd+P.</p>\
         <span id=\"print\" class=\"push-end\" hidden><button class=\"btn primary\"><svg class=\"icon\" aria-hidden=\"true\">\
         <use href=\"{root}/icons.svg#printer\"/></svg>Print</button></span></div>\
         <section class=\"card\" aria-label=\"Report\"><h1><small>Settings · Email</small>SMTP configuration</h1>\
         <p>{words}.</p><p>{accounts}. Printed <time datetime=\"{when}\">{at}</time> by {who}.</p>{note}\
         <div class=\"table-scroll\" role=\"region\" aria-label=\"Accounts\" tabindex=\"0\">\
         <table class=\"print-table{few}\" aria-label=\"SMTP accounts\"><thead><tr>{heads}</tr></thead><tbody>"
    )
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

fn column_head(column: Column) -> String {
    let width = match column.width() {
        ColumnWidth::Id => " class=\"id-column\"",
        ColumnWidth::Badge | ColumnWidth::YesNo => " class=\"flag-column\"",
        ColumnWidth::Security => " class=\"security-column\"",
        ColumnWidth::Test => " class=\"medium-column\"",
        ColumnWidth::Name | ColumnWidth::Record | ColumnWidth::Flexible => "",
    };
    format!("<th scope=\"col\"{width}>{}</th>", column.label())
}

fn write_rows(page: &mut String, rows: &[AccountRow], columns: &[Column]) {
    for row in rows {
        page.push_str(if row.enabled { "<tr>" } else { "<tr class=\"inactive\">" });
        for column in columns {
            // Memory takes all that is written.
            write_cell(page, row, *column).ok();
        }
        page.push_str("</tr>");
    }
}

fn write_cell(page: &mut String, row: &AccountRow, column: Column) -> std::fmt::Result {
    let cell = row.cell(column);
    let text = escaped(&cell.text());
    match (column.kind(), cell) {
        (FieldKind::Name, _) => {
            write!(
                page,
                "<th scope=\"row\">{text}<span class=\"subtext\">{}</span></th>",
                breakable(&escaped(&row.server()))
            )
        }
        (FieldKind::Security, _) => write!(page, "<td>{text}<span class=\"subtext\">{}</span></td>", row.protection()),
        (FieldKind::Address, _) => write!(page, "<td>{}</td>", breakable(&text)),
        (_, Cell::Test(test)) => {
            write!(page, "<td>{}<span class=\"subtext\">{}</span></td>", escaped(&test.outcome()), test.at)
        }
        (_, Cell::YesNo(false)) => write!(page, "<td class=\"muted\">{text}</td>"),
        (_, Cell::Nothing) => {
            let none = if column.kind() == FieldKind::Test { "Never tested" } else { "None" };
            write!(page, "<td class=\"muted\">{none}</td>")
        }
        (_, Cell::Number(_) | Cell::Text(_) | Cell::Word(_) | Cell::YesNo(true)) => write!(page, "<td>{text}</td>"),
    }
}

/// An address or a host, which breaks between its parts rather than anywhere.
fn breakable(text: &str) -> String {
    text.replace('@', "@<wbr>").replace('.', ".<wbr>")
}

/// The end, by which a reader of the paper sees that no sheet is missing.
fn foot(written: usize) -> String {
    let plural = if written == 1 { "" } else { "s" };
    format!(
        "</tbody></table></div><p class=\"help\" id=\"end\">End of the report: {written} row{plural}.</p>\
         </section></main></body></html>"
    )
}

/// What follows rows behind which others are missing. The dialogue stays closed: the script finds no end.
fn broken(problem: &Problem) -> String {
    format!(
        "</tbody></table></div><p class=\"note tinted bad\" role=\"alert\"><b>This list is not whole.</b> {} \
         Load the page again.</p></section></main></body></html>",
        escaped(&problem.to_string())
    )
}
