//! The rules for every text file, and for the browser tests.

use super::Finding;

/// Put together here, so that this file does not break its own rules.
const UNFINISHED: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
const HOSTS: &[&str] = &[
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "yarnpkg.com"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
];
const MACHINE: &[&str] = &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];
const BROWSER: &[(&str, &str)] = &[
    (concat!("waitFor", "Timeout"), "wait for what is to happen, not for time to pass"),
    (concat!(".on", "ly("), "it keeps all other tests from running"),
    (concat!(".sk", "ip("), "a skipped test tests nothing"),
    (concat!(".fix", "me("), "a skipped test tests nothing"),
];

pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut find = |what: String| findings.push(Finding::new(path, number + 1, what));
        for word in UNFINISHED.iter().filter(|word| line.contains(**word)) {
            find(format!("{word}: finish it, or file it as an issue"));
        }
        for host in HOSTS.iter().filter(|host| line.contains(**host)) {
            find(format!("{host}: which registry is asked is the machine's affair"));
        }
        for folder in MACHINE.iter().filter(|folder| stands_alone(line, folder)) {
            find(format!("{folder}: a path of one machine"));
        }
        if path.starts_with("end2end/") {
            for (call, why) in BROWSER.iter().filter(|(call, _)| line.contains(call)) {
                find(format!("{call}: {why}"));
            }
        }
    }
    findings
}

/// Whether the path begins there, and is not the middle of another or of an address.
fn stands_alone(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|character| !(character.is_alphanumeric() || "._-/~}>".contains(character)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_finds_its_violation_and_nothing_else() {
        let cases = [
            ("README.md", format!("a\n{}: later", UNFINISHED[0]), 1),
            ("README.md", "All of it is done.".to_owned(), 0),
            (".npmrc", format!("registry=https://{}/", HOSTS[0]), 1),
            ("README.md", format!("See `{}me/code`.", MACHINE[0]), 1),
            ("README.md", format!("https://example.org{}page and ~{}x", MACHINE[2], MACHINE[0]), 0),
            ("end2end/a.spec.ts", format!("test{}\"a\")", BROWSER[1].0), 1),
            ("app/src/a.rs", format!("test{}\"a\")", BROWSER[1].0), 0),
        ];
        for (path, text, expected) in cases {
            assert_eq!(check(path, &text).len(), expected, "{path}: {text}");
        }
    }
}
