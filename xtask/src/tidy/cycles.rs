//! No two top-level modules of a crate use each other, directly or by way of others: each can be read, tested and moved
//! without what uses it.
//!
//! What counts is what a path names: `crate::NAME`, and as many `super::` as lead to the crate's root. A name that the
//! root itself declares or re-exports is the root's. Tests may use what they like.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;

use super::Finding;
use crate::process::root;

/// Modules of one crate that use each other on purpose.
struct Exception {
    source: &'static str,
    modules: &'static [&'static str],
}

const EXCEPTIONS: &[Exception] = &[
    // A server function and what it calls on the server are two halves of one thing, of which browsers get the first.
    Exception { source: "app/src", modules: &["api", "ssr"] },
    // The connection and what is said on it.
    Exception { source: "crates/smtp/src", modules: &["conversation", "mail_parameters", "settings"] },
    Exception { source: "crates/smtp/src", modules: &["progress_feed", "transcript"] },
    // The command line holds the arguments of each command, and each command opens the settings of the command line.
    Exception { source: "server/src", modules: &["cli", "commands"] },
];

/// Which modules each module of a crate uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

pub fn check(paths: &[String]) -> Vec<Finding> {
    let roots = paths.iter().filter_map(|path| path.strip_suffix("/src/lib.rs").or(path.strip_suffix("/src/main.rs")));
    let sources: BTreeSet<_> = roots.map(|folder| format!("{folder}/src")).collect();
    sources.iter().flat_map(|source| check_crate(source, paths)).collect()
}

fn check_crate(source: &str, paths: &[String]) -> Vec<Finding> {
    let mut files = BTreeMap::new();
    for path in paths {
        let inside = path.strip_prefix(source).and_then(|rest| rest.strip_prefix('/')?.strip_suffix(".rs"));
        if let Some(inside) = inside {
            files.insert(inside, fs::read_to_string(root().join(path)).unwrap_or_default());
        }
    }
    let is_exception = |cycle: &[String]| {
        let mut of_crate = EXCEPTIONS.iter().filter(|exception| exception.source == source);
        of_crate.any(|exception| cycle.iter().all(|module| exception.modules.contains(&module.as_str())))
    };
    let cycles = cycles(&uses(&files)).into_iter().filter(|cycle| !is_exception(cycle));
    let finding = |cycle: Vec<String>| {
        let what = format!("modules use each other: {} -> {}", cycle.join(" -> "), cycle[0]);
        Finding::new(source, 1, what)
    };
    cycles.map(finding).collect()
}

/// Of files by their paths below `src`, without `.rs`.
fn uses(files: &BTreeMap<&str, String>) -> Uses {
    let module_of = |path: &str| path.split('/').next().unwrap_or(path).to_owned();
    let modules: BTreeSet<_> = files.keys().map(|path| module_of(path)).collect();
    let mut uses = Uses::new();
    for (path, text) in files {
        let path = path.strip_suffix("/mod").unwrap_or(path);
        let is_test = path.rsplit('/').next() == Some("tests");
        if matches!(path, "lib" | "main") || is_test {
            continue;
        }
        let supers = "super::".repeat(path.split('/').count());
        let code = code_of(text);
        let named = ["crate::", supers.as_str()].into_iter().flat_map(|prefix| named_after(&code, prefix));
        let of_module = uses.entry(module_of(path)).or_default();
        of_module.extend(named.filter(|name| modules.contains(name) && *name != module_of(path)));
    }
    uses
}

/// The lines before the tests, without comments.
fn code_of(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    lines.flat_map(|line| [line.split("//").next().unwrap_or(line), "\n"]).collect()
}

/// The names that follow a prefix in a path, also each of those in braces.
fn named_after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|character| character.is_alphanumeric() || "_:".contains(character)) {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            None => names.push(name_at(rest)),
            Some(group) => names.extend(parts(group).into_iter().map(|part| name_at(part.trim_start()))),
        }
    }
    names
}

fn name_at(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// What stands between commas up to the brace that closes the group.
fn parts(group: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                parts.push(&group[begin..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts
}

/// For each module that is the first by name in a cycle, the shortest of these.
fn cycles(uses: &Uses) -> Vec<Vec<String>> {
    uses.keys().filter_map(|first| shortest_cycle(uses, first)).collect()
}

fn shortest_cycle(uses: &Uses, first: &String) -> Option<Vec<String>> {
    let mut reached = BTreeSet::new();
    let mut open = VecDeque::from([vec![first.clone()]]);
    while let Some(way) = open.pop_front() {
        for next in uses.get(way.last()?).into_iter().flatten() {
            if next == first {
                return Some(way);
            }
            if next > first && reached.insert(next.clone()) {
                open.push_back([way.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{cycles, uses};

    #[test]
    fn modules_that_use_each_other_are_found() {
        let check = |files: &[(&'static str, &str)], expected: &[&str]| {
            let files: BTreeMap<_, _> = files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
            let found: Vec<_> = cycles(&uses(&files)).into_iter().map(|cycle| cycle.join(" ")).collect();
            assert_eq!(found, expected, "{files:?}");
        };
        check(&[("a", "use crate::b::X;"), ("b", "use crate::Y;"), ("lib", "use crate::a;")], &[]);
        check(&[("a", "use crate::b::X;"), ("b", "use super::a;")], &["a b"]);
        check(&[("a", "use crate::{X, b::{c, d}};"), ("b/mod", "fn f() { super::a::g() }")], &["a b"]);
        check(&[("a", "use crate::{\n    b,\n    c::d,\n};"), ("b", ""), ("c/d", "use super::super::a;")], &["a c"]);
        check(&[("a", "use crate::b;"), ("b", "use crate::c;"), ("c", "use crate::a;")], &["a b c"]);
        check(&[("a", "use crate::{b, c};"), ("b", "use crate::a;"), ("c", "use crate::b;")], &["a b"]);
        // What is inside a module is its own affair, and neither comments nor tests are code that uses something.
        check(&[("a/b", "use super::c;"), ("a/c", "use super::b;"), ("c", "use crate::a;")], &[]);
        check(&[("a", "/// [`crate::b`]\nuse x::crate::b;"), ("b", "use crate::a;")], &[]);
        check(&[("a", "fn f() {}\n#[cfg(test)]\nmod tests { use crate::b; }"), ("b", "use crate::a;")], &[]);
        check(&[("a/tests", "use crate::b;"), ("b", "use crate::a;")], &[]);
    }
}
