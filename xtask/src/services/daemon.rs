//! A server that root has to start: its script writes its number into `FOLDER/pid` and then becomes the server.

use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::as_root;
use crate::process::{self, Group};

pub struct Daemon {
    folder: PathBuf,
    _server: Group,
}

impl Daemon {
    /// Starts it in a folder of its own, and waits until it listens to `port`.
    pub fn start(what: &str, folder: &Path, command: &mut Command, port: u16) -> Result<Self> {
        let log = folder.join("said");
        let mut server =
            Group::spawn(command.stdout(File::create(&log)?).stderr(File::options().append(true).open(&log)?))?;
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > Duration::from_secs(20) || !server.runs()? {
                bail!("{what} did not start: {}", fs::read_to_string(&log).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(Self { folder: folder.to_path_buf(), _server: server })
    }
}

/// Whoever is not root cannot end it, and what its own users wrote is not theirs to delete.
const END: &str = r#"
    pid=$(cat "$1/pid") && kill "$pid"
    for _ in $(seq 100); do
        if ! kill -0 "$pid" 2>/dev/null; then break; fi
        sleep 0.1
    done
    rm -rf "$1"
"#;

impl Drop for Daemon {
    fn drop(&mut self) {
        let mut end = as_root("sh");
        if let Err(error) = process::output(end.args(["-c", END, "end"]).arg(&self.folder)) {
            eprintln!("xtask: the server in {} could not be ended: {error:#}", self.folder.display());
        }
    }
}
