//! The project's commands: `cargo xtask` lists them.

mod build;
mod process;
mod site;
mod wasm;

use std::process::ExitCode;

use anyhow::Result;

/// A command: its name, what it does in a line, and the function that gets its arguments.
type Command = (&'static str, &'static str, fn(&[String]) -> Result<ExitCode>);

const COMMANDS: &[Command] = &[("build", "build the optimised binary `posthouse` (--dev: unoptimised)", build)];

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

fn build(args: &[String]) -> Result<ExitCode> {
    let binary = build::build(build::Profile::from_args(args)?)?;
    println!("built {}", binary.display());
    Ok(ExitCode::SUCCESS)
}
