//! A PostgreSQL of the tests' own. It keeps `fsync` on: tests that kill things count on it.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{self, Group};

pub struct Postgres {
    /// The address of the database `postgres`, as a user who may create others.
    pub url: String,
    // Ends the server when it is dropped.
    _server: Group,
}

impl Postgres {
    pub fn start(folder: &Path) -> Result<Self> {
        let programs = process::postgres_programs().context("PostgreSQL is not installed")?;
        fs::create_dir(folder)?;
        let user = User::server()?;
        if let Some((id, _)) = user.0 {
            std::os::unix::fs::chown(folder, Some(id), None)?;
        }
        let data = folder.join("data");
        let mut initdb = user.command(&programs.join("initdb"));
        initdb.arg("-D").arg(&data).args(["-U", "posthouse", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
        process::output(&mut initdb)?;

        let port = super::free_port()?;
        let log = fs::File::create(folder.join("log"))?;
        let mut postgres = user.command(&programs.join("postgres"));
        postgres.arg("-D").arg(&data).arg("-k").arg(folder).stdout(log.try_clone()?).stderr(log);
        for setting in ["listen_addresses=127.0.0.1", &format!("port={port}"), "max_connections=300"] {
            postgres.args(["-c", setting]);
        }
        let mut server = Group::spawn(&mut postgres)?;

        let end = Instant::now() + Duration::from_secs(60);
        let ready = || {
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]).stderr(Stdio::null());
            ask.status().is_ok_and(|status| status.success())
        };
        while !ready() {
            if process::interrupted() || !server.runs()? || Instant::now() > end {
                bail!("PostgreSQL did not start:\n{}", fs::read_to_string(folder.join("log")).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Self { url: format!("postgres://posthouse@127.0.0.1:{port}/postgres"), _server: server })
    }
}

/// The user and group that PostgreSQL runs as: it refuses root.
struct User(Option<(u32, u32)>);

impl User {
    fn server() -> Result<Self> {
        let id = |args: &[&str]| -> Result<u32> { Ok(process::output(Command::new("id").args(args))?.trim().parse()?) };
        if !process::is_root() {
            return Ok(Self(None));
        }
        Ok(Self(Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?))))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // The folder that xtask was started in may be closed to that user.
        command.current_dir("/");
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
        command
    }
}
