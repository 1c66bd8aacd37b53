//! Making a backup, while servers run.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use age::scrypt::Recipient;
use age::stream::StreamWriter;
use base16ct::lower::encode_string as hex;
use futures_util::TryStreamExt;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use store::audit::{Action, Event, Resource};
use store::{Sharing, Snapshot, Store, vault_state};
use zeroize::{Zeroize, Zeroizing};

use super::format::{End, Header, Line, TableHead, VERSION};
use super::new_file::NewFile;
use super::{BackupError, BackupFile, BackupSummary, Existing, KeyInBackup, PASSPHRASE_LEAST};
use crate::audit::{ended_command, from_command};
use crate::clock::now;
use crate::key_management::key_text;
use crate::{Backend, Config, Database, OpenError};

/// The logarithm of scrypt's cost: with 8 blocks, what OWASP's cheat sheet on storing passwords asks for, 128 MB.
const WORK: u8 = 17;

impl Backend {
    /// Writes everything that the database holds at this moment to a file. Servers go on working meanwhile.
    pub async fn backup(
        config: &Config,
        file: &BackupFile,
        key: KeyInBackup,
        existing: Existing,
    ) -> Result<BackupSummary, BackupError> {
        let event = Event::from(&from_command(), Action::Backup).on(Resource::Database);
        let event = if key == KeyInBackup::Included { event.detail("with the vault's key") } else { event };
        ended_command(Self::backup_to(config, file, key, existing).await, event)
    }

    async fn backup_to(
        config: &Config,
        file: &BackupFile,
        key: KeyInBackup,
        existing: Existing,
    ) -> Result<BackupSummary, BackupError> {
        let BackupFile { path, passphrase } = file;
        if passphrase.expose_secret().chars().count() < PASSPHRASE_LEAST {
            return Err(BackupError::Short);
        }
        if existing == Existing::Kept && path.symlink_metadata().is_ok() {
            return Err(BackupError::Exists { path: path.clone() });
        }
        if let Database::Sqlite { path } = &config.database
            && !path.exists()
        {
            return Err(BackupError::NoDatabase { path: path.clone() });
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let unwritable = |error: io::Error| BackupError::unwritable(path, &error);
        let new = NewFile::make_in(folder).map_err(unwritable)?;
        let store = Store::connect(&config.store_options(), Sharing::Shared).await.map_err(OpenError::from)?;
        let written = write(&store, config, new.file(), file, key).await;
        store.close().await;
        let summary = written?;
        new.file().sync_all().map_err(unwritable)?;
        new.name(folder, path, existing).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists { path: path.clone() },
            _ => unwritable(error),
        })?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)?;
        Ok(summary)
    }
}

async fn write(
    store: &Store,
    config: &Config,
    out: &File,
    file: &BackupFile,
    key: KeyInBackup,
) -> Result<BackupSummary, BackupError> {
    let unwritable = |error: io::Error| BackupError::unwritable(&file.path, &error);
    let mut lines = Lines::begin(out, file).map_err(unwritable)?;
    let snapshot = store.contents().await?;
    let header = Header {
        format: VERSION,
        posthouse: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now(),
        changes: snapshot.changes().await?,
    };
    lines.put(&Line::Backup(header.clone())).map_err(unwritable)?;
    let key = match (key, &config.vault) {
        (KeyInBackup::Included, Some(source)) => {
            match key_text(source, &vault_state::find(snapshot.db()).await?).await? {
                Some(text) => {
                    lines.put_key(&text).map_err(unwritable)?;
                    KeyInBackup::Included
                }
                None => KeyInBackup::LeftOut,
            }
        }
        _ => KeyInBackup::LeftOut,
    };
    let tables = lines.put_tables(&snapshot, file).await?;
    let rows = lines.end().map_err(unwritable)?;
    Ok(BackupSummary { posthouse: header.posthouse, made_at: header.made_at, tables, rows, key })
}

/// Writes lines, counts rows, and keeps the digest. Blocks: nothing else runs in this command.
struct Lines<'a> {
    out: StreamWriter<BufWriter<&'a File>>,
    digest: Sha256,
    rows: u64,
}

impl<'a> Lines<'a> {
    fn begin(out: &'a File, file: &BackupFile) -> io::Result<Self> {
        let mut recipient = Recipient::new(file.passphrase.clone());
        recipient.set_work_factor(WORK);
        let recipients = std::iter::once(&recipient as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        let out = encryptor.wrap_output(BufWriter::new(out))?;
        Ok(Self { out, digest: Sha256::new(), rows: 0 })
    }

    fn put(&mut self, line: &Line) -> io::Result<()> {
        let mut octets = Zeroizing::new(Vec::with_capacity(4_096));
        serde_json::to_writer(&mut *octets, line)?;
        octets.push(b'\n');
        self.digest.update(octets.as_slice());
        self.rows += u64::from(matches!(line, Line::Row(_)));
        self.out.write_all(&octets)
    }

    fn put_key(&mut self, text: &str) -> io::Result<()> {
        let mut line = Line::VaultKey(text.to_owned());
        let put = self.put(&line);
        if let Line::VaultKey(text) = &mut line {
            text.zeroize();
        }
        put
    }

    /// Gives how many tables there are.
    async fn put_tables(&mut self, snapshot: &Snapshot, file: &BackupFile) -> Result<u64, BackupError> {
        let unwritable = |error: io::Error| BackupError::unwritable(&file.path, &error);
        let tables = snapshot.tables().await?;
        for table in &tables {
            let columns = table.columns.iter().map(|column| column.name.clone()).collect();
            let head = TableHead { name: table.name.clone(), columns, last_number: table.last_number };
            self.put(&Line::Table(head)).map_err(unwritable)?;
            let mut rows = std::pin::pin!(snapshot.rows(table).await?);
            while let Some(row) = rows.try_next().await? {
                self.put(&Line::Row(row)).map_err(unwritable)?;
            }
        }
        Ok(tables.len() as u64)
    }

    /// Gives how many rows there are.
    fn end(mut self) -> io::Result<u64> {
        let end = End { rows: self.rows, digest: hex(&self.digest.clone().finalize()) };
        self.put(&Line::End(end))?;
        self.out.finish()?.flush()?;
        Ok(self.rows)
    }
}
