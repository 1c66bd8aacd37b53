//! A file that gets its name once it is whole. Whoever is killed before that leaves nothing behind.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use tempfile::{Builder, NamedTempFile};

use super::Existing;

const PREFIX: &str = ".posthouse-backup-";

/// A new file for its owner alone.
pub enum NewFile {
    Unnamed(File),
    /// Where the file system keeps no file without a name: one that is gone unless this process is killed.
    Named(NamedTempFile),
}

impl NewFile {
    pub fn make_in(folder: &Path) -> io::Result<Self> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        match rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR) {
            // It gets its name by way of /proc.
            Ok(unnamed) if Path::new("/proc/self/fd").is_dir() => Ok(Self::Unnamed(unnamed.into())),
            _ => Ok(Self::Named(Builder::new().prefix(PREFIX).tempfile_in(folder)?)),
        }
    }

    pub fn file(&self) -> &File {
        match self {
            Self::Unnamed(file) => file,
            Self::Named(file) => file.as_file(),
        }
    }

    /// Gives it its name in the folder that it was made in.
    pub fn name(self, folder: &Path, path: &Path, existing: Existing) -> io::Result<()> {
        match (self, existing) {
            (Self::Unnamed(file), Existing::Kept) => link(&file, path),
            (Self::Unnamed(file), Existing::Replaced) => {
                // A link replaces nothing, but a new name does.
                let whole = Builder::new().prefix(PREFIX).make_in(folder, |name| link(&file, name))?;
                Ok(whole.persist(path).map(drop)?)
            }
            (Self::Named(file), Existing::Kept) => Ok(file.persist_noclobber(path).map(drop)?),
            (Self::Named(file), Existing::Replaced) => Ok(file.persist(path).map(drop)?),
        }
    }
}

fn link(file: &File, name: &Path) -> io::Result<()> {
    let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(rustix::fs::linkat(CWD, unnamed, CWD, name, AtFlags::SYMLINK_FOLLOW)?)
}
