//! `docs/diagnosis-coverage.md`: how many of the known cases are explained, by stage, family, provider and language.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Deserialize;

use super::case::{Case, Verdict};
use super::{held_out, taught};

/// Writes the document.
const COMMAND: &str = "WRITE_COVERAGE=1 cargo test --test pasted coverage";

/// `crates/backend/tests/engine/replies.toml`.
#[derive(Deserialize)]
struct Replies {
    reply: Vec<PlayedReply>,
}

#[derive(Deserialize)]
struct PlayedReply {
    stage: String,
    lines: Vec<String>,
    key: String,
    #[serde(default)]
    provider: String,
    #[serde(default)]
    possible: bool,
}

/// The replies that a scripted server plays, as cases.
fn played() -> Vec<Case> {
    let replies = include_str!("../../../backend/tests/engine/replies.toml");
    let replies = toml::from_str::<Replies>(replies).expect("replies").reply;
    let case = |PlayedReply { stage, lines, key, provider, possible }: PlayedReply| Case {
        name: lines.join(" "),
        stage: Some(stage.clone()),
        host: match &*provider {
            "Microsoft 365" => Some("smtp.office365.com".to_owned()),
            "Gmail" => Some("smtp.gmail.com".to_owned()),
            "Amazon SES" => Some("email-smtp.us-east-1.amazonaws.com".to_owned()),
            _ => None,
        },
        family: provider,
        language: "en".to_owned(),
        // They are played over TLS but where they are about its want.
        input: if key == "encryption-wanted" { lines.join("\n") } else { format!("TLS started\n{}", lines.join("\n")) },
        found: (stage, key),
        also: Vec::new(),
        possible,
        temporary: false,
        source: String::new(),
    };
    replies.into_iter().map(case).collect()
}

/// How many cases have each verdict.
#[derive(Default)]
struct Counts {
    right: usize,
    possible: usize,
    not_known: usize,
    wrong: usize,
}

impl Counts {
    fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Right => self.right += 1,
            Verdict::Possible => self.possible += 1,
            Verdict::NotKnown => self.not_known += 1,
            Verdict::Wrong => self.wrong += 1,
        }
    }

    fn row(&self, name: &str) -> String {
        let Self { right, possible, not_known, wrong } = self;
        let all = right + possible + not_known + wrong;
        format!("| {name} | {all} | {right} | {possible} | {not_known} | {wrong} |\n")
    }
}

/// Counts of cases by a name, as a table under a heading.
#[derive(Default)]
struct Table(BTreeMap<String, Counts>);

impl Table {
    fn add(&mut self, name: &str, verdict: Verdict) {
        let name = if name.is_empty() { "not known" } else { name };
        self.0.entry(name.to_owned()).or_default().add(verdict);
    }

    fn write(&self, heading: &str, text: &mut String) {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n## {heading}\n| | cases | right | possible | not known | wrong |\n|---|---|---|---|---|---|\n"
        );
        text.extend(self.0.iter().map(|(name, counts)| counts.row(name)));
    }
}

fn document() -> String {
    let [mut origins, mut stages, mut families, mut providers, mut languages] =
        std::array::from_fn(|_| Table::default());
    let origin = |name: &'static str, cases: Vec<Case>| cases.into_iter().map(move |case| (name, case));
    let all = origin("pasted texts, by which rules were made", taught())
        .chain(origin("pasted texts that no rule was made for", held_out()))
        .chain(origin("replies that a scripted server plays", played()));
    for (origin, case) in all {
        let found = case.diagnose();
        let verdict = found.as_ref().map_or(Verdict::NotKnown, |found| found.verdict);
        let provider = found.and_then(|found| found.provider);
        origins.add(origin, verdict);
        stages.add(&case.found.0, verdict);
        families.add(&case.family, verdict);
        providers.add(provider.as_deref().unwrap_or_default(), verdict);
        languages.add(&case.language, verdict);
    }
    let mut text = format!(
        "# What the diagnosis makes of replies\n\nWritten by `{COMMAND}`.\n\n\
         Right: the right cause is named. Possible: none is named, and the right one is among those that are offered. \
         Not known: none is\nnamed, and the right one is not offered. Wrong: another one is named.\n"
    );
    origins.write("By origin", &mut text);
    stages.write("By stage", &mut text);
    families.write("By the server's software or service", &mut text);
    providers.write("By provider", &mut text);
    languages.write("By language", &mut text);
    text
}

#[test]
fn the_coverage_is_written_down() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diagnosis-coverage.md");
    let document = document();
    if std::env::var_os("WRITE_COVERAGE").is_some() {
        std::fs::write(&path, &document).expect("the document is written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == document, "{} is stale; `{COMMAND}` writes it", path.display());
}
