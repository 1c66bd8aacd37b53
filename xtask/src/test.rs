//! All that has to hold, in one command: the checks, the Rust tests, the browser tests.
//!
//! A failing step does not keep the later ones from running. The last line says how many passed and failed.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::build;
use crate::process::{self, Group, cargo};
use crate::profile::Profile;
use crate::services::Services;
use crate::{deny, install, tidy, wasm};

/// What was checked and tested so far.
#[derive(Default)]
pub struct Tally {
    passed: u64,
    failed: u64,
    /// Tests that the arguments kept from running.
    pub left_out: u64,
    /// What went wrong, for the end of the output.
    notes: Vec<String>,
}

/// Without arguments, everything. `rust ARGS` narrows to `cargo test ARGS`, `e2e ARGS` to `playwright test ARGS`.
pub fn test(args: &[String]) -> Result<ExitCode> {
    let mut tally = Tally::default();
    match args.split_first() {
        None => {
            tally.check_sources();
            let services = tally.start_services();
            tally.test_rust(&[], services.as_ref());
            tally.test_pages(&[], services.as_ref());
        }
        Some((part, args)) if part == "rust" => {
            let services = tally.start_services();
            tally.test_rust(args, services.as_ref());
        }
        Some((part, args)) if part == "e2e" => {
            let services = tally.start_services();
            tally.test_pages(args, services.as_ref());
        }
        Some((part, _)) => bail!("`test` takes nothing, `rust [ARGS]` or `e2e [ARGS]`, not `{part}`"),
    }
    tally.sum()
}

impl Tally {
    fn check_sources(&mut self) {
        self.check_formatting();
        match install::npm_packages() {
            Ok(()) => self.check_styles(),
            Err(error) => self.fail(format!("formatting of the styles: {error:#}")),
        }
        self.check_rust();
        self.check("clippy of the pages", || {
            wasm::add_target()?;
            let target = ["--package", "frontend", "--target", wasm::TARGET];
            process::run(cargo().arg("clippy").args(target).args(["--locked", "--", "-D", "warnings"]))
        });
        self.check("dependencies", deny::check);
    }

    pub fn check_formatting(&mut self) {
        self.check("formatting", || process::run(cargo().args(["fmt", "--all", "--check"])));
    }

    /// By prettier, which has to be installed.
    pub fn check_styles(&mut self) {
        self.check("formatting of the styles", || {
            let mut prettier = Command::new("npx");
            prettier.args(["--no-install", "prettier", "--check", "../style/**/*.css"]);
            process::run(prettier.current_dir(install::npm_folder()))
        });
    }

    /// clippy, and the rules that it does not know.
    pub fn check_rust(&mut self) {
        self.check("clippy", || {
            process::run(cargo().args(["clippy", "--all-targets", "--locked", "--", "-D", "warnings"]))
        });
        self.check("tidy", tidy::check);
    }

    /// Says how many passed and failed; the exit code follows.
    pub fn sum(self) -> Result<ExitCode> {
        for note in &self.notes {
            println!("FAILED {note}");
        }
        if process::interrupted() {
            bail!("interrupted");
        }
        println!("{} passed, {} failed", self.passed, self.failed);
        Ok(if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn start_services(&mut self) -> Option<Services> {
        let started = step("PostgreSQL and Postfix", || {
            install::services()?;
            Services::start()
        });
        // A server that did not start counts as a failure; one that did is no test.
        started.map_err(|note| self.fail(note)).ok()
    }

    pub fn test_rust(&mut self, args: &[String], services: Option<&Services>) {
        let tested = step("Rust tests", || {
            let mut command = cargo();
            command.args(["test", "--no-fail-fast", "--locked"]).args(args).stdout(Stdio::piped());
            if let Some(services) = services {
                services.tell(&mut command);
            }
            let mut group = Group::spawn(&mut command)?;
            let output = group.stdout().context("cargo has no output")?;
            // Read beside, so that an interruption is not kept waiting for a line.
            let counting = std::thread::spawn(move || show_and_count(output));
            let ended_well = group.wait()?.success();
            let seen = counting.join().map_err(|_| anyhow!("the output could not be read"))?;
            Ok((ended_well, seen))
        });
        self.count("Rust tests", tested);
    }

    fn test_pages(&mut self, args: &[String], services: Option<&Services>) {
        let folder = install::npm_folder();
        let ready = step("optimised build", || build::build(Profile::Release))
            .and_then(|binary| step("browser and Playwright", || Ok((binary, install::browser()?))));
        let (binary, chromium) = match ready {
            Ok(ready) => ready,
            Err(note) => return self.fail(note),
        };
        self.check("types of the browser tests", || {
            process::run(Command::new("npx").args(["--no-install", "tsc"]).current_dir(&folder))
        });

        let report = process::target().join("playwright.json");
        let tested = step("browser tests", || {
            if report.exists() {
                std::fs::remove_file(&report)?;
            }
            let mut command = Command::new("npx");
            command.args(["--no-install", "playwright", "test"]).args(args).current_dir(&folder);
            command.env("POSTHOUSE_BIN", &binary).env("POSTHOUSE_TEST_REPORT", &report);
            command.env("POSTHOUSE_TEST_CHROMIUM", &chromium);
            if let Some(services) = services {
                services.tell(&mut command);
            }
            let status = Group::spawn(&mut command)?.wait()?;
            let (passed, failed) = page_results(&report)?;
            Ok((status.success(), Counted { passed, failed, left_out: 0 }))
        });
        self.count("browser tests", tested);
    }

    /// Adds what a step counted. A run that ended badly without a failed test could not be built or started.
    fn count(&mut self, name: &str, tested: Result<(bool, Counted), String>) {
        match tested {
            Ok((ended_well, Counted { passed, failed, left_out })) => {
                self.passed += passed;
                self.failed += failed;
                self.left_out += left_out;
                if failed > 0 {
                    self.notes.push(format!("{name}: {failed}"));
                } else if !ended_well {
                    self.fail(format!("{name}: not all of them could be built and run"));
                }
            }
            Err(note) => self.fail(note),
        }
    }

    fn check(&mut self, name: &str, check: impl FnOnce() -> Result<()>) {
        match step(name, check) {
            Ok(()) => self.passed += 1,
            Err(note) => self.fail(note),
        }
    }

    fn fail(&mut self, note: String) {
        self.failed += 1;
        self.notes.push(note);
    }
}

/// Runs a step between two lines that say so; its error becomes a note.
fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T, String> {
    println!("=== {name}");
    let start = Instant::now();
    let done = work();
    let outcome = if done.is_ok() { "done" } else { "FAILED" };
    println!("=== {name}: {outcome} after {} s", start.elapsed().as_secs());
    done.map_err(|error| format!("{name}: {error:#}"))
}

/// How many tests of a step there were.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counted {
    passed: u64,
    failed: u64,
    left_out: u64,
}

fn show_and_count(output: impl Read) -> Counted {
    let mut seen = Counted::default();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        println!("{line}");
        let Counted { passed, failed, left_out } = rust_results(&line).unwrap_or_default();
        seen.passed += passed;
        seen.failed += failed;
        seen.left_out += left_out;
    }
    seen
}

/// What was counted, if the line is the last one of a test binary.
fn rust_results(line: &str) -> Option<Counted> {
    let counts = line.strip_prefix("test result: ")?;
    let number = |what: &str| {
        let part = counts.split([';', '.']).find_map(|part| part.trim().strip_suffix(what))?;
        part.trim().parse().ok()
    };
    Some(Counted { passed: number("passed")?, failed: number("failed")?, left_out: number("filtered out")? })
}

/// What Playwright's report counted. A test that passed at the second try counts as failed.
fn page_results(report: &Path) -> Result<(u64, u64)> {
    let text = std::fs::read(report).context("Playwright wrote no report")?;
    let report: Value = serde_json::from_slice(&text)?;
    let count = |name: &str| report["stats"][name].as_u64().unwrap_or_default();
    let errors = report["errors"].as_array().map_or(0, Vec::len) as u64;
    Ok((count("expected"), count("unexpected") + count("flaky") + errors))
}

#[cfg(test)]
mod tests {
    use super::{Counted, rust_results};

    #[test]
    fn the_last_line_of_a_test_binary_is_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s";
        assert_eq!(rust_results(line), Some(Counted { passed: 12, failed: 3, left_out: 2 }));
        let line = "test result: ok. 7 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(rust_results(line), Some(Counted { passed: 7, failed: 0, left_out: 0 }));
        assert_eq!(rust_results("test address::tests::reads ... ok"), None);
    }
}
