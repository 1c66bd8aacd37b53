//! A Postfix of the tests' own, as `postfix.sh` sets it up.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::as_root;
use crate::process;

pub struct Postfix {
    folder: PathBuf,
    /// The network namespace that it runs in, if it is not the machine's.
    space: Option<String>,
    /// `FOLDER:PORT:PORT:PORT`: the mail is in `FOLDER/mail`, the certificate in `FOLDER/etc/cert.pem`; the first port
    /// speaks clear text and STARTTLS, the second TLS from the first byte, and the third is like the first and
    /// greylists.
    pub place: String,
}

impl Postfix {
    /// `postgrey` is the port of the one that is asked.
    pub fn start(folder: &Path, postgrey: u16) -> Result<Self> {
        let ports = [super::free_port()?, super::free_port()?, super::free_port()?];
        Self::start_on(folder, None, ports, postgrey)
    }

    /// On ports 25 and 465 of a network of its own, where nobody greylists.
    pub fn start_inside(folder: &Path, space: &str) -> Result<Self> {
        Self::start_on(folder, Some(space.to_owned()), [25, 465, 2525], 0)
    }

    fn start_on(folder: &Path, space: Option<String>, ports: [u16; 3], postgrey: u16) -> Result<Self> {
        ensure!(process::find("postfix").is_some(), "Postfix is not installed");
        // It is there from here on, so that a start that fails half-way is stopped as well.
        let [plain, tls, grey] = ports;
        let place = format!("{}:{plain}:{tls}:{grey}", folder.display());
        let postfix = Self { folder: folder.to_path_buf(), space, place };
        let reader = process::output(Command::new("id").arg("-u"))?;
        let mut start = postfix.command("bash");
        start.args(["-c", include_str!("postfix.sh"), "postfix.sh"]).arg(folder);
        start.args(ports.map(|port| port.to_string())).args([&postgrey.to_string(), reader.trim()]);
        process::output(&mut start).context("Postfix did not start")?;
        Ok(postfix)
    }

    fn command(&self, program: &str) -> Command {
        match &self.space {
            None => as_root(program),
            Some(space) => {
                let mut command = as_root("ip");
                command.args(["netns", "exec", space, program]);
                command
            }
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        // Ending `master` by a signal would leave its children: Postfix has a command for it.
        let stopped = process::output(self.command("postfix").arg("-c").arg(self.folder.join("etc")).arg("stop"));
        if let (Err(error), true) = (stopped, self.folder.join("queue/pid/master.pid").exists()) {
            eprintln!("xtask: Postfix could not be stopped: {error:#}");
        }
        // What its own users wrote is not ours to delete, unless we are root anyway.
        let _ = as_root("rm").arg("-rf").arg(&self.folder).status();
    }
}
