//! A postgrey of the tests' own, which greylists for Postfix: each first try is put off for two seconds.

use std::fs;
use std::path::Path;

use anyhow::Result;

use super::as_root;
use super::daemon::Daemon;

const START: &str = r#"
    set -eu
    mkdir -p "$1/db"
    chown postgrey "$1/db"
    echo $$ >"$1/pid"
    exec postgrey --inet="127.0.0.1:$2" --dbdir="$1/db" --delay=2 --auto-whitelist-clients=0 \
        --greylist-text='Greylisted for %s seconds'
"#;

pub struct Postgrey {
    pub port: u16,
    _daemon: Daemon,
}

impl Postgrey {
    pub fn start(folder: &Path) -> Result<Self> {
        fs::create_dir(folder)?;
        let port = super::free_port()?;
        let mut start = as_root("bash");
        start.args(["-c", START, "postgrey"]).arg(folder).arg(port.to_string());
        let daemon = Daemon::start("postgrey", folder, &mut start, port)?;
        Ok(Self { port, _daemon: daemon })
    }
}
