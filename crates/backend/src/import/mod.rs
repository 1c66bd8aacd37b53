//! A file of accounts that was exported and edited: all of it or nothing. A row names its account by its ID, else by
//! its name; what its cells say is typed into that account's form, and the rules are those of the form. What the file
//! has no column for stays as it is.

use std::sync::Arc;

use model::{Actor, EmailAddress, ExportFormat, Imported, Problem, UserId};
use store::audit::{Action, Event, Outcome, Resource};
use store::{Snapshot, StoreError, WriteTx, accounts};
use tokio::task::spawn_blocking;

use crate::Backend;
use crate::audit::from_command;
use crate::clock::now;
use crate::turns::{Busy, Turns};

mod cells;
mod csv;
mod json;
mod kept;
mod limits;
mod plan;
mod sheet;
mod table;
mod time_styles;
mod undo;
mod workbook;
mod xlsx;
mod xml;

use cells::Known;
use limits::{OCTETS, Watch};
use plan::Plan;
use table::{Table, malformed};

pub use limits::OCTETS as IMPORT_OCTETS;
pub(crate) use undo::undo;

/// Files that are read at a time: by one person, and by the server.
pub(crate) fn turns() -> Turns {
    Turns::new(1, 2)
}

/// Whether an import is made or only told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Import {
    /// Everything but the changes.
    Preview,
    /// With the changes, in one transaction.
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
        let done = self.read_and_import(actor, file, format, import).await;
        // One that was made is recorded by its transaction.
        let failed = match &done {
            Err(problem) => Some(problem.into()),
            Ok(imported) => imported.is_refused().then_some(Outcome::Failure),
        };
        if let (Import::Make, Some(outcome)) = (import, failed) {
            Event::by(actor, Action::Import).on(Resource::Accounts).ended(outcome).record();
        }
        done
    }

    async fn read_and_import(
        &self,
        actor: &Actor,
        file: Vec<u8>,
        format: ExportFormat,
        import: Import,
    ) -> Result<Imported, Problem> {
        let turn = self.inner.imports.begin(actor.id).await.map_err(busy)?;
        let turn = Arc::new(turn);
        let (waiting, watch) = Watch::begin();
        let held = Arc::clone(&turn);
        let read = spawn_blocking(move || {
            let table = read(&file, format, &watch);
            // Another file has its turn once this one takes no more memory.
            drop((file, held));
            table
        });
        let table = read.await.map_err(|error| {
            tracing::warn!(%error, "a file that is imported could not be read");
            Problem::Internal
        })??;
        drop(waiting);
        let table = &table;
        match import {
            Import::Preview => self.store().snapshot(move |tx| preview(tx, table)).await,
            Import::Make => {
                let work = move |tx: WriteTx| async move {
                    accounts::lock(&tx).await?;
                    let known = Known::read(tx.db()).await?;
                    let plan = Plan::of(tx.db(), table, &known).await?;
                    let mut told = plan.told();
                    if !told.is_refused() {
                        told.undo = plan.write(&tx, actor, now()).await?;
                    }
                    Ok(told)
                };
                self.store().write(work).await
            }
        }
    }
}

/// It is read as of one moment, and keeps nobody from writing: the import decides anew.
async fn preview(snapshot: Snapshot, table: &Table) -> Result<Imported, StoreError> {
    let known = Known::read(snapshot.db()).await?;
    Ok(Plan::of(snapshot.db(), table, &known).await?.told())
}

fn busy(busy: Busy) -> Problem {
    let text = match busy {
        Busy::Own => "Another file of yours is being read. Wait until that has ended, then try again.",
        Busy::All => "The server reads two other files now, as many as it reads at a time. Try again in a minute.",
    };
    Problem::TooMany(text.to_owned())
}

fn read(file: &[u8], format: ExportFormat, watch: &Watch) -> Result<Table, Problem> {
    if file.len() > OCTETS {
        return Err(malformed("The file is larger than 20 MB. Divide it, and import one part after another."));
    }
    if file.iter().all(u8::is_ascii_whitespace) {
        return Err(malformed("The file is empty. Export accounts to see what it should hold."));
    }
    let table = match format {
        ExportFormat::Csv => csv::read(file, watch),
        ExportFormat::Xlsx => xlsx::read(file, watch),
        ExportFormat::Json => json::read(file, watch),
    }?;
    if table.rows.is_empty() {
        Err(malformed("The file has a head and no account below it. Nothing was changed."))
    } else {
        Ok(table)
    }
}

/// Who changes something by a command.
pub fn command_line() -> Result<Actor, Problem> {
    let email = EmailAddress::parse("The command line", "command-line@localhost").map_err(Problem::Malformed)?;
    Ok(Actor { id: UserId(0), email, origin: from_command() })
}
