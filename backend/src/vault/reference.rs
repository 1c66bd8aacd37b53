//! Secrets that are kept elsewhere: an environment variable, or a file in the folder that the configuration allows.
//! They are read when they are used, and never kept.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use model::SecretReference;
use secrecy::SecretString;
use zeroize::Zeroizing;

/// The most octets that are read of a file.
const OCTETS: usize = 64 * 1024;

/// Reads what a reference points at; else why not, in words for a person that never repeat what was read.
pub async fn read(reference: &SecretReference, secrets_dir: Option<&Path>) -> Result<SecretString, String> {
    let (reference, secrets_dir) = (reference.clone(), secrets_dir.map(Path::to_owned));
    let read = tokio::task::spawn_blocking(move || read_now(&reference, secrets_dir.as_deref()));
    read.await.unwrap_or_else(|error| Err(format!("reading it ended early ({error}).")))
}

fn read_now(reference: &SecretReference, secrets_dir: Option<&Path>) -> Result<SecretString, String> {
    match (reference.variable(), reference.path(), secrets_dir) {
        (Some(name), ..) => variable(name),
        (None, Some(_), None) => {
            Err("file: is not allowed here. Start Posthouse with --secrets-dir FOLDER to allow the files of a folder."
                .to_owned())
        }
        (None, Some(path), Some(folder)) => file(folder, path),
        (None, None, _) => Err("a reference begins with env: or file:.".to_owned()),
    }
}

fn variable(name: &str) -> Result<SecretString, String> {
    let value = std::env::var_os(name).ok_or_else(|| {
        format!("the environment variable {name} is not set. Set it for the server, and start that again.")
    })?;
    let value = Zeroizing::new(value.into_encoded_bytes());
    checked(&value).map_err(|why| format!("the environment variable {name} {why}."))
}

fn file(folder: &Path, path: &str) -> Result<SecretString, String> {
    let bytes = find(folder, path).and_then(|file| bytes(&file, path))?;
    // The end of its one line is the editor's, not the secret's.
    let text = bytes.strip_suffix(b"\n").map_or(&bytes[..], |text| text.strip_suffix(b"\r").unwrap_or(text));
    checked(text).map_err(|why| format!("the file {path} {why}."))
}

/// Where the file is once all links are followed: within the folder, or nowhere.
fn find(folder: &Path, path: &str) -> Result<PathBuf, String> {
    let root = fs::canonicalize(folder).map_err(|error| {
        format!("the folder {} of --secrets-dir is not there: {}.", folder.display(), words(&error))
    })?;
    let found = fs::canonicalize(root.join(path)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("there is no file {path} in the folder of --secrets-dir."),
        _ => format!("the file {path} cannot be opened: {}.", words(&error)),
    })?;
    match found.starts_with(&root) {
        true => Ok(found),
        false => Err(format!("the file {path} is not within the folder of --secrets-dir.")),
    }
}

fn bytes(file: &Path, path: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let unreadable = |error: io::Error| format!("the file {path} cannot be read: {}.", words(&error));
    // Opening a pipe would wait for whoever writes to it.
    if !fs::metadata(file).map_err(unreadable)?.is_file() {
        return Err(format!("{path} is not a file."));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(OCTETS + 1));
    let most = u64::try_from(OCTETS + 1).unwrap_or(u64::MAX);
    File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(unreadable)?;
    match bytes.len() > OCTETS {
        true => Err(format!("the file {path} has more than {} kB.", OCTETS / 1024)),
        false => Ok(bytes),
    }
}

fn checked(bytes: &[u8]) -> Result<SecretString, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not text in UTF-8")?;
    if text.is_empty() {
        return Err("is empty");
    }
    if text.contains(['\0', '\r', '\n']) {
        return Err("holds a line break or a NUL character within the secret");
    }
    Ok(SecretString::from(text))
}

/// The system's own words, without its number.
fn words(error: &io::Error) -> String {
    error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests;
