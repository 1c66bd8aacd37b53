//! Builds the one binary: the assets first, then the server that holds them.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::process::{self, cargo};
use crate::profile::Profile;
use crate::{sbom, site};

pub fn command(args: &[String]) -> Result<ExitCode> {
    let binary = build(Profile::from_args(args)?)?;
    println!("built {}", binary.display());
    println!("what it is made of: {}", sbom::write(&binary)?.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds, and says where the binary is.
pub fn build(profile: Profile) -> Result<PathBuf> {
    let site = site::build(profile)?;
    let mut command = cargo();
    command.args(["build", "--package", "server", "--profile", profile.name()]);
    // `server/src/http/assets.rs` reads both while it is compiled. By the hash cargo knows that the assets changed.
    command.env("POSTHOUSE_SITE", &site.folder).env("POSTHOUSE_SITE_HASH", &site.hash);
    process::run(&mut command)?;
    let folder = match profile {
        Profile::Release => "release",
        Profile::Dev => "debug",
    };
    Ok(process::target().join(folder).join("posthouse"))
}
