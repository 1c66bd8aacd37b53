//! What a browser measures: the scripts of `end2end/bench`, which print figures as this program does.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::Effort;
use crate::server::{EMAIL, PASSWORD, Prepared};

/// Searches that are timed.
const ROUNDS: u32 = 40;
/// Tests that are timed: fewer than one person may begin within a minute.
const TESTS: u32 = 20;

/// How much goes over the wire until a page works.
pub fn measure_wire(prepared: &Prepared) -> Result<()> {
    run(prepared, "wire.mjs", &[("BENCH_TEST_SEND", &prepared.test_send)])
}

/// From the last key to the list.
pub fn measure_typing(prepared: &Prepared, effort: Effort) -> Result<()> {
    let rounds = effort.of(ROUNDS).to_string();
    run(prepared, "typing.mjs", &[("BENCH_ROUNDS", &rounds), ("BENCH_ACCOUNTS", &prepared.accounts.to_string())])
}

/// From the press on "Send test" to the first stage.
pub fn measure_first_stage(prepared: &Prepared, effort: Effort) -> Result<()> {
    run(prepared, "first-stage.mjs", &[("BENCH_ROUNDS", &effort.of(TESTS).to_string())])
}

fn run(prepared: &Prepared, script: &str, told: &[(&str, &str)]) -> Result<()> {
    let server = prepared.start()?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace has a folder")?.join("end2end");
    let mut node = Command::new("node");
    node.arg(Path::new("bench").join(script)).current_dir(folder).stdin(Stdio::null());
    node.env("BENCH_URL", server.url()).env("BENCH_EMAIL", EMAIL).env("BENCH_PASSWORD", PASSWORD);
    node.envs(told.iter().copied());
    let status = node.status().context("`node` could not be started")?;
    ensure!(status.success(), "{script} failed: {status}");
    Ok(())
}
