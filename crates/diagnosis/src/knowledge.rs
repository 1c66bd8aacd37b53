//! The shape of the files in `knowledge/`. The build script reads and checks them; the program reads what it made of
//! them.

use serde::{Deserialize, Serialize};

use super::observations::Observations;

/// The key of the phrase whose texts tests use as well, where another server answers than the provider's.
pub const ANOTHER_SERVER: &str = "another-server";

/// All that is known of servers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Knowledge {
    pub observations: Observations,
    pub rules: Vec<Rule>,
    pub families: Vec<Family>,
    pub providers: Vec<Provider>,
    pub phrases: Phrases,
    pub inspectors: Vec<Inspector>,
}

/// What opens encrypted connections to look into them.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspector {
    pub name: String,
    /// One of these stands in the issuer of its certificates.
    pub words: Vec<String>,
    pub source: String,
}

/// What programs write of a failure: around a server's reply, and without one.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrases {
    pub stage: Vec<StageWords>,
    pub phrase: Vec<Phrase>,
}

/// The words by which programs say where a reply came.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageWords {
    pub stage: TextStage,
    pub words: Vec<String>,
}

/// What a program's own words mean.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrase {
    pub key: String,
    pub stage: TextStage,
    /// One of these stands in a line.
    pub words: Vec<String>,
    /// And one of these anywhere in the text; none means any text.
    #[serde(default)]
    pub with: Vec<String>,
    /// It counts where the server is one of a known provider alone.
    #[serde(default)]
    pub known_provider: bool,
    /// And where the conversation shows that the program spoke before the greeting had ended.
    #[serde(default)]
    pub spoke_early: bool,
    /// It is the cause of the replies in the same text.
    #[serde(default)]
    pub over_replies: bool,
    pub cause: String,
    pub fixes: Vec<String>,
    pub temporary: bool,
    pub source: String,
}

/// The stages that a text can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextStage {
    Dns,
    Tcp,
    Greeting,
    Ehlo,
    Tls,
    Auth,
    Mail,
    Rcpt,
    Data,
}

/// The stages in which a server can refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyStage {
    Greeting,
    Ehlo,
    Tls,
    Auth,
    Mail,
    Rcpt,
    Data,
}

/// A kind of server software, by which some words mean another thing than by the rest.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    pub name: String,
    /// One of these stands in its greeting, in small letters.
    pub greets: Vec<String>,
    /// Or one of these in its reply, where it names itself.
    #[serde(default)]
    pub says: Vec<String>,
    pub source: String,
}

/// How far a rule goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// It names the cause.
    Explicit,
    /// Its cause is one of those that are possible.
    Derived,
}

/// What a refusal means, of whatever server.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub key: String,
    pub stages: Vec<ReplyStage>,
    #[serde(default)]
    pub codes: Vec<String>,
    #[serde(default)]
    pub enhanced: Vec<String>,
    #[serde(default)]
    pub words: Vec<String>,
    /// And none of these stands in it.
    #[serde(default)]
    pub without: Vec<String>,
    /// It is for servers of these families, and for those whose family is not known; none means any.
    #[serde(default)]
    pub families: Vec<String>,
    /// It counts only where the family is known: others mean another thing by its words.
    #[serde(default)]
    pub family_shown: bool,
    /// Without it, words and enhanced codes name a cause, and codes and the stage alone do not.
    pub strength: Option<Strength>,
    pub cause: String,
    pub fixes: Vec<FixEntry>,
    pub temporary: Option<bool>,
    pub source: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FixEntry {
    Words(String),
    Remedy { text: String, remedy: RemedyKey },
}

impl FixEntry {
    pub fn text(&self) -> &str {
        match self {
            Self::Words(text) | Self::Remedy { text, .. } => text,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyKey {
    Starttls,
    Tls,
    NoSignIn,
    Later,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    pub name: String,
    pub hosts: Vec<String>,
    pub domains: Vec<String>,
    pub greets_as: Vec<String>,
    #[serde(default)]
    pub server: Vec<ServerEntry>,
    pub sign_in: Option<SignInEntry>,
    #[serde(default)]
    pub limit: Vec<SourcedFact>,
    #[serde(default)]
    pub note: Vec<SourcedFact>,
    /// What will change for whoever signs in with a password: said while it still works.
    #[serde(default)]
    pub coming: Vec<ComingChange>,
    #[serde(default)]
    pub reply: Vec<ReplyEntry>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerEntry {
    pub host: String,
    pub port: u16,
    pub security: ServerSecurity,
    pub source: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerSecurity {
    None,
    Starttls,
    Tls,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInEntry {
    pub user_name: String,
    pub password: String,
    pub mechanisms: Vec<String>,
    pub source: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourcedFact {
    pub what: String,
    pub source: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComingChange {
    pub what: String,
    /// The same in a few words, as a list of accounts says it.
    pub short: String,
    pub source: String,
}

/// What one provider alone answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplyEntry {
    pub stage: ReplyStage,
    pub code: u16,
    pub enhanced: String,
    pub words: String,
    pub cause: String,
    pub fixes: Vec<String>,
    pub temporary: bool,
    pub source: String,
}
