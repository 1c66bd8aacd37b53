//! Where the key file is, and what its lines begin with.

use std::fmt;
use std::path::{Path, PathBuf};

/// What a line of the key file begins with: what it is, and the version of the format.
pub const PREFIX: &str = "posthouse-vault-key-1:";
/// The file's name in the data folder.
const IN_FOLDER: &str = "vault.key";
/// Its name among systemd's credentials.
const IN_SYSTEMD: &str = "posthouse-vault-key";

/// Where the key-encryption key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// Named by `--vault-key-file`. Made at the first start, in a folder that is there.
    Named(PathBuf),
    /// systemd's credential `posthouse-vault-key`, which only systemd writes.
    Systemd(PathBuf),
    /// `vault.key` in the data folder, made at the first start.
    InFolder(PathBuf),
}

/// The file's path, and how it was chosen.
impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chosen = match self {
            Self::Named(_) => "named by --vault-key-file",
            Self::Systemd(_) => "from systemd's credentials",
            Self::InFolder(_) => "in the data folder",
        };
        write!(f, "{}, {chosen}", self.path().display())
    }
}

impl KeySource {
    /// The file that was named, else the credential in the folder that systemd gives (`CREDENTIALS_DIRECTORY`), if it
    /// is there, else `vault.key` in the data folder.
    pub fn from_options(data_dir: &Path, named: Option<&Path>, systemd: Option<&Path>) -> Self {
        let credential = systemd.map(|folder| folder.join(IN_SYSTEMD)).filter(|file| file.exists());
        match (named, credential) {
            (Some(file), _) => Self::Named(file.to_owned()),
            (None, Some(file)) => Self::Systemd(file),
            (None, None) => Self::in_folder(data_dir),
        }
    }

    /// The file of this name in the data folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self::InFolder(folder.join(IN_FOLDER))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        match self {
            Self::Named(path) | Self::Systemd(path) | Self::InFolder(path) => path,
        }
    }

    /// Whether Posthouse may replace the file. systemd's credential is read-only for a service.
    pub const fn is_ours_to_write(&self) -> bool {
        match self {
            Self::Named(_) | Self::InFolder(_) => true,
            Self::Systemd(_) => false,
        }
    }
}
