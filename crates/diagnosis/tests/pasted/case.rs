//! A reply or a text with its right cause, and what the diagnosis makes of it.

use diagnosis::explain;
use model::Stage;
use serde::Deserialize;

/// How near a diagnosis comes to the right cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is named.
    Right,
    /// None is named, and it is among those that are offered.
    Possible,
    /// None is named.
    NotKnown,
    /// Another one is named.
    Wrong,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// What was known besides the text.
    pub stage: Option<String>,
    pub host: Option<String>,
    /// The server's software or service.
    #[serde(default)]
    pub family: String,
    /// Of the server's words (ISO 639-1).
    #[serde(default = "english")]
    pub language: String,
    pub input: String,
    /// The stage, and the name of the cause.
    pub found: (String, String),
    /// Other names that are right as well.
    #[serde(default)]
    pub also: Vec<String>,
    /// The cause is to be offered, not named.
    #[serde(default)]
    pub possible: bool,
    pub temporary: bool,
    pub source: String,
}

fn english() -> String {
    "en".to_owned()
}

/// What was found of a case.
pub struct Found {
    pub verdict: Verdict,
    /// The stage and the name of the cause, with those that are offered.
    pub shown: String,
    pub temporary: bool,
    /// Whose server it is.
    pub provider: Option<String>,
}

impl Case {
    pub fn diagnose(&self) -> Option<Found> {
        let stage = self.stage.as_deref().and_then(Stage::from_key);
        let found = explain(&self.input, self.host.as_deref(), stage)?;
        let (stage, key) = (found.stage.key().to_owned(), found.diagnosis.key);
        let possible: Vec<String> = found.diagnosis.possibilities.into_iter().map(|one| one.key).collect();
        let is_right = |name: &String| *name == self.found.1 || self.also.contains(name);
        let verdict = match &*key {
            _ if stage == self.found.0 && is_right(&key) => Verdict::Right,
            "unknown" if possible.iter().any(is_right) => Verdict::Possible,
            "unknown" => Verdict::NotKnown,
            _ => Verdict::Wrong,
        };
        let provider = found.diagnosis.provider.map(|facts| facts.name);
        let shown = format!("{verdict:?}: {stage}, {key}, {possible:?}");
        Some(Found { verdict, shown, temporary: found.diagnosis.temporary, provider })
    }

    /// What is expected of it.
    pub fn expected(&self) -> Verdict {
        if self.possible { Verdict::Possible } else { Verdict::Right }
    }
}
