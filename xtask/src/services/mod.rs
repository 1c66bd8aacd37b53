//! The real servers that the tests talk to: PostgreSQL, Postfix, Exim and proxies, started for one run in a throw-away
//! folder. What runs on the machine already is neither used nor touched.

mod daemon;
mod exim;
mod inside;
mod postfix;
mod postgres;
mod postgrey;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result};

use exim::Exim;
use inside::Inside;
use postfix::Postfix;
use postgres::Postgres;
use postgrey::Postgrey;

use crate::{install, process};

/// For tests that are run by hand.
pub fn command(_: &[String]) -> Result<ExitCode> {
    install::services()?;
    let services = Services::start()?;
    let mut told = Command::new("env");
    services.tell(&mut told);
    for (name, value) in told.get_envs() {
        println!("export {}={}", name.display(), value.unwrap_or_default().display());
    }
    while !process::interrupted() {
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(ExitCode::SUCCESS)
}

pub struct Services {
    postgres: Postgres,
    postfix: Postfix,
    exim: Exim,
    inside: Inside,
    // Postfix asks it.
    _postgrey: Postgrey,
    // The last field: the folder goes when nothing runs in it any more.
    _folder: Folder,
}

impl Services {
    pub fn start() -> Result<Self> {
        let folder = Folder::create()?;
        let postgres = Postgres::start(&folder.0.join("postgres"))?;
        let postgrey = Postgrey::start(&folder.0.join("postgrey"))?;
        let postfix = Postfix::start(&folder.0.join("postfix"), postgrey.port)?;
        let exim = Exim::start(&folder.0.join("exim"))?;
        let inside = Inside::start(&folder.0.join("inside"))?;
        Ok(Self { postgres, postfix, exim, inside, _postgrey: postgrey, _folder: folder })
    }

    /// Tells a program where the servers are.
    pub fn tell(&self, command: &mut Command) {
        command.env("POSTHOUSE_TEST_POSTGRES", &self.postgres.url);
        command.env("POSTHOUSE_TEST_POSTFIX", &self.postfix.place);
        command.env("POSTHOUSE_TEST_EXIM", &self.exim.place);
        command.env("POSTHOUSE_TEST_PROXIES", &self.inside.place);
    }
}

struct Folder(PathBuf);

impl Folder {
    /// Both servers drop root's rights, so that they can't reach a private temporary folder; and the path of a socket
    /// has to be short.
    fn create() -> Result<Self> {
        let path = Path::new("/tmp").join(format!("posthouse-test-{}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("{} can't be made", path.display()))?;
        let folder = Self(path);
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o755))?;
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if fs::remove_dir_all(&self.0).is_err() {
            eprintln!("xtask: {} could not be removed", self.0.display());
        }
    }
}

/// Some have to be started by root. Others need `sudo` that asks nothing.
fn as_root(program: &str) -> Command {
    let program = process::find(program).unwrap_or_else(|| program.into());
    if process::is_root() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.arg("-n").arg(program);
    sudo
}

/// A port of the loopback interface that nobody listens on.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
