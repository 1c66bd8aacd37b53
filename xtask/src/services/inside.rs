//! A network that only proxies lead into, as `inside.sh` sets it up, with a Postfix in it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::as_root;
use super::postfix::Postfix;
use crate::process;

pub struct Inside {
    /// `FOLDER:ADDRESS`: the proxies' address, and the folder of the Postfix behind them.
    pub place: String,
    // Ends before the network does.
    _postfix: Postfix,
    _space: Space,
}

impl Inside {
    pub fn start(folder: &Path) -> Result<Self> {
        for program in ["ip", "microsocks", "squid", "tinyproxy"] {
            ensure!(process::find(program).is_some(), "{program} is not installed");
        }
        // A pair of addresses of the range for tests between networks (RFC 2544), another one in each run.
        let number = std::process::id() % (1 << 15);
        let (third, fourth) = (number / 64 % 256, number % 64 * 4);
        let address = |last: u32| format!("198.{}.{third}.{}", 18 + number / (1 << 14), fourth + last);
        let (outer, inner) = (address(1), address(2));
        // It is there from here on, so that a start that fails half-way is ended as well.
        let space = Space { name: format!("ph{}", std::process::id()), folder: folder.to_path_buf() };
        let mut start = as_root("bash");
        start.args(["-c", include_str!("inside.sh"), "inside.sh"]).arg(folder).args([&space.name, &outer, &inner]);
        process::output(&mut start).context("The proxies did not start")?;
        let postfix = Postfix::start_inside(&folder.join("postfix"), &space.name)?;
        Ok(Self { place: format!("{}:{inner}", folder.join("postfix").display()), _postfix: postfix, _space: space })
    }
}

/// The network goes with the last process in it: they are waited for.
const END: &str = r#"
    for _ in $(seq 50); do
        pids=$(ip netns pids "$1")
        if [ -z "$pids" ]; then break; fi
        kill $pids 2>/dev/null || true
        sleep 0.1
    done
    ip netns delete "$1" && rm -rf "$2"
"#;

/// A network namespace and all that runs in it.
struct Space {
    name: String,
    folder: PathBuf,
}

impl Drop for Space {
    fn drop(&mut self) {
        let mut end = as_root("sh");
        end.args(["-c", END, "end", &self.name]).arg(&self.folder);
        let ended = process::output(&mut end);
        if let Err(error) = ended {
            eprintln!("xtask: the network {} could not be ended: {error:#}", self.name);
        }
    }
}
