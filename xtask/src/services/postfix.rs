//! A Postfix of the tests' own, as `postfix.sh` sets it up.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process;

pub struct Postfix {
    folder: PathBuf,
    /// `FOLDER:PORT:PORT`: the mail is in `FOLDER/mail`, the certificate in `FOLDER/etc/cert.pem`; the first port
    /// speaks clear text and STARTTLS, the second TLS from the first byte.
    pub place: String,
}

impl Postfix {
    pub fn start(folder: &Path) -> Result<Self> {
        ensure!(process::find("postfix").is_some(), "Postfix is not installed");
        let (plain, tls) = (super::free_port()?, super::free_port()?);
        // It is there from here on, so that a start that fails half-way is stopped as well.
        let postfix = Self { folder: folder.to_path_buf(), place: format!("{}:{plain}:{tls}", folder.display()) };
        let reader = process::output(Command::new("id").arg("-u"))?;
        let mut start = as_root("bash");
        start.args(["-c", include_str!("postfix.sh"), "postfix.sh"]).arg(folder);
        start.args([&plain.to_string(), &tls.to_string(), reader.trim()]);
        process::output(&mut start).context("Postfix did not start")?;
        Ok(postfix)
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // Ending `master` by a signal would leave its children: Postfix has a command for it.
        let stopped = process::output(as_root("postfix").arg("-c").arg(self.folder.join("etc")).arg("stop"));
        if let (Err(error), true) = (stopped, self.folder.join("queue/pid/master.pid").exists()) {
            eprintln!("xtask: Postfix could not be stopped: {error:#}");
        }
        // What its own users wrote is not ours to delete, unless we are root anyway.
        let _ = as_root("rm").arg("-rf").arg(&self.folder).status();
    }
}

/// Postfix has to be started by root. Others need `sudo` that asks nothing.
fn as_root(program: &str) -> Command {
    let program = process::find(program).unwrap_or_else(|| program.into());
    if process::is_root() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.arg("-n").arg(program);
    sudo
}
