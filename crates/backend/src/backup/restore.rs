//! Restoring a backup: all of it in one transaction, or nothing.

use std::path::Path;

use serde_json::Value;
use store::audit::{Action, Event, Resource};
use store::replacement::{ColumnLayout, Replacement, TableLayout, known_changes};
use store::{Sharing, Store, runs, vault_state};
use zeroize::Zeroizing;

use super::format::{Header, Line, TableHead};
use super::read::Reader;
use super::{BackupError, BackupFile, Existing, Restored};
use crate::audit::{ended_command, from_command};
use crate::clock::now;
use crate::key_management::{holds_key, put_key_back};
use crate::{Backend, Config, OpenError};

/// Rows that are put into the database together.
const ROWS: usize = 500;

const OPEN_RUNS: &str = "The database was restored from a backup. Whether this report was sent after the backup was \
                         made is not known: look into the mailbox.";

impl Backend {
    /// Puts a backup into the database, which has to be empty unless its contents are to be replaced, and which no
    /// other Posthouse may have open.
    pub async fn restore(config: &Config, file: &BackupFile, existing: Existing) -> Result<Restored, BackupError> {
        let event = Event::from(&from_command(), Action::RestoreBackup).on(Resource::Database);
        ended_command(Self::restore_from(config, file, existing).await, event)
    }

    async fn restore_from(config: &Config, file: &BackupFile, existing: Existing) -> Result<Restored, BackupError> {
        let reader = Reader::open(file)?;
        let changes = changes_of(&reader.header, &file.path)?;
        let store = Store::connect(&config.store_options(), Sharing::Alone).await.map_err(OpenError::from)?;
        let restored = restore(&store, config, reader, changes, existing).await;
        store.close().await;
        restored
    }
}

/// How many of the changes that this program knows were made before the backup was.
fn changes_of(header: &Header, path: &Path) -> Result<usize, BackupError> {
    let known = known_changes();
    let (path, posthouse) = (path.to_owned(), header.posthouse.clone());
    if let Some(what) = header.changes.iter().find(|change| !known.contains(change)) {
        return Err(BackupError::Newer { path, posthouse, what: what.clone() });
    }
    if !known.iter().take(header.changes.len()).all(|change| header.changes.contains(change)) {
        return Err(BackupError::damaged(&path, "changes of its tables are missing"));
    }
    Ok(header.changes.len())
}

async fn restore(
    store: &Store,
    config: &Config,
    mut reader: Reader,
    changes: usize,
    existing: Existing,
) -> Result<Restored, BackupError> {
    let replacement = store.replacement(config.store_limit).await?.ok_or(BackupError::InUse)?;
    if existing == Existing::Kept && !replacement.is_empty().await? {
        return Err(BackupError::NotEmpty);
    }
    replacement.clear(changes).await?;
    let key = fill(&replacement, &mut reader).await?;
    replacement.bring_up_to_date().await?;
    runs::end_open(replacement.write(), OPEN_RUNS, now()).await?;
    let current = vault_state::find(replacement.write().db()).await?.current;
    let (mut put_back, mut wanted_key) = (None, None);
    if let (Some(source), Some(current)) = (&config.vault, current) {
        if let Some(key) = &key {
            put_back = Some(put_key_back(source, key, &current, existing).await?);
        }
        if !holds_key(source, &current).await {
            wanted_key = Some(current);
        }
    }
    replacement.commit().await?;
    if let Some(put_back) = put_back {
        put_back.end().await;
    }
    Ok(Restored { backup: reader.summary(), wanted_key })
}

/// Puts every row into its table; gives the text of the vault's key.
async fn fill(replacement: &Replacement, reader: &mut Reader) -> Result<Option<Zeroizing<String>>, BackupError> {
    let tables = replacement.tables().await?;
    let (mut key, mut filling) = (None, None);
    while let Some(line) = reader.next()? {
        match (line, &mut filling) {
            (Line::VaultKey(text), _) => key = Some(Zeroizing::new(text)),
            (Line::Table(head), before) => {
                let next = Filling::of(head, &tables).ok_or_else(|| reader.damaged("a table is not known"))?;
                replacement.empty(&next.table).await?;
                if let Some(before) = before.replace(next) {
                    before.end(replacement, reader).await?;
                }
            }
            (Line::Row(row), Some(filling)) => {
                filling.rows.push(row);
                if filling.rows.len() == ROWS {
                    filling.put(replacement, reader).await?;
                }
            }
            _ => return Err(reader.damaged("its lines are not in their order")),
        }
    }
    if let Some(last) = filling {
        last.end(replacement, reader).await?;
    }
    Ok(key)
}

/// A table whose rows are read.
struct Filling {
    table: TableLayout,
    columns: Vec<ColumnLayout>,
    last_number: Option<i64>,
    rows: Vec<Vec<Value>>,
}

impl Filling {
    /// None where the table or one of its columns is not there.
    fn of(head: TableHead, tables: &[TableLayout]) -> Option<Self> {
        let TableHead { name, columns, last_number } = head;
        let table = tables.iter().find(|table| table.name == name)?.clone();
        let find = |name: &String| table.columns.iter().find(|column| column.name == *name).cloned();
        let columns = columns.iter().map(find).collect::<Option<Vec<_>>>()?;
        Some(Self { table, columns, last_number, rows: Vec::new() })
    }

    async fn put(&mut self, replacement: &Replacement, reader: &Reader) -> Result<(), BackupError> {
        let fits = replacement.insert(&self.table, &self.columns, &self.rows).await?;
        self.rows.clear();
        if fits { Ok(()) } else { Err(reader.damaged("a row does not fit its table")) }
    }

    async fn end(mut self, replacement: &Replacement, reader: &Reader) -> Result<(), BackupError> {
        self.put(replacement, reader).await?;
        if let (Some(_), Some(last)) = (self.table.last_number, self.last_number) {
            replacement.number_after(&self.table, last).await?;
        }
        Ok(())
    }
}
