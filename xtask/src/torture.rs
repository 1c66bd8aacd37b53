//! Kills servers in the middle of saves and of scheduled reports, again and again: the long form of two tests.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::install;
use crate::process::{self, cargo};
use crate::services::Services;

/// The tests do 20 of saves and 8 of reports; of reports there are never more than 100.
const USUAL_ROUNDS: u32 = 500;

pub fn command(args: &[String]) -> Result<ExitCode> {
    let rounds = match args {
        [] => USUAL_ROUNDS,
        [flag, number] if flag == "--rounds" => number.parse().context("--rounds takes a whole number")?,
        _ => bail!("`torture` takes nothing, or --rounds N"),
    };
    install::services()?;
    let services = Services::start()?;
    let mut test = cargo();
    test.args(["test", "--package", "server", "--locked", "--test", "program", "killed", "--", "--nocapture"]);
    services.tell(&mut test);
    process::run(test.env("POSTHOUSE_TORTURE_ROUNDS", rounds.to_string()))?;
    Ok(ExitCode::SUCCESS)
}
