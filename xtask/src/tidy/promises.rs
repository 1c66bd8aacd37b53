//! `SECURITY.md` names the tests that prove its promises as `FILE::TEST`: each of them exists.

use std::fs;

use super::Finding;
use crate::process::root;

const DOCUMENT: &str = "SECURITY.md";

pub fn check() -> Vec<Finding> {
    let document = fs::read_to_string(root().join(DOCUMENT)).unwrap_or_default();
    check_in(&document, |path| fs::read_to_string(root().join(path)).ok())
}

/// What is named and not found, and each promise that names nothing.
fn check_in(document: &str, read: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in document.lines().enumerate() {
        let mut found = |what: String| findings.push(Finding::new(DOCUMENT, number + 1, what));
        let named: Vec<_> = line.split('`').skip(1).step_by(2).filter_map(|code| code.split_once("::")).collect();
        let is_promise = line.starts_with("| ") && !line.starts_with("| promise ");
        if is_promise && named.is_empty() {
            found("this promise names no test".to_owned());
        }
        for (path, test) in named {
            // Playwright's titles are sentences.
            let wanted = if path.ends_with(".rs") { format!("fn {test}(") } else { format!("'{test}'") };
            match read(path) {
                None => found(format!("there is no {path}")),
                Some(source) if !source.contains(&wanted) => found(format!("{path} has no test {test}")),
                Some(_) => {}
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_test_exists() {
        let read = |path: &str| match path {
            "a/b.rs" => Some("fn it_holds() {}\n".to_owned()),
            "c.spec.ts" => Some("test('it is seen', async () => {})".to_owned()),
            _ => None,
        };
        let check = |line: &str, findings: usize| {
            let document = format!("| promise | how | tests |\n|---|---|---|\n{line}\n");
            assert_eq!(check_in(&document, read).len(), findings, "{line}");
        };
        check("| A | b (`src/c.rs`) | `a/b.rs::it_holds` |", 0);
        check("| A | b | `c.spec.ts::it is seen`, `a/b.rs::it_holds` |", 0);
        check("| A | b | `a/b.rs::it_does_not` |", 1);
        check("| A | b | `a/c.rs::it_holds` |", 1);
        check("| A | b | `c.spec.ts::it is heard` |", 1);
        check("| A | b | unit tests |", 1);
    }
}
