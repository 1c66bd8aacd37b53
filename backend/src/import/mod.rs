//! A file of accounts that was exported and edited: all of it or nothing. A row names its account by its ID, else by
//! its name; what its cells say is typed into that account's form, and the rules are those of the form. What the file
//! has no column for stays as it is.

use model::{Actor, EmailAddress, ExportFormat, Imported, Problem, UserId};
use tokio::task::spawn_blocking;

use crate::Backend;
use crate::clock::now;
use crate::store::{Write, accounts};

mod cells;
mod csv;
mod json;
mod kept;
mod plan;
mod table;
mod xlsx;

use cells::Known;
use plan::Plan;
use table::{Table, malformed};

pub use table::OCTETS as IMPORT_OCTETS;

/// Whether an import is made or only told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Import {
    /// Everything but the changes.
    Preview,
    Make,
}

impl Backend {
    /// Imports a file: where a row is refused, nothing is changed.
    pub async fn import_accounts(
        &self,
        actor: &Actor,
        file: Vec<u8>,
        format: ExportFormat,
        import: Import,
    ) -> Result<Imported, Problem> {
        let table = spawn_blocking(move || read(&file, format)).await.map_err(|error| {
            tracing::warn!(%error, "a file that is imported could not be read");
            Problem::Internal
        })??;
        let table = &table;
        let work = move |tx: Write| async move {
            accounts::lock(&tx).await?;
            let known = Known::read(&tx).await?;
            let plan = Plan::of(&tx, table, &known).await?;
            let told = plan.told();
            if import == Import::Make && !told.is_refused() {
                plan.write(&tx, actor, now()).await?;
            }
            Ok((tx, told))
        };
        self.store().write(work).await
    }
}

fn read(file: &[u8], format: ExportFormat) -> Result<Table, Problem> {
    if file.len() > IMPORT_OCTETS {
        return Err(malformed("The file is larger than 20 MB. Divide it, and import one part after another."));
    }
    if file.iter().all(u8::is_ascii_whitespace) {
        return Err(malformed("The file is empty. Export accounts to see what it should hold."));
    }
    let table = match format {
        ExportFormat::Csv => csv::read(file),
        ExportFormat::Xlsx => xlsx::read(file),
        ExportFormat::Json => json::read(file),
    }?;
    match table.rows.is_empty() {
        true => Err(malformed("The file has a head and no account below it. Nothing was changed.")),
        false => Ok(table),
    }
}

/// Who changes something by a command.
pub fn command_line() -> Result<Actor, Problem> {
    let email = EmailAddress::parse("The command line", "command-line@localhost").map_err(Problem::Malformed)?;
    Ok(Actor { id: UserId(0), email })
}
