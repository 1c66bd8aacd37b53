//! The project's commands: `cargo xtask` lists them.

mod bench;
mod build;
mod check;
mod deny;
mod install;
mod process;
mod profile;
mod run;
mod sbom;
mod script;
mod services;
mod site;
mod test;
mod tidy;
mod torture;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;

/// A command: its name, what it does in a line, and the function that gets its arguments.
type Command = (&'static str, &'static str, fn(&[String]) -> Result<ExitCode>);

const COMMANDS: &[Command] = &[
    (
        "run",
        "build, and start Posthouse on http://127.0.0.1:3000 with its data in ./data (-- ARGS: more for it)",
        run::run,
    ),
    ("dev", "the same without optimising, again whenever a source changes", run::dev),
    ("build", "build the optimised binary `posthouse` (--dev: without optimising)", build::command),
    (
        "check",
        "check the sources, and run the Rust tests that need Rust and a C compiler alone: a few minutes",
        check::command,
    ),
    ("test", "check and test everything (rust ARGS: Rust tests alone; e2e ARGS: browser tests alone)", test::test),
    (
        "bench",
        "measure everything, or the parts that are named (store, export, wire, ...; --quick: a tenth of it)",
        bench::command,
    ),
    ("services", "start the tests' PostgreSQL and Postfix, and say where they are, until Ctrl-C", services::command),
    (
        "torture",
        "kill, stop and leave servers at the worst moment and cut the power, again and again (--rounds N, --broken-off N)",
        torture::command,
    ),
    ("tidy", "check the rules that the compiler can't", tidy::command),
];

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next();
    let Some((_, _, command)) = COMMANDS.iter().find(|(known, ..)| Some(*known) == name.as_deref()) else {
        for (name, help, _) in COMMANDS {
            println!("cargo xtask {name:8} {help}");
        }
        return if name.is_none() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    let done = process::note_signals().and_then(|()| command(&args.collect::<Vec<_>>()));
    done.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::FAILURE
    })
}
