//! Files that hold a secret: read only where others cannot read them too.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use backend::SecretString;

/// Who besides its owner may read such a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    Owner,
    /// Its group too, as Debian does with keys, and systemd with its credentials.
    Group,
}

/// Reads a file after a look at its mode. `what` is its name in messages, such as "the TLS key file".
pub fn read(path: &Path, what: &str, readers: Readers) -> anyhow::Result<SecretString> {
    let text = fs::read_to_string(path).with_context(|| format!("{what} {} cannot be read", path.display()))?;
    let text = SecretString::from(text);
    check(path, what, readers)?;
    Ok(text)
}

/// Refuses a file that is open to others.
pub fn check(path: &Path, what: &str, readers: Readers) -> anyhow::Result<()> {
    let metadata = fs::metadata(path).with_context(|| format!("{what} {} cannot be read", path.display()))?;
    let (too_open, expected) = match readers {
        Readers::Owner if !is_of_systemd(path) => (0o077, "0600"),
        Readers::Owner | Readers::Group => (0o037, "0600 or 0640"),
    };
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & too_open != 0 {
        bail!(
            "{what} {path} is open to others: its mode is {mode:04o}, expected was {expected}; close it with “chmod \
             600 {path}”, and change the secret in it",
            path = path.display()
        );
    }
    Ok(())
}

/// systemd lets a service read its credentials by an access control list, which shows as a group that may read.
fn is_of_systemd(path: &Path) -> bool {
    std::env::var_os("CREDENTIALS_DIRECTORY").is_some_and(|folder| path.starts_with(folder))
}
