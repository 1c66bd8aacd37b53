//! What the documents name in backticks exists: paths, commands, flags, environment variables, types and functions.

use std::collections::HashSet;
use std::fs;

use super::Finding;
use crate::process::root;

const MAP: &str = "ARCHITECTURE.md";
const DOCUMENTS: [&str; 5] = ["README.md", MAP, "CONTRIBUTING.md", "SECURITY.md", "docs/hardening.md"];

/// What a file of ours ends in, where no folder tells that a path is meant.
const ENDINGS: [&str; 7] = [".rs", ".ts", ".css", ".toml", ".md", ".sql", ".sh"];

/// Folders whose content is made, not kept.
const MADE: [&str; 3] = ["target/", "./data", "end2end/node_modules"];

/// What the sources name.
#[derive(Default)]
struct Tree {
    paths: HashSet<String>,
    /// Every identifier of a source.
    words: HashSet<String>,
    /// As they are written on a command line, without the dashes.
    flags: HashSet<String>,
    commands: HashSet<String>,
}

pub fn check(paths: &[String]) -> Vec<Finding> {
    let tree = Tree::read(paths);
    let documents = paths.iter().filter(|path| is_document(path));
    let read = |path: &String| fs::read_to_string(root().join(path)).map(|text| check_in(path, &text, &tree));
    documents.filter_map(|path| read(path).ok()).flatten().collect()
}

/// The documents, and what stands beside the sources of a crate.
fn is_document(path: &str) -> bool {
    DOCUMENTS.contains(&path) || path.starts_with("crates/") && path.ends_with("/README.md")
}

impl Tree {
    fn read(paths: &[String]) -> Self {
        let mut tree = Self::default();
        for path in paths {
            tree.add_path(path);
            let is_source = !path.ends_with(".md") && !path.ends_with("lock") && !path.ends_with("-lock.json");
            if let Ok(source) = fs::read_to_string(root().join(path))
                && is_source
            {
                tree.add_source(path, &source);
            }
        }
        tree.commands = crate::COMMANDS.iter().map(|(name, ..)| (*name).to_owned()).collect();
        tree
    }

    /// The path, and each folder on the way to it.
    fn add_path(&mut self, path: &str) {
        self.paths.insert(path.to_owned());
        self.paths.extend(path.match_indices('/').map(|(at, _)| path[..at].to_owned()));
    }

    fn add_source(&mut self, path: &str, source: &str) {
        self.words.extend(words(source).map(str::to_owned));
        if path.starts_with("server/src/") {
            self.flags.extend(arguments(source));
        }
        if path.starts_with("xtask/src/") {
            let literals = source.split('"').filter_map(|text| text.strip_prefix("--"));
            self.flags.extend(literals.map(|flag| flag.to_owned()));
        }
    }

    /// Whether this is a path, from the root or from a folder of the tree. A part in capitals stands for any.
    fn has_path(&self, named: &str) -> bool {
        let named: Vec<_> = named.trim_start_matches("../").trim_end_matches('/').split('/').collect();
        self.paths.iter().any(|path| {
            let parts: Vec<_> = path.split('/').collect();
            let end = parts.len().checked_sub(named.len()).map(|start| &parts[start..]);
            end.is_some_and(|end| end.iter().zip(&named).all(|(part, named)| fits(part, named)))
        })
    }

    /// Why this is no name of the tree, if it is not.
    fn missing(&self, code: &str) -> Option<String> {
        let mut words = code.split_whitespace();
        let first = words.next().unwrap_or_default();
        let is_ours = first == "posthouse" || first.starts_with("--") || code.starts_with("cargo xtask");
        if let Some(command) = code.strip_prefix("cargo xtask ").and_then(|rest| rest.split(' ').next())
            && command.starts_with(|character: char| character.is_ascii_lowercase())
            && !self.commands.contains(command)
        {
            return Some(format!("there is no command `cargo xtask {command}`"));
        }
        let flags = code.split_whitespace().filter_map(|word| word.strip_prefix("--")).filter(|_| is_ours);
        let flags = flags.map(|flag| flag.split('=').next().unwrap_or(flag));
        if let Some(flag) = flags.filter(|flag| !flag.is_empty()).find(|flag| !self.has_flag(flag)) {
            return Some(format!("there is no flag `--{flag}`"));
        }
        if words.next().is_some() {
            return None;
        }
        if is_path(code) {
            return (!self.has_path(code)).then(|| format!("there is no file or folder {code}"));
        }
        let name = code.split(['(', '<', '{', '.']).next().unwrap_or(code);
        let parts: Vec<_> = name.split("::").collect();
        if !parts.iter().all(|part| is_identifier(part)) || parts.len() == 1 && !is_name(name, code) {
            return None;
        }
        let unknown = parts.iter().find(|part| !self.has_word(part));
        unknown.map(|part| format!("no source names `{part}`"))
    }

    fn has_flag(&self, flag: &str) -> bool {
        ["help", "version"].contains(&flag) || self.flags.contains(flag)
    }

    /// `POSTHOUSE_SECRET_` is the beginning of names.
    fn has_word(&self, word: &str) -> bool {
        self.words.contains(word) || word.ends_with('_') && self.words.iter().any(|known| known.starts_with(word))
    }
}

/// Every name in backticks and every line of a block that is not there.
fn check_in(document: &str, text: &str, tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_block = false;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            in_block = !in_block;
            continue;
        }
        let codes: Vec<&str> = if in_block {
            let command = line.split(" #").next().unwrap_or(line);
            vec![command.rsplit("| ").next().unwrap_or(command).trim()]
        } else {
            line.split('`').skip(1).step_by(2).collect()
        };
        let named = codes.into_iter().filter(|code| !in_block || code.contains(' '));
        // The first cell of the map is a folder, also where it is a single word.
        if let Some((folder, _)) = line.strip_prefix("| `").and_then(|rest| rest.split_once('`'))
            && document == MAP
            && !tree.has_path(folder)
        {
            findings.push(Finding::new(document, number + 1, format!("there is no folder {folder}")));
        }
        // `FILE::TEST` is what `promises.rs` checks.
        let missing = named.filter(|code| !code.contains(".rs::")).filter_map(|code| tree.missing(code));
        findings.extend(missing.map(|what| Finding::new(document, number + 1, what)));
    }
    findings
}

/// The flags that clap makes of the fields behind `#[arg(long)]`.
fn arguments(source: &str) -> Vec<String> {
    let mut is_flag = false;
    let mut flags = Vec::new();
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[arg(long") {
            is_flag = true;
        } else if let Some((field, _)) = line.split_once(':')
            && is_flag
            && is_identifier(field.trim_start_matches("pub "))
        {
            flags.push(field.trim_start_matches("pub ").replace('_', "-"));
            is_flag = false;
        }
    }
    flags
}

fn words(source: &str) -> impl Iterator<Item = &str> {
    source
        .split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        && !text.starts_with(|character: char| character.is_ascii_digit())
}

/// What reads as a name of the sources: a call, `snake_case`, or `CamelCase`.
fn is_name(name: &str, code: &str) -> bool {
    let has_small = name.contains(|character: char| character.is_ascii_lowercase());
    let is_camel = name.starts_with(|character: char| character.is_ascii_uppercase()) && has_small;
    code.ends_with(')') || is_camel || name.trim_matches('_').contains('_')
}

fn is_path(code: &str) -> bool {
    let outside = code.starts_with('/') || code.contains(['*', ':', '$', '"', '@', '=', '<', ',']);
    let looks_like_one = ENDINGS.iter().any(|ending| code.ends_with(ending)) || code.contains('/');
    looks_like_one && !outside && !MADE.iter().any(|made| code.starts_with(made))
}

fn fits(part: &str, named: &str) -> bool {
    let placeholder = named.split('.').next().unwrap_or(named);
    let ending = &named[placeholder.len()..];
    let stands_for_any = placeholder.len() > 1 && placeholder.chars().all(|letter| letter.is_ascii_uppercase());
    part == named || stands_for_any && !ending.is_empty() && part.ends_with(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let mut tree = Tree::default();
        tree.add_path("crates/store/src/accounts.rs");
        tree.add_path("crates/diagnosis/knowledge/providers/gmail.toml");
        let cli =
            "#[arg(long, env = \"POSTHOUSE_DATA_DIR\", value_name = \"FOLDER\")]\n    data_dir: Option<PathBuf>,\n";
        tree.add_source("server/src/cli.rs", cli);
        tree.add_source(
            "crates/store/src/accounts.rs",
            "pub struct AccountRow; fn list_rows() {} const SECRET_ENV_A: u8;",
        );
        tree.commands.insert("tidy".to_owned());
        tree
    }

    #[test]
    fn what_exists_is_no_finding_and_what_does_not_is_one() {
        let tree = tree();
        let check = |line: &str, findings: usize| {
            assert_eq!(check_in("README.md", line, &tree).len(), findings, "{line}");
        };
        check("| `crates/store` | `accounts.rs`, `store/src/accounts.rs`, `providers/NAME.toml` |", 0);
        assert_eq!(check_in(MAP, "| `crates` | all |\n| `crate` | none |", &tree).len(), 1);
        check("`crates/stores`", 1);
        check("`acounts.rs` and `knowledge/`", 1);
        check("`AccountRow`, `list_rows()`, `AccountRow::list_rows`, `SECRET_ENV_...`, `POSTHOUSE_DATA_DIR`", 0);
        check("`AccountRows`", 1);
        check("`list_row()`", 1);
        check("`AccountRow::list_row`", 1);
        check("`POSTHOUSE_DATA_DIRECTORY`", 1);
        check("`--data-dir FOLDER`, `posthouse serve --data-dir x`, `curl --fail`", 0);
        check("`--data-folder`", 1);
        check("`cargo xtask tidy`, `cargo xtask`", 0);
        check("`cargo xtask tidies`", 1);
        check("```sh\ncargo xtask tidy   # the `Rules` that hold\ncargo xtask chek\nposthouse serve --dta\n```", 2);
        check("`/readyz`, `text`, `FILE`, `https://example.org/a.md`, `target/release/posthouse`, `512 MB`", 0);
    }
}
