//! What a scheduled report sends: a file beside a text, or a table in the message.

use model::{AccountFilter, AccountRow, Actor, Column, ExportFormat, Problem, ReportFormat, Schedule};
use store::{accounts, users};

use crate::Backend;
use crate::accounts::{references, row};
use crate::clock::now;
use crate::message::escaped;

/// The largest report that is sent, in octets: in Base64 it is a third longer, and few servers take more.
const LARGEST: usize = 18 * 1024 * 1024;
/// Rows of a table in a message.
const TABLE_ROWS: u64 = 500;

/// A report, ready to be sent.
pub struct Content {
    pub rows: u64,
    /// What the message says in plain text.
    pub text: String,
    pub html: Option<String>,
    /// The file that is kept: what is attached, or the table as a page.
    pub file_name: String,
    pub media_type: &'static str,
    pub file: Vec<u8>,
}

impl Content {
    pub fn is_attached(&self) -> bool {
        self.html.is_none()
    }
}

impl Backend {
    /// Makes the report as it is now. `signed` says who sends it.
    pub(super) async fn report(&self, schedule: &Schedule, owner: &Actor, signed: &str) -> Result<Content, Problem> {
        let filter = &schedule.filter;
        let db = self.store().db();
        let matching = self.store().read(accounts::count(db, filter)).await?;
        let accounts = if matching == 1 { "account" } else { "accounts" };
        let head = format!("{matching} {accounts}, on {}.\n{}.", now(), filter.in_words());
        let format = match schedule.format {
            ReportFormat::Csv => ExportFormat::Csv,
            ReportFormat::Xlsx => ExportFormat::Xlsx,
            ReportFormat::Table => return self.table(filter, owner, matching, &head, signed).await,
        };
        let mut export = self.attached_accounts(owner, filter, format).await?;
        let mut file = Vec::new();
        while let Some(piece) = export.next().await {
            file.extend(piece?);
            if file.len() > LARGEST {
                let text = format!("The report has more than {} MiB. Narrow its filters.", LARGEST / 1024 / 1024);
                return Err(Problem::Refused(text));
            }
        }
        Ok(Content {
            rows: export.rows(),
            text: format!("{head}\n\nThe report is attached: {}\n\n{signed}", export.file_name),
            html: None,
            file_name: export.file_name.clone(),
            media_type: format.media_type(),
            file,
        })
    }

    async fn table(
        &self,
        filter: &AccountFilter,
        owner: &Actor,
        matching: u64,
        head: &str,
        signed: &str,
    ) -> Result<Content, Problem> {
        let store = self.store();
        let read = async {
            let columns = match &filter.columns {
                Some(columns) => columns.clone(),
                None => users::preferences(store.db(), owner.id).await?.columns,
            };
            let records = accounts::page(store.db(), filter, 0, TABLE_ROWS).await?;
            let pointed = references::names(store, &records).await?;
            let unmarked = AccountFilter::default();
            let rows = records.into_iter().map(|record| row(record, &pointed, &unmarked, now()));
            let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
            Ok((columns, rows))
        };
        let (columns, rows) = store.read(read).await?;
        let more = match matching.saturating_sub(rows.len() as u64) {
            0 => String::new(),
            n => format!("\n\nThe table ends here; {n} more accounts match."),
        };
        let html = format!(
            "<p>{}</p>\n{}\n<p>{}</p>",
            escaped(head),
            table(&columns, &rows),
            escaped(&format!(
                "{}{signed}",
                if more.is_empty() { String::new() } else { format!("{}\n\n", more.trim()) }
            ))
        );
        let page = format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>SMTP configuration</title></head><body>\n{html}\n</body></html>\n"
        );
        let time = now().to_rfc3339().replace(['-', ':'], "");
        Ok(Content {
            rows: matching,
            text: format!("{head}\n\n{}{more}\n\n{signed}", blocks(&columns, &rows)),
            html: Some(html),
            file_name: format!("smtp-configuration-{time}.html"),
            media_type: "text/html; charset=utf-8",
            file: page.into_bytes(),
        })
    }
}

/// Mail programs know no style sheets worth counting on: what a table needs stands in it.
fn table(columns: &[Column], rows: &[AccountRow]) -> String {
    const CELL: &str = "border:1px solid #c9ccd1;padding:4px 8px;text-align:left;vertical-align:top";
    let cells = |tag: &str, texts: Vec<String>| {
        let cells = texts.iter().map(|text| format!("<{tag} style=\"{CELL}\">{}</{tag}>", escaped(text)));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let head = cells("th", columns.iter().map(|column| column.label().to_owned()).collect());
    let body: String = rows
        .iter()
        .map(|row| cells("td", columns.iter().map(|column| row.cell(*column).text().into_owned()).collect()))
        .collect();
    format!("<table style=\"border-collapse:collapse\">\n<thead>{head}</thead>\n<tbody>{body}</tbody>\n</table>")
}

/// Each account as lines of its own: in plain text, columns of any width line up nowhere.
fn blocks(columns: &[Column], rows: &[AccountRow]) -> String {
    let block = |row: &AccountRow| {
        let lines = columns.iter().map(|column| (column.label(), row.cell(*column).text().into_owned()));
        let lines: Vec<_> =
            lines.filter(|(_, text)| !text.is_empty()).map(|(label, text)| format!("{label}: {text}")).collect();
        lines.join("\n")
    };
    rows.iter().map(block).collect::<Vec<_>>().join("\n\n")
}
