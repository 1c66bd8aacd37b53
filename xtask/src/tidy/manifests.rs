//! The dependency rule of `ARCHITECTURE.md`: which crate of the workspace may depend on which, and where the large
//! libraries stand. Cargo keeps a crate from naming what its manifest does not, so the manifests are what is checked.

use std::fs;

use anyhow::{Context, Result};
use toml::Table;

use super::Finding;
use crate::process::root;

/// Our crates that a crate may depend on.
const OURS: [(&str, &[&str]); 9] = [
    ("crates/model", &[]),
    ("crates/smtp", &["model"]),
    ("crates/diagnosis", &["model"]),
    ("crates/vault", &["model"]),
    ("crates/store", &["migrations", "model"]),
    ("crates/backend", &["diagnosis", "model", "smtp", "store", "vault"]),
    ("app", &["backend", "model"]),
    ("server", &["app", "backend", "model"]),
    ("frontend", &["app"]),
];

/// Libraries, and the crates of the product that may depend on them. A name that ends in `*` stands for all that begin
/// like it.
const LIBRARIES: [(&str, &[&str]); 6] = [
    ("leptos*", &["app", "frontend", "server"]),
    ("axum*", &["app", "server"]),
    ("sea-orm*", &["crates/model", "crates/store"]),
    ("lettre", &["crates/backend", "crates/smtp"]),
    ("tokio*", &["crates/backend", "crates/smtp", "crates/store", "crates/vault", "server"]),
    ("jiff", &["crates/backend"]),
];

pub fn check() -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let ours: Vec<_> = OURS.iter().map(|(folder, _)| folder.rsplit('/').next().unwrap_or(folder)).collect();
    for (folder, allowed) in OURS {
        let path = format!("{folder}/Cargo.toml");
        let manifest = fs::read_to_string(root().join(&path)).with_context(|| format!("{path} cannot be read"))?;
        findings.extend(check_one(folder, &manifest, &ours, allowed)?);
    }
    Ok(findings)
}

fn check_one(folder: &str, manifest: &str, ours: &[&str], allowed: &[&str]) -> Result<Vec<Finding>> {
    let manifest: Table = manifest.parse().with_context(|| format!("{folder}/Cargo.toml is no TOML"))?;
    let dependencies = manifest.get("dependencies").and_then(|table| table.as_table());
    let names = dependencies.into_iter().flat_map(|table| table.keys());
    Ok(names.filter_map(|name| broken(folder, name, ours, allowed)).collect())
}

/// What a dependency breaks, if it does.
fn broken(folder: &str, name: &str, ours: &[&str], allowed: &[&str]) -> Option<Finding> {
    let library = LIBRARIES.iter().find(|(library, _)| match library.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *library,
    });
    let what = match library {
        _ if ours.contains(&name) && !allowed.contains(&name) => format!("{folder} may not depend on {name}"),
        Some((_, users)) if !users.contains(&folder) => format!("{name} belongs in {} alone", users.join(", ")),
        _ => return None,
    };
    Some(Finding::new(&format!("{folder}/Cargo.toml"), 1, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_that_is_not_allowed_is_found() {
        let check = |folder: &str, dependencies: &str, findings: usize| {
            let manifest = format!("[dependencies]\n{dependencies}\n[dev-dependencies]\nsea-orm = \"2\"\n");
            let found = check_one(folder, &manifest, &["model", "store", "backend"], &["model"]).expect("it is TOML");
            assert_eq!(found.len(), findings, "{folder}: {dependencies}");
        };
        check("crates/smtp", "model.workspace = true\ntokio = \"1\"", 0);
        check("crates/smtp", "store.workspace = true", 1);
        check("crates/smtp", "sea-orm = \"2\"\nsea-orm-migration = \"2\"", 2);
        check("crates/model", "tokio-rustls = { version = \"0.26\" }", 1);
        check("app", "leptos_router.workspace = true\nbackend.workspace = true", 1);
    }
}
