//! The key file: where it comes from, how it is read, and how it is replaced without ever being half there.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::error::VaultError;
use super::key::{Key, KeyFileError, Keys, parse_keys, write_keys};
use super::key_source::KeySource;

/// Far more than its keys take.
const OCTETS: u64 = 64 * 1024;

impl KeySource {
    /// The permission bits that nobody but the owner may have. systemd lets a service read its credential by an access
    /// control list, which shows as a group that may read.
    const fn too_open(&self) -> u32 {
        match self {
            Self::Named(_) | Self::InFolder(_) => 0o077,
            Self::Systemd(_) => 0o037,
        }
    }

    /// Reads the file; None where there is none.
    pub async fn read(&self) -> Result<Option<Keys>, VaultError> {
        let source = self.clone();
        self.away(move || source.read_now()).await
    }

    /// Replaces the file, or makes it: first under another name, then, when it is on the disk, under its own. Never at
    /// the same time as another process: the database's row of the vault is locked meanwhile.
    pub async fn write(&self, keys: Keys) -> Result<(), VaultError> {
        let source = self.clone();
        self.away(move || source.replace(&keys).map_err(|error| source.unwritable(&error))).await
    }

    /// Puts what is there under another name, beside it: a key is never thrown away unseen.
    pub async fn set_aside(&self, name: String) -> Result<(), VaultError> {
        let source = self.clone();
        let rename = move || match fs::rename(source.path(), source.path().with_file_name(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(source.unwritable(&error)),
            _ => Ok(()),
        };
        self.away(rename).await
    }

    /// Writes keys that were read from it into another file beside it, whose name goes on like this.
    pub async fn copy_to(&self, suffix: String, keys: Keys) -> Result<(), VaultError> {
        let name = format!("{}.{suffix}", self.path().file_name().unwrap_or_default().display());
        Self::Named(self.path().with_file_name(name)).write(keys).await
    }

    async fn away<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| Err(self.unreadable(&io::Error::other(error))))
    }

    fn read_now(&self) -> Result<Option<Keys>, VaultError> {
        let metadata = match fs::metadata(self.path()) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unreadable(&error)),
        };
        if !metadata.is_file() {
            let found = if metadata.is_dir() { "a folder" } else { "a device or a pipe" };
            return Err(VaultError::NotAFile { file: self.clone(), found });
        }
        let mode = metadata.permissions().mode() & 0o7777;
        if mode & self.too_open() != 0 {
            return Err(VaultError::TooOpen { file: self.clone(), mode });
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(OCTETS as usize));
        let read = File::open(self.path()).and_then(|file| file.take(OCTETS).read_to_end(&mut bytes));
        read.map_err(|error| self.unreadable(&error))?;
        let understood = match std::str::from_utf8(&bytes) {
            Ok(text) => parse_keys(text),
            Err(_) => Err(KeyFileError::Line(1)),
        };
        understood.map(Some).map_err(|why| match why {
            KeyFileError::Empty => VaultError::Empty(self.clone()),
            KeyFileError::Line(line) => VaultError::NotUnderstood { file: self.clone(), line },
            KeyFileError::TooMany => VaultError::TooMany(self.clone()),
        })
    }

    fn replace(&self, keys: &[Arc<Key>]) -> io::Result<()> {
        if !self.is_ours_to_write() {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "only systemd writes it"));
        }
        // Where it is a link, what it points at.
        let path = fs::canonicalize(self.path()).unwrap_or_else(|_| self.path().to_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if matches!(self, Self::InFolder(_)) && !folder.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let before = fs::metadata(&path).ok();
        if before.as_ref().is_some_and(|before| before.permissions().mode() & 0o200 == 0) {
            return Err(io::Error::new(ErrorKind::PermissionDenied, "it is read-only"));
        }
        let new = folder.join(format!("{}.new", path.file_name().unwrap_or_default().display()));
        let written = write_new(&new, keys, before.as_ref(), folder).and_then(|()| fs::rename(&new, &path));
        if written.is_err() {
            // It may hold a key.
            let _absent = fs::remove_file(&new);
        }
        written.and_then(|()| File::open(folder)?.sync_all())
    }

    fn unreadable(&self, error: &io::Error) -> VaultError {
        VaultError::Unreadable { file: self.clone(), reason: reason(error) }
    }

    fn unwritable(&self, error: &io::Error) -> VaultError {
        VaultError::Unwritable { file: self.clone(), reason: reason(error) }
    }
}

/// Writes a file for its owner alone, down to the disk. The owner is the one of the file that it is to replace: the
/// command line may be another user's than the server.
fn write_new(new: &Path, keys: &[Arc<Key>], before: Option<&Metadata>, folder: &Path) -> io::Result<()> {
    match fs::remove_file(new) {
        // What a killed process left.
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(new)?;
    file.write_all(write_keys(keys).as_bytes())?;
    let mine = file.metadata()?;
    match before {
        Some(before) if (before.uid(), before.gid()) != (mine.uid(), mine.gid()) => {
            fchown(&file, Some(before.uid()), Some(before.gid()))?;
        }
        Some(_) => {}
        None => {
            let folder = fs::metadata(folder)?;
            if folder.uid() != mine.uid() {
                // Only root may give it away, and only root has to.
                let _mine = fchown(&file, Some(folder.uid()), Some(folder.gid()));
            }
        }
    }
    file.sync_all()
}

/// The system's own reason, without its number.
fn reason(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests;
