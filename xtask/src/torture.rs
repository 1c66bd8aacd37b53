//! Treats servers badly for longer than the tests do: killed in the middle of saves, rotations of the vault's key,
//! migrations, backups, restores and scheduled reports, on both databases; with a full disk; with a PostgreSQL that
//! goes away and returns; stopped under load; left by clients before they are answered; with a disk whose power is cut.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::build;
use crate::install;
use crate::process::{self, cargo};
use crate::profile::Profile;
use crate::services::Services;

/// Kills of each kind. The tests do 6 to 20; there are never more than 200 of rotations, migrations and backups, 100 of
/// reports, 50 of each kind of restore, and 10 cuts of the power, which the tests leave out.
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
    install::disks()?;
    let services = Services::start()?;
    let binary = build::build(Profile::Release)?;
    let clients = ("POSTHOUSE_TORTURE_BROKEN_OFF", broken_off);
    program_tests(&["broken_off"], &services, Some(&binary), clients)?;
    let rounds = ("POSTHOUSE_TORTURE_ROUNDS", rounds);
    program_tests(&["killed", "full_disk::", "gone::"], &services, None, rounds)?;
    program_tests(&["power_cut::", "--ignored"], &services, Some(&binary), rounds)?;
    Ok(ExitCode::SUCCESS)
}

fn whole(flag: &str, number: &str) -> Result<u32> {
    number.parse().with_context(|| format!("{flag} takes a whole number"))
}

/// Runs the program's tests of these names for so long, on the program that was built with them or on another one.
fn program_tests(names: &[&str], services: &Services, binary: Option<&Path>, (told, count): (&str, u32)) -> Result<()> {
    let mut test: Command = cargo();
    test.args(["test", "--locked", "--test", "program", "--", "--nocapture"]).args(names);
    // One after the other, so that each has the machine for itself.
    test.arg("--test-threads=1");
    services.tell(&mut test);
    if let Some(binary) = binary {
        test.env("POSTHOUSE_TORTURE_BIN", binary);
    }
    process::run(test.env(told, count.to_string()))
}
