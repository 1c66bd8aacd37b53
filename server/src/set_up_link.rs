//! The file that holds the set-up link where no terminal shows it: what a service says is collected, kept and read by
//! many, and whoever has the link becomes the first administrator.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The file's name in the data folder.
const IN_FOLDER: &str = "set-up-link";

#[derive(Clone)]
pub struct LinkFile(PathBuf);

impl LinkFile {
    pub fn of(data_dir: &Path) -> Self {
        let path = data_dir.join(IN_FOLDER);
        Self(std::path::absolute(&path).unwrap_or(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes it anew, for nobody but this user, in a folder for nobody else.
    pub fn write(&self, link: &str) -> io::Result<()> {
        self.remove();
        if let Some(folder) = self.0.parent().filter(|folder| !folder.is_dir()) {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&self.0)?;
        file.write_all(format!("{link}\n").as_bytes())
    }

    /// Once nobody needs it any more.
    pub fn remove(&self) {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, file = %self.0.display(), "The set-up link could not be removed");
            }
            _ => {}
        }
    }
}
