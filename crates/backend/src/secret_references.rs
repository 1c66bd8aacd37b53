//! Secrets that are kept elsewhere: an environment variable, or a file in a folder. Which of them may be read, and
//! where they may go, is decided by the configuration and not by who edits credentials. They are read when they are
//! used, and never kept.

use std::path::{Path, PathBuf};

use model::hosts::to_ascii;
use model::secret::SECRET_VARIABLES;
use model::{Destinations, Host, Port, SecretReference};
use secrecy::SecretString;
use vault::KeySource;
use zeroize::Zeroizing;

use crate::Database;

mod file;

/// What references may name, and where what they name may go.
#[derive(Clone, Debug, Default)]
pub struct ReferenceRules {
    /// The folder that references of the kind `file:` lead into; None allows none.
    pub folder: Option<PathBuf>,
    /// Variables that may be read besides those that begin with `POSTHOUSE_SECRET_`.
    pub variables: Vec<String>,
    /// A reference that is named here may be read, and goes to these destinations alone.
    pub permitted: Vec<PermittedDestination>,
    /// Files that are never read, by whatever name or link: keys, the database, settings.
    pub never: Vec<PathBuf>,
}

/// Where a reference may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermittedDestination {
    /// What is read.
    pub reference: SecretReference,
    /// The only server or proxy that the secret is sent to.
    pub host: Host,
    /// Its TCP port.
    pub port: u16,
}

impl PermittedDestination {
    /// Reads `REFERENCE=HOST:PORT`, such as `env:RELAY=smtp.example.org:587`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || format!("“{text}” is not understood; write it as env:NAME=HOST:PORT or file:PATH=HOST:PORT");
        let (reference, place) = text.rsplit_once('=').ok_or_else(expected)?;
        let (host, port) = place.rsplit_once(':').ok_or_else(expected)?;
        let reference = SecretReference::parse(reference).map_err(|why| format!("{}. {why}", expected()))?;
        let host =
            Host::parse(host).and_then(|host| to_ascii(&host)).map_err(|why| format!("{}. {why}", expected()))?;
        let port = Port::parse(port).ok().flatten().ok_or_else(expected)?;
        Ok(Self { reference, host, port: port.get() })
    }
}

/// Why a reference is not read.
enum Refusal {
    /// It never will be, as things are configured.
    NotAllowed(String),
    /// What is there cannot be read, or is no secret.
    Unreadable(String),
}

impl Refusal {
    fn words(self) -> String {
        match self {
            Self::NotAllowed(words) | Self::Unreadable(words) => words,
        }
    }
}

impl ReferenceRules {
    /// The same, and neither the key nor the database is ever read.
    pub(crate) fn protecting(mut self, database: &Database, key: Option<&KeySource>) -> Self {
        self.never.extend(key.map(|key| key.path().to_owned()));
        if let Database::Sqlite { path } = database {
            let beside = |end: &str| PathBuf::from(format!("{}{end}", path.display()));
            self.never.extend([path.clone(), beside("-wal"), beside("-shm"), beside("-journal")]);
        }
        self
    }

    /// Whether a reference may be entered, as far as that can be known before what it names is there; else a sentence
    /// for its field.
    pub(crate) async fn check(&self, reference: &SecretReference) -> Result<(), String> {
        match self.read_blocking(reference).await {
            Err(Refusal::NotAllowed(why)) => Err(sentence(&why)),
            Ok(_) | Err(Refusal::Unreadable(_)) => Ok(()),
        }
    }

    /// Whether a reference may go to each of these hosts and ports; else a sentence for its field.
    pub(crate) fn check_destinations(&self, reference: &SecretReference, to: &Destinations) -> Result<(), String> {
        for host in &to.hosts {
            for port in &to.ports {
                self.goes_to(reference, host, *port).map_err(|why| sentence(&why))?;
            }
        }
        Ok(())
    }

    /// Whether a reference may be read, and go there; else why not, in words for a person.
    pub(crate) fn allow(&self, reference: &SecretReference, host: &Host, port: u16) -> Result<(), String> {
        self.may_be_read(reference)?;
        self.goes_to(reference, host, port)
    }

    /// Reads what a reference points at; else why not, in words for a person that never repeat what was read.
    pub(crate) async fn read(&self, reference: &SecretReference) -> Result<SecretString, String> {
        self.read_blocking(reference).await.map_err(Refusal::words)
    }

    async fn read_blocking(&self, reference: &SecretReference) -> Result<SecretString, Refusal> {
        let (rules, reference) = (self.clone(), reference.clone());
        let read = tokio::task::spawn_blocking(move || rules.read_now(&reference));
        read.await.unwrap_or_else(|error| Err(Refusal::Unreadable(format!("reading it ended early ({error})."))))
    }

    fn read_now(&self, reference: &SecretReference) -> Result<SecretString, Refusal> {
        self.may_be_read(reference).map_err(Refusal::NotAllowed)?;
        match (reference.variable(), reference.path(), &self.folder) {
            (Some(name), ..) => variable(name).map_err(Refusal::Unreadable),
            (None, Some(path), Some(folder)) => self.file(folder, path),
            (None, ..) => Err(Refusal::NotAllowed("a reference begins with env: or file:.".to_owned())),
        }
    }

    /// Also asked of what was read from the database: somebody may have written it there.
    fn may_be_read(&self, reference: &SecretReference) -> Result<(), String> {
        SecretReference::parse(reference.as_str())?;
        let Some(name) = reference.variable() else {
            return match self.folder {
                Some(_) => Ok(()),
                None => {
                    Err("file: is not allowed here. Start Posthouse with --secrets-dir FOLDER to allow the files of \
                             a folder."
                        .to_owned())
                }
            };
        };
        let is_listed = self.variables.iter().any(|listed| listed == name)
            || self.permitted.iter().any(|permitted| permitted.reference == *reference);
        if name.starts_with(SECRET_VARIABLES) || is_listed {
            Ok(())
        } else {
            Err(format!(
                "the configuration does not allow the environment variable {name}. Use one whose name begins with \
                 {SECRET_VARIABLES}, or list this one with --secret-env."
            ))
        }
    }

    fn goes_to(&self, reference: &SecretReference, host: &Host, port: u16) -> Result<(), String> {
        let permitted: Vec<_> = self.permitted.iter().filter(|one| one.reference == *reference).collect();
        if permitted.is_empty() || permitted.iter().any(|one| one.host == *host && one.port == port) {
            Ok(())
        } else {
            let places: Vec<_> = permitted.iter().map(|one| one.host.with_port(one.port)).collect();
            let (to, places) = (host.with_port(port), places.join(", "));
            Err(format!("the configuration lets {reference} go to {places} and not to {to}. See --secret."))
        }
    }

    fn file(&self, folder: &Path, path: &str) -> Result<SecretString, Refusal> {
        let file = file::open(folder, path, &self.never)?;
        let bytes = file::bytes(file, path)?;
        // The end of its one line is the editor's, not the secret's.
        let text = bytes.strip_suffix(b"\n").map_or(&bytes[..], |text| text.strip_suffix(b"\r").unwrap_or(text));
        checked(text).map_err(|why| Refusal::Unreadable(format!("the file {path} {why}.")))
    }
}

fn variable(name: &str) -> Result<SecretString, String> {
    let value = std::env::var_os(name).ok_or_else(|| {
        format!("the environment variable {name} is not set. Set it for the server, and start that again.")
    })?;
    let value = Zeroizing::new(value.into_encoded_bytes());
    checked(&value).map_err(|why| format!("the environment variable {name} {why}."))
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

/// The same words where they stand alone.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    if words.starts_with("file:") {
        words.to_owned()
    } else {
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    }
}

#[cfg(test)]
mod tests;
