//! The rules for Rust files: who may name whom, and what never stands in a commit.

use super::Finding;
use super::code::{code_only, server_bodies, server_functions, words};

const LONGEST_LINE: usize = 120;
/// Tests at a file's end don't count.
const LONGEST_FILE: usize = 400;

pub fn check(path: &str, source: &str) -> Vec<Finding> {
    let code = code_only(source);
    let mut findings = Vec::new();
    let mut find = |line: usize, what: String| findings.push(Finding::new(path, line + 1, what));

    for (number, (line, as_written)) in code.lines().zip(source.lines()).enumerate() {
        for word in [concat!("to", "do!"), concat!("db", "g!"), "unimplemented!"] {
            if line.contains(word) {
                find(number, format!("{word} is not for commits"));
            }
        }
        if ["#[allow(", "#![allow("].iter().any(|attribute| line.contains(attribute)) {
            find(number, "use #[expect(.., reason = \"..\")] instead of allow".to_owned());
        }
        if line.contains("#[ignore") && !as_written.contains("`cargo xtask torture` runs it") {
            find(number, "an ignored test tests nothing, unless `cargo xtask torture` runs it".to_owned());
        }
    }
    for (number, line) in source.lines().enumerate() {
        let length = line.chars().count();
        if length > LONGEST_LINE && !line.contains('"') {
            find(number, format!("{length} characters; {LONGEST_LINE} are the most"));
        }
    }
    let length = code.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
    if length > LONGEST_FILE {
        find(LONGEST_FILE, format!("{length} lines before the tests; {LONGEST_FILE} are the most: split the file"));
    }
    for (start, end) in server_functions(&code) {
        let line = code[..start].matches('\n').count();
        let attribute = &code[start..end];
        // Without one, the address ends in a hash of the folder that it was built in.
        if !words(attribute).any(|word| word == "endpoint") {
            find(line, "a server function needs an explicit `endpoint`".to_owned());
        }
        // A GET passes `SameSite=Lax`.
        if let Some(codec) = words(attribute).find(|word| word.starts_with("Get")) {
            find(line, format!("{codec}: server functions take POST alone"));
        }
    }
    findings.extend(names(path, &code));
    findings
}

/// The dependency rule: which crates a part of the workspace may name.
fn names(path: &str, code: &str) -> Vec<Finding> {
    let part = path.split('/').next().unwrap_or_default();
    let stores =
        ["backend/src/store", "backend/tests/store", "backend/tests/passback", "backend/src/vault/upgrade/tests.rs"];
    let is_store = stores.iter().any(|store| path.starts_with(store));
    let in_server_function = if part == "app" { server_bodies(code) } else { Vec::new() };
    let mut in_attribute = 0;
    let mut findings = Vec::new();
    for (number, line) in code.lines().enumerate() {
        // Until the attribute's bracket closes, also over several lines.
        let attribute = in_attribute > 0 || line.trim_start().starts_with("#[cfg_attr(");
        if attribute {
            in_attribute += line.matches('[').count();
            in_attribute = in_attribute.saturating_sub(line.matches(']').count());
        }
        for word in words(line) {
            let web = word == "axum" || word.starts_with("axum_") || word == "leptos" || word.starts_with("leptos_");
            let store = word == "sea_orm" || word == "sea_orm_migration";
            let why = match part {
                "model" if web || word == "tokio" => Some("`model` knows nothing of the web, nor of tokio"),
                "model" if store && !attribute => Some("`model` names it in #[cfg_attr(feature = \"db\", ..)] alone"),
                "backend" if web => Some("`backend` names neither leptos nor axum"),
                // These tests look behind the store's back, and damage it.
                "backend" if store && !is_store => Some("it stands in backend/src/store and `migrations` alone"),
                "app" | "server" | "frontend" if store => Some("it stands in backend/src/store and `migrations` alone"),
                "app" if matches!(word, "backend" | "leptos_axum") => {
                    let allowed = path == "app/src/ssr.rs" || in_server_function.get(number) == Some(&true);
                    (!allowed).then_some("`app` names it in the bodies of server functions and in app/src/ssr.rs alone")
                }
                "frontend" if matches!(word, "backend" | "model") => Some("`frontend` knows `app` alone"),
                _ => None,
            };
            if let Some(why) = why {
                findings.push(Finding::new(path, number + 1, format!("{word}: {why}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;

    fn lines(path: &str, source: &str) -> Vec<usize> {
        check(path, source).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn each_rule_finds_its_violation_and_nothing_else() {
        let long = format!("// {}\n", "é".repeat(118));
        let in_body = "#[server(endpoint = \"a\", input = Json)]\nasync fn a() -> R {\n    backend::a().await\n}\n";
        let cases: [(&str, &str, &[usize]); 22] = [
            ("model/src/a.rs", "use leptos::prelude::*;\nfn a() {}\n", &[1]),
            ("model/src/a.rs", "//! No leptos here.\nlet tokio_like = 1;\n", &[]),
            ("model/src/a.rs", "#[cfg_attr(feature = \"db\", derive(sea_orm::X))]\nstruct A;\n", &[]),
            (
                "model/src/a.rs",
                "#[cfg_attr(\n    feature = \"db\",\n    derive(sea_orm::X)\n)]\nuse sea_orm::Y;\n",
                &[5],
            ),
            ("backend/src/store/a.rs", "use sea_orm::X;\n", &[]),
            ("backend/src/accounts.rs", "use sea_orm::X;\n", &[1]),
            ("backend/src/a.rs", "use leptos_axum::X;\n", &[1]),
            ("app/src/api/a.rs", in_body, &[]),
            ("app/src/api/a.rs", "use backend::X;\n", &[1]),
            ("app/src/ssr.rs", "use backend::X;\n", &[]),
            ("app/src/a.rs", "#[server]\nasync fn a() {}\n", &[1]),
            ("app/src/a.rs", "#[server(\n    endpoint = \"a\",\n    input = GetUrl\n)]\nasync fn a() {}\n", &[1]),
            ("server/src/a.rs", "#[allow(dead_code)]\nfn a() {}\n", &[1]),
            ("server/src/a.rs", concat!("fn a() {\n    to", "do!()\n}\n"), &[2]),
            ("server/src/a.rs", concat!("fn a() {\n    db", "g!(1);\n}\n"), &[2]),
            ("server/src/a.rs", "#[test]\n#[ignore]\nfn a() {}\n", &[2]),
            ("server/src/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}\n", &[2]),
            ("server/src/a.rs", "#[test]\n#[ignore = \"root: `cargo xtask torture` runs it\"]\nfn a() {}\n", &[]),
            ("server/src/a.rs", &long, &[1]),
            ("server/src/a.rs", &"\n".repeat(400), &[]),
            ("server/src/a.rs", &"\n".repeat(401), &[401]),
            ("frontend/src/lib.rs", "use backend::X;\n", &[1]),
        ];
        for (path, source, expected) in cases {
            assert_eq!(lines(path, source), expected, "{path}: {source}");
        }
    }
}
