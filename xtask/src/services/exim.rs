//! An Exim of the tests' own, as `exim.sh` sets it up. Its package and that of Postfix exclude each other: it is
//! unpacked beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::as_root;
use super::daemon::Daemon;
use crate::process;

pub struct Exim {
    /// `PORT:PORT`: clear text and STARTTLS, then TLS from the first byte.
    pub place: String,
    _daemon: Daemon,
}

impl Exim {
    pub fn start(folder: &Path) -> Result<Self> {
        let program = program()?;
        fs::create_dir(folder)?;
        let (plain, tls) = (super::free_port()?, super::free_port()?);
        let mut start = as_root("unshare");
        start.args(["--mount", "bash", "-c", include_str!("exim.sh"), "exim.sh"]).arg(folder).arg(program);
        let daemon = Daemon::start("Exim", folder, start.args([plain.to_string(), tls.to_string()]), tls)?;
        Ok(Self { place: format!("{plain}:{tls}"), _daemon: daemon })
    }
}

/// The program, unpacked once.
fn program() -> Result<PathBuf> {
    let folder = process::target().join("exim");
    let program = folder.join("usr/sbin/exim4");
    if program.is_file() {
        return Ok(program);
    }
    ensure!(process::find("apt-get").is_some(), "the tests need Exim, which is unpacked from Debian's package");
    fs::create_dir_all(&folder)?;
    process::output(Command::new("apt-get").current_dir(&folder).args(["-q", "download", "exim4-daemon-light"]))?;
    let mut entries = fs::read_dir(&folder)?.filter_map(Result::ok).map(|entry| entry.path());
    let package = entries.find(|path| path.extension().is_some_and(|ending| ending == "deb"));
    let package = package.context("Exim's package was not downloaded")?;
    process::output(Command::new("dpkg").arg("-x").arg(package).arg(&folder))?;
    ensure!(program.is_file(), "Exim's package holds no {}", program.display());
    Ok(program)
}
