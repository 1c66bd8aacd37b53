//! Reading a backup: what is handed out was authenticated, and the end says whether it was all.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;

use age::scrypt::Identity;
use age::stream::StreamReader;
use age::{DecryptError, Decryptor};
use base16ct::lower::encode_string as hex;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::format::{End, Header, Line, VERSION};
use super::{BackupError, BackupFile, BackupSummary, KeyInBackup};
use crate::Backend;

/// The most work that a file may ask for: 1 GB of memory.
const WORK_AT_MOST: u8 = 20;
/// The longest line, in octets: far more than a row has.
const LONGEST: u64 = 64 * 1024 * 1024;

impl Backend {
    /// Reads a backup to its end, and changes nothing.
    pub fn check_backup(file: &BackupFile) -> Result<BackupSummary, BackupError> {
        let mut reader = Reader::open(file)?;
        while reader.next()?.is_some() {}
        Ok(reader.summary())
    }
}

/// A backup that is being read.
pub struct Reader {
    path: PathBuf,
    lines: BufReader<StreamReader<BufReader<File>>>,
    digest: Sha256,
    pub header: Header,
    key: KeyInBackup,
    tables: u64,
    rows: u64,
}

impl Reader {
    pub fn open(file: &BackupFile) -> Result<Self, BackupError> {
        let BackupFile { path, passphrase } = file;
        let input = File::open(path).map_err(|error| BackupError::unreadable(path, &error))?;
        let not_a_backup = || BackupError::NotABackup { path: path.clone() };
        let decryptor = Decryptor::new_buffered(BufReader::new(input)).map_err(|_| not_a_backup())?;
        if !decryptor.is_scrypt() {
            return Err(not_a_backup());
        }
        let mut identity = Identity::new(passphrase.clone());
        identity.set_max_work_factor(WORK_AT_MOST);
        let identities = std::iter::once(&identity as &dyn age::Identity);
        let opened = decryptor.decrypt(identities).map_err(|error| match error {
            DecryptError::ExcessiveWork { .. } => not_a_backup(),
            _ => BackupError::Passphrase { path: path.clone() },
        })?;
        let header = Header { format: 0, posthouse: String::new(), made_at: model::Moment(0), changes: Vec::new() };
        let mut reader = Self {
            path: path.clone(),
            lines: BufReader::new(opened),
            digest: Sha256::new(),
            header,
            key: KeyInBackup::LeftOut,
            tables: 0,
            rows: 0,
        };
        match reader.next()? {
            Some(Line::Backup(header)) if header.format == VERSION => reader.header = header,
            Some(Line::Backup(Header { format, posthouse, .. })) => {
                let what = format!("the format {format}");
                return Err(BackupError::Newer { path: path.clone(), posthouse, what });
            }
            _ => return Err(not_a_backup()),
        }
        Ok(reader)
    }

    /// The next line; None behind the end, which was found to be right.
    pub fn next(&mut self) -> Result<Option<Line>, BackupError> {
        let mut octets = Zeroizing::new(Vec::with_capacity(4_096));
        let read = (&mut self.lines).take(LONGEST).read_until(b'\n', &mut octets);
        read.map_err(|error| self.broken(&error))?;
        if octets.last() != Some(&b'\n') {
            return Err(self.damaged("it ends in the middle"));
        }
        let line = serde_json::from_slice(&octets).map_err(|_| self.damaged("a line is not understood"))?;
        if let Line::End(End { rows, digest }) = &line {
            let read = hex(&self.digest.clone().finalize());
            if (*rows, digest) != (self.rows, &read) {
                return Err(self.damaged("its digest is another than that of its contents"));
            }
            let rest = self.lines.fill_buf().map(<[u8]>::len).map_err(|error| self.broken(&error))?;
            return match rest {
                0 => Ok(None),
                _ => Err(self.damaged("something follows its end")),
            };
        }
        self.digest.update(octets.as_slice());
        match &line {
            Line::VaultKey(_) => self.key = KeyInBackup::Included,
            Line::Table(_) => self.tables += 1,
            Line::Row(_) => self.rows += 1,
            Line::Backup(_) | Line::End(_) => {}
        }
        Ok(Some(line))
    }

    pub fn damaged(&self, reason: &str) -> BackupError {
        BackupError::damaged(&self.path, reason)
    }

    /// What age says of a file that was changed or cut is an error of these kinds.
    fn broken(&self, error: &io::Error) -> BackupError {
        match error.kind() {
            io::ErrorKind::InvalidData => self.damaged("a part of it was changed"),
            io::ErrorKind::UnexpectedEof => self.damaged("it ends in the middle"),
            _ => BackupError::unreadable(&self.path, error),
        }
    }

    pub fn summary(&self) -> BackupSummary {
        let Header { posthouse, made_at, .. } = &self.header;
        let (posthouse, made_at) = (posthouse.clone(), *made_at);
        BackupSummary { posthouse, made_at, tables: self.tables, rows: self.rows, key: self.key }
    }
}
