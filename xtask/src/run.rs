//! Starts what was built: once and optimised, or again and again while the sources change.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use crate::build;
use crate::process::{self, Group};
use crate::profile::Profile;
use crate::site::files;

/// Builds the optimised binary and becomes it, so that every signal is its own.
pub fn run(args: &[String]) -> Result<std::process::ExitCode> {
    let binary = build::build(Profile::Release)?;
    let mut serve = serve(&binary, args);
    Err(serve.exec()).with_context(|| format!("{} could not be started", binary.display()))
}

/// Builds without optimising, starts, and does both again whenever a source changes. What doesn't compile leaves the
/// last good one running.
pub fn dev(args: &[String]) -> Result<std::process::ExitCode> {
    let mut running: Option<Group> = None;
    while !process::interrupted() {
        let seen = sources()?;
        match build::build(Profile::Dev) {
            Ok(binary) => {
                drop(running.take());
                running = Some(Group::spawn(&mut serve(&binary, args))?);
            }
            Err(error) => eprintln!("xtask: {error:#}"),
        }
        while !process::interrupted() && sources()? == seen {
            std::thread::sleep(Duration::from_millis(300));
        }
    }
    Ok(std::process::ExitCode::SUCCESS)
}

fn serve(binary: &Path, args: &[String]) -> Command {
    let mut command = Command::new(binary);
    command.current_dir(process::root()).arg("serve");
    let given: Vec<_> = args.iter().filter(|arg| *arg != "--").collect();
    for (flag, value) in [("--listen", "127.0.0.1:3000"), ("--data-dir", "./data")] {
        if !given.iter().any(|arg| arg.split('=').next() == Some(flag)) {
            command.args([flag, value]);
        }
    }
    command.args(given);
    command
}

/// When each file that the binary is made of was changed.
fn sources() -> Result<BTreeMap<PathBuf, SystemTime>> {
    let root = process::root();
    let mut found = vec![root.join("Cargo.toml"), root.join("Cargo.lock")];
    for part in ["app", "crates", "frontend", "migrations", "server", "style"] {
        found.extend(files(&root.join(part))?);
    }
    // A file may go between the listing and the look at it, as editors do when they save.
    let dated = found.into_iter().filter_map(|file| Some((file.clone(), fs::metadata(&file).ok()?.modified().ok()?)));
    Ok(dated.collect())
}
