//! Treats servers badly for longer than the tests do: killed in the middle of saves and of scheduled reports, stopped
//! under load, and left by clients before they are answered.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::build::{self, Profile};
use crate::install;
use crate::process::{self, cargo};
use crate::services::Services;

/// The tests do 20 of saves and 8 of reports; of reports there are never more than 100.
const USUAL_ROUNDS: u32 = 500;
/// Requests whose clients leave, over all pages and server functions in turn; the tests do 4,000. Beside them, up to
/// 100 servers are stopped under such a load.
const USUAL_BROKEN_OFF: u32 = 1_000_000;

pub fn command(args: &[String]) -> Result<ExitCode> {
    let (mut rounds, mut broken_off) = (USUAL_ROUNDS, USUAL_BROKEN_OFF);
    for pair in args.chunks(2) {
        match pair {
            [flag, number] if flag == "--rounds" => rounds = whole(flag, number)?,
            [flag, number] if flag == "--broken-off" => broken_off = whole(flag, number)?,
            _ => bail!("`torture` takes nothing, or --rounds N and --broken-off N"),
        }
    }
    install::services()?;
    let services = Services::start()?;
    let binary = build::build(Profile::Release)?;
    let clients = ("POSTHOUSE_TORTURE_BROKEN_OFF", broken_off);
    program_tests("broken_off", &services, Some(&binary), clients)?;
    program_tests("killed", &services, None, ("POSTHOUSE_TORTURE_ROUNDS", rounds))?;
    Ok(ExitCode::SUCCESS)
}

fn whole(flag: &str, number: &str) -> Result<u32> {
    number.parse().with_context(|| format!("{flag} takes a whole number"))
}

/// Runs some of the program's tests for so long, on the program that was built with them or on another one.
fn program_tests(name: &str, services: &Services, binary: Option<&Path>, (told, count): (&str, u32)) -> Result<()> {
    let mut test: Command = cargo();
    test.args(["test", "--package", "server", "--locked", "--test", "program", name, "--", "--nocapture"]);
    // One after the other, so that each has the machine for itself.
    test.arg("--test-threads=1");
    services.tell(&mut test);
    if let Some(binary) = binary {
        test.env("POSTHOUSE_TORTURE_BIN", binary);
    }
    process::run(test.env(told, count.to_string()))
}
