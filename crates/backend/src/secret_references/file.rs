//! The file that a reference names: within its folder, and none that is never read.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use vault::PREFIX;
use zeroize::Zeroizing;

use super::Refusal;

/// The most octets that are read of a file.
pub const OCTETS: usize = 64 * 1024;

/// Opens the file that the path names, once all links are followed: within the folder, or nowhere.
pub fn open(folder: &Path, path: &str, never: &[PathBuf]) -> Result<File, Refusal> {
    let root = fs::canonicalize(folder).map_err(|error| {
        let folder = folder.display();
        Refusal::Unreadable(format!("the folder {folder} of --secrets-dir is not there: {}.", words(&error)))
    })?;
    let cannot = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => Refusal::Unreadable(format!("there is no file {path} in the folder of --secrets-dir.")),
        _ => Refusal::Unreadable(format!("the file {path} cannot be opened: {}.", words(&error))),
    };
    let found = fs::canonicalize(root.join(path)).map_err(cannot)?;
    if !found.starts_with(&root) {
        let text = format!("the file {path} is not within the folder of --secrets-dir.");
        return Err(Refusal::NotAllowed(text));
    }
    if !fs::symlink_metadata(&found).map_err(cannot)?.is_file() {
        return Err(Refusal::Unreadable(format!("{path} is not a file.")));
    }
    // Neither waits for whoever writes to a pipe, nor follows a link that took the file's place just now.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = rustix::fs::open(&found, flags, Mode::empty()).map_err(|error| cannot(error.into()))?;
    let file = File::from(file);
    let opened = file.metadata().map_err(cannot)?;
    if !is_still(&found, &opened) {
        let text = format!("the file {path} was replaced while it was opened. Try again.");
        return Err(Refusal::Unreadable(text));
    }
    if never.iter().any(|path| fs::metadata(path).is_ok_and(|one| is_same(&one, &opened))) {
        return Err(not_a_secret(path));
    }
    Ok(file)
}

/// Reads the whole file. What looks like a key of the vault is not given.
pub fn bytes(file: File, path: &str) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(OCTETS + 1));
    let most = u64::try_from(OCTETS + 1).unwrap_or(u64::MAX);
    file.take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| Refusal::Unreadable(format!("the file {path} cannot be read: {}.", words(&error))))?;
    if bytes.windows(PREFIX.len()).any(|part| part == PREFIX.as_bytes()) {
        return Err(not_a_secret(path));
    }
    if bytes.len() > OCTETS {
        Err(Refusal::Unreadable(format!("the file {path} has more than {} kB.", OCTETS / 1024)))
    } else {
        Ok(bytes)
    }
}

fn not_a_secret(path: &str) -> Refusal {
    let what = "is one of Posthouse’s own files: a key, a database or settings";
    Refusal::NotAllowed(format!("the file {path} {what}. Name a file that holds the secret of a mail server."))
}

/// Whether what was opened stands at this very path, with no link on the way.
fn is_still(found: &Path, opened: &Metadata) -> bool {
    fs::canonicalize(found).is_ok_and(|now| now == found)
        && fs::symlink_metadata(found).is_ok_and(|now| is_same(&now, opened))
}

/// Whether both are the same file, whatever it is called.
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino(), one.is_file()) == (other.dev(), other.ino(), other.is_file())
}

/// The system's own words, without its number.
fn words(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}
