//! Runs other programs so that an interruption reaches them and nothing is left behind.
//!
//! Each program leads a process group of its own: Ctrl-C in a terminal then reaches xtask alone, which ends the group
//! and still gets to stop what it started for the tests.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From here on SIGINT, SIGTERM and SIGHUP are noted instead of ending xtask at once; a second one ends it.
pub fn note_signals() -> Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&INTERRUPTED))?;
        signal_hook::flag::register(signal, Arc::clone(&INTERRUPTED))?;
    }
    Ok(())
}

pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Runs a program to its end; an unsuccessful one is an error that names the command.
pub fn run(command: &mut Command) -> Result<()> {
    let status = Group::spawn(command)?.wait()?;
    ensure!(status.success(), "`{}` failed: {status}", line(command));
    Ok(())
}

/// What a program prints, or an error with what it said.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| missing(command))?;
    if !output.status.success() {
        bail!("`{}` failed: {}\n{}", line(command), output.status, String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A program and all that it starts.
pub struct Group(Child);

impl Group {
    pub fn spawn(command: &mut Command) -> Result<Self> {
        if interrupted() {
            bail!("interrupted");
        }
        let child = command.process_group(0).stdin(Stdio::null()).spawn().with_context(|| missing(command))?;
        Ok(Self(child))
    }

    /// Its piped output, if that was asked for.
    pub fn stdout(&mut self) -> Option<std::process::ChildStdout> {
        self.0.stdout.take()
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_none())
    }

    /// Waits for its end, or ends it when xtask is interrupted.
    pub fn wait(mut self) -> Result<ExitStatus> {
        loop {
            if let Some(status) = self.0.try_wait()? {
                return Ok(status);
            }
            if interrupted() {
                bail!("interrupted");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn signal(&self, name: &str) {
        // The group may be gone already, which is what is wanted.
        let _ =
            Command::new("kill").args(["-s", name, "--", &format!("-{}", self.0.id())]).stderr(Stdio::null()).status();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // SIGINT also means "close connections and stop now" to PostgreSQL.
        for (signal, patience) in [("INT", 10), ("KILL", 5)] {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            self.signal(signal);
            let end = Instant::now() + Duration::from_secs(patience);
            while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < end {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn missing(command: &Command) -> String {
    format!("`{}` could not be started", command.get_program().to_string_lossy())
}

/// Where a program stands in `PATH` or in the folders that hold a system's daemons.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let daemons = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(daemons).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Where the programs of the newest PostgreSQL that is installed are. Debian keeps them out of `PATH`.
pub fn postgres_programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).max_by_key(number);
    let debian = newest.map(|folder| folder.join("bin")).filter(|folder| folder.join("initdb").is_file());
    debian.or_else(|| Some(find("initdb")?.parent()?.to_path_buf()))
}

pub fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&here).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Where cargo, and the build of the assets, put what they make.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => std::path::absolute(&folder).unwrap_or_else(|_| folder.into()),
        None => root().join("target"),
    }
}

/// cargo in the workspace, as if it were typed there: without the variables that `cargo run` gave to xtask (they make
/// build scripts run again) and without flags that would replace those of `.cargo/config.toml`.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Said again, since a relative one meant the folder that xtask was started in.
    cargo.current_dir(root()).env("CARGO_TARGET_DIR", target());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let given = text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_");
        let flags = text.ends_with("RUSTFLAGS") || text.starts_with("LEPTOS_") || text.starts_with("POSTHOUSE_");
        if given || flags {
            cargo.env_remove(&name);
        }
    }
    cargo
}
