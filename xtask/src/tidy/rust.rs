//! The rules for Rust files that neither the compiler nor clippy checks.

use super::Finding;

const LONGEST_LINE: usize = 120;
/// Tests at a file's end don't count.
const LONGEST_FILE: usize = 350;

pub fn check(path: &str, source: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let length = line.chars().count();
        // rustfmt leaves comments and texts as long as they are.
        if length > LONGEST_LINE && !line.contains('"') {
            let what = format!("{length} characters; {LONGEST_LINE} are the most");
            findings.push(Finding::new(path, number + 1, what));
        }
    }
    let length = source.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
    if length > LONGEST_FILE {
        let what = format!("{length} lines before the tests; {LONGEST_FILE} are the most: split the file");
        findings.push(Finding::new(path, LONGEST_FILE, what));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn what_is_too_long_is_found() {
        let check = |source: &str, lines: &[usize]| {
            let found: Vec<_> = check("a.rs", source).into_iter().map(|finding| finding.line).collect();
            assert_eq!(found, lines, "{source}");
        };
        check("fn a() {}\n", &[]);
        check(&format!("// {}\n", "é".repeat(118)), &[1]);
        check(&format!("// {}\n", "é".repeat(117)), &[]);
        check(&format!("const A: &str = \"{}\";\n", "a".repeat(200)), &[]);
        check(&"fn a() {}\n".repeat(351), &[350]);
        check(&format!("fn a() {{}}\n#[cfg(test)]\n{}", "fn a() {}\n".repeat(351)), &[]);
    }
}
