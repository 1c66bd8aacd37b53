//! Reads and checks `knowledge/`, and hands it to the program as one file.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "src/knowledge.rs"]
mod knowledge;
#[path = "src/letters.rs"]
mod letters;
#[path = "src/observations.rs"]
mod observations;

use knowledge::{ANOTHER_SERVER, Family, FixEntry, Inspector, Knowledge, Phrases, Provider, Rule, Strength};
use letters::plain;
use observations::{Observations, split};

type Checked = Result<(), String>;

/// The most characters of what stands in a list.
const SHORT: usize = 32;

/// `replies.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rule: Vec<Rule>,
}

/// `inspectors.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Inspectors {
    inspector: Vec<Inspector>,
}

/// `families.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Families {
    family: Vec<Family>,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=knowledge");
    println!("cargo::rerun-if-changed=src/knowledge.rs");
    println!("cargo::rerun-if-changed=src/letters.rs");
    println!("cargo::rerun-if-changed=src/observations.rs");
    let folder = Path::new("knowledge");
    let Families { family: families } =
        read(&folder.join("families.toml"), |families: &Families| families.family.iter().try_for_each(family))?;
    let is_family = |name: &String| families.iter().any(|family| family.name == *name);
    let Rules { rule: mut rules } = read(&folder.join("replies.toml"), |rules: &Rules| {
        rules.rule.iter().try_for_each(|one| rule(one, &is_family))
    })?;
    let observations = read(&folder.join("observations.toml"), observations)?;
    let mut phrases = read(&folder.join("phrases.toml"), phrases)?;
    let Inspectors { inspector: inspectors } =
        read(&folder.join("inspectors.toml"), |found: &Inspectors| found.inspector.iter().try_for_each(inspector))?;
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder.join("providers"))? {
        files.push(entry?.path());
    }
    files.sort();
    let mut providers = files.iter().map(|file| read(file, provider)).collect::<Result<Vec<_>, _>>()?;
    let words = rules.iter_mut().flat_map(|rule| rule.words.iter_mut().chain(&mut rule.without));
    let words =
        words.chain(phrases.phrase.iter_mut().flat_map(|phrase| phrase.words.iter_mut().chain(&mut phrase.with)));
    let own = providers.iter_mut().flat_map(|provider| &mut provider.reply).map(|reply| &mut reply.words);
    words.chain(own).for_each(|words| *words = plain(words));
    let made = Path::new(&std::env::var("OUT_DIR")?).join("knowledge.json");
    let knowledge = Knowledge { observations, rules, families, providers, phrases, inspectors };
    fs::write(made, serde_json::to_vec(&knowledge)?)?;
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(file: &Path, check: impl Fn(&T) -> Checked) -> Result<T, Box<dyn Error>> {
    let text = fs::read_to_string(file)?;
    let read: T = toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    check(&read).map_err(|wrong| format!("{}: {wrong}", file.display()))?;
    Ok(read)
}

fn phrases(phrases: &Phrases) -> Checked {
    let small = |words: &[String]| words.iter().all(|words| !words.trim().is_empty() && *words == words.to_lowercase());
    if let Some(entry) = phrases.stage.iter().find(|entry| entry.words.is_empty() || !small(&entry.words)) {
        return Err(format!("the words of {:?}: at least one, in small letters", entry.stage));
    }
    if !phrases.phrase.iter().any(|phrase| phrase.key == ANOTHER_SERVER) {
        return Err(format!("the phrase {ANOTHER_SERVER} is missing"));
    }
    phrases.phrase.iter().try_for_each(|phrase| {
        let what = |wrong: &str| format!("phrase {} ({}): {wrong}", phrase.key, phrase.cause);
        if phrase.words.is_empty() || !small(&phrase.words) || !small(&phrase.with) {
            return Err(what("words are small letters, and at least one"));
        }
        let fixes = phrase.fixes.iter().map(String::as_str);
        worded(&phrase.cause, fixes).and_then(|()| sourced(&phrase.source)).map_err(|wrong| what(&wrong))
    })
}

fn inspector(inspector: &Inspector) -> Checked {
    let Inspector { name, words, source } = inspector;
    if name.is_empty() || words.is_empty() || words.iter().any(|word| word.is_empty() || *word != word.to_lowercase()) {
        return Err(format!("“{name}” has words, in small letters"));
    }
    sourced(source)
}

/// Checks the texts; that there are these entries and no others was checked by reading them.
fn observations(observations: &Observations) -> Checked {
    let Observations { server, proxy, host_behind_proxy, reply, fix } = observations;
    let tables = [
        ("server", server.into_iter()),
        ("proxy", proxy.into_iter()),
        ("host-behind-proxy", host_behind_proxy.into_iter()),
        ("reply", reply.into_iter()),
        ("fix", fix.into_iter()),
    ];
    for (table, entries) in tables {
        for (entry, texts, placeholders) in entries {
            // The tables `reply` and `fix` have single texts.
            let worded = match &texts[..] {
                [cause, _explanation, fixes @ ..] => worded(cause, fixes.iter().copied()),
                _ => Ok(()),
            };
            let checked = worded.and_then(|()| texts.iter().try_for_each(|text| template(text, &placeholders)));
            checked.map_err(|wrong| format!("{table}.{}: {wrong}", entry.replace('_', "-")))?;
        }
    }
    Ok(())
}

/// A text has none but these placeholders.
fn template(text: &str, placeholders: &[&str]) -> Checked {
    if text.trim().is_empty() {
        return Err("a text is empty".to_owned());
    }
    let found: Vec<&str> = split(text).1.map(|(name, _)| name).collect();
    if text.matches('{').count() != found.len() || text.matches('}').count() != found.len() {
        return Err(format!("“{text}” has a brace that is not part of a placeholder"));
    }
    match found.iter().find(|name| !placeholders.contains(name)) {
        Some(name) => Err(format!("“{text}” has the unknown placeholder {{{name}}}; known are {placeholders:?}")),
        None => Ok(()),
    }
}

fn family(family: &Family) -> Checked {
    let what = |wrong: &str| format!("family {}: {wrong}", family.name);
    if family.name.is_empty()
        || family.greets.is_empty()
        || family.greets.iter().any(|words| *words != words.to_lowercase())
    {
        return Err(what("a name, and words of its greeting in small letters"));
    }
    sourced(&family.source).map_err(|wrong| what(&wrong))
}

fn rule(rule: &Rule, is_family: &impl Fn(&String) -> bool) -> Checked {
    let what = |wrong: &str| format!("rule {} ({}): {wrong}", rule.key, rule.cause);
    let class = |code: &String| {
        let digits = code.bytes().all(|octet| octet.is_ascii_digit() || octet == b'x');
        digits && code.len() == 3 && matches!(code.as_bytes()[0], b'4' | b'5')
    };
    if rule.stages.is_empty() {
        return Err(what("no stage"));
    }
    if !rule.codes.iter().all(class) {
        return Err(what("a code is three digits, as 550 or 5xx"));
    }
    if !rule.enhanced.iter().all(|enhanced| enhanced.split('.').count() == 3) {
        return Err(what("an enhanced code has three parts, as 5.7.1 or *.7.1"));
    }
    if rule.words.iter().chain(&rule.without).any(|words| words.trim().is_empty() || *words != words.to_lowercase()) {
        return Err(what("words are small letters, and never empty"));
    }
    if !rule.families.iter().all(is_family) {
        return Err(what("a family that families.toml does not have"));
    }
    if rule.strength == Some(Strength::Explicit) && !rule.words.is_empty() {
        return Err(what("words are explicit without saying so"));
    }
    let fixes = rule.fixes.iter().map(FixEntry::text);
    worded(&rule.cause, fixes).and_then(|()| sourced(&rule.source)).map_err(|wrong| what(&wrong))
}

fn provider(provider: &Provider) -> Checked {
    if provider.name.trim().is_empty() || provider.hosts.is_empty() {
        return Err("a provider has a name and a host".to_owned());
    }
    for host in provider.hosts.iter().chain(&provider.greets_as).chain(&provider.domains) {
        if host.is_empty() || *host != host.to_lowercase() || host.contains(['/', ' ', ':']) {
            return Err(format!("“{host}” is no host name in small letters"));
        }
    }
    let sources = provider.server.iter().map(|server| &server.source);
    let sources = sources.chain(provider.limit.iter().chain(&provider.note).map(|fact| &fact.source));
    let sources = sources.chain(provider.coming.iter().map(|change| &change.source));
    for source in sources.chain(provider.sign_in.iter().map(|sign_in| &sign_in.source)) {
        sourced(source)?;
    }
    if let Some(change) = provider.coming.iter().find(|change| !(1..=SHORT).contains(&change.short.chars().count())) {
        return Err(format!("“{}” is to be 1 to {SHORT} characters", change.short));
    }
    for reply in &provider.reply {
        let what = |wrong: String| format!("reply {} “{}”: {wrong}", reply.code, reply.words);
        if !(400..600).contains(&reply.code) || reply.words.trim().is_empty() {
            return Err(what("a code of a refusal, and words that set it apart".to_owned()));
        }
        let fixes = reply.fixes.iter().map(String::as_str);
        worded(&reply.cause, fixes).and_then(|()| sourced(&reply.source)).map_err(what)?;
    }
    Ok(())
}

fn worded<'a>(cause: &str, fixes: impl Iterator<Item = &'a str>) -> Checked {
    if cause.is_empty() || cause.ends_with('.') {
        return Err("a cause follows “Failed at AUTH: ”, without a full stop".to_owned());
    }
    let fixes: Vec<&str> = fixes.collect();
    if fixes.is_empty() || fixes.iter().any(|fix| fix.trim().is_empty()) {
        return Err("at least one fix".to_owned());
    }
    Ok(())
}

fn sourced(source: &str) -> Checked {
    if source.starts_with("https://") || source.starts_with("http://") || source.starts_with("RFC ") {
        Ok(())
    } else {
        Err(format!("“{source}” is no source: an address, or an RFC with its section"))
    }
}
