//! The rules of `ARCHITECTURE.md` that neither the compiler nor clippy can check.

#[cfg(test)]
mod counted;
mod cycles;
mod manifests;
mod names;
mod promises;
mod rust;
mod text;

use std::fmt;
use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::process::{self, cargo};
use crate::wasm;

/// What breaks a rule, and where.
pub struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: String) -> Self {
        Self { path: path.to_owned(), line, what }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

pub fn command(_: &[String]) -> Result<ExitCode> {
    check()?;
    println!("tidy");
    Ok(ExitCode::SUCCESS)
}

pub fn check() -> Result<()> {
    let mut findings = Vec::new();
    let paths = tracked()?;
    for path in &paths {
        // A file that was deleted but not committed is listed as well; what is not text has no lines to check.
        let Ok(content) = fs::read_to_string(process::root().join(path)) else { continue };
        let locked = path.ends_with("Cargo.lock") || path.ends_with("package-lock.json");
        if !locked {
            findings.extend(text::check(path, &content));
        }
        if path.ends_with(".rs") {
            findings.extend(rust::check(path, &content));
        }
    }
    findings.extend(cycles::check(&paths));
    findings.extend(manifests::check()?);
    findings.extend(promises::check());
    findings.extend(names::check(&paths));
    findings.extend(browser_tree()?);
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("one rule is broken"),
        many => bail!("{many} rules are broken"),
    }
}

/// The files of the project, also those that are not committed yet.
pub fn tracked() -> Result<Vec<String>> {
    let mut git = Command::new("git");
    // A checkout that belongs to another user, as in some containers, may be listed as well.
    git.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(process::root());
    let list = process::output(&mut git)?;
    Ok(list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

/// What a browser would have to load in vain.
fn browser_tree() -> Result<Vec<Finding>> {
    let mut tree = cargo();
    tree.args(["tree", "--locked", "--package", "frontend", "--target", wasm::TARGET]);
    let tree = process::output(tree.args(["--edges", "normal,no-proc-macro", "--prefix", "none"]))?;
    let heavy = ["ammonia", "axum", "lettre", "sea-orm", "tokio", "chrono"];
    let found = heavy.iter().filter(|name| tree.lines().any(|line| line.split(' ').next() == Some(**name)));
    let message =
        |name| format!("{name} is in the pages' WebAssembly: `cargo tree -p frontend --target {}`", wasm::TARGET);
    Ok(found.map(|name| Finding::new("frontend/Cargo.toml", 1, message(name))).collect())
}
